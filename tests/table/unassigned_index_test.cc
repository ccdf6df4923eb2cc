#include "table/unassigned_index.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/address_space.h"

namespace orderstore::table {
namespace {

using Ids = std::vector<uint32_t>;

class UnassignedIndexTest : public testing::Test {
 protected:
  Ids Candidates(Tick tick) const {
    Ids ids;
    for (uint32_t id = index_.FirstCandidateFrom(1, tick); id != 0;
         id = id == kIdMax ? 0 : index_.FirstCandidateFrom(id + 1, tick)) {
      ids.push_back(id);
    }
    return ids;
  }
  Ids Available() const {
    Ids ids;
    for (uint32_t id = index_.FirstAvailableFrom(1); id != 0;
         id = id == kIdMax ? 0 : index_.FirstAvailableFrom(id + 1)) {
      ids.push_back(id);
    }
    return ids;
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  UnassignedIndex index_{*space_};
};

TEST_F(UnassignedIndexTest, BegunIdsAreCandidatesOfEveryView) {
  const Ids ids = {1, 63, 64, 70'000, 1u << 30, kIdMax};
  for (uint32_t id : ids) index_.Begin(id);
  for (Tick tick : {Tick{0}, Tick{1}, Tick{1'000'000}}) {
    EXPECT_EQ(Candidates(tick), ids);
  }
  EXPECT_TRUE(index_.UnassignedNow(64));
  EXPECT_FALSE(index_.UnassignedNow(65));
}

TEST_F(UnassignedIndexTest, EndedIdsAreCandidatesOfOlderViewsOnly) {
  for (uint32_t id : {10u, 20u, 5000u, 1u << 29}) index_.Begin(id);
  index_.End(20, 7);
  index_.End(5000, 9);
  EXPECT_EQ(Candidates(6), (Ids{10, 20, 5000, 1u << 29}));
  EXPECT_EQ(Candidates(9), (Ids{10, 1u << 29}));
  EXPECT_FALSE(index_.UnassignedNow(20));
}

TEST_F(UnassignedIndexTest, AnIdThatBeginsAgainIsACandidateAgain) {
  index_.Begin(20);
  index_.End(20, 7);
  index_.Begin(20);
  for (Tick tick = 6; tick <= 8; ++tick) {
    EXPECT_EQ(Candidates(tick), Ids{20}) << tick;
  }
}

TEST_F(UnassignedIndexTest, ForgottenIdsAreNoOnesCandidates) {
  index_.Begin(20);
  index_.Begin(5000);
  index_.End(20, 7);
  index_.Forget(20);
  EXPECT_EQ(Candidates(1), Ids{5000});
  EXPECT_EQ(Candidates(7), Ids{5000});
}

TEST_F(UnassignedIndexTest, NewViewsPassOverWhatWasSoldUnderAnOldOne) {
  constexpr uint32_t kSold = 200'000;
  for (uint32_t id = 1; id <= kSold + 1; ++id) index_.Begin(id);
  for (uint32_t id = 1; id <= kSold; ++id) index_.End(id, 10 + id);
  EXPECT_EQ(index_.FirstCandidateFrom(1, 10 + kSold), kSold + 1);
  EXPECT_EQ(index_.FirstCandidateFrom(1, 10), 1);
  EXPECT_EQ(Candidates(10).size(), kSold + 1);
}

TEST_F(UnassignedIndexTest, AvailableIdsAreKeptApart) {
  for (uint32_t id : {10u, 20u, kIdMax}) index_.Begin(id);
  index_.SetAvailable(20, true);
  index_.SetAvailable(kIdMax, true);
  EXPECT_EQ(Available(), (Ids{20, kIdMax}));
  EXPECT_FALSE(index_.Available(10));
  index_.SetAvailable(20, false);
  EXPECT_EQ(Available(), Ids{kIdMax});
  EXPECT_TRUE(index_.UnassignedNow(20));
  EXPECT_EQ(Candidates(1), (Ids{10, 20, kIdMax}));
}

TEST_F(UnassignedIndexTest, ReleasedRangesGiveTheirMemoryBack) {
  constexpr uint32_t kRange = IdBitmap::kReleaseIds;
  EXPECT_EQ(index_.bytes(), 0);
  index_.Begin(5);
  const int64_t bytes = index_.bytes();
  EXPECT_GT(bytes, 0);
  index_.Begin(6);
  EXPECT_EQ(index_.bytes(), bytes);
  index_.Begin(kRange);
  EXPECT_EQ(index_.bytes(), 2 * bytes);
  index_.End(5, 3);
  index_.End(6, 3);
  index_.Forget(5);
  index_.Forget(6);
  index_.ReleaseAround(5);
  EXPECT_EQ(index_.bytes(), bytes);
  index_.ReleaseAround(6);
  EXPECT_EQ(index_.bytes(), bytes) << "once only";
  EXPECT_EQ(Candidates(1), Ids{kRange});
  index_.Begin(6);
  EXPECT_EQ(Candidates(1), (Ids{6, kRange}));
}

// Random lives of barcodes, with views of random ages: every candidate list is
// a superset of what was unassigned at its tick, and that of the newest tick
// exact.
TEST_F(UnassignedIndexTest, CandidatesAreASupersetAtEveryTick) {
  for (uint64_t seed : TestSeeds(4)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::set<uint32_t> now;
    std::map<Tick, std::set<uint32_t>> views;
    const Tick first = 1000 * seed;
    for (Tick tick = first; tick < first + 150; ++tick) {
      for (int change = random.Below(20); change > 0; --change) {
        const auto id = static_cast<uint32_t>(
            random.OneIn(2) ? 1 + random.Below(300)
                            : (1 + random.Below(20)) * 99'999'999);
        if (now.insert(id).second) {
          index_.Begin(id);
        } else {
          now.erase(id);
          index_.End(id, tick);
          const bool kept = std::any_of(
              views.begin(), views.end(),
              [id](const auto& v) { return v.second.contains(id); });
          if (!kept) index_.Forget(id);
        }
      }
      ASSERT_EQ(Candidates(tick), Ids(now.begin(), now.end()));
      if (random.OneIn(5)) views[tick] = now;
      for (const auto& [at, unassigned] : views) {
        const Ids found = Candidates(at);
        ASSERT_TRUE(std::includes(found.begin(), found.end(),
                                  unassigned.begin(), unassigned.end()))
            << "the view of tick " << at << " at tick " << tick;
      }
    }
    for (uint32_t id : now) index_.End(id, first + 200);
    for (const auto& [at, unassigned] : views) {
      for (uint32_t id : unassigned) index_.Forget(id);
    }
    for (uint32_t id : now) index_.Forget(id);
    ASSERT_EQ(Candidates(0), Ids());
  }
}

// The reader looks at the very id that is about to be sold, in words of which
// none was sold since its view.
TEST_F(UnassignedIndexTest, OldViewsFindWhatIsSoldAtThisMoment) {
  constexpr uint32_t kCount = 100'000;
  std::atomic<uint32_t> next = 0;  // what is sold next; 0: between two rounds
  std::atomic<Tick> view = 0;
  std::atomic<bool> done = false;
  std::atomic<int64_t> looks = 0;
  std::atomic<int64_t> misses = 0;
  std::thread reader([&] {
    for (; !done.load(); ++looks) {
      const Tick tick = view.load();
      const uint32_t id = next.load();
      if (id == 0) continue;
      const bool found = index_.FirstCandidateFrom(id, tick) == id;
      // While the round lasts, nothing is forgotten.
      if (!found && view.load() == tick) ++misses;
    }
  });
  const int64_t rounds = std::max<int64_t>(Scaled(100), 8);
  Tick tick = 1;
  for (int64_t round = 0; round < rounds || looks.load() < 10'000; ++round) {
    for (uint32_t i = 1; i <= kCount; ++i) index_.Begin(64 * i);
    view = tick;
    for (uint32_t i = 1; i <= kCount; ++i) {
      next.store(64 * i, std::memory_order_relaxed);
      index_.End(64 * i, ++tick);
    }
    next = 0;
    view = 0;
  }
  done = true;
  reader.join();
  EXPECT_EQ(misses.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
