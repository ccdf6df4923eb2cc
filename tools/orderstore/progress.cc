#include "progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace orderstore::tools {

namespace {

constexpr std::chrono::milliseconds kInterval(100);

}  // namespace

Progress::Progress(std::string what, int64_t total)
    : what_(std::move(what)),
      total_(total),
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
  std::fprintf(stderr, "\r%s\x1b[K", Line(count).c_str());
}

std::string Progress::Line(int64_t count) const {
  if (total_ == 0) return absl::StrCat(count, " ", what_);
  const double seconds =
      std::chrono::duration<double>(shown_at_ - began_at_).count();
  const double rate = static_cast<double>(count) / seconds;
  return absl::StrFormat("%d of %d %s, %.0f/s, %.0f s left", count, total_,
                         what_, rate,
                         static_cast<double>(total_ - count) / rate);
}

}  // namespace orderstore::tools
