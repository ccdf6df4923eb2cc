#include "txn/notifier.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace orderstore::txn {

std::string DurationText(std::chrono::nanoseconds duration) {
  const int64_t us = duration / std::chrono::microseconds(1);
  if (us < 1000) return absl::StrCat(us, " us");
  if (us < 1'000'000) {
    return absl::StrFormat("%d.%d ms", us / 1000, us / 100 % 10);
  }
  const int64_t ms = us / 1000;
  return absl::StrFormat("%d.%03d s", ms / 1000, ms % 1000);
}

}  // namespace orderstore::txn
