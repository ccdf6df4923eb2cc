// What held read views cost: only the versions that they alone can see, and
// nothing once they are closed; and that rows which come and go for long leave
// no memory behind.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/stats.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

// Old versions are collected in batches: so many may wait for the next one.
constexpr int64_t kVersionsWaiting = 200;
constexpr int64_t kMemorySlack = 256 << 10;

class LongViewTest : public StoreTest {
 protected:
  // Redeems or unredeems the barcode "T".
  void Flip() {
    Transaction txn = Begin();
    flipped_ = !flipped_;
    EXPECT_THAT(flipped_ ? txn.Redeem("T") : txn.Unredeem("T"), IsOk());
    EXPECT_THAT(txn.Commit(), IsOk());
  }

  // Transactions that give the store an occasion to collect.
  void RunSomeTransactions() {
    PutBarcode("scratch");
    const BarcodeId id = BarcodeNow("scratch").id;
    for (int i = 1; i <= 500; ++i) {
      Transaction txn = Begin();
      EXPECT_THAT(txn.UpdateBarcode(id, {.is_used = i % 2 == 1}), IsOk());
      EXPECT_THAT(txn.Commit(), IsOk());
    }
    Transaction txn = Begin();
    EXPECT_THAT(txn.DeleteBarcode(id), IsOk());
    EXPECT_THAT(txn.Commit(), IsOk());
  }

  // Barcodes "0", "1", ... without an order.
  void LoadStock(int64_t count) {
    constexpr int64_t kBatch = 10'000;
    for (int64_t first = 0; first < count; first += kBatch) {
      std::vector<std::string> texts;
      for (int64_t i = first; i < std::min(first + kBatch, count); ++i) {
        texts.push_back(std::to_string(i));
      }
      std::vector<NewBarcode> rows;
      for (const std::string& text : texts) rows.push_back({.value = text});
      Transaction txn = Begin();
      ASSERT_THAT(txn.InsertBarcodes(rows), IsOk());
      ASSERT_THAT(txn.Commit(), IsOk());
    }
  }

  bool flipped_ = false;
};

// ---- One row, changed for long ---------------------------------------------

TEST_F(LongViewTest, OneRowChangedTenMillionTimesUnderAViewTakesNoMemory) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("T", order);
  int64_t memory_bytes = 0;
  {
    const ReadView view = View();
    const Barcode before = *view.FindBarcodeByValue("T");
    const int64_t flips = std::max<int64_t>(Scaled(10'000'000), 10'000);
    for (int64_t i = 0; i < flips && !HasFailure(); ++i) {
      Flip();
      if (i % (flips / 100) != 0) continue;
      const StoreStats stats = store_->Stats();
      EXPECT_LT(stats.versions, kVersionsWaiting);
      // After the first one in a hundred, what is needed is there.
      if (i == flips / 100) memory_bytes = stats.memory_bytes;
      if (i > flips / 100) {
        EXPECT_LE(stats.memory_bytes, memory_bytes + kMemorySlack);
      }
      EXPECT_EQ(view.FindBarcodeByValue("T")->updated_at, before.updated_at);
    }
    EXPECT_EQ(view.FindBarcodeByValue("T"), before);
    EXPECT_THAT(view.BarcodesOf(order, BarcodeFilter::kUnused),
                testing::ElementsAre(before));
  }
  RunSomeTransactions();
  EXPECT_LT(store_->Stats().versions, kVersionsWaiting);
  EXPECT_LE(store_->Stats().memory_bytes, memory_bytes + kMemorySlack);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(LongViewTest, OneCustomerRenamedForLongUnderAViewTakesNoMemory) {
  const CustomerId ann = PutCustomer("ann@x");
  const ReadView view = View();
  int64_t memory_bytes = 0;
  const int64_t renames = std::max<int64_t>(Scaled(500'000), 10'000);
  for (int64_t i = 0; i < renames && !HasFailure(); ++i) {
    // Long text has memory of its own.
    const std::string email = std::string(90, 'e') + std::to_string(i % 1000);
    Transaction txn = Begin();
    ASSERT_THAT(txn.UpdateCustomer(ann, {.email = email}), IsOk());
    ASSERT_THAT(txn.Commit(), IsOk());
    if (i == renames / 10) memory_bytes = store_->Stats().memory_bytes;
    if (i > renames / 10 && i % (renames / 20) == 0) {
      EXPECT_LE(store_->Stats().memory_bytes, memory_bytes + kMemorySlack);
    }
  }
  EXPECT_EQ(view.FindCustomerByEmail("ann@x")->id, ann);
  EXPECT_EQ(view.FindCustomer(ann)->email, "ann@x");
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(LongViewTest, OneRowRenamedOverAndOverInOneTransaction) {
  const CustomerId ann = PutCustomer("ann@x");
  const ReadView view = View();
  for (const bool commits : {false, true}) {
    Transaction txn = Begin();
    for (int64_t i = Scaled(100'000); i >= 0; --i) {
      ASSERT_THAT(txn.UpdateCustomer(ann, {.email = Numbered("email ", i)}),
                  IsOk());
    }
    EXPECT_EQ(txn.FindCustomerByEmail("email 0")->id, ann);
    EXPECT_EQ(txn.FindCustomerByEmail("email 1"), std::nullopt);
    if (commits) {
      ASSERT_THAT(txn.Commit(), IsOk());
    }
  }
  {
    const ReadView now = View();
    EXPECT_EQ(now.FindCustomerByEmail("email 0")->id, ann);
  }
  EXPECT_EQ(view.FindCustomerByEmail("ann@x")->id, ann);
  RunSomeTransactions();
  EXPECT_LT(store_->Stats().versions, kVersionsWaiting);
  EXPECT_THAT(store_->Check(), IsOk());
}

// ---- The stock, taken one by one -------------------------------------------

TEST_F(LongViewTest, StockIsTakenOneByOneUnderAnOldView) {
  const int64_t stock = std::max<int64_t>(Scaled(10'000'000), 10'000);
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  ASSERT_NO_FATAL_FAILURE(LoadStock(stock));
  const int64_t memory_bytes = store_->Stats().memory_bytes;
  {
    const ReadView old_view = View();
    std::vector<Barcode> page(10);
    for (int64_t taken = 1; taken <= stock && !HasFailure(); ++taken) {
      Transaction txn = Begin();
      const auto rows = txn.AssignBarcodes(order, 1);
      ASSERT_THAT(rows, IsOk());
      ASSERT_EQ(rows->front().id, BarcodeId(static_cast<int32_t>(taken)));
      ASSERT_THAT(txn.Commit(), IsOk());
      if (taken % (stock / 50) != 0) continue;
      const ReadView view = View();
      page.resize(10);
      page.resize(view.ReadUnassignedBarcodes(BarcodeId(), page));
      ASSERT_EQ(std::ssize(page), std::min<int64_t>(10, stock - taken));
      for (int64_t i = 0; i < std::ssize(page); ++i) {
        ASSERT_EQ(page[static_cast<size_t>(i)].id.value(), taken + 1 + i);
      }
      EXPECT_EQ(view.Counts().unassigned_barcodes, stock - taken);
      EXPECT_EQ(view.TicketCount(CustomerId(1)), taken);
      // A version, its index entries and its bookkeeping.
      EXPECT_LE(store_->Stats().memory_bytes,
                memory_bytes + 250 * taken + (4 << 20));
      page.resize(10);
      ASSERT_EQ(old_view.ReadUnassignedBarcodes(BarcodeId(), page), 10u);
      EXPECT_EQ(page.front().id, BarcodeId(1));
    }
    EXPECT_EQ(old_view.Counts().unassigned_barcodes, stock);
    EXPECT_EQ(std::ssize(RowsOf(old_view.UnassignedBarcodes())), stock);
    EXPECT_TRUE(old_view.BarcodesOf(order).empty());
  }
  RunSomeTransactions();
  EXPECT_LT(store_->Stats().versions, kVersionsWaiting);
  const ReadView view = View();
  EXPECT_TRUE(RowsOf(view.UnassignedBarcodes()).empty());
  EXPECT_EQ(std::ssize(view.BarcodesOf(order)), stock);
  EXPECT_THAT(store_->Check(), IsOk());
}

// Every row leaves the stock and comes back, over and over, under one view.
TEST_F(LongViewTest, StockThatComesAndGoesUnderAViewTakesNoMemory) {
  constexpr int64_t kStock = 500;
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  ASSERT_NO_FATAL_FAILURE(LoadStock(kStock));
  const ReadView old_view = View();
  int64_t memory_bytes = 0;
  const int64_t rounds = std::max<int64_t>(Scaled(400), 20);
  for (int64_t round = 0; round < rounds && !HasFailure(); ++round) {
    for (int32_t id = 1; id <= kStock; ++id) {
      Transaction txn = Begin();
      if (round % 2 == 0) {
        ASSERT_THAT(txn.AssignBarcodes(order, 1), IsOk());
      } else {
        ASSERT_THAT(txn.UpdateBarcode(BarcodeId(id),
                                      {.order_id = std::optional<OrderId>()}),
                    IsOk());
      }
      ASSERT_THAT(txn.Commit(), IsOk());
    }
    if (round == rounds / 10) memory_bytes = store_->Stats().memory_bytes;
    if (round > rounds / 10) {
      EXPECT_LE(store_->Stats().memory_bytes, memory_bytes + kMemorySlack);
    }
    EXPECT_LT(store_->Stats().versions, kStock + kVersionsWaiting);
  }
  EXPECT_EQ(std::ssize(RowsOf(old_view.UnassignedBarcodes())), kStock);
  EXPECT_TRUE(old_view.BarcodesOf(order).empty());
  EXPECT_THAT(store_->Check(), IsOk());
}

// ---- Views at many LSNs ----------------------------------------------------

TEST_F(LongViewTest, ViewsPinWhatTheySeeAndNothingElse) {
  PutBarcode("T", PutOrder(PutCustomer("ann@x")));
  struct Held {
    ReadView view;
    Barcode row;
  };
  std::vector<Held> held;
  SeededRandom random(1);
  const int64_t flips = std::max<int64_t>(Scaled(100'000), 5'000);
  for (int64_t i = 0; i < flips && !HasFailure(); ++i) {
    Flip();
    if (i % (flips / 50) == 0) {
      ReadView view = View();
      const Barcode row = *view.FindBarcodeByValue("T");
      held.push_back({std::move(view), row});
    }
    if (i % (flips / 100) == 0) {
      const Held& any = random.Pick(held);
      EXPECT_EQ(any.view.FindBarcodeByValue("T"), any.row);
      EXPECT_EQ(any.view.FindBarcode(any.row.id), any.row);
    }
    // Closing one frees its version even though older ones are open.
    if (i % (flips / 20) == 0 && held.size() > 3) {
      held.erase(held.begin() + 1 +
                 random.Below(static_cast<int32_t>(held.size()) - 1));
    }
    if (i % 100 == 0) {
      EXPECT_LE(store_->Stats().versions, std::ssize(held) + kVersionsWaiting);
    }
  }
  EXPECT_GT(held.size(), 10u);
  for (const Held& one : held) {
    EXPECT_EQ(one.view.FindBarcodeByValue("T"), one.row);
  }
  EXPECT_EQ(store_->Stats().oldest_read_view_lsn, held.front().view.lsn());
  held.clear();
  RunSomeTransactions();
  EXPECT_LT(store_->Stats().versions, kVersionsWaiting);
}

TEST_F(LongViewTest, ClosingTheViewGivesItsVersionsBack) {
  const int64_t rows = std::max<int64_t>(Scaled(200'000), 1'000);
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  ASSERT_NO_FATAL_FAILURE(LoadStock(rows));
  {
    const ReadView view = View();
    Transaction txn = Begin();
    ASSERT_THAT(txn.AssignBarcodes(order, static_cast<size_t>(rows)), IsOk());
    ASSERT_THAT(txn.Commit(), IsOk());
    EXPECT_GE(store_->Stats().versions, rows);
    EXPECT_GT(store_->Stats().version_bytes, 0);
  }
  RunSomeTransactions();
  EXPECT_LT(store_->Stats().versions, kVersionsWaiting);
}

// ---- Aborts ----------------------------------------------------------------

// A redeem that is aborted is never seen, wherever it falls between a reader's
// two looks at the row.
TEST_F(LongViewTest, AbortBetweenTwoLooksAtARowDoesNotShow) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("T", order);
  PutBarcode("clock", order);
  const OwnedBarcode row = BarcodeNow("T");
  const Barcode expected{row.id,      row.value,      row.order_id,
                         row.is_used, row.created_at, row.updated_at};
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!done.load(std::memory_order_acquire) && !HasFailure()) {
        const ReadView view = View();
        for (int look = 0; look < 10; ++look) {
          ASSERT_EQ(view.FindBarcodeByValue("T"), expected);
          ASSERT_EQ(view.FindBarcode(expected.id), expected);
          ASSERT_TRUE(view.BarcodesOf(order, BarcodeFilter::kUsed).empty());
          ASSERT_EQ(view.FindBarcodeByValue("renamed"), std::nullopt);
        }
      }
    });
  }
  const BarcodeId clock = BarcodeNow("clock").id;
  for (int64_t i = Scaled(200'000); i > 0 && !HasFailure(); --i) {
    Transaction txn = Begin();
    EXPECT_THAT(txn.Redeem("T"), IsOk());
    if (i % 3 == 0) {
      EXPECT_THAT(txn.UpdateBarcode(expected.id, {.value = "renamed"}), IsOk());
    }
    if (i % 5 == 0) {
      EXPECT_THAT(txn.DeleteBarcode(expected.id), IsOk());
    }
    txn.Abort();
    if (i % 7 == 0) {
      Transaction tick = Begin();
      EXPECT_THAT(tick.UpdateBarcode(clock, {.value = std::to_string(i)}),
                  IsOk());
      EXPECT_THAT(tick.Commit(), IsOk());
    }
  }
  done.store(true, std::memory_order_release);
  for (std::thread& reader : readers) reader.join();
  RunSomeTransactions();
  EXPECT_LT(store_->Stats().versions, kVersionsWaiting);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(LongViewTest, AbortsUnderAViewTakeNoMemory) {
  PutBarcode("T", PutOrder(PutCustomer("ann@x")));
  const ReadView view = View();
  int64_t memory_bytes = 0;
  const int64_t aborts = std::max<int64_t>(Scaled(300'000), 10'000);
  for (int64_t i = 0; i < aborts && !HasFailure(); ++i) {
    Transaction txn = Begin();
    ASSERT_THAT(txn.Redeem("T"), IsOk());
    ASSERT_THAT(
        txn.UpdateCustomer(CustomerId(1), {.email = std::string(200, 'e')}),
        IsOk());
    ASSERT_THAT(txn.InsertBarcode({.value = std::string(100, 'v')}), IsOk());
    txn.Abort();
    if (i == aborts / 10) memory_bytes = store_->Stats().memory_bytes;
    if (i > aborts / 10 && i % (aborts / 20) == 0) {
      EXPECT_LE(store_->Stats().memory_bytes, memory_bytes + kMemorySlack);
    }
  }
  EXPECT_FALSE(view.FindBarcodeByValue("T")->is_used);
  EXPECT_THAT(store_->Check(), IsOk());
}

// ---- Turnover --------------------------------------------------------------

// Deletes and inserts so many rows as there are, a hundred times over.
class TurnoverTest : public LongViewTest {
 protected:
  static constexpr int32_t kAlive = 2'000;
  static constexpr int32_t kRounds = 100;

  // `given_ids`: each row comes back with its id; else with a new one.
  void TurnOver(bool given_ids) {
    int64_t memory_bytes = 0;
    const int32_t rounds =
        std::max<int32_t>(static_cast<int32_t>(Scaled(kRounds)), 12);
    for (int32_t round = 0; round <= rounds && !HasFailure(); ++round) {
      for (int32_t i = 0; i < kAlive; ++i) TurnOverRow(round, i, given_ids);
      if (round == rounds / 4) memory_bytes = store_->Stats().memory_bytes;
      if (round > rounds / 4) {
        EXPECT_LE(store_->Stats().memory_bytes, memory_bytes + kMemorySlack)
            << "round " << round;
      }
    }
    const ReadView view = View();
    EXPECT_EQ(view.Counts().barcodes, kAlive);
    EXPECT_EQ(view.Counts().orders, kAlive);
    EXPECT_EQ(view.Counts().customers, kAlive);
    EXPECT_EQ(std::ssize(RowsOf(view.Barcodes())), kAlive);
    EXPECT_THAT(store_->Check(), IsOk());
  }

 private:
  void TurnOverRow(int32_t round, int32_t i, bool given_ids) {
    const int32_t old_id = given_ids ? i + 1 : (round - 1) * kAlive + i + 1;
    const int32_t new_id = given_ids ? i + 1 : round * kAlive + i + 1;
    // A new text each time: sometimes a long one.
    std::string text = Concat(std::to_string(round), "-", std::to_string(i));
    if (i % 10 == 0) text.append(60, 'x');
    Transaction txn = Begin();
    if (round > 0) {
      ASSERT_THAT(txn.DeleteBarcode(BarcodeId(old_id)), IsOk());
      ASSERT_THAT(txn.DeleteOrder(OrderId(old_id)), IsOk());
      ASSERT_THAT(txn.DeleteCustomer(CustomerId(old_id)), IsOk());
    }
    ASSERT_THAT(txn.InsertCustomer(
                    {.email = text, .name = text, .id = CustomerId(new_id)}),
                IsOk());
    ASSERT_THAT(txn.InsertOrder(
                    {.customer_id = CustomerId(new_id), .id = OrderId(new_id)}),
                IsOk());
    ASSERT_THAT(txn.InsertBarcode({.value = text,
                                   .order_id = OrderId(new_id),
                                   .id = BarcodeId(new_id)}),
                IsOk());
    ASSERT_THAT(txn.Commit(), IsOk());
  }
};

TEST_F(TurnoverTest, SameIdsTakeNoMoreMemory) { TurnOver(/*given_ids=*/true); }

TEST_F(TurnoverTest, NewIdsTakeNoMoreMemory) { TurnOver(/*given_ids=*/false); }

TEST_F(TurnoverTest, ViewKeepsNoMoreThanWhatItSees) {
  PutCustomer("first", "first");
  const ReadView view = View();
  ASSERT_THAT(store_->Transact([](Transaction& txn) {
    return txn.DeleteCustomer(CustomerId(1));
  }),
              IsOk());
  TurnOver(/*given_ids=*/true);
  EXPECT_EQ(RowsOf(view.Customers()).size(), 1u);
  EXPECT_EQ(view.FindCustomerByEmail("first")->id, CustomerId(1));
  EXPECT_EQ(view.Counts().barcodes, 0);
}

}  // namespace
}  // namespace orderstore
