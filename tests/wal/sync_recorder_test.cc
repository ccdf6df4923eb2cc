#include "wal/sync_recorder.h"

#include <chrono>
#include <cstddef>

#include "gtest/gtest.h"
#include "orderstore/sync_times.h"

namespace orderstore::wal {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(SyncRecorderTest, ABucketHoldsUpToItsBound) {
  for (size_t i = 0; i < SyncTimes::kBoundsUs.size(); ++i) {
    const nanoseconds bound = microseconds(SyncTimes::kBoundsUs[i]);
    SyncRecorder recorder;
    recorder.Add(bound);
    recorder.Add(bound);
    recorder.Add(bound + nanoseconds(1));
    SyncTimes expected;
    expected.counts[i] = 2;
    expected.counts[i + 1] = 1;
    expected.sum = 3 * bound + nanoseconds(1);
    EXPECT_EQ(recorder.Read(), expected) << i;
    EXPECT_EQ(recorder.Read().count(), 3);
  }
}

TEST(SyncRecorderTest, TheEndsHoldWhatIsBeyondThem) {
  SyncRecorder recorder;
  EXPECT_EQ(recorder.Read(), SyncTimes());
  recorder.Add(nanoseconds(0));
  recorder.Add(std::chrono::hours(1));
  EXPECT_EQ(recorder.Read().counts.front(), 1);
  EXPECT_EQ(recorder.Read().counts.back(), 1);
  EXPECT_EQ(recorder.Read().count(), 2);
}

TEST(SyncRecorderTest, TheBoundsGrow) {
  for (size_t i = 1; i < SyncTimes::kBoundsUs.size(); ++i) {
    EXPECT_LT(SyncTimes::kBoundsUs[i - 1], SyncTimes::kBoundsUs[i]);
  }
}

}  // namespace
}  // namespace orderstore::wal
