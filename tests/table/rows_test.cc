#include "table/rows.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "open_view.h"
#include "table/address_space.h"
#include "table/block_pool.h"

namespace orderstore::table {
namespace {

std::string TextOf(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    text.push_back(static_cast<char>('a' + (size + i * i) % 26));
  }
  return text;
}

class RowsTest : public testing::Test {
 protected:
  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  BlockPool blocks_{*space_};
};

template <size_t kBytes>
void ExpectEverySizeComesBack(BlockPool& blocks) {
  for (size_t size = 0; size <= 1020; ++size) {
    InlineText<kBytes> text;
    text.Assign(TextOf(size), blocks);
    ASSERT_EQ(text.Get(blocks), TextOf(size)) << size;
    const bool in_place = size <= kBytes - 2;
    ASSERT_EQ(InlineText<kBytes>::InPlace(size), in_place);
    ASSERT_EQ(blocks.bytes() == 0, in_place) << size;
    ASSERT_EQ(static_cast<int64_t>(text.BlockBytes()), blocks.bytes()) << size;
    ASSERT_TRUE(in_place || text.BlockBytes() >= size);
    text.Free(blocks);
    ASSERT_EQ(blocks.bytes(), 0) << size;
  }
}

TEST_F(RowsTest, TextOfEverySizeComesBackFromItsPlaceOrItsBlock) {
  ExpectEverySizeComesBack<24>(blocks_);
  ExpectEverySizeComesBack<58>(blocks_);
}

TEST_F(RowsTest, TextsInBlocksAreApart) {
  InlineText<24> one;
  InlineText<24> other;
  one.Assign(TextOf(100), blocks_);
  other.Assign(TextOf(101), blocks_);
  EXPECT_EQ(one.Get(blocks_), TextOf(100));
  EXPECT_EQ(other.Get(blocks_), TextOf(101));
  one.Free(blocks_);
  EXPECT_EQ(other.Get(blocks_), TextOf(101));
}

TEST_F(RowsTest, EmailAndNameOfEverySizeComeBack) {
  for (size_t email = 1; email <= 1020; email += email < 70 ? 1 : 95) {
    for (size_t name = 0; name <= 1020; name += name < 70 ? 1 : 95) {
      CustomerRow row;
      row.Assign(TextOf(email), TextOf(name), blocks_);
      ASSERT_EQ(row.Email(blocks_), TextOf(email)) << email << " " << name;
      ASSERT_EQ(row.Name(blocks_), TextOf(name)) << email << " " << name;
      row.text.Free(blocks_);
    }
  }
  EXPECT_EQ(blocks_.bytes(), 0);
}

TEST_F(RowsTest, TheLongestEmailAndNameComeBack) {
  CustomerRow row;
  row.Assign(TextOf(1020), TextOf(1020), blocks_);
  EXPECT_EQ(row.Email(blocks_), TextOf(1020));
  EXPECT_EQ(row.Name(blocks_), TextOf(1020));
}

TEST(BarcodeRowTest, WordHoldsOrderAndUse) {
  for (const uint32_t order : {0u, 1u, 0x7fffffffu}) {
    for (const bool used : {false, true}) {
      const uint32_t word = BarcodeRow::WordOf(order, used);
      EXPECT_EQ(BarcodeRow::OrderOf(word), order);
      EXPECT_EQ(BarcodeRow::IsUsed(word), used);
    }
  }
}

}  // namespace
}  // namespace orderstore::table
