#include "backup.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/text.h"
#include "interrupt.h"
#include "message.h"
#include "orderstore/store.h"
#include "outputs.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kBackupFooter[] = R"(
Reads the newest durable state, also while another process writes to the store,
and changes nothing in DIR. TO is then a store of its own; it is not in DIR.
Interrupted, it leaves the folder empty; killed, one that cannot be opened:
remove it.

Standard output: `lsn N`, the commit whose state the copy has.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged; 4 its
format, or its revision of the schema, is not known.

Example:
  orderstore backup shop shop-monday
)";

struct BackupOptions {
  std::string folder;
  std::string to;
};

ExitCode Backup(const BackupOptions& options) {
  const absl::Status usage =
      CheckFolderOutsideStore("TO", options.to, options.folder);
  if (!usage.ok()) return PrintUsageError(usage, "orderstore backup");
  CatchInterrupts();
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder,
                           "nothing was written");
  }
  const absl::StatusOr<Lsn> lsn =
      (*store)->Backup(options.to, &InterruptFlag());
  if (absl::IsCancelled(lsn.status())) {
    return PrintInterrupted("there is no backup");
  }
  if (!lsn.ok()) {
    return PrintStoreError(
        lsn.status(), options.folder,
        absl::StrCat("there is no backup; ", csv::Printable(options.folder),
                     " is as it was"));
  }
  return PrintResult(absl::StrCat("lsn ", *lsn, "\n"),
                     "the backup is complete");
}

}  // namespace

void AddBackupCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* const command =
      app.add_subcommand("backup", "Copy a store, also while it is in use.");
  command
      ->add_option("DIR", options->folder,
                   "Folder of the store, or NAME.snapshot, a snapshot file")
      ->required()
      ->transform(FolderPath());
  command->add_option("TO", options->to, "A new or empty folder for the copy")
      ->required()
      ->transform(FolderPath());
  command->footer(kBackupFooter);
  command->callback([options, &exit_code] { exit_code = Backup(*options); });
}

}  // namespace orderstore::tools
