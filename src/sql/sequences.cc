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

std::string SetSequences(const Reader& reader, std::string_view schema,
                         bool and_rows) {
  std::string text;
  for (const Table table : kTables) {
    const int64_t next = NextIdOf(reader.NextIds(), table);
    const std::string name = Qualified(schema, table);
    // The second says whether the first has been given.
    std::string last = absl::StrCat(next == 1 ? 1 : next - 1);
    std::string is_given = next == 1 ? "false" : "true";
    if (and_rows) {
      const std::string largest =
          absl::StrCat("(SELECT max(id) FROM ", name, ")");
      last = absl::StrCat("greatest(", last, ", ", largest, ")");
      absl::StrAppend(&is_given, " OR ", largest, " IS NOT NULL");
    }
    absl::StrAppend(
        &text, "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(",
        Literal(name), ", 'id'), ", last, ", ", is_given, ");\n");
  }
  return text;
}

}  // namespace orderstore::sql
