// The sequences of a server's tables, which give ids.
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_SQL_SEQUENCES_H_
#define ORDERSTORE_SQL_SEQUENCES_H_

#include <string>
#include <string_view>

#include "orderstore/reader.h"

namespace orderstore::sql {

// Statements, a line each, after which each table's sequence gives the id that
// the store's gives next; or one behind the table's largest, with `and_rows`,
// if that is more. A table without a sequence is left alone.
std::string SetSequences(const Reader& reader, std::string_view schema,
                         bool and_rows);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_SEQUENCES_H_
