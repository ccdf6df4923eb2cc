// The time of steady_clock as of the kernel's last tick, some milliseconds ago
// at most, for a quarter of the price: a few nanoseconds, also where the
// machine's counter cannot be read without the kernel. For what happens at
// every commit.
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_TABLE_COARSE_CLOCK_H_
#define ORDERSTORE_TABLE_COARSE_CLOCK_H_

#include <time.h>

#include <chrono>

namespace orderstore::table {

inline std::chrono::steady_clock::time_point CoarseNow() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(
      std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_COARSE_CLOCK_H_
