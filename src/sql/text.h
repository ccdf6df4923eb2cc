// Values as PostgreSQL reads them in text: in COPY's text format, in literals,
// in CSV.
//
// Source: PostgreSQL 15 documentation, "COPY" (File Formats), 4.1.2.1 "String
// Constants", 8.5 "Date/Time Types".
//
// Thread-safety: functions without state; a TimeText is one thread's.

#ifndef ORDERSTORE_SQL_TEXT_H_
#define ORDERSTORE_SQL_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "orderstore/records.h"

namespace orderstore::sql {

void AppendNumber(int64_t number, std::string& to);

// Appends a field of COPY's text format: backslashes, and control characters
// that would end it, are escaped.
void AppendCopyField(std::string_view text, std::string& to);

// Appends a field of CSV as COPY reads it: quoted if it is empty, which else
// would be NULL, or has something that ends it.
void AppendCsvField(std::string_view text, std::string& to);

// Appends `'...'`, for a server with standard_conforming_strings.
void AppendLiteral(std::string_view text, std::string& to);
std::string Literal(std::string_view text);

// `shop`, or `"Shop"` if PostgreSQL would read it otherwise, or may: a key word
// is always quoted.
std::string QuotedName(std::string_view name);

// What scripts for psql begin and end with: an error ends it with exit code 3,
// and so does the end of a file that comes before the script's.
inline constexpr std::string_view kScriptBegin =
    "\\set ON_ERROR_STOP on\n\\if true\n";
inline constexpr std::string_view kScriptEnd = "\\endif\n";

// The quotes of blocks of statements. No name or text in one may have it in it.
inline constexpr std::string_view kBlockQuote = "$orderstore$";

// A statement that runs others, each with its semicolon and line end, where
// there is a table of this qualified name.
std::string WhereThereIs(std::string_view table, std::string_view statements);

// Writes timestamps as the server does: `2026-05-01 18:30:05.1234`,
// `0044-03-15 12:00:00 BC`. Remembers the day, which most rows share with the
// one before.
class TimeText {
 public:
  void Append(Timestamp time, std::string& to);

 private:
  int64_t day_ = INT64_MIN;  // since 1970
  std::string date_;
  bool is_bc_ = false;
};

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_TEXT_H_
