#include "table/collector.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "store/seeded_random.h"
#include "table/view_registry.h"

namespace orderstore::table {
namespace {

using Items = std::vector<uint64_t>;

class CollectorTest : public testing::Test {
 protected:
  void Add(Tick begin, Tick end, uint64_t item) {
    collector_.Add({.begin = begin,
                    .end = end,
                    .kind = Garbage::Kind::kOrderVersion,
                    .slot = 0,
                    .item = item});
  }
  // The items that this collection frees.
  Items Collect(Tick published, size_t items_max = 1000) {
    Items freed;
    more_ = collector_.Collect(
        published, keep_, items_max,
        [&](const Garbage& garbage) { freed.push_back(garbage.item); });
    return freed;
  }
  // Whether there is something to do now.
  bool HasMore(Tick published) {
    EXPECT_EQ(Collect(published, 0), Items());
    return more_;
  }

  ViewRegistry views_;
  Collector collector_{views_, uncounted_bytes};
  size_t keep_ = 0;
  bool more_ = false;  // what the last collection said
};

TEST_F(CollectorTest, WithoutViewsWhatHasEndedGoesInOrder) {
  Add(1, 5, 100);
  Add(3, 5, 101);
  Add(5, 6, 102);
  EXPECT_EQ(collector_.waiting(), 3);
  EXPECT_EQ(Collect(4), Items());
  EXPECT_EQ(Collect(5), (Items{100, 101}));
  EXPECT_EQ(Collect(6), Items{102});
  EXPECT_EQ(collector_.waiting(), 0);
}

TEST_F(CollectorTest, AViewPinsWhatItSeesAndNothingElse) {
  const OpenView view(views_, 10);
  Add(1, 10, 100);   // had ended
  Add(10, 11, 101);  // began with it
  Add(9, 20, 102);
  Add(11, 20, 103);  // began after it
  EXPECT_EQ(Collect(20), (Items{100, 103}));
  EXPECT_EQ(Collect(20), Items());
}

TEST_F(CollectorTest, VersionsBetweenTwoViewsGoAlthoughAnOlderViewIsOpen) {
  const OpenView old_view(views_, 10);
  const OpenView new_view(views_, 30);
  for (Tick tick = 11; tick < 30; ++tick) Add(tick, tick + 1, tick);
  EXPECT_EQ(Collect(40).size(), 19);
}

TEST_F(CollectorTest, PinnedGarbageGoesWhenItsViewCloses) {
  OpenView view(views_, 10);
  Add(5, 15, 100);
  EXPECT_EQ(Collect(20), Items());
  EXPECT_EQ(collector_.waiting(), 0) << "it is parked";
  EXPECT_FALSE(HasMore(20));
  EXPECT_TRUE(view.Close());
  EXPECT_TRUE(HasMore(20));
  EXPECT_EQ(Collect(20), Items{100});
  EXPECT_FALSE(HasMore(20));
}

TEST_F(CollectorTest, GarbageMovesOnToTheNextOlderViewThatPinsIt) {
  OpenView oldest(views_, 4);
  OpenView middle(views_, 8);
  OpenView newest(views_, 12);
  Add(3, 15, 100);
  Add(7, 15, 101);
  Add(11, 15, 102);
  EXPECT_EQ(Collect(20), Items());
  EXPECT_TRUE(newest.Close());
  EXPECT_EQ(Collect(20), Items{102});
  EXPECT_TRUE(middle.Close());
  EXPECT_EQ(Collect(20), Items{101});
  EXPECT_TRUE(oldest.Close());
  EXPECT_EQ(Collect(20), Items{100});
}

TEST_F(CollectorTest, TwoViewsOfOneTickPinUntilBothHaveClosed) {
  OpenView one(views_, 10);
  OpenView other(views_, 10);
  Add(5, 15, 100);
  EXPECT_EQ(Collect(20), Items());
  one.Close();
  EXPECT_FALSE(HasMore(20));
  EXPECT_EQ(Collect(20), Items());
  other.Close();
  EXPECT_EQ(Collect(20), Items{100});
}

TEST_F(CollectorTest, ViewsThatPinNothingCloseWithoutACollection) {
  OpenView view(views_, 10);
  Add(1, 10, 100);
  Add(11, 12, 101);
  Collect(20);
  EXPECT_FALSE(view.Close());
}

TEST_F(CollectorTest, NothingGoesWhileAViewPinsEverything) {
  OpenView view(views_, 10);
  view.slot()->pin = ViewSlot::kPinsAll;
  Add(1, 5, 100);
  EXPECT_EQ(Collect(20, 7), Items());
  EXPECT_FALSE(more_) << "nothing can be done about it now";
  view.slot()->pin = 10;
  EXPECT_EQ(Collect(20, 7), Items{100});
}

TEST_F(CollectorTest, TheBudgetHolds) {
  OpenView view(views_, 10);
  for (uint64_t item = 1; item <= 5; ++item) Add(5, 15, item);
  EXPECT_EQ(Collect(20, 3), Items());
  EXPECT_EQ(collector_.waiting(), 2) << "parking counts, too";
  Collect(20);
  view.Close();
  for (uint64_t item = 11; item <= 13; ++item) Add(16, 17, item);
  EXPECT_EQ(Collect(20, 2).size(), 2);
  EXPECT_TRUE(more_);
  EXPECT_EQ(Collect(20, 4).size(), 4);
  EXPECT_TRUE(more_);
  EXPECT_EQ(Collect(20, 10).size(), 2);
  EXPECT_FALSE(more_);
}

TEST_F(CollectorTest, TheYoungestPiecesStayUntilOthersHaveCome) {
  keep_ = 2;
  for (uint64_t item = 1; item <= 5; ++item) Add(item, item + 1, item);
  EXPECT_EQ(Collect(20), (Items{1, 2, 3}));
  EXPECT_FALSE(more_);
  Add(6, 7, 6);
  EXPECT_EQ(Collect(20), Items{4});
}

// Views open and close at random; what is freed is what no open view could
// see, at once or when the views that could have closed.
TEST_F(CollectorTest, FreesExactlyWhatNoViewSees) {
  for (uint64_t seed : TestSeeds(10)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    struct Life {
      Tick begin;
      Tick end;
    };
    std::map<uint64_t, Life> kept;
    std::map<Tick, std::vector<std::unique_ptr<OpenView>>> open;
    uint64_t next_item = 1;
    const auto pinned = [&](const Life& life) {
      const auto view = open.lower_bound(life.begin);
      return view != open.end() && view->first < life.end;
    };
    for (Tick tick = 100; tick < 1100; ++tick) {
      for (int i = random.Below(4); i > 0; --i) {
        const Life life = {tick - static_cast<Tick>(random.Below(90)) - 1,
                           tick};
        kept[next_item] = life;
        Add(life.begin, life.end, next_item++);
      }
      if (random.OneIn(4)) {
        open[tick].push_back(std::make_unique<OpenView>(views_, tick));
      }
      if (!open.empty() && random.OneIn(4)) {
        auto view = open.begin();
        std::advance(view, random.Below(static_cast<int32_t>(open.size())));
        view->second.pop_back();
        if (view->second.empty()) open.erase(view);
      }
      for (uint64_t item : Collect(tick)) {
        ASSERT_FALSE(pinned(kept.at(item))) << "item " << item;
        kept.erase(item);
      }
      for (const auto& [item, life] : kept) {
        ASSERT_TRUE(pinned(life)) << "item " << item << " is kept for nothing";
      }
    }
    open.clear();
    for (uint64_t item : Collect(2000)) kept.erase(item);
    EXPECT_TRUE(kept.empty());
  }
}

}  // namespace
}  // namespace orderstore::table
