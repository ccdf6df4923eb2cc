// The machine's own limits, to judge the other figures by. Those of memory are
// over much more than its last cache holds.
//
//   dram_latency      one dependent load after another, in random order, over
//                     one cache line for each row of the data set, or more;
//                     with small and huge pages
//   memory_bandwidth  read, read_all_threads: a sum over all words, by one
//                     thread and by as many as the machine has, each of a part
//                     of its own; copy: memcpy, whose bytes count once;
//                     checksum: XXH3
//   clock             one reading of the clock, which every latency includes
//   hiccups           how long the machine itself keeps a thread that only
//                     reads the clock from running: no latency can be judged
//                     finer

#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <latch>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "benchmarks.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "pinning.h"
#include "raw_disk.h"
#include "workload.h"

namespace orderstore::bench {
namespace {

constexpr size_t kHops = 1'000'000;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kChainBytesMin = size_t{256} << 20;
constexpr size_t kBandwidthBytesMin = size_t{1} << 30;
constexpr int kPasses = 3;

// So much that what the last cache still holds of it does not count.
size_t BytesBeyondCache(size_t at_least) {
  const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);  // 0 or -1: not known
  const size_t bytes = 8 * static_cast<size_t>(std::max(cache, 0L));
  return std::max(at_least, bytes);
}

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
  const Chain chain(std::max(static_cast<size_t>(customers) * 96 / 10,
                             BytesBeyondCache(kChainBytesMin) / sizeof(Line)),
                    huge_pages);
  uint64_t at = chain.Walk(0, kHops / 10);
  for (auto _ : state) at = chain.Walk(at, kHops);
  benchmark::DoNotOptimize(at);
  state.SetItemsProcessed(state.iterations() * int64_t{kHops});
}

// ---- Bandwidth -------------------------------------------------------------

// As many words at a time as compilers make wide loads of.
uint64_t SumOfWords(const DiskBuffer& buffer) {
  constexpr size_t kWords = 8;
  std::array<uint64_t, kWords> sums = {};
  std::array<uint64_t, kWords> words;
  for (size_t at = 0; at + sizeof(words) <= buffer.size();
       at += sizeof(words)) {
    std::memcpy(words.data(), buffer.data() + at, sizeof(words));
    for (size_t i = 0; i < kWords; ++i) sums[i] += words[i];
  }
  uint64_t sum = 0;
  for (uint64_t part : sums) sum += part;
  return sum;
}

// Each thread reads what it has written first, which is near it.
void ReadMemory(benchmark::State& state, unsigned threads) {
  const Unpinned unpinned;
  const size_t bytes =
      BytesBeyondCache(kBandwidthBytesMin) / threads / kHugePage * kHugePage;
  std::latch ready(threads + 1);
  std::latch go(1);
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < threads; ++i) {
    readers.emplace_back([&, i] {
      PinThisThread(i);
      const DiskBuffer part(bytes);
      ready.arrive_and_wait();
      go.wait();
      for (int pass = 0; pass < kPasses; ++pass) {
        benchmark::DoNotOptimize(SumOfWords(part));
      }
    });
  }
  ready.arrive_and_wait();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    go.count_down();
    for (std::thread& reader : readers) reader.join();
    state.SetIterationTime(SecondsSince(start));
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes * threads * kPasses));
}

void Copy(benchmark::State& state) {
  const DiskBuffer from(BytesBeyondCache(kBandwidthBytesMin));
  const DiskBuffer to(from.size());
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::ClobberMemory();
  }
  Require(std::equal(from.data(), from.data() + from.size(), to.data()),
          "a copy differs");
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(from.size()));
}

void Checksum(benchmark::State& state) {
  const DiskBuffer from(BytesBeyondCache(kBandwidthBytesMin));
  for (auto _ : state) {
    benchmark::DoNotOptimize(XXH3_64bits(from.data(), from.size()));
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(from.size()));
}

// ---- The clock -------------------------------------------------------------

void Hiccups(benchmark::State& state) {
  LatencyHistogram gaps;
  for (auto _ : state) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    Stopwatch watch;
    while (std::chrono::steady_clock::now() < end) gaps.Record(watch.LapNs());
  }
  ReportLatencies(gaps, state);
}

template <typename Fn>
benchmark::internal::Benchmark* RegisterLimit(std::string_view work,
                                              std::string_view variant,
                                              int32_t customers, Fn fn) {
  return benchmark::RegisterBenchmark(
             BenchmarkName(work, variant, "machine", customers).c_str(), fn)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void RegisterBandwidth(int32_t customers) {
  const auto add_read = [&](std::string_view variant, unsigned threads) {
    RegisterLimit("memory_bandwidth", variant, customers,
                  [=](benchmark::State& state) { ReadMemory(state, threads); })
        ->UseManualTime();
  };
  add_read("read", 1);
  add_read("read_all_threads",
           std::max(std::thread::hardware_concurrency(), 1u));
  RegisterLimit("memory_bandwidth", "copy", customers, Copy)
      ->Iterations(kPasses)
      ->UseRealTime();
  RegisterLimit("memory_bandwidth", "checksum", customers, Checksum)
      ->Iterations(kPasses)
      ->UseRealTime();
}

}  // namespace

void RegisterLimits(int32_t customers) {
  for (bool huge_pages : {false, true}) {
    RegisterLimit("dram_latency", huge_pages ? "huge_pages" : "small_pages",
                  customers,
                  [=](benchmark::State& state) {
                    DramLatency(state, customers, huge_pages);
                  })
        ->UseRealTime();
  }
  RegisterBandwidth(customers);
  RegisterLimit("clock", "read", customers,
                [](benchmark::State& state) {
                  for (auto _ : state) {
                    benchmark::DoNotOptimize(std::chrono::steady_clock::now());
                  }
                  state.SetItemsProcessed(state.iterations());
                })
      ->Iterations(1'000'000)
      ->Unit(benchmark::kNanosecond)
      ->UseRealTime();
  RegisterLimit("hiccups", "1s", customers, Hiccups)->UseRealTime();
}

}  // namespace orderstore::bench
