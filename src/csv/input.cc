#include "csv/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "csv/system_error.h"
#include "csv/text.h"

namespace orderstore::csv {

namespace {

absl::Status Error(int error, std::string_view action,
                   const std::string& path) {
  return SystemError(error, absl::StrCat("cannot ", std::string(action), " ",
                                         Printable(path)));
}

}  // namespace

absl::StatusOr<Input> Input::Open(std::string path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return FromDescriptor(std::move(path), descriptor);
}

absl::StatusOr<Input> Input::OpenStandardInput() {
  return FromDescriptor("-", fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
}

absl::StatusOr<Input> Input::FromDescriptor(std::string name, int descriptor) {
  Input input(std::move(name));
  input.descriptor_ = descriptor;
  struct stat file;
  if (descriptor < 0 || fstat(descriptor, &file) != 0) {
    return Error(errno, "open", input.name_);
  }
  if (S_ISDIR(file.st_mode)) return Error(EISDIR, "read", input.name_);
  input.identity_ = IdentityOf(file);
  input.opened_ = {.size = file.st_size, .modified = file.st_mtim};
  return input;
}

Input Input::FromText(std::string name, std::string text) {
  Input input(std::move(name));
  input.held_text_ = std::make_unique<const std::string>(std::move(text));
  return input;
}

Input::Input(Input&& other) noexcept
    : name_(std::move(other.name_)),
      identity_(std::move(other.identity_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      opened_(other.opened_),
      buffer_(std::move(other.buffer_)),
      size_(std::exchange(other.size_, 0)),
      held_text_(std::move(other.held_text_)) {}

Input& Input::operator=(Input&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(identity_, other.identity_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(opened_, other.opened_);
  std::swap(buffer_, other.buffer_);
  std::swap(size_, other.size_);
  std::swap(held_text_, other.held_text_);
  return *this;
}

Input::~Input() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status Input::Load(const std::function<bool()>& is_cancelled) {
  if (descriptor_ < 0) return absl::OkStatus();
  absl::Status status = ReadToEnd(is_cancelled);
  if (status.ok()) status = CheckUnchanged();
  if (status.ok()) close(std::exchange(descriptor_, -1));
  return status;
}

absl::Status Input::WaitReadable(
    const std::function<bool()>& is_cancelled) const {
  constexpr int kAskAgainMs = 50;
  pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
  while (poll(&readable, 1, kAskAgainMs) <= 0) {
    if (is_cancelled()) {
      return absl::CancelledError(
          absl::StrCat("waiting for ", Printable(name_), " was given up"));
    }
  }
  return absl::OkStatus();
}

absl::Status Input::ReadToEnd(const std::function<bool()>& is_cancelled) {
  // One byte more than the file has, to see its end without growing.
  size_t capacity =
      std::max(static_cast<size_t>(opened_.size) + 1, size_t{1} << 16);
  while (true) {
    if (absl::Status status = buffer_.Reserve(capacity); !status.ok()) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "cannot read ", Printable(name_), ": ", status.message()));
    }
    // Only files always have something to read.
    if (is_cancelled && !identity_) {
      absl::Status status = WaitReadable(is_cancelled);
      if (!status.ok()) return status;
    }
    const ssize_t bytes =
        read(descriptor_, buffer_.data() + size_, buffer_.capacity() - size_);
    if (bytes == 0) return absl::OkStatus();
    if (bytes > 0) {
      size_ += static_cast<size_t>(bytes);
      if (size_ == buffer_.capacity()) capacity = 2 * size_;
    } else if (errno != EINTR) {
      return Error(errno, "read", name_);
    }
  }
}

absl::Status Input::CheckUnchanged() const {
  if (!identity_) return absl::OkStatus();
  struct stat file;
  if (fstat(descriptor_, &file) != 0) return Error(errno, "read", name_);
  if (file.st_size == opened_.size &&
      file.st_mtim.tv_sec == opened_.modified.tv_sec &&
      file.st_mtim.tv_nsec == opened_.modified.tv_nsec) {
    return absl::OkStatus();
  }
  return absl::AbortedError(absl::StrCat(
      Printable(name_), " was written to while it was read: it had ",
      opened_.size, " bytes and has ", file.st_size,
      "; try again when it is complete"));
}

}  // namespace orderstore::csv
