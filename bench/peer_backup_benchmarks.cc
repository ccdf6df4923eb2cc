// A backup of a peer on disk while it is written to: checkouts, 1000 a second,
// due at fixed times, by one thread; after a second another thread, or what the
// peer has for it, makes one backup. The time is that of the backup, until it
// is on stable storage.
//
//   quiet_, backup_    percentiles of the checkouts that were due before it,
//                      and of those due during it, whenever they were made, for
//                      a minute at most. A latency counts from the time the
//                      checkout was due
//   behind_ns          by how much it was late before the backup: see
//                      lateness.h
//   at_00150ms_max_ns  the longest of the checkouts that were due in the 50 ms
//                      that begin there
//
// The backup is opened and compared with the peer: it has a state of that time.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "lateness.h"
#include "open_loop.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "peer_opening.h"
#include "pinning.h"
#include "scratch_folder.h"

namespace orderstore::bench {
namespace {

constexpr int64_t kRate = 1000;
constexpr size_t kBeforeBackup = 1 * kRate;  // checkouts
constexpr size_t kAfterBackup = 1 * kRate;
constexpr size_t kCheckoutsMax = 60 * kRate;
constexpr size_t kStep = kRate / 20;  // checkouts in 50 ms

using Clock = std::chrono::steady_clock;

// What the writer has felt.
struct Story {
  struct Checkout {
    Clock::time_point due;
    int64_t latency_ns;
  };
  std::vector<Checkout> checkouts;
  Lateness lateness{kBeforeBackup};
};

// Checkouts until kAfterBackup behind the end of the backup, which start()
// begins and which sets `done`.
template <typename Start>
Story Sell(const CheckoutInput& input, PeerWriter& writer, Start&& start,
           const std::atomic<bool>& done) {
  Story story;
  story.checkouts.reserve(input.size());
  OpenLoop loop(kRate);
  size_t end = input.size();
  for (size_t i = 0; i < end; ++i) {
    if (i == kBeforeBackup) start();
    if (i >= kBeforeBackup && end == input.size() && done.load()) {
      end = std::min(end, i + kAfterBackup);
    }
    loop.WaitForNext();
    writer.Checkout(input.buyer(i), input.values(i));
    story.checkouts.push_back({loop.due(), loop.LatencyNs()});
    if (i < kBeforeBackup) {
      story.lateness.Record(story.checkouts.back().latency_ns);
    }
  }
  return story;
}

// It has the rows of a moment between the beginning and the end.
void CheckBackup(HousedPeer& peer, const std::string& path, int32_t customers,
                 int64_t orders_before) {
  const Counts counts = peer.kind().reopens
                            ? CountsOf(*peer->OpenBackup(path))
                            : OpenInOwnProcess(path, customers).counts;
  const EveryRow newest = peer->NewReader()->ReadEveryRow();
  Require(
      orders_before + static_cast<int64_t>(kBeforeBackup) <= counts.orders &&
          counts.orders <= newest.counts().orders,
      "a backup is of another state");
}

void Report(const Story& story, Clock::time_point backup_end,
            benchmark::State& state) {
  LatencyHistogram quiet;
  LatencyHistogram backup;
  std::vector<int64_t> longest_ns;  // of each step
  for (size_t i = 0; i < story.checkouts.size(); ++i) {
    const auto& [due, latency_ns] = story.checkouts[i];
    if (i < kBeforeBackup) {
      quiet.Record(latency_ns);
    } else if (due <= backup_end) {
      backup.Record(latency_ns);
    }
    if (i % kStep == 0) longest_ns.push_back(0);
    longest_ns.back() = std::max(longest_ns.back(), latency_ns);
  }
  ReportLatencies(quiet, state, "quiet_");
  ReportLatencies(backup, state, "backup_");
  state.counters["behind_ns"] = story.lateness.least_ns();
  for (size_t i = 0; i < longest_ns.size(); ++i) {
    std::array<char, 40> name;
    std::snprintf(name.data(), name.size(), "at_%05zums_max_ns", 50 * i);
    state.counters[name.data()] = static_cast<double>(longest_ns[i]);
  }
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers) {
  const Unpinned unpinned;
  const Workload& data = WorkloadFor(customers);
  ChangingPeer& changing = ThreadedPeerFor(kind, customers);
  HousedPeer& peer = changing.peer();
  const int64_t begin = changing.NextCheckouts(0);
  const CheckoutInput input(data, kSaleNumber, static_cast<uint64_t>(begin),
                            kCheckoutsMax);
  const std::string path = FreshPath("backup");
  const std::unique_ptr<PeerWriter> writer = peer->NewWriter();
  for (auto _ : state) {
    double seconds = 0;
    Clock::time_point end;
    std::atomic<bool> done = false;
    std::function<void()> wait_for_backup;
    const auto start_backup = [&] {
      wait_for_backup = peer->RunBeside([&] {
        const auto start = Clock::now();
        peer->Backup(path);
        seconds = SecondsSince(start);
        end = Clock::now();
        done.store(true);
      });
    };
    const Story story = Sell(input, *writer, start_backup, done);
    wait_for_backup();
    state.SetIterationTime(seconds);
    changing.NextCheckouts(story.checkouts.size());
    Report(story, end, state);
  }
  state.counters["backup_bytes"] = static_cast<double>(BytesOnDisk(path));
  CheckBackup(peer, path, customers, data.orders() + begin);
  RemovePath(path);
  state.SetItemsProcessed(data.rows());
}

}  // namespace

void RegisterPeerBackups(const PeerKind& kind, int32_t customers) {
  if (!kind.on_disk) return;
  RegisterPeer(
      "beside_backup", "backup", kind, customers,
      [=](benchmark::State& state) { Measure(state, kind, customers); })
      ->Repetitions(1);
}

}  // namespace orderstore::bench
