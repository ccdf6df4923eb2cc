// Threads, where the system may have no more of them.

#ifndef ORDERSTORE_THREAD_START_H_
#define ORDERSTORE_THREAD_START_H_

#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace orderstore::thread {

// Runs `fn` in a thread of its own. ResourceExhausted: there is none.
template <typename Fn>
absl::StatusOr<std::thread> Start(Fn fn) {
  try {
    return std::thread(std::move(fn));
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start a thread: ", error.what(),
                     "; the limits are `ulimit -u` and the system's"));
  }
}

}  // namespace orderstore::thread

#endif  // ORDERSTORE_THREAD_START_H_
