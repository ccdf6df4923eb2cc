#include "io/error.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace orderstore::io {
namespace {

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::StatusCode::kResourceExhausted;
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

// What to do about it.
std::string HintOf(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return absl::StrCat("; this process runs as user ", ::geteuid(),
                          ": see the owner and the mode of the file and of its "
                          "folder");
    case EROFS:
      return "; its file system is mounted read-only: mount it to write, or "
             "see the kernel's log if an error of the disk made it so";
    case ENOSPC:
      return "; free some space there";
    case EDQUOT:
      return "; a disk quota is used up: free some space there, or have it "
             "raised";
    case EFBIG:
      return "; raise `ulimit -f`, the limit of file sizes, if it is not the "
             "file system's";
    case EMFILE:
      return "; raise `ulimit -n`, the limit of open files";
    default:
      return "";
  }
}

}  // namespace

absl::Status CallError(int error, std::string_view what) {
  return absl::Status(
      CodeOf(error),
      absl::StrCat(std::string(what), ": ",
                   std::generic_category().message(error), HintOf(error)));
}

}  // namespace orderstore::io
