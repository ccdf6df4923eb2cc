// The power goes off at every change that a life makes, one after the other: in
// its first session, and in the recovery that follows.

#include <cstdint>
#include <string>

#include "crash/life.h"
#include "gtest/gtest.h"
#include "scale.h"

namespace orderstore {
namespace {

// Sessions that rotate segments and write snapshots and backups, by one thread:
// what they do depends on the seed alone.
constexpr uint64_t kSeeds[] = {10, 30, 47, 57};

TEST(CutTest, ThePowerMayGoOffAtEveryChangeOfWork) {
  const int64_t step = 100 / TestScalePercent();
  for (const uint64_t seed : kSeeds) {
    SCOPED_TRACE(seed);
    int64_t cuts = 0;
    for (int64_t nth = 1;; nth += step) {
      Life life(seed);
      ASSERT_EQ(life.RunSession(nth), "") << "cut at " << nth;
      if (!life.was_cut()) break;
      ++cuts;
      // And a whole one on what is left.
      ASSERT_EQ(life.RunSession(0), "") << "after the cut at " << nth;
    }
    EXPECT_GT(cuts * step, 100);
  }
}

TEST(CutTest, ThePowerMayGoOffAtEveryChangeOfRecovery) {
  const int64_t step = 100 / TestScalePercent();
  for (const uint64_t seed : kSeeds) {
    SCOPED_TRACE(seed);
    for (const int64_t first : {40, 100}) {
      int64_t cuts = 0;
      for (int64_t nth = 1; nth <= 40; nth += step) {
        Life life(seed);
        ASSERT_EQ(life.RunSession(first), "");
        ASSERT_EQ(life.RunSession(nth), "") << first << ", then " << nth;
        if (!life.was_cut()) break;
        ++cuts;
        ASSERT_EQ(life.RunSession(0), "") << first << ", then " << nth;
      }
      EXPECT_GT(cuts, 0);
    }
  }
}

}  // namespace
}  // namespace orderstore
