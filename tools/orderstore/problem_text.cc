#include "problem_text.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "csv/text.h"

namespace orderstore::tools {

namespace {

using Json = nlohmann::ordered_json;

template <typename Number>
Json NumberJson(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

std::string RangeText(const LsnRange& range) {
  if (!range.last) return absl::StrCat("LSN ", range.first, " and on");
  if (*range.last == range.first) return absl::StrCat("LSN ", range.first);
  return absl::StrCat("LSN ", range.first, " to ", *range.last);
}

std::optional<Lsn> NewestOf(std::optional<Lsn> newest, const LsnRange& range) {
  if (!newest || !range.last) return std::nullopt;
  return std::max(*newest, *range.last);
}

std::string StateText(Lsn lsn) {
  if (lsn == 0) return "the empty store (LSN 0)";
  return absl::StrCat("the state of LSN ", lsn);
}

std::string ProblemLine(const char* label, const Problem& problem) {
  std::string line = absl::StrCat(label, " ", csv::Printable(problem.file));
  if (problem.offset) absl::StrAppend(&line, " at offset ", *problem.offset);
  absl::StrAppend(&line, ": ", csv::Printable(problem.what));
  if (problem.lsns) {
    absl::StrAppend(&line, "; at risk: ", RangeText(*problem.lsns));
  }
  return line + "\n";
}

Json ProblemsJson(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) {
    const std::optional<LsnRange>& lsns = problem.lsns;
    list.push_back({{"file", problem.file},
                    {"offset", NumberJson(problem.offset)},
                    {"first_lsn", lsns ? Json(lsns->first) : Json(nullptr)},
                    {"last_lsn", lsns ? NumberJson(lsns->last) : Json(nullptr)},
                    {"what", problem.what}});
  }
  return list;
}

Json RangesJson(const std::vector<LsnRange>& ranges) {
  Json list = Json::array();
  for (const LsnRange& range : ranges) {
    list.push_back(
        {{"first_lsn", range.first}, {"last_lsn", NumberJson(range.last)}});
  }
  return list;
}

std::string JsonLine(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace orderstore::tools
