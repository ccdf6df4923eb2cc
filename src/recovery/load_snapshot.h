// Fills an engine from a snapshot. Every row goes through the statement that
// inserts it, so that each constraint of the schema is checked, however good
// the checksums are.

#ifndef ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_
#define ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_

#include "absl/status/status.h"
#include "snapshot/snapshot_reader.h"
#include "txn/engine.h"

namespace orderstore::recovery {

// Reads the snapshot into the empty engine, whose state is then the snapshot's.
// O(rows); the next block is read while one is inserted. After an error the
// engine is of no use. DataLoss: the snapshot is damaged, or breaks a
// constraint, or its rows are not those that it says it has.
absl::Status LoadSnapshot(const snapshot::SnapshotReader& snapshot,
                          txn::Engine& engine);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_
