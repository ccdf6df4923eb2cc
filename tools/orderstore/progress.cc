#include "progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace orderstore::tools {

namespace {

constexpr std::chrono::milliseconds kInterval(100);

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      shown_at_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (is_shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::Show(int64_t count) {
  if (!is_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_at_ < kInterval) return;
  shown_at_ = now;
  is_shown_ = true;
  std::fprintf(stderr, "\r%lld %s\x1b[K", static_cast<long long>(count),
               what_.c_str());
}

}  // namespace orderstore::tools
