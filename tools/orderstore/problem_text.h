// What VerifyStore and SalvageStore found, as text and as JSON.

#ifndef ORDERSTORE_TOOLS_PROBLEM_TEXT_H_
#define ORDERSTORE_TOOLS_PROBLEM_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "orderstore/problem.h"

namespace orderstore::tools {

// `LABEL FILE at offset N: WHAT; at risk: LSN A to B` and a line end, with
// control characters escaped.
std::string ProblemLine(const char* label, const Problem& problem);

// `LSN A`, `LSN A to B`, `LSN A and on`.
std::string RangeText(const LsnRange& range);

// The newest LSN, if `range` has some, too; none: nobody knows it.
std::optional<Lsn> NewestOf(std::optional<Lsn> newest, const LsnRange& range);

// `the state of LSN N`, or that it is the empty store.
std::string StateText(Lsn lsn);

// Objects; what is not known is null.
nlohmann::ordered_json ProblemsJson(const std::vector<Problem>& problems);
nlohmann::ordered_json RangesJson(const std::vector<LsnRange>& ranges);

// On one line, with a line end. Bytes that are no UTF-8, as names of files may
// have, are replaced.
std::string JsonLine(const nlohmann::ordered_json& object);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROBLEM_TEXT_H_
