#include "csv/id_set.h"

#include <cstdint>
#include <iterator>
#include <random>
#include <set>

#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

TEST(IdSetTest, EachIdIsNewOnce) {
  IdSet ids;
  EXPECT_TRUE(ids.Insert(7));
  EXPECT_FALSE(ids.Insert(7));
  EXPECT_TRUE(ids.Insert(INT32_MAX));
  EXPECT_FALSE(ids.Insert(INT32_MAX));
  EXPECT_EQ(ids.size(), 2u);
}

TEST(IdSetTest, AnEmptySetContainsNothing) {
  const IdSet ids;
  EXPECT_FALSE(ids.Contains(0));
  EXPECT_FALSE(ids.Contains(1));
  EXPECT_FALSE(ids.Contains(INT32_MAX));
}

TEST(IdSetTest, AgreesWithAnOrderedSet) {
  constexpr uint32_t kSeed = 20;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  IdSet ids;
  std::set<int32_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = static_cast<uint32_t>(random() % 31 + 1);
    const auto id = static_cast<int32_t>(random() & ((1u << bits) - 1));
    EXPECT_EQ(ids.Insert(id), expected.insert(id).second) << id;
  }
  for (int i = 0; i < 20'000; ++i) {
    const auto id = static_cast<int32_t>(random() % 100'000);
    EXPECT_EQ(ids.Contains(id), expected.contains(id)) << id;
  }
  ids.NumberIds();
  uint32_t rank = 0;
  for (const int32_t id : expected) EXPECT_EQ(ids.Rank(id), rank++) << id;
  EXPECT_EQ(ids.size(), rank);
}

}  // namespace
}  // namespace orderstore::csv
