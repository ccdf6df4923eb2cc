#include "table/limbo.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "table/view_registry.h"

namespace orderstore::table {
namespace {

using Items = std::vector<uint64_t>;

class LimboTest : public testing::Test {
 public:
  // A reader that goes in and out of calls.
  class Reader {
   public:
    explicit Reader(LimboTest& test)
        : limbo_(test.limbo_), view_(test.views_, 1) {}
    void Enter() { guard_.emplace(view_.slot(), limbo_.epoch()); }
    void Leave() { guard_.reset(); }

   private:
    Limbo& limbo_;
    OpenView view_;
    std::optional<EpochGuard> guard_;
  };

  void Retire(uint64_t item) {
    limbo_.Retire(
        [](void* self, uint64_t freed) {
          static_cast<LimboTest*>(self)->freed_.push_back(freed);
        },
        this, item);
  }
  void Advance() { limbo_.Advance(1000); }

  ViewRegistry views_;
  Limbo limbo_{views_, uncounted_bytes};
  Items freed_;
};

TEST_F(LimboTest, WithoutReadersItemsAreFreedAtTheNextAdvanceInOrder) {
  Retire(1);
  Retire(2);
  EXPECT_EQ(limbo_.size(), 2);
  EXPECT_EQ(freed_, Items());
  Advance();
  EXPECT_EQ(freed_, (Items{1, 2}));
  EXPECT_EQ(limbo_.size(), 0);
}

TEST_F(LimboTest, NothingIsFreedWhileAReaderThatWasInsideStays) {
  Reader reader(*this);
  reader.Enter();
  Retire(1);
  for (int i = 0; i < 5; ++i) Advance();
  EXPECT_EQ(freed_, Items());
  Retire(2);
  Advance();
  EXPECT_EQ(freed_, Items()) << "the reader may reach what went later, too";
  reader.Leave();
  Advance();
  EXPECT_EQ(freed_, (Items{1, 2}));
}

TEST_F(LimboTest, ReadersThatCameLaterKeepNothing) {
  Reader old_reader(*this);
  Reader new_reader(*this);
  old_reader.Enter();
  Retire(1);
  Advance();
  new_reader.Enter();
  Retire(2);
  Advance();
  EXPECT_EQ(freed_, Items());
  old_reader.Leave();
  Advance();
  EXPECT_EQ(freed_, Items{1}) << "the new reader came after 1 was unlinked";
  new_reader.Leave();
  Advance();
  EXPECT_EQ(freed_, (Items{1, 2}));
}

TEST_F(LimboTest, OpenViewsOutsideOfCallsKeepNothing) {
  Reader reader(*this);
  reader.Enter();
  reader.Leave();
  Retire(1);
  Advance();
  EXPECT_EQ(freed_, Items{1});
}

TEST_F(LimboTest, TheBudgetHolds) {
  for (uint64_t item = 1; item <= 5; ++item) Retire(item);
  limbo_.Advance(2);
  EXPECT_EQ(freed_, (Items{1, 2}));
  limbo_.Advance(0);
  EXPECT_EQ(limbo_.size(), 3);
  limbo_.Advance(3);
  EXPECT_EQ(freed_, (Items{1, 2, 3, 4, 5}));
}

TEST_F(LimboTest, DrainFreesEverything) {
  Retire(1);
  Advance();
  Retire(2);
  limbo_.Drain();
  EXPECT_EQ(freed_, (Items{1, 2}));
  EXPECT_EQ(limbo_.size(), 0);
}

TEST_F(LimboTest, TheWriterNeedsNoGuard) {
  const EpochGuard guard(nullptr, limbo_.epoch());
  Retire(1);
  Advance();
  EXPECT_EQ(freed_, Items{1});
}

TEST_F(LimboTest, ItemsMayRetireOthersAsTheyAreFreed) {
  limbo_.Retire(
      [](void* self, uint64_t item) {
        static_cast<LimboTest*>(self)->Retire(item + 1);
      },
      this, 7);
  Advance();
  EXPECT_EQ(freed_, Items());
  Advance();
  EXPECT_EQ(freed_, Items{8});
}

}  // namespace
}  // namespace orderstore::table
