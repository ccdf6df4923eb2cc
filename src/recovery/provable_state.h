// States that the files of a store prove: a snapshot, or the empty store, and
// the stretch of the log that goes on behind it.
//
//   absl::StatusOr<LogScan> scan = ScanLog(folder, store, no_visitor);
//   absl::StatusOr<ProvableState> state =
//       ProveFrom(folder, store, snapshot_lsn, *scan, {});
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_RECOVERY_PROVABLE_STATE_H_
#define ORDERSTORE_RECOVERY_PROVABLE_STATE_H_

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/ids.h"
#include "orderstore/problem.h"
#include "recovery/log_scan.h"
#include "txn/engine.h"
#include "txn/state_summary.h"

namespace orderstore::recovery {

// What snapshots say of the states that they are of.
using Summaries = std::map<Lsn, txn::StateSummary>;

// The stretch that goes on behind `base`; none if there is none.
std::optional<size_t> StretchBehind(const LogScan& scan, Lsn base);

struct ProvableState {
  // Without a log; its state is that of `lsn`.
  std::unique_ptr<txn::Engine> engine;
  Lsn base = 0;  // the snapshot's, 0: the empty store
  Lsn lsn = 0;
  // What the replay found wrong: a transaction that breaks a constraint, a
  // state that is not the one that the log, or another snapshot, tells of.
  std::vector<Problem> problems;
};

// Loads the snapshot of `base`, or nothing if that is 0, and repeats the
// transactions behind it as far as they go and prove right: up to one that
// cannot be repeated; up to the last state that was compared, if one differs.
// The log is read again, and may have grown since `scan`. States of
// `snapshots` are compared too.
//
// DataLoss: the snapshot is damaged. NotFound: a file has vanished, or the log
// is not the one of the scan any more. Others: of io/error.h. O(rows + bytes of
// the log); twice that after a replay that found something.
absl::StatusOr<ProvableState> ProveFrom(const io::Folder& folder,
                                        const io::Uuid& store, Lsn base,
                                        const LogScan& scan,
                                        const Summaries& snapshots);

// Completes problems of snapshots, where `provable` is the newest LSN that is
// proven: the transactions behind it, up to a snapshot's LSN, are those that
// cannot be read because of the snapshot.
void AddLsnsOfSnapshots(Lsn provable, std::vector<Problem>& problems);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_PROVABLE_STATE_H_
