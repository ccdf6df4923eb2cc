#include "snapshot.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/text.h"
#include "message.h"
#include "orderstore/store.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

constexpr char kSnapshotFooter[] = R"(
The next opening begins with the snapshot and replays what the log has behind
it. Older snapshots, and the log before the oldest kept, go. The store must not
be open elsewhere: there, say `snapshot` to its shell. Killed at any moment, it
leaves the store as it was.

Standard output: `lsn N`, the commit whose state it has.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged.

Example:
  orderstore snapshot shop
)";

constexpr char kNoSnapshot[] = "no snapshot was written";

// To open a store to write makes it where there is none, or no more than the
// lock.
absl::Status CheckThere(const std::string& folder) {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().filename() != "LOCK") return absl::OkStatus();
  }
  // To open it says better what is wrong.
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(
      absl::StrCat("there is no store in ", csv::Printable(folder)));
}

ExitCode Snapshot(const std::string& folder) {
  absl::Status status = CheckThere(folder);
  if (!status.ok()) return PrintError(status, kNoSnapshot);
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToWrite(folder, Options());
  if (!store.ok()) return PrintStoreError(store.status(), folder, kNoSnapshot);
  const absl::StatusOr<Lsn> lsn = (*store)->WriteSnapshot();
  if (!lsn.ok()) return PrintStoreError(lsn.status(), folder, kNoSnapshot);
  return PrintResult(absl::StrCat("lsn ", *lsn, "\n"),
                     "the snapshot is complete");
}

}  // namespace

void AddSnapshotCommand(CLI::App& app, ExitCode& exit_code) {
  auto folder = std::make_shared<std::string>();
  CLI::App* const command = app.add_subcommand(
      "snapshot", "Write a store's state to a snapshot file in its folder.");
  command->add_option("DIR", *folder, "Folder of the store")
      ->required()
      ->transform(FolderPath());
  command->footer(kSnapshotFooter);
  command->callback([folder, &exit_code] { exit_code = Snapshot(*folder); });
}

}  // namespace orderstore::tools
