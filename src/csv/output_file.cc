#include "csv/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "csv/file_identity.h"
#include "csv/system_error.h"
#include "csv/text.h"

namespace orderstore::csv {

namespace {

constexpr size_t kPendingBytesMax = size_t{1} << 18;

// True for the errors of a file system, or a kernel, without O_TMPFILE.
bool LacksNamelessFiles(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == EINVAL ||
         error == ENOENT;
}

}  // namespace

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)), target_(TargetOf(path_)) {}

absl::StatusOr<OutputFile> OutputFile::Create(std::string path) {
  OutputFile file(std::move(path));
  if (absl::Status status = file.Open(); !status.ok()) return status;
  return file;
}

absl::StatusOr<OutputFile> OutputFile::ToStandardOutput() {
  OutputFile file("standard output");
  file.is_direct_ = true;
  file.descriptor_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (file.descriptor_ < 0) return file.Error(errno);
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      hidden_name_(std::exchange(other.hidden_name_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      is_direct_(other.is_direct_),
      pending_(std::move(other.pending_)),
      status_(std::move(other.status_)) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!hidden_name_.empty()) unlink(hidden_name_.c_str());
}

absl::Status OutputFile::Error(int error) const {
  return SystemError(error, absl::StrCat("cannot write ", Printable(path_)));
}

absl::Status OutputFile::Open() {
  struct stat existing;
  if (stat(path_.c_str(), &existing) != 0) {
    if (errno != ENOENT) return Error(errno);
  } else if (!S_ISREG(existing.st_mode)) {
    is_direct_ = true;
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    return descriptor_ < 0 ? Error(errno) : absl::OkStatus();
  }
  if (path_.empty() || path_.back() == '/') return Error(EISDIR);
  descriptor_ =
      open(FolderOf(target_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ >= 0) return absl::OkStatus();
  if (!LacksNamelessFiles(errno)) return Error(errno);
  std::string name = absl::StrCat(FolderOf(target_), "/.orderstore-XXXXXX");
  descriptor_ = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) return Error(errno);
  hidden_name_ = std::move(name);
  return absl::OkStatus();
}

void OutputFile::Append(std::string_view bytes) {
  if (!status_.ok()) return;
  if (pending_.size() + bytes.size() > kPendingBytesMax) {
    WriteOut(std::exchange(pending_, {}));
    if (bytes.size() > kPendingBytesMax) return WriteOut(bytes);
  }
  pending_ += bytes;
}

void OutputFile::WriteOut(std::string_view bytes) {
  while (status_.ok() && !bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      status_ = Error(errno);
    }
  }
}

absl::Status OutputFile::GiveName() {
  const std::string file = absl::StrCat("/proc/self/fd/", descriptor_);
  for (int attempt = 0;; ++attempt) {
    std::string name = absl::StrCat(FolderOf(target_), "/.orderstore-",
                                    getpid(), "-", attempt);
    if (linkat(AT_FDCWD, file.c_str(), AT_FDCWD, name.c_str(),
               AT_SYMLINK_FOLLOW) == 0) {
      hidden_name_ = std::move(name);
      return absl::OkStatus();
    }
    if (errno != EEXIST) return Error(errno);
  }
}

absl::Status OutputFile::Flush() {
  WriteOut(std::exchange(pending_, {}));
  return status_;
}

absl::Status OutputFile::Publish() {
  Flush().IgnoreError();  // status_ keeps it
  if (status_.ok() && !is_direct_ && hidden_name_.empty()) status_ = GiveName();
  if (close(std::exchange(descriptor_, -1)) != 0 && status_.ok()) {
    status_ = Error(errno);
  }
  if (!status_.ok() || is_direct_) return status_;
  if (rename(hidden_name_.c_str(), target_.c_str()) != 0) {
    return status_ = Error(errno);
  }
  hidden_name_.clear();
  return absl::OkStatus();
}

}  // namespace orderstore::csv
