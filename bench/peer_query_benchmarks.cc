// Questions about the whole of a loaded peer:
//
//   top_customers     query: the five customers with most tickets, from the
//                     rows or their indexes
//   unassigned_count  query: how many barcodes are not sold, by the index that
//                     finds them
//   every_row         warm: reads every row once, in id order
//
// and the first two again, of what a peer has because each change keeps it up:
//
//   maintained        the store has the answers; the hash maps have the tickets
//                     of each customer, of which the most are looked for, and
//                     the number of unassigned barcodes
//
// Each is asked until 50 ms are over; the time is the mean. The answers of all
// peers are compared.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "fixtures.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "peers/peer.h"

namespace orderstore::bench {
namespace {

constexpr size_t kTopCustomers = 5;

AnswerSum SumOf(const std::vector<CustomerTickets>& lines) {
  AnswerSum sum;
  for (const CustomerTickets& line : lines) sum.Add(line);
  return sum;
}
AnswerSum SumOf(int64_t count) {
  AnswerSum sum;
  sum.Add(static_cast<uint64_t>(count));
  return sum;
}
AnswerSum SumOf(const EveryRow& rows) { return rows.sum(); }

// The mean time of an answer, ask(reader), of as many as take 50 ms or more.
template <typename Ask>
void MeasureQuery(benchmark::State& state, const PeerKind& kind,
                  int32_t customers, std::string_view work, Ask ask) {
  constexpr double kLeastSeconds = 0.05;
  PeerReader& reader = WarmReader(kind, customers);
  for (auto _ : state) {
    int64_t asked = 0;
    double seconds = 0;
    // Ever more between readings of the clock, which so cost nothing.
    for (int64_t n = 1; seconds < kLeastSeconds; n *= 2) {
      const auto start = std::chrono::steady_clock::now();
      for (int64_t i = 1; i < n; ++i) benchmark::DoNotOptimize(ask(reader));
      const auto answer = ask(reader);
      seconds += SecondsSince(start);
      asked += n;
      CheckAnswers(work, customers, 0, kind.name, SumOf(answer));
    }
    state.SetIterationTime(seconds / static_cast<double>(asked));
  }
  state.SetItemsProcessed(1);
}

template <typename Ask>
benchmark::internal::Benchmark* RegisterQuery(std::string_view work,
                                              std::string_view variant,
                                              const PeerKind& kind,
                                              int32_t customers, Ask ask) {
  return RegisterPeer(work, variant, kind, customers,
                      [=, work = std::string(work)](benchmark::State& state) {
                        MeasureQuery(state, kind, customers, work, ask);
                      });
}

void RegisterMaintained(const PeerKind& kind, int32_t customers) {
  RegisterQuery("top_customers", "maintained", kind, customers,
                [](PeerReader& reader) {
                  return reader.KeptTopCustomers(kTopCustomers);
                });
  RegisterQuery("unassigned_count", "maintained", kind, customers,
                [](PeerReader& reader) { return reader.KeptUnassigned(); });
}

}  // namespace

void RegisterPeerQueries(const PeerKind& kind, int32_t customers) {
  auto* const top = RegisterQuery(
      "top_customers", "query", kind, customers,
      [](PeerReader& reader) { return reader.TopCustomers(kTopCustomers); });
  RegisterQuery("unassigned_count", "query", kind, customers,
                [](PeerReader& reader) { return reader.CountUnassigned(); });
  auto* const every_row =
      RegisterQuery("every_row", "warm", kind, customers,
                    [](PeerReader& reader) { return reader.ReadEveryRow(); });
  // Of servers, which take up to half a minute for all rows of a large size.
  if (kind.server) {
    top->Repetitions(1);
    every_row->Repetitions(1);
  }
  if (kind.keeps_answers) RegisterMaintained(kind, customers);
}

}  // namespace orderstore::bench
