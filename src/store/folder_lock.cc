#include "store/folder_lock.h"

#include <unistd.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace orderstore::store {
namespace {

// What the holder wrote: none if it is no number.
std::string IsOpenIn(const io::File& file) {
  constexpr int64_t kBytesMax = 64;
  absl::StatusOr<std::string> text = file.ReadAll(kBytesMax);
  int pid = 0;
  const bool is_known = text.ok() && absl::SimpleAtoi(*text, &pid);
  if (is_known && pid == ::getpid()) {
    return absl::StrCat(" is open in process ", pid,
                        ", which is this one: all its threads share one Store");
  }
  return absl::StrCat(
      " is open in ", is_known ? absl::StrCat("process ", pid) : "a process",
      "; close it there first; what only reads works beside it");
}

}  // namespace

absl::StatusOr<io::File> LockFolder(const io::Folder& folder) {
  absl::StatusOr<io::File> file = folder.OpenOrCreate(kLockName);
  if (!file.ok()) return file;
  absl::Status status = file->Lock();
  if (absl::IsFailedPrecondition(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder.path(), IsOpenIn(*file)));
  }
  if (status.ok()) {
    status = file->WriteAt(0, absl::StrFormat("%10d\n", ::getpid()));
  }
  if (!status.ok()) return status;
  return file;
}

}  // namespace orderstore::store
