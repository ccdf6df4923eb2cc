#include "csv/header.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
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

// What may be wrong with a header that is not divided by commas; empty: nothing
// of the kind.
std::string SeparatorHint(std::string_view header) {
  if (header.find(',') != header.npos) return "";
  for (const auto& [separator, name] :
       {std::pair(';', "semicolons"), std::pair('\t', "tabs")}) {
    if (header.find(separator) != header.npos) {
      return absl::StrCat(" (it has ", name,
                          "; fields are separated by commas)");
    }
  }
  return "";
}

// The first field that is a missing name but for case.
std::string CaseHint(const Scanner& names,
                     std::span<const std::string_view> missing) {
  for (size_t i = 0; i < names.field_count(); ++i) {
    for (const std::string_view name : missing) {
      const std::string_view field = names.field(i);
      if (absl::EqualsIgnoreCase({field.data(), field.size()},
                                 {name.data(), name.size()})) {
        return absl::StrCat(" (", std::string(field), " is not ",
                            std::string(name), ": case matters)");
      }
    }
  }
  return "";
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
        absl::StrCat("the header's quotes do not pair: ",
                     Printable(count.raw()), SeparatorHint(count.raw())),
        wanted);
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
                     Printable(names.raw()), SeparatorHint(names.raw()),
                     CaseHint(names, missing)),
        wanted);
  }
  return header;
}

}  // namespace orderstore::csv
