// Statuses of failed system calls.

#ifndef ORDERSTORE_IO_ERROR_H_
#define ORDERSTORE_IO_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace orderstore::io {

// `WHAT: TEXT OF THE ERROR`, for example `cannot sync shop/0000000001.log:
// Input/output error`, and a hint if whoever runs the process can mend it:
// `...: No space left on device; free some space there`.
//
//   NotFound           ENOENT
//   AlreadyExists      EEXIST
//   PermissionDenied   EACCES, EPERM, EROFS
//   ResourceExhausted  ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM
//   InvalidArgument    ENOTDIR, ELOOP, ENAMETOOLONG
//   Unavailable        EIO and everything else
absl::Status CallError(int error, std::string_view what);

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_ERROR_H_
