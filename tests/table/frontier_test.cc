#include "table/frontier.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "no_threads.h"
#include "orderstore/store.h"
#include "pages_in_memory.h"
#include "table/address_space.h"
#include "table/block_pool.h"
#include "table/id_directory.h"
#include "table/pool.h"
#include "table/tables.h"
#include "wait_until.h"

namespace orderstore::table {
namespace {

constexpr auto kPagesOfAHugePage =
    static_cast<int64_t>(kHugePageBytes / kPageBytes);
constexpr size_t kArrayBytes = 8 * kHugePageBytes;

// Whether the kernel was asked for huge pages at this address.
bool HugePagesAskedFor(const void* at) {
  std::ifstream maps("/proc/self/smaps");
  const auto address = reinterpret_cast<uintptr_t>(at);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      inside = begin <= address && address < end;
    } else if (inside && line.starts_with("VmFlags:")) {
      return line.find(" hg") != std::string::npos;
    }
  }
  return false;
}

// Whether this kernel can back pages before they are touched.
bool KernelCanBackAhead() {
  void* page = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool can = madvise(page, kPageBytes, MADV_POPULATE_WRITE) == 0;
  munmap(page, kPageBytes);
  return can;
}

class FrontierTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!KernelCanBackAhead()) GTEST_SKIP() << "not before Linux 5.14";
    if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) {
      GTEST_SKIP() << "this kernel has no huge pages";
    }
  }

  static std::unique_ptr<AddressSpace> Reserve(bool huge_pages) {
    return AddressSpace::Reserve(size_t{64} << 30, huge_pages).value();
  }
  static char* CarveArray(AddressSpace& space) {
    return space.Carve<char>(kArrayBytes, AddressSpace::Touch::kDense);
  }
  // Pages of the huge page `number` of the array that take memory.
  static int64_t InMemory(const void* array, size_t number) {
    return PagesInMemory(
        static_cast<const char*>(array) + number * kHugePageBytes,
        kHugePageBytes);
  }
  static bool IsBacked(const void* array, size_t number) {
    return InMemory(array, number) == kPagesOfAHugePage;
  }
  // Until all that was asked for is done: requests are done in turn.
  void FinishRequests() {
    space_->BackAhead(last_requests_ + requests_ * kHugePageBytes);
    EXPECT_TRUE(WaitUntil([&] { return IsBacked(last_requests_, requests_); }));
    ++requests_;
  }

  const std::unique_ptr<AddressSpace> space_ = Reserve(/*huge_pages=*/true);

 private:
  // What FinishRequests asks for, a page each time.
  char* const last_requests_ = CarveArray(*space_);
  size_t requests_ = 0;
};

TEST_F(FrontierTest, TheNextPageIsBackedBeforeItIsTouchedAndNoOther) {
  char* const array = CarveArray(*space_);
  Frontier frontier(*space_, array);
  frontier.Reach(array + kHugePageBytes * 7 / 8 + 1);
  FinishRequests();
  EXPECT_TRUE(IsBacked(array, 1));
  EXPECT_EQ(InMemory(array, 2), 0);
  frontier.Reach(array + kHugePageBytes);
  frontier.Reach(array + 2 * kHugePageBytes);
  FinishRequests();
  EXPECT_TRUE(IsBacked(array, 2));
  EXPECT_EQ(InMemory(array, 0), 0) << "the page that is being filled";
  EXPECT_EQ(InMemory(array, 3), 0);
}

TEST_F(FrontierTest, SevenEighthsOfAPageAskForNothing) {
  char* const array = CarveArray(*space_);
  Frontier(*space_, array).Reach(array + kHugePageBytes * 7 / 8);
  FinishRequests();
  EXPECT_EQ(InMemory(array, 1), 0);
}

TEST_F(FrontierTest, ALeapAsksForEveryPageOnTheWay) {
  char* const array = CarveArray(*space_);
  Frontier(*space_, array).Reach(array + 3 * kHugePageBytes);
  FinishRequests();
  for (const size_t page : {1u, 2u, 3u}) EXPECT_TRUE(IsBacked(array, page));
  EXPECT_EQ(InMemory(array, 4), 0);
}

TEST_F(FrontierTest, BehindTheLastArrayNothingIsBacked) {
  char* const array = CarveArray(*space_);
  Frontier(*space_, array).Reach(array + kArrayBytes);
  FinishRequests();
  EXPECT_TRUE(IsBacked(array, kArrayBytes / kHugePageBytes - 1));
  EXPECT_EQ(InMemory(array, kArrayBytes / kHugePageBytes), 0);
}

TEST_F(FrontierTest, WithoutHugePagesNothingIsBacked) {
  const auto space = Reserve(/*huge_pages=*/false);
  char* const array = CarveArray(*space);
  Frontier(*space, array).Reach(array + kHugePageBytes);
  EXPECT_EQ(InMemory(array, 1), 0);
}

TEST_F(FrontierTest, WithoutAThreadPagesAreBackedWhenTheyAreTouched) {
  const NoThreads no_threads;
  const auto space = Reserve(/*huge_pages=*/true);
  char* const array = CarveArray(*space);
  Frontier(*space, array).Reach(array + kHugePageBytes);
  EXPECT_EQ(InMemory(array, 1), 0);
  array[kHugePageBytes] = 1;
  EXPECT_GT(InMemory(array, 1), 0);
  // As part of an array that is else sparse.
  char* const sparse =
      space->Carve<char>(kArrayBytes, AddressSpace::Touch::kSparse);
  space->BackAhead(sparse + kHugePageBytes);
  EXPECT_TRUE(HugePagesAskedFor(sparse + kHugePageBytes));
  EXPECT_TRUE(Store::OpenInMemory({.huge_pages = true}).ok());
}

TEST_F(FrontierTest, PoolsKeepAPageAhead) {
  struct alignas(64) Item {
    uint64_t value = 0;
  };
  Pool<Item> pool(*space_, 1 << 20);
  BlockPool blocks(*space_);
  constexpr size_t kItems = kHugePageBytes * 15 / 16 / sizeof(Item);
  for (size_t i = 0; i < kItems; ++i) {
    pool.Allocate();
    blocks.Allocate(BlockPool::ClassFor(sizeof(Item)));
  }
  FinishRequests();
  EXPECT_TRUE(IsBacked(&pool[0], 1));
  EXPECT_TRUE(IsBacked(blocks.As<char>(0), 1));
}

// ---- Ids -------------------------------------------------------------------

class IdFrontierTest : public FrontierTest {
 protected:
  static constexpr uint32_t kPageIds = IdDirectory<RowEntry>::kPageIds;
  static constexpr uint32_t kHugeIds = kHugePageBytes / sizeof(RowEntry);

  void Put(uint32_t id) {
    ids_.Touch(id);
    ids_.Occupy(id);
  }
  // One id of each page in [begin, end).
  void PutFrom(uint32_t begin, uint32_t end) {
    for (uint32_t id = begin; id < end; id += kPageIds) Put(id);
  }
  bool HasHugePages(uint32_t number) const {
    return HugePagesAskedFor(&ids_[number * kHugeIds]);
  }

  IdDirectory<RowEntry> ids_{*space_};
};

TEST_F(IdFrontierTest, IdsThatFollowOneAnotherKeepAHugePageAhead) {
  Put(1);
  EXPECT_TRUE(HasHugePages(0));
  // Any id of a page will do.
  PutFrom(kPageIds + 7, kHugeIds * 7 / 8);
  FinishRequests();
  EXPECT_FALSE(HasHugePages(1)) << "not yet";
  Put(kHugeIds * 7 / 8 + 7);
  FinishRequests();
  EXPECT_TRUE(HasHugePages(1));
  EXPECT_TRUE(IsBacked(&ids_[0], 1));
  EXPECT_EQ(InMemory(&ids_[0], 2), 0);
}

TEST_F(IdFrontierTest, BehindAHoleNoHugePageIsAskedFor) {
  PutFrom(kPageIds, kHugeIds);
  FinishRequests();
  EXPECT_FALSE(HasHugePages(0));
  EXPECT_FALSE(HasHugePages(1));
  EXPECT_EQ(InMemory(&ids_[0], 1), 0);
}

TEST_F(IdFrontierTest, BehindTheLastIdNoHugePageIsAskedFor) {
  PutFrom(kIdMax - kHugeIds + 1, kIdMax - kPageIds);
  FinishRequests();
  EXPECT_FALSE(HugePagesAskedFor(&ids_[0] + int64_t{kIdMax} + 1));
}

TEST_F(IdFrontierTest, WithoutHugePagesThereAreNone) {
  const auto space = Reserve(/*huge_pages=*/false);
  IdDirectory<RowEntry> ids(*space);
  for (uint32_t id = 1; id < kHugeIds; ++id) {
    ids.Touch(id);
    ids.Occupy(id);
  }
  EXPECT_FALSE(HugePagesAskedFor(&ids[0]));
  EXPECT_FALSE(HugePagesAskedFor(&ids[kHugeIds]));
}

// ---- The thread -------------------------------------------------------------

TEST_F(FrontierTest, TheSpaceGoesWithRequestsLeft) {
  for (int i = 0; i < 20; ++i) {
    const auto space = Reserve(/*huge_pages=*/true);
    char* const array = CarveArray(*space);
    Frontier(*space, array).Reach(array + kArrayBytes);
  }
}

TEST_F(FrontierTest, MoreRequestsThanThereIsRoomForDoNoHarm) {
  constexpr size_t kPages = 100;
  char* const array = space_->Carve<char>((kPages + 1) * kHugePageBytes,
                                          AddressSpace::Touch::kDense);
  Frontier(*space_, array).Reach(array + kPages * kHugePageBytes);
  EXPECT_TRUE(WaitUntil([&] { return IsBacked(array, 1); }));
  array[kPages * kHugePageBytes] = 1;
  EXPECT_EQ(array[kPages * kHugePageBytes], 1);
}

}  // namespace
}  // namespace orderstore::table
