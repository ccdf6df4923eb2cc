// Questions about the whole of a loaded peer:
//
//   top_customers    query: the five customers with most tickets, from the rows
//                    or their indexes; maintained: as the store keeps them
//   unassigned_count query: how many barcodes are not sold, by the index that
//                    finds them; maintained: as the store keeps it
//   every_row        warm: reads every row once, in id order
//
// The answers of all peers are compared.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "answers.h"
#include "fixtures.h"
#include "orderstore/store.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "peers/store_peer.h"

namespace orderstore::bench {
namespace {

constexpr size_t kTop = 5;
constexpr int kMaintainedReads = 100'000;

template <typename Line>
AnswerSum SumOf(const std::vector<Line>& lines) {
  AnswerSum sum;
  for (const Line& line : lines) sum.Add(line);
  return sum;
}
AnswerSum SumOf(int64_t count) {
  AnswerSum sum;
  sum.Add(static_cast<uint64_t>(count));
  return sum;
}
AnswerSum SumOf(const EveryRow& rows) { return rows.sum(); }

// Asks `n` times; ask(reader or view) is the answer.
template <typename From, typename Ask>
void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             std::string_view work, From& from, int n, Ask ask) {
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 1; i < n; ++i) benchmark::DoNotOptimize(ask(from));
    const auto answer = ask(from);
    state.SetIterationTime(SecondsSince(start));
    CheckAnswers(work, customers, 0, kind.name, SumOf(answer));
  }
  state.SetItemsProcessed(n);
}

template <typename Ask>
void RegisterQuery(std::string_view work, std::string_view variant,
                   const PeerKind& kind, int32_t customers, Ask ask) {
  RegisterPeer(work, variant, kind, customers,
               [=, work = std::string(work)](benchmark::State& state) {
                 Measure(state, kind, customers, work,
                         WarmReader(kind, customers), 1, ask);
               });
}

// Answers that the store has ready, each from a view of its own.
template <typename Ask>
void RegisterMaintained(std::string_view work, const PeerKind& kind,
                        int32_t customers, Ask ask) {
  RegisterPeer(work, "maintained", kind, customers,
               [=, work = std::string(work)](benchmark::State& state) {
                 const Store& store = *StoreOf(*LoadedPeer(kind, customers));
                 Measure(state, kind, customers, work, store, kMaintainedReads,
                         ask);
               });
}

}  // namespace

void RegisterPeerQueries(const PeerKind& kind, int32_t customers) {
  RegisterQuery("top_customers", "query", kind, customers,
                [](PeerReader& reader) { return reader.TopCustomers(kTop); });
  RegisterQuery("unassigned_count", "query", kind, customers,
                [](PeerReader& reader) { return reader.CountUnassigned(); });
  RegisterQuery("every_row", "warm", kind, customers,
                [](PeerReader& reader) { return reader.ReadEveryRow(); });
  if (!kind.name.starts_with("store")) return;
  RegisterMaintained("top_customers", kind, customers, [](const Store& store) {
    return store.OpenReadView().TopCustomers(kTop);
  });
  RegisterMaintained("unassigned_count", kind, customers,
                     [](const Store& store) {
                       return store.OpenReadView().Counts().unassigned_barcodes;
                     });
}

}  // namespace orderstore::bench
