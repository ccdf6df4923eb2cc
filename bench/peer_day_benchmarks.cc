// A day of a ticket shop: 70% lookups of a
// barcode by value, 25% scans at a gate, which redeem the barcode if it may be,
// 5% checkouts. Barcodes are drawn by Zipf's law: some are looked at again and
// again.
//
//   rate1000, rate10000  operations a second, due at fixed times, by one
//                        thread; the higher rate not for peers that sync every
//                        transaction, nor for servers. A latency counts from
//                        the time the operation was due: see open_loop.h
//   readers0, 1, 2       so many other threads look up barcodes beside it, each
//                        as many a second, due in the same way
//
// Percentiles of each operation, and of the readers. behind_ns: by how much
// the last operation was late; a peer that is behind by more than a few
// milliseconds cannot keep up with the rate, and its percentiles say only how
// long the run was. The answers of all peers are compared, but for those of the
// readers, which depend on the moment.

#include <algorithm>
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
#include "open_loop.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"
#include "sale_sum.h"
#include "zipf.h"

namespace orderstore::bench {
namespace {

constexpr int64_t kSeconds = 4;

enum class Kind { kLookup, kRedeem, kCheckout };

struct Operation {
  Kind kind;
  size_t row;  // of the barcode, or number of the checkout
};

struct Day {
  Day(const Workload& data, size_t n) {
    const Zipf zipf(static_cast<uint64_t>(data.barcodes()));
    Random random(n);
    for (size_t i = 0; i < n; ++i) {
      const uint64_t percent = random.Below(100);
      if (percent < 5) {
        operations.push_back({Kind::kCheckout, checkouts++});
      } else {
        operations.push_back(
            {percent < 30 ? Kind::kRedeem : Kind::kLookup, zipf.Draw(random)});
      }
    }
  }

  std::vector<Operation> operations;
  size_t checkouts = 0;
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

AnswerSum DoDay(const Workload& data, const Day& day,
                const CheckoutInput& input, int64_t rate, Peer& peer,
                DayLatencies& latencies, int64_t& behind_ns) {
  const std::unique_ptr<PeerReader> reader = peer.NewReaderOfWriter();
  const std::unique_ptr<PeerWriter> writer = peer.NewWriter();
  AnswerSum sum;
  SaleSum sales(data);
  OpenLoop loop(rate);
  for (const auto& [kind, row] : day.operations) {
    loop.WaitForNext();
    if (kind == Kind::kCheckout) {
      sales.Add(writer->Checkout(input.buyer(row), input.values(row)));
    } else if (kind == Kind::kRedeem) {
      sum.Add(int32_t{writer->Redeem(data.barcode_value(row))});
    } else {
      sum.Add(*reader->FindBarcodeByValue(data.barcode_value(row)));
    }
    behind_ns = loop.LatencyNs();
    latencies.of(kind).Record(behind_ns);
  }
  sum.Add(sales.sum().value());
  return sum;
}

// Looks up barcodes in a thread of its own until it is destroyed.
class DayReader {
 public:
  DayReader(const Workload& data, Peer& peer, int64_t rate, uint64_t seed)
      : reader_(peer.NewReader()) {
    for (size_t i = 0; i < static_cast<size_t>(data.barcodes()); i += 20) {
      reader_->FindBarcodeByValue(data.barcode_value(i));
    }
    thread_ = std::thread([=, this, &data] { Read(data, rate, seed); });
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
  void Read(const Workload& data, int64_t rate, uint64_t seed) {
    const Zipf zipf(static_cast<uint64_t>(data.barcodes()));
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
  const Day day(data, static_cast<size_t>(rate * kSeconds));
  ChangingPeer& peer = ChangingPeerFor(kind, customers);
  const std::string work = "day at " + std::to_string(rate) + peer.History();
  const CheckoutInput input(
      data, kSaleNumber,
      static_cast<uint64_t>(peer.NextCheckouts(day.checkouts)), day.checkouts);
  peer.done()["operations of the day"] +=
      static_cast<int64_t>(day.operations.size());
  DayLatencies latencies;
  std::vector<std::unique_ptr<DayReader>> beside;
  for (int i = 0; i < readers; ++i) {
    beside.push_back(std::make_unique<DayReader>(data, *peer.peer(), rate,
                                                 static_cast<uint64_t>(i)));
  }
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    int64_t behind_ns = 0;
    const AnswerSum sum =
        DoDay(data, day, input, rate, *peer.peer(), latencies, behind_ns);
    state.SetIterationTime(SecondsSince(start));
    state.counters["behind_ns"] = static_cast<double>(behind_ns);
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
