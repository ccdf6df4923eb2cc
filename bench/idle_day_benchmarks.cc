// A day of a ticket shop on which nothing is done: operations are due as on
// those of peer_day_benchmarks.cc, and do nothing, as those of its readers. How
// late they begin is what the machine takes to let a thread run that is due: no
// latency of a day can be judged finer.
//
// Percentiles of the thread that would work, and of the readers, all together.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <latch>
#include <thread>
#include <vector>

#include "benchmarks.h"
#include "day_pace.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "open_loop.h"
#include "pinning.h"
#include "register_limit.h"

namespace orderstore::bench {
namespace {

void Idle(const DayPace& pace, LatencyHistogram& latencies) {
  OpenLoop loop(pace.rate);
  for (int64_t i = 0; i < pace.rate * pace.seconds(); ++i) {
    loop.WaitForNext();
    latencies.Record(loop.LatencyNs());
  }
}

void IdleDay(benchmark::State& state, const DayPace& pace) {
  const Unpinned unpinned;
  LatencyHistogram own;
  std::vector<LatencyHistogram> of_readers(static_cast<size_t>(pace.readers));
  std::latch begin(pace.readers + 1);
  std::vector<std::thread> readers;
  for (LatencyHistogram& latencies : of_readers) {
    readers.emplace_back([&] {
      begin.arrive_and_wait();
      Idle(pace, latencies);
    });
  }
  begin.arrive_and_wait();
  for (auto _ : state) Idle(pace, own);
  for (std::thread& reader : readers) reader.join();
  ReportLatencies(own, state);
  if (pace.readers == 0) return;
  LatencyHistogram all;
  for (const LatencyHistogram& latencies : of_readers) all.Add(latencies);
  ReportLatencies(all, state, "reader_");
}

}  // namespace

void RegisterIdleDays(int32_t customers) {
  for (int64_t rate : {DayPace::kLowRate, DayPace::kHighRate}) {
    for (int readers : DayPace::ReaderCounts()) {
      const DayPace pace{.rate = rate, .readers = readers};
      RegisterLimit("idle_day", pace.variant(), customers,
                    [=](benchmark::State& state) { IdleDay(state, pace); })
          ->Repetitions(1)
          ->UseRealTime();
    }
  }
}

}  // namespace orderstore::bench
