#include "table/id_bitmap.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/address_space.h"

namespace orderstore::table {
namespace {

class IdBitmapTest : public testing::Test {
 protected:
  std::vector<uint32_t> Members() const {
    std::vector<uint32_t> members;
    for (uint32_t id = bitmap_.FirstFrom(1); id != 0;
         id = id == kIdMax ? 0 : bitmap_.FirstFrom(id + 1)) {
      members.push_back(id);
    }
    return members;
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  IdBitmap bitmap_{*space_};
};

TEST_F(IdBitmapTest, EmptySetHasNoFirst) {
  for (uint32_t id : {1u, 63u, 64u, 1u << 30, kIdMax}) {
    EXPECT_EQ(bitmap_.FirstFrom(id), 0);
    EXPECT_FALSE(bitmap_.Has(id));
  }
}

TEST_F(IdBitmapTest, OneMemberIsFoundFromEverywhereBeforeIt) {
  for (uint32_t member : {1u, 63u, 64u, 4095u, 4096u, 262144u, (1u << 24) - 1,
                          1u << 24, 1u << 30, kIdMax}) {
    bitmap_.Set(member);
    EXPECT_TRUE(bitmap_.Has(member));
    for (uint32_t before = 1; before <= member && before != 0; before *= 2) {
      ASSERT_EQ(bitmap_.FirstFrom(before), member) << before;
    }
    EXPECT_EQ(bitmap_.FirstFrom(member), member);
    if (member != kIdMax) {
      EXPECT_EQ(bitmap_.FirstFrom(member + 1), 0);
    }
    bitmap_.Clear(member);
    EXPECT_EQ(bitmap_.FirstFrom(1), 0);
  }
}

TEST_F(IdBitmapTest, SettingAndClearingTwiceIsAsOnce) {
  bitmap_.Set(5000);
  bitmap_.Set(5000);
  bitmap_.Clear(5000);
  EXPECT_EQ(Members(), std::vector<uint32_t>());
  bitmap_.Clear(5000);
  bitmap_.Set(5001);
  bitmap_.Clear(5000);
  EXPECT_EQ(Members(), std::vector<uint32_t>{5001});
}

TEST_F(IdBitmapTest, IsASet) {
  for (uint64_t seed : TestSeeds(5)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::set<uint32_t> model;
    for (int step = 0; step < 20'000; ++step) {
      // Near each other, or anywhere.
      const uint32_t range = uint32_t{1} << (6 + random.Below(26));
      const uint32_t id = std::max<uint32_t>(
          1, static_cast<uint32_t>(random.Below(0x7fffffff)) % range);
      if (random.OneIn(2)) {
        bitmap_.Set(id);
        model.insert(id);
      } else {
        bitmap_.Clear(id);
        model.erase(id);
      }
      const auto probe = std::max<uint32_t>(
          1, static_cast<uint32_t>(random.Below(0x7fffffff)));
      const auto expected = model.lower_bound(probe);
      ASSERT_EQ(bitmap_.FirstFrom(probe),
                expected == model.end() ? 0 : *expected);
      ASSERT_EQ(bitmap_.Has(id), model.contains(id));
    }
    EXPECT_EQ(Members(), std::vector<uint32_t>(model.begin(), model.end()));
    for (uint32_t id : model) bitmap_.Clear(id);
    EXPECT_EQ(Members(), std::vector<uint32_t>());
  }
}

TEST_F(IdBitmapTest, ReleasingARangeKeepsItsNeighbours) {
  constexpr uint32_t kRange = IdBitmap::kReleaseIds;
  for (uint32_t id : {kRange - 1, kRange, kRange + 7, 2 * kRange}) {
    bitmap_.Set(id);
  }
  bitmap_.Clear(kRange);
  bitmap_.Clear(kRange + 7);
  bitmap_.ReleaseAround(kRange + 3);
  EXPECT_EQ(Members(), (std::vector<uint32_t>{kRange - 1, 2 * kRange}));
  bitmap_.Set(kRange + 7);
  EXPECT_EQ(Members(),
            (std::vector<uint32_t>{kRange - 1, kRange + 7, 2 * kRange}));
}

// A member that stays is found whatever comes and goes on the way to it: alone
// in its word, its word's word, and so on.
TEST_F(IdBitmapTest, ReadersFindStableMembersWhileOthersComeAndGo) {
  constexpr uint32_t kStable = 1u << 30;
  bitmap_.Set(kStable);
  const int64_t wanted = std::max<int64_t>(Scaled(20'000'000), 500'000);
  std::atomic<bool> done = false;
  std::atomic<int64_t> looks = 0;
  std::atomic<int64_t> misses = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      for (; !done.load(); looks.fetch_add(1, std::memory_order_relaxed)) {
        uint32_t id = bitmap_.FirstFrom(1);
        while (id != 0 && id != kStable) id = bitmap_.FirstFrom(id + 1);
        if (id != kStable) ++misses;
      }
    });
  }
  for (int64_t i = 0; i < wanted || looks.load() < wanted; ++i) {
    const uint32_t id = 70u << (6 * (i % 4));
    bitmap_.Set(id);
    bitmap_.Clear(id);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(misses.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
