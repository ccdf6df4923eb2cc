// Writes the barcodes without an order as CSV: the header `barcode`, one line a
// barcode, in id order.

#ifndef ORDERSTORE_CSV_UNASSIGNED_BARCODES_H_
#define ORDERSTORE_CSV_UNASSIGNED_BARCODES_H_

#include "absl/status/status.h"
#include "csv/output_file.h"
#include "orderstore/reader.h"

namespace orderstore::csv {

// Errors are the file's.
absl::Status WriteUnassignedBarcodes(const Reader& reader, OutputFile& file);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_UNASSIGNED_BARCODES_H_
