// The sequences of a server's tables, which give ids.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_SEQUENCES_H_
#define ORDERSTORE_SQL_SEQUENCES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "orderstore/reader.h"
#include "sql/connection.h"
#include "sql/schema.h"

namespace orderstore::sql {

// Statements, a line each, after which the sequence of each table, which has
// one of its own, gives the id that the store's gives next.
std::string SetSequences(const Reader& reader, std::string_view schema);

// The name, as SQL, of the sequence that gives a table's ids; none: it has
// none.
absl::StatusOr<std::optional<std::string>> FindSequence(Connection& server,
                                                        std::string_view schema,
                                                        Table table);

// The id that a sequence gives next.
absl::StatusOr<int64_t> NextIdOf(Connection& server,
                                 const std::string& sequence);

// A statement after which a sequence gives ids behind `last` and behind those
// of the table's rows; it stays if it does already, for others may have drawn
// what it gave.
std::string MoveSequence(const std::string& sequence, std::string_view schema,
                         Table table, int64_t last);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_SEQUENCES_H_
