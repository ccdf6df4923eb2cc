#include "table/version.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>

#include "gtest/gtest.h"
#include "open_view.h"
#include "scale.h"
#include "table/address_space.h"

namespace orderstore::table {

void PrintTo(const Link& link, std::ostream* out) {
  *out << (link.is_slot() ? "slot " : "version ") << link.number();
}

namespace {

TEST(LinkTest, TellsSlotsFromVersionsFromNothing) {
  EXPECT_FALSE(Link().is_slot());
  EXPECT_FALSE(Link().is_version());
  EXPECT_TRUE(Link::ToVersion(7).is_version());
  EXPECT_FALSE(Link::ToVersion(7).is_slot());
  EXPECT_TRUE(Link::ToSlot(7).is_slot());
  EXPECT_FALSE(Link::ToSlot(7).is_version());
  EXPECT_EQ(Link::ToSlot(0x7fffffff).number(), 0x7fffffff);
  EXPECT_EQ(Link::ToSlot(0), Link());
  EXPECT_EQ(Link::FromBits(Link::ToSlot(7).bits()), Link::ToSlot(7));
}

TEST(StampTest, KeepsTickAndDeletion) {
  EXPECT_EQ(Stamp::Alive(9).tick(), 9);
  EXPECT_FALSE(Stamp::Alive(9).deleted());
  EXPECT_EQ(Stamp::Deleted(9).tick(), 9);
  EXPECT_TRUE(Stamp::Deleted(9).deleted());
  EXPECT_FALSE(Stamp::Alive(9) == Stamp::Deleted(9));
}

constexpr uint32_t kVersionsMax = 10'000'000;

class SeeTest : public testing::Test {
 protected:
  // The row as the transaction of `tick` leaves it.
  void SetRow(Stamp stamp, uint32_t word) {
    row_.stamp = stamp.bits();
    row_.word = word;
    row_.updated_at = word;
  }
  // Hangs a version at the end of the chain.
  void Append(Tick begin, uint32_t word) {
    const uint32_t number = versions_.Allocate();
    versions_[number].begin = begin;
    versions_[number].word = word;
    versions_[number].updated_at = word;
    EndChainIn(Link::ToVersion(number));
    last_ = &versions_[number].next;
  }
  void EndChainIn(Link link) { last_->store(link.bits()); }

  // The word that a view of `tick` sees.
  std::optional<uint32_t> Seen(Tick tick) const {
    const Sight sight = See(row_, versions_, tick);
    if (!sight.words) return std::nullopt;
    EXPECT_EQ(sight.words->updated_at, sight.words->word);
    EXPECT_EQ(sight.older, Link());
    return sight.words->word;
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  VersionPool versions_{*space_, kVersionsMax};
  RowHeader row_;
  std::atomic<uint32_t>* last_ = &row_.older;
};

TEST_F(SeeTest, TheRowItselfFromItsStampOn) {
  SetRow(Stamp::Alive(10), 1);
  EXPECT_EQ(Seen(10), 1);
  EXPECT_EQ(Seen(11), 1);
  EXPECT_EQ(Seen(9), std::nullopt);
  EXPECT_EQ(See(row_, versions_, 9).older, Link()) << "there is nothing older";
}

TEST_F(SeeTest, TheVersionThatBeganLastByItsTick) {
  SetRow(Stamp::Alive(30), 3);
  Append(20, 2);
  Append(10, 1);
  EXPECT_EQ(Seen(30), 3);
  EXPECT_EQ(Seen(29), 2);
  EXPECT_EQ(Seen(20), 2);
  EXPECT_EQ(Seen(19), 1);
  EXPECT_EQ(Seen(10), 1);
  EXPECT_EQ(Seen(9), std::nullopt);
}

TEST_F(SeeTest, NothingOnceTheRowIsDeletedAndWhatWasThereBefore) {
  SetRow(Stamp::Deleted(30), 2);
  Append(20, 2);
  EXPECT_EQ(Seen(30), std::nullopt);
  EXPECT_EQ(Seen(31), std::nullopt);
  EXPECT_EQ(See(row_, versions_, 30).older, Link())
      << "older slots of the id were over before";
  EXPECT_EQ(Seen(29), 2);
  EXPECT_EQ(Seen(19), std::nullopt);
}

TEST_F(SeeTest, RowsOlderThanTheSlotAreLookedForInTheOneBefore) {
  SetRow(Stamp::Alive(30), 3);
  Append(20, 2);
  EndChainIn(Link::ToSlot(77));
  EXPECT_EQ(Seen(20), 2);
  const Sight sight = See(row_, versions_, 19);
  EXPECT_FALSE(sight.words);
  EXPECT_EQ(sight.older, Link::ToSlot(77));
}

TEST_F(SeeTest, ANewSlotLeadsToTheOneBeforeAtOnce) {
  SetRow(Stamp::Alive(30), 3);
  EndChainIn(Link::ToSlot(77));
  EXPECT_EQ(See(row_, versions_, 29).older, Link::ToSlot(77));
  SetRow(Stamp::Deleted(30), 3);
  EXPECT_EQ(See(row_, versions_, 29).older, Link::ToSlot(77));
}

TEST_F(SeeTest, AnAbortedChangeIsReadInPlaceByNewViewsOnly) {
  SetRow(Stamp::Alive(30), 2);  // restored, with the stamp of the abort
  Append(20, 2);
  EXPECT_EQ(Seen(30), 2);
  EXPECT_EQ(Seen(29), 2);
}

// A row that is changed all the time, as version.h says, and views of any age:
// each sees word and updated_at of one version, the one of its tick.
TEST_F(SeeTest, ReadersSeeWholeVersionsOfTheirTickBesideTheWriter) {
  SetRow(Stamp::Alive(1), 1);
  std::atomic<uint32_t> newest = 1;
  std::atomic<bool> done = false;
  std::atomic<int64_t> reads = 0;
  std::atomic<int64_t> wrong = 0;
  std::thread reader([&] {
    for (; !done.load(); ++reads) {
      // Of what ended before now; the transaction of tick + 1 may be at work.
      const uint32_t tick = newest.load();
      const Sight sight = See(row_, versions_, tick);
      // Transactions of even ticks abort: they restore the word before.
      const uint32_t word = tick % 2 == 1 ? tick : tick - 1;
      if (!sight.words || sight.words->word != word ||
          sight.words->updated_at != word) {
        ++wrong;
      }
    }
  });
  // Versions are not used again: the reader may stand in them.
  const auto changes =
      static_cast<uint32_t>(std::max<int64_t>(Scaled(1'000'000), 100'000));
  for (uint32_t tick = 1;
       tick < kVersionsMax && (tick < changes || reads.load() < changes / 100);
       ++tick) {
    const Words before = {row_.word, row_.updated_at};
    const uint32_t number = versions_.Allocate();
    versions_[number].begin = tick;
    versions_[number].word = before.word;
    versions_[number].updated_at = before.updated_at;
    versions_[number].next.store(row_.older.load());
    row_.older.store(number, std::memory_order_release);
    row_.stamp.store(Stamp::Alive(tick + 1).bits(), std::memory_order_release);
    row_.word.store(tick + 1, std::memory_order_release);
    row_.updated_at.store(tick + 1, std::memory_order_release);
    if (tick % 2 == 1) {  // tick + 1 is even: abort
      row_.word.store(before.word, std::memory_order_release);
      row_.updated_at.store(before.updated_at, std::memory_order_release);
    }
    newest = tick + 1;
  }
  done = true;
  reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace orderstore::table
