#include "table/hash_index.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/hash_index_fixture.h"

namespace orderstore::table {

// A reader that is held up between the two steps of a lookup, on its way from
// the directory to its chunk.
class HashIndexSteps {
 public:
  using Index = HashIndex<HashIndexTest::Hasher>;

  HashIndexSteps(const Index& index, uint64_t hash)
      : index_(index),
        hash_(hash),
        root_(*index.root_.load()),
        chunk_(Index::ChunkOf(root_, hash)) {}

  // Goes on. False: it ends at a segment that is not the hash's.
  bool Finds(uint32_t slot) const {
    const Index::Entry entry = index_.EntryIn(chunk_, root_, hash_);
    if (entry.depth() > root_.depth) return true;  // it would look again
    const std::vector<uint32_t> slots = index_.SlotsOf(entry.segment());
    return std::find(slots.begin(), slots.end(), slot) != slots.end();
  }

 private:
  const Index& index_;
  const uint64_t hash_;
  const Index::Root& root_;
  const uint32_t chunk_;
};

namespace {

TEST_F(HashIndexTest, FindsWhatWasInsertedAndNothingElse) {
  Open(2000, Mixed);
  for (uint32_t slot = 1; slot <= 1000; ++slot) Insert(slot);
  for (uint32_t slot = 1; slot <= 2000; ++slot) {
    ASSERT_EQ(Finds(slot), slot <= 1000) << slot;
  }
  EXPECT_EQ(index->size(), 1000);
}

TEST_F(HashIndexTest, EmptyIndexFindsNothing) {
  Open(1, Mixed);
  EXPECT_FALSE(Finds(1));
  EXPECT_EQ(index->LikelySlot(hashes[1]), 0);
  EXPECT_EQ(index->size(), 0);
  EXPECT_EQ(index->ProbeLengthMax(), 1);
}

TEST_F(HashIndexTest, ErasedEntriesAreGoneAndTheirPlacesFree) {
  Open(1000, Mixed);
  for (uint32_t slot = 1; slot <= 1000; ++slot) Insert(slot);
  for (uint32_t slot = 1; slot <= 1000; slot += 2) Erase(slot);
  for (uint32_t slot = 1; slot <= 1000; ++slot) {
    ASSERT_EQ(Finds(slot), slot % 2 == 0) << slot;
  }
  const int64_t bytes = BytesInUse();
  for (uint32_t slot = 1; slot <= 1000; slot += 2) Insert(slot);
  for (uint32_t slot = 1; slot <= 1000; ++slot) ASSERT_TRUE(Finds(slot));
  EXPECT_EQ(BytesInUse(), bytes);
}

TEST_F(HashIndexTest, EntriesOfOneHashAreAllShownToTheCaller) {
  Open(300, [](uint32_t slot) { return Mixed(slot % 3); });
  for (uint32_t slot = 1; slot <= 300; ++slot) Insert(slot);
  std::set<uint32_t> shown;
  EXPECT_EQ(index->Find(Mixed(0),
                        [&](uint32_t slot) {
                          shown.insert(slot);
                          return false;
                        }),
            0);
  for (uint32_t slot = 3; slot <= 300; slot += 3) {
    EXPECT_TRUE(shown.contains(slot)) << slot;
  }
}

TEST_F(HashIndexTest, LikelySlotIsThatOfALoneEntry) {
  Open(1, Mixed);
  Insert(1);
  EXPECT_EQ(index->LikelySlot(hashes[1]), 1);
  EXPECT_NE(index->HomeBucket(hashes[1]), nullptr);
}

TEST_F(HashIndexTest, HasRoomForAsManyAsThereCanBeRows) {
  Open(1, Mixed);
  EXPECT_TRUE(index->HasRoomFor(4));
  EXPECT_TRUE(index->HasRoomFor(uint64_t{1} << 24));
  EXPECT_FALSE(index->HasRoomFor(uint64_t{1} << 40));
}

// Hashes that share their low bits make the directory deep, so that most of its
// chunks are shared, and cease to be one after the other.
TEST_F(HashIndexTest, AReaderHeldUpInTheDirectoryFindsWhatWasThere) {
  constexpr uint32_t kSlots = 20'000;
  constexpr uint32_t kEvery = 17;  // has a reader
  Open(kSlots, [](uint32_t slot) { return Mixed(slot) & ~uint64_t{0xff}; });
  for (uint32_t slot = 1; slot <= kSlots;) {
    std::vector<HashIndexSteps> readers;
    for (uint32_t there = 1; there < slot; there += kEvery) {
      readers.emplace_back(*index, hashes[there]);
    }
    for (int i = 0; i < 20; ++i) Insert(slot++);
    for (size_t i = 0; i < readers.size(); ++i) {
      const auto there = static_cast<uint32_t>(1 + i * kEvery);
      ASSERT_TRUE(readers[i].Finds(there)) << there << " of " << slot;
    }
  }
}

// Half of the hashes are of eight families that no directory can take apart:
// each fills a segment. As the index grows, deeper splits are allowed, also
// while a segment of other hashes is being split.
TEST_F(HashIndexTest, ASegmentIsFullWhileAnotherIsBeingSplit) {
  constexpr uint32_t kSlots = 20'000;
  Open(kSlots, [](uint32_t slot) {
    return slot % 2 == 0 ? Mixed(slot)
                         : (Mixed(slot) & ~uint64_t{0xf'ffff'ffff}) | slot % 16;
  });
  for (uint32_t slot = 1; slot <= kSlots; ++slot) {
    Insert(slot);
    ASSERT_TRUE(Finds(slot));
    ASSERT_TRUE(Finds(slot / 2 + 1));
  }
  for (uint32_t slot = 1; slot <= kSlots; ++slot) ASSERT_TRUE(Finds(slot));
  for (uint32_t slot = 1; slot <= kSlots; ++slot) Erase(slot);
  for (uint32_t slot = 1; slot <= kSlots; ++slot) ASSERT_FALSE(Finds(slot));
}

// ---- Hostile hashes --------------------------------------------------------

// Inserts, erases and inserts again `count` entries with such hashes.
class HostileHashTest : public HashIndexTest {
 public:
  template <typename HashOf>
  void InsertEraseAndReinsert(uint32_t count, HashOf hash_of) {
    Open(count, hash_of);
    for (uint32_t slot = 1; slot <= count; ++slot) Insert(slot);
    for (uint32_t slot = 1; slot <= count; ++slot) ASSERT_TRUE(Finds(slot));
    bytes_when_full = BytesInUse();
    // From the middle of the chains, too.
    for (uint32_t slot = 1; slot <= count; ++slot) {
      if (slot % 3 != 0) Erase(slot);
    }
    for (uint32_t slot = 1; slot <= count; ++slot) {
      ASSERT_EQ(Finds(slot), slot % 3 == 0) << slot;
    }
    for (uint32_t slot = 1; slot <= count; ++slot) {
      if (slot % 3 == 1) Insert(slot);
    }
    for (uint32_t slot = 1; slot <= count; ++slot) {
      ASSERT_EQ(Finds(slot), slot % 3 != 2) << slot;
    }
    for (uint32_t slot = 1; slot <= count; ++slot) {
      if (slot % 3 != 2) Erase(slot);
    }
    for (uint32_t slot = 1; slot <= count; ++slot) ASSERT_FALSE(Finds(slot));
    EXPECT_EQ(index->size(), 0);
    EXPECT_LE(BytesInUse(), bytes_when_full);
    for (uint32_t slot = 1; slot <= count; ++slot) Insert(slot);
    for (uint32_t slot = 1; slot <= count; ++slot) ASSERT_TRUE(Finds(slot));
    EXPECT_LE(BytesInUse(), bytes_when_full);
  }

  int64_t bytes_when_full = 0;
};

// Some 30 full segments, a dozen levels of directory, little else.
constexpr int64_t kHostileBytesMax = 5000 * 14 + (64 << 10);

TEST_F(HostileHashTest, OneHashForAllIsSlowButRight) {
  InsertEraseAndReinsert(5000, [](uint32_t) { return kOneHash; });
  EXPECT_LE(bytes_when_full, kHostileBytesMax);
}

TEST_F(HostileHashTest, HashZeroForAllIsRight) {
  InsertEraseAndReinsert(1000, [](uint32_t) { return uint64_t{0}; });
}

TEST_F(HostileHashTest, HashesThatDifferInHighBitsOnlyAreRight) {
  InsertEraseAndReinsert(5000,
                         [](uint32_t slot) { return uint64_t{slot} << 44; });
  EXPECT_LE(bytes_when_full, kHostileBytesMax);
}

TEST_F(HostileHashTest, HashesThatDifferInTheirLowestBitsOnlyAreRight) {
  InsertEraseAndReinsert(5000, [](uint32_t slot) { return uint64_t{slot}; });
  // All of one home bucket: segments split half empty or so.
  EXPECT_LE(bytes_when_full, 2 * kHostileBytesMax);
  EXPECT_LE(index->ProbeLengthMax(), 16);
}

TEST_F(HostileHashTest, HashesThatDifferJustPastTheBoundedDepthAreRight) {
  InsertEraseAndReinsert(5000,
                         [](uint32_t slot) { return uint64_t{slot} << 11; });
}

TEST_F(HostileHashTest, HashesInTwoDeepClustersAreRight) {
  InsertEraseAndReinsert(4000, [](uint32_t slot) {
    return slot % 2 == 0 ? Mixed(slot) << 9 : 0xfff | Mixed(slot) << 12;
  });
}

// ---- Growth ----------------------------------------------------------------

TEST_F(HashIndexTest, GrowsToAMillionEntriesWithShortSearchesAndLittleMemory) {
  const auto count =
      static_cast<uint32_t>(std::max<int64_t>(Scaled(1'000'000), 20'000));
  Open(count, Mixed);
  uint32_t checked_at = 10'000;
  for (uint32_t slot = 1; slot <= count; ++slot) {
    Insert(slot);
    if (slot % 1000 == 0) limbo.Advance(1000);
    if (slot != checked_at && slot != count) continue;
    checked_at = checked_at * 3 / 2;
    EXPECT_LE(index->ProbeLengthMax(), 16) << "at " << slot;
    EXPECT_LE(BytesInUse(), int64_t{slot} * 14 + (32 << 10)) << "at " << slot;
  }
  EXPECT_EQ(index->size(), count);
  for (uint32_t slot = 1; slot <= count; ++slot) ASSERT_TRUE(Finds(slot));
}

TEST_F(HashIndexTest, HundredfoldTurnoverKeepsSearchesAndMemoryFlat) {
  const auto live =
      static_cast<uint32_t>(std::max<int64_t>(Scaled(20'000), 4'000));
  Open(2 * live, Mixed);
  // Slots come again, with another key each time.
  for (uint32_t slot = 1; slot <= live; ++slot) Insert(slot);
  const int64_t bytes = BytesInUse();
  for (uint64_t round = 1; round <= 100; ++round) {
    const uint32_t out = round % 2 == 1 ? 0 : live;
    const uint32_t in = live - out;
    for (uint32_t i = 1; i <= live; ++i) {
      Erase(out + i);
      hashes[in + i] = Mixed(round << 32 | i);
      Insert(in + i);
    }
    ASSERT_EQ(index->size(), live);
    ASSERT_LE(index->ProbeLengthMax(), 16) << "round " << round;
    // Segments at the edge of a split have split by then.
    ASSERT_LE(BytesInUse(), 2 * bytes) << "round " << round;
  }
  const int64_t settled = BytesInUse();
  for (uint32_t i = 1; i <= live; ++i) {
    ASSERT_TRUE(Finds(i));
    ASSERT_FALSE(Finds(live + i));
  }
  EXPECT_LE(settled, int64_t{live} * 20 + (32 << 10));
}

// Entries that pass over a full bucket and go again must leave no trace: the
// searches of a segment that is never split stay as they were.
TEST_F(HashIndexTest, SearchesAreShortAgainOnceSpilledEntriesAreGone) {
  Open(100, [](uint32_t) { return uint64_t{9} << 52; });
  for (int round = 0; round < 50; ++round) {
    for (uint32_t slot = 1; slot <= 100; ++slot) Insert(slot);
    EXPECT_EQ(index->ProbeLengthMax(), 9);
    for (uint32_t slot = 1; slot <= 100; ++slot) Erase(slot);
    ASSERT_EQ(index->ProbeLengthMax(), 1) << "round " << round;
  }
}

// ---- Against a model -------------------------------------------------------

TEST_F(HashIndexTest, IsAMultimap) {
  constexpr uint32_t kSlots = 6000;
  for (uint64_t seed : TestSeeds(6)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    const int32_t distinct = 1 << (1 + random.Below(14));
    const int shift = random.Below(56);
    Open(kSlots, [&](uint32_t) {
      const uint64_t hash =
          Mixed(static_cast<uint64_t>(random.Below(distinct)));
      return hash << shift | hash >> (63 - shift);
    });
    std::multimap<uint64_t, uint32_t> model;
    std::vector<bool> in(kSlots + 1);
    const int64_t steps = std::max<int64_t>(Scaled(40'000), 10'000);
    for (int64_t step = 0; step < steps; ++step) {
      const auto slot = static_cast<uint32_t>(random.OneTo(kSlots));
      // Fuller, then emptier, then fuller.
      const bool filling = step * 4 / steps % 2 == 0;
      if (!in[slot] && (filling || random.OneIn(3))) {
        Insert(slot);
        model.emplace(hashes[slot], slot);
        in[slot] = true;
      } else if (in[slot] && (!filling || random.OneIn(3))) {
        Erase(slot);
        const auto [first, last] = model.equal_range(hashes[slot]);
        model.erase(std::find_if(first, last, [slot](const auto& entry) {
          return entry.second == slot;
        }));
        in[slot] = false;
      }
      const auto probe = static_cast<uint32_t>(random.OneTo(kSlots));
      ASSERT_EQ(Finds(probe), in[probe]);
      if (step % 64 == 0) limbo.Advance(100);
    }
    ASSERT_EQ(index->size(), static_cast<int64_t>(model.size()));
    for (uint32_t slot = 1; slot <= kSlots; ++slot) {
      ASSERT_EQ(Finds(slot), in[slot]) << slot;
    }
    // Each entry is there once.
    for (auto it = model.begin(); it != model.end();
         it = model.upper_bound(it->first)) {
      std::multiset<uint32_t> shown;
      index->Find(it->first, [&](uint32_t slot) {
        if (hashes[slot] == it->first) shown.insert(slot);
        return false;
      });
      std::multiset<uint32_t> expected;
      const auto [first, last] = model.equal_range(it->first);
      for (auto entry = first; entry != last; ++entry) {
        expected.insert(entry->second);
      }
      ASSERT_EQ(shown, expected);
    }
  }
}

}  // namespace
}  // namespace orderstore::table
