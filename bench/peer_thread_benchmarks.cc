// Checkouts by 1, 8 and 64 threads at once, in a peer on disk that was just
// loaded, each thread with a writer of its own; as durable when a call returns
// as the peer's kind says. A latency is that of the whole transaction, waiting
// for other threads included.
//
// The ids that a sale gets depend on the other threads, so that sales are not
// compared, but each is looked up at the end.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "checkout_input.h"
#include "fixtures.h"
#include "latency_histogram.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"

namespace orderstore::bench {
namespace {

size_t CheckoutsOf(int threads) {
  return 1000 + 100 * static_cast<size_t>(threads - 1);
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             int threads) {
  const Unpinned unpinned;
  const size_t n = CheckoutsOf(threads);
  ChangingPeer& changing = ThreadedPeerFor(kind, customers);
  Peer& peer = *changing.peer();
  const CheckoutInput input(WorkloadFor(customers), kSaleNumber,
                            static_cast<uint64_t>(changing.NextCheckouts(n)),
                            n);

  LatencyHistogram latencies;
  for (auto _ : state) {
    state.SetIterationTime(SellTogether(peer, input, threads, latencies));
  }
  RequireSold(peer, input);
  ReportLatencies(latencies, state);
  state.SetItemsProcessed(static_cast<int64_t>(n));
}

}  // namespace

void RegisterPeerThreads(const PeerKind& kind, int32_t customers) {
  if (!kind.on_disk) return;
  for (int threads : {1, 8, 64}) {
    RegisterPeer("durable_checkout", "threads_" + std::to_string(threads), kind,
                 customers, [=](benchmark::State& state) {
                   Measure(state, kind, customers, threads);
                 });
  }
}

}  // namespace orderstore::bench
