// Text of the schema, and text of files in messages.

#ifndef ORDERSTORE_CSV_TEXT_H_
#define ORDERSTORE_CSV_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderstore::csv {

// True for text that a column of the store takes: valid UTF-8, no NUL, at most
// kTextCharactersMax characters.
bool IsColumnText(std::string_view text);

// The id that `text` spells: decimal digits only, 1..2147483647, leading zeros
// allowed (`007` is 7); no sign, point, exponent or space.
std::optional<int32_t> ParseId(std::string_view text);

// `text` for one line of a message: control characters and bytes that are not
// UTF-8 as \xNN, and cut after some `bytes_max` bytes.
std::string Printable(std::string_view text, size_t bytes_max = 500);

// `text` as a field of a CSV file: quoted where RFC 4180 asks for it.
bool NeedsQuotes(std::string_view text);
void AppendField(std::string_view text, std::string& line);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_TEXT_H_
