#include "sql/sequences.h"

#include <charconv>
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

absl::StatusOr<std::optional<std::string>> FindSequence(Connection& server,
                                                        std::string_view schema,
                                                        Table table) {
  const absl::StatusOr<Rows> found = server.Query(absl::StrCat(
      "SELECT ", SequenceOf(Qualified(schema, table)), "::regclass::text"));
  if (!found.ok()) return found.status();
  return found->at(0).at(0);
}

absl::StatusOr<int64_t> NextIdOf(Connection& server,
                                 const std::string& sequence) {
  // last_value is what it gives first, until it has been called.
  const absl::StatusOr<Rows> found = server.Query(
      absl::StrCat("SELECT last_value + is_called::integer FROM ", sequence));
  if (!found.ok()) return found.status();
  const std::string text = found->at(0).at(0).value_or("");
  int64_t next = 0;
  std::from_chars(text.data(), text.data() + text.size(), next);
  return next;
}

std::string MoveSequence(const std::string& sequence, std::string_view schema,
                         Table table, int64_t last) {
  return absl::StrCat("SELECT pg_catalog.setval(", Literal(sequence),
                      ", m.last) FROM (SELECT greatest(", last,
                      ", max(id)) AS last FROM ", Qualified(schema, table),
                      ") m, ", sequence,
                      " s WHERE s.last_value + s.is_called::integer <= "
                      "m.last;\n");
}

}  // namespace orderstore::sql
