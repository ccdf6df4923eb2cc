// The tables' parts when the system gives no memory: they throw, and lose
// nothing.

#include <cstdint>
#include <memory>
#include <new>
#include <set>
#include <utility>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scarcity.h"
#include "table/collector.h"
#include "table/commit_state.h"
#include "table/hash_index_fixture.h"
#include "table/state_publisher.h"
#include "table/view_registry.h"

namespace orderstore::table {
namespace {

// Each allocation of a collection fails once.
TEST(CollectorMemoryTest, EveryPieceIsFreedInTheEnd) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  int failures = 0;
  for (bool done = false; !done; ++failures) {
    ViewRegistry views;
    Collector collector(views, uncounted_bytes);
    OpenView older(views, 4);
    OpenView newer(views, 8);
    std::set<uint64_t> freed;
    const auto collect = [&] {
      return collector.Collect(20, 0, 1000, [&](const Garbage& garbage) {
        EXPECT_TRUE(freed.insert(garbage.item).second) << garbage.item;
      });
    };
    // Pinned by the one, by the other, by both.
    for (const Tick begin : {Tick{3}, Tick{7}, Tick{2}}) {
      collector.Add({.begin = begin,
                     .end = begin == 3 ? Tick{6} : Tick{15},
                     .kind = Garbage::Kind::kOrderVersion,
                     .slot = 0,
                     .item = begin});
    }
    bool threw = false;
    {
      const Scarcity scarcity(failures);
      try {
        collect();
      } catch (const std::bad_alloc&) {
        threw = true;
      }
    }
    done = !Scarcity::HasStruck();
    EXPECT_EQ(threw, !done);
    EXPECT_EQ(collector.blocked(), !done) << "it has to be called again";
    collect();
    EXPECT_FALSE(collector.blocked());
    EXPECT_EQ(freed, std::set<uint64_t>());
    newer.Close();
    collect();
    EXPECT_EQ(freed, std::set<uint64_t>{7});
    older.Close();
    collect();
    EXPECT_EQ(freed, (std::set<uint64_t>{2, 3, 7}));
    ASSERT_LT(failures, 100);
  }
  EXPECT_GT(failures, 2) << "it allocates for the views and for the pieces";
}

TEST(StatePublisherMemoryTest, AReservedStateIsPublishedAndFreedWithoutMemory) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  StatePublisher states;
  for (Tick tick = 2; tick < 40; ++tick) {
    CommitState state;
    state.tick = tick;
    states.Reserve();
    {
      const Scarcity scarcity(0);
      const PublishedState* before = states.Publish(std::move(state)).before;
      if (tick % 3 == 0) states.Free(before);
    }
    ASSERT_FALSE(Scarcity::HasStruck()) << tick;
    ASSERT_EQ(states.latest().tick, tick);
  }
}

using HashIndexMemoryTest = HashIndexTest;

// Whatever of an insert, and of the split that it goes on with, gets no memory.
TEST_F(HashIndexMemoryTest, AnInsertThatThrowsLosesNoOtherEntry) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  constexpr uint32_t kSlots = 3000;
  Open(kSlots, Mixed);
  int failures = 0;
  for (uint32_t slot = 1; slot <= kSlots; ++slot) {
    {
      const Scarcity scarcity(0);
      try {
        Insert(slot);
      } catch (const std::bad_alloc&) {
        ++failures;
      }
    }
    if (!Scarcity::HasStruck()) continue;
    for (uint32_t other = 1; other < slot; ++other) {
      ASSERT_TRUE(Finds(other)) << other << " after " << slot;
    }
    if (!Finds(slot)) Insert(slot);
  }
  EXPECT_GT(failures, 5);
  for (uint32_t slot = 1; slot <= kSlots; ++slot) EXPECT_TRUE(Finds(slot));
}

}  // namespace
}  // namespace orderstore::table
