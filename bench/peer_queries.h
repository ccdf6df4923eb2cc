// What the benchmarks of questions about the whole of a peer have in common.

#ifndef ORDERSTORE_BENCH_PEER_QUERIES_H_
#define ORDERSTORE_BENCH_PEER_QUERIES_H_

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "answers.h"
#include "fixtures.h"
#include "peer_benchmarks.h"
#include "peers/peer.h"

namespace orderstore::bench {

inline constexpr size_t kTopCustomers = 5;

inline AnswerSum SumOf(const std::vector<CustomerTickets>& lines) {
  AnswerSum sum;
  for (const CustomerTickets& line : lines) sum.Add(line);
  return sum;
}
inline AnswerSum SumOf(int64_t count) {
  AnswerSum sum;
  sum.Add(static_cast<uint64_t>(count));
  return sum;
}
inline AnswerSum SumOf(const EveryRow& rows) { return rows.sum(); }

// The mean time of an answer, ask(from), of as many as take 50 ms or more.
template <typename From, typename Ask>
void MeasureQuery(benchmark::State& state, const PeerKind& kind,
                  int32_t customers, std::string_view work, From& from,
                  Ask ask) {
  constexpr double kLeastSeconds = 0.05;
  for (auto _ : state) {
    int64_t asked = 0;
    double seconds = 0;
    // Ever more between readings of the clock, which so cost nothing.
    for (int64_t n = 1; seconds < kLeastSeconds; n *= 2) {
      const auto start = std::chrono::steady_clock::now();
      for (int64_t i = 1; i < n; ++i) benchmark::DoNotOptimize(ask(from));
      const auto answer = ask(from);
      seconds += SecondsSince(start);
      asked += n;
      CheckAnswers(work, customers, 0, kind.name, SumOf(answer));
    }
    state.SetIterationTime(seconds / static_cast<double>(asked));
  }
  state.SetItemsProcessed(1);
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEER_QUERIES_H_
