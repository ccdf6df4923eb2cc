// A table's row as the text that PostgreSQL writes: from a script or a server.
//
// Thread-safety: functions without state. Lifetimes: a row's texts live during
// the call that it is given to.

#ifndef ORDERSTORE_SQL_TEXT_ROW_H_
#define ORDERSTORE_SQL_TEXT_ROW_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/records.h"
#include "sql/schema.h"

namespace orderstore::sql {

// The most columns that a table has.
inline constexpr size_t kColumnsMax = 6;

struct TextRow {
  int64_t line = 0;  // of a script; of a server the row's number, from 1
  std::string_view raw = {};  // as it stands there
  // It has more or fewer fields than columns, or one that makes no sense.
  bool is_broken = false;
  // Those of ColumnsOf, in its order; none: NULL, or the source has no such
  // column.
  std::array<std::optional<std::string_view>, kColumnsMax> fields = {};
};
using TakeRow = std::function<absl::Status(const TextRow& row)>;

// Calls `take` with each row of a table; its errors end it and are returned.
using ReadRows = std::function<absl::Status(Table table, const TakeRow& take)>;

// Where the columns of a source go: for each the index in ColumnsOf, or none if
// a store does not have it.
using Layout = std::vector<std::optional<size_t>>;

// InvalidArgument: a column is there twice, or one is missing that no row can
// be without.
absl::StatusOr<Layout> LayoutOf(Table table,
                                const std::vector<std::string>& columns);

// Divides lines of COPY's text format into fields.
class CopyLine {
 public:
  explicit CopyLine(const Layout& layout) : layout_(layout) {}

  // The row lives until the next call.
  TextRow Read(int64_t line, std::string_view text);

 private:
  const Layout& layout_;
  std::array<std::string, kColumnsMax> texts_;  // of fields with escapes
};

// ---- Values ----

// None: the text is no such value, or out of a store's range.
std::optional<int32_t> ReadId(std::string_view text);
std::optional<bool> ReadBool(std::string_view text);
// `2026-05-01 18:30:05.1234`, also with `+02` or `BC`: ISO style, UTC if it has
// no zone. Infinity is none.
std::optional<Timestamp> ReadTime(std::string_view text);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_TEXT_ROW_H_
