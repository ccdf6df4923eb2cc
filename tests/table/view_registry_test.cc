#include "table/view_registry.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scale.h"
#include "table/collector.h"
#include "table/commit_state.h"
#include "table/state_publisher.h"

namespace orderstore::table {
namespace {

CommitState NumberedState(Tick tick) {
  CommitState state;
  state.tick = tick;
  state.lsn = tick * 10;
  state.counts.customers = static_cast<int64_t>(tick);
  return state;
}

class ViewRegistryTest : public testing::Test {
 protected:
  std::multiset<uint64_t> Pins() {
    std::multiset<uint64_t> pins;
    views_.ForEach([&](ViewSlot& slot) {
      const uint64_t pin = slot.pin.load();
      if (pin != ViewSlot::kFree) pins.insert(pin);
    });
    return pins;
  }
  size_t Slots() {
    size_t count = 0;
    views_.ForEach([&](ViewSlot&) { ++count; });
    return count;
  }

  ViewRegistry views_;
};

TEST_F(ViewRegistryTest, OpenPinsTheNewestState) {
  StatePublisher states;
  states.Publish(NumberedState(7));
  states.Publish(NumberedState(8));
  ViewSlot* slot = views_.Open(states.latest_line());
  EXPECT_EQ(slot->pin.load(), 8);
  EXPECT_EQ(slot->lsn.load(), 80);
  EXPECT_EQ(slot->state->counts.customers, 8);
  EXPECT_EQ(slot->guard.load(), 0);
  states.Publish(NumberedState(9));
  EXPECT_EQ(slot->state->counts.customers, 8);
  EXPECT_EQ(Pins(), std::multiset<uint64_t>{8});
  EXPECT_FALSE(ViewRegistry::Close(slot));
  EXPECT_EQ(Pins(), std::multiset<uint64_t>());
}

TEST_F(ViewRegistryTest, ASlotTellsWhenItsStateWasReplaced) {
  StatePublisher states;
  states.Publish(NumberedState(7));
  ViewSlot* slot = views_.Open(states.latest_line());
  EXPECT_EQ(ReplacedAt(*slot), 0);
  states.Publish(NumberedState(8));
  const int64_t replaced = ReplacedAt(*slot);
  EXPECT_GT(replaced, 0);
  EXPECT_LE(replaced, std::chrono::steady_clock::now().time_since_epoch() /
                          std::chrono::nanoseconds(1));
  ViewSlot* newer = views_.Open(states.latest_line());
  EXPECT_EQ(ReplacedAt(*newer), 0);
  states.Publish(NumberedState(9));
  EXPECT_EQ(ReplacedAt(*slot), replaced) << "once and for all";
  EXPECT_GE(ReplacedAt(*newer), replaced);
  // A slot that takes its pin stands on another's node, or none, for a moment.
  const uint64_t pin = slot->pin.exchange(9);
  EXPECT_EQ(ReplacedAt(*slot), 0);
  slot->pin = pin;
  EXPECT_EQ(ReplacedAt(ViewSlot()), 0);
  ViewRegistry::Close(slot);
  ViewRegistry::Close(newer);
}

TEST_F(ViewRegistryTest, OneBlockOfSlotsIsNotTheLimit) {
  const size_t slots = Slots();
  std::multiset<uint64_t> ticks;
  std::vector<std::unique_ptr<OpenView>> open;
  std::set<ViewSlot*> distinct;
  for (Tick tick = 1; tick <= 5 * slots + 3; ++tick) {
    open.push_back(std::make_unique<OpenView>(views_, tick));
    distinct.insert(open.back()->slot());
    ticks.insert(tick);
  }
  EXPECT_EQ(distinct.size(), open.size());
  EXPECT_EQ(Pins(), ticks);
  const size_t grown = Slots();
  EXPECT_GE(grown, open.size());
  open.clear();
  EXPECT_EQ(Pins(), std::multiset<uint64_t>());
  for (Tick tick = 1; tick <= grown; ++tick) {
    open.push_back(std::make_unique<OpenView>(views_, tick));
  }
  EXPECT_EQ(Slots(), grown) << "slots are used again";
}

TEST_F(ViewRegistryTest, AThreadsNextViewTakesTheSameSlot) {
  OpenView first(views_, 1);
  ViewSlot* slot = first.slot();
  first.Close();
  EXPECT_EQ(OpenView(views_, 2).slot(), slot);
}

TEST_F(ViewRegistryTest, CloseSaysWhetherGarbageWasParked) {
  OpenView view(views_, 1);
  EXPECT_FALSE(view.Close());
  OpenView next(views_, 1);
  next.slot()->pins_garbage = true;
  EXPECT_TRUE(next.Close());
  OpenView unmarked(views_, 1);
  EXPECT_FALSE(unmarked.Close()) << "the mark was taken back";
}

TEST_F(ViewRegistryTest, ViewsOfManyThreadsHaveSlotsOfTheirOwn) {
  constexpr int kThreads = 4;
  constexpr size_t kEach = 40;
  std::vector<std::vector<ViewSlot*>> slots(kThreads);
  StatePublisher states;
  std::vector<std::thread> threads;
  for (std::vector<ViewSlot*>& mine : slots) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < kEach; ++i)
        mine.push_back(views_.Open(states.latest_line()));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<ViewSlot*> distinct;
  for (const auto& mine : slots) distinct.insert(mine.begin(), mine.end());
  EXPECT_EQ(distinct.size(), kThreads * kEach);
  for (ViewSlot* slot : distinct) ViewRegistry::Close(slot);
}

// The protocol at the top of view_registry.h, with commits in between: what a
// view has pinned is not freed, and so not used again, before it closes.
TEST_F(ViewRegistryTest, PinnedStatesStayWhileCommitsComeFast) {
  StatePublisher states;
  states.Publish(NumberedState(2));
  Collector collector(views_, uncounted_bytes);
  const int64_t opens_wanted = std::max<int64_t>(Scaled(400'000), 20'000);
  std::atomic<int64_t> opens = 0;
  std::atomic<int64_t> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      Tick last = 0;
      for (int64_t n = 0; n < opens_wanted; ++n) {
        ViewSlot* slot = views_.Open(states.latest_line());
        const CommitState& state = *slot->state;
        const Tick tick = state.tick;
        for (int look = 0; look < 3; ++look) {
          if (state.tick != tick || slot->pin.load() != tick ||
              state.counts.customers != static_cast<int64_t>(tick) ||
              state.lsn != tick * 10) {
            ++wrong;
          }
        }
        if (tick < last) ++wrong;  // views of one thread do not go back
        last = tick;
        ViewRegistry::Close(slot);
        ++opens;
      }
    });
  }
  for (Tick tick = 3; opens.load() < 2 * opens_wanted; ++tick) {
    const PublishedState* old = states.Publish(NumberedState(tick)).before;
    collector.Add({.begin = old->state.tick,
                   .end = tick,
                   .kind = Garbage::Kind::kCommitState,
                   .item = reinterpret_cast<uint64_t>(old)});
    collector.Collect(tick, 0, 10, [&](const Garbage& garbage) {
      states.Free(reinterpret_cast<const PublishedState*>(garbage.item));
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
