// Backups of a peer on disk while it is written to: checkouts, 1000 a second,
// due at fixed times, by one thread; backups by another, one after the other
// for a second at least.
//
//   quiet   the same checkouts without a backup, as long
//   backup  the time is that of one backup, on average
//
// A latency counts from the time the checkout was due. The last backup is
// opened and looked at.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_histogram.h"
#include "open_loop.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"

namespace orderstore::bench {
namespace {

constexpr int64_t kRate = 1000;
constexpr size_t kCheckoutsMax = 30'000;  // of one run
constexpr double kSecondsMin = 1;

// Checkouts until `done`; returns how many.
size_t SellUntil(const std::atomic<bool>& done, const CheckoutInput& input,
                 PeerWriter& writer, LatencyHistogram& latencies) {
  OpenLoop loop(kRate);
  size_t sold = 0;
  while (!done.load(std::memory_order_relaxed) && sold < input.size()) {
    loop.WaitForNext();
    writer.Checkout(input.buyer(sold), input.values(sold));
    latencies.Record(loop.LatencyNs());
    ++sold;
  }
  return sold;
}

// What the thread of backups does: for kSecondsMin, one after the other, or
// nothing. Returns the paths.
std::vector<std::string> BackUp(Peer& peer, bool quiet) {
  std::vector<std::string> paths;
  const auto start = std::chrono::steady_clock::now();
  if (quiet) {
    std::this_thread::sleep_for(std::chrono::duration<double>(kSecondsMin));
  }
  while (SecondsSince(start) < kSecondsMin) {
    paths.push_back(FreshPath("backup"));
    peer.Backup(paths.back());
  }
  return paths;
}

void CheckBackup(const PeerKind& kind, const std::string& path,
                 int64_t orders_before, int64_t orders_after) {
  const std::unique_ptr<Peer> copy = kind.make(path);
  const Counts counts = copy->NewReader()->Counts();
  Require(orders_before <= counts.orders && counts.orders <= orders_after,
          "a backup is of another state");
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             bool quiet) {
  const Unpinned unpinned;
  ChangingPeer& changing = ChangingPeerFor(kind, customers);
  Peer& peer = *changing.peer();
  const int64_t begin = changing.NextCheckouts(0);
  const CheckoutInput input(WorkloadFor(customers), kSaleNumber,
                            static_cast<uint64_t>(begin), kCheckoutsMax);
  const int64_t orders = peer.NewReader()->Counts().orders;
  const std::unique_ptr<PeerWriter> writer = peer.NewWriter();
  LatencyHistogram latencies;
  std::vector<std::string> paths;
  size_t sold = 0;
  for (auto _ : state) {
    std::atomic<bool> done = false;
    double seconds = 0;
    std::thread backups([&] {
      const auto start = std::chrono::steady_clock::now();
      paths = BackUp(peer, quiet);
      seconds = SecondsSince(start);
      done.store(true, std::memory_order_relaxed);
    });
    sold += SellUntil(done, input, *writer, latencies);
    backups.join();
    state.SetIterationTime(quiet ? seconds
                                 : seconds / static_cast<double>(paths.size()));
  }
  changing.NextCheckouts(sold);
  if (!quiet) {
    CheckBackup(kind, paths.back(), orders,
                orders + static_cast<int64_t>(sold));
  }
  for (const std::string& path : paths) RemovePath(path);
  ReportLatencies(latencies, state);
  state.counters["backups"] = static_cast<double>(paths.size());
  state.SetItemsProcessed(static_cast<int64_t>(sold));
}

}  // namespace

void RegisterPeerBackups(const PeerKind& kind, int32_t customers) {
  if (!kind.on_disk) return;
  for (bool quiet : {true, false}) {
    RegisterPeer("beside_backup", quiet ? "quiet" : "backup", kind, customers,
                 [=](benchmark::State& state) {
                   Measure(state, kind, customers, quiet);
                 });
  }
}

}  // namespace orderstore::bench
