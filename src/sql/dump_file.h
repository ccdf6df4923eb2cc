// A plain SQL script, of pg_dump or of a store's export, as the rows of the
// three tables. It is parsed, never executed.
//
//   absl::StatusOr<DumpFile> dump = DumpFile::Parse(text, "public");
//   dump->ReadRows(Table::kCustomers, [](const TextRow& row) { ... });
//
// Rows are taken from COPY ... FROM stdin and from INSERT ... VALUES. What
// makes tables, sets sequences and grants rights is passed over, as are rows of
// other tables. Any other statement might change rows, and is an error with its
// line, as is one that drops or renames what had rows before, and a script
// whose end is missing.
//
// Source: PostgreSQL 15 documentation, "pg_dump", "COPY", "INSERT".
//
// Thread-safety: const methods may be called from any thread. Lifetimes: the
// text outlives the file; rows as TextRow says.

#ifndef ORDERSTORE_SQL_DUMP_FILE_H_
#define ORDERSTORE_SQL_DUMP_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sql/schema.h"
#include "sql/text_row.h"

namespace orderstore::sql {

class DumpFile {
 public:
  // The rows of the tables of `schema`. InvalidArgument: it is no such script;
  // the message names the line. NotFound: it has no rows of these tables, nor
  // the tables; the message names schemas that do.
  static absl::StatusOr<DumpFile> Parse(std::string_view text,
                                        const std::string& schema);

  // Whether there is a statement with rows of the table, none of them included.
  bool has(Table table) const;

  // In the order of the script; `take`'s errors end it and are returned.
  absl::Status ReadRows(Table table, const TakeRow& take) const;

 private:
  friend class DumpParser;

  // Rows of one statement.
  struct Section {
    Table table;
    bool is_copy;
    std::shared_ptr<const Layout> layout;
    int64_t line;           // of its first row
    std::string_view text;  // COPY's lines; INSERT's behind VALUES
  };

  static absl::Status ReadCopy(const Section& section, const TakeRow& take);
  static absl::Status ReadInsert(const Section& section, const TakeRow& take);

  std::vector<Section> sections_;
};

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_DUMP_FILE_H_
