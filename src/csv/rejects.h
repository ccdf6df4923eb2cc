// Rows that an import leaves out, and why.

#ifndef ORDERSTORE_CSV_REJECTS_H_
#define ORDERSTORE_CSV_REJECTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "csv/input.h"
#include "csv/output_file.h"
#include "csv/scanner.h"

namespace orderstore::csv {

// In the order in which they are looked for: a row's reason is the first that
// applies.
enum class Reason : uint8_t {
  // The row has more or fewer fields than the header, or its quotes are broken,
  // so that it cannot be divided into fields.
  kWrongFieldCount,
  kBadCustomer,      // customers: customer_id or email is empty
  kIncompleteOrder,  // orders: order_id or customer_id is empty
  kMissingBarcode,   // barcodes: barcode is empty
  kBadId,            // an id is not an integer from 1 to 2147483647
  kBadText,  // text is not UTF-8, holds a NUL or has over 255 characters
  kDuplicateCustomer,  // its customer_id or email is an earlier kept row's
  kDuplicateOrder,     // its order_id is an earlier row's
  kDuplicateBarcode,   // its barcode is another row's, which is kept, or all
                       // copies are dropped
  kUnknownCustomer,    // orders: no such customer in the customers file
  kUnknownOrder,       // barcodes: no such order was accepted
  // The store has the row otherwise, or another row with its email.
  kConflict,
};

// The name in reports, as `wrong_field_count`.
std::string_view NameOf(Reason reason);

// The order in which rejects are reported.
enum class Table : uint8_t { kCustomers, kOrders, kBarcodes };

struct Reject {
  Table table;
  Reason reason;
  int64_t line;  // the first of the record; the first of the file is 1

  friend bool operator==(const Reject&, const Reject&) = default;
};

// Of a reject that is a conflict: what the store has.
struct Conflict {
  Table table;
  int64_t line;        // the reject's
  std::string stored;  // `order 1 of customer 10`
};

// The inputs, as they are named in messages and rejects. A null customers is
// none.
struct Sources {
  Input* customers = nullptr;
  Input* orders = nullptr;
  Input* barcodes = nullptr;

  Input& of(Table table) const {
    return table == Table::kCustomers ? *customers
           : table == Table::kOrders  ? *orders
                                      : *barcodes;
  }
};

// Gives the text of rejected rows. Rejects are asked for in their order, which
// costs one search for line ends over each file for all of them.
class RejectedRows {
 public:
  explicit RejectedRows(const Sources& sources) : sources_(sources) {}

  // The row as it stands in the file, without the line end.
  std::string_view TextOf(const Reject& reject);

 private:
  const Sources sources_;
  std::map<Table, Scanner> scanners_;
};

// How many rejects there are for each reason that occurs, in reason order.
std::map<Reason, int64_t> CountByReason(std::span<const Reject> rejects);

// Appends the rejects as CSV: file,line,reason,row. Errors are the file's.
absl::Status WriteRejects(std::span<const Reject> rejects,
                          const Sources& sources, OutputFile& file);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_REJECTS_H_
