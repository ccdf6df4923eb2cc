// Writing the whole store to a file.
//
//   snapshot         plain, compressed: Store::WriteSnapshot of the data set.
//                    Beside it, in turns: a bare loop that writes a new file
//                    of the same size. `ratio_to_limit` is to the slower of
//                    that and kRowsToBytes
//   beside_snapshot  redeem: a writer in a store whose commits are not waited
//                    for, while snapshots are written in a loop, and, in turns,
//                    while none is: what it keeps of its rate, and its
//                    latencies. Each turn sees whole snapshots
//   snapshot_memory  the growth of the resident set to its peak while a
//                    snapshot is written, alone (quiet) and while a writer
//                    redeems (beside_writer); in a process of its own. As a
//                    share of StoreStats::memory_bytes
//   backup           Store::Backup while a writer redeems
//
// The snapshots are proven when the store is opened again, at the end.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "benchmarks.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "own_process.h"
#include "pinning.h"
#include "raw_disk.h"
#include "scratch_folder.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSnapshotRepetitions = 5;
constexpr auto kTurn = std::chrono::milliseconds(400);
constexpr int kTurns = 3;
// Bytes a second that one core turns rows into: a faster disk is no limit.
constexpr double kRowsToBytes = 2e9;

DurableStore& StoreFor(int32_t customers, bool compressed) {
  Options options = DurableOptions(Durability::kAsync);
  options.snapshot_compression = compressed;
  return DurableStoreFor(compressed ? "compressed" : "plain", customers,
                         options);
}

// A snapshot of a state that no snapshot is of.
double WriteSnapshot(DurableStore& durable) {
  durable.RedeemNext();
  Require(durable.store().Sync().status());
  const Clock::time_point start = Clock::now();
  Require(durable.store().WriteSnapshot().status());
  return SecondsSince(start);
}

void WriteSnapshots(benchmark::State& state, int32_t customers,
                    bool compressed) {
  DurableStore& durable = StoreFor(customers, compressed);
  const Unpinned unpinned;
  // The first is not counted: memory that is used again is not in use yet.
  WriteSnapshot(durable);
  const auto bytes = static_cast<double>(SnapshotBytes(durable.folder()));
  double seconds = 0;
  double disk_seconds = 0;
  for (auto _ : state) {
    for (int turn = 0; turn < kTurns; ++turn) {
      disk_seconds +=
          WriteNewFile(static_cast<int64_t>(bytes)) / double{kTurns};
      seconds += WriteSnapshot(durable) / double{kTurns};
    }
    state.SetIterationTime(seconds);
  }
  const int64_t rows = RowsIn(durable.store().Stats().counts);
  const double disk = bytes / disk_seconds;
  state.counters["seconds"] = seconds;
  state.counters["bytes_a_row"] = bytes / static_cast<double>(rows);
  state.counters["file_bytes_per_second"] = bytes / seconds;
  state.counters["disk_bytes_per_second"] = disk;
  state.counters["ratio_to_limit"] =
      bytes / seconds / std::min(disk, kRowsToBytes);
  state.SetItemsProcessed(rows);
}

// ---- Beside a writer -------------------------------------------------------

// Work of a thread, over and over until the end of the object's life.
template <typename Fn>
class InLoop {
 public:
  explicit InLoop(Fn fn)
      : thread_([this, fn] {
          while (!stop_.load(std::memory_order_relaxed)) {
            fn();
            rounds_.fetch_add(1, std::memory_order_relaxed);
          }
        }) {}
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;
  ~InLoop() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

  int rounds() const { return rounds_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;  // last: it uses the others
};

struct RedeemingTimes {
  double per_second() const { return static_cast<double>(count) / seconds; }

  int64_t count = 0;
  double seconds = 0;
  LatencyHistogram latencies;
};

// Redeems while go_on() says so.
template <typename GoOn>
void Redeem(DurableStore& durable, RedeemingTimes& all, GoOn go_on) {
  const Clock::time_point start = Clock::now();
  Stopwatch watch;
  do {
    for (int i = 0; i < 256; ++i) {
      durable.RedeemNext();
      all.latencies.Record(watch.LapNs());
      ++all.count;
    }
  } while (go_on(Clock::now() - start));
  all.seconds += SecondsSince(start);
}

void BesideSnapshots(benchmark::State& state, int32_t customers) {
  DurableStore& durable = StoreFor(customers, /*compressed=*/false);
  const Unpinned unpinned;
  RedeemingTimes apart;
  RedeemingTimes together;
  int snapshots = 0;
  for (auto _ : state) {
    for (int turn = 0; turn < kTurns; ++turn) {
      const Clock::time_point start = Clock::now();
      {
        const InLoop loop(
            [&] { Require(durable.store().WriteSnapshot().status()); });
        Redeem(durable, together, [&](Clock::duration passed) {
          return passed < kTurn || loop.rounds() == 0;
        });
        snapshots += loop.rounds();
      }
      Require(durable.store().Sync().status());
      Redeem(durable, apart,
             [time = Clock::now() - start](Clock::duration passed) {
               return passed < time;
             });
    }
    state.SetIterationTime(together.seconds + apart.seconds);
  }
  state.counters["writer_ratio"] = together.per_second() / apart.per_second();
  state.counters["per_second"] = together.per_second();
  state.counters["per_second_apart"] = apart.per_second();
  ReportLatencies(together.latencies, state);
  ReportLatencies(apart.latencies, state, "apart_");
  state.counters["p99.9_ratio"] =
      together.latencies.Percentile(99.9) / apart.latencies.Percentile(99.9);
  state.counters["snapshots"] = snapshots;
}

void Backups(benchmark::State& state, int32_t customers) {
  DurableStore& durable = StoreFor(customers, /*compressed=*/false);
  const Unpinned unpinned;
  const std::string folder = FreshPath("backup");
  for (auto _ : state) {
    const InLoop writer([&] { durable.RedeemNext(); });
    const Clock::time_point start = Clock::now();
    Require(durable.store().Backup(folder).status());
    state.SetIterationTime(SecondsSince(start));
  }
  const Counts counts = durable.store().Stats().counts;
  {
    const StoreSubject copy(folder, DurableOptions(Durability::kSync));
    Require(copy.View().Counts().barcodes == counts.barcodes &&
                copy.View().Counts().orders == counts.orders,
            "a backup misses rows");
    Require(copy.store().Check());
  }
  RemovePath(folder);
  state.SetItemsProcessed(RowsIn(counts));
}

// ---- Memory ----------------------------------------------------------------

void RunSnapshotMemory(benchmark::State& state, std::string_view subject,
                       int32_t customers) {
  for (auto _ : state) {
    for (const auto& [name, value] :
         RunInOwnProcess(subject, customers, GlobalSettings().huge_pages)) {
      state.counters[name] = value;
    }
  }
}

template <typename Fn>
benchmark::internal::Benchmark* RegisterSnapshot(std::string_view work,
                                                 std::string_view variant,
                                                 int32_t customers, Fn fn) {
  return benchmark::RegisterBenchmark(
             BenchmarkName(work, variant, StoreSubject::kName, customers)
                 .c_str(),
             fn)
      ->Iterations(1)
      ->Repetitions(kSnapshotRepetitions)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void PrintSnapshotMemory(int32_t customers, bool beside_writer) {
  const Unpinned unpinned;
  DurableStore& durable = StoreFor(customers, /*compressed=*/false);
  // What the log and the writer need, they have from now on.
  RedeemingTimes warm_up;
  Redeem(durable, warm_up,
         [](Clock::duration passed) { return passed < kTurn; });
  Require(durable.store().Sync().status());
  const auto counted =
      static_cast<double>(durable.store().Stats().memory_bytes);
  const int64_t before = ResidentBytes();
  ForgetPeak();
  if (beside_writer) {
    const InLoop writer([&] { durable.RedeemNext(); });
    Require(durable.store().WriteSnapshot().status());
  } else {
    Require(durable.store().WriteSnapshot().status());
  }
  const auto extra = static_cast<double>(PeakResidentBytes() - before);
  PrintCounter("extra_bytes", extra);
  PrintCounter("extra_share", extra / counted);
  CheckDurableStores();
}

void RegisterSnapshots(int32_t customers) {
  for (bool compressed : {false, true}) {
    RegisterSnapshot("snapshot", compressed ? "compressed" : "plain", customers,
                     [=](benchmark::State& state) {
                       WriteSnapshots(state, customers, compressed);
                     })
        ->UseManualTime();
  }
  RegisterSnapshot(
      "beside_snapshot", "redeem", customers,
      [=](benchmark::State& state) { BesideSnapshots(state, customers); })
      ->UseManualTime();
  RegisterSnapshot("backup", "beside_writer", customers,
                   [=](benchmark::State& state) { Backups(state, customers); })
      ->Repetitions(3)
      ->UseManualTime();
  for (bool beside_writer : {false, true}) {
    RegisterSnapshot(
        "snapshot_memory", beside_writer ? "beside_writer" : "quiet", customers,
        [=](benchmark::State& state) {
          RunSnapshotMemory(
              state, beside_writer ? kBusySnapshot : kQuietSnapshot, customers);
        })
        ->Repetitions(1)
        ->UseRealTime();
  }
}

}  // namespace orderstore::bench
