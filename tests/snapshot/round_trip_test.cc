// What was written is what is read.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "snapshot/snapshot_fixture.h"

namespace orderstore::snapshot {
namespace {

// The parameter: whether it is compressed.
class RoundTripTest : public SnapshotTest,
                      public testing::WithParamInterface<bool> {
 protected:
  RoundTripTest() { compressed = GetParam(); }

  // Writes and reads; expects the newest rows.
  void ExpectRoundTrip() {
    ASSERT_EQ(Write(), absl::OkStatus());
    const absl::StatusOr<Rows> rows = Read();
    ASSERT_EQ(rows.status(), absl::OkStatus());
    EXPECT_EQ(*rows, RowsOf(newest()));
  }
};

INSTANTIATE_TEST_SUITE_P(, RoundTripTest, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& param) {
                           return param.param ? "Compressed" : "Plain";
                         });

TEST_P(RoundTripTest, EmptyTables) { ExpectRoundTrip(); }

TEST_P(RoundTripTest, EveryKindOfRow) {
  InsertSome();
  ExpectRoundTrip();
}

}  // namespace
}  // namespace orderstore::snapshot
