// A digest of a table's rows, whatever their order, that a store and a server
// compute alike: for each row the first 64 bits of the MD5 of what COPY's
// binary format has of it, as a signed number, and the sum of these.
//
// Thread-safety: a RowDigest is one thread's; the function has no state.

#ifndef ORDERSTORE_SQL_ROW_DIGEST_H_
#define ORDERSTORE_SQL_ROW_DIGEST_H_

#include <string>
#include <string_view>

#include "sql/schema.h"

namespace orderstore::sql {

class RowDigest {
 public:
  // The bytes of AppendCopyRow.
  void Add(std::string_view row);

  // Decimal.
  std::string ToString() const;

 private:
  __extension__ using Sum = __int128;
  Sum sum_ = 0;
};

// Gives one row: how many rows the table has, and their digest.
std::string DigestQuery(std::string_view schema, Table table);
// Gives each row's id and the digest of it alone, in order of the ids.
std::string RowDigestsQuery(std::string_view schema, Table table);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_ROW_DIGEST_H_
