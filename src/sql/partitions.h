// The documented tables with orders and barcodes in partitions: for servers
// whose tables grow beyond what one index is good for.
//
// A barcode carries its order's key, so that both lie in partitions alike:
//
//   order-month     order_created_at, the order's; 'infinity' of unassigned
//   ones customer-hash   customer_id, the order's; 0 of unassigned ones
//
// Primary keys are (id, key), and barcodes refer to (order_id, key). As no
// unique index reaches across partitions, a table barcode_values, kept by
// triggers, holds that barcode values are unique.
//
// Source: PostgreSQL 15 documentation, 5.11 "Table Partitioning".
//
// Thread-safety: functions without state; a Reader is one thread's.

#ifndef ORDERSTORE_SQL_PARTITIONS_H_
#define ORDERSTORE_SQL_PARTITIONS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "orderstore/reader.h"
#include "orderstore/schema_revision.h"
#include "sql/schema.h"

namespace orderstore::sql {

struct PartitionBy {
  enum class Key { kOrderMonth, kCustomerHash };
  Key key = Key::kOrderMonth;
  int count = 0;  // of partitions by hash

  friend bool operator==(const PartitionBy&, const PartitionBy&) = default;
};

inline constexpr int kPartitionsMax = 1000;

// `order-month`, `customer-hash:16`. None: the text is neither, or asks for
// fewer than 1 or more than kPartitionsMax.
std::optional<PartitionBy> ParsePartitionBy(std::string_view text);

// The column that barcodes have beside the documented ones, their last.
std::string_view KeyColumnOf(const PartitionBy& by);

// ColumnsOf, and behind those of barcodes the key's, if there are partitions.
std::string ColumnsWithKey(Table table, const std::optional<PartitionBy>& by);

// In place of CreateTables: also a partition for each month that has an order,
// and one for what comes in others. FailedPrecondition: the orders are of more
// than kPartitionsMax months. O(orders).
absl::StatusOr<std::string> CreatePartitions(const Reader& reader,
                                             const PartitionBy& by,
                                             std::string_view schema);
// In place of CompleteTables (revisions.h).
std::string CompletePartitions(const PartitionBy& by, SchemaRevision revision,
                               std::string_view schema);

// The tables, in partitions or plain: those of CreatePartitions or
// CreateTables, and what they still need once they have their rows.
absl::StatusOr<std::string> MakeTables(const Reader& reader,
                                       const std::optional<PartitionBy>& by,
                                       std::string_view schema);
std::string FinishTables(const std::optional<PartitionBy>& by,
                         SchemaRevision revision, std::string_view schema);

// What stays when the three tables are dropped.
std::string DropBarcodeValues(std::string_view schema, bool if_exists);

// The order whose key the barcode carries; none of an unassigned one.
inline std::optional<Order> OrderOf(const Reader& reader, const Barcode& row) {
  return row.order_id ? reader.FindOrder(*row.order_id) : std::nullopt;
}

// Appends the key behind a barcode's columns (row_format.h).
template <typename Format>
void AppendKey(const PartitionBy& by, const std::optional<Order>& order,
               Format& format, std::string& to) {
  if (by.key == PartitionBy::Key::kCustomerHash) {
    format.Number(order ? order->customer_id.value() : 0, to);
  } else if (order) {
    format.Time(order->created_at, to);
  } else {
    format.Infinity(to);
  }
}

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_PARTITIONS_H_
