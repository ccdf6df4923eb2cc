// Readers of a hash index beside its writer: what stays is found, at all times.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/address_space.h"
#include "table/hash_index.h"
#include "table/hash_index_fixture.h"
#include "table/limbo.h"

namespace orderstore::table {
namespace {

class HashIndexConcurrencyTest : public HashIndexTest {
 public:
  // Runs `write` beside two readers that look for the slots 1 .. stable over
  // and over, from before its start to after its end.
  void ReadWhile(uint32_t stable, const std::function<void()>& write) {
    std::atomic<bool> done = false;
    std::atomic<int> reading = 0;
    std::atomic<int64_t> misses = 0;
    std::vector<std::thread> readers;
    for (uint32_t reader = 0; reader < 2; ++reader) {
      readers.emplace_back([&, reader] {
        const OpenView view(views, 1);
        uint32_t slot = reader * (stable / 2);
        for (bool last = false; !last;) {
          last = done.load();
          for (uint32_t i = 0; i < stable; ++i) {
            slot = slot % stable + 1;
            const EpochGuard guard(view.slot(), limbo.epoch());
            if (!Finds(slot)) ++misses;
          }
          ++reading;
        }
      });
    }
    while (reading.load() < 2) std::this_thread::yield();
    write();
    done = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(misses.load(), 0);
  }

  void InsertAndFreeOld(uint32_t first, uint32_t last) {
    for (uint32_t slot = first; slot <= last; ++slot) {
      Insert(slot);
      if (slot % 64 == 0) limbo.Advance(100);
    }
  }
};

TEST_F(HashIndexConcurrencyTest, StableKeysAreFoundWhileTheIndexGrows) {
  const auto count =
      static_cast<uint32_t>(std::max<int64_t>(Scaled(600'000), 30'000));
  for (const uint32_t stable : {100u, 5000u}) {
    Open(count, Mixed);
    InsertAndFreeOld(1, stable);
    ReadWhile(stable, [&] { InsertAndFreeOld(stable + 1, count); });
  }
}

// A young directory doubles in place: readers of the smaller one must look
// again. Many indexes, each of which doubles three times.
TEST_F(HashIndexConcurrencyTest,
       StableKeysAreFoundWhileYoungDirectoriesDouble) {
  constexpr uint32_t kStable = 100;
  constexpr uint32_t kSlots = 1000;
  Open(kSlots, Mixed);
  const int64_t rounds = std::max<int64_t>(Scaled(200), 40);
  const auto space_of_all =
      AddressSpace::Reserve(
          static_cast<size_t>(rounds + 1) * (size_t{18} << 30), false)
          .value();
  std::vector<std::unique_ptr<HashIndex<Hasher>>> indexes;
  const auto add_index = [&] {
    indexes.push_back(std::make_unique<HashIndex<Hasher>>(*space_of_all, limbo,
                                                          Hasher{&hashes}));
    for (uint32_t slot = 1; slot <= kStable; ++slot) {
      indexes.back()->Insert(hashes[slot], slot);
    }
    return indexes.back().get();
  };
  std::atomic<HashIndex<Hasher>*> current = add_index();
  std::atomic<int64_t> reads = 0;
  std::atomic<int64_t> misses = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      const OpenView view(views, 1);
      while (const auto* at = current.load()) {
        for (uint32_t slot = 1; slot <= kStable; ++slot) {
          const EpochGuard guard(view.slot(), limbo.epoch());
          if (at->Find(hashes[slot], [slot](uint32_t found) {
                return found == slot;
              }) != slot) {
            ++misses;
          }
        }
        ++reads;
      }
    });
  }
  for (int64_t round = 0; round < rounds; ++round) {
    const int64_t before = reads.load();
    while (reads.load() < before + 3) std::this_thread::yield();
    for (uint32_t slot = kStable + 1; slot <= kSlots; ++slot) {
      current.load()->Insert(hashes[slot], slot);
    }
    limbo.Advance(1000);
    current = add_index();
  }
  current = nullptr;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(misses.load(), 0);
  limbo.Drain();
}

// Hashes of one low part: all segments are on one path of the directory, whose
// chunks are unshared again and again.
TEST_F(HashIndexConcurrencyTest, StableKeysAreFoundWhileTheDirectoryGrowsDeep) {
  const int64_t rounds = std::max<int64_t>(Scaled(100), 8);
  for (int64_t round = 0; round < rounds; ++round) {
    Open(12'000, [round](uint32_t slot) {
      return Mixed(static_cast<uint64_t>(round) << 32 | slot) << 6;
    });
    InsertAndFreeOld(1, 1000);
    ReadWhile(1000, [&] { InsertAndFreeOld(1001, 12'000); });
  }
}

TEST_F(HashIndexConcurrencyTest, StableKeysAreFoundWhileOthersComeAndGo) {
  for (uint64_t seed : TestSeeds(2)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    constexpr uint32_t kStable = 3000;
    constexpr uint32_t kSlots = 30'000;
    Open(kSlots, Mixed);
    InsertAndFreeOld(1, kStable);
    ReadWhile(kStable, [&] {
      std::vector<bool> in(kSlots + 1);
      for (int64_t i = 0; i < std::max<int64_t>(Scaled(1'000'000), 50'000);
           ++i) {
        const auto slot =
            kStable + static_cast<uint32_t>(random.OneTo(kSlots - kStable));
        in[slot] ? Erase(slot) : Insert(slot);
        in[slot] = !in[slot];
        if (i % 64 == 0) limbo.Advance(100);
      }
    });
  }
}

TEST_F(HashIndexConcurrencyTest, StableKeysOfOneHashAreFoundWhileChainsChange) {
  constexpr uint32_t kStable = 400;
  constexpr uint32_t kSlots = 1500;
  Open(kSlots, [](uint32_t) { return kOneHash; });
  InsertAndFreeOld(1, kStable);
  ReadWhile(kStable, [&] {
    for (int64_t round = 0; round < std::max<int64_t>(Scaled(40), 5); ++round) {
      InsertAndFreeOld(kStable + 1, kSlots);
      for (uint32_t slot = kSlots; slot > kStable; --slot) Erase(slot);
    }
  });
}

}  // namespace
}  // namespace orderstore::table
