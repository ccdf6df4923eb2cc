// The snapshots of a folder: which there are, and which are not needed any
// more.

#ifndef ORDERSTORE_RECOVERY_SNAPSHOT_FILES_H_
#define ORDERSTORE_RECOVERY_SNAPSHOT_FILES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/ids.h"

namespace orderstore::recovery {

// The LSNs of the snapshots in the folder, newest first.
absl::StatusOr<std::vector<Lsn>> ListSnapshots(const io::Folder& folder);

// Keeps the newest `kept` snapshots, not counting the `bad` ones, and the log
// behind the oldest of them; removes the rest. While there are fewer, the whole
// log is kept: the empty store is as good as a snapshot.
absl::Status PruneFiles(const io::Folder& folder, const io::Uuid& store,
                        int kept, const std::vector<Lsn>& bad);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_SNAPSHOT_FILES_H_
