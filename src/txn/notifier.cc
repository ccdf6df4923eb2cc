#include "txn/notifier.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace orderstore::txn {

std::string DurationText(std::chrono::nanoseconds duration) {
  if (duration < std::chrono::milliseconds(1)) {
    return absl::StrCat(duration / std::chrono::microseconds(1), " us");
  }
  const int64_t ms = duration / std::chrono::milliseconds(1);
  return absl::StrFormat("%d.%03d s", ms / 1000, ms % 1000);
}

}  // namespace orderstore::txn
