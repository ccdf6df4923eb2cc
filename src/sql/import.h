// Imports the rows of a PostgreSQL database, or of a script of one, into a
// store: all that is good in one transaction, and a report of what is not.
//
//   absl::StatusOr<DumpFile> dump = DumpFile::Parse(text, "public");
//   absl::StatusOr<ImportReport> report = Import(
//       [&](Table table, const TakeRow& take) {
//         return dump->ReadRows(table, take);
//       },
//       {}, *store);
//
// Rows keep their ids and times. What a store's tables cannot have is left out
// row by row, for the first reason that applies; what they can have in another
// way is mapped, and counted: a name that is NULL is empty, an is_used that is
// NULL is false, a time that is NULL is the row's other one, or the import's.
//
// Into a store that holds rows, a source can be imported again: rows that it
// has as they are are unchanged, and count as accepted; others are conflicts.

#ifndef ORDERSTORE_SQL_IMPORT_H_
#define ORDERSTORE_SQL_IMPORT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "orderstore/store.h"
#include "sql/connection.h"
#include "sql/schema.h"
#include "sql/text_row.h"

namespace orderstore::sql {

enum class Reason {
  kWrongFieldCount,  // or a field that is no value
  kMissingValue,     // NULL where a store has none
  kBadId,            // no integer from 1 to 2147483647
  kBadText,          // empty, over 255 characters, or not UTF-8
  kBadBool,          // is_used is neither true nor false
  kBadTime,          // infinite, out of range, or no time
  kDuplicateRow,     // an earlier row has its id, its email or its value
  kUnknownCustomer,  // orders: no such customer was accepted
  kUnknownOrder,     // barcodes: no such order was accepted
  kConflict,         // the store has it otherwise
};
inline constexpr size_t kReasons = 10;

// As `missing_value`.
std::string_view NameOf(Reason reason);

struct Reject {
  Table table;
  Reason reason;
  int64_t line;     // TextRow's
  std::string raw;  // the same
  // Of a conflict, the store's row as values of SQL: `(3, 7, '2026-...', ...)`.
  std::string stored = {};
};

struct ImportOptions {
  // Import nothing if a row is rejected.
  bool strict = false;
  // Rows read so far; called now and then. May be null.
  std::function<void(int64_t rows)> progress = {};
  // Ends the import with Cancelled and the store as it was. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

struct TableReport {
  int64_t accepted = 0;
  int64_t unchanged = 0;  // of the accepted
  int64_t rejected = 0;

  int64_t rows() const { return accepted + rejected; }
  friend bool operator==(const TableReport&, const TableReport&) = default;
};

struct ImportReport {
  // False: it was strict and there is a reject, so nothing was imported.
  bool imported = false;
  // The newest commit after the import: its own, if it changed anything.
  Lsn lsn = 0;
  std::array<TableReport, kTables.size()> tables;
  // Values of accepted rows that were mapped, by column.
  struct Mapped {
    int64_t name = 0;
    int64_t is_used = 0;
    int64_t created_at = 0;
    int64_t updated_at = 0;

    friend bool operator==(const Mapped&, const Mapped&) = default;
  };
  Mapped mapped;
  std::vector<Reject> rejects;  // in the order in which rows were read
};

// Reads customers, then orders, then barcodes. O(rows). Errors, after which the
// store is as it was: those of `source`; of Store::Begin, statements and
// Commit, where Unknown says that all or nothing is there; Cancelled.
absl::StatusOr<ImportReport> Import(const ReadRows& source,
                                    const ImportOptions& options, Store& store);

// A database's rows, as of one moment, in id order. Errors of the function and
// of `read`: FailedPrecondition, the schema lacks a table or a column; the
// connection's; what `read` makes of the rows.
absl::Status ReadServer(
    Connection& server, const std::string& schema,
    const std::function<absl::Status(const ReadRows&)>& read);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_IMPORT_H_
