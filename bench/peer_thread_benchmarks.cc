// Checkouts by 1, 8 and 64 threads at once, in a peer on disk that was loaded,
// backed up and opened again, each thread with a writer of its own, for two
// seconds, or up to six, if that is enough for the p99.99 or else the p99.9; as
// durable when a call returns as the peer's kind says. A latency is that of the
// whole transaction, waiting for other threads included, and percentiles are of
// all threads together; where a thread made less than half of its share there
// are none, for who hardly gets to sell hardly counts in them. How fast a peer
// is, a first tenth of a second says, of the same writers.
// What is sold is made before, twice as much as that promises; a peer that is
// faster still ends earlier. Counters processors_busy and processors_in_kernel:
// shares of the machine's processors meanwhile. Counter raw_per_second: writes
// of 4 KiB that are durable one by one, just before and after, for a disk may
// be faster in one minute than in the next. Counter ratio_to_raw: checkouts a
// write.
//
// The ids that a sale gets depend on the other threads, so that sales are not
// compared, but some are looked up at the end.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "checkout_input.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"
#include "processor_time.h"
#include "raw_disk.h"

namespace orderstore::bench {
namespace {

constexpr std::chrono::milliseconds kFirstTime(100);
constexpr std::chrono::milliseconds kTime = std::chrono::seconds(2);
constexpr std::chrono::milliseconds kTimeMax = std::chrono::seconds(6);
constexpr size_t kCheckoutsMin = 100'000;
constexpr double kShareMin = 0.5;

CheckoutInput NextInput(ChangingPeer& peer, int32_t customers, size_t n) {
  return {WorkloadFor(customers), kSaleNumber,
          static_cast<uint64_t>(peer.NextCheckouts(0)), n};
}

// What was sold with SellTogether.
void Check(ChangingPeer& changing, const CheckoutInput& input,
           const SoldTogether& sold) {
  changing.NextCheckouts(sold.checkouts);
  RequireSold(*changing.peer(), input, sold.checkouts);
}

// Until ten are beyond the p99.99, or else the p99.9, if kTimeMax is enough; a
// tenth more, as the rate is not known better.
std::chrono::milliseconds TimeFor(double per_second) {
  for (const double wanted : {100'000.0, 10'000.0}) {
    const std::chrono::duration<double> needed(1.1 * wanted / per_second);
    if (needed <= kTimeMax) {
      return std::max(kTime,
                      std::chrono::ceil<std::chrono::milliseconds>(needed));
    }
  }
  return kTime;
}

// The bare disk's writes, in the scratch folder as the peer's.
class RawWrites {
 public:
  void Measure() {
    constexpr int64_t kCount = 500;
    sync();  // what others have left to write
    seconds_ += log_.Write(kSector, kCount, latencies_);
    count_ += kCount;
  }
  double per_second() const { return static_cast<double>(count_) / seconds_; }

 private:
  static constexpr size_t kSector = 4096;

  RawLog log_;
  LatencyHistogram latencies_;
  int64_t count_ = 0;
  double seconds_ = 0;
};

// How many to make for so long.
size_t CheckoutsFor(double per_second, std::chrono::milliseconds time) {
  const double expected =
      per_second * std::chrono::duration<double>(time).count();
  return std::max(kCheckoutsMin, static_cast<size_t>(2 * expected));
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             int threads) {
  const Unpinned unpinned;
  ChangingPeer& changing = ThreadedPeerFor(kind, customers);
  Peer& peer = *changing.peer();
  const PeerWriters writers = NewWriters(peer, threads);
  LatencyHistogram first_latencies;
  const CheckoutInput first_input =
      NextInput(changing, customers, kCheckoutsMin);
  const SoldTogether first =
      SellTogether(peer, writers, first_input, kFirstTime, first_latencies);
  Check(changing, first_input, first);
  const double per_second =
      static_cast<double>(first.checkouts) / first.seconds;
  const std::chrono::milliseconds time = TimeFor(per_second);
  const CheckoutInput input =
      NextInput(changing, customers, CheckoutsFor(per_second, time));
  LatencyHistogram latencies;
  double least_share = 0;
  double sold_per_second = 0;
  RawWrites raw;
  for (auto _ : state) {
    raw.Measure();
    const ProcessorTime before = ProcessorTime::Now();
    const SoldTogether sold =
        SellTogether(peer, writers, input, time, latencies);
    ProcessorTime::Now().ReportSince(before, state);
    raw.Measure();
    Check(changing, input, sold);
    state.SetIterationTime(sold.seconds);
    state.SetItemsProcessed(static_cast<int64_t>(sold.checkouts));
    least_share = sold.least_share;
    sold_per_second = static_cast<double>(sold.checkouts) / sold.seconds;
  }
  state.counters["least_share"] = least_share;
  state.counters["raw_per_second"] = raw.per_second();
  state.counters["ratio_to_raw"] = sold_per_second / raw.per_second();
  if (least_share >= kShareMin) ReportLatencies(latencies, state);
}

}  // namespace

void RegisterPeerThreads(const PeerKind& kind, int32_t customers) {
  if (!kind.on_disk) return;
  for (int threads : {1, 8, 64}) {
    RegisterPeer("durable_checkout", "threads_" + std::to_string(threads), kind,
                 customers,
                 [=](benchmark::State& state) {
                   Measure(state, kind, customers, threads);
                 })
        ->Repetitions(1);
  }
}

}  // namespace orderstore::bench
