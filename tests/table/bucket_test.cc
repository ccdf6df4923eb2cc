#include "table/bucket.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <set>
#include <thread>

#include "gtest/gtest.h"
#include "scale.h"

namespace orderstore::table {
namespace {

std::set<uint32_t> SlotsWithTag(const Bucket& bucket, uint8_t tag) {
  std::set<uint32_t> slots;
  for (uint32_t hits = bucket.LoadTags().Matches(tag); hits != 0;
       hits &= hits - 1) {
    slots.insert(bucket.LoadSlot(std::countr_zero(hits)));
  }
  return slots;
}

TEST(BucketTest, BeginsEmpty) {
  const Bucket bucket;
  EXPECT_EQ(bucket.LoadTags().Used(), 0);
  EXPECT_EQ(bucket.LoadTags().spilled(), 0);
}

TEST(BucketTest, HoldsTwelveEntriesAndRefusesMore) {
  Bucket bucket;
  for (uint32_t i = 0; i < 12; ++i) {
    EXPECT_TRUE(bucket.Add(static_cast<uint8_t>(255 - i), 100 + i));
  }
  EXPECT_FALSE(bucket.Add(7, 200));
  EXPECT_EQ(bucket.LoadTags().Used(), 0xfff);
  for (uint32_t i = 0; i < 12; ++i) {
    EXPECT_EQ(SlotsWithTag(bucket, static_cast<uint8_t>(255 - i)),
              std::set<uint32_t>{100 + i});
  }
  EXPECT_EQ(SlotsWithTag(bucket, 7), std::set<uint32_t>());
}

TEST(BucketTest, EqualTagsAreToldApartBySlot) {
  Bucket bucket;
  for (uint32_t slot = 1; slot <= 12; ++slot) EXPECT_TRUE(bucket.Add(9, slot));
  EXPECT_TRUE(bucket.Remove(9, 5));
  EXPECT_FALSE(bucket.Remove(9, 5));
  EXPECT_EQ(SlotsWithTag(bucket, 9),
            (std::set<uint32_t>{1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(BucketTest, RemovingNeedsTagAndSlot) {
  Bucket bucket;
  EXPECT_TRUE(bucket.Add(9, 5));
  EXPECT_FALSE(bucket.Remove(8, 5));
  EXPECT_FALSE(bucket.Remove(9, 6));
  EXPECT_TRUE(bucket.Remove(9, 5));
  EXPECT_EQ(bucket.LoadTags().Used(), 0);
}

TEST(BucketTest, OtherEntriesDoNotMoveWhenSomeComeAndGo) {
  Bucket bucket;
  for (uint32_t slot = 1; slot <= 12; ++slot) {
    bucket.Add(static_cast<uint8_t>(slot), slot);
  }
  bucket.Remove(3, 3);
  bucket.Remove(11, 11);
  EXPECT_EQ(bucket.LoadTags().Used(), 0xfff & ~(1u << 2) & ~(1u << 10));
  for (int place = 0; place < 12; ++place) {
    EXPECT_EQ(bucket.LoadSlot(place), static_cast<uint32_t>(place) + 1);
  }
  EXPECT_TRUE(bucket.Add(77, 70));
  EXPECT_TRUE(bucket.Add(88, 80));
  EXPECT_EQ(SlotsWithTag(bucket, 77), std::set<uint32_t>{70});
  EXPECT_EQ(SlotsWithTag(bucket, 88), std::set<uint32_t>{80});
}

TEST(BucketTest, SpilledCountsUpAndDownBesideTheTags) {
  Bucket bucket;
  for (uint32_t slot = 1; slot <= 12; ++slot) bucket.Add(255, slot);
  for (int i = 0; i < 200; ++i) bucket.AddSpilled(1);
  EXPECT_EQ(bucket.LoadTags().spilled(), 200);
  for (int i = 0; i < 200; ++i) bucket.AddSpilled(-1);
  EXPECT_EQ(bucket.LoadTags().spilled(), 0);
  EXPECT_EQ(bucket.LoadTags().Used(), 0xfff);
}

TEST(BucketTest, SpilledSticksAt255) {
  Bucket bucket;
  for (int i = 0; i < 254; ++i) bucket.AddSpilled(1);
  bucket.AddSpilled(-1);
  EXPECT_EQ(bucket.LoadTags().spilled(), 253);
  for (int i = 0; i < 10; ++i) bucket.AddSpilled(1);
  EXPECT_EQ(bucket.LoadTags().spilled(), 255);
  for (int i = 0; i < 300; ++i) bucket.AddSpilled(-1);
  EXPECT_EQ(bucket.LoadTags().spilled(), 255)
      << "nobody knows any more how many there are";
}

// The slot of a removed entry may be used for anything: who finds a tag must
// not be led to one that went before.
TEST(BucketTest, ReadersAreNotLedToSlotsThatWereRemovedBefore) {
  Bucket bucket;
  std::atomic<uint32_t> removed = 0;  // this slot and all before it
  std::atomic<bool> done = false;
  std::atomic<int64_t> looks = 0;
  std::atomic<int64_t> wrong = 0;
  std::thread reader([&] {
    for (; !done.load(); ++looks) {
      const uint32_t gone = removed.load();
      for (uint32_t slot : SlotsWithTag(bucket, 9)) {
        if (slot <= gone) ++wrong;
      }
    }
  });
  const int64_t wanted = std::max<int64_t>(Scaled(20'000'000), 500'000);
  for (uint32_t slot = 1; slot < wanted || looks.load() < wanted / 10; ++slot) {
    bucket.Add(9, slot);
    bucket.Remove(9, slot);
    removed.store(slot, std::memory_order_release);
  }
  done = true;
  reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
