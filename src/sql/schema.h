// The documented tables as PostgreSQL's statements: in the order in which a
// load is fast, bare tables first, their constraints after the rows. Names of
// tables are qualified; those of constraints are those that PostgreSQL itself
// would give. What later revisions of the schema add is in revisions.h.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_SCHEMA_H_
#define ORDERSTORE_SQL_SCHEMA_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace orderstore::sql {

// In the order in which rows can be inserted.
enum class Table { kCustomers, kOrders, kBarcodes };
inline constexpr std::array kTables = {Table::kCustomers, Table::kOrders,
                                       Table::kBarcodes};

std::string_view NameOf(Table table);
// The table's number among Counts or NextIds.
template <typename Numbers>
int64_t Of(const Numbers& numbers, Table table) {
  return table == Table::kCustomers ? numbers.customers
         : table == Table::kOrders  ? numbers.orders
                                    : numbers.barcodes;
}

// All columns, `id, email, name, created_at, updated_at`.
std::string_view ColumnsOf(Table table);

// `shop.customers`, quoted where it must be; `schema` as the user wrote it.
std::string Qualified(std::string_view schema, Table table);
// All of them, with `, ` between two.
std::string TableNames(std::string_view schema);

// Statements, each with its semicolon and a line end; several of them a line
// each. `schema` as above.
std::string CreateTable(std::string_view schema, Table table);
// Makes the schema if it is missing.
std::string CreateSchema(std::string_view schema);
// All tables, and their schema.
std::string CreateTables(std::string_view schema);
// Primary and foreign keys, unique columns.
std::string CreateConstraints(std::string_view schema);
std::string DropTables(std::string_view schema, bool if_exists);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_SCHEMA_H_
