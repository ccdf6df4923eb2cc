// A distribution of latencies as counters of a benchmark.

#ifndef ORDERSTORE_BENCH_LATENCY_COUNTERS_H_
#define ORDERSTORE_BENCH_LATENCY_COUNTERS_H_

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string>

#include "latency_histogram.h"

namespace orderstore::bench {

// As counters whose names begin with `what`: the whole distribution, as far as
// there are ten or more beyond a percentile.
inline void ReportLatencies(const LatencyHistogram& latencies,
                            benchmark::State& state,
                            const std::string& what = "") {
  struct Percentile {
    const char* name;
    double percent;
    int64_t beyond;  // of 10,000
  };
  static constexpr std::array<Percentile, 9> kPercentiles = {
      {{"p50", 50, 5000},
       {"p75", 75, 2500},
       {"p90", 90, 1000},
       {"p95", 95, 500},
       {"p99", 99, 100},
       {"p99.5", 99.5, 50},
       {"p99.9", 99.9, 10},
       {"p99.95", 99.95, 5},
       {"p99.99", 99.99, 1}}};
  for (const auto& [name, percent, beyond] : kPercentiles) {
    if (latencies.count() * beyond < 10 * 10'000) break;
    state.counters[what + name + "_ns"] = latencies.Percentile(percent);
  }
  state.counters[what + "max_ns"] = latencies.max();
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_LATENCY_COUNTERS_H_
