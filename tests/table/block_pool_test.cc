#include "table/block_pool.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "store/seeded_random.h"
#include "table/address_space.h"
#include "table/limbo.h"
#include "table/poison.h"
#include "table/view_registry.h"

namespace orderstore::table {
namespace {

class BlockPoolTest : public testing::Test {
 protected:
  bool IsZero(uint32_t block, int size_class) const {
    const char* bytes = pool_.As<char>(block);
    for (size_t i = 0; i < BlockPool::ClassBytes(size_class); ++i) {
      if (bytes[i] != 0) return false;
    }
    return true;
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  BlockPool pool_{*space_};
};

TEST_F(BlockPoolTest, EverySizeHasTheSmallestClassThatHoldsIt) {
  for (size_t bytes = 1; bytes <= 10'000; ++bytes) {
    const int size_class = BlockPool::ClassFor(bytes);
    ASSERT_GE(BlockPool::ClassBytes(size_class), bytes);
    if (size_class > 0) {
      ASSERT_LT(BlockPool::ClassBytes(size_class - 1), bytes);
    }
  }
  EXPECT_EQ(BlockPool::ClassBytes(0), 16);
}

TEST_F(BlockPoolTest, NoBlockHasTheNumberZero) {
  EXPECT_NE(pool_.Allocate(0), 0);
}

TEST_F(BlockPoolTest, FreedBlocksAreUsedAgainAndZero) {
  for (int size_class : {0, 3, 8}) {
    const uint32_t block = pool_.Allocate(size_class);
    EXPECT_TRUE(IsZero(block, size_class));
    std::memset(pool_.As<char>(block), 0xff, BlockPool::ClassBytes(size_class));
    pool_.Free(block, size_class);
    EXPECT_EQ(pool_.Allocate(size_class), block);
    EXPECT_TRUE(IsZero(block, size_class));
  }
}

TEST_F(BlockPoolTest, BlocksOfOtherSizesAreNotUsedAgain) {
  const uint32_t block = pool_.Allocate(2);
  pool_.Free(block, 2);
  EXPECT_NE(pool_.Allocate(1), block);
  EXPECT_NE(pool_.Allocate(3), block);
  EXPECT_EQ(pool_.Allocate(2), block);
}

TEST_F(BlockPoolTest, RetiredBlocksAreUsedAgainOnlyWhenReadersHaveLeft) {
  ViewRegistry views;
  Limbo limbo(views, uncounted_bytes);
  const OpenView view(views, 1);
  const uint32_t block = pool_.Allocate(4);
  {
    const EpochGuard guard(view.slot(), limbo.epoch());
    pool_.Retire(limbo, block, 4);
    limbo.Advance(10);
    EXPECT_NE(pool_.Allocate(4), block);
  }
  limbo.Advance(10);
  EXPECT_EQ(pool_.Allocate(4), block);
}

TEST_F(BlockPoolTest, RoomEndsAtTheLastNumber) {
  const uint64_t room =
      (uint64_t{BlockPool::kNumberMax} - 1) * BlockPool::kGranuleBytes;
  EXPECT_TRUE(pool_.HasRoomFor(room));
  EXPECT_FALSE(pool_.HasRoomFor(room + 1));
  pool_.Allocate(20);
  EXPECT_FALSE(pool_.HasRoomFor(room));
  EXPECT_TRUE(pool_.HasRoomFor(room - BlockPool::ClassBytes(20)));
}

// Every block is filled with a byte of its own and looked at when it goes.
TEST_F(BlockPoolTest, BlocksNeverOverlap) {
  for (uint64_t seed : TestSeeds(3)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    struct Block {
      uint32_t number;
      int size_class;
      char byte;
    };
    std::vector<Block> blocks;
    int64_t bytes = pool_.bytes();
    const auto free_one = [&](size_t at) {
      const Block block = blocks[at];
      for (size_t i = 0; i < BlockPool::ClassBytes(block.size_class); ++i) {
        ASSERT_EQ(pool_.As<char>(block.number)[i], block.byte);
      }
      pool_.Free(block.number, block.size_class);
      bytes -= static_cast<int64_t>(BlockPool::ClassBytes(block.size_class));
      blocks[at] = blocks.back();
      blocks.pop_back();
    };
    for (int step = 0; step < 5000; ++step) {
      if (blocks.empty() || random.Below(5) > 1) {
        const int size_class = random.Below(7);
        const Block block = {pool_.Allocate(size_class), size_class,
                             static_cast<char>(1 + random.Below(100))};
        ASSERT_TRUE(IsZero(block.number, size_class));
        std::memset(pool_.As<char>(block.number), block.byte,
                    BlockPool::ClassBytes(size_class));
        blocks.push_back(block);
        bytes += static_cast<int64_t>(BlockPool::ClassBytes(size_class));
      } else {
        free_one(static_cast<size_t>(
            random.Below(static_cast<int32_t>(blocks.size()))));
      }
      ASSERT_EQ(pool_.bytes(), bytes);
    }
    while (!blocks.empty() && !HasFailure()) free_one(0);
    EXPECT_EQ(pool_.bytes(), 0);
  }
}

#ifdef ORDERSTORE_ASAN
TEST_F(BlockPoolTest, FreedBlocksArePoisoned) {
  const uint32_t block = pool_.Allocate(2);
  EXPECT_FALSE(__asan_address_is_poisoned(pool_.As<char>(block) + 63));
  pool_.Free(block, 2);
  EXPECT_TRUE(__asan_address_is_poisoned(pool_.As<char>(block)));
  EXPECT_TRUE(__asan_address_is_poisoned(pool_.As<char>(block) + 63));
  pool_.Allocate(2);
  EXPECT_FALSE(__asan_address_is_poisoned(pool_.As<char>(block) + 63));
}
#endif

}  // namespace
}  // namespace orderstore::table
