// Checkouts by 1, 8 and 64 threads at once, in peers on disk, each thread with
// a writer of its own; as durable when a call returns as the peer's kind says.
// A latency is that of the whole transaction, waiting for other threads
// included.
//
// The ids that a sale gets depend on the other threads, so that sales are not
// compared, but the counts at the end are.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checkout_input.h"
#include "checks.h"
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

// All of `input`, each by one of the threads. Returns the seconds taken.
double Sell(Peer& peer, const CheckoutInput& input, int threads,
            LatencyHistogram& latencies) {
  std::latch ready(threads + 1);
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::vector<std::unique_ptr<PeerWriter>> writers;
  std::vector<std::thread> sellers;
  for (int i = 0; i < threads; ++i) {
    writers.push_back(peer.NewWriter());
    sellers.emplace_back([&, writer = writers.back().get()] {
      LatencyHistogram own;
      ready.arrive_and_wait();
      Stopwatch watch;
      for (size_t at = next++; at < input.size(); at = next++) {
        writer->Checkout(input.buyer(at), input.values(at));
        own.Record(watch.LapNs());
      }
      const std::lock_guard lock(mutex);
      latencies.Add(own);
    });
  }
  ready.arrive_and_wait();
  const auto start = std::chrono::steady_clock::now();
  for (std::thread& seller : sellers) seller.join();
  return SecondsSince(start);
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             int threads) {
  const Unpinned unpinned;
  const size_t n = CheckoutsOf(threads);
  ChangingPeer& peer = ChangingPeerFor(kind, customers);
  const auto begin = static_cast<uint64_t>(peer.NextCheckouts(n));
  const CheckoutInput input(WorkloadFor(customers), kSaleNumber, begin, n);
  const int64_t orders = peer.peer()->NewReader()->Counts().orders;
  LatencyHistogram latencies;
  for (auto _ : state) {
    state.SetIterationTime(Sell(*peer.peer(), input, threads, latencies));
  }
  Require(peer.peer()->NewReader()->Counts().orders ==
              orders + static_cast<int64_t>(n),
          "a checkout is missing");
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
