// Checkouts by 1, 8 and 64 threads at once, in a peer on disk that was just
// loaded, each thread with a writer of its own, for two seconds; as durable
// when a call returns as the peer's kind says. A latency is that of the whole
// transaction, waiting for other threads included.
//
// The ids that a sale gets depend on the other threads, so that sales are not
// compared, but some are looked up at the end.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"

namespace orderstore::bench {
namespace {

constexpr std::chrono::seconds kTime(2);

// More than any peer can do meanwhile.
size_t CheckoutsMax(int threads) {
  return threads == 1 ? 100'000 : threads == 8 ? 300'000 : 800'000;
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             int threads) {
  const Unpinned unpinned;
  ChangingPeer& changing = ThreadedPeerFor(kind, customers);
  Peer& peer = *changing.peer();
  const CheckoutInput input(WorkloadFor(customers), kSaleNumber,
                            static_cast<uint64_t>(changing.NextCheckouts(0)),
                            CheckoutsMax(threads));
  LatencyHistogram latencies;
  SoldTogether sold;
  for (auto _ : state) {
    sold = SellTogether(peer, input, threads, kTime, latencies);
    state.SetIterationTime(sold.seconds);
  }
  Require(sold.checkouts < input.size(), "all was sold before the time");
  changing.NextCheckouts(sold.checkouts);
  RequireSold(peer, input, sold.checkouts);
  ReportLatencies(latencies, state);
  state.SetItemsProcessed(static_cast<int64_t>(sold.checkouts));
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
