// Fills an engine from a snapshot, with as many threads as there are steps: one
// reads, decompresses and checks blocks, one adds rows, one builds the hash
// indexes. Each constraint of the schema is checked, however good the checksums
// are.

#ifndef ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_
#define ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_

#include "absl/status/status.h"
#include "snapshot/snapshot_reader.h"
#include "txn/engine.h"

namespace orderstore::recovery {

// Reads the snapshot into the empty engine, whose state is then the snapshot's.
// O(rows). After an error the engine is of no use. DataLoss: the snapshot is
// damaged, or breaks a constraint, or its rows are not those that it says it
// has.
absl::Status LoadSnapshot(const snapshot::SnapshotReader& snapshot,
                          txn::Engine& engine);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_
