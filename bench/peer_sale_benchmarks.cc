// What a ticket shop does all day, each in a transaction of its own, by one
// thread that does nothing else:
//
//   checkout  find or create the customer (80% exist), one order, three new
//             barcodes
//   redeem    a random barcode that is sold and unused
//
// `throughput` is timed as a whole; `latency`, one repetition of more
// operations, reads the clock after each and reports percentiles. Peers that
// sync every transaction do fewer, and servers. The answers of all peers are
// compared.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "sale_sum.h"

namespace orderstore::bench {
namespace {

// Answers are compared by as many operations.
constexpr size_t kChunk = 2000;

// Of the timed ones ten are beyond the p99.99, or, where they are slow, the
// p99.9. Never more than there are barcodes to redeem.
size_t OperationsFor(const PeerKind& kind, const Workload& data, bool timed) {
  const size_t most = data.redeemable().size() / kChunk * kChunk;
  const size_t wanted = kind.is_slow() ? kChunk : 10 * kChunk;
  return std::min(most, timed ? 5 * wanted : wanted);
}

class Checkouts {
 public:
  static constexpr std::string_view kWork = "checkout";

  Checkouts(const Workload& data, ChangingPeer& peer, size_t n)
      : begin_(peer.NextCheckouts(n)),
        input_(data, kSaleNumber, static_cast<uint64_t>(begin_), n),
        sums_(n / kChunk, SaleSum(data)) {}

  void Do(PeerWriter& writer, size_t i) {
    sums_[i / kChunk].Add(writer.Checkout(input_.buyer(i), input_.values(i)));
  }
  int64_t begin() const { return begin_; }
  AnswerSum sum(size_t chunk) const { return sums_[chunk].sum(); }

 private:
  const int64_t begin_;
  const CheckoutInput input_;
  std::vector<SaleSum> sums_;
};

// The state tells what they did: their answers are that it was done.
class Redemptions {
 public:
  static constexpr std::string_view kWork = "redeem";

  // Makes those unused again that were redeemed before.
  Redemptions(const Workload& data, ChangingPeer& peer, size_t n)
      : values_(data.redeemable()) {
    int64_t& done = peer.done()["redeem"];
    const auto number = static_cast<size_t>(done);
    done += static_cast<int64_t>(n);
    const std::unique_ptr<PeerWriter> writer = peer.peer()->NewWriter();
    for (size_t i = std::max(number, values_.size()); i < number + n; ++i) {
      Require(writer->Unredeem(values_[i % values_.size()]),
              "a barcode was not redeemed");
    }
    first_ = number % values_.size();
  }

  void Do(PeerWriter& writer, size_t i) {
    const size_t at = first_ + i;
    Require(
        writer.Redeem(values_[at < values_.size() ? at : at - values_.size()]),
        "a barcode was not redeemed");
  }

 private:
  const TextColumn& values_;
  size_t first_;
};

template <typename Work>
void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             bool timed) {
  const size_t n = OperationsFor(kind, WorkloadFor(customers), timed);
  ChangingPeer& peer = ChangingPeerFor(kind, customers);
  Work work(WorkloadFor(customers), peer, n);
  const std::unique_ptr<PeerWriter> writer = peer.peer()->NewWriter();
  LatencyHistogram latencies;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    Stopwatch watch;
    for (size_t i = 0; i < n; ++i) {
      work.Do(*writer, i);
      if (timed) latencies.Record(watch.LapNs());
    }
    state.SetIterationTime(SecondsSince(start));
  }
  if constexpr (requires { work.sum(size_t{}); }) {
    for (size_t chunk = 0; chunk < n / kChunk; ++chunk) {
      CheckAnswers(Work::kWork, customers,
                   work.begin() + static_cast<int64_t>(chunk * kChunk),
                   kind.name, work.sum(chunk));
    }
  }
  if (timed) ReportLatencies(latencies, state);
  state.SetItemsProcessed(static_cast<int64_t>(n));
}

template <typename Work>
void RegisterSale(const PeerKind& kind, int32_t customers, bool timed) {
  auto* const sale =
      RegisterPeer(Work::kWork, timed ? "latency" : "throughput", kind,
                   customers, [=](benchmark::State& state) {
                     Measure<Work>(state, kind, customers, timed);
                   });
  if (timed) sale->Repetitions(1);
}

}  // namespace

void RegisterPeerSales(const PeerKind& kind, int32_t customers) {
  for (bool timed : {false, true}) {
    RegisterSale<Checkouts>(kind, customers, timed);
    RegisterSale<Redemptions>(kind, customers, timed);
  }
}

}  // namespace orderstore::bench
