// Reads of a loaded peer in random order, each copied out:
//
//   customer_by_email, barcode_by_value, customer_by_id, order_by_id
//               hit_single, miss_single: each a read of its own
//               hit_batch32: by text, 32 keys in one read
//   orders_of, unused_barcodes
//               children: of random customers and orders, a list each
//
// The answers of all peers are compared.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "fixtures.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "row_copy.h"

namespace orderstore::bench {
namespace {

constexpr size_t kLookups = 200'000;
constexpr size_t kBatch = 32;

// ---- What is looked up -----------------------------------------------------

struct CustomerByEmail {
  static constexpr std::string_view kWork = "customer_by_email";
  using Row = Customer;
  static const auto& Hits(const Queries& q) { return q.emails; }
  static const auto& Misses(const Queries& q) { return q.missing_emails; }
  static auto Find(PeerReader& reader, std::string_view key) {
    return reader.FindCustomerByEmail(key);
  }
  static void FindAll(PeerReader& reader,
                      std::span<const std::string_view> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindCustomersByEmail(keys, rows);
  }
};

struct BarcodeByValue {
  static constexpr std::string_view kWork = "barcode_by_value";
  using Row = Barcode;
  static const auto& Hits(const Queries& q) { return q.barcode_values; }
  static const auto& Misses(const Queries& q) {
    return q.missing_barcode_values;
  }
  static auto Find(PeerReader& reader, std::string_view key) {
    return reader.FindBarcodeByValue(key);
  }
  static void FindAll(PeerReader& reader,
                      std::span<const std::string_view> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindBarcodesByValue(keys, rows);
  }
};

struct CustomerById {
  static constexpr std::string_view kWork = "customer_by_id";
  static const auto& Hits(const Queries& q) { return q.customer_ids; }
  static auto Find(PeerReader& reader, CustomerId id) {
    return reader.FindCustomer(id);
  }
};

struct OrderById {
  static constexpr std::string_view kWork = "order_by_id";
  static const auto& Hits(const Queries& q) { return q.order_ids; }
  static auto Find(PeerReader& reader, OrderId id) {
    return reader.FindOrder(id);
  }
};

struct OrdersOf {
  static constexpr std::string_view kWork = "orders_of";
  static const auto& Hits(const Queries& q) { return q.customer_ids; }
  static auto Find(PeerReader& reader, CustomerId id) {
    return reader.OrdersOf(id);
  }
};

struct UnusedBarcodes {
  static constexpr std::string_view kWork = "unused_barcodes";
  static const auto& Hits(const Queries& q) { return q.order_ids; }
  static auto Find(PeerReader& reader, OrderId id) {
    return reader.UnusedBarcodesOf(id);
  }
};

// ---- How -------------------------------------------------------------------

template <typename Row>
void Take(const std::vector<Row>& rows, RowCopy& copy, AnswerSum& sum) {
  sum.Add(static_cast<uint64_t>(rows.size()));
  for (const Row& row : rows) {
    CopyOut(row, copy);
    sum.Add(row);
    benchmark::ClobberMemory();
  }
}

// Each function looks up `n` keys from position `begin` on.

template <typename What, typename Keys>
AnswerSum LookUpEach(PeerReader& reader, const Keys& keys, size_t begin,
                     size_t n, RowCopy& copy) {
  AnswerSum sum;
  for (size_t i = begin; i < begin + n; ++i) {
    Take(What::Find(reader, keys[i % Queries::kSize]), copy, sum);
  }
  return sum;
}

template <typename What, typename Keys>
AnswerSum LookUpInBatches(PeerReader& reader, const Keys& keys, size_t begin,
                          size_t n, RowCopy& copy) {
  AnswerSum sum;
  std::array<std::string_view, kBatch> batch;
  std::array<std::optional<typename What::Row>, kBatch> rows;
  for (size_t i = begin; i < begin + n; i += kBatch) {
    for (size_t j = 0; j < kBatch; ++j) {
      batch[j] = keys[(i + j) % Queries::kSize];
    }
    What::FindAll(reader, batch, rows);
    for (const auto& row : rows) Take(row, copy, sum);
  }
  return sum;
}

// One iteration is kLookups lookups; every repetition goes on where the one
// before ended, for all peers alike. look_up is one of the functions above.
template <typename Keys, typename LookUp>
void Measure(benchmark::State& state, const PeerKind& kind, int32_t customers,
             const std::string& answers, const Keys& keys, LookUp look_up,
             size_t& begin) {
  const std::unique_ptr<PeerReader> reader =
      LoadedPeer(kind, customers)->NewReader();
  const auto copy = std::make_unique<RowCopy>();
  benchmark::DoNotOptimize(copy.get());
  WarmUp(WorkloadFor(customers), *reader);
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const AnswerSum sum = look_up(*reader, keys, begin, kLookups, *copy);
    state.SetIterationTime(SecondsSince(start));
    CheckAnswers(answers, customers, static_cast<int64_t>(begin), kind.name,
                 sum);
    begin += kLookups;
  }
  state.SetItemsProcessed(static_cast<int64_t>(kLookups));
}

template <typename What, typename KeysOf, typename LookUp>
void Register(const PeerKind& kind, int32_t customers, const char* outcome,
              const char* way, KeysOf keys_of, LookUp look_up) {
  const std::string work(What::kWork);
  RegisterPeer(work, std::string(outcome) + way, kind, customers,
               [=, begin = size_t{0}](benchmark::State& state) mutable {
                 const Queries& queries = WorkloadFor(customers).queries();
                 Measure(state, kind, customers, work + ' ' + outcome,
                         keys_of(queries), look_up, begin);
               });
}

template <typename What>
void RegisterHits(const PeerKind& kind, int32_t customers, const char* outcome,
                  const char* way) {
  const auto look_up = [](auto&&... arguments) {
    return LookUpEach<What>(arguments...);
  };
  Register<What>(kind, customers, outcome, way, &What::Hits, look_up);
}

template <typename What>
void RegisterByText(const PeerKind& kind, int32_t customers) {
  RegisterHits<What>(kind, customers, "hit_", "single");
  const auto each = [](auto&&... arguments) {
    return LookUpEach<What>(arguments...);
  };
  Register<What>(kind, customers, "miss_", "single", &What::Misses, each);
  const auto batches = [](auto&&... arguments) {
    return LookUpInBatches<What>(arguments...);
  };
  Register<What>(kind, customers, "hit_", "batch32", &What::Hits, batches);
}

}  // namespace

void RegisterPeerLookups(const PeerKind& kind, int32_t customers) {
  RegisterByText<CustomerByEmail>(kind, customers);
  RegisterByText<BarcodeByValue>(kind, customers);
  RegisterHits<CustomerById>(kind, customers, "hit_", "single");
  RegisterHits<OrderById>(kind, customers, "hit_", "single");
  RegisterHits<OrdersOf>(kind, customers, "", "children");
  RegisterHits<UnusedBarcodes>(kind, customers, "", "children");
}

}  // namespace orderstore::bench
