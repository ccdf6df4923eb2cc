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
  ShowLine(Line(count));
}

void Progress::ShowStage(std::string_view stage) {
  if (!is_terminal_) return;
  shown_at_ = std::chrono::steady_clock::now();
  ShowLine(stage);
}

void Progress::ShowLine(std::string_view line) {
  is_shown_ = true;
  std::fprintf(stderr, "\r%.*s\x1b[K", static_cast<int>(line.size()),
               line.data());
}

std::string Progress::Line(int64_t count) const {
  if (total_ == 0) return absl::StrCat(count, " ", what_);
  std::string line = absl::StrFormat("%d of %d %s", count, total_, what_);
  // There is no rate yet.
  if (count == 0) return line;
  const double seconds =
      std::chrono::duration<double>(shown_at_ - began_at_).count();
  const double rate = static_cast<double>(count) / seconds;
  absl::StrAppendFormat(&line, ", %.0f/s, %.0f s left", rate,
                        static_cast<double>(total_ - count) / rate);
  return line;
}

}  // namespace orderstore::tools
