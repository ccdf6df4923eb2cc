// What it costs that a commit survives a crash: checkouts (find or create the
// customer, one order, three barcodes) in a store in a folder.
//
//   sync_checkout   each is durable when it returns, by 1, 8 and 64 threads,
//                   which share writes of the log. Beside it, in turns within
//                   each repetition: as many writes of 4 KiB as a bare loop
//                   does, and the same by one thread
//   async_checkout  async: in a store whose commits return before they are
//                   durable; not_awaited: in one whose commits do not, told
//                   otherwise for each, and waited for at the end. Beside it,
//                   in turns: the same in a store in memory
//
// A latency is that of the whole transaction: waiting for those of other
// threads, statements, commit; percentiles are of all threads together. Threads
// of the store and of the benchmark run where the system puts them.

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "benchmarks.h"
#include "checkout_input.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "pinning.h"
#include "raw_disk.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 3;  // of turns, within a repetition
// Ten thousand in all rounds, of which ten are beyond the p99.9.
constexpr int64_t kRawWrites = 3400;
constexpr size_t kLoneCheckouts = 3400;
// By several threads, which are faster, a hundred thousand in all rounds, for
// the p99.99.
constexpr size_t kSharedCheckouts = 33'400;
constexpr size_t kAsyncCheckouts = 50'000;

// How often this process has called write or its like; 0 where the kernel does
// not tell.
int64_t WriteCalls() {
  std::ifstream io("/proc/self/io");
  std::string name;
  int64_t value = 0;
  while (io >> name >> value) {
    if (name == "syscw:") return value;
  }
  return 0;
}

// Work done in turns with other work.
struct Turns {
  void Add(size_t n, double seconds_taken) {
    count += static_cast<double>(n);
    seconds += seconds_taken;
  }
  double per_second() const { return count / seconds; }

  double count = 0;
  double seconds = 0;
  LatencyHistogram latencies;
  int64_t write_calls = 0;
};

// All of `input`, each by one of the threads.
void Sell(StoreSubject& subject, const CheckoutInput& input, int threads,
          Turns& turns) {
  const int64_t calls = WriteCalls();
  std::latch ready(threads + 1);
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::vector<std::thread> sellers;
  for (int i = 0; i < threads; ++i) {
    sellers.emplace_back([&] {
      LatencyHistogram latencies;
      ready.arrive_and_wait();
      Stopwatch watch;
      for (size_t at = next++; at < input.size(); at = next++) {
        subject.Checkout(input.buyer(at), input.values(at));
        latencies.Record(watch.LapNs());
      }
      const std::lock_guard lock(mutex);
      turns.latencies.Add(latencies);
    });
  }
  ready.arrive_and_wait();
  const Clock::time_point start = Clock::now();
  for (std::thread& seller : sellers) seller.join();
  turns.Add(input.size(), SecondsSince(start));
  turns.write_calls += WriteCalls() - calls;
}

void SyncCheckouts(benchmark::State& state, int32_t customers, int threads) {
  static auto& raw_log = *new RawLog;
  DurableStore& durable =
      DurableStoreFor("sync", customers, DurableOptions(Durability::kSync));
  const Unpinned unpinned;
  Turns raw;
  Turns one;
  Turns many;
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      raw.Add(size_t{kRawWrites},
              raw_log.Write(4096, kRawWrites, raw.latencies));
      const CheckoutInput input = durable.NextCheckouts(kLoneCheckouts);
      Sell(durable.subject(), input, 1, one);
      if (threads == 1) continue;
      const CheckoutInput shared = durable.NextCheckouts(kSharedCheckouts);
      Sell(durable.subject(), shared, threads, many);
    }
    state.SetIterationTime((threads == 1 ? one : many).seconds);
  }
  Require(durable.store().durable_lsn() == durable.store().Stats().lsn,
          "a commit is not durable");
  const Turns& turns = threads == 1 ? one : many;
  state.counters["raw_per_second"] = raw.per_second();
  ReportLatencies(raw.latencies, state, "raw_");
  state.counters["one_thread_per_second"] = one.per_second();
  state.counters["ratio_to_raw"] = turns.per_second() / raw.per_second();
  state.counters["ratio_to_one_thread"] = turns.per_second() / one.per_second();
  ReportLatencies(turns.latencies, state);
  if (turns.write_calls > 0) {
    state.counters["commits_a_write"] =
        turns.count / static_cast<double>(turns.write_calls);
  }
  state.SetItemsProcessed(static_cast<int64_t>(turns.count));
}

// ---- Not waited for --------------------------------------------------------

StoreSubject& InMemory(int32_t customers) {
  static auto& stores = *new std::map<int32_t, std::unique_ptr<StoreSubject>>;
  auto& store = stores[customers];
  if (store == nullptr) {
    store = std::make_unique<StoreSubject>(GlobalSettings().huge_pages);
    LoadAll(WorkloadFor(customers), *store);
  }
  return *store;
}

double SellAll(StoreSubject& subject, const CheckoutInput& input) {
  const Clock::time_point start = Clock::now();
  for (size_t i = 0; i < input.size(); ++i) {
    subject.Checkout(input.buyer(i), input.values(i));
  }
  return SecondsSince(start);
}

void AsyncCheckouts(benchmark::State& state, int32_t customers, bool async) {
  DurableStore& durable = DurableStoreFor(
      async ? "async" : "sync", customers,
      DurableOptions(async ? Durability::kAsync : Durability::kSync));
  // The store in memory does what it has not done yet: numbers of its own.
  static auto& sold_in_memory = *new std::map<int32_t, uint64_t>;
  const Unpinned unpinned;
  StoreSubject& in_memory = InMemory(customers);
  Turns memory;
  Turns log;
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      uint64_t& sold = sold_in_memory[customers];
      const CheckoutInput same(durable.data(), kSaleNumber, sold,
                               kAsyncCheckouts);
      sold += kAsyncCheckouts;
      memory.Add(same.size(), SellAll(in_memory, same));
      const CheckoutInput input = durable.NextCheckouts(kAsyncCheckouts);
      durable.subject().CommitWith(Durability::kAsync);
      double seconds = SellAll(durable.subject(), input);
      durable.subject().CommitWith(async ? Durability::kAsync
                                         : Durability::kSync);
      const Clock::time_point start = Clock::now();
      const Lsn last = durable.store().Stats().lsn;
      Require(durable.store().WaitDurable(last));
      if (!async) seconds += SecondsSince(start);
      log.Add(input.size(), seconds);
    }
    state.SetIterationTime(log.seconds);
  }
  state.counters["memory_per_second"] = memory.per_second();
  state.counters["ratio_to_memory"] = log.per_second() / memory.per_second();
  state.SetItemsProcessed(static_cast<int64_t>(log.count));
}

template <typename Fn>
benchmark::internal::Benchmark* RegisterRun(std::string_view work,
                                            const std::string& variant,
                                            int32_t customers, Fn fn) {
  return benchmark::RegisterBenchmark(
             BenchmarkName(work, variant, StoreSubject::kName, customers)
                 .c_str(),
             fn)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void RegisterDurability(int32_t customers) {
  for (int threads : {1, 8, 64}) {
    RegisterRun("sync_checkout", "threads_" + std::to_string(threads),
                customers,
                [=](benchmark::State& state) {
                  SyncCheckouts(state, customers, threads);
                })
        ->UseManualTime();
  }
  for (bool async : {true, false}) {
    RegisterRun("async_checkout", async ? "async" : "not_awaited", customers,
                [=](benchmark::State& state) {
                  AsyncCheckouts(state, customers, async);
                })
        ->UseManualTime();
  }
}

}  // namespace orderstore::bench
