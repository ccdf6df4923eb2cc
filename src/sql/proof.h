// What proves that a server's table has the rows of a store: how many there
// are, a digest of them (row_digest.h), and the id that comes next. Both sides
// compute it for themselves.
//
// Thread-safety: functions without state; a Connection is one thread's.

#ifndef ORDERSTORE_SQL_PROOF_H_
#define ORDERSTORE_SQL_PROOF_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "orderstore/reader.h"
#include "sql/connection.h"
#include "sql/schema.h"

namespace orderstore::sql {

struct TableProof {
  int64_t rows = 0;
  std::string digest;
  // That the table's sequence gives; none if it has no sequence.
  std::optional<int64_t> next_id;
};

// Of a store's table. O(rows).
TableProof ProofOf(const Reader& reader, Table table);

// Of a server's table, without its sequence; of the rows of which `where` is
// true, a clause with its WHERE, if there is one.
absl::StatusOr<TableProof> ProofOf(Connection& server,
                                   const std::string& schema, Table table,
                                   const std::string& where = "");

// The id that a server's table gives next; none if it has no sequence.
absl::StatusOr<std::optional<int64_t>> FindNextId(Connection& server,
                                                  const std::string& schema,
                                                  Table table);

// How many of a server's rows refer to others that are not there; also where
// the tables have no foreign keys.
absl::StatusOr<int64_t> CountLostRows(Connection& server,
                                      const std::string& schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_PROOF_H_
