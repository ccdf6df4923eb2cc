// Registers a benchmark of the machine itself, which runs once a repetition.

#ifndef ORDERSTORE_BENCH_REGISTER_LIMIT_H_
#define ORDERSTORE_BENCH_REGISTER_LIMIT_H_

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>

#include "benchmarks.h"

namespace orderstore::bench {

template <typename Fn>
benchmark::internal::Benchmark* RegisterLimit(std::string_view work,
                                              std::string_view variant,
                                              int32_t customers, Fn fn) {
  return benchmark::RegisterBenchmark(
             BenchmarkName(work, variant, "machine", customers).c_str(), fn)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_REGISTER_LIMIT_H_
