// Reads of a loaded peer in random order, each copied out:
//
//   customer_by_email, barcode_by_value, customer_by_id, order_by_id
//               hit_single, miss_single: each a read of its own
//               hit_in_read: one by one, as many as 12800 in one read
//               hit_batch32, miss_batch32: 32 keys in one read
//               latency: the first two, hits, each a read of its own; the clock
//               is read after each, and keeps one from overlapping the next.
//               As many of all peers, for the p99.99
//   orders_of, unused_barcodes
//               children: of random customers and orders, a list each
//               miss_children: of ids that there are not, an empty list each
//
// The answers of all peers are compared, and, of some that are asked for once
// more, all that the rows hold but for timestamps. Servers do fewer, and of
// those that are timed one by one one repetition.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "lookups.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "row_copy.h"

namespace orderstore::bench {
namespace {

// Answers are compared by as many lookups; a multiple of 32.
constexpr size_t kLookupChunk = 12'800;

size_t ChunksFor(const PeerKind& kind) { return kind.server ? 1 : 16; }
// Of those that are timed one by one: 102,400, of which ten are beyond the
// p99.99.
constexpr size_t kTimedChunks = 8;

struct OrdersOf {
  static constexpr std::string_view kWork = "orders_of";
  static const auto& Hits(const Queries& q) { return q.customer_ids; }
  static const auto& Misses(const Queries& q) { return q.missing_customer_ids; }
  static auto Find(PeerReader& reader, CustomerId id) {
    return reader.OrdersOf(id);
  }
};

struct UnusedBarcodes {
  static constexpr std::string_view kWork = "unused_barcodes";
  static const auto& Hits(const Queries& q) { return q.order_ids; }
  static const auto& Misses(const Queries& q) { return q.missing_order_ids; }
  static auto Find(PeerReader& reader, OrderId id) {
    return reader.UnusedBarcodesOf(id);
  }
};

// ---- Ways to look up -------------------------------------------------------

struct Each {
  template <typename What, typename Sum>
  static Sum LookUp(PeerReader& reader, const auto& keys, size_t begin,
                    size_t n, RowCopy& copy) {
    return LookUpEach<What, Sum>(reader, keys, begin, n, copy);
  }
};

struct InOneRead {
  template <typename What, typename Sum>
  static Sum LookUp(PeerReader& reader, const auto& keys, size_t begin,
                    size_t n, RowCopy& copy) {
    reader.BeginRead();
    const Sum sum = LookUpEach<What, Sum>(reader, keys, begin, n, copy);
    reader.EndRead();
    return sum;
  }
};

struct InBatches {
  template <typename What, typename Sum>
  static Sum LookUp(PeerReader& reader, const auto& keys, size_t begin,
                    size_t n, RowCopy& copy) {
    return LookUpInBatches<What, Sum>(reader, keys, begin, n, copy);
  }
};

// ---- Measuring -------------------------------------------------------------

// Every repetition goes on where the one before ended, for all peers alike.
void CheckChunks(const std::string& answers, int32_t customers,
                 const PeerKind& kind, const std::vector<AnswerSum>& sums,
                 size_t& begin) {
  for (const AnswerSum& sum : sums) {
    CheckAnswers(answers, customers, static_cast<int64_t>(begin), kind.name,
                 sum);
    begin += kLookupChunk;
  }
}

template <typename What, typename Way, typename Keys>
void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             const std::string& answers, const Keys& keys, size_t& begin) {
  PeerReader& reader = WarmReader(kind, customers);
  const size_t chunks = ChunksFor(kind);
  const auto copy = std::make_unique<RowCopy>();
  benchmark::DoNotOptimize(copy.get());
  std::vector<AnswerSum> sums(chunks);
  Way::template LookUp<What, AnswerSum>(
      reader, keys, Queries::WarmUpBegin(begin), kLookupChunk / 8, *copy);
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < chunks; ++i) {
      sums[i] = Way::template LookUp<What, AnswerSum>(
          reader, keys, begin + i * kLookupChunk, kLookupChunk, *copy);
    }
    state.SetIterationTime(SecondsSince(start));
  }
  CheckAnswers(answers + ", whole rows", customers, static_cast<int64_t>(begin),
               kind.name,
               Way::template LookUp<What, ContentSum>(reader, keys, begin,
                                                      kLookupChunk, *copy));
  CheckChunks(answers, customers, kind, sums, begin);
  state.SetItemsProcessed(static_cast<int64_t>(chunks * kLookupChunk));
}

template <typename What>
void MeasureLatencies(benchmark::State& state, const PeerKind& kind,
                      int32_t customers, size_t& begin) {
  PeerReader& reader = WarmReader(kind, customers);
  const auto& keys = What::Hits(WorkloadFor(customers).queries());
  const auto copy = std::make_unique<RowCopy>();
  benchmark::DoNotOptimize(copy.get());
  std::vector<AnswerSum> sums(kTimedChunks);
  LatencyHistogram latencies;
  LookUpEach<What, AnswerSum>(reader, keys, Queries::WarmUpBegin(begin),
                              kLookupChunk / 8, *copy);
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    Stopwatch watch;
    size_t at = begin;
    for (AnswerSum& sum : sums) {
      for (size_t i = 0; i < kLookupChunk; ++i, ++at) {
        Take(What::Find(reader, keys[at % Queries::kSize]), *copy, sum);
        latencies.Record(watch.LapNs());
      }
    }
    state.SetIterationTime(SecondsSince(start));
  }
  state.SetItemsProcessed(static_cast<int64_t>(sums.size() * kLookupChunk));
  ReportLatencies(latencies, state);
  // Which each latency includes.
  state.counters["clock_ns"] = ClockOverheadNs();
  CheckChunks(std::string(What::kWork) + " hit_", customers, kind, sums, begin);
}

template <typename What>
void RegisterLatencies(const PeerKind& kind, int32_t customers) {
  auto* const latencies =
      RegisterPeer(What::kWork, "latency", kind, customers,
                   [=, begin = size_t{0}](benchmark::State& state) mutable {
                     MeasureLatencies<What>(state, kind, customers, begin);
                   });
  if (kind.server) latencies->Repetitions(1);
}

template <typename What, typename Way, typename KeysOf>
void Register(const PeerKind& kind, int32_t customers,
              const std::string& outcome, const char* way, KeysOf keys_of) {
  const std::string work(What::kWork);
  RegisterPeer(work, outcome + way, kind, customers,
               [=, begin = size_t{0}](benchmark::State& state) mutable {
                 const Queries& queries = WorkloadFor(customers).queries();
                 Measure<What, Way>(state, kind, customers,
                                    work + ' ' + outcome, keys_of(queries),
                                    begin);
               });
}

template <typename What>
void RegisterRows(const PeerKind& kind, int32_t customers) {
  Register<What, Each>(kind, customers, "hit_", "single", &What::Hits);
  if (kind.reads_together) {
    Register<What, InOneRead>(kind, customers, "hit_", "in_read", &What::Hits);
  }
  Register<What, Each>(kind, customers, "miss_", "single", &What::Misses);
  Register<What, InBatches>(kind, customers, "hit_", "batch32", &What::Hits);
  Register<What, InBatches>(kind, customers, "miss_", "batch32", &What::Misses);
}

template <typename What>
void RegisterChildren(const PeerKind& kind, int32_t customers) {
  Register<What, Each>(kind, customers, "", "children", &What::Hits);
  Register<What, Each>(kind, customers, "miss_", "children", &What::Misses);
}

}  // namespace

void RegisterPeerLookups(const PeerKind& kind, int32_t customers) {
  RegisterRows<CustomerByEmail>(kind, customers);
  RegisterLatencies<CustomerByEmail>(kind, customers);
  RegisterRows<BarcodeByValue>(kind, customers);
  RegisterLatencies<BarcodeByValue>(kind, customers);
  RegisterRows<CustomerById>(kind, customers);
  RegisterRows<OrderById>(kind, customers);
  RegisterChildren<OrdersOf>(kind, customers);
  RegisterChildren<UnusedBarcodes>(kind, customers);
}

}  // namespace orderstore::bench
