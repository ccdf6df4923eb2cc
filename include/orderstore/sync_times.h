// How long the writes of the log took that made commits durable: a histogram,
// part of StoreStats.
//
//   const SyncTimes times = store->Stats().sync_times;
//   std::cout << times.count() << " writes took " << times.sum.count()
//             << " ns\n";
//
// One write may make several commits durable; a commit of more than 1 MiB takes
// several writes. What a write took is from its bytes in memory to the disk's
// word that they are safe (O_DSYNC). Writes that failed are not in it.
//
// Thread-safety: values.

#ifndef ORDERSTORE_SYNC_TIMES_H_
#define ORDERSTORE_SYNC_TIMES_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <numeric>

namespace orderstore {

struct SyncTimes {
  // The longest that each bucket holds, in microseconds: 10 us to 10 s. One
  // bucket more holds what took longer than all of them.
  static constexpr std::array<int64_t, 19> kBoundsUs = {
      10,      20,        50,        100,       200,       500,     1'000,
      2'000,   5'000,     10'000,    20'000,    50'000,    100'000, 200'000,
      500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};

  // Writes that took at most kBoundsUs[i], and longer than the bound before.
  std::array<int64_t, kBoundsUs.size() + 1> counts = {};
  // Of all writes. May be some writes ahead of the counts or behind them.
  std::chrono::nanoseconds sum{0};

  // How many writes there were.
  int64_t count() const {
    return std::accumulate(counts.begin(), counts.end(), int64_t{0});
  }

  friend bool operator==(const SyncTimes&, const SyncTimes&) = default;
};

}  // namespace orderstore

#endif  // ORDERSTORE_SYNC_TIMES_H_
