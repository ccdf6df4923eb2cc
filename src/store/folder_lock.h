// The file LOCK: who holds its lock has the store open to write. It tells that
// process's id, for the message that another one gets. The kernel gives the
// lock back when the process ends, however it ends. (flock, Linux man-pages.)

#ifndef ORDERSTORE_STORE_FOLDER_LOCK_H_
#define ORDERSTORE_STORE_FOLDER_LOCK_H_

#include "absl/status/statusor.h"
#include "io/file.h"

namespace orderstore::store {

inline constexpr char kLockName[] = "LOCK";

// The lock, held until the file is closed. FailedPrecondition: another process,
// or this one, has the store open.
absl::StatusOr<io::File> LockFolder(const io::Folder& folder);

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_FOLDER_LOCK_H_
