// Words as the numbers that commands take.

#ifndef ORDERSTORE_TOOLS_SHELL_ARGUMENTS_H_
#define ORDERSTORE_TOOLS_SHELL_ARGUMENTS_H_

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "csv/text.h"
#include "orderstore/ids.h"
#include "shell/answer.h"

namespace orderstore::shell {

// The word for the next id, where an id may be drawn.
inline constexpr std::string_view kNextId = "-";

// The id that the word spells: 1..2147483647 in decimal digits.
template <typename RowId>
std::optional<RowId> ParseId(std::string_view word) {
  const std::optional<int32_t> id = csv::ParseId(word);
  if (!id) return std::nullopt;
  return RowId(*id);
}

// A number of rows, 0 or more, in decimal digits.
inline std::optional<size_t> ParseCount(std::string_view word) {
  size_t count = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, count);
  if (error != std::errc() || rest != end) return std::nullopt;
  return count;
}

// What is answered to a word that is neither.
inline Answer NoId(std::string_view word) {
  return Answer::Error(
      ErrorCode::kInvalid,
      "'" + std::string(word) + "' is no id; ids are 1 to 2147483647");
}
inline Answer NoCount(std::string_view word) {
  return Answer::Error(ErrorCode::kInvalid,
                       "'" + std::string(word) + "' is no number of rows");
}

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_ARGUMENTS_H_
