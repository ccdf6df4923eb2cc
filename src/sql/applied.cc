#include "sql/applied.h"

#include <charconv>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

std::string AppliedTable(std::string_view schema) {
  return absl::StrCat(QuotedName(schema), ".orderstore_applied");
}

}  // namespace

absl::StatusOr<std::optional<Applied>> ReadApplied(Connection& server,
                                                   const std::string& schema) {
  const std::string table = AppliedTable(schema);
  const absl::StatusOr<bool> there = server.HasTable(table);
  if (!there.ok()) return there.status();
  if (!*there) return std::optional<Applied>();
  const absl::StatusOr<Rows> rows =
      server.Query("SELECT store_uuid, lsn FROM " + table);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<Applied>();
  Applied applied{.store_uuid = rows->front().at(0).value_or("")};
  const std::string lsn = rows->front().at(1).value_or("");
  std::from_chars(lsn.data(), lsn.data() + lsn.size(), applied.lsn);
  return applied;
}

std::string WriteApplied(const Applied& applied, std::string_view schema) {
  const std::string table = AppliedTable(schema);
  return absl::StrCat("CREATE TABLE IF NOT EXISTS ", table,
                      " (\n    store_uuid uuid PRIMARY KEY,\n"
                      "    lsn bigint NOT NULL\n);\nDELETE FROM ",
                      table, ";\nINSERT INTO ", table,
                      " (store_uuid, lsn) VALUES (",
                      Literal(applied.store_uuid), ", ", applied.lsn, ");\n");
}

absl::Status AdvanceApplied(Connection& server, const std::string& schema,
                            const Applied& from, Lsn to) {
  const absl::StatusOr<int64_t> rows = server.Change(
      absl::StrCat("UPDATE ", AppliedTable(schema), " SET lsn = ", to,
                   " WHERE store_uuid = ", Literal(from.store_uuid),
                   " AND lsn = ", from.lsn));
  if (!rows.ok()) return rows.status();
  if (*rows == 1) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(
      AppliedTable(schema), " is not of LSN ", from.lsn,
      " any more: another process applies changes, or has loaded the tables"));
}

std::string ForgetApplied(std::string_view schema) {
  const std::string table = AppliedTable(schema);
  return WhereThereIs(table, absl::StrCat("    DELETE FROM ", table, ";\n"));
}

}  // namespace orderstore::sql
