#include "csv/header.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "csv/scanner.h"
#include "csv/text.h"

namespace orderstore::csv {

namespace {

std::string Joined(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ',';
    list += name;
  }
  return list;
}

absl::Status HeaderError(const Input& input, int64_t line,
                         const std::string& problem,
                         std::span<const std::string_view> wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat(Printable(input.name()), ":", line, ": ", problem,
                   "; the columns ", Joined(wanted), " are needed"));
}

}  // namespace

absl::StatusOr<Header> ReadHeader(const Input& input,
                                  std::span<const std::string_view> wanted) {
  // Takes in the header alone to learn how many columns there are.
  Scanner count(input.text(), 0);
  if (!count.Next()) {
    return HeaderError(input, 1, "the file is empty", wanted);
  }
  if (count.has_broken_quotes()) {
    return HeaderError(
        input, count.line(),
        "the header's quotes do not pair: " + Printable(count.raw()), wanted);
  }
  Scanner names(input.text(), count.field_count());
  names.Next();

  Header header;
  header.field_count = names.field_count();
  std::vector<std::string_view> missing;
  for (const std::string_view name : wanted) {
    std::vector<size_t> found;
    for (size_t i = 0; i < header.field_count; ++i) {
      if (names.field(i) == name) found.push_back(i);
    }
    if (found.empty()) {
      missing.push_back(name);
    } else if (found.size() > 1) {
      return HeaderError(input, names.line(),
                         absl::StrCat("the header names the column ",
                                      std::string(name), " twice"),
                         wanted);
    } else {
      header.positions.push_back(found[0]);
    }
  }
  if (!missing.empty()) {
    return HeaderError(
        input, names.line(),
        absl::StrCat("the header has no column ", Joined(missing), ": ",
                     Printable(names.raw())),
        wanted);
  }
  return header;
}

}  // namespace orderstore::csv
