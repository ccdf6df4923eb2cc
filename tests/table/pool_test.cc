#include "table/pool.h"

#include <cstdint>
#include <memory>
#include <set>

#include "gtest/gtest.h"
#include "open_view.h"
#include "table/address_space.h"
#include "table/poison.h"

namespace orderstore::table {
namespace {

struct Item {
  uint64_t value = 7;
  uint64_t more = 8;
};

class PoolTest : public testing::Test {
 protected:
  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
};

TEST_F(PoolTest, NumbersStartAtOneAndItemsAreConstructed) {
  Pool<Item> pool(*space_, 10);
  EXPECT_EQ(pool.Allocate(), 1);
  EXPECT_EQ(pool.Allocate(), 2);
  EXPECT_EQ(pool[1].value, 7);
  EXPECT_EQ(pool[2].more, 8);
}

TEST_F(PoolTest, FreedNumbersAreUsedAgainBeforeNewOnesAndConstructedAfresh) {
  Pool<Item> pool(*space_, 10);
  for (int i = 0; i < 5; ++i) pool[pool.Allocate()].value = 1;
  pool.Free(2);
  pool.Free(4);
  std::set<uint32_t> again = {pool.Allocate(), pool.Allocate()};
  EXPECT_EQ(again, (std::set<uint32_t>{2, 4}));
  EXPECT_EQ(pool[2].value, 7);
  EXPECT_EQ(pool[4].more, 8);
  EXPECT_EQ(pool.Allocate(), 6);
  EXPECT_EQ(pool[3].value, 1) << "the others did not move";
}

TEST_F(PoolTest, RoomIsCountedWithWhatWasFreed) {
  Pool<Item> pool(*space_, 3);
  EXPECT_TRUE(pool.HasRoomFor(3));
  EXPECT_FALSE(pool.HasRoomFor(4));
  for (int i = 0; i < 3; ++i) pool.Allocate();
  EXPECT_TRUE(pool.HasRoomFor(0));
  EXPECT_FALSE(pool.HasRoomFor(1));
  pool.Free(1);
  pool.Free(3);
  EXPECT_TRUE(pool.HasRoomFor(2));
  EXPECT_FALSE(pool.HasRoomFor(3));
  pool.Allocate();
  EXPECT_FALSE(pool.HasRoomFor(2));
}

TEST_F(PoolTest, FiguresCountItemsInUse) {
  Pool<Item> pool(*space_, 10);
  pool.Allocate();
  pool.Allocate();
  EXPECT_EQ(pool.in_use(), 2);
  EXPECT_EQ(pool.bytes(), 32);
  pool.Free(1);
  EXPECT_EQ(pool.in_use(), 1);
  pool.Allocate();
  EXPECT_EQ(pool.in_use(), 2);
}

#ifdef ORDERSTORE_ASAN
TEST_F(PoolTest, FreedItemsArePoisoned) {
  Pool<Item> pool(*space_, 10);
  pool.Allocate();
  pool.Allocate();
  pool.Free(1);
  EXPECT_TRUE(__asan_address_is_poisoned(&pool[1]));
  EXPECT_FALSE(__asan_address_is_poisoned(&pool[2]));
  pool.Allocate();
  EXPECT_FALSE(__asan_address_is_poisoned(&pool[1]));
}
#endif

}  // namespace
}  // namespace orderstore::table
