#include "table/address_space.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "orderstore/options.h"
#include "pages_in_memory.h"
#include "table/tables.h"

namespace orderstore::table {
namespace {

constexpr size_t kHugePage = kHugePageBytes;

std::unique_ptr<AddressSpace> Reserve(size_t bytes, bool huge_pages = false) {
  return AddressSpace::Reserve(bytes, huge_pages).value();
}

TEST(AddressSpaceTest, ArraysAreZeroAlignedAndApart) {
  const auto space = Reserve(size_t{1} << 30);
  char* first = space->Carve<char>(100, AddressSpace::Touch::kDense);
  char* second = space->Carve<char>(kHugePage, AddressSpace::Touch::kSparse);
  char* third = space->Carve<char>(1, AddressSpace::Touch::kDense);
  for (char* array : {first, second, third}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array) % kHugePage, 0);
    EXPECT_EQ(*array, 0);
  }
  EXPECT_GE(second, first + 100);
  EXPECT_GE(third, second + kHugePage);
  EXPECT_EQ(second[kHugePage - 1], 0);
}

TEST(AddressSpaceTest, SmallSparseArraysLieClose) {
  const auto space = Reserve(size_t{1} << 30);
  char* first = space->Carve<char>(100, AddressSpace::Touch::kSparse);
  char* second =
      space->Carve<char>(kPageBytes + 1, AddressSpace::Touch::kSparse);
  char* third = space->Carve<char>(1, AddressSpace::Touch::kSparse);
  EXPECT_EQ(second - first, ptrdiff_t{kPageBytes});
  EXPECT_EQ(third - second, ptrdiff_t{2 * kPageBytes});
  char* large = space->Carve<char>(kHugePage, AddressSpace::Touch::kSparse);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(large) % kHugePage, 0);
}

TEST(AddressSpaceTest, OneTouchedPlaceOfASparseArrayTakesOnePage) {
  const auto space = Reserve(size_t{1} << 30, /*huge_pages=*/true);
  constexpr size_t kBytes = 8 * kHugePage;
  char* array = space->Carve<char>(kBytes, AddressSpace::Touch::kSparse);
  EXPECT_EQ(PagesInMemory(array, kBytes), 0);
  array[3 * kHugePage + 17] = 1;
  EXPECT_EQ(PagesInMemory(array, kBytes), 1);
}

TEST(AddressSpaceTest, ReleasedPagesReadAsZerosAndTakeNoMemory) {
  const auto space = Reserve(size_t{1} << 30);
  constexpr size_t kBytes = 4 * kPageBytes;
  char* array = space->Carve<char>(kBytes, AddressSpace::Touch::kSparse);
  for (size_t i = 0; i < kBytes; ++i) array[i] = 1;
  AddressSpace::Release(array, 2 * kPageBytes);
  EXPECT_EQ(PagesInMemory(array, kBytes), 2);
  EXPECT_EQ(array[0], 0);
  EXPECT_EQ(array[2 * kPageBytes - 1], 0);
  EXPECT_EQ(array[2 * kPageBytes], 1);
}

TEST(AddressSpaceTest, PagesThatAreOnlyPartlyReleasedAreKept) {
  const auto space = Reserve(size_t{1} << 30);
  char* array =
      space->Carve<char>(4 * kPageBytes, AddressSpace::Touch::kSparse);
  for (size_t i = 0; i < 4 * kPageBytes; ++i) array[i] = 1;
  AddressSpace::Release(array + 1, kPageBytes);
  AddressSpace::Release(array + 1, 2 * kPageBytes - 2);
  AddressSpace::Release(array, kPageBytes - 1);
  for (size_t i = 0; i < 4 * kPageBytes; ++i) ASSERT_EQ(array[i], 1) << i;
  AddressSpace::Release(array + 1, 3 * kPageBytes);
  EXPECT_EQ(array[kPageBytes - 1], 1);
  EXPECT_EQ(array[kPageBytes], 0);
  EXPECT_EQ(array[3 * kPageBytes - 1], 0);
  EXPECT_EQ(array[3 * kPageBytes], 1);
}

TEST(AddressSpaceTest, TheRangeGoesWithTheObject) {
  const char* array = nullptr;
  {
    const auto space = Reserve(size_t{1} << 30);
    array = space->Carve<char>(1, AddressSpace::Touch::kDense);
  }
  unsigned char page = 0;
  EXPECT_EQ(mincore(const_cast<char*>(array), kPageBytes, &page), -1);
}

// ---- Errors ----------------------------------------------------------------

TEST(AddressSpaceTest, MoreThanTheAddressesOfTheMachineIsRefused) {
  const auto space = AddressSpace::Reserve(size_t{1} << 60, false);
  EXPECT_EQ(space.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string message(space.status().message());
  EXPECT_NE(message.find("1073741824 GiB"), std::string::npos) << message;
  for (const char* cause : {"ulimit -v", "vm.overcommit_memory",
                            "no addresses left, which some 200 open stores"}) {
    EXPECT_NE(message.find(cause), std::string::npos) << message;
  }
}

// The address space that this process has now and `more_bytes`, as `ulimit -v`
// would limit it.
void LimitAddressSpaceTo(size_t more_bytes) {
  size_t pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%zu", &pages) != 1) std::abort();
  std::fclose(file);
  const rlim_t bytes = pages * kPageBytes + more_bytes;
  const rlimit limit = {bytes, bytes};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::abort();
}

TEST(AddressSpaceDeathTest, UnderALimitTablesAreRefusedAndNothingIsTaken) {
  const auto under_a_limit = [] {
    LimitAddressSpaceTo(size_t{2} << 30);
    const auto tables = Tables::Create(Options());
    const bool refused =
        tables.status().code() == absl::StatusCode::kResourceExhausted;
    const auto little = AddressSpace::Reserve(size_t{1} << 30, false);
    std::fprintf(stderr, "%s\n", tables.status().ToString().c_str());
    std::_Exit(refused && little.ok() ? 0 : 1);
  };
  EXPECT_EXIT(under_a_limit(), testing::ExitedWithCode(0), "cannot reserve");
}

}  // namespace
}  // namespace orderstore::table
