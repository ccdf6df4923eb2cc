// What the system says about a file, as an absl::Status that keeps the errno:
// the code alone does not tell a full disk from too many open files.
//
//   return SystemError(errno, "cannot open orders.csv");

#ifndef ORDERSTORE_CSV_SYSTEM_ERROR_H_
#define ORDERSTORE_CSV_SYSTEM_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace orderstore::csv {

// `WHAT: No such file or directory`, with the code for this `error`, an errno.
absl::Status SystemError(int error, std::string_view what);

// The errno of a status that SystemError made; 0 of any other.
int ErrnoOf(const absl::Status& status);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_SYSTEM_ERROR_H_
