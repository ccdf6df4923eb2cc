// Made-up customers, orders and barcodes, as CSV files of the forms that
// `orderstore process` reads.
//
// Deterministic: the same shape gives the same bytes on every machine; all is
// integer arithmetic on a generator of its own.
//
//   customers  ids 1..N, unique emails at example.com, names
//   orders     2.1 a customer on average: one each, the others skewed
//   barcodes   1 to 5 an order, 3 on average; 3 in 100 are unassigned; unique
//              EAN-13 codes with check digits, in random order

#ifndef ORDERSTORE_TOOLS_SAMPLE_DATA_H_
#define ORDERSTORE_TOOLS_SAMPLE_DATA_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "csv/output_file.h"

namespace orderstore::tools {

// The most customers whose barcodes still have ids.
inline constexpr int32_t kSampleCustomersMax = 300'000'000;
// The skew is below 1; so much, in thousandths.
inline constexpr int32_t kSkewMilliMax = 990;

struct SampleShape {
  int32_t customers = 0;  // 1..kSampleCustomersMax
  uint64_t seed = 1;
  // How uneven orders are spread, in thousandths: the customer of rank r among
  // n gets orders in proportion to r^-skew, in steps of halves of the ranks
  // (the lower half of any first 2^k ranks gets 2^(skew-1) of them). 0 is even.
  int32_t skew_milli = 500;
};

class SampleData {
 public:
  using Progress = std::function<void(int64_t rows)>;

  // Draws the orders and barcodes. `progress` is called with the rows written
  // so far; may be null. Takes some 4 bytes an order and barcode.
  SampleData(const SampleShape& shape, Progress progress);

  int64_t customers() const { return shape_.customers; }
  int64_t orders() const { return static_cast<int64_t>(order_owners_.size()); }
  int64_t barcodes() const {
    return static_cast<int64_t>(barcode_orders_.size());
  }
  int64_t unassigned_barcodes() const { return unassigned_; }

  // Errors are the file's.
  absl::Status WriteCustomers(csv::OutputFile& file);
  absl::Status WriteOrders(csv::OutputFile& file);
  absl::Status WriteBarcodes(csv::OutputFile& file);

 private:
  void ReportRow();

  const SampleShape shape_;
  const Progress progress_;
  int64_t rows_written_ = 0;
  std::vector<int32_t> order_owners_;    // customer of order i + 1
  std::vector<int32_t> barcode_orders_;  // order of barcode i; 0 is none
  int64_t unassigned_ = 0;
};

// The 13 digits whose first 12 are `digits`, which is less than 10^12, and
// whose last is the check digit.
std::string Ean13(int64_t digits);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_SAMPLE_DATA_H_
