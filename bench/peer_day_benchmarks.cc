// A day of a ticket shop: 70% lookups of a barcode by value; 25% scans of a
// ticket at a gate; 5% checkouts. Barcodes and tickets are drawn by Zipf's law,
// so that some are seen again and again: a first scan redeems a ticket, every
// other, a rescan, is told that it is used and changes nothing. The redemptions
// of the sales come before, as they need tickets that are unused.
//
//   rate1000, rate10000  operations a second, due at fixed times, by one
//                        thread; the higher rate not for peers that sync every
//                        transaction, nor for servers. A latency counts from
//                        the time the operation was due: see open_loop.h
//   readers0, 1, 2, 4    and so on, up to the threads of the machine: so many
//                        other threads look up barcodes beside it, each as many
//                        a second, due in the same way; at the highest rate of
//                        the peer
//
// Percentiles of each operation, and of the readers, all together. rescans: how
// many scans were. behind_ns: by how much it was late at the end: see
// lateness.h; reader_behind_ns: by how much the latest of the readers was. The
// answers of all peers are compared, but for those of the readers, which depend
// on the moment.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "answers.h"
#include "checkout_input.h"
#include "checks.h"
#include "day_pace.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "lateness.h"
#include "open_loop.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"
#include "sale_sum.h"
#include "zipf.h"

namespace orderstore::bench {
namespace {

int64_t HighestRate(const PeerKind& kind) {
  return kind.is_slow() ? DayPace::kLowRate : DayPace::kHighRate;
}

// The low rate of a peer that is asked for more is there for its answers.
int64_t SecondsOf(const PeerKind& kind, const DayPace& pace) {
  return pace.rate < HighestRate(kind) ? 5 : pace.seconds();
}

enum class Kind { kLookup, kScan, kCheckout };

struct Operation {
  Kind kind;
  // Of the barcode that is looked up, of the ticket among those that were
  // redeemable, or number of the checkout.
  size_t at;
};

struct Day {
  Day(const Zipf& barcodes, const Zipf& tickets, size_t n, uint64_t seed) {
    Random random(seed);
    for (size_t i = 0; i < n; ++i) {
      const uint64_t percent = random.Below(100);
      if (percent < 5) {
        operations.push_back({Kind::kCheckout, checkouts++});
      } else if (percent < 30) {
        operations.push_back({Kind::kScan, tickets.Draw(random)});
      } else {
        operations.push_back({Kind::kLookup, barcodes.Draw(random)});
      }
    }
  }

  std::vector<Operation> operations;
  size_t checkouts = 0;
};

struct DayLatencies {
  LatencyHistogram lookups;
  LatencyHistogram redemptions;
  LatencyHistogram rescans;
  LatencyHistogram checkouts;
};

AnswerSum DoDay(const Workload& data, const Day& day,
                const CheckoutInput& input, int64_t rate, Peer& peer,
                DayLatencies& latencies, Lateness& lateness) {
  const std::unique_ptr<PeerReader> reader = peer.NewReaderOfWriter();
  const std::unique_ptr<PeerWriter> writer = peer.NewWriter();
  AnswerSum sum;
  SaleSum sales(data);
  OpenLoop loop(rate);
  for (const auto& [kind, at] : day.operations) {
    LatencyHistogram* own = &latencies.lookups;
    loop.WaitForNext();
    if (kind == Kind::kCheckout) {
      own = &latencies.checkouts;
      sales.Add(writer->Checkout(input.buyer(at), input.values(at)));
    } else if (kind == Kind::kScan) {
      const bool is_redeemed = writer->Redeem(data.redeemable()[at]);
      own = is_redeemed ? &latencies.redemptions : &latencies.rescans;
      sum.Add(int32_t{is_redeemed});
    } else {
      const auto row = reader->FindBarcodeByValue(data.barcode_value(at));
      Require(row.has_value(), "a barcode is missing");
      sum.Add(*row);
    }
    const int64_t latency_ns = loop.LatencyNs();
    own->Record(latency_ns);
    lateness.Record(latency_ns);
  }
  sum.Add(sales.sum().value());
  return sum;
}

// Looks up barcodes in a thread of its own until it is destroyed, from when all
// that wait for `begin` have warmed up. What is due by its end is done, however
// late.
class DayReader {
 public:
  // What it refers to outlives it. `seconds` is how long it will read, about.
  DayReader(const Workload& data, const Zipf& zipf, Peer& peer, int64_t rate,
            int64_t seconds, uint64_t seed, std::latch& begin)
      : reader_(peer.NewReader()),
        seconds_(seconds),
        thread_([=, this, &data, &zipf, &begin] {
          // Memory that the system has not to give while the clock runs.
          latencies_ns_.resize(static_cast<size_t>(2 * rate * seconds));
          latencies_ns_.clear();
          WarmUp(data);
          begin.arrive_and_wait();
          Read(data, zipf, rate, seed);
        }) {}
  ~DayReader() {
    if (thread_.joinable()) Stop();
  }

  void Stop() {
    stop_at_ = std::chrono::steady_clock::now();
    stopped_.store(true, std::memory_order_release);
    thread_.join();
  }

  // ---- After Stop(). ----
  void AddTo(LatencyHistogram& latencies) const {
    for (int64_t ns : latencies_ns_) latencies.Record(ns);
  }
  double behind_ns() const {
    // It was shut out all the time.
    if (latencies_ns_.empty()) return 1e9 * static_cast<double>(seconds_);
    Lateness lateness(latencies_ns_.size());
    for (int64_t ns : latencies_ns_) lateness.Record(ns);
    return lateness.least_ns();
  }

 private:
  void WarmUp(const Workload& data) {
    for (size_t i = 0; i < static_cast<size_t>(data.barcodes()); i += 20) {
      reader_->FindBarcodeByValue(data.barcode_value(i));
    }
  }

  void Read(const Workload& data, const Zipf& zipf, int64_t rate,
            uint64_t seed) {
    Random random(seed);
    OpenLoop loop(rate);
    while (true) {
      const auto value = data.barcode_value(zipf.Draw(random));
      loop.WaitForNext();
      if (stopped_.load(std::memory_order_acquire) && loop.due() > stop_at_) {
        return;
      }
      Require(reader_->FindBarcodeByValue(value).has_value(),
              "a barcode is missing");
      latencies_ns_.push_back(loop.LatencyNs());
    }
  }

  const std::unique_ptr<PeerReader> reader_;
  const int64_t seconds_;
  std::vector<int64_t> latencies_ns_;              // in order
  std::chrono::steady_clock::time_point stop_at_;  // read once it is stopped
  std::atomic<bool> stopped_ = false;
  std::thread thread_;  // last: it uses the others
};

// Ends them.
void ReportReaders(const std::vector<std::unique_ptr<DayReader>>& readers,
                   benchmark::State& state) {
  LatencyHistogram latencies;
  double behind_ns = 0;
  for (const auto& reader : readers) {
    reader->Stop();
    reader->AddTo(latencies);
    behind_ns = std::max(behind_ns, reader->behind_ns());
  }
  ReportLatencies(latencies, state, "reader_");
  state.counters["reader_behind_ns"] = behind_ns;
}

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             const DayPace& pace) {
  const auto [rate, readers] = pace;
  const Unpinned unpinned;
  const Workload& data = WorkloadFor(customers);
  const Zipf barcodes(static_cast<uint64_t>(data.barcodes()));
  const Zipf tickets(data.redeemable().size());
  ChangingPeer& peer = ChangingPeerFor(kind, customers);
  const std::string work = "day at " + std::to_string(rate) + peer.History();
  int64_t& operations = peer.done()["operations of the day"];
  const int64_t seconds = SecondsOf(kind, pace);
  const Day day(barcodes, tickets, static_cast<size_t>(rate * seconds),
                static_cast<uint64_t>(operations));
  operations += static_cast<int64_t>(day.operations.size());
  const CheckoutInput input(
      data, kSaleNumber,
      static_cast<uint64_t>(peer.NextCheckouts(day.checkouts)), day.checkouts);
  DayLatencies latencies;
  Lateness lateness(day.operations.size());
  std::latch begin(readers + 1);
  std::vector<std::unique_ptr<DayReader>> beside;
  for (int i = 0; i < readers; ++i) {
    beside.push_back(
        std::make_unique<DayReader>(data, barcodes, *peer.peer(), rate, seconds,
                                    static_cast<uint64_t>(i), begin));
  }
  begin.arrive_and_wait();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const AnswerSum sum =
        DoDay(data, day, input, rate, *peer.peer(), latencies, lateness);
    state.SetIterationTime(SecondsSince(start));
    state.counters["behind_ns"] = lateness.least_ns();
    CheckAnswers(work, customers, 0, kind.name, sum);
  }
  if (readers > 0) ReportReaders(beside, state);
  // All can have this day: of what comes later some are not capable.
  if (readers == 0 && rate == DayPace::kLowRate) peer.CheckState();
  ReportLatencies(latencies.lookups, state, "lookup_");
  ReportLatencies(latencies.redemptions, state, "redeem_");
  ReportLatencies(latencies.rescans, state, "rescan_");
  ReportLatencies(latencies.checkouts, state, "checkout_");
  state.counters["rescans"] = static_cast<double>(latencies.rescans.count());
  state.SetItemsProcessed(static_cast<int64_t>(day.operations.size()));
}

}  // namespace

void RegisterPeerDays(const PeerKind& kind, int32_t customers) {
  for (int64_t rate : {DayPace::kLowRate, DayPace::kHighRate}) {
    if (rate > HighestRate(kind)) continue;
    for (int readers : DayPace::ReaderCounts()) {
      if (readers > 0 && (!kind.threads || rate < HighestRate(kind))) continue;
      const DayPace pace{.rate = rate, .readers = readers};
      RegisterPeer("day", pace.variant(), kind, customers,
                   [=](benchmark::State& state) {
                     Measure(state, kind, customers, pace);
                   })
          ->Repetitions(1);
    }
  }
}

}  // namespace orderstore::bench
