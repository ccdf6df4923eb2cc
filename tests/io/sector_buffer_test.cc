#include "io/sector_buffer.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

namespace orderstore::io {
namespace {

TEST(SectorBufferTest, SizesAreWholeSectors) {
  static_assert(RoundUpToSectors(0) == 0);
  static_assert(RoundUpToSectors(1) == 4096);
  static_assert(RoundUpToSectors(4096) == 4096);
  static_assert(RoundUpToSectors(4097) == 8192);
  EXPECT_EQ(SectorBuffer(0).size(), 0U);
  EXPECT_EQ(SectorBuffer(5000).size(), 8192U);
}

TEST(SectorBufferTest, MemoryIsAlignedAndZero) {
  constexpr size_t kSizes[] = {1, 4096, 100'000, 1 << 20};
  for (const size_t bytes : kSizes) {
    const SectorBuffer buffer(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % kSectorBytes, 0U);
    EXPECT_EQ(
        std::string_view(buffer.data(), buffer.size()).find_first_not_of('\0'),
        std::string_view::npos);
  }
}

TEST(SectorBufferTest, MovingKeepsTheBytes) {
  SectorBuffer buffer(1);
  buffer.data()[0] = 'x';
  const SectorBuffer moved = std::move(buffer);
  EXPECT_EQ(moved.size(), kSectorBytes);
  EXPECT_EQ(moved.first(1)[0], 'x');
  EXPECT_EQ(moved.first(100).size(), 100U);
}

}  // namespace
}  // namespace orderstore::io
