// Compares tables on a server with a store, and tells which rows differ.
//
//   absl::Status status = BeginCheck(server, "public");
//   absl::StatusOr<CheckReport> report = Check(view, server, "public");
//   if (report.ok() && !report->is_equal()) complain(*report);
//
// Thread-safety: a function without state; a Connection is one thread's.

#ifndef ORDERSTORE_SQL_CHECK_H_
#define ORDERSTORE_SQL_CHECK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/ids.h"
#include "orderstore/reader.h"
#include "sql/connection.h"
#include "sql/proof.h"
#include "sql/schema.h"

namespace orderstore::sql {

struct TableCheck {
  TableProof store;
  TableProof server;
  // Rows that one side has alone, or that have other values.
  int64_t differing = 0;
  // Of the first of them, by id: `id 7 has other values`.
  static constexpr size_t kExamplesMax = 10;
  std::vector<std::string> examples;
};

struct CheckReport {
  Lsn lsn = 0;  // of the store
  std::array<TableCheck, kTables.size()> tables;
  int64_t lost_rows = 0;  // that refer to others that are not there

  bool is_equal() const { return Differences().empty(); }
  // `barcodes: 1 row differs: id 7 has other values`.
  std::vector<std::string> Differences() const;
};

// BeginReading, of tables that can be compared. Errors: FindTarget's;
// FailedPrecondition, the schema has none of the tables; the connection's.
absl::Status BeginCheck(Connection& server, const std::string& schema);

// Compares what a transaction sees that BeginCheck began, or that has locked
// the tables. Of tables in partitions, the key is not looked at. Errors: the
// connection's. O(rows); a second pass over the tables that differ, with
// constant memory.
absl::StatusOr<CheckReport> Check(const Reader& reader, Connection& server,
                                  const std::string& schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_CHECK_H_
