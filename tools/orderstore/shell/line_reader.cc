#include "shell/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace orderstore::shell {

LineReader::Outcome LineReader::Next(std::string& line) {
  line.clear();
  bool is_too_long = false;
  while (true) {
    const size_t end = buffer_.find('\n', next_);
    const size_t size = (end == buffer_.npos ? buffer_.size() : end) - next_;
    const size_t kept = std::min(size, kLineBytesMax - line.size());
    line.append(buffer_, next_, kept);
    is_too_long = is_too_long || kept < size;
    next_ += size;
    if (end != buffer_.npos) {
      ++next_;
      break;
    }
    if (!Fill()) {
      if (line.empty() || !at_end_of_input_) return Outcome::kEnd;
      break;
    }
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return is_too_long ? Outcome::kTooLong : Outcome::kLine;
}

bool LineReader::Fill() {
  buffer_.resize(1 << 14);
  next_ = 0;
  size_t size = 0;
  std::array<pollfd, 2> ready = {
      {{descriptor_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (!has_ended_) {
    if (poll(ready.data(), ready.size(), /*timeout=*/-1) < 0) {
      if (errno == EINTR) continue;
      error_ = errno;
      has_ended_ = true;
    } else if (ready[1].revents != 0) {
      has_ended_ = true;
    } else {
      const ssize_t bytes = read(descriptor_, buffer_.data(), buffer_.size());
      if (bytes > 0) {
        size = static_cast<size_t>(bytes);
        break;
      }
      if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      error_ = bytes < 0 ? errno : 0;
      at_end_of_input_ = bytes == 0;
      has_ended_ = true;
    }
  }
  buffer_.resize(size);
  return size > 0;
}

}  // namespace orderstore::shell
