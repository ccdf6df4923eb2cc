// What a ticket shop does all day, each in a transaction of its own:
//
//   checkout             find or create the customer (80% exist), one order,
//                        three new barcodes
//   checkout_from_stock  the same with three barcodes out of the stock of
//                        unassigned ones
//   redeem               a random barcode that is sold and unused
//
// `throughput` is timed as a whole; `latency` reads the clock after every
// operation and reports the distribution.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

size_t OperationsFor(int32_t customers) {
  return std::max<size_t>(static_cast<size_t>(customers) / 20, 20'000);
}

// ---- Works: the input of `n` operations from number `begin` on, made before
// the clock starts, and how one of them is done. ------------------------------

class Checkouts {
 public:
  static constexpr std::string_view kWork = "checkout";

  template <typename Subject>
  Checkouts(const Workload& data, Subject&, uint64_t begin, size_t n)
      : input_(data, kSaleNumber, begin, n), sum_(data) {}

  template <typename Subject>
  void Do(Subject& subject, size_t i) {
    sum_.Add(subject.Checkout(input_.buyer(i), input_.values(i)));
  }
  const AnswerSum& sum() const { return sum_.sum(); }

 private:
  CheckoutInput input_;
  SaleSum sum_;
};

class CheckoutsFromStock {
 public:
  static constexpr std::string_view kWork = "checkout_from_stock";

  // Adds as much to the stock as will be sold.
  template <typename Subject>
  CheckoutsFromStock(const Workload& data, Subject& subject, uint64_t begin,
                     size_t n)
      : buyers_(data, kStockNumber, begin, n), sum_(data) {
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
    sum_.Add(sale);
  }
  const AnswerSum& sum() const { return sum_.sum(); }

 private:
  Buyers buyers_;
  SaleSum sum_;
};

class Redemptions {
 public:
  static constexpr std::string_view kWork = "redeem";

  // When all barcodes have been redeemed, makes them unused again.
  template <typename Subject>
  Redemptions(const Workload& data, Subject& subject, uint64_t begin, size_t n)
      : values_(data.redeemable()) {
    const size_t rounds = values_.size() / n;
    Require(rounds > 0, "too few barcodes to redeem");
    const size_t round = begin / n;
    first_ = round % rounds * n;
    if (round == 0 || first_ != 0) return;
    for (size_t i = 0; i < rounds * n; ++i) subject.Unredeem(values_[i]);
  }

  template <typename Subject>
  void Do(Subject& subject, size_t i) {
    subject.Redeem(values_[first_ + i]);
    sum_.Add(1);
  }
  const AnswerSum& sum() const { return sum_; }

 private:
  const TextColumn& values_;
  size_t first_;
  AnswerSum sum_;
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
  const size_t n = OperationsFor(customers);
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
  CheckAnswers(Work::kWork, customers, done, Subject::kName, work.sum());
  done += static_cast<int64_t>(n);
  state.SetItemsProcessed(static_cast<int64_t>(n));
}

template <typename Work, typename Subject>
void RegisterSale(int32_t customers) {
  for (bool timed : {false, true}) {
    benchmark::RegisterBenchmark(
        BenchmarkName(Work::kWork, timed ? "latency" : "throughput",
                      Subject::kName, customers)
            .c_str(),
        [=](benchmark::State& state) {
          Measure<Work, Subject>(state, customers, timed);
        })
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
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
