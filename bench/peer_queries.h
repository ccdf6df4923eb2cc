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

// Asks `n` times; ask(from) is the answer.
template <typename From, typename Ask>
void MeasureQuery(benchmark::State& state, const PeerKind& kind,
                  int32_t customers, std::string_view work, From& from, int n,
                  Ask ask) {
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 1; i < n; ++i) benchmark::DoNotOptimize(ask(from));
    const auto answer = ask(from);
    state.SetIterationTime(SecondsSince(start));
    CheckAnswers(work, customers, 0, kind.name, SumOf(answer));
  }
  state.SetItemsProcessed(n);
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEER_QUERIES_H_
