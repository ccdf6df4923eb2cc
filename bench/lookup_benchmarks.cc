// Lookups of single rows in random order: by email, by barcode value, by id;
// hits and misses. Each row is copied out, texts included, into memory that the
// compiler must fill.
//
//   one_view  all lookups in one read view
//   own_view  each in a view of its own
//   batch32   32 at a time in one view: the batched calls of the store, and of
//             the floor of maps, which prefetch
//   single    the floor's plain way, beside all three

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "benchmarks.h"
#include "fixtures.h"
#include "lookups.h"
#include "row_copy.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr int64_t kLookups = 400'000;
// So many of them once more, untimed, to compare all that the rows hold.
constexpr size_t kWholeRows = 12'800;

// ---- How it is looked up ---------------------------------------------------

enum class Views { kOne, kOwn, kBatched };

template <typename What, typename Sum, typename Subject, typename Keys>
Sum LookUpInOwnViews(const Subject& subject, const Keys& keys, size_t begin,
                     size_t n, RowCopy& copy) {
  Sum sum;
  for (size_t i = begin; i < begin + n; ++i) {
    const auto& view = subject.View();
    Take(What::Find(view, keys[i % Queries::kSize]), copy, sum);
  }
  return sum;
}

template <typename What, Views views, typename Sum, typename Subject,
          typename Keys>
Sum LookUp(const Subject& subject, const Keys& keys, size_t begin, size_t n,
           RowCopy& copy) {
  if constexpr (views == Views::kBatched) {
    const auto& view = subject.View();
    return LookUpInBatches<What, Sum>(view, keys, begin, n, copy);
  } else if constexpr (views == Views::kOwn) {
    return LookUpInOwnViews<What, Sum>(subject, keys, begin, n, copy);
  } else {
    const auto& view = subject.View();
    return LookUpEach<What, Sum>(view, keys, begin, n, copy);
  }
}

// One iteration of the benchmark is kLookups lookups; every repetition goes on
// where the one before ended, for all subjects alike.
template <typename What, Views views, typename Subject>
void Measure(benchmark::State& state, int32_t customers, bool hit,
             size_t& begin) {
  const Queries& queries = WorkloadFor(customers).queries();
  const auto& keys = KeysOf<What>(queries, hit);
  const Subject& subject = Loaded<Subject>(customers);
  const auto copy = std::make_unique<RowCopy>();
  benchmark::DoNotOptimize(copy.get());
  LookUp<What, views, AnswerSum>(subject, keys, Queries::WarmUpBegin(begin),
                                 kLookups / 10, *copy);
  AnswerSum sum;
  for (auto _ : state) {
    sum = LookUp<What, views, AnswerSum>(subject, keys, begin, kLookups, *copy);
  }
  const std::string work = std::string(What::kWork) + (hit ? " hit" : " miss");
  const auto first = static_cast<int64_t>(begin);
  CheckAnswers(work, customers, first, Subject::kName, sum);
  CheckAnswers(
      work + ", whole rows", customers, first, Subject::kName,
      LookUp<What, views, ContentSum>(subject, keys, begin, kWholeRows, *copy));
  begin += kLookups;
  state.SetItemsProcessed(state.iterations() * kLookups);
}

template <typename What, Views views, typename Subject>
void Register(int32_t customers, bool hit, std::string_view way) {
  const std::string variant = (hit ? "hit_" : "miss_") + std::string(way);
  benchmark::RegisterBenchmark(
      BenchmarkName(What::kWork, variant, Subject::kName, customers).c_str(),
      [=, begin = size_t{0}](benchmark::State& state) mutable {
        Measure<What, views, Subject>(state, customers, hit, begin);
      })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

template <typename What>
void RegisterAll(int32_t customers, bool hit) {
  Register<What, Views::kOne, StoreSubject>(customers, hit, "one_view");
  Register<What, Views::kOwn, StoreSubject>(customers, hit, "own_view");
  Register<What, Views::kBatched, StoreSubject>(customers, hit, "batch32");
  Register<What, Views::kOne, MapsFloor>(customers, hit, "single");
  Register<What, Views::kBatched, MapsFloor>(customers, hit, "batch32");
  Register<What, Views::kOne, ArraysFloor>(customers, hit, "single");
}

}  // namespace

void RegisterLookups(int32_t customers) {
  for (bool hit : {true, false}) {
    RegisterAll<BarcodeByValue>(customers, hit);
    RegisterAll<CustomerByEmail>(customers, hit);
    RegisterAll<CustomerById>(customers, hit);
    RegisterAll<OrderById>(customers, hit);
    RegisterAll<BarcodeById>(customers, hit);
  }
}

}  // namespace orderstore::bench
