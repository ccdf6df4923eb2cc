// What the store maintains and the floor, for the ranking, has to compute: top
// 5 and the number of unassigned barcodes; and what a read view costs.

#include <benchmark/benchmark.h>

#include <cstdint>

#include "answers.h"
#include "benchmarks.h"
#include "fixtures.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr int64_t kCalls = 1'000'000;

template <typename Subject>
void RegisterTop5(int32_t customers, int64_t calls) {
  benchmark::RegisterBenchmark(
      BenchmarkName("top_5", "one_view", Subject::kName, customers).c_str(),
      [=](benchmark::State& state) {
        const auto& view = Loaded<Subject>(customers).View();
        for (auto _ : state) benchmark::DoNotOptimize(view.TopCustomers(5));
        AnswerSum sum;
        for (const CustomerTickets& line : view.TopCustomers(5)) sum.Add(line);
        CheckAnswers("top 5", customers, 0, Subject::kName, sum);
        state.SetItemsProcessed(state.iterations());
      })
      ->Iterations(calls)
      ->UseRealTime();
}

template <typename Subject>
void RegisterUnassignedCount(int32_t customers) {
  benchmark::RegisterBenchmark(
      BenchmarkName("unassigned_count", "one_view", Subject::kName, customers)
          .c_str(),
      [=](benchmark::State& state) {
        const auto& view = Loaded<Subject>(customers).View();
        for (auto _ : state) {
          benchmark::DoNotOptimize(view.Counts().unassigned_barcodes);
          benchmark::ClobberMemory();
        }
        state.SetItemsProcessed(state.iterations());
      })
      ->Iterations(kCalls)
      ->UseRealTime();
}

void RegisterOpenAndClose(int32_t customers) {
  benchmark::RegisterBenchmark(
      BenchmarkName("view", "open_close", StoreSubject::kName, customers)
          .c_str(),
      [=](benchmark::State& state) {
        const auto& subject = Loaded<StoreSubject>(customers);
        for (auto _ : state) {
          const ReadView view = subject.View();
          benchmark::DoNotOptimize(&view);
        }
        state.SetItemsProcessed(state.iterations());
      })
      ->Iterations(kCalls)
      ->UseRealTime();
}

}  // namespace

void RegisterAnalytics(int32_t customers) {
  RegisterTop5<StoreSubject>(customers, kCalls);
  RegisterTop5<MapsFloor>(customers, 3);
  RegisterTop5<ArraysFloor>(customers, 3);
  RegisterUnassignedCount<StoreSubject>(customers);
  RegisterUnassignedCount<MapsFloor>(customers);
  RegisterUnassignedCount<ArraysFloor>(customers);
  RegisterOpenAndClose(customers);
}

}  // namespace orderstore::bench
