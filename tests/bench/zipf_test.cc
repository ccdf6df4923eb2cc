#include "zipf.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "workload.h"

namespace orderstore::bench {
namespace {

constexpr uint64_t kNumbers = 10'000;
constexpr int kDraws = 1'000'000;
constexpr uint64_t kSeed = 1;

// How often each number is drawn.
std::vector<int> Draw() {
  const Zipf zipf(kNumbers);
  Random random(kSeed);
  std::vector<int> counts(kNumbers);
  for (int i = 0; i < kDraws; ++i) ++counts.at(zipf.Draw(random));
  return counts;
}

TEST(ZipfTest, TheKthMostFrequentIsDrawnInProportionToItsRank) {
  std::vector<int> counts = Draw();
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double sum = 0;
  for (uint64_t k = 1; k <= kNumbers; ++k) {
    sum += std::pow(static_cast<double>(k), -0.99);
  }
  // The first two are exact, others an approximation.
  for (const auto& [rank, error] :
       {std::pair(1, 0.02), {2, 0.02}, {10, 0.2}, {100, 0.2}}) {
    const double expected = kDraws * std::pow(rank, -0.99) / sum;
    EXPECT_NEAR(counts[static_cast<size_t>(rank - 1)], expected,
                error * expected)
        << "rank " << rank << ", seed " << kSeed;
  }
}

TEST(ZipfTest, TheFrequentOnesAreSpread) {
  const std::vector<int> counts = Draw();
  // Of the draws of each half of the numbers, without the most frequent one,
  // which is in one of them.
  const auto middle = counts.begin() + kNumbers / 2;
  const auto draws = [](auto begin, auto end) {
    int sum = 0;
    for (auto at = begin; at != end; ++at) sum += *at;
    return sum - *std::max_element(begin, end);
  };
  EXPECT_GT(draws(counts.begin(), middle), kDraws / 4) << "seed " << kSeed;
  EXPECT_GT(draws(middle, counts.end()), kDraws / 4) << "seed " << kSeed;
}

}  // namespace
}  // namespace orderstore::bench
