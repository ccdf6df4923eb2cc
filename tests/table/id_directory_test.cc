#include "table/id_directory.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/address_space.h"
#include "table/tables.h"

namespace orderstore::table {
namespace {

constexpr int64_t kNoEnd = int64_t{kIdMax} + 1;
constexpr uint32_t kPage = IdDirectory<RowEntry>::kPageIds;

class IdDirectoryTest : public testing::Test {
 protected:
  void Put(uint32_t id) {
    directory_.Touch(id);
    directory_.Occupy(id);
    directory_[id].slot.store(7);
  }
  void Take(uint32_t id) {
    directory_[id].slot.store(0);
    directory_.Vacate(id);
  }

  std::vector<uint32_t> Ids(int64_t end = kNoEnd) const {
    std::vector<uint32_t> ids;
    for (uint32_t id = directory_.FirstFrom(1, end); id != 0;
         id = id == kIdMax ? 0 : directory_.FirstFrom(id + 1, end)) {
      ids.push_back(id);
    }
    return ids;
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  IdDirectory<RowEntry> directory_{*space_};
};

TEST_F(IdDirectoryTest, EntriesBeginAsZeros) {
  for (uint32_t id : {1u, kPage, 1u << 30, kIdMax}) {
    EXPECT_EQ(directory_[id].slot.load(), 0);
    EXPECT_FALSE(directory_.PageOccupied(id));
  }
  EXPECT_EQ(Ids(), std::vector<uint32_t>());
  EXPECT_EQ(directory_.bytes(), 0);
}

TEST_F(IdDirectoryTest, SparseIdsAreFoundInOrderUpToTheLastId) {
  const std::vector<uint32_t> ids = {
      1, 2, kPage - 1, kPage, 5000, 1u << 20, 1u << 30, kIdMax - 1, kIdMax};
  for (uint32_t id : ids) Put(id);
  EXPECT_EQ(Ids(), ids);
  EXPECT_EQ(directory_.FirstFrom(5001, kNoEnd), 1u << 20);
  EXPECT_EQ(directory_.FirstFrom(kIdMax, kNoEnd), kIdMax);
}

TEST_F(IdDirectoryTest, NothingIsFoundFromTheEndOn) {
  for (uint32_t id : {10u, 20u, 5000u}) Put(id);
  EXPECT_EQ(Ids(10), std::vector<uint32_t>());
  EXPECT_EQ(Ids(11), std::vector<uint32_t>{10});
  EXPECT_EQ(Ids(20), std::vector<uint32_t>{10});
  EXPECT_EQ(Ids(5000), (std::vector<uint32_t>{10, 20}));
  EXPECT_EQ(directory_.FirstFrom(30, 20), 0);
  EXPECT_EQ(directory_.FirstFrom(kIdMax, kIdMax), 0);
}

TEST_F(IdDirectoryTest, OccupiedEntriesWithoutASlotArePassedOver) {
  directory_.Occupy(10);
  Put(20);
  EXPECT_EQ(Ids(), std::vector<uint32_t>{20});
}

TEST_F(IdDirectoryTest, PageGoesWithItsLastEntry) {
  constexpr auto kPageBytesOfEntries =
      static_cast<int64_t>(kPage * sizeof(RowEntry));
  Put(5);
  Put(6);
  Put(kPage + 5);
  EXPECT_EQ(directory_.bytes(), 2 * kPageBytesOfEntries);
  Take(5);
  EXPECT_TRUE(directory_.PageOccupied(6));
  EXPECT_EQ(directory_.bytes(), 2 * kPageBytesOfEntries);
  directory_[7].slot.store(1);  // to see the page go
  Take(6);
  EXPECT_FALSE(directory_.PageOccupied(6));
  EXPECT_EQ(directory_.bytes(), kPageBytesOfEntries);
  EXPECT_EQ(directory_[7].slot.load(), 0);
  EXPECT_EQ(Ids(), std::vector<uint32_t>{kPage + 5});
  Put(6);
  EXPECT_EQ(Ids(), (std::vector<uint32_t>{6, kPage + 5}));
}

TEST_F(IdDirectoryTest, FullPagesAreCountedRight) {
  for (uint32_t id = kPage; id < 2 * kPage; ++id) Put(id);
  for (uint32_t id = kPage; id < 2 * kPage - 1; ++id) Take(id);
  EXPECT_TRUE(directory_.PageOccupied(kPage));
  Take(2 * kPage - 1);
  EXPECT_FALSE(directory_.PageOccupied(kPage));
}

TEST_F(IdDirectoryTest, ANewPageTakesOneFault) {
  if (TestScalePercent() < 100) {
    GTEST_SKIP() << "the shadow memory of sanitizers has faults, too";
  }
  constexpr uint32_t kPages = 2000;
  const auto faults = [] {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  const auto before = faults();
  for (uint32_t page = 1; page <= kPages; ++page) {
    directory_.Touch(page * kPage);
    EXPECT_EQ(directory_[page * kPage].slot.load(), 0);
    directory_[page * kPage].slot.store(7);
  }
  EXPECT_LT(faults() - before, kPages * 3 / 2);
}

TEST_F(IdDirectoryTest, IsASortedSet) {
  for (uint64_t seed : TestSeeds(3)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::set<uint32_t> model;
    for (int step = 0; step < 5000; ++step) {
      const uint32_t range = uint32_t{1} << (8 + random.Below(24));
      const uint32_t id = std::max<uint32_t>(
          1, static_cast<uint32_t>(random.Below(0x7fffffff)) % range);
      if (model.contains(id)) {
        Take(id);
        model.erase(id);
      } else if (random.OneIn(2) || model.empty()) {
        Put(id);
        model.insert(id);
      } else {
        const uint32_t next = *model.lower_bound(std::min(id, *model.rbegin()));
        ASSERT_EQ(directory_.FirstFrom(std::min(id, *model.rbegin()), kNoEnd),
                  next);
        Take(next);
        model.erase(next);
      }
    }
    EXPECT_EQ(Ids(), std::vector<uint32_t>(model.begin(), model.end()));
    for (uint32_t id : model) Take(id);
    EXPECT_EQ(directory_.bytes(), 0);
  }
}

TEST_F(IdDirectoryTest, ScansFindStableIdsWhilePagesComeAndGo) {
  const std::vector<uint32_t> stable = {3, 500 * kPage, 100'000 * kPage};
  for (uint32_t id : stable) Put(id);
  const int64_t scans_wanted = std::max<int64_t>(Scaled(20'000), 2'000);
  const int64_t pages_wanted = 5 * scans_wanted;
  std::atomic<bool> done = false;
  std::atomic<int64_t> scans = 0;
  std::atomic<int64_t> misses = 0;
  std::thread reader([&] {
    for (; !done.load(); ++scans) {
      const std::vector<uint32_t> ids = Ids();
      if (!std::includes(ids.begin(), ids.end(), stable.begin(),
                         stable.end())) {
        ++misses;
      }
    }
  });
  for (int64_t i = 0; i < pages_wanted || scans.load() < scans_wanted; ++i) {
    const uint32_t id = 70 * kPage * (i % 2 == 0 ? 1 : 64);
    Put(id);
    Take(id);
  }
  done = true;
  reader.join();
  EXPECT_EQ(misses.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
