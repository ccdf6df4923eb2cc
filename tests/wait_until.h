// Waiting in tests for what happens in other threads and processes.

#ifndef ORDERSTORE_TESTS_WAIT_UNTIL_H_
#define ORDERSTORE_TESTS_WAIT_UNTIL_H_

#include <time.h>

#include <chrono>

namespace orderstore {

// Calls `is_so` until it is true, which it has to be within a minute.
template <typename IsSo>
bool WaitUntil(IsSo is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    const timespec pause = {.tv_sec = 0, .tv_nsec = 10'000'000};
    nanosleep(&pause, nullptr);
  }
  return true;
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_WAIT_UNTIL_H_
