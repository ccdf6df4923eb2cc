// How often the operations of a day are due, how long it is, and beside how
// many other threads: of the peers, and of an idle day, which is their limit.

#ifndef ORDERSTORE_BENCH_DAY_PACE_H_
#define ORDERSTORE_BENCH_DAY_PACE_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace orderstore::bench {

struct DayPace {
  static constexpr int64_t kLowRate = 1000;
  static constexpr int64_t kHighRate = 10'000;

  // None, powers of two, and one on each processor, but not more than a server
  // lets in.
  static std::vector<int> ReaderCounts(
      unsigned processors = std::thread::hardware_concurrency()) {
    constexpr unsigned kReadersMax = 64;
    const auto most = static_cast<int>(std::clamp(processors, 2u, kReadersMax));
    std::vector<int> counts = {0};
    for (int n = 1; n < most; n *= 2) counts.push_back(n);
    counts.push_back(most);
    return counts;
  }

  // Long enough for the p99 of 1100 checkouts at the low rate; at the high one,
  // alone or beside one reader, for their p99.9, and the p99.99 of lookups.
  int64_t seconds() const { return rate == kLowRate || readers <= 1 ? 22 : 5; }
  // As benchmarks are named.
  std::string variant() const {
    return "rate" + std::to_string(rate) + "_readers" + std::to_string(readers);
  }

  int64_t rate = kHighRate;  // operations a second
  int readers = 0;           // other threads, each with as many
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_DAY_PACE_H_
