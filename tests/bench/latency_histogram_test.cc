#include "latency_histogram.h"

#include <cstdint>
#include <limits>
#include <random>

#include "gtest/gtest.h"

namespace orderstore::bench {
namespace {

TEST(LatencyHistogramTest, APercentileIsWhatSoManyAreNotAbove) {
  LatencyHistogram latencies;
  for (int64_t ns = 1; ns <= 20; ++ns) latencies.Record(ns);
  EXPECT_EQ(latencies.count(), 20);
  EXPECT_EQ(latencies.Percentile(5), 1);
  EXPECT_EQ(latencies.Percentile(50), 10);
  EXPECT_EQ(latencies.Percentile(51), 11);
  EXPECT_EQ(latencies.Percentile(90), 18);
  EXPECT_EQ(latencies.Percentile(100), 20);
}

TEST(LatencyHistogramTest, IsNotLowerThanWhatWasRecordedNorMuchHigher) {
  constexpr int64_t kLongest = std::numeric_limits<int64_t>::max();
  constexpr uint32_t kSeed = 1;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 10'000; ++i) {
    const auto ns = static_cast<int64_t>(random() >> (1 + random() % 63));
    LatencyHistogram latencies;
    latencies.Record(ns);
    latencies.Record(kLongest);
    const auto exact = static_cast<double>(ns);
    EXPECT_GE(latencies.Percentile(50), exact) << "seed " << kSeed;
    EXPECT_LE(latencies.Percentile(50), exact * (1 + 1 / 32.)) << ns;
  }
}

TEST(LatencyHistogramTest, TheLongestIsExact) {
  LatencyHistogram latencies;
  latencies.Record(123'456'789);
  latencies.Record(1000);
  EXPECT_EQ(latencies.max(), 123'456'789);
  EXPECT_EQ(latencies.Percentile(100), 123'456'789);
}

TEST(LatencyHistogramTest, AClockThatGoesBackIsNoTimeAtAll) {
  LatencyHistogram latencies;
  latencies.Record(-5);
  EXPECT_EQ(latencies.count(), 1);
  EXPECT_EQ(latencies.Percentile(100), 0);
}

TEST(LatencyHistogramTest, AddsThoseOfAnother) {
  LatencyHistogram some;
  LatencyHistogram others;
  for (int64_t ns = 1; ns <= 10; ++ns) some.Record(ns);
  for (int64_t ns = 11; ns <= 20; ++ns) others.Record(ns);
  some.Add(others);
  EXPECT_EQ(some.count(), 20);
  EXPECT_EQ(some.Percentile(75), 15);
  EXPECT_EQ(some.max(), 20);
}

}  // namespace
}  // namespace orderstore::bench
