#include "sql/text.h"

#include <array>
#include <charconv>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

namespace orderstore::sql {
namespace {

// What COPY would take for the end of a field or a line, or for an escape.
// 0: the byte stands for itself.
constexpr std::array<char, 256> kCopyEscapes = [] {
  std::array<char, 256> escapes = {};
  escapes['\\'] = '\\';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['\v'] = 'v';
  return escapes;
}();

// Two digits.
void AppendPadded(int64_t number, std::string& to) {
  to += static_cast<char>('0' + number / 10);
  to += static_cast<char>('0' + number % 10);
}

}  // namespace

void AppendNumber(int64_t number, std::string& to) {
  std::array<char, 20> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  to.append(digits.data(), end);
}

void AppendCopyField(std::string_view text, std::string& to) {
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char escape = kCopyEscapes[static_cast<unsigned char>(text[i])];
    if (escape == 0) continue;
    to.append(text, begin, i - begin);
    to += '\\';
    to += escape;
    begin = i + 1;
  }
  to.append(text, begin);
}

void AppendCsvField(std::string_view text, std::string& to) {
  // A line that is `\.` alone ends the data.
  const bool is_plain = !text.empty() && text != "\\." &&
                        text.find_first_of(",\"\n\r") == text.npos;
  if (is_plain) {
    to += text;
    return;
  }
  to += '"';
  for (const char c : text) {
    if (c == '"') to += '"';
    to += c;
  }
  to += '"';
}

void AppendLiteral(std::string_view text, std::string& to) {
  to += '\'';
  for (const char c : text) {
    if (c == '\'') to += '\'';
    to += c;
  }
  to += '\'';
}

std::string Literal(std::string_view text) {
  std::string literal;
  AppendLiteral(text, literal);
  return literal;
}

std::string QuotedName(std::string_view name) {
  // The one name that everybody knows unquoted.
  if (name == "public") return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string WhereThereIs(std::string_view table, std::string_view statements) {
  const std::string quote(kBlockQuote);
  return absl::StrCat("DO ", quote, "\nBEGIN\n  IF to_regclass(",
                      Literal(table), ") IS NOT NULL THEN\n",
                      std::string(statements), "  END IF;\nEND\n", quote,
                      ";\n");
}

void TimeText::Append(Timestamp time, std::string& to) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  if (days.time_since_epoch().count() != day_) {
    day_ = days.time_since_epoch().count();
    // Those of std::chrono end with the year 32767.
    const absl::CivilDay date = absl::CivilDay(1970, 1, 1) + day_;
    is_bc_ = date.year() <= 0;
    date_ = absl::StrFormat("%04d-%02d-%02d ",
                            is_bc_ ? 1 - date.year() : date.year(),
                            date.month(), date.day());
  }
  const std::chrono::hh_mm_ss clock(time - days);
  to += date_;
  AppendPadded(clock.hours().count(), to);
  to += ':';
  AppendPadded(clock.minutes().count(), to);
  to += ':';
  AppendPadded(clock.seconds().count(), to);
  if (const int64_t micros = clock.subseconds().count(); micros != 0) {
    to += '.';
    AppendPadded(micros / 10'000, to);
    AppendPadded(micros / 100 % 100, to);
    AppendPadded(micros % 100, to);
    while (to.back() == '0') to.pop_back();
  }
  if (is_bc_) to += " BC";
}

}  // namespace orderstore::sql
