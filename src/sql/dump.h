// A store as one SQL script that plain `psql` loads into PostgreSQL, whole or
// not at all, without edits; and as CSV files.
//
//   absl::Status status = WriteDump(store->OpenReadView(), DumpOptions(),
//                                   [&](std::string_view bytes) {
//                                     return Print(bytes);
//                                   });
//
// The script stops at its first error, is one transaction, checks that all rows
// came, and commits. One that was cut off loads nothing, also with `psql -1`,
// which would commit what came so far: until the last line, a deferred
// constraint is broken. The same state gives the same bytes.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_DUMP_H_
#define ORDERSTORE_SQL_DUMP_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "orderstore/reader.h"
#include "orderstore/schema_revision.h"
#include "sql/partitions.h"
#include "sql/schema.h"

namespace orderstore::sql {

// pg_dump's options, as far as they apply.
struct DumpOptions {
  // The schema of the tables, made if it is missing.
  std::string schema = "public";
  // Of the tables that are made.
  SchemaRevision revision = kSchemaRevisionNew;
  bool stamp = false;  // write the revision for Alembic
  // With the tables: orders and barcodes in partitions.
  std::optional<PartitionBy> partition_by = {};
  bool with_schema = true;  // --data-only: false
  bool with_data = true;    // --schema-only: false
  bool inserts = false;     // INSERT, a row a statement, instead of COPY
  bool clean = false;       // drop the tables first
  bool if_exists = false;   // with clean: those that are there
};

// Takes the next bytes; an error ends the dump and is returned.
using Output = std::function<absl::Status(std::string_view bytes)>;

// InvalidArgument: no schema can have this name, or none that a script can
// hold.
absl::Status CheckSchemaName(std::string_view name);

// InvalidArgument: CheckSchemaName's. FailedPrecondition: CreatePartitions's.
// Others: the output's. O(rows), memory
// O(1).
absl::Status WriteDump(const Reader& reader, const DumpOptions& options,
                       const Output& output);

// The rows of a table as CSV with a header, as `COPY ... WITH (FORMAT csv,
// HEADER)` writes and reads it.
absl::Status WriteCsv(const Reader& reader, Table table, const Output& output);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_DUMP_H_
