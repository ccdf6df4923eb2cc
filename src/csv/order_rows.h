// Reads the rows of an orders file. Whether one is accepted depends on the
// rows before it only, so it is decided as it is read.

#ifndef ORDERSTORE_CSV_ORDER_ROWS_H_
#define ORDERSTORE_CSV_ORDER_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "csv/id_set.h"
#include "csv/input.h"
#include "csv/rejects.h"

namespace orderstore::csv {

struct OrderRow {
  int64_t line;
  int32_t order_id;
  int32_t customer_id;
};

struct OrderRows {
  int64_t row_count = 0;           // accepted and rejected
  std::vector<OrderRow> accepted;  // in file order
  IdSet ids;                       // of the accepted
  std::vector<int32_t> customers;  // of the accepted, as first named
  std::vector<Reject> rejects;     // in file order
  // Rejected rows that only lack a known customer, in file order.
  std::vector<OrderRow> unknown_customers;
};

// `customers` are those that an order may name; null allows any. Errors are
// those of Input::Load and ReadHeader.
absl::StatusOr<OrderRows> ReadOrders(Input& input, const IdSet* customers);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_ORDER_ROWS_H_
