#include "table/text_hash.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "orderstore/options.h"
#include "table/tables.h"

namespace orderstore::table {
namespace {

TEST(TextHashTest, EqualTextsHashEquallyWhereverTheyAre) {
  const std::string one = "ann@example.com";
  const std::string other = "xann@example.comx";
  EXPECT_EQ(TextHash(one, 5),
            TextHash(std::string_view(other).substr(1, 15), 5));
}

TEST(TextHashTest, TextsOfEverySizeAndTheirPrefixesDiffer) {
  std::set<uint64_t> hashes;
  for (size_t size = 0; size <= 1020; ++size) {
    hashes.insert(TextHash(std::string(size, 'a'), 5));
  }
  EXPECT_EQ(hashes.size(), 1021);
}

TEST(TextHashTest, TheSeedChangesTheHashOfEveryText) {
  for (size_t size = 1; size <= 300; ++size) {
    const std::string text(size, 'a');
    std::set<uint64_t> hashes;
    for (uint64_t seed = 0; seed < 8; ++seed) {
      hashes.insert(TextHash(text, seed));
    }
    EXPECT_EQ(hashes.size(), 8) << size;
  }
}

TEST(TextHashTest, EveryStoreHasASeedOfItsOwn) {
  const auto one = Tables::Create(Options()).value();
  const auto other = Tables::Create(Options()).value();
  EXPECT_NE(one->seed, other->seed);
  EXPECT_NE(one->Hash("ann@example.com"), other->Hash("ann@example.com"));
}

}  // namespace
}  // namespace orderstore::table
