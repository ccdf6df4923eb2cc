#include "txn/notifier.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace orderstore::txn {

void Notifier::Tell(Severity severity, NoticeKind kind,
                    std::string_view message) const {
  if (!has_listener()) return;
  try {
    logger_({.severity = severity, .kind = kind, .message = message});
  } catch (...) {
    // The store goes on; logger.h says so.
  }
}

std::string DurationText(std::chrono::nanoseconds duration) {
  if (duration < std::chrono::milliseconds(1)) {
    return absl::StrCat(duration / std::chrono::microseconds(1), " us");
  }
  const int64_t ms = duration / std::chrono::milliseconds(1);
  return absl::StrFormat("%d.%03d s", ms / 1000, ms % 1000);
}

}  // namespace orderstore::txn
