// Statuses of failed system calls.

#ifndef ORDERSTORE_IO_ERROR_H_
#define ORDERSTORE_IO_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace orderstore::io {

// `WHAT: TEXT OF THE ERROR`, for example `cannot sync shop/0000000001.log: No
// space left on device`.
//
//   NotFound           ENOENT
//   AlreadyExists      EEXIST
//   PermissionDenied   EACCES, EPERM, EROFS
//   ResourceExhausted  ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM
//   InvalidArgument    ENOTDIR, ELOOP, ENAMETOOLONG
//   Unavailable        EIO and everything else
absl::Status CallError(int error, std::string_view what);

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_ERROR_H_
