// Options::memory_bytes_max: inserts and updates stop before it, whole; deletes
// and aborts go on; and there is room again after them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/options.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/stats.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

// What a store holds before the first row, and room for some ten thousand.
Options RoomForSomeRows() {
  return {.memory_bytes_max = OpenStore()->Stats().memory_bytes + (6 << 20)};
}

class MemoryLimitTest : public StoreTest {
 protected:
  MemoryLimitTest() : StoreTest(RoomForSomeRows()) {}

  static std::string LongText(int64_t i) {
    return std::string(200, 'x') + std::to_string(i);
  }

  // Inserts until it is refused, some rows a transaction. Returns how many rows
  // there are then.
  int64_t Fill() {
    for (;; ++filled_) {
      Transaction txn = Begin();
      for (int64_t i = 0; i < 20; ++i) {
        const int64_t number = filled_ * 20 + i;
        const auto id = txn.InsertBarcode({.value = LongText(number)});
        if (!id.ok()) {
          EXPECT_THAT(id, FailsWithCode(kResourceExhausted));
          EXPECT_THAT(txn.Commit(), IsOk());
          ++filled_;
          return View().Counts().barcodes;
        }
      }
      EXPECT_THAT(txn.Commit(), IsOk());
      EXPECT_LT(filled_, 100'000) << "the limit does not hold";
      if (HasFailure()) return 0;
    }
  }

  // Deletes up to `count` barcodes, some a transaction.
  void Delete(int64_t count) {
    std::vector<Barcode> page(10);
    while (count > 0 && !HasFailure()) {
      Transaction txn = Begin();
      page.resize(txn.ReadBarcodes(BarcodeId(), page));
      if (page.empty()) return;
      std::vector<BarcodeId> ids;
      for (const Barcode& row : page) ids.push_back(row.id);
      for (BarcodeId id : ids) {
        ASSERT_THAT(txn.DeleteBarcode(id), IsOk());
        --count;
      }
      ASSERT_THAT(txn.Commit(), IsOk());
    }
  }

  int64_t filled_ = 0;
};

TEST_F(MemoryLimitTest, InsertsStopBelowTheLimit) {
  const int64_t rows = Fill();
  EXPECT_GT(rows, 1'000);
  const StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.memory_bytes_max, RoomForSomeRows().memory_bytes_max);
  EXPECT_LE(stats.memory_bytes, stats.memory_bytes_max);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, TheStatsTellWhereTheMemoryIs) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("T", order);
  Fill();
  const ReadView view = View();
  ASSERT_NO_FATAL_FAILURE(Delete(100));
  const StoreStats stats = store_->Stats();
  for (const TableMemory& table :
       {stats.customers, stats.orders, stats.barcodes}) {
    EXPECT_GT(table.row_bytes, 0);
    EXPECT_GT(table.id_directory_bytes, 0);
    EXPECT_EQ(table.total(), table.row_bytes + table.id_directory_bytes +
                                 table.hash_index_bytes +
                                 table.child_index_bytes);
  }
  EXPECT_GT(stats.customers.hash_index_bytes, 0);
  EXPECT_EQ(stats.orders.hash_index_bytes, 0);
  EXPECT_GT(stats.barcodes.hash_index_bytes, stats.customers.hash_index_bytes);
  EXPECT_GT(stats.long_text_bytes, View().Counts().barcodes * 200);
  EXPECT_GT(stats.unassigned_index_bytes, 0);
  EXPECT_GT(stats.version_bytes, 0);
  EXPECT_EQ(stats.memory_bytes, stats.customers.total() + stats.orders.total() +
                                    stats.barcodes.total() +
                                    stats.long_text_bytes +
                                    stats.unassigned_index_bytes +
                                    stats.ranking_bytes + stats.version_bytes);
}

TEST_F(MemoryLimitTest, RefusedInsertLeavesNoTraceAndTheRestCommits) {
  PutCustomer("ann@x");
  Fill();
  Transaction txn = Begin();
  ASSERT_THAT(txn.DeleteBarcode(BarcodeId(1)), IsOk());
  std::vector<std::string> texts;
  for (int64_t i = 0; i < 100'000; ++i) texts.push_back(LongText(-1 - i));
  std::vector<NewBarcode> rows;
  for (const std::string& text : texts) rows.push_back({.value = text});
  const int64_t before = txn.Counts().barcodes;
  EXPECT_THAT(txn.InsertBarcodes(rows),
              FailsWith(kResourceExhausted, "memory"));
  EXPECT_EQ(txn.Counts().barcodes, before);
  EXPECT_EQ(txn.FindBarcodeByValue(texts.front()), std::nullopt);
  ASSERT_THAT(txn.Commit(), IsOk());
  EXPECT_EQ(View().Counts().barcodes, before);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, UpdatesAreRefusedWhole) {
  Fill();
  Transaction txn = Begin();
  // Each makes a new version and a new text, until there is no room.
  absl::Status status;
  int32_t updated = 0;
  while (status.ok() && updated < 100'000) {
    const Barcode row = *txn.FindBarcode(BarcodeId(updated % 1000 + 1));
    status = txn.UpdateBarcode(
        row.id, {.value = Concat("new ", LongText(updated)), .is_used = true});
    if (status.ok()) {
      ++updated;
    } else {
      EXPECT_EQ(txn.FindBarcode(row.id), row);
      EXPECT_EQ(txn.FindBarcodeByValue(Concat("new ", LongText(updated))),
                std::nullopt);
    }
  }
  EXPECT_THAT(status, FailsWithCode(kResourceExhausted));
  txn.Abort();
  const ReadView view = View();
  EXPECT_EQ(view.FindBarcode(BarcodeId(1))->value, LongText(0));
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, SalesAndScansAreRefusedWhole) {
  const CustomerId customer = PutCustomer("ann@x");
  const CustomerId other = PutCustomer("bob@x");
  const OrderId order = PutOrder(customer);
  PutBarcode("T", order);
  PutBarcode("U");
  PutBarcode("V", order);
  ASSERT_THAT(
      store_->Transact([](Transaction& txn) { return txn.Redeem("V"); }),
      IsOk());
  Fill();
  Transaction txn = Begin();
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.InsertOrder({.customer_id = customer}); });
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.UpdateOrder(order, {.customer_id = other}); });
  ExpectRefused(txn, kResourceExhausted, "memory", [&] {
    return txn.UpdateCustomer(customer, {.name = "Ann B"});
  });
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.Unredeem("V"); });
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.AssignBarcodes(order, 1); });
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.AssignBarcode("U", order); });
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.Redeem("T"); });
  const std::vector<std::string_view> values = {"A", "B"};
  ExpectRefused(txn, kResourceExhausted, "memory",
                [&] { return txn.InsertBarcodes(order, values); });
  // What is deleted leaves room, from the next transaction on.
  ASSERT_THAT(txn.Commit(), IsOk());
  ASSERT_NO_FATAL_FAILURE(Delete(3000));
  EXPECT_THAT(Begin().AssignBarcodes(order, 1), IsOk());
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, DeletesMakeRoomForInserts) {
  const int64_t rows = Fill();
  for (int round = 0; round < 5 && !HasFailure(); ++round) {
    ASSERT_NO_FATAL_FAILURE(Delete(rows / 2));
    const int64_t left = View().Counts().barcodes;
    EXPECT_GT(Fill(), left + rows / 4) << "round " << round;
  }
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, AbortMakesRoomForInserts) {
  for (int round = 0; round < 20; ++round) {
    Transaction txn = Begin();
    int64_t inserted = 0;
    while (txn.InsertBarcode({.value = LongText(inserted)}).ok() &&
           inserted < 1'000'000) {
      ++inserted;
    }
    EXPECT_GT(inserted, 1'000) << "round " << round;
    EXPECT_LT(inserted, 1'000'000);
    txn.Abort();
  }
  EXPECT_EQ(View().Counts().barcodes, 0);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, EverythingCanBeDeletedUnderAView) {
  const int64_t rows = Fill();
  {
    const ReadView view = View();
    ASSERT_NO_FATAL_FAILURE(Delete(rows));
    EXPECT_EQ(View().Counts().barcodes, 0);
    EXPECT_EQ(view.Counts().barcodes, rows);
    EXPECT_EQ(std::ssize(RowsOf(view.Barcodes())), rows);
    EXPECT_EQ(view.FindBarcodeByValue(LongText(0))->id, BarcodeId(1));
  }
  EXPECT_GT(Fill(), rows / 4);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(MemoryLimitTest, AllRowsCanBeDeletedInOneTransaction) {
  const int64_t rows = Fill();
  Transaction txn = Begin();
  for (int32_t id = 1; txn.Counts().barcodes > 0 && id < 10'000'000; ++id) {
    if (txn.FindBarcode(BarcodeId(id))) {
      ASSERT_THAT(txn.DeleteBarcode(BarcodeId(id)), IsOk());
    }
  }
  txn.Abort();
  EXPECT_EQ(View().Counts().barcodes, rows);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST(NegativeMemoryLimitTest, IsRefused) {
  const absl::Status status =
      Store::OpenInMemory({.memory_bytes_max = -5}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "Options::memory_bytes_max is -5; it is a number of bytes, or 0 "
            "for no limit");
}

TEST(TinyMemoryLimitTest, NothingCanBeInserted) {
  const std::unique_ptr<Store> store = OpenStore({.memory_bytes_max = 1});
  Transaction txn = store->Begin().value();
  EXPECT_THAT(
      txn.InsertCustomer({.email = "ann@x", .name = "Ann"}),
      FailsWith(kResourceExhausted,
                " bytes, and memory_bytes_max is 1; delete rows, close old "
                "read views, or open it with a higher limit"));
  EXPECT_THAT(txn.FindOrCreateCustomer("ann@x", "Ann"),
              FailsWithCode(kResourceExhausted));
  EXPECT_EQ(txn.Counts(), Counts());
  EXPECT_THAT(txn.Commit(), IsOkAndHolds(0u));
}

}  // namespace
}  // namespace orderstore
