// The tables and their parts when the system gives no memory: they throw before
// they change anything, or need none.

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "orderstore/options.h"
#include "orderstore/records.h"
#include "scarcity.h"
#include "table/collector.h"
#include "table/commit_state.h"
#include "table/hash_index_fixture.h"
#include "table/loader.h"
#include "table/ranking.h"
#include "table/state_publisher.h"
#include "table/tables.h"
#include "table/tables_fixture.h"
#include "table/top_list.h"
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

// Whichever allocation of a split fails.
TEST_F(HashIndexMemoryTest, AnInsertWithoutMemoryPutsItsSplitOff) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  constexpr uint32_t kSlots = 3000;
  for (int allowed = 0; allowed <= 4; ++allowed) {
    SCOPED_TRACE(allowed);
    Open(2 * kSlots, Mixed);
    int strikes = 0;
    for (uint32_t slot = 1; slot <= kSlots; ++slot) {
      {
        const Scarcity scarcity(allowed);
        Insert(slot);
      }
      if (!Scarcity::HasStruck()) continue;
      if (++strikes % 500 != 1) continue;
      for (uint32_t other = 1; other <= slot; ++other) {
        ASSERT_TRUE(Finds(other)) << other << " after " << slot;
      }
    }
    // Of a root and its two vectors.
    EXPECT_TRUE(strikes > 0 || allowed > 2);
    for (uint32_t slot = 1; slot <= kSlots; ++slot) ASSERT_TRUE(Finds(slot));
    // What was put off is done with the inserts that follow.
    for (uint32_t slot = kSlots + 1; slot <= 2 * kSlots; ++slot) Insert(slot);
    EXPECT_EQ(index->size(), 2 * kSlots);
    EXPECT_LE(index->ProbeLengthMax(), 16);
    for (uint32_t slot = 1; slot <= 2 * kSlots; ++slot) {
      ASSERT_TRUE(Finds(slot));
      Erase(slot);
    }
    EXPECT_EQ(index->size(), 0);
  }
}

TEST_F(HashIndexMemoryTest, AnErasureWithoutMemoryGivesUpTheSplitUnderWay) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  int given_up = 0;
  for (uint32_t count = 100; count <= 200; ++count) {
    Open(count, Mixed);
    const int64_t empty = BytesInUse();
    for (uint32_t slot = 1; slot <= count; ++slot) Insert(slot);
    {
      const Scarcity scarcity(0);
      for (uint32_t slot = 1; slot <= count; slot += 2) Erase(slot);
    }
    const bool has_struck = Scarcity::HasStruck();
    for (uint32_t slot = 1; slot <= count; ++slot) {
      ASSERT_EQ(Finds(slot), slot % 2 == 0) << slot << " of " << count;
    }
    if (!has_struck) continue;
    ++given_up;
    EXPECT_EQ(BytesInUse(), empty) << "the halves are still there";
  }
  EXPECT_GT(given_up, 0) << "no split was under way";
}

TEST(RankingMemoryTest, AChangeNeedsNoMemoryAlsoWhereTheListIsRefilled) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  constexpr uint32_t kCustomers = 20'000;
  const std::unique_ptr<AddressSpace> space = ReserveForTest();
  std::vector<uint32_t> counts(kCustomers + 64);
  Ranking ranking(*space,
                  [&counts](uint32_t customer) { return counts[customer]; });
  const auto set = [&](uint32_t customer, uint32_t tickets) {
    ranking.Change(customer, std::exchange(counts[customer], tickets), tickets);
  };
  {
    const Scarcity scarcity(0);
    for (uint32_t customer = 1; customer <= kCustomers; ++customer) {
      set(customer, 10 + customer % 50);
    }
    // The best drop out.
    for (uint32_t customer = 1; customer <= kCustomers; ++customer) {
      if (customer % 50 > 1) set(customer, 0);
    }
  }
  EXPECT_FALSE(Scarcity::HasStruck());
  EXPECT_FALSE(ranking.list().has_all);
  ASSERT_GE(ranking.list().best.size(), kTopListGuaranteed);
  EXPECT_EQ(ranking.list().best[0], (CustomerTickets{CustomerId(1), 11}));
  EXPECT_EQ(ranking.list().best[99], (CustomerTickets{CustomerId(4951), 11}));
}

// ---- Steps of transactions -------------------------------------------------

class ChangesMemoryTest : public TablesTest {
 protected:
  // More than one chunk holds of any list that remembers what was done.
  static constexpr uint32_t kRows = 1'300;

  // Customers, each with an order and a barcode on it; as many customers and
  // barcodes without an order, and orders of customer 1 without barcodes.
  void SetUp() override {
    if (!kMemoryIsOurs)
      GTEST_SKIP() << "the sanitizer's memory is never scarce";
    for (uint32_t i = 0; i <= 3 * kRows; ++i) {
      texts_.push_back("text " + std::to_string(i));
    }
    Begin();
    for (uint32_t id = 1; id <= 2 * kRows; ++id) {
      InsertCustomer(id, texts_[id]);
      InsertOrder(id, id <= kRows ? id : 1);
      InsertBarcode(id, texts_[id], id <= kRows ? id : 0);
    }
    Commit();
  }

  const std::string& NewText(uint32_t i) const { return texts_[2 * kRows + i]; }
  static uint32_t NewId(uint32_t i) { return 2 * kRows + i; }

  void SetBarcode(uint32_t id, uint32_t order, bool used = false) {
    changes.SetBarcode(BarcodeSlot(id), BarcodeRow::WordOf(order, used), 300);
  }
  void ReplaceCustomer(uint32_t id, const std::string& email) {
    changes.ReplaceCustomer(CustomerSlot(id), email, "M", tables->Hash(email),
                            300);
  }
  void ReplaceBarcode(uint32_t id, const std::string& value, uint32_t order) {
    changes.ReplaceBarcode(BarcodeSlot(id), value, tables->Hash(value),
                           BarcodeRow::WordOf(order, false), 300);
  }

  // step(1), step(2), ... in one transaction, each of them with more memory
  // each time until it has enough. Then the transaction is aborted.
  void TryWithLittleMemory(const char* name,
                           const std::function<void(uint32_t i)>& step) {
    SCOPED_TRACE(name);
    const Counts counts = newest().counts;
    int failures = 0;
    Begin();
    for (uint32_t i = 1; i <= kRows; ++i) {
      const Changes::Savepoint savepoint = changes.Save();
      for (int allowed = 0; Throws(step, i, allowed); ++allowed) {
        ++failures;
        const bool did_nothing = changes.size() == savepoint.steps;
        ASSERT_TRUE(!did_nothing || CheckNow().ok()) << i << " " << CheckNow();
        changes.UndoTo(savepoint);
        ASSERT_TRUE(CheckNow().ok()) << i << " " << CheckNow();
        ASSERT_LT(allowed, 100);
      }
    }
    EXPECT_GT(failures, 0) << "it never allocated";
    EXPECT_TRUE(CheckNow().ok()) << CheckNow();
    Abort();
    EXPECT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
    EXPECT_EQ(newest().counts, counts);
    CollectAll();
    EXPECT_EQ(tables->versions.in_use(), 0);
  }

 private:
  static bool Throws(const std::function<void(uint32_t i)>& step, uint32_t i,
                     int allowed) {
    const Scarcity scarcity(allowed);
    try {
      step(i);
      return false;
    } catch (const std::bad_alloc&) {
      return true;
    }
  }

  std::vector<std::string> texts_;
};

TEST_F(ChangesMemoryTest, AnInsertThatThrowsHasDoneNothing) {
  TryWithLittleMemory(
      "customer", [&](uint32_t i) { InsertCustomer(NewId(i), NewText(i)); });
  TryWithLittleMemory("order", [&](uint32_t i) { InsertOrder(NewId(i), i); });
  TryWithLittleMemory("order of the same customer",
                      [&](uint32_t i) { InsertOrder(NewId(i), 2); });
  TryWithLittleMemory(
      "barcode", [&](uint32_t i) { InsertBarcode(NewId(i), NewText(i), i); });
  TryWithLittleMemory("barcode on the same order", [&](uint32_t i) {
    InsertBarcode(NewId(i), NewText(i), 2);
  });
  TryWithLittleMemory("barcode without an order", [&](uint32_t i) {
    InsertBarcode(NewId(i), NewText(i), 0);
  });
}

TEST_F(ChangesMemoryTest, AnUpdateThatThrowsHasDoneNothing) {
  TryWithLittleMemory("customer", [&](uint32_t i) {
    changes.SetCustomer(CustomerSlot(i), 300);
  });
  TryWithLittleMemory("order to another customer", [&](uint32_t i) {
    changes.SetOrder(OrderSlot(i), i % kRows + 1, 300);
  });
  TryWithLittleMemory("orders of one customer to others", [&](uint32_t i) {
    changes.SetOrder(OrderSlot(kRows + i), kRows + i, 300);
  });
  TryWithLittleMemory("barcode used",
                      [&](uint32_t i) { SetBarcode(i, i, true); });
  TryWithLittleMemory("barcode to another order",
                      [&](uint32_t i) { SetBarcode(i, i % kRows + 1); });
  TryWithLittleMemory("barcode to the same order",
                      [&](uint32_t i) { SetBarcode(kRows + i, 2); });
  TryWithLittleMemory("barcode off its order",
                      [&](uint32_t i) { SetBarcode(i, 0); });
}

// Steps of two: without memory the first is undone.
TEST_F(ChangesMemoryTest, AReplacementThatThrowsIsUndone) {
  TryWithLittleMemory("customer",
                      [&](uint32_t i) { ReplaceCustomer(i, NewText(i)); });
  TryWithLittleMemory("barcode",
                      [&](uint32_t i) { ReplaceBarcode(i, NewText(i), i); });
  TryWithLittleMemory("barcode, and its order", [&](uint32_t i) {
    ReplaceBarcode(i, NewText(i), i % kRows + 1);
  });
}

TEST_F(ChangesMemoryTest, ADeletionThatThrowsHasDoneNothing) {
  TryWithLittleMemory("customer", [&](uint32_t i) {
    changes.DeleteCustomer(CustomerSlot(kRows + i));
  });
  TryWithLittleMemory(
      "order", [&](uint32_t i) { changes.DeleteOrder(OrderSlot(kRows + i)); });
  TryWithLittleMemory(
      "barcode", [&](uint32_t i) { changes.DeleteBarcode(BarcodeSlot(i)); });
  TryWithLittleMemory("barcode without an order", [&](uint32_t i) {
    changes.DeleteBarcode(BarcodeSlot(kRows + i));
  });
  TryWithLittleMemory("barcode of the transaction", [&](uint32_t i) {
    InsertBarcode(NewId(i), NewText(i), i);
    changes.DeleteBarcode(BarcodeSlot(NewId(i)));
  });
}

// Each time some of it is undone, until there is nothing left.
TEST_F(ChangesMemoryTest, AnUndoThatThrowsGoesOnWhenItIsCalledAgain) {
  const CommitState before = newest();
  Begin();
  for (uint32_t i = 1; i <= kRows; ++i) {
    InsertBarcode(NewId(i), NewText(i), i);
    InsertOrder(NewId(i), 2);
    SetBarcode(kRows + i, 2);
    changes.DeleteBarcode(BarcodeSlot(i));
    changes.DeleteBarcode(BarcodeSlot(NewId(i)));
  }
  int failures = 0;
  for (int allowed = 0;; allowed = failures % 2) {
    bool threw = false;
    {
      const Scarcity scarcity(allowed);
      try {
        changes.UndoTo({.steps = 0, .state = before});
      } catch (const std::bad_alloc&) {
        threw = true;
      }
    }
    if (!threw) break;
    ++failures;
    ASSERT_LT(failures, 100);
  }
  EXPECT_GT(failures, 2);
  ASSERT_TRUE(CheckNow().ok()) << CheckNow();
  Abort();
  EXPECT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
  EXPECT_EQ(newest().counts, before.counts);
}

// ---- A load -----------------------------------------------------------------

// Lists of children grow, and what they grew out of waits in the limbo.
TEST(LoaderMemoryTest, ALoadWithoutMemoryThrows) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  constexpr uint32_t kCustomers = 1'000;
  const std::unique_ptr<Tables> tables = Tables::Create(Options()).value();
  Loader loader(*tables, 1);
  for (uint32_t id = 1; id <= kCustomers; ++id) {
    const std::string email = "email " + std::to_string(id);
    loader.AddCustomer({.id = id,
                        .text = email,
                        .name = "N",
                        .word = 0,
                        .created_at = 100,
                        .updated_at = 200});
  }
  bool threw = false;
  {
    const Scarcity scarcity(0);
    for (uint32_t id = 1; id <= 40 * kCustomers && !threw; ++id) {
      try {
        loader.AddOrder({.id = id,
                         .text = {},
                         .name = {},
                         .word = (id - 1) / 40 + 1,
                         .created_at = 100,
                         .updated_at = 200});
      } catch (const std::bad_alloc&) {
        threw = true;
      }
    }
  }
  EXPECT_TRUE(threw) << "it needed no memory";
}

}  // namespace
}  // namespace orderstore::table
