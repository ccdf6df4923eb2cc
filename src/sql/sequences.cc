#include "sql/sequences.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "sql/text.h"

namespace orderstore::sql {

std::string SetSequences(const Reader& reader, std::string_view schema,
                         bool and_rows) {
  std::string text;
  for (const Table table : kTables) {
    const int64_t next = Of(reader.NextIds(), table);
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

std::string MoveSequence(std::string_view schema, Table table, int64_t last) {
  return absl::StrCat(
      "SELECT pg_catalog.setval(s.name, ", last,
      ") FROM (SELECT pg_catalog.pg_get_serial_sequence(",
      Literal(Qualified(schema, table)),
      ", 'id')::regclass AS name) s WHERE s.name IS NOT NULL AND "
      "coalesce(pg_catalog.pg_sequence_last_value(s.name), 0) < ",
      last, ";\n");
}

std::string NextIdQuery(std::string_view schema, Table table) {
  // A sequence that has given no id begins with 1.
  const std::string sequence =
      absl::StrCat("pg_catalog.pg_get_serial_sequence(",
                   Literal(Qualified(schema, table)), ", 'id')");
  return absl::StrCat("SELECT CASE WHEN ", sequence,
                      " IS NOT NULL THEN coalesce("
                      "pg_catalog.pg_sequence_last_value(",
                      sequence, "::regclass) + 1, 1) END");
}

}  // namespace orderstore::sql
