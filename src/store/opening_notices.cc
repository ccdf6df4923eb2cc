#include "store/opening_notices.h"

#include <chrono>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace orderstore::store {
namespace {

std::string Counted(int64_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

std::string Opened(const std::string& path, const OpenReport& report,
                   OpenedTo opened_to) {
  if (report.created) return absl::StrCat(path, ": a new store was made");
  std::string text = absl::StrCat(
      path, ": opened to ", opened_to == OpenedTo::kWrite ? "write" : "read",
      " at LSN ", report.lsn, " in ",
      txn::DurationText(std::chrono::duration_cast<std::chrono::nanoseconds>(
          report.total_seconds)),
      ": ", Counted(report.counts.customers, "customer", "customers"), ", ",
      Counted(report.counts.orders, "order", "orders"), ", ",
      Counted(report.counts.barcodes, "barcode", "barcodes"), "; ");
  if (report.snapshot_lsn > 0) {
    absl::StrAppend(&text, "the snapshot of LSN ", report.snapshot_lsn,
                    " and ");
  }
  absl::StrAppend(&text,
                  Counted(report.replayed, "transaction", "transactions"),
                  " of the log");
  if (!report.closed_cleanly) {
    absl::StrAppend(&text, "; the log was not closed",
                    opened_to == OpenedTo::kWrite
                        ? ", as after a crash"
                        : ", as while a process writes to it");
  }
  if (report.removed_files > 0) {
    absl::StrAppend(&text, "; ",
                    Counted(report.removed_files, "temporary file was",
                            "temporary files were"),
                    " removed");
  }
  return text;
}

}  // namespace

void TellOfRecovery(const std::string& path, const OpenReport& report,
                    OpenedTo opened_to, const txn::Notifier& notifier) {
  for (const std::string& bad : report.bad_snapshots) {
    notifier.Tell(Severity::kWarning, NoticeKind::kSnapshotPassedOver, [&] {
      return absl::StrCat(
          bad,
          "; passed over, nothing is lost: an older snapshot or the empty "
          "store, and the log, have all of it. It is replaced as later ones "
          "are written");
    });
  }
  // Who reads has cut nothing: it may be what a writer is at.
  const int64_t cut = report.torn_bytes + report.unfinished_bytes;
  if (cut == 0 || opened_to == OpenedTo::kRead) return;
  notifier.Tell(Severity::kWarning, NoticeKind::kTailCut, [&] {
    return absl::StrCat(path, ": a crash had left ",
                        Counted(cut, "byte", "bytes"),
                        " of transactions that nobody was told of as "
                        "committed; they were cut off");
  });
}

void TellOfOpening(const std::string& path, const OpenReport& report,
                   OpenedTo opened_to, const txn::Notifier& notifier) {
  TellOfRecovery(path, report, opened_to, notifier);
  notifier.Tell(Severity::kInfo, NoticeKind::kOpened,
                [&] { return Opened(path, report, opened_to); });
}

}  // namespace orderstore::store
