// Writes the orders that have barcodes as CSV:
//
//   customer_id,order_id,barcode
//   10,1,"[11111111111, 11111111112]"
//   11,2,[11111111113]
//
// One line an order, by customer and then by order, its barcodes in id order,
// quoted where RFC 4180 asks for it.

#ifndef ORDERSTORE_CSV_PROCESSED_ORDERS_H_
#define ORDERSTORE_CSV_PROCESSED_ORDERS_H_

#include <span>

#include "absl/status/status.h"
#include "csv/output_file.h"
#include "orderstore/reader.h"

namespace orderstore::csv {

// Scans orders and barcodes in id order, barcodes twice, and takes as much
// memory as the file will have. Several readers share the work, each in a
// thread of its own; they are of the same commit. Errors are the file's, and
// ResourceExhausted: the system does not have that memory; FailedPrecondition:
// there is no reader, or they are of different commits.
absl::Status WriteProcessedOrders(std::span<const Reader* const> readers,
                                  OutputFile& file);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_PROCESSED_ORDERS_H_
