// From nothing to the whole data set.
//
//   bulk_load  accepted rows in pages of 4096, each page one transaction
//   growth     every order as a checkout of its own: how long a single one can
//              take while tables grow under it
//
// Memory freed by the run before goes back to the system first, so that every
// subject pays for its pages.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "answers.h"
#include "benchmarks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr int kLoadRepetitions = 5;

template <typename Subject>
void BulkLoad(benchmark::State& state, int32_t customers) {
  const Workload& data = WorkloadFor(customers);
  for (auto _ : state) {
    malloc_trim(0);
    const auto start = std::chrono::steady_clock::now();
    auto subject = std::make_unique<Subject>(GlobalSettings().huge_pages);
    LoadAll(data, *subject);
    state.SetIterationTime(SecondsSince(start));
    CheckAnswers("loaded", customers, 0, Subject::kName, Analytics(*subject));
  }
  state.SetItemsProcessed(state.iterations() * data.rows());
}

// The data set's emails and names, order by order.
struct BuyersByOrder {
  explicit BuyersByOrder(const Workload& data) {
    for (size_t i = 0; i < static_cast<size_t>(data.orders()); ++i) {
      const auto row = static_cast<size_t>(data.order_customer(i).value()) - 1;
      emails.Append(data.email(row));
      names.Append(data.name(row));
    }
  }
  TextColumn emails;
  TextColumn names;
};

template <typename Subject>
LatencyHistogram Grow(const Workload& data, const BuyersByOrder& buyers,
                      Subject& subject) {
  LatencyHistogram latencies;
  std::vector<std::string_view> values;
  Stopwatch watch;
  for (size_t i = 0; i < static_cast<size_t>(data.orders()); ++i) {
    const auto [first, end] = data.BarcodesOfOrder(i);
    values.clear();
    for (size_t row = first; row < end; ++row) {
      values.push_back(data.barcode_value(row));
    }
    subject.Checkout({buyers.emails[i], buyers.names[i]}, values);
    latencies.Record(watch.LapNs());
  }
  return latencies;
}

template <typename Subject>
void Growth(benchmark::State& state, int32_t customers) {
  const Workload& data = WorkloadFor(customers);
  const BuyersByOrder buyers(data);
  for (auto _ : state) {
    malloc_trim(0);
    const auto start = std::chrono::steady_clock::now();
    auto subject = std::make_unique<Subject>(GlobalSettings().huge_pages);
    const LatencyHistogram latencies = Grow(data, buyers, *subject);
    state.SetIterationTime(SecondsSince(start));
    CheckAnswers("grown", customers, 0, Subject::kName, Analytics(*subject));
    ReportLatencies(latencies, state);
  }
  state.SetItemsProcessed(state.iterations() * data.orders());
}

template <typename Subject>
void Register(int32_t customers) {
  benchmark::RegisterBenchmark(
      BenchmarkName("bulk_load", "rows", Subject::kName, customers).c_str(),
      [=](benchmark::State& state) { BulkLoad<Subject>(state, customers); })
      ->Iterations(1)
      ->Repetitions(kLoadRepetitions)
      ->Unit(benchmark::kMillisecond)
      ->UseManualTime();
  benchmark::RegisterBenchmark(
      BenchmarkName("growth", "latency", Subject::kName, customers).c_str(),
      [=](benchmark::State& state) { Growth<Subject>(state, customers); })
      ->Iterations(1)
      ->Repetitions(kLoadRepetitions)
      ->Unit(benchmark::kMillisecond)
      ->UseManualTime();
}

}  // namespace

void RegisterLoads(int32_t customers) {
  Register<StoreSubject>(customers);
  Register<MapsFloor>(customers);
  Register<ArraysFloor>(customers);
}

}  // namespace orderstore::bench
