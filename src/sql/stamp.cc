#include "sql/stamp.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

std::string StampTable(std::string_view schema) {
  return absl::StrCat(QuotedName(schema), ".alembic_version");
}

std::string KnownRevisions() {
  std::vector<std::string> known;
  for (const SchemaRevision one : kSchemaRevisions) {
    known.push_back(Literal(IdOf(one)));
  }
  return absl::StrJoin(known, ", ");
}

// A statement that ends a transaction where the table is there and `condition`
// is true.
std::string Refuse(const std::string& table, const std::string& condition,
                   const std::string& message) {
  return WhereThereIs(
      table,
      absl::StrCat(
          "    IF ", condition, " THEN\n      RAISE EXCEPTION USING MESSAGE = ",
          Literal(absl::StrCat(table, message, "; nothing was changed")),
          ";\n    END IF;\n"));
}

}  // namespace

absl::StatusOr<std::optional<SchemaRevision>> ReadStamp(
    Connection& server, const std::string& schema) {
  const std::string table = StampTable(schema);
  const absl::StatusOr<bool> there = server.HasTable(table);
  if (!there.ok()) return there.status();
  if (!*there) return std::optional<SchemaRevision>();
  const absl::StatusOr<Rows> rows =
      server.Query("SELECT version_num FROM " + table);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return SchemaMismatch(absl::StrCat(
        table, " has no revision; `alembic upgrade head` makes the tables"));
  }
  const std::string id = rows->at(0).at(0).value_or("");
  const std::optional<SchemaRevision> revision = SchemaRevisionOf(id);
  if (rows->size() == 1 && revision) return revision;
  return SchemaMismatch(absl::StrCat(
      table,
      rows->size() == 1 ? " has revision " + id : " has several revisions",
      ", and this program knows ", std::string(IdOf(kSchemaRevisions.front())),
      " to ", std::string(IdOf(kSchemaRevisions.back()))));
}

std::string WriteStamp(SchemaRevision revision, std::string_view schema) {
  const std::string table = StampTable(schema);
  return absl::StrCat("CREATE TABLE IF NOT EXISTS ", table,
                      " (\n    version_num character varying(32) NOT NULL,\n"
                      "    CONSTRAINT alembic_version_pkc PRIMARY KEY "
                      "(version_num)\n);\nDELETE FROM ",
                      table, ";\nINSERT INTO ", table,
                      " (version_num) VALUES (", Literal(IdOf(revision)),
                      ");\n");
}

std::string RequireStamp(SchemaRevision revision, std::string_view schema) {
  const std::string table = StampTable(schema);
  const std::string id(IdOf(revision));
  return Refuse(
      table,
      absl::StrCat("(SELECT string_agg(version_num, ', ') FROM ", table,
                   ") IS DISTINCT FROM ", Literal(id)),
      absl::StrCat(" does not have revision ", id, ", which this is for"));
}

std::string RequireKnownStamp(std::string_view schema) {
  const std::string table = StampTable(schema);
  return Refuse(
      table,
      absl::StrCat("EXISTS (SELECT FROM ", table, " WHERE version_num NOT IN (",
                   KnownRevisions(), "))"),
      " has a revision that this is not for");
}

std::string RequireNoStamp(std::string_view schema) {
  const std::string table = StampTable(schema);
  return Refuse(table, absl::StrCat("EXISTS (SELECT FROM ", table, ")"),
                " has a revision, and tables in partitions are of none");
}

std::string MoveStamp(SchemaRevision revision, std::string_view schema) {
  const std::string table = StampTable(schema);
  return WhereThereIs(
      table,
      absl::StrCat("    DELETE FROM ", table, ";\n    INSERT INTO ", table,
                   " (version_num) VALUES (", Literal(IdOf(revision)), ");\n"));
}

}  // namespace orderstore::sql
