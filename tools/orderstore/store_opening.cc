#include "store_opening.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "csv/text.h"
#include "message.h"

namespace orderstore::tools {

namespace {

void PrintBadSnapshots(const std::string& folder, const OpenReport& report) {
  if (report.bad_snapshots.empty()) return;
  // Each begins with the path of its file.
  for (const std::string& bad : report.bad_snapshots) {
    PrintMessage(absl::StrCat("orderstore: ", csv::Printable(bad),
                              "; passed over, nothing is lost"));
  }
  const std::string name = csv::Printable(folder);
  PrintMessage(absl::StrCat(
      "orderstore: a damaged snapshot is replaced as later ones are written, "
      "as by `orderstore snapshot ",
      name, "`; `orderstore verify ", name, "` tells when it is gone"));
}

void PrintCut(const std::string& folder, const OpenReport& report) {
  const int64_t cut = report.torn_bytes + report.unfinished_bytes;
  if (cut == 0) return;
  PrintMessage(
      absl::StrCat("orderstore: ", csv::Printable(folder),
                   ": a crash had left ", Counted(cut, "byte", "bytes"),
                   " of transactions that were not committed; cut off"));
}

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

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenToWrite(const std::string& folder,
                                                   Options options) {
  if (!options.logger) {
    options.logger = NoticePrinter(
        {NoticeKind::kSnapshotFailed, NoticeKind::kOldFilesRemain});
  }
  // Nobody prints them: an import is one large transaction, and a transaction
  // of the shell lasts for as long as somebody thinks.
  options.slow_transaction = std::chrono::microseconds(0);
  options.slow_sync = std::chrono::microseconds(0);
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(folder, options);
  if (store.ok()) {
    PrintBadSnapshots(folder, (*store)->open_report());
    PrintCut(folder, (*store)->open_report());
  }
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> OpenToChange(const std::string& folder) {
  absl::Status status = CheckThere(folder);
  if (!status.ok()) return status;
  return OpenToWrite(folder,
                     {.logger = NoticePrinter({NoticeKind::kOldFilesRemain})});
}

Logger NoticePrinter(std::vector<NoticeKind> kinds) {
  return [kinds = std::move(kinds)](const Notice& notice) {
    if (std::find(kinds.begin(), kinds.end(), notice.kind) == kinds.end()) {
      return;
    }
    PrintMessage("orderstore: " + std::string(notice.message));
  };
}

bool IsSnapshotFile(const std::string& path) {
  std::error_code error;
  return path.ends_with(".snapshot") &&
         !std::filesystem::is_directory(path, error);
}

absl::StatusOr<std::unique_ptr<Store>> OpenToRead(const std::string& path) {
  if (IsSnapshotFile(path)) return Store::OpenSnapshot(path);
  absl::StatusOr<std::unique_ptr<Store>> store = Store::OpenReadOnly(path);
  if (store.ok()) PrintBadSnapshots(path, (*store)->open_report());
  return store;
}

}  // namespace orderstore::tools
