// What is looked up, the keys of the data set that find it and that miss, and
// the loops that do it. A reader is a ReadView, a subject's view, or a
// PeerReader.

#ifndef ORDERSTORE_BENCH_LOOKUPS_H_
#define ORDERSTORE_BENCH_LOOKUPS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "answers.h"
#include "orderstore/records.h"
#include "row_copy.h"
#include "workload.h"

namespace orderstore::bench {

struct CustomerByEmail {
  static constexpr std::string_view kWork = "customer_by_email";
  using Key = std::string_view;
  using Row = Customer;
  static const auto& Hits(const Queries& q) { return q.emails; }
  static const auto& Misses(const Queries& q) { return q.missing_emails; }
  static auto Find(auto& reader, Key key) {
    return reader.FindCustomerByEmail(key);
  }
  static void FindAll(auto& reader, std::span<const Key> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindCustomersByEmail(keys, rows);
  }
};

struct BarcodeByValue {
  static constexpr std::string_view kWork = "barcode_by_value";
  using Key = std::string_view;
  using Row = Barcode;
  static const auto& Hits(const Queries& q) { return q.barcode_values; }
  static const auto& Misses(const Queries& q) {
    return q.missing_barcode_values;
  }
  static auto Find(auto& reader, Key key) {
    return reader.FindBarcodeByValue(key);
  }
  static void FindAll(auto& reader, std::span<const Key> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindBarcodesByValue(keys, rows);
  }
};

struct CustomerById {
  static constexpr std::string_view kWork = "customer_by_id";
  using Key = CustomerId;
  using Row = Customer;
  static const auto& Hits(const Queries& q) { return q.customer_ids; }
  static const auto& Misses(const Queries& q) { return q.missing_customer_ids; }
  static auto Find(auto& reader, Key key) { return reader.FindCustomer(key); }
  static void FindAll(auto& reader, std::span<const Key> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindCustomers(keys, rows);
  }
};

struct OrderById {
  static constexpr std::string_view kWork = "order_by_id";
  using Key = OrderId;
  using Row = Order;
  static const auto& Hits(const Queries& q) { return q.order_ids; }
  static const auto& Misses(const Queries& q) { return q.missing_order_ids; }
  static auto Find(auto& reader, Key key) { return reader.FindOrder(key); }
  static void FindAll(auto& reader, std::span<const Key> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindOrders(keys, rows);
  }
};

struct BarcodeById {
  static constexpr std::string_view kWork = "barcode_by_id";
  using Key = BarcodeId;
  using Row = Barcode;
  static const auto& Hits(const Queries& q) { return q.barcode_ids; }
  static const auto& Misses(const Queries& q) { return q.missing_barcode_ids; }
  static auto Find(auto& reader, Key key) { return reader.FindBarcode(key); }
  static void FindAll(auto& reader, std::span<const Key> keys,
                      std::span<std::optional<Row>> rows) {
    reader.FindBarcodes(keys, rows);
  }
};

template <typename What>
const auto& KeysOf(const Queries& queries, bool hit) {
  return hit ? What::Hits(queries) : What::Misses(queries);
}

// Each function looks up `n` keys from position `begin` on, and returns an
// AnswerSum or a ContentSum.

template <typename What, typename Sum, typename AnyReader, typename Keys>
Sum LookUpEach(AnyReader& reader, const Keys& keys, size_t begin, size_t n,
               RowCopy& copy) {
  Sum sum;
  for (size_t i = begin; i < begin + n; ++i) {
    Take(What::Find(reader, keys[i % Queries::kSize]), copy, sum);
  }
  return sum;
}

template <typename What, typename Sum, typename AnyReader, typename Keys>
Sum LookUpInBatches(AnyReader& reader, const Keys& keys, size_t begin, size_t n,
                    RowCopy& copy) {
  constexpr size_t kBatch = 32;
  Sum sum;
  std::array<typename What::Key, kBatch> batch;
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

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_LOOKUPS_H_
