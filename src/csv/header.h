// The header of a CSV file: its first record names the columns.

#ifndef ORDERSTORE_CSV_HEADER_H_
#define ORDERSTORE_CSV_HEADER_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "csv/input.h"

namespace orderstore::csv {

struct Header {
  std::vector<size_t> positions;  // of the wanted columns, in wanted order
  size_t field_count = 0;         // every row has as many
};

// Reads the header of `input`, which is loaded. Columns stand in any order;
// those not wanted are ignored. InvalidArgument: there is no header, a wanted
// column is missing or named twice, or the header's quotes are broken; the
// message names the columns, and points out names in another case and other
// separators.
absl::StatusOr<Header> ReadHeader(const Input& input,
                                  std::span<const std::string_view> wanted);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_HEADER_H_
