// The tables of a schema on a server, as they are there: whose they are, what
// they are called and what belongs to them.
//
// Thread-safety: functions without state; a Connection is one thread's.

#ifndef ORDERSTORE_SQL_TARGET_H_
#define ORDERSTORE_SQL_TARGET_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sql/connection.h"
#include "sql/schema.h"

namespace orderstore::sql {

struct Target {
  bool has_tables = false;  // all of them; else none
  // Whether a table's columns have the types that COPY's binary format has;
  // else the server converts what it is sent.
  std::array<bool, kTables.size()> takes_binary = {};
};

// FailedPrecondition: the schema has none of the tables.
absl::Status NoTables(const std::string& schema);

// FailedPrecondition: the schema has some of the tables, or others of their
// names, or one with a column that must be written and that no store knows.
// But a column that must be written does not matter to who only reads.
absl::StatusOr<Target> FindTarget(Connection& server, const std::string& schema,
                                  bool to_write = true);

// The names of a table's columns. FailedPrecondition: there is no such table.
absl::StatusOr<std::vector<std::string>> FindColumns(Connection& server,
                                                     const std::string& schema,
                                                     Table table);

// Keeps others from the tables until the transaction ends, as `mode` says:
// `ACCESS EXCLUSIVE`.
absl::Status LockTables(Connection& server, const std::string& schema,
                        std::string_view mode);

// Begins a transaction that sees the tables at one moment, which its first
// query decides, and changes nothing. They are locked before: a TRUNCATE that
// came later would empty what the transaction sees.
absl::Status BeginReading(Connection& server, const std::string& schema);

// How many rows they have together.
absl::StatusOr<int64_t> CountRows(Connection& server,
                                  const std::string& schema);

// Statements that drop and make again what belongs to the tables and is in the
// way of many rows: primary and foreign keys, unique and exclusion constraints,
// indexes; but for what other tables refer to.
struct Dependents {
  std::vector<std::string> drop;
  std::vector<std::string> create;
};
absl::StatusOr<Dependents> FindDependents(Connection& server,
                                          const std::string& schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_TARGET_H_
