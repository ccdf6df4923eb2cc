// Loads a store into PostgreSQL over a connection: all in one transaction, as
// COPY BINARY, and then has the server compute what it holds.
//
//   absl::StatusOr<Connection> server = Connection::Open("postgresql:///shop");
//   const ReadView view = store->OpenReadView();
//   absl::StatusOr<LoadReport> report = Load(view, *server, {});
//
// The tables are made if the schema has none of them. Else they may be those of
// somebody else, with other names of constraints and indexes, nullable columns
// and no defaults: every column is written, and no name or default counted on.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_LOAD_H_
#define ORDERSTORE_SQL_LOAD_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/reader.h"
#include "sql/connection.h"
#include "sql/schema.h"

namespace orderstore::sql {

struct LoadOptions {
  std::string schema = "public";
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
  // Ends the load with Cancelled and the server as it was. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

// What the server said at the end, and the store agrees.
struct LoadReport {
  struct Proof {
    int64_t rows = 0;
    std::string digest;  // sum over the rows of 64 bits of their MD5
  };

  Lsn lsn = 0;
  bool made_tables = false;
  int64_t rows_before = 0;
  std::array<Proof, kTables.size()> tables;
};

// Errors, after which the server is as it was:
//   FailedPrecondition  the schema has some of the tables, or others of their
//                       names; they have rows, and these are in the way;
//                       something else of the server's that the message tells
//   DataLoss            the server holds other rows than were sent
//   Cancelled           `cancelled` became true
//   others              the connection's
absl::StatusOr<LoadReport> Load(const Reader& reader, Connection& server,
                                const LoadOptions& options);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_LOAD_H_
