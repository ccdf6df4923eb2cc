// A day of a ticket shop: 70% lookups of a barcode by value, drawn by Zipf's
// law, so that some are looked at again and again; 25% scans at a gate, which
// redeem a ticket, one in ten for the second time; 5% checkouts.
//
//   rate1000, rate10000  operations a second, due at fixed times, by one
//                        thread; the higher rate not for peers that sync every
//                        transaction, nor for servers. A latency counts from
//                        the time the operation was due: see open_loop.h
//   readers0, 1, 2       so many other threads look up barcodes beside it, each
//                        as many a second, due in the same way
//
// Percentiles of each operation, and of the readers. behind_ns: by how much it
// was late at the end: see lateness.h. The answers of all peers are compared,
// but for those of the readers, which depend on the moment.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "answers.h"
#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
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

constexpr int64_t kSeconds = 5;

enum class Kind { kLookup, kRedeem, kCheckout };

struct Operation {
  Kind kind;
  // Of the barcode that is looked up, among the barcodes that may be redeemed,
  // or number of the checkout.
  size_t at;
};

// Every tenth scan is of the ticket that was scanned before.
struct Day {
  Day(const Zipf& zipf, size_t n, uint64_t seed) {
    Random random(seed);
    for (size_t i = 0; i < n; ++i) {
      const uint64_t percent = random.Below(100);
      if (percent < 5) {
        operations.push_back({Kind::kCheckout, checkouts++});
      } else if (percent < 30) {
        if (redemptions == 0 || random.Below(10) != 0) ++redemptions;
        operations.push_back({Kind::kRedeem, redemptions - 1});
      } else {
        operations.push_back({Kind::kLookup, zipf.Draw(random)});
      }
    }
  }

  std::vector<Operation> operations;
  size_t checkouts = 0;
  size_t redemptions = 0;
};

struct DayLatencies {
  LatencyHistogram& of(Kind kind) {
    return kind == Kind::kLookup   ? lookups
           : kind == Kind::kRedeem ? redemptions
                                   : checkouts;
  }

  LatencyHistogram lookups;
  LatencyHistogram redemptions;
  LatencyHistogram checkouts;
};

// The tickets that are scanned are those from `first_redemption` on, round and
// round.
AnswerSum DoDay(const Workload& data, const Day& day,
                const CheckoutInput& input, size_t first_redemption,
                int64_t rate, Peer& peer, DayLatencies& latencies,
                Lateness& lateness) {
  const std::unique_ptr<PeerReader> reader = peer.NewReaderOfWriter();
  const std::unique_ptr<PeerWriter> writer = peer.NewWriter();
  const TextColumn& tickets = data.redeemable();
  AnswerSum sum;
  SaleSum sales(data);
  OpenLoop loop(rate);
  for (const auto& [kind, at] : day.operations) {
    loop.WaitForNext();
    if (kind == Kind::kCheckout) {
      sales.Add(writer->Checkout(input.buyer(at), input.values(at)));
    } else if (kind == Kind::kRedeem) {
      const auto value = tickets[(first_redemption + at) % tickets.size()];
      sum.Add(int32_t{writer->Redeem(value)});
    } else {
      const auto row = reader->FindBarcodeByValue(data.barcode_value(at));
      Require(row.has_value(), "a barcode is missing");
      sum.Add(*row);
    }
    const int64_t latency_ns = loop.LatencyNs();
    latencies.of(kind).Record(latency_ns);
    lateness.Record(latency_ns);
  }
  sum.Add(sales.sum().value());
  return sum;
}

// Looks up barcodes in a thread of its own until it is destroyed.
class DayReader {
 public:
  // `data` and `zipf` outlive it.
  DayReader(const Workload& data, const Zipf& zipf, Peer& peer, int64_t rate,
            uint64_t seed)
      : reader_(peer.NewReader()) {
    for (size_t i = 0; i < static_cast<size_t>(data.barcodes()); i += 20) {
      reader_->FindBarcodeByValue(data.barcode_value(i));
    }
    thread_ =
        std::thread([=, this, &data, &zipf] { Read(data, zipf, rate, seed); });
  }
  ~DayReader() {
    if (thread_.joinable()) Stop();
  }

  const LatencyHistogram& Stop() {
    stopped_.store(true, std::memory_order_relaxed);
    thread_.join();
    return latencies_;
  }

 private:
  void Read(const Workload& data, const Zipf& zipf, int64_t rate,
            uint64_t seed) {
    Random random(seed);
    OpenLoop loop(rate);
    while (!stopped_.load(std::memory_order_relaxed)) {
      const auto value = data.barcode_value(zipf.Draw(random));
      loop.WaitForNext();
      Require(reader_->FindBarcodeByValue(value).has_value(),
              "a barcode is missing");
      latencies_.Record(loop.LatencyNs());
    }
  }

  const std::unique_ptr<PeerReader> reader_;
  LatencyHistogram latencies_;
  std::atomic<bool> stopped_ = false;  // orders nothing; the join does
  std::thread thread_;
};

void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             int64_t rate, int readers) {
  const Unpinned unpinned;
  const Workload& data = WorkloadFor(customers);
  const Zipf zipf(static_cast<uint64_t>(data.barcodes()));
  ChangingPeer& peer = ChangingPeerFor(kind, customers);
  const std::string work = "day at " + std::to_string(rate) + peer.History();
  int64_t& operations = peer.done()["operations of the day"];
  const Day day(zipf, static_cast<size_t>(rate * kSeconds),
                static_cast<uint64_t>(operations));
  operations += static_cast<int64_t>(day.operations.size());
  int64_t& redeemed = peer.done()["redeem"];
  const auto first_redemption = static_cast<size_t>(redeemed);
  redeemed += static_cast<int64_t>(day.redemptions);
  const CheckoutInput input(
      data, kSaleNumber,
      static_cast<uint64_t>(peer.NextCheckouts(day.checkouts)), day.checkouts);
  DayLatencies latencies;
  Lateness lateness(day.operations.size());
  std::vector<std::unique_ptr<DayReader>> beside;
  for (int i = 0; i < readers; ++i) {
    beside.push_back(std::make_unique<DayReader>(data, zipf, *peer.peer(), rate,
                                                 static_cast<uint64_t>(i)));
  }
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const AnswerSum sum = DoDay(data, day, input, first_redemption, rate,
                                *peer.peer(), latencies, lateness);
    state.SetIterationTime(SecondsSince(start));
    state.counters["behind_ns"] = lateness.least_ns();
    CheckAnswers(work, customers, 0, kind.name, sum);
  }
  LatencyHistogram reads;
  for (const auto& reader : beside) reads.Add(reader->Stop());
  if (readers > 0) ReportLatencies(reads, state, "reader_");
  ReportLatencies(latencies.lookups, state, "lookup_");
  ReportLatencies(latencies.redemptions, state, "redeem_");
  ReportLatencies(latencies.checkouts, state, "checkout_");
  state.SetItemsProcessed(static_cast<int64_t>(day.operations.size()));
}

}  // namespace

void RegisterPeerDays(const PeerKind& kind, int32_t customers) {
  for (int64_t rate : {1000, 10'000}) {
    if ((kind.durable || kind.server) && rate > 1000) continue;
    for (int readers : {0, 1, 2}) {
      if (readers > 0 && !kind.threads) continue;
      const std::string variant =
          "rate" + std::to_string(rate) + "_readers" + std::to_string(readers);
      RegisterPeer("day", variant, kind, customers,
                   [=](benchmark::State& state) {
                     Measure(state, kind, customers, rate, readers);
                   })
          ->Repetitions(1);
    }
  }
}

}  // namespace orderstore::bench
