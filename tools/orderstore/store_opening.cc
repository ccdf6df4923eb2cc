#include "store_opening.h"

#include "absl/strings/str_cat.h"
#include "csv/text.h"
#include "message.h"

namespace orderstore::tools {

namespace {

void PrintFindings(const std::string& folder, const OpenReport& report) {
  const std::string before =
      absl::StrCat("orderstore: ", csv::Printable(folder), ": ");
  for (const std::string& bad : report.bad_snapshots) {
    PrintMessage(
        absl::StrCat(before, csv::Printable(bad), "; what is older served"));
  }
  const int64_t cut = report.torn_bytes + report.unfinished_bytes;
  if (cut == 0) return;
  PrintMessage(
      absl::StrCat(before, "a crash had left ", Counted(cut, "byte", "bytes"),
                   " of transactions that were not committed; cut off"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenToWrite(const std::string& folder,
                                                   const Options& options) {
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(folder, options);
  if (store.ok()) PrintFindings(folder, (*store)->open_report());
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> OpenToRead(const std::string& folder) {
  return Store::OpenReadOnly(folder);
}

}  // namespace orderstore::tools
