// Reading a store's folder beside the process that writes to it.
//
//   absl::StatusOr<Recovered> recovered = RetryBesideWriter(
//       [&] { return Recover(folder, store, options); });
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_RECOVERY_BESIDE_WRITER_H_
#define ORDERSTORE_RECOVERY_BESIDE_WRITER_H_

#include <chrono>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace orderstore::recovery {

// Calls `attempt`, which returns an absl::StatusOr, until it succeeds or fails
// for good. Files come, grow and go while they are read: what looks like
// damage, or is not there any more, is looked at again. What a writer is at
// work on is in another place the next time; so the same error twice is final,
// and Unavailable says that it was another one each time.
// Takes 0.2 s at most beside the attempts, of which there are 20 at most.
template <typename Attempt>
auto RetryBesideWriter(Attempt attempt) {
  constexpr int kAttemptsMax = 20;
  absl::Status last;
  for (int number = 1;; ++number) {
    auto result = attempt();
    const absl::Status& status = result.status();
    const bool may_pass = absl::IsDataLoss(status) ||
                          absl::IsNotFound(status) ||
                          absl::IsOutOfRange(status);
    if (!may_pass || status == last) return result;
    if (number == kAttemptsMax) {
      return decltype(result)(absl::UnavailableError(
          absl::StrCat("the writer of the store is too fast: ",
                       std::string(status.message()), "; try again")));
    }
    last = status;
    std::this_thread::sleep_for(std::chrono::milliseconds(number));
  }
}

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_BESIDE_WRITER_H_
