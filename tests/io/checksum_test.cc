#include "io/checksum.h"

#include <cstdint>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace orderstore::io {
namespace {

// Files are full of them: they may never change.
TEST(ChecksumTest, ChecksumsAreThoseOfXxh3) {
  EXPECT_EQ(Checksum(""), 0x2d06800538d394c2U);
  EXPECT_EQ(Checksum("a"), 0xe6c632b61e964e1fU);
  EXPECT_EQ(Checksum("abc"), 0x78af5f94892f3950U);
}

TEST(ChecksumTest, EveryBitCounts) {
  constexpr size_t kSizes[] = {1, 3, 8, 16, 17, 128, 129, 240, 241, 4096};
  for (const size_t size : kSizes) {
    std::string bytes(size, '\0');
    std::set<uint64_t> seen = {Checksum(bytes)};
    for (size_t bit = 0; bit < size * 8; ++bit) {
      char& byte = bytes[bit / 8];
      const auto flip = static_cast<char>(1 << bit % 8);
      byte = static_cast<char>(byte ^ flip);
      seen.insert(Checksum(bytes));
      byte = static_cast<char>(byte ^ flip);
    }
    EXPECT_EQ(seen.size(), size * 8 + 1) << size;
  }
}

TEST(ChecksumTest, TheLengthCounts) {
  std::set<uint64_t> seen;
  for (size_t size = 0; size < 1000; ++size) {
    seen.insert(Checksum(std::string(size, '\0')));
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(ChecksumTest, TheAddressDoesNotCount) {
  const std::string bytes(500, 'x');
  const std::string shifted = "?" + bytes;
  EXPECT_EQ(Checksum(bytes), Checksum(std::string_view(shifted).substr(1)));
}

}  // namespace
}  // namespace orderstore::io
