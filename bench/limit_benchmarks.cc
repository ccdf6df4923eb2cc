// The machine's own limits, to judge the other figures by.
//
//   dram_latency  one dependent load after another, in random order, over one
//                 cache line for each row of the data set; with small and huge
//                 pages
//   clock         one reading of the clock, which every latency includes
//   hiccups       how long the machine itself keeps a thread that only reads
//   the
//                 clock from running: no latency can be judged finer

#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "benchmarks.h"
#include "checks.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "workload.h"

namespace orderstore::bench {
namespace {

constexpr size_t kHops = 1'000'000;
constexpr size_t kHugePage = size_t{2} << 20;

struct alignas(64) Line {
  uint64_t next;
};

// Lines in one cycle through all of them in random order.
class Chain {
 public:
  Chain(size_t lines, bool huge_pages)
      : bytes_((lines * sizeof(Line) + kHugePage - 1) / kHugePage * kHugePage) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    Require(memory != MAP_FAILED, "mmap failed");
    madvise(memory, bytes_, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    lines_ = static_cast<Line*>(memory);
    for (size_t i = 0; i < lines; ++i) lines_[i].next = i;
    // Sattolo's shuffle gives one cycle.
    Random random(lines);
    for (size_t i = lines; i-- > 1;) {
      std::swap(lines_[i].next, lines_[random.Below(i)].next);
    }
  }
  ~Chain() { munmap(lines_, bytes_); }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  uint64_t Walk(uint64_t from, size_t hops) const {
    for (size_t i = 0; i < hops; ++i) from = lines_[from].next;
    return from;
  }

 private:
  const size_t bytes_;
  Line* lines_;
};

void DramLatency(benchmark::State& state, int32_t customers, bool huge_pages) {
  const Chain chain(static_cast<size_t>(customers) * 96 / 10, huge_pages);
  uint64_t at = chain.Walk(0, kHops / 10);
  for (auto _ : state) at = chain.Walk(at, kHops);
  benchmark::DoNotOptimize(at);
  state.SetItemsProcessed(state.iterations() * int64_t{kHops});
}

void Hiccups(benchmark::State& state) {
  LatencyHistogram gaps;
  for (auto _ : state) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    Stopwatch watch;
    while (std::chrono::steady_clock::now() < end) gaps.Record(watch.LapNs());
  }
  ReportLatencies(gaps, state);
}

}  // namespace

void RegisterLimits(int32_t customers) {
  for (bool huge_pages : {false, true}) {
    benchmark::RegisterBenchmark(
        BenchmarkName("dram_latency", huge_pages ? "huge_pages" : "small_pages",
                      "machine", customers)
            .c_str(),
        [=](benchmark::State& state) {
          DramLatency(state, customers, huge_pages);
        })
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  benchmark::RegisterBenchmark(
      BenchmarkName("clock", "read", "machine", customers).c_str(),
      [](benchmark::State& state) {
        for (auto _ : state) {
          benchmark::DoNotOptimize(std::chrono::steady_clock::now());
        }
        state.SetItemsProcessed(state.iterations());
      })
      ->Iterations(1'000'000)
      ->UseRealTime();
  benchmark::RegisterBenchmark(
      BenchmarkName("hiccups", "1s", "machine", customers).c_str(), Hiccups)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace orderstore::bench
