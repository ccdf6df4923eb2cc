// What a ticket shop does all day, each in a transaction of its own:
//
//   checkout             find or create the customer (80% exist), one order,
//                        three new barcodes
//   checkout_from_stock  the same with three barcodes out of the stock of
//                        unassigned ones
//   redeem               a random barcode that is sold and unused
//
// `throughput` is timed as a whole; `latency`, of more operations, reads the
// clock after each and reports the distribution.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "benchmarks.h"
#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "sale_sum.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr int kTimedRepetitions = 5;

// Answers are compared by as many operations: throughput and latency, which do
// not do as many, take turns in another order for each subject.
constexpr size_t kSaleChunk = 2000;

// Of the timed ones ten are beyond the p99.99. Never more than there are
// barcodes to redeem.
size_t OperationsFor(const Workload& data, bool timed) {
  const size_t least = timed ? 100'000 : 20'000;
  const size_t wanted =
      std::max(static_cast<size_t>(data.customers()) / 20, least);
  return std::min(wanted, data.redeemable().size()) / kSaleChunk * kSaleChunk;
}

// ---- Works: the input of `n` operations from number `begin` on, made before
// the clock starts, and how one of them is done. ------------------------------

class Checkouts {
 public:
  static constexpr std::string_view kWork = "checkout";

  template <typename Subject>
  Checkouts(const Workload& data, Subject&, uint64_t begin, size_t n)
      : input_(data, kSaleNumber, begin, n),
        sums_(n / kSaleChunk, SaleSum(data)) {}

  template <typename Subject>
  void Do(Subject& subject, size_t i) {
    sums_[i / kSaleChunk].Add(
        subject.Checkout(input_.buyer(i), input_.values(i)));
  }
  AnswerSum sum(size_t chunk) const { return sums_[chunk].sum(); }

 private:
  CheckoutInput input_;
  std::vector<SaleSum> sums_;
};

class CheckoutsFromStock {
 public:
  static constexpr std::string_view kWork = "checkout_from_stock";

  // Adds as much to the stock as will be sold.
  template <typename Subject>
  CheckoutsFromStock(const Workload& data, Subject& subject, uint64_t begin,
                     size_t n)
      : buyers_(data, kStockNumber, begin, n),
        sums_(n / kSaleChunk, SaleSum(data)) {
    TextColumn values;
    for (uint64_t i = begin * kTickets; i < (begin + n) * kTickets; ++i) {
      values.Append(BarcodeValueNumber(kStockNumber + i));
    }
    LoadInPages<NewBarcode>(
        static_cast<int32_t>(values.size()),
        [&](size_t i) { return NewBarcode{.value = values[i]}; },
        [&](const auto& page) { subject.LoadBarcodes(page); });
  }

  template <typename Subject>
  void Do(Subject& subject, size_t i) {
    Sale sale = subject.CheckoutFromStock(buyers_[i], kTickets);
    // Other benchmarks draw ids between those of the stock.
    Require(sale.first_barcode < sale.last_barcode, "stock out of order");
    sale.first_barcode = sale.last_barcode;
    sums_[i / kSaleChunk].Add(sale);
  }
  AnswerSum sum(size_t chunk) const { return sums_[chunk].sum(); }

 private:
  Buyers buyers_;
  std::vector<SaleSum> sums_;
};

// The final state tells what they did: their answers are that it was done.
class Redemptions {
 public:
  static constexpr std::string_view kWork = "redeem";

  // Makes those unused again that were redeemed before.
  template <typename Subject>
  Redemptions(const Workload& data, Subject& subject, uint64_t begin, size_t n)
      : values_(data.redeemable()), first_(begin % values_.size()) {
    for (size_t i = std::max<size_t>(begin, values_.size()); i < begin + n;
         ++i) {
      subject.Unredeem(values_[i % values_.size()]);
    }
  }

  // Requires that it was unused.
  template <typename Subject>
  void Do(Subject& subject, size_t i) {
    const size_t at = first_ + i;
    subject.Redeem(values_[at < values_.size() ? at : at - values_.size()]);
  }

 private:
  const TextColumn& values_;
  const size_t first_;
};

// ---- Measuring -------------------------------------------------------------

template <typename Work, typename Subject>
void DoAll(Work& work, Subject& subject, size_t n) {
  for (size_t i = 0; i < n; ++i) work.Do(subject, i);
}

int64_t InvoluntarySwitches() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

template <typename Work, typename Subject>
void DoAllTimed(Work& work, Subject& subject, size_t n,
                benchmark::State& state) {
  LatencyHistogram latencies;
  const int64_t switches = InvoluntarySwitches();
  Stopwatch watch;
  for (size_t i = 0; i < n; ++i) {
    work.Do(subject, i);
    latencies.Record(watch.LapNs());
  }
  ReportLatencies(latencies, state);
  state.counters["involuntary_switches"] =
      static_cast<double>(InvoluntarySwitches() - switches);
}

template <typename Work, typename Subject>
void Measure(benchmark::State& state, int32_t customers, bool timed) {
  const Workload& data = WorkloadFor(customers);
  const size_t n = OperationsFor(data, timed);
  Changing<Subject>& changing = ChangingFor<Subject>(customers);
  int64_t& done = changing.done[std::string(Work::kWork)];
  Work work(data, changing.subject, static_cast<uint64_t>(done), n);
  for (auto _ : state) {
    if (timed) {
      DoAllTimed(work, changing.subject, n, state);
    } else {
      DoAll(work, changing.subject, n);
    }
  }
  if constexpr (requires { work.sum(size_t{}); }) {
    for (size_t chunk = 0; chunk < n / kSaleChunk; ++chunk) {
      CheckAnswers(Work::kWork, customers,
                   done + static_cast<int64_t>(chunk * kSaleChunk),
                   Subject::kName, work.sum(chunk));
    }
  }
  done += static_cast<int64_t>(n);
  state.SetItemsProcessed(static_cast<int64_t>(n));
}

template <typename Work, typename Subject>
void RegisterSale(int32_t customers) {
  for (bool timed : {false, true}) {
    auto* const sale = benchmark::RegisterBenchmark(
        BenchmarkName(Work::kWork, timed ? "latency" : "throughput",
                      Subject::kName, customers)
            .c_str(),
        [=](benchmark::State& state) {
          Measure<Work, Subject>(state, customers, timed);
        });
    sale->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();
    if (timed) sale->Repetitions(kTimedRepetitions);
  }
}

template <typename Work>
void RegisterSaleOfAll(int32_t customers) {
  RegisterSale<Work, StoreSubject>(customers);
  RegisterSale<Work, MapsFloor>(customers);
  RegisterSale<Work, ArraysFloor>(customers);
}

}  // namespace

void RegisterSales(int32_t customers) {
  RegisterSaleOfAll<Checkouts>(customers);
  RegisterSaleOfAll<CheckoutsFromStock>(customers);
  RegisterSaleOfAll<Redemptions>(customers);
}

}  // namespace orderstore::bench
