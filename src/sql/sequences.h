// The sequences of a server's tables, which give ids.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_SEQUENCES_H_
#define ORDERSTORE_SQL_SEQUENCES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "orderstore/reader.h"
#include "sql/schema.h"

namespace orderstore::sql {

// Statements, a line each, after which the sequence of each table, which has
// one of its own, gives the id that the store's gives next.
std::string SetSequences(const Reader& reader, std::string_view schema);

// A statement after which the table's sequence gives ids behind `last` and
// behind those of the rows; it stays if it does already, for others may have
// drawn what it gave. A table without a sequence is left alone.
std::string MoveSequence(std::string_view schema, Table table, int64_t last);

// Gives one row: the id that the table's sequence gives next, or NULL if it has
// none.
std::string NextIdQuery(std::string_view schema, Table table);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_SEQUENCES_H_
