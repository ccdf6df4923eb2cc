// Fills an engine from a snapshot, with as many threads as there are steps: one
// reads, decompresses and checks blocks, one adds rows, one builds the hash
// indexes. Each constraint of the schema is checked, however good the checksums
// are.

#ifndef ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_
#define ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/options.h"
#include "snapshot/snapshot_reader.h"
#include "txn/engine.h"

namespace orderstore::recovery {

// Reads the snapshot into the empty engine, whose state is then the snapshot's.
// O(rows). After an error the engine is of no use. DataLoss: the snapshot is
// damaged, or breaks a constraint, or its rows are not those that it says it
// has.
absl::Status LoadSnapshot(const snapshot::SnapshotReader& snapshot,
                          txn::Engine& engine);

// A new engine: with the rows of the snapshot of this name in `folder`, if
// there is a name; one of `store`, if that is given. Errors as LoadSnapshot,
// SnapshotReader::Open and Engine::Create.
absl::StatusOr<std::unique_ptr<txn::Engine>> LoadEngine(
    const io::Folder& folder, const std::optional<std::string>& name,
    const std::optional<io::Uuid>& store, const Options& options);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_LOAD_SNAPSHOT_H_
