#include "csv/input.h"

#include <fcntl.h>
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
  Input input(std::move(path));
  input.descriptor_ = open(input.name_.c_str(), O_RDONLY | O_CLOEXEC);
  if (input.descriptor_ < 0) return Error(errno, "open", input.name_);
  struct stat file;
  if (fstat(input.descriptor_, &file) != 0) {
    return Error(errno, "open", input.name_);
  }
  if (S_ISDIR(file.st_mode)) return Error(EISDIR, "read", input.name_);
  input.identity_ = IdentityOf(file);
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
      buffer_(std::move(other.buffer_)),
      size_(std::exchange(other.size_, 0)),
      held_text_(std::move(other.held_text_)) {}

Input& Input::operator=(Input&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(identity_, other.identity_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(buffer_, other.buffer_);
  std::swap(size_, other.size_);
  std::swap(held_text_, other.held_text_);
  return *this;
}

Input::~Input() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status Input::Load() {
  if (descriptor_ < 0) return absl::OkStatus();
  struct stat file;
  const size_t expected = fstat(descriptor_, &file) == 0 && file.st_size > 0
                              ? static_cast<size_t>(file.st_size)
                              : 0;
  // One byte more than the file has, to see its end without growing.
  size_t capacity = std::max(expected + 1, size_t{1} << 16);
  while (true) {
    if (absl::Status status = buffer_.Reserve(capacity); !status.ok()) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "cannot read ", Printable(name_), ": ", status.message()));
    }
    const ssize_t bytes =
        read(descriptor_, buffer_.data() + size_, buffer_.capacity() - size_);
    if (bytes == 0) break;
    if (bytes > 0) {
      size_ += static_cast<size_t>(bytes);
      if (size_ == buffer_.capacity()) capacity = 2 * size_;
    } else if (errno != EINTR) {
      return Error(errno, "read", name_);
    }
  }
  close(std::exchange(descriptor_, -1));
  return absl::OkStatus();
}

}  // namespace orderstore::csv
