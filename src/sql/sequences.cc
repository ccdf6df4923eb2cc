#include "sql/sequences.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "sql/schema.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

int64_t NextIdOf(const NextIds& ids, Table table) {
  switch (table) {
    case Table::kCustomers:
      return ids.customers;
    case Table::kOrders:
      return ids.orders;
    case Table::kBarcodes:
      break;
  }
  return ids.barcodes;
}

}  // namespace

std::string SetSequences(const Reader& reader, std::string_view schema) {
  std::string text;
  for (const Table table : kTables) {
    const int64_t next = NextIdOf(reader.NextIds(), table);
    std::string name;
    AppendLiteral(Qualified(schema, table), name);
    absl::StrAppend(
        &text, "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(",
        name, ", 'id'), ", next == 1 ? 1 : next - 1,
        next == 1 ? ", false);\n" : ", true);\n");
  }
  return text;
}

}  // namespace orderstore::sql
