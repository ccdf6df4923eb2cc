// Rows of a parent, in random order of parents: the orders of a customer, the
// unused barcodes of an order. Both subjects return a vector of rows by value.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "answers.h"
#include "benchmarks.h"
#include "fixtures.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr size_t kLists = 200'000;
// So many of them once more, untimed, to compare all that the rows hold.
constexpr size_t kWholeLists = 12'800;

struct OrdersOfCustomer {
  static constexpr std::string_view kWork = "orders_of_customer";
  static auto List(const auto& view, const Queries& q, size_t i) {
    return view.OrdersOf(q.customer_ids[i]);
  }
};

struct UnusedBarcodesOfOrder {
  static constexpr std::string_view kWork = "unused_barcodes_of_order";
  static auto List(const auto& view, const Queries& q, size_t i) {
    return view.BarcodesOf(q.order_ids[i], BarcodeFilter::kUnused);
  }
};

template <typename What, typename Sum, typename Subject>
Sum ListAll(const Subject& subject, const Queries& queries, size_t begin,
            size_t n) {
  Sum sum;
  const auto& view = subject.View();
  for (size_t i = begin; i < begin + n; ++i) {
    const auto rows = What::List(view, queries, i % Queries::kSize);
    for (const auto& row : rows) sum.Add(row);
    benchmark::ClobberMemory();
  }
  return sum;
}

template <typename What, typename Subject>
void Register(int32_t customers) {
  benchmark::RegisterBenchmark(
      BenchmarkName(What::kWork, "one_view", Subject::kName, customers).c_str(),
      [customers, begin = size_t{0}](benchmark::State& state) mutable {
        const Queries& queries = WorkloadFor(customers).queries();
        const Subject& subject = Loaded<Subject>(customers);
        ListAll<What, AnswerSum>(subject, queries, Queries::WarmUpBegin(begin),
                                 kLists / 10);
        AnswerSum sum;
        for (auto _ : state) {
          sum = ListAll<What, AnswerSum>(subject, queries, begin, kLists);
        }
        const auto first = static_cast<int64_t>(begin);
        CheckAnswers(What::kWork, customers, first, Subject::kName, sum);
        CheckAnswers(
            std::string(What::kWork) + ", whole rows", customers, first,
            Subject::kName,
            ListAll<What, ContentSum>(subject, queries, begin, kWholeLists));
        begin += kLists;
        state.SetItemsProcessed(state.iterations() * int64_t{kLists});
      })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

template <typename What>
void RegisterAll(int32_t customers) {
  Register<What, StoreSubject>(customers);
  Register<What, MapsFloor>(customers);
  Register<What, ArraysFloor>(customers);
}

}  // namespace

void RegisterChildren(int32_t customers) {
  RegisterAll<OrdersOfCustomer>(customers);
  RegisterAll<UnusedBarcodesOfOrder>(customers);
}

}  // namespace orderstore::bench
