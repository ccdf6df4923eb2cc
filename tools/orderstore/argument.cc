#include "argument.h"

#include <charconv>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "csv/text.h"

namespace orderstore::tools {

namespace {

// CLI11 takes a message for an error, and an empty one for none.
constexpr char kValid[] = "";

// The whole of `text` as a number.
template <typename Number>
bool Parse(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end;
}

std::string Refused(const std::string& text, const std::string& wanted) {
  return absl::StrCat("'", csv::Printable(text), "' is not ", wanted);
}

std::string JoinedNames(
    const std::vector<std::pair<std::string, int>>& numbers) {
  std::string names;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) names += i + 1 == numbers.size() ? " or " : ", ";
    names += numbers[i].first;
  }
  return names;
}

}  // namespace

CLI::Validator WholeNumber(uint64_t min, uint64_t max) {
  return {[min, max](std::string& text) -> std::string {
            uint64_t number = 0;
            if (!Parse(text, number) || number < min || number > max) {
              return Refused(
                  text, absl::StrCat("an integer from ", min, " to ", max));
            }
            text = std::to_string(number);
            return kValid;
          },
          ""};
}

CLI::Validator Fraction(double max) {
  return {[max](std::string& text) -> std::string {
            double number = 0;
            // A NaN is neither.
            if (Parse(text, number) && number >= 0 && number <= max) {
              return kValid;
            }
            return Refused(text, absl::StrCat("a number from 0 to ", max));
          },
          ""};
}

CLI::Validator OneOf(std::vector<std::pair<std::string, int>> numbers) {
  return {[numbers = std::move(numbers)](std::string& text) -> std::string {
            for (const auto& [name, number] : numbers) {
              if (text != name) continue;
              text = std::to_string(number);
              return kValid;
            }
            return Refused(text, JoinedNames(numbers));
          },
          ""};
}

CLI::Validator InputPath() {
  return {[](std::string& text) -> std::string {
            return text.empty() ? "the path is empty" : kValid;
          },
          ""};
}

CLI::Validator FolderPath() { return InputPath(); }

CLI::Validator OutputPath() {
  return {[](std::string& text) -> std::string {
            if (text.empty()) return "the path is empty";
            if (text != "-") return kValid;
            return "'-' is no file, and standard output is for the results; "
                   "./- is a file of that name";
          },
          ""};
}

}  // namespace orderstore::tools
