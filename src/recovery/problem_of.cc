#include "recovery/problem_of.h"

#include <charconv>
#include <string>
#include <system_error>

namespace orderstore::recovery {
namespace {

bool TakePrefix(std::string_view prefix, std::string_view& text) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakeNumber(std::string_view& text, int64_t& number) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

Problem ProblemOf(const absl::Status& status, std::string_view folder,
                  std::string_view otherwise) {
  const std::string message(status.message());
  Problem problem{.file = std::string(otherwise),
                  .offset = {},
                  .lsns = {},
                  .what = message};
  std::string_view rest = message;
  if (!TakePrefix(folder, rest) || !TakePrefix("/", rest)) return problem;
  // Names of our own pattern have neither.
  const size_t end = rest.find_first_of(" :");
  if (end == 0 || end == rest.npos) return problem;
  problem.file = rest.substr(0, end);
  rest.remove_prefix(end);
  int64_t offset = 0;
  std::string_view behind = rest;
  if (TakePrefix(" at offset ", behind) && TakeNumber(behind, offset)) {
    problem.offset = offset;
    rest = behind;
  }
  TakePrefix(":", rest);
  TakePrefix(" ", rest);
  problem.what = rest;
  return problem;
}

}  // namespace orderstore::recovery
