// Options, timeouts and durabilities of the C API as the C++ API has them.

#ifndef ORDERSTORE_CAPI_OPTIONS_H_
#define ORDERSTORE_CAPI_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "orderstore/c/store.h"
#include "orderstore/options.h"

namespace orderstore::capi {

// InvalidArgument: a key is not known, or its value is none. Ranges that
// opening a store checks are left to it.
absl::StatusOr<Options> ToOptions(const orderstore_option* options,
                                  size_t count);

// None: waits as long as it takes, or longer than anybody lives.
std::optional<std::chrono::steady_clock::time_point> ToDeadline(
    int64_t timeout_ms);

static_assert(sizeof(orderstore_option) == 16);

}  // namespace orderstore::capi

#endif  // ORDERSTORE_CAPI_OPTIONS_H_
