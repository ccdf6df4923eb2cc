#include "day_pace.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::bench {
namespace {

using testing::ElementsAre;

TEST(DayPaceTest, ReadersGoFromNoneToOneOnEachProcessor) {
  EXPECT_THAT(DayPace::ReaderCounts(0), ElementsAre(0, 1, 2));  // unknown
  EXPECT_THAT(DayPace::ReaderCounts(1), ElementsAre(0, 1, 2));
  EXPECT_THAT(DayPace::ReaderCounts(2), ElementsAre(0, 1, 2));
  EXPECT_THAT(DayPace::ReaderCounts(6), ElementsAre(0, 1, 2, 4, 6));
  EXPECT_THAT(DayPace::ReaderCounts(64),
              ElementsAre(0, 1, 2, 4, 8, 16, 32, 64));
  EXPECT_THAT(DayPace::ReaderCounts(100),
              ElementsAre(0, 1, 2, 4, 8, 16, 32, 64));
}

}  // namespace
}  // namespace orderstore::bench
