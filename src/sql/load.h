// Loads a store into PostgreSQL over a connection: all in one transaction, as
// COPY BINARY, and then has the server compute what it holds.
//
//   absl::StatusOr<Connection> server = Connection::Open("postgresql:///shop");
//   const ReadView view = store->OpenReadView();
//   absl::StatusOr<LoadReport> report = Load(view, *server, {});
//
// The tables are made if the schema has none of them, unless Alembic says that
// it should (alembic_version). Else they may be those of
// somebody else, with other names of constraints and indexes, nullable columns
// and no defaults: every column is written, and no name or default counted on.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_LOAD_H_
#define ORDERSTORE_SQL_LOAD_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/reader.h"
#include "orderstore/schema_revision.h"
#include "sql/connection.h"
#include "sql/partitions.h"
#include "sql/proof.h"
#include "sql/schema.h"

namespace orderstore::sql {

struct LoadOptions {
  std::string schema = "public";
  // Of tables that are made.
  SchemaRevision revision = kSchemaRevisionNew;
  // Writes the revision of tables that are made for Alembic.
  bool stamp = false;
  // Of tables that are made: orders and barcodes in partitions. Refused where
  // the tables are there.
  std::optional<PartitionBy> partition_by = {};
  // The tables are to be a copy of the store with this UUID, that follows its
  // log (applied.h).
  std::optional<std::string> followed_store = {};
  // Tables that have rows are refused, unless their rows go first, or stay
  // where the store has none with their id and take its row's values where it
  // has.
  enum class Existing { kRefuse, kReplace, kUpsert };
  Existing existing = Existing::kRefuse;
  // Drops the tables' own constraints and indexes before the rows come, and
  // makes them again as they were: several times as fast for many rows. Not
  // with kUpsert, which finds rows by their key.
  bool fast_load = false;
  // Rows sent so far, of all; called now and then. May be null.
  std::function<void(int64_t rows)> progress = {};
  // What else takes long, as it begins: `making constraints and indexes`. May
  // be null.
  std::function<void(std::string_view what)> stage = {};
  // Ends the load with Cancelled and the server as it was. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

// What the server said at the end, and the store agrees.
struct LoadReport {
  Lsn lsn = 0;
  // All of it but for the proof, ANALYZE included; and the proof.
  std::chrono::duration<double> load_seconds{0};
  std::chrono::duration<double> proof_seconds{0};
  bool made_tables = false;
  // Of the schema, where Alembic keeps it.
  std::optional<SchemaRevision> stamp;
  int64_t rows_before = 0;
  std::array<TableProof, kTables.size()> tables;
};

// Errors, after which the server is as it was:
//   FailedPrecondition  the schema has some of the tables, or others of their
//                       names, or is of a revision that is not known
//                       (IsSchemaMismatch); they have rows, and these are in
//                       the way; something else of the server's that the
//                       message tells
//   DataLoss            the server holds other rows than were sent
//   Cancelled           `cancelled` became true
//   others              the connection's
// But with Unknown, the connection was lost while the server committed: it has
// all or nothing.
absl::StatusOr<LoadReport> Load(const Reader& reader, Connection& server,
                                const LoadOptions& options);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_LOAD_H_
