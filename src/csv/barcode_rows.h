// Reads the rows of a barcodes file. What can be said of a row alone is decided
// as it is read; duplicates and unknown orders come after (duplicates.h).

#ifndef ORDERSTORE_CSV_BARCODE_ROWS_H_
#define ORDERSTORE_CSV_BARCODE_ROWS_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "csv/input.h"
#include "csv/rejects.h"

namespace orderstore::csv {

// One of some million rows: 24 bytes.
struct BarcodeRow {
  const char* text;
  int64_t line;
  int32_t order_id;  // 0: unassigned
  uint16_t text_bytes;
  std::optional<Reason> reason;  // none: accepted

  std::string_view barcode() const { return {text, text_bytes}; }
};
static_assert(sizeof(BarcodeRow) == 24);

// The texts live as long as this and the input.
struct BarcodeRows {
  int64_t row_count = 0;           // all that the file has
  std::vector<BarcodeRow> rows;    // good in themselves, in file order
  std::vector<Reject> rejects;     // the others, in file order
  std::deque<std::string> joined;  // texts that held doubled quotes
};

// Errors are those of Input::Load and ReadHeader. ResourceExhausted: the file
// has more rows than there are ids.
absl::StatusOr<BarcodeRows> ReadBarcodes(Input& input);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_BARCODE_ROWS_H_
