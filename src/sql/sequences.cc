#include "sql/sequences.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "sql/text.h"

namespace orderstore::sql {

namespace {

// The name of the sequence that gives a table's ids, as an expression: its own,
// or one that its default names.
std::string SequenceOf(const std::string& table) {
  return absl::StrCat(
      "coalesce(pg_catalog.pg_get_serial_sequence(", Literal(table),
      ", 'id'), (SELECT s.oid::regclass::text FROM pg_catalog.pg_attribute a "
      "JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = "
      "a.attnum JOIN pg_catalog.pg_depend d ON d.classid = "
      "'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid "
      "= "
      "'pg_catalog.pg_class'::regclass JOIN pg_catalog.pg_class s ON s.oid = "
      "d.refobjid AND s.relkind = 'S' WHERE a.attrelid = ",
      Literal(table), "::regclass AND a.attname = 'id' LIMIT 1))");
}

}  // namespace

std::string SetSequences(const Reader& reader, std::string_view schema) {
  std::string text;
  for (const Table table : kTables) {
    const int64_t next = Of(reader.NextIds(), table);
    // The second says whether the first has been given.
    absl::StrAppend(
        &text, "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(",
        Literal(Qualified(schema, table)), ", 'id'), ",
        next == 1 ? 1 : next - 1, ", ", next == 1 ? "false" : "true", ");\n");
  }
  return text;
}

std::string MoveSequence(std::string_view schema, Table table, int64_t last) {
  const std::string name = Qualified(schema, table);
  return absl::StrCat(
      "SELECT pg_catalog.setval(s.name, m.last) FROM (SELECT ",
      SequenceOf(name), "::regclass AS name) s, (SELECT greatest(", last,
      ", max(id)) AS last FROM ", name,
      ") m WHERE s.name IS NOT NULL AND m.last > "
      "coalesce(pg_catalog.pg_sequence_last_value(s.name), 0);\n");
}

std::string NextIdQuery(std::string_view schema, Table table) {
  // A sequence that has given no id begins with 1.
  return absl::StrCat(
      "SELECT CASE WHEN s.name IS NOT NULL THEN coalesce("
      "pg_catalog.pg_sequence_last_value(s.name) + 1, 1) END FROM (SELECT ",
      SequenceOf(Qualified(schema, table)), "::regclass AS name) s");
}

}  // namespace orderstore::sql
