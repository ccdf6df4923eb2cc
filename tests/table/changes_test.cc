#include "table/changes.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "orderstore/records.h"
#include "orderstore/stats.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/tables.h"
#include "table/tables_fixture.h"

namespace orderstore::table {
namespace {

constexpr uint32_t kCustomers = 40;
constexpr uint32_t kOrders = 60;
constexpr uint32_t kBarcodes = 120;

class ChangesTest : public TablesTest {
 protected:
  using Lines = std::vector<std::string>;

  template <typename Row>
  static std::string Line(const char* table, const Row& row,
                          const Words& words) {
    std::string line = table;
    for (const int64_t column : {int64_t{row.id}, row.created_at,
                                 words.updated_at, int64_t{words.word}}) {
      line += " " + std::to_string(column);
    }
    return line;
  }

  // All that a view of `tick` sees, by every index.
  Lines SeenAt(Tick tick) const {
    Lines lines;
    for (uint32_t id = 1; id <= kCustomers; ++id) {
      const auto found = tables->FindCustomer(id, tick);
      if (found.row == nullptr) continue;
      const std::string_view email = found.row->Email(tables->text);
      lines.push_back(Line("customer", *found.row, found.words));
      lines.back().append(email).append(found.row->Name(tables->text));
      const auto same =
          tables->FindCustomerByEmail(email, tables->Hash(email), tick);
      if (same.row != found.row) lines.push_back("is not found by email");
      AddChildren(lines, tables->orders, tables->customers.orders,
                  tables->customers.ids[id].children, tick,
                  [id](uint32_t word) { return word == id; });
    }
    for (uint32_t id = 1; id <= kOrders; ++id) {
      const auto found = tables->FindOrder(id, tick);
      if (found.row == nullptr) continue;
      lines.push_back(Line("order", *found.row, found.words));
      AddChildren(lines, tables->barcodes, tables->orders.barcodes,
                  tables->orders.ids[id].children, tick, [id](uint32_t word) {
                    return BarcodeRow::OrderOf(word) == id;
                  });
    }
    for (uint32_t id = 1; id <= kBarcodes; ++id) {
      const auto found = tables->FindBarcode(id, tick);
      if (found.row == nullptr) continue;
      const std::string_view value = found.row->text.Get(tables->text);
      lines.push_back(Line("barcode", *found.row, found.words));
      lines.back().append(value);
      const auto same =
          tables->FindBarcodeByValue(value, tables->Hash(value), tick);
      if (same.row != found.row) lines.push_back("is not found by value");
    }
    const UnassignedIndex& unassigned = tables->barcodes.unassigned;
    for (uint32_t id = unassigned.FirstCandidateFrom(1, tick); id != 0;
         id = unassigned.FirstCandidateFrom(id + 1, tick)) {
      const auto found = tables->FindBarcode(id, tick);
      if (found.row != nullptr && BarcodeRow::OrderOf(found.words.word) == 0) {
        lines.push_back("unassigned " + std::to_string(id));
      }
    }
    return lines;
  }

  template <typename Table, typename IsUnder>
  void AddChildren(Lines& lines, const Table& table, const ChildIndex& index,
                   const ChildIndex::Anchor& anchor, Tick tick,
                   IsUnder is_under) const {
    Lines children;
    index.ForEach(anchor, ChildIndex::Wanted::kAll, tick, [&](uint32_t slot) {
      const auto& row = table.rows[slot];
      const Sight sight = See(row, tables->versions, tick);
      if (sight.words && is_under(sight.words->word)) {
        children.push_back(Line("  child", row, *sight.words));
      }
      return true;
    });
    std::sort(children.begin(), children.end());
    lines.insert(lines.end(), children.begin(), children.end());
  }

  template <typename Table>
  static bool IsLive(const Table& table, uint32_t id) {
    const uint32_t slot = table.ids[id].slot;
    return slot != 0 &&
           !table.rows[slot].LoadStamp(std::memory_order_relaxed).deleted();
  }
  // A live row's id, or 0.
  template <typename Table>
  static uint32_t AnyLive(const Table& table, uint32_t ids,
                          SeededRandom& random) {
    for (int tries = 0; tries < 8; ++tries) {
      const auto id =
          static_cast<uint32_t>(random.OneTo(static_cast<int32_t>(ids)));
      if (IsLive(table, id)) return id;
    }
    return 0;
  }

  // A text of this row alone, in its place or in a block.
  static std::string TextOf(uint32_t id, SeededRandom& random) {
    std::string text =
        std::to_string(id) + "@" + std::to_string(random.Below(3));
    if (random.OneIn(3)) text.append(100, 'x');
    return text;
  }

  // Rows and indexes.
  int64_t DataBytes() const {
    StoreStats stats;
    tables->AddTo(stats);
    return stats.customers.total() + stats.orders.total() +
           stats.barcodes.total() + stats.long_text_bytes +
           stats.unassigned_index_bytes;
  }

  void RandomStep(SeededRandom& random);

  void InsertAny(SeededRandom& random);
  void UpdateAny(SeededRandom& random);
  void DeleteAny(SeededRandom& random);

  int64_t time_ = 1000;
};

void ChangesTest::RandomStep(SeededRandom& random) {
  const int32_t what = random.Below(10);
  if (what < 4) {
    InsertAny(random);
  } else if (what < 8) {
    UpdateAny(random);
  } else {
    DeleteAny(random);
  }
}

void ChangesTest::InsertAny(SeededRandom& random) {
  const uint32_t customer = AnyLive(tables->customers, kCustomers, random);
  const uint32_t order = AnyLive(tables->orders, kOrders, random);
  const auto id = static_cast<uint32_t>(random.OneTo(kBarcodes));
  switch (random.Below(4)) {
    case 0:
      if (id <= kCustomers && !IsLive(tables->customers, id)) {
        InsertCustomer(id, TextOf(id, random));
      }
      return;
    case 1:
      if (id <= kOrders && !IsLive(tables->orders, id) && customer != 0) {
        InsertOrder(id, customer);
      }
      return;
    default:
      if (!IsLive(tables->barcodes, id)) {
        InsertBarcode(id, TextOf(id, random), random.OneIn(3) ? 0 : order,
                      random.OneIn(3));
      }
  }
}

void ChangesTest::UpdateAny(SeededRandom& random) {
  ++time_;
  const uint32_t customer = AnyLive(tables->customers, kCustomers, random);
  const uint32_t order = AnyLive(tables->orders, kOrders, random);
  const uint32_t barcode = AnyLive(tables->barcodes, kBarcodes, random);
  const uint32_t word =
      BarcodeRow::WordOf(random.OneIn(3) ? 0 : order, random.OneIn(2));
  switch (random.Below(6)) {
    case 0: {
      if (customer == 0) return;
      const std::string email = TextOf(customer, random);
      const uint32_t slot = CustomerSlot(customer);
      if (tables->customers.rows[slot].Email(tables->text) == email) return;
      changes.ReplaceCustomer(slot, email, "M", tables->Hash(email), time_);
      return;
    }
    case 1: {
      if (barcode == 0) return;
      const std::string value = TextOf(barcode, random);
      const uint32_t slot = BarcodeSlot(barcode);
      if (tables->barcodes.rows[slot].text.Get(tables->text) == value) return;
      changes.ReplaceBarcode(slot, value, tables->Hash(value), word, time_);
      return;
    }
    case 2:
      if (customer != 0) changes.SetCustomer(CustomerSlot(customer), time_);
      return;
    case 3:
      if (customer != 0 && order != 0) {
        changes.SetOrder(OrderSlot(order), customer, time_);
      }
      return;
    default:
      if (barcode != 0) changes.SetBarcode(BarcodeSlot(barcode), word, time_);
  }
}

void ChangesTest::DeleteAny(SeededRandom& random) {
  const uint32_t customer = AnyLive(tables->customers, kCustomers, random);
  const uint32_t order = AnyLive(tables->orders, kOrders, random);
  const uint32_t barcode = AnyLive(tables->barcodes, kBarcodes, random);
  if (customer != 0 && !changes.HasOrders(customer)) {
    changes.DeleteCustomer(CustomerSlot(customer));
  } else if (order != 0 && !changes.HasBarcodes(order)) {
    changes.DeleteOrder(OrderSlot(order));
  } else if (barcode != 0) {
    changes.DeleteBarcode(BarcodeSlot(barcode));
  }
}

// ---- Random transactions ---------------------------------------------------

// Transactions with savepoints that commit or abort, under some open views:
// undoing brings everything back, and no view ever sees anything change.
TEST_F(ChangesTest, UndoRestoresEverythingAndViewsSeeNoneOfIt) {
  struct View {
    std::unique_ptr<OpenView> open;
    Tick tick;
    Lines seen;
  };
  for (uint64_t seed : TestSeeds(3)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::deque<View> views;
    const int64_t transactions = std::max<int64_t>(Scaled(600), 60);
    for (int64_t n = 0; n < transactions; ++n) {
      SCOPED_TRACE("transaction " + std::to_string(n));
      const Tick base = newest().tick;
      const Lines before = SeenAt(base);
      const Counts counts = newest().counts;
      Begin();
      ASSERT_EQ(SeenAt(changes.tick()), before);
      for (int parts = random.Below(4); parts >= 0; --parts) {
        const Changes::Savepoint savepoint = changes.Save();
        const Lines at_savepoint = SeenAt(changes.tick());
        for (int steps = random.Below(25); steps > 0; --steps) {
          RandomStep(random);
        }
        ASSERT_TRUE(CheckNow().ok()) << CheckNow();
        if (random.OneIn(3)) {
          changes.UndoTo(savepoint);
          ASSERT_TRUE(CheckNow().ok()) << CheckNow();
          ASSERT_EQ(SeenAt(changes.tick()), at_savepoint);
        }
      }
      ASSERT_EQ(SeenAt(base), before) << "an open transaction shows";
      const bool commits = random.OneIn(2);
      commits ? Commit() : Abort();
      ASSERT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
      if (!commits) {
        ASSERT_EQ(SeenAt(newest().tick), before);
        ASSERT_EQ(newest().counts, counts);
      }
      if (random.OneIn(6)) {
        const Tick tick = newest().tick;
        views.push_back({std::make_unique<OpenView>(tables->views, tick), tick,
                         SeenAt(tick)});
      }
      if (views.size() > 3 || (!views.empty() && random.OneIn(8))) {
        views.erase(views.begin() +
                    random.Below(static_cast<int32_t>(views.size())));
      }
      tables->Collect(newest().tick, 0, 30);
      for (const View& view : views) {
        ASSERT_EQ(SeenAt(view.tick), view.seen) << "view of " << view.tick;
      }
    }
    views.clear();
    CollectAll();
    EXPECT_EQ(tables->versions.in_use(), 0);
    EXPECT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
  }
}

TEST_F(ChangesTest, AbortsLeaveNoMemoryBehind) {
  SeededRandom random(1);
  Begin();
  for (int i = 0; i < 500; ++i) RandomStep(random);
  Commit();
  CollectAll();
  const int64_t bytes = DataBytes();
  const int64_t rows = tables->barcodes.rows.in_use();
  for (int n = 0; n < 50; ++n) {
    Begin();
    for (int i = 0; i < 200; ++i) RandomStep(random);
    Abort();
    CollectAll();
    ASSERT_EQ(tables->versions.in_use(), 0);
    ASSERT_EQ(tables->barcodes.rows.in_use(), rows);
  }
  // Segments may have split.
  EXPECT_LE(DataBytes(), bytes + (32 << 10));
}

TEST_F(ChangesTest, EverythingDeletedLeavesNoMemoryBehind) {
  const int64_t empty = DataBytes();
  SeededRandom random(1);
  Begin();
  for (int i = 0; i < 1000; ++i) RandomStep(random);
  Commit();
  Begin();
  for (uint32_t id = 1; id <= kBarcodes; ++id) {
    if (IsLive(tables->barcodes, id)) changes.DeleteBarcode(BarcodeSlot(id));
  }
  for (uint32_t id = 1; id <= kOrders; ++id) {
    if (IsLive(tables->orders, id)) changes.DeleteOrder(OrderSlot(id));
  }
  for (uint32_t id = 1; id <= kCustomers; ++id) {
    if (IsLive(tables->customers, id)) {
      changes.DeleteCustomer(CustomerSlot(id));
    }
  }
  Commit();
  CollectAll();
  EXPECT_EQ(newest().counts, Counts());
  EXPECT_EQ(tables->versions.in_use(), 0);
  EXPECT_EQ(tables->text.bytes(), 0);
  EXPECT_EQ(tables->customers.rows.in_use(), 0);
  EXPECT_EQ(tables->orders.rows.in_use(), 0);
  EXPECT_EQ(tables->barcodes.rows.in_use(), 0);
  EXPECT_EQ(tables->customers.ids.bytes() + tables->orders.ids.bytes() +
                tables->barcodes.ids.bytes(),
            0);
  EXPECT_EQ(tables->customers.orders.bytes(), 0);
  EXPECT_EQ(tables->orders.barcodes.bytes(), 0);
  EXPECT_EQ(tables->barcodes.unassigned.bytes(), 0);
  EXPECT_LE(DataBytes(), empty + (16 << 10));
}

// ---- One thing at a time ---------------------------------------------------

TEST_F(ChangesTest, OneTransactionMakesOneVersionOfARow) {
  Begin();
  InsertCustomer(1, "ann@x");
  Commit();
  Begin();
  for (int i = 0; i < 10; ++i) changes.SetCustomer(CustomerSlot(1), 300 + i);
  EXPECT_EQ(tables->versions.in_use(), 1);
  Commit();
  EXPECT_EQ(SeenAt(newest().tick), Lines{"customer 1 100 309 0ann@xN"});
}

TEST_F(ChangesTest, RowsOfTheTransactionItselfNeedNoVersions) {
  Begin();
  InsertCustomer(1, "ann@x");
  InsertOrder(1, 1);
  InsertBarcode(1, "A", 1);
  changes.SetBarcode(BarcodeSlot(1), BarcodeRow::WordOf(0, true), 300);
  changes.SetBarcode(BarcodeSlot(1), BarcodeRow::WordOf(1, true), 301);
  EXPECT_EQ(tables->versions.in_use(), 0);
  Commit();
  EXPECT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
}

TEST_F(ChangesTest, RowsInsertedAndDeletedByOneTransactionGoWithIt) {
  Begin();
  InsertCustomer(1, "ann@x");
  Commit();
  CollectAll();
  const int64_t bytes = DataBytes();
  Begin();
  for (int round = 0; round < 3; ++round) {
    InsertOrder(1, 1);
    InsertBarcode(1, std::string(100, 'A'), 1);
    InsertBarcode(2, "B", 0);
    changes.DeleteBarcode(BarcodeSlot(1));
    changes.DeleteBarcode(BarcodeSlot(2));
    changes.DeleteOrder(OrderSlot(1));
  }
  Commit();
  CollectAll();
  EXPECT_EQ(DataBytes(), bytes);
  EXPECT_EQ(tables->orders.rows.in_use(), 0);
  EXPECT_EQ(tables->barcodes.rows.in_use(), 0);
  EXPECT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
}

TEST_F(ChangesTest, BarcodesThatComeBackUseTheirOldEntryAgain) {
  Begin();
  InsertCustomer(1, "ann@x");
  InsertOrder(1, 1);
  InsertOrder(2, 1);
  InsertBarcode(1, "A", 1);
  Commit();
  const OpenView view(tables->views, newest().tick);
  const Lines seen = SeenAt(newest().tick);
  const Tick tick = newest().tick;
  for (int round = 0; round < 100; ++round) {
    for (const uint32_t order : {2u, 0u, 1u}) {
      Begin();
      changes.SetBarcode(BarcodeSlot(1), BarcodeRow::WordOf(order, false),
                         1000 + round);
      Commit();
      tables->Collect(newest().tick, 0, 100);
    }
  }
  EXPECT_EQ(SeenAt(tick), seen);
  int entries = 0;
  tables->orders.barcodes.ForEach(tables->orders.ids[1].children,
                                  ChildIndex::Wanted::kAll, 0, [&](uint32_t) {
                                    ++entries;
                                    return true;
                                  });
  EXPECT_EQ(entries, 1);
  EXPECT_LE(tables->versions.in_use(), 10);
}

// A chunk of a long list is passed over once nothing in it is current: counts
// that an undo forgets would keep readers from that for good.
TEST_F(ChangesTest, UndoneInsertsDoNotCountInLongLists) {
  constexpr uint32_t kFirstChunk = 1016;
  Begin();
  InsertCustomer(1, "ann@x");
  InsertOrder(1, 1);
  for (uint32_t id = 1; id <= kFirstChunk + 1; ++id) {
    InsertOrder(100 + id, 1);
    InsertBarcode(1000 + id, "V" + std::to_string(id), 1);
  }
  Commit();
  Begin();
  InsertOrder(5000, 1);
  InsertBarcode(5000, "W", 1);
  changes.SetBarcode(BarcodeSlot(1000 + kFirstChunk + 1),
                     BarcodeRow::WordOf(1, true), 300);
  Abort();
  const OpenView view(tables->views, newest().tick);
  Begin();
  changes.DeleteBarcode(BarcodeSlot(1000 + kFirstChunk + 1));
  changes.DeleteOrder(OrderSlot(100 + kFirstChunk));
  changes.DeleteOrder(OrderSlot(100 + kFirstChunk + 1));
  Commit();
  const auto entries = [&](const ChildIndex& index,
                           const ChildIndex::Anchor& anchor) {
    uint32_t count = 0;
    index.ForEach(anchor, ChildIndex::Wanted::kAll, newest().tick,
                  [&](uint32_t) { return ++count, true; });
    return count;
  };
  EXPECT_EQ(entries(tables->orders.barcodes, tables->orders.ids[1].children),
            kFirstChunk);
  EXPECT_EQ(
      entries(tables->customers.orders, tables->customers.ids[1].children),
      kFirstChunk);
}

TEST_F(ChangesTest, EmptyTransactionsHaveNoStepsAndTicksMoveOn) {
  const Tick tick = newest().tick;
  Begin();
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(changes.tick(), tick + 1);
  InsertCustomer(1, "ann@x");
  EXPECT_FALSE(changes.empty());
  EXPECT_EQ(changes.size(), 1);
  Abort();
  EXPECT_EQ(newest().tick, tick + 1);
  EXPECT_EQ(newest().lsn, 0);
  EXPECT_EQ(newest().next_customer_id, 1);
}

}  // namespace
}  // namespace orderstore::table
