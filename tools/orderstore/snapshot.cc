#include "snapshot.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
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

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged; 4 its
format, or its revision of the schema, is not known.

Example:
  orderstore snapshot shop
)";

constexpr char kNoSnapshot[] = "no snapshot was written";

ExitCode Snapshot(const std::string& folder) {
  const absl::StatusOr<std::unique_ptr<Store>> store = OpenToChange(folder);
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
