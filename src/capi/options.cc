#include "capi/options.h"

#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "capi/logger.h"
#include "orderstore/c/code.h"
#include "orderstore/c/logger.h"
#include "orderstore/logger.h"

namespace orderstore::capi {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// A hundred years, beyond which a clock's nanoseconds would overflow.
constexpr seconds kTimeMax{int64_t{100} * 366 * 24 * 60 * 60};

absl::Status NoValue(const orderstore_option& option, const char* range) {
  return absl::InvalidArgumentError(
      absl::StrCat("the option with key ", option.key, " has the value ",
                   option.value, ", and takes ", range));
}

absl::Status SetFlag(const orderstore_option& option, bool& flag) {
  if (option.value != 0 && option.value != 1) return NoValue(option, "0 or 1");
  flag = option.value == 1;
  return absl::OkStatus();
}

template <typename Time>
absl::Status SetTime(const orderstore_option& option, Time& time) {
  if (option.value > std::chrono::duration_cast<Time>(kTimeMax).count()) {
    return NoValue(option, "a hundred years at most");
  }
  time = Time(option.value);
  return absl::OkStatus();
}

// All options are integers, this one an address.
absl::Status SetLogger(const orderstore_option& option, Logger& logger) {
  logger = nullptr;
  const auto* const given = reinterpret_cast<const orderstore_logger*>(
      static_cast<intptr_t>(option.value));
  if (given == nullptr) return absl::OkStatus();
  if (given->function == nullptr) {
    return absl::InvalidArgumentError(
        "the logger has NULL for its function; nothing was done");
  }
  logger = ToLogger(*given);
  return absl::OkStatus();
}

absl::Status Set(const orderstore_option& option, Options& options) {
  switch (option.key) {
    case ORDERSTORE_OPTION_MEMORY_BYTES_MAX:
      options.memory_bytes_max = option.value;
      return absl::OkStatus();
    case ORDERSTORE_OPTION_HUGE_PAGES:
      return SetFlag(option, options.huge_pages);
    case ORDERSTORE_OPTION_DURABILITY:
      if (option.value != ORDERSTORE_SYNC && option.value != ORDERSTORE_ASYNC) {
        return NoValue(option, "ORDERSTORE_SYNC or ORDERSTORE_ASYNC");
      }
      options.durability = option.value == ORDERSTORE_SYNC ? Durability::kSync
                                                           : Durability::kAsync;
      return absl::OkStatus();
    case ORDERSTORE_OPTION_ASYNC_DELAY_MAX_US:
      return SetTime(option, options.async_delay_max);
    case ORDERSTORE_OPTION_ASYNC_BYTES_MAX:
      options.async_bytes_max = option.value;
      return absl::OkStatus();
    case ORDERSTORE_OPTION_SEGMENT_BYTES:
      options.segment_bytes = option.value;
      return absl::OkStatus();
    case ORDERSTORE_OPTION_SNAPSHOT_INTERVAL_S:
      return SetTime(option, options.snapshot_interval);
    case ORDERSTORE_OPTION_SNAPSHOT_LOG_BYTES:
      options.snapshot_log_bytes = option.value;
      return absl::OkStatus();
    case ORDERSTORE_OPTION_SNAPSHOTS_KEPT:
      if (option.value < 1 || option.value > std::numeric_limits<int>::max()) {
        return NoValue(option, "1 to 2147483647");
      }
      options.snapshots_kept = static_cast<int>(option.value);
      return absl::OkStatus();
    case ORDERSTORE_OPTION_SNAPSHOT_COMPRESSION:
      return SetFlag(option, options.snapshot_compression);
    case ORDERSTORE_OPTION_LOGGER:
      return SetLogger(option, options.logger);
    case ORDERSTORE_OPTION_SLOW_TRANSACTION_US:
      return SetTime(option, options.slow_transaction);
    case ORDERSTORE_OPTION_SLOW_SYNC_US:
      return SetTime(option, options.slow_sync);
    default:
      return absl::InvalidArgumentError(absl::StrCat(
          "there is no option with the key ", option.key, "; this is version ",
          orderstore_version(), " of the library"));
  }
}

}  // namespace

absl::StatusOr<Options> ToOptions(const orderstore_option* options,
                                  size_t count) {
  if (options == nullptr && count > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", count,
                     " options, and NULL for their address; nothing was done"));
  }
  Options chosen;
  for (size_t i = 0; i < count; ++i) {
    absl::Status status = Set(options[i], chosen);
    if (!status.ok()) return status;
  }
  return chosen;
}

std::optional<steady_clock::time_point> ToDeadline(int64_t timeout_ms) {
  if (timeout_ms < 0 ||
      timeout_ms > std::chrono::duration_cast<milliseconds>(kTimeMax).count()) {
    return std::nullopt;
  }
  return steady_clock::now() + milliseconds(timeout_ms);
}

}  // namespace orderstore::capi
