// Rows in COPY's binary format, as a server of version 8.4 or later with 64-bit
// timestamps reads them.
//
//   std::string bytes(kCopyHeader);
//   AppendCopyRow(row, bytes);
//   bytes += kCopyTrailer;
//
// Source: PostgreSQL 15 documentation, "COPY", Binary Format.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_COPY_BINARY_H_
#define ORDERSTORE_SQL_COPY_BINARY_H_

#include <optional>
#include <string>
#include <string_view>

#include "orderstore/records.h"
#include "sql/partitions.h"
#include "sql/schema.h"

namespace orderstore::sql {

// Before the first row: a signature, no flags, no extension.
inline constexpr std::string_view kCopyHeader(
    "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
// Behind the last row.
inline constexpr std::string_view kCopyTrailer("\377\377", 2);

// The columns are those of ColumnsOf, in its order.
void AppendCopyRow(const Customer& row, std::string& to);
void AppendCopyRow(const Order& row, std::string& to);
void AppendCopyRow(const Barcode& row, std::string& to);
// With the key of its order behind (partitions.h).
void AppendCopyRow(const Barcode& row, const PartitionBy& by,
                   const std::optional<Order>& order, std::string& to);

// `COPY ... FROM STDIN (FORMAT binary)` of these columns.
std::string CopyStatement(std::string_view schema, Table table,
                          const std::string& columns);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_COPY_BINARY_H_
