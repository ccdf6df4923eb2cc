#include "sql/text_row.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "sql/lexer.h"

namespace orderstore::sql {
namespace {

// How many of a table's columns, from its first, every row has to have: without
// one, all would be taken for what they are not.
size_t NeededColumnsOf(Table table) {
  return table == Table::kBarcodes ? 4 : 2;
}

// Takes a number of so many digits from the front.
bool TakeNumber(std::string_view& text, size_t digits_min, size_t digits_max,
                int64_t& number) {
  number = 0;
  size_t digits = 0;
  while (digits < std::min(digits_max, text.size()) && text[digits] >= '0' &&
         text[digits] <= '9') {
    number = number * 10 + (text[digits++] - '0');
  }
  text.remove_prefix(digits);
  return digits >= digits_min;
}

bool TakeChar(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// `.1234`, in microseconds; 0 if there is none.
bool TakeFraction(std::string_view& text, int64_t& micros) {
  micros = 0;
  if (!TakeChar(text, '.')) return true;
  const size_t before = text.size();
  if (!TakeNumber(text, 1, 6, micros)) return false;
  for (size_t digits = before - text.size(); digits < 6; ++digits) {
    micros *= 10;
  }
  return true;
}

// `+02`, `-03:30`, `+00:53:28`, in seconds; 0 if there is none.
bool TakeZone(std::string_view& text, int64_t& seconds) {
  seconds = 0;
  const bool is_west = text.starts_with('-');
  if (!is_west && !text.starts_with('+')) return true;
  text.remove_prefix(1);
  for (const int64_t unit : {3600, 60, 1}) {
    int64_t number = 0;
    if (unit < 3600 && !TakeChar(text, ':')) break;
    if (!TakeNumber(text, 2, 2, number)) return false;
    seconds += number * unit;
  }
  if (is_west) seconds = -seconds;
  return true;
}

}  // namespace

absl::StatusOr<Layout> LayoutOf(Table table,
                                const std::vector<std::string>& columns) {
  const std::vector<std::string> known =
      absl::StrSplit(std::string(ColumnsOf(table)), ", ");
  Layout layout;
  std::vector<bool> is_there(known.size());
  for (const std::string& column : columns) {
    const auto at = std::find(known.begin(), known.end(), column);
    if (at == known.end()) {
      layout.emplace_back();
      continue;
    }
    const auto index = static_cast<size_t>(at - known.begin());
    if (is_there[index]) {
      return absl::InvalidArgumentError(
          absl::StrCat("the column ", column, " is there twice"));
    }
    is_there[index] = true;
    layout.emplace_back(index);
  }
  for (size_t i = 0; i < NeededColumnsOf(table); ++i) {
    if (is_there[i]) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(NameOf(table)), " has no column ", known[i]));
  }
  return layout;
}

TextRow CopyLine::Read(int64_t line, std::string_view text) {
  TextRow row{.line = line, .raw = text};
  size_t column = 0;
  for (std::string_view rest = text;; ++column) {
    const size_t end = rest.find('\t');
    const std::string_view field = rest.substr(0, end);
    if (column < layout_.size() && layout_[column] && field != "\\N") {
      const size_t index = *layout_[column];
      if (field.find('\\') == field.npos) {
        row.fields[index] = field;
      } else {
        std::string& decoded = texts_[index];
        decoded.clear();
        for (size_t i = 0; i < field.size();) {
          if (field[i] == '\\') {
            i = AppendEscaped(field, i + 1, decoded);
          } else {
            decoded += field[i++];
          }
        }
        row.fields[index] = decoded;
      }
    }
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  row.is_broken = column + 1 != layout_.size();
  return row;
}

// ---- Values ----------------------------------------------------------------

std::optional<int32_t> ReadId(std::string_view text) {
  int32_t id = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || rest != end || id < 1) return std::nullopt;
  return id;
}

std::optional<bool> ReadBool(std::string_view text) {
  if (text == "t" || text == "true") return true;
  if (text == "f" || text == "false") return false;
  return std::nullopt;
}

std::optional<Timestamp> ReadTime(std::string_view text) {
  const bool is_bc = text.ends_with(" BC");
  if (is_bc) text.remove_suffix(3);
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  int64_t micros = 0;
  int64_t zone = 0;
  const bool is_read = TakeNumber(text, 4, 6, year) && TakeChar(text, '-') &&
                       TakeNumber(text, 2, 2, month) && TakeChar(text, '-') &&
                       TakeNumber(text, 2, 2, day) && TakeChar(text, ' ') &&
                       TakeNumber(text, 2, 2, hours) && TakeChar(text, ':') &&
                       TakeNumber(text, 2, 2, minutes) && TakeChar(text, ':') &&
                       TakeNumber(text, 2, 2, seconds) &&
                       TakeFraction(text, micros) && TakeZone(text, zone) &&
                       text.empty();
  if (!is_read || year == 0 || hours > 23 || minutes > 59 || seconds > 59) {
    return std::nullopt;
  }
  // There is no year 0.
  const absl::CivilDay date(is_bc ? 1 - year : year, month, day);
  if (date.month() != month || date.day() != day) return std::nullopt;
  const int64_t days = date - absl::CivilDay(1970, 1, 1);
  __extension__ using Wide = __int128;
  const Wide time =
      (Wide{days} * 86'400 + hours * 3'600 + minutes * 60 + seconds - zone) *
          1'000'000 +
      micros;
  if (time < kTimestampMin.time_since_epoch().count() ||
      time > kTimestampMax.time_since_epoch().count()) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::microseconds(static_cast<int64_t>(time)));
}

}  // namespace orderstore::sql
