// Reads the rows of a customers file.

#ifndef ORDERSTORE_CSV_CUSTOMER_ROWS_H_
#define ORDERSTORE_CSV_CUSTOMER_ROWS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "csv/id_set.h"
#include "csv/input.h"
#include "csv/rejects.h"

namespace orderstore::csv {

struct CustomerRow {
  int64_t line = 0;
  int32_t customer_id = 0;
  std::string_view email;
  std::string_view name;  // may be empty
};

// The texts live as long as this and the input.
struct CustomerRows {
  int64_t row_count = 0;              // accepted and rejected
  std::vector<CustomerRow> accepted;  // in file order
  IdSet ids;                          // of the accepted
  std::vector<Reject> rejects;        // in file order
  std::deque<std::string> joined;     // texts that held doubled quotes
};

// A row is a duplicate when its id or its email is that of an earlier accepted
// row. Errors are those of Input::Load and ReadHeader. ResourceExhausted: the
// file has more rows than there are ids.
absl::StatusOr<CustomerRows> ReadCustomers(Input& input);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_CUSTOMER_ROWS_H_
