#include "shell/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace orderstore::shell {

namespace {

constexpr size_t kPendingBytesMax = size_t{1} << 16;

}  // namespace

void Output::Write(std::string_view text) {
  const std::lock_guard lock(mutex_);
  while (!has_failed() && !text.empty()) {
    const ssize_t written = write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      poll(&writable, 1, /*timeout=*/-1);
    } else if (errno != EINTR) {
      error_.store(errno, std::memory_order_relaxed);
    }
  }
}

void Reply::Add(std::string_view line) {
  if (!session_.empty()) {
    pending_ += session_;
    pending_ += ": ";
  }
  pending_ += line;
  pending_ += '\n';
  if (pending_.size() < kPendingBytesMax) return;
  output_.Write(pending_);
  pending_.clear();
}

void Reply::End(const Answer& answer) {
  Add(answer.Line());
  output_.Write(pending_);
  pending_.clear();
}

}  // namespace orderstore::shell
