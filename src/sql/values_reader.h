// Reads the rows of INSERT ... VALUES: literals, in parentheses, with a comma
// between two.
//
//   ValuesReader reader(layout, "(1, 'a'), (2, NULL)", /*line=*/7);
//   for (;;) {
//     absl::StatusOr<std::optional<TextRow>> row = reader.Next();
//     if (!row.ok()) return row.status();
//     if (!*row) break;
//   }
//
// Thread-safety: one thread at a time. Lifetimes: layout and text outlive the
// reader.

#ifndef ORDERSTORE_SQL_VALUES_READER_H_
#define ORDERSTORE_SQL_VALUES_READER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sql/lexer.h"
#include "sql/text_row.h"

namespace orderstore::sql {

class ValuesReader {
 public:
  ValuesReader(const Layout& layout, std::string_view text, int64_t line)
      : layout_(layout), text_(text), lexer_(text, line) {}

  // The next row, which lives until the next call; none: there is none. A row
  // with anything but literals, and casts of them, is broken. InvalidArgument:
  // what is there are no rows; the message names the line.
  absl::StatusOr<std::optional<TextRow>> Next();

 private:
  // DO NOTHING changes nothing that would not be refused anyway.
  absl::StatusOr<std::optional<TextRow>> PassOverConflict(int64_t line);
  // Reads a value, and what is behind it; false: that ends the row.
  absl::StatusOr<bool> ReadValue(size_t column, TextRow& row);
  // Reads what is behind a value; false: that ends the row.
  absl::StatusOr<bool> ReadCast(size_t column, TextRow& row);
  // Whether a store has the column.
  bool IsKept(size_t column) const {
    return column < layout_.size() && layout_[column].has_value();
  }

  const Layout& layout_;
  const std::string_view text_;
  Lexer lexer_;
  bool is_first_ = true;
  std::array<std::string, kColumnsMax> texts_;
};

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_VALUES_READER_H_
