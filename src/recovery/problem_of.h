// Statuses that name a file of a store, as problems.
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_RECOVERY_PROBLEM_OF_H_
#define ORDERSTORE_RECOVERY_PROBLEM_OF_H_

#include <string_view>

#include "absl/status/status.h"
#include "orderstore/problem.h"

namespace orderstore::recovery {

// Of one whose message is `FOLDER/NAME at offset N: WHAT`, as whoever reads
// files of the store writes it; without the offset `FOLDER/NAME WHAT`. Any
// other message is of the file `otherwise`.
Problem ProblemOf(const absl::Status& status, std::string_view folder,
                  std::string_view otherwise);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_PROBLEM_OF_H_
