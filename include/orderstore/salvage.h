// Saves what can be proven of a damaged store into a new one.
//
//   absl::StatusOr<SalvageReport> report = SalvageStore("shop", "shop-saved");
//   if (!report.ok()) return report.status();  // nothing was saved
//   if (!report->is_whole()) {
//     for (const LsnRange& range : report->lost) { ... }
//   }
//
// What is proven: a snapshot of which every byte, digest and constraint is
// right, or the empty store if the log goes back to it; and the transactions
// behind it that the log has without a hole, by LSN and by the chain of
// checksums, as far as each can be repeated and the states that the log tells
// of come out. Of all states that are proven in this way the newest is saved.
// It is one that the store has had: the state after one commit, and all before
// it. Transactions behind a hole are not applied, for nobody knows what they
// were made on; they are listed, and ChangeLog cannot read them.
//
// A file under another's name is damaged; its problem says what it is, so that
// it can be renamed in a copy of the folder before the next try.
//
// Changes nothing in the old folder, and takes no lock there: close the store
// first. What a writer does meanwhile is saved or not.
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_SALVAGE_H_
#define ORDERSTORE_SALVAGE_H_

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "orderstore/export.h"
#include "orderstore/ids.h"
#include "orderstore/problem.h"
#include "orderstore/records.h"

namespace orderstore {

// What was saved of a damaged store, and what was not.
struct SalvageReport {
  std::string store_uuid;      // of the damaged store, 36 characters
  std::string new_store_uuid;  // of what was saved: a store of its own

  // Of the state that was saved.
  Lsn lsn = 0;
  Counts counts;
  // The snapshot that it comes from; 0: the empty store.
  Lsn snapshot_lsn = 0;

  // The newest LSN that any file of the damaged store tells of.
  Lsn newest_lsn = 0;
  // Transactions behind `lsn` that are nowhere. Where the end of the log is
  // damaged, nobody knows how many there were: the last range has no end then.
  std::vector<LsnRange> lost;
  // Transactions behind `lsn` that are there, and could not be applied.
  std::vector<LsnRange> unapplied;
  // What is damaged; as in VerifyReport.
  std::vector<Problem> problems;

  // Everything was saved that the store held, as far as its files tell.
  bool is_whole() const { return lost.empty() && unapplied.empty(); }
};

// Salvages the store in `folder` into `new_folder`, which must be missing or
// empty; its parent must exist. An undamaged store is copied whole. What a
// crash left of transactions that nobody was told of as committed is not lost.
// O(snapshots * (rows + log)), and the memory of one open store.
//
// Errors, after which `new_folder` is as it was, or cannot be opened:
//   Cancelled           `cancelled` was given, and became true
//   DataLoss            nothing is proven: no snapshot is good, and the log
//                       does not go back to the empty store
//   NotFound            there is no such folder, or nothing of a store in it
//   AlreadyExists       `new_folder` has files
//   FailedPrecondition  a file has a newer format or schema revision
//   PermissionDenied, ResourceExhausted, InvalidArgument, Unavailable
//                       from the file system, or no memory; an input error
//                       names the file
ORDERSTORE_EXPORT absl::StatusOr<SalvageReport> SalvageStore(
    const std::string& folder, const std::string& new_folder,
    const std::atomic<bool>* cancelled = nullptr);

}  // namespace orderstore

#endif  // ORDERSTORE_SALVAGE_H_
