#include "table/child_index.h"

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
#include "table/limbo.h"
#include "table/view_registry.h"

namespace orderstore::table {
namespace {

using Wanted = ChildIndex::Wanted;

// Entries of a long list's chunk.
constexpr uint32_t kChunk = 1016;
constexpr Tick kNewest = 1'000'000;

class ChildIndexTest : public testing::Test {
 public:
  // Inserts the slots first .. last, current and unflagged since `tick`, and
  // expects the positions to follow each other.
  void Fill(uint32_t first, uint32_t last, Tick tick = 1) {
    for (uint32_t slot = first; slot <= last; ++slot) {
      const uint32_t position = index_.Insert(anchor_, slot);
      ASSERT_EQ(position, slot - 1);
      index_.AddCurrent(anchor_, position, false, 1, tick);
    }
  }

  std::multiset<uint32_t> Slots(Wanted wanted = Wanted::kAll,
                                Tick tick = 0) const {
    std::multiset<uint32_t> slots;
    index_.ForEach(anchor_, wanted, tick, [&](uint32_t slot) {
      slots.insert(slot);
      return true;
    });
    return slots;
  }
  static std::multiset<uint32_t> FromTo(uint32_t first, uint32_t last) {
    std::multiset<uint32_t> slots;
    for (uint32_t slot = first; slot <= last; ++slot) slots.insert(slot);
    return slots;
  }

  int64_t BytesInUse() {
    limbo_.Drain();
    return index_.bytes();
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  ViewRegistry views_;
  Limbo limbo_{views_, uncounted_bytes};
  ChildIndex index_{*space_, limbo_};
  ChildIndex::Anchor anchor_ = 0;
};

// ---- Forms -----------------------------------------------------------------

TEST_F(ChildIndexTest, NoChildAndOneChildTakeNoMemory) {
  EXPECT_EQ(Slots(), FromTo(1, 0));
  Fill(1, 1);
  EXPECT_EQ(Slots(), FromTo(1, 1));
  EXPECT_EQ(index_.bytes(), 0);
  index_.Remove(anchor_, 0);
  EXPECT_EQ(anchor_.load(), 0);
  EXPECT_EQ(Slots(), FromTo(1, 0));
}

TEST_F(ChildIndexTest, ListsGrowThroughAllFormsAndPositionsStay) {
  struct Step {
    uint32_t children;
    int64_t bytes;
  };
  // Blocks of 3, 7, 15, 31 and 63; then a long list.
  constexpr int64_t kLong = 32 + 16 + 16 + 4096;
  for (const Step& step :
       {Step{1, 0}, Step{2, 16}, Step{3, 16}, Step{4, 32}, Step{7, 32},
        Step{8, 64}, Step{15, 64}, Step{16, 128}, Step{31, 128}, Step{32, 256},
        Step{63, 256}, Step{64, kLong}, Step{kChunk, kLong},
        Step{kChunk + 1, kLong + 4096}}) {
    const auto size = static_cast<uint32_t>(Slots().size());
    Fill(size + 1, step.children);
    EXPECT_EQ(Slots(), FromTo(1, step.children));
    EXPECT_EQ(BytesInUse(), step.bytes) << step.children;
  }
}

TEST_F(ChildIndexTest, EveryFormGoesBackToNothing) {
  for (uint32_t children :
       {1u, 2u, 3u, 4u, 8u, 63u, 64u, kChunk, kChunk + 1, 5 * kChunk + 3}) {
    Fill(1, children);
    for (uint32_t position = 0; position < children; ++position) {
      ASSERT_NE(anchor_.load(), 0);
      index_.Remove(anchor_, position);
    }
    EXPECT_EQ(anchor_.load(), 0) << children;
    EXPECT_EQ(BytesInUse(), 0) << children;
  }
}

TEST_F(ChildIndexTest, RemovedPlacesAreTakenAgain) {
  for (uint32_t children : {3u, 63u, kChunk, 3 * kChunk}) {
    Fill(1, children);
    const int64_t bytes = BytesInUse();
    std::set<uint32_t> removed = {1, children / 2, children - 1};
    for (uint32_t position : removed) index_.Remove(anchor_, position);
    std::set<uint32_t> again;
    for (size_t i = 0; i < removed.size(); ++i) {
      again.insert(index_.Insert(anchor_, 900'000 + static_cast<uint32_t>(i)));
    }
    EXPECT_EQ(again, removed);
    EXPECT_EQ(BytesInUse(), bytes);
    for (uint32_t p = 0; p < children; ++p) index_.Remove(anchor_, p);
  }
}

TEST_F(ChildIndexTest, AnEmptiedChunkOfALongListIsFreedAndComesBack) {
  Fill(1, 3 * kChunk);
  const int64_t bytes = BytesInUse();
  for (uint32_t p = kChunk; p < 2 * kChunk; ++p) index_.Remove(anchor_, p);
  EXPECT_EQ(BytesInUse(), bytes - 4096);
  EXPECT_EQ(Slots().size(), 2 * kChunk);
  std::set<uint32_t> positions;
  for (uint32_t i = 0; i < kChunk; ++i) {
    const uint32_t position = index_.Insert(anchor_, 10'000 + i);
    index_.AddCurrent(anchor_, position, false, 1, 2);
    positions.insert(position);
  }
  EXPECT_EQ(*positions.begin(), kChunk);
  EXPECT_EQ(*positions.rbegin(), 2 * kChunk - 1);
  EXPECT_EQ(positions.size(), kChunk);
  EXPECT_EQ(BytesInUse(), bytes);
  EXPECT_EQ(Slots().size(), 3 * kChunk);
}

TEST_F(ChildIndexTest, ForEachStopsWhenToldTo) {
  for (uint32_t children : {1u, 2u, 63u, 3 * kChunk}) {
    Fill(1, children);
    int calls = 0;
    index_.ForEach(anchor_, Wanted::kAll, 0,
                   [&](uint32_t) { return ++calls < 2; });
    EXPECT_EQ(calls, std::min(children, 2u));
    for (uint32_t p = 0; p < children; ++p) index_.Remove(anchor_, p);
  }
}

TEST_F(ChildIndexTest, ListsOfTwoParentsAreApart) {
  ChildIndex::Anchor other = 0;
  Fill(1, 100);
  for (uint32_t slot = 501; slot <= 700; ++slot) index_.Insert(other, slot);
  EXPECT_EQ(Slots(), FromTo(1, 100));
  for (uint32_t p = 0; p < 200; ++p) index_.Remove(other, p);
  EXPECT_EQ(Slots(), FromTo(1, 100));
}

TEST_F(ChildIndexTest, HasRoomForManyEntries) {
  EXPECT_TRUE(index_.HasRoomFor(100'000'000));
  EXPECT_FALSE(index_.HasRoomFor(uint64_t{1} << 32));
}

// ---- Chunks that hold nothing for a view are passed over -------------------

TEST_F(ChildIndexTest, NewViewsPassOverChunksWithoutCurrentChildren) {
  Fill(1, 3 * kChunk, /*tick=*/5);
  for (uint32_t p = kChunk; p < 2 * kChunk; ++p) {
    index_.AddCurrent(anchor_, p, false, -1, 10);
  }
  EXPECT_EQ(Slots(Wanted::kAll, 9), FromTo(1, 3 * kChunk));
  EXPECT_EQ(Slots(Wanted::kAll, 10).size(), 2 * kChunk);
  // One comes back: the chunk counts again.
  index_.AddCurrent(anchor_, kChunk + 7, false, 1, 12);
  EXPECT_EQ(Slots(Wanted::kAll, 12), FromTo(1, 3 * kChunk));
}

TEST_F(ChildIndexTest, ChunksAreCountedByFlag) {
  Fill(1, 3 * kChunk, /*tick=*/5);
  // The first chunk keeps no counts.
  EXPECT_EQ(Slots(Wanted::kFlagged, 5), FromTo(1, kChunk));
  EXPECT_EQ(Slots(Wanted::kUnflagged, 5), FromTo(1, 3 * kChunk));
  for (uint32_t p = kChunk; p < 2 * kChunk; ++p) {
    index_.AddCurrent(anchor_, p, false, -1, 10);
    index_.AddCurrent(anchor_, p, true, 1, 10);
  }
  EXPECT_EQ(Slots(Wanted::kFlagged, 10), FromTo(1, 2 * kChunk));
  EXPECT_EQ(Slots(Wanted::kUnflagged, 10).size(), 2 * kChunk);
  EXPECT_EQ(Slots(Wanted::kAll, 10), FromTo(1, 3 * kChunk));
  // An older view cannot trust the counts.
  EXPECT_EQ(Slots(Wanted::kFlagged, 9), FromTo(1, 2 * kChunk));
  EXPECT_EQ(Slots(Wanted::kUnflagged, 9), FromTo(1, 3 * kChunk));
}

// ---- Against a model -------------------------------------------------------

// Children that come, change their flag, end, and are removed later.
TEST_F(ChildIndexTest, ViewsFindASupersetOfWhatTheySee) {
  struct Child {
    uint32_t slot;
    bool flag;
    bool current;
  };
  for (uint64_t seed : TestSeeds(4)) {
    for (const int32_t children_max : {3, 70, 1500, 20'000}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", children " +
                   std::to_string(children_max));
      SeededRandom random(seed);
      std::map<uint32_t, Child> model;  // by position
      uint32_t next_slot = 1;
      Tick tick = 1;
      const auto any = [&] {
        auto child = model.lower_bound(
            static_cast<uint32_t>(random.Below(children_max)));
        return child == model.end() ? model.begin() : child;
      };
      const auto remove = [&](auto child) {
        index_.Remove(anchor_, child->first);
        model.erase(child);
      };
      const auto end = [&](auto child) {
        index_.AddCurrent(anchor_, child->first, child->second.flag, -1, tick);
        child->second.current = false;
      };
      const int32_t steps = std::min(
          4 * children_max + 200,
          static_cast<int32_t>(std::max<int64_t>(Scaled(80'000), 5'000)));
      for (int32_t step = 0; step < steps; ++step) {
        ++tick;
        const int32_t what = random.Below(10);
        if (what < 5 && static_cast<int32_t>(model.size()) < children_max) {
          const Child child = {next_slot++, random.OneIn(2), true};
          const uint32_t position = index_.Insert(anchor_, child.slot);
          index_.AddCurrent(anchor_, position, child.flag, 1, tick);
          ASSERT_TRUE(model.emplace(position, child).second)
              << "the position is another's";
        } else if (!model.empty() && what < 7) {
          const auto child = any();
          if (child->second.current) {
            index_.AddCurrent(anchor_, child->first, child->second.flag, -1,
                              tick);
            index_.AddCurrent(anchor_, child->first, !child->second.flag, 1,
                              tick);
            child->second.flag = !child->second.flag;
          }
        } else if (!model.empty()) {
          const auto child = any();
          child->second.current ? end(child) : remove(child);
        }
        if (step % (steps / 20 + 1) != 0) continue;
        std::multiset<uint32_t> all;
        std::multiset<uint32_t> flagged;
        std::multiset<uint32_t> unflagged;
        for (const auto& [position, child] : model) {
          all.insert(child.slot);
          if (!child.current) continue;
          (child.flag ? flagged : unflagged).insert(child.slot);
        }
        ASSERT_EQ(Slots(Wanted::kAll, 0), all);
        const auto holds = [&](Wanted wanted,
                               const std::multiset<uint32_t>& slots) {
          const std::multiset<uint32_t> seen = Slots(wanted, kNewest);
          return std::includes(seen.begin(), seen.end(), slots.begin(),
                               slots.end());
        };
        ASSERT_TRUE(holds(Wanted::kFlagged, flagged));
        ASSERT_TRUE(holds(Wanted::kUnflagged, unflagged));
        ASSERT_TRUE(holds(Wanted::kAll, flagged));
        ASSERT_TRUE(holds(Wanted::kAll, unflagged));
        limbo_.Advance(1000);
      }
      while (!model.empty()) {
        if (model.begin()->second.current) end(model.begin());
        remove(model.begin());
      }
      EXPECT_EQ(anchor_.load(), 0);
      EXPECT_EQ(BytesInUse(), 0);
    }
  }
}

// ---- Beside a writer -------------------------------------------------------

TEST_F(ChildIndexTest, ReadersFindStableChildrenWhileTheListGrowsAndShrinks) {
  constexpr uint32_t kStable = 2;
  const auto children =
      static_cast<uint32_t>(std::max<int64_t>(Scaled(20'000), 4'000));
  Fill(1, kStable);
  std::atomic<bool> done = false;
  std::atomic<int64_t> reads = 0;
  std::atomic<int64_t> misses = 0;
  std::atomic<int64_t> strangers = 0;
  std::thread reader([&] {
    const OpenView view(views_, kNewest);
    for (; !done.load(); ++reads) {
      const EpochGuard guard(view.slot(), limbo_.epoch());
      uint32_t stable = 0;
      index_.ForEach(anchor_, Wanted::kAll, 0, [&](uint32_t slot) {
        if (slot <= kStable) ++stable;
        if (slot > children) ++strangers;
        return true;
      });
      if (stable != kStable) ++misses;
    }
  });
  for (int round = 0; round < 20 || reads.load() < 200; ++round) {
    // Every round grows further: the smaller forms are passed more often.
    const uint32_t last = std::min(children, uint32_t{4} << (round % 14));
    Fill(kStable + 1, last);
    for (uint32_t p = last - 1; p >= kStable; --p) {
      index_.AddCurrent(anchor_, p, false, -1, 2);
      index_.Remove(anchor_, p);
      if (p % 64 == 0) limbo_.Advance(100);
    }
    // Back to the smallest block: only an empty list begins anew.
    index_.Insert(anchor_, 3);
    index_.Remove(anchor_, kStable);
  }
  done = true;
  reader.join();
  EXPECT_EQ(misses.load(), 0);
  EXPECT_EQ(strangers.load(), 0);
}

// Whole lists come and go, and what a growing list leaves behind is taken by
// another one at once: a reader sees what was there before, and nobody else's.
TEST_F(ChildIndexTest, ReadersSeeAPrefixOfAListThatIsBeingFilled) {
  constexpr uint32_t kStranger = 5000;
  std::atomic<bool> done = false;
  std::atomic<int64_t> reads = 0;
  std::atomic<int64_t> holes = 0;
  std::atomic<int64_t> strangers = 0;
  // The round in the high half, how far the list is filled in the low one.
  std::atomic<uint64_t> filled = 0;
  std::thread reader([&] {
    const OpenView view(views_, kNewest);
    for (; !done.load(); ++reads) {
      const uint64_t before = filled.load();
      const EpochGuard guard(view.slot(), limbo_.epoch());
      std::vector<bool> seen(kStranger);
      index_.ForEach(anchor_, Wanted::kAll, 0, [&](uint32_t slot) {
        if (slot < kStranger) {
          seen[slot] = true;
        } else {
          ++strangers;
        }
        return true;
      });
      if (filled.load() >> 32 != before >> 32) continue;  // it went meanwhile
      for (uint32_t slot = 1; slot <= static_cast<uint32_t>(before); ++slot) {
        if (!seen[slot]) ++holes;
      }
    }
  });
  const auto fill_another = [&](uint32_t size) {
    ChildIndex::Anchor other = 0;
    for (uint32_t i = 0; i < size; ++i) index_.Insert(other, kStranger + i);
    for (uint32_t i = 0; i < size; ++i) index_.Remove(other, i);
  };
  const auto rounds = static_cast<uint64_t>(std::max<int64_t>(Scaled(300), 15));
  for (uint64_t round = 1; round < rounds || reads.load() < 200; ++round) {
    const uint32_t last = round % 8 == 0 ? 4000 : 100;
    for (uint32_t slot = 1; slot <= last; ++slot) {
      Fill(slot, slot);
      filled = round << 32 | slot;
      // The list has just grown: blocks of 3, 7, 15, ... are free.
      if ((slot & (slot - 1)) == 0 && slot <= 64) fill_another(slot - 1);
    }
    filled = (round + 1) << 32;
    for (uint32_t p = 0; p < last; ++p) index_.Remove(anchor_, p);
    limbo_.Advance(1000);
  }
  done = true;
  reader.join();
  EXPECT_EQ(holes.load(), 0);
  EXPECT_EQ(strangers.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
