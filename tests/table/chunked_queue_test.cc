#include "table/chunked_queue.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

#include "gtest/gtest.h"
#include "scale.h"
#include "store/seeded_random.h"

namespace orderstore::table {
namespace {

constexpr int64_t kChunkBytes = 1024 * sizeof(uint64_t);

class ChunkedQueueTest : public testing::Test {
 protected:
  void PushUpTo(uint64_t last) {
    while (next_ <= last) queue_.push_back(next_++);
  }

  std::atomic<int64_t> bytes_ = 0;
  ChunkedQueue<uint64_t> queue_{bytes_};
  uint64_t next_ = 1;
};

TEST_F(ChunkedQueueTest, BeginsEmptyAndWithoutMemory) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.size(), 0);
  EXPECT_EQ(bytes_.load(), 0);
}

TEST_F(ChunkedQueueTest, ElementsLeaveAtTheFrontInOrder) {
  PushUpTo(5000);
  EXPECT_EQ(queue_.size(), 5000);
  for (uint64_t i = 1; i <= 5000; ++i) {
    ASSERT_EQ(queue_.front(), i);
    queue_.pop_front();
  }
  EXPECT_TRUE(queue_.empty());
}

TEST_F(ChunkedQueueTest, ElementsLeaveAtTheBackInReverseOrder) {
  PushUpTo(5000);
  for (uint64_t i = 5000; i >= 1; --i) {
    ASSERT_EQ(queue_.back(), i);
    queue_.pop_back();
  }
  EXPECT_TRUE(queue_.empty());
}

TEST_F(ChunkedQueueTest, ElementsDoNotMove) {
  PushUpTo(1);
  const uint64_t* first = &queue_.front();
  PushUpTo(100'000);
  EXPECT_EQ(&queue_.front(), first);
}

TEST_F(ChunkedQueueTest, MemoryFollowsTheSizeFromBothEnds) {
  PushUpTo(10 * 1024);
  EXPECT_EQ(bytes_.load(), 10 * kChunkBytes);
  for (int i = 0; i < 4 * 1024; ++i) queue_.pop_front();
  EXPECT_EQ(bytes_.load(), 6 * kChunkBytes);
  for (int i = 0; i < 4 * 1024; ++i) queue_.pop_back();
  EXPECT_LE(bytes_.load(), 4 * kChunkBytes) << "some room stays at the end";
  while (!queue_.empty()) queue_.pop_front();
  EXPECT_LE(bytes_.load(), 2 * kChunkBytes);
}

TEST_F(ChunkedQueueTest, ReservedPushesTakeNoMoreMemory) {
  PushUpTo(1000);
  queue_.Reserve(24);
  EXPECT_EQ(bytes_.load(), kChunkBytes) << "there is room for them";
  queue_.Reserve(3000);
  EXPECT_EQ(bytes_.load(), 4 * kChunkBytes);
  PushUpTo(4000);
  EXPECT_EQ(bytes_.load(), 4 * kChunkBytes);
  EXPECT_EQ(queue_.front(), 1);
  EXPECT_EQ(queue_.back(), 4000);
}

TEST_F(ChunkedQueueTest, ClearKeepsOneChunk) {
  PushUpTo(5000);
  queue_.clear();
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(bytes_.load(), kChunkBytes);
  PushUpTo(5003);
  EXPECT_EQ(queue_.front(), 5001);
  EXPECT_EQ(queue_.back(), 5003);
}

TEST_F(ChunkedQueueTest, ItsMemoryIsTakenOffWithIt) {
  {
    ChunkedQueue<uint64_t> other(bytes_);
    for (uint64_t i = 0; i < 3000; ++i) other.push_back(i);
    EXPECT_EQ(bytes_.load(), 3 * kChunkBytes);
  }
  EXPECT_EQ(bytes_.load(), 0);
}

TEST_F(ChunkedQueueTest, IsADoubleEndedQueue) {
  for (uint64_t seed : TestSeeds(5)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::deque<uint64_t> model;
    for (int64_t step = std::max<int64_t>(Scaled(300), 60); step > 0; --step) {
      const int32_t what = random.Below(3);
      for (int32_t i = random.Below(2500); i >= 0; --i) {
        if (what == 0) {
          model.push_back(next_);
          queue_.push_back(next_++);
        } else if (!model.empty() && what == 1) {
          model.pop_front();
          queue_.pop_front();
        } else if (!model.empty()) {
          model.pop_back();
          queue_.pop_back();
        }
        ASSERT_EQ(queue_.size(), model.size());
        if (model.empty()) continue;
        ASSERT_EQ(queue_.front(), model.front());
        ASSERT_EQ(queue_.back(), model.back());
      }
      const auto size = static_cast<int64_t>(model.size());
      ASSERT_LE(bytes_.load(), (size / 1024 + 4) * kChunkBytes);
    }
    queue_.clear();
  }
}

}  // namespace
}  // namespace orderstore::table
