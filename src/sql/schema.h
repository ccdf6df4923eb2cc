// The documented tables as PostgreSQL's statements: in the order in which a
// load is fast, bare tables first, their constraints and indexes after the
// rows. Names of tables are qualified; those of constraints and indexes are
// those that PostgreSQL itself would give, and the documented ones.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_SCHEMA_H_
#define ORDERSTORE_SQL_SCHEMA_H_

#include <array>
#include <string>
#include <string_view>

namespace orderstore::sql {

// In the order in which rows can be inserted.
enum class Table { kCustomers, kOrders, kBarcodes };
inline constexpr std::array kTables = {Table::kCustomers, Table::kOrders,
                                       Table::kBarcodes};

std::string_view NameOf(Table table);
// All columns, `id, email, name, created_at, updated_at`.
std::string_view ColumnsOf(Table table);

// `shop.customers`, quoted where it must be; `schema` as the user wrote it.
std::string Qualified(std::string_view schema, Table table);

// Statements, each with its semicolon and a line end; several of them a line
// each. `schema` as above.
std::string CreateTable(std::string_view schema, Table table);
// All tables, and their schema if it is missing.
std::string CreateTables(std::string_view schema);
// Primary and foreign keys, unique columns, indexes; in any table, before those
// that refer to it are filled or after.
std::string CreateConstraints(std::string_view schema);
std::string DropTables(std::string_view schema, bool if_exists);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_SCHEMA_H_
