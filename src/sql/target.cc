#include "sql/target.h"

#include <charconv>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sql/schema.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// `'customers', 'orders', 'barcodes'`.
std::string TableLiterals() {
  std::vector<std::string> names;
  for (const Table table : kTables) names.push_back(Literal(NameOf(table)));
  return absl::StrJoin(names, ", ");
}

// The tables' oids, as a subquery.
std::string TableOids(const std::string& schema) {
  return absl::StrCat(
      "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = "
      "c.relnamespace WHERE n.nspname = ",
      Literal(schema), " AND c.relname IN (", TableLiterals(), "))");
}

std::set<std::string> ColumnSet(Table table) {
  return absl::StrSplit(std::string(ColumnsOf(table)), ", ");
}

absl::Status Mismatch(const std::string& what) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, "; nothing was changed"));
}

// Checks that its columns are all of the store's, and none beside them that a
// writer has to give. Returns whether it takes the binary format.
absl::StatusOr<bool> CheckColumns(Connection& server, const std::string& schema,
                                  Table table, bool to_write) {
  const std::string name = Qualified(schema, table);
  const absl::StatusOr<Rows> rows = server.Query(absl::StrCat(
      "SELECT attname, attnotnull AND NOT atthasdef AND attidentity = '', "
      "atttypid IN ('integer'::regtype, 'text'::regtype, "
      "'character varying'::regtype, 'boolean'::regtype, "
      "'timestamp'::regtype, 'timestamptz'::regtype) FROM pg_attribute WHERE "
      "attrelid = ",
      Literal(name), "::regclass AND attnum > 0 AND NOT attisdropped"));
  if (!rows.ok()) return rows.status();
  bool takes_binary = true;
  std::set<std::string> wanted = ColumnSet(table);
  for (const auto& row : *rows) {
    if (wanted.erase(row[0].value_or("")) > 0) {
      takes_binary &= row[2] == "t";
      continue;
    }
    if (to_write && row[1] == "t") {
      return Mismatch(absl::StrCat(name, " has a column ", row[0].value_or(""),
                                   " that needs a value and that a store does "
                                   "not have; where orders are in partitions, "
                                   "drop the tables, barcode_values and "
                                   "keep_barcode_values() too, and make them "
                                   "anew with --partition-by"));
    }
  }
  if (wanted.empty()) return takes_binary;
  return Mismatch(absl::StrCat(name, " has no column ", *wanted.begin()));
}

}  // namespace

absl::Status NoTables(const std::string& schema) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the schema ", QuotedName(schema), " has none of the tables"));
}

absl::StatusOr<Target> FindTarget(Connection& server, const std::string& schema,
                                  bool to_write) {
  const absl::StatusOr<Rows> rows = server.Query(absl::StrCat(
      "SELECT relname, relkind IN ('r', 'p') FROM pg_class WHERE oid IN ",
      TableOids(schema)));
  if (!rows.ok()) return rows.status();
  Target target;
  if (rows->empty()) return target;
  std::set<std::string> missing;
  for (const Table table : kTables) missing.emplace(NameOf(table));
  for (const auto& row : *rows) {
    missing.erase(row[0].value_or(""));
    if (row[1] == "t") continue;
    return Mismatch(absl::StrCat(QuotedName(schema), ".", row[0].value_or(""),
                                 " is no table"));
  }
  if (!missing.empty()) {
    return Mismatch(absl::StrCat("the schema ", QuotedName(schema), " has ",
                                 *(*rows)[0][0], ", but no table ",
                                 *missing.begin()));
  }
  target.has_tables = true;
  for (size_t i = 0; i < kTables.size(); ++i) {
    const absl::StatusOr<bool> binary =
        CheckColumns(server, schema, kTables[i], to_write);
    if (!binary.ok()) return binary.status();
    target.takes_binary[i] = *binary;
  }
  return target;
}

absl::StatusOr<std::vector<std::string>> FindColumns(Connection& server,
                                                     const std::string& schema,
                                                     Table table) {
  const absl::StatusOr<Rows> rows = server.Query(absl::StrCat(
      "SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = "
      "a.attrelid "
      "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ",
      Literal(schema), " AND c.relname = ", Literal(NameOf(table)),
      " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"));
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no table ", Qualified(schema, table)));
  }
  std::vector<std::string> names;
  for (const auto& row : *rows) names.push_back(row[0].value_or(""));
  return names;
}

absl::Status LockTables(Connection& server, const std::string& schema,
                        std::string_view mode) {
  return server.Execute(absl::StrCat("LOCK TABLE ", TableNames(schema), " IN ",
                                     std::string(mode), " MODE"));
}

absl::Status BeginReading(Connection& server, const std::string& schema) {
  // Nothing else can be locked; in the order of LockTables.
  const absl::StatusOr<Rows> names = server.Query(absl::StrCat(
      "SELECT string_agg(oid::regclass::text, ', ' ORDER BY "
      "array_position(ARRAY[",
      TableLiterals(), "], relname::text)) FROM pg_class WHERE oid IN ",
      TableOids(schema), " AND relkind IN ('r', 'p', 'v')"));
  if (!names.ok()) return names.status();
  absl::Status status =
      server.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  const std::optional<std::string>& tables = names->at(0).at(0);
  if (!status.ok() || !tables) return status;
  return server.Execute(
      absl::StrCat("LOCK TABLE ", *tables, " IN ACCESS SHARE MODE"));
}

absl::StatusOr<int64_t> CountRows(Connection& server,
                                  const std::string& schema) {
  std::vector<std::string> counts;
  for (const Table table : kTables) {
    counts.push_back(
        absl::StrCat("(SELECT count(*) FROM ", Qualified(schema, table), ")"));
  }
  const absl::StatusOr<Rows> rows =
      server.Query("SELECT " + absl::StrJoin(counts, " + "));
  if (!rows.ok()) return rows.status();
  const std::string text = rows->at(0).at(0).value_or("0");
  int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

namespace {

constexpr char kUsualTablespace[] = "SET LOCAL default_tablespace = ''";

// Adds a statement that makes an index, in its tablespace if it is not the
// usual one.
void AddCreate(std::string statement,
               const std::optional<std::string>& tablespace,
               std::vector<std::string>& to) {
  if (tablespace) {
    to.push_back("SET LOCAL default_tablespace = " + Literal(*tablespace));
  }
  to.push_back(std::move(statement));
  if (tablespace) to.emplace_back(kUsualTablespace);
}

// Statements that say again what is said of the tables' constraints and
// indexes, and their definitions leave out: comments, options, for what an
// index is used.
absl::StatusOr<std::vector<std::string>> FindMarks(Connection& server,
                                                   const std::string& oids) {
  const absl::StatusOr<Rows> rows = server.Query(absl::StrCat(
      "SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, "
      "conrelid::regclass, obj_description(oid, 'pg_constraint')) FROM "
      "pg_constraint WHERE conrelid IN ",
      oids,
      " AND obj_description(oid, 'pg_constraint') IS NOT NULL UNION ALL SELECT "
      "format('COMMENT ON INDEX %s IS %L', indexrelid::regclass, "
      "obj_description(indexrelid, 'pg_class')) FROM pg_index WHERE indrelid "
      "IN ",
      oids,
      " AND obj_description(indexrelid, 'pg_class') IS NOT NULL UNION ALL "
      "SELECT format('ALTER INDEX %s SET (%s)', c.oid::regclass, "
      "array_to_string(reloptions, ', ')) FROM pg_index JOIN pg_class c ON "
      "c.oid = indexrelid WHERE indrelid IN ",
      oids,
      " AND reloptions IS NOT NULL UNION ALL SELECT format('ALTER INDEX %s "
      "ALTER COLUMN %s SET STATISTICS %s', attrelid::regclass, attnum, "
      "attstattarget) FROM pg_index JOIN pg_attribute ON attrelid = indexrelid "
      "WHERE indrelid IN ",
      oids,
      " AND attstattarget >= 0 UNION ALL SELECT format('ALTER TABLE %s CLUSTER "
      "ON %I', indrelid::regclass, "
      "relname) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE "
      "indrelid IN ",
      oids,
      " AND indisclustered UNION ALL SELECT format('ALTER TABLE %s REPLICA "
      "IDENTITY USING INDEX %I', indrelid::regclass, relname) FROM pg_index "
      "JOIN pg_class c ON c.oid = indexrelid WHERE indrelid IN ",
      oids, " AND indisreplident"));
  if (!rows.ok()) return rows.status();
  std::vector<std::string> statements;
  for (const auto& row : *rows) statements.push_back(*row[0]);
  return statements;
}

}  // namespace

absl::StatusOr<Dependents> FindDependents(Connection& server,
                                          const std::string& schema) {
  const std::string oids = TableOids(schema);
  // Foreign keys are dropped first and made last; what they, and those of other
  // tables, refer to is an index.
  const absl::StatusOr<Rows> constraints = server.Query(absl::StrCat(
      "SELECT conrelid::regclass, quote_ident(conname), "
      "pg_get_constraintdef(oid), contype = 'f', (SELECT spcname FROM pg_class "
      "i JOIN pg_tablespace s ON s.oid = i.reltablespace WHERE i.oid = "
      "c.conindid) FROM pg_constraint c WHERE "
      "conrelid IN ",
      oids,
      " AND contype IN ('p', 'u', 'x', 'f') AND conparentid = 0 AND NOT EXISTS "
      "(SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = "
      "c.conindid AND c.contype <> 'f' AND f.conrelid NOT IN ",
      oids, ") ORDER BY contype = 'f' DESC, conname"));
  if (!constraints.ok()) return constraints.status();
  const absl::StatusOr<Rows> indexes = server.Query(absl::StrCat(
      "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), (SELECT "
      "spcname FROM pg_class i JOIN pg_tablespace s ON s.oid = i.reltablespace "
      "WHERE i.oid = indexrelid) FROM pg_index WHERE indrelid IN ",
      oids,
      " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) "
      "ORDER BY 1"));
  if (!indexes.ok()) return indexes.status();
  const auto marks = FindMarks(server, oids);
  if (!marks.ok()) return marks.status();
  Dependents found;
  found.create.emplace_back(kUsualTablespace);
  std::vector<std::string> foreign_keys;
  for (const auto& row : *constraints) {
    const std::string table = *row[0];
    found.drop.push_back(
        absl::StrCat("ALTER TABLE ", table, " DROP CONSTRAINT ", *row[1]));
    AddCreate(absl::StrCat("ALTER TABLE ", table, " ADD CONSTRAINT ", *row[1],
                           " ", *row[2]),
              row[4], row[3] == "t" ? foreign_keys : found.create);
  }
  for (const auto& row : *indexes) {
    found.drop.push_back(absl::StrCat("DROP INDEX ", *row[0]));
    AddCreate(*row[1], row[2], found.create);
  }
  found.create.insert(found.create.end(), foreign_keys.begin(),
                      foreign_keys.end());
  found.create.insert(found.create.end(), marks->begin(), marks->end());
  return found;
}

}  // namespace orderstore::sql
