#include "sql/dump_file.h"

#include <algorithm>
#include <optional>

#include "sql/values_reader.h"

namespace orderstore::sql {

bool DumpFile::has(Table table) const {
  return std::any_of(
      sections_.begin(), sections_.end(),
      [&](const Section& section) { return section.table == table; });
}

absl::Status DumpFile::ReadRows(Table table, const TakeRow& take) const {
  for (const Section& section : sections_) {
    if (section.table != table) continue;
    absl::Status status =
        section.is_copy ? ReadCopy(section, take) : ReadInsert(section, take);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status DumpFile::ReadCopy(const Section& section, const TakeRow& take) {
  CopyLine reader(*section.layout);
  int64_t line = section.line;
  std::string_view rest = section.text;
  for (; !rest.empty(); ++line) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    absl::Status status = take(reader.Read(line, text));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status DumpFile::ReadInsert(const Section& section, const TakeRow& take) {
  ValuesReader reader(*section.layout, section.text, section.line);
  for (;;) {
    const absl::StatusOr<std::optional<TextRow>> row = reader.Next();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    absl::Status status = take(**row);
    if (!status.ok()) return status;
  }
}

}  // namespace orderstore::sql
