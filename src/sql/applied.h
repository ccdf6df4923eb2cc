// How far a schema on a server is a copy of a store: a row beside the tables,
// written in the transactions that change them.
//
// Thread-safety: functions without state; a Connection is one thread's.

#ifndef ORDERSTORE_SQL_APPLIED_H_
#define ORDERSTORE_SQL_APPLIED_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/ids.h"
#include "sql/connection.h"

namespace orderstore::sql {

struct Applied {
  std::string store_uuid;
  // The tables have the rows of the store as of this commit.
  Lsn lsn = 0;

  friend bool operator==(const Applied&, const Applied&) = default;
};

// None: the schema is no such copy.
absl::StatusOr<std::optional<Applied>> ReadApplied(Connection& server,
                                                   const std::string& schema);

// A statement after which it is one; the row's table is made if it is missing.
std::string WriteApplied(const Applied& applied, std::string_view schema);

// Makes a copy as of `from` one as of `to`. Aborted: somebody else did
// meanwhile.
absl::Status AdvanceApplied(Connection& server, const std::string& schema,
                            const Applied& from, Lsn to);

// A statement after which the schema is no copy any more, if it was one.
std::string ForgetApplied(std::string_view schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_APPLIED_H_
