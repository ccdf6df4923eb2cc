#include "txn/state_summary.h"

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "io/coding.h"

namespace orderstore::txn {
namespace {

StateSummary Example() {
  return {.lsn = 1,
          .customers = 2,
          .orders = 3,
          .barcodes = 4,
          .digests = {.customers = 5, .orders = 6, .barcodes = 7},
          .next_customer_id = 8,
          .next_order_id = 9,
          .next_barcode_id = 10};
}

TEST(StateSummaryTest, IsTenNumbersInOrder) {
  std::string expected;
  for (uint64_t number = 1; number <= 10; ++number) {
    io::AppendFixed(expected, number);
  }
  EXPECT_EQ(Example().Encode(), expected);
  EXPECT_EQ(StateSummary::Decode(expected), Example());
}

TEST(StateSummaryTest, OtherLengthsAreNone) {
  const std::string bytes = Example().Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(StateSummary::Decode(std::string_view(bytes).substr(0, size)),
              std::nullopt);
  }
  EXPECT_EQ(StateSummary::Decode(bytes + '\0'), std::nullopt);
}

TEST(StateSummaryTest, EveryByteCounts) {
  const std::string bytes = Example().Encode();
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_NE(StateSummary::Decode(other), Example()) << at;
  }
}

TEST(StateSummaryTest, SaysWhatTheStateSays) {
  const table::CommitState state{
      .tick = 99,
      .lsn = 1,
      .counts = {.customers = 2, .orders = 3, .barcodes = 4},
      .digests = {.customers = 5, .orders = 6, .barcodes = 7},
      .next_customer_id = 8,
      .next_order_id = 9,
      .next_barcode_id = 10};
  EXPECT_EQ(StateSummary::Of(state), Example());
}

}  // namespace
}  // namespace orderstore::txn
