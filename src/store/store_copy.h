// Writes a state to a folder, as a store of its own: a backup, or what was
// salvaged.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_STORE_STORE_COPY_H_
#define ORDERSTORE_STORE_STORE_COPY_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/ids.h"
#include "txn/engine.h"

namespace orderstore::store {

struct StoreCopy {
  io::Uuid store;  // its own
  Lsn lsn = 0;
};

// AlreadyExists: the folder has files, other than what a copy left that was cut
// off as it was written.
absl::Status CheckIsEmpty(const io::Folder& folder);

// Writes the newest durable state of `engine` to the folder, which must be
// missing or empty, see CheckIsEmpty. Cancelled: `cancelled`, if it is not
// null, became true. Errors leave the folder empty, or missing, if the file
// system lets them. O(rows).
absl::StatusOr<StoreCopy> WriteStoreCopy(io::FileSystem& file_system,
                                         const std::string& path,
                                         txn::Engine& engine,
                                         const std::atomic<bool>* cancelled);

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_STORE_COPY_H_
