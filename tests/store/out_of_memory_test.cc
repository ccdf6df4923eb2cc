// A store with a folder when the system gives no memory: what was acknowledged
// is there, and what was refused is not.

#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scarcity.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

class StoreMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!kMemoryIsOurs)
      GTEST_SKIP() << "the sanitizer's memory is never scarce";
  }

  // Small segments, and snapshots when asked only.
  static std::unique_ptr<Store> Open(const std::string& shop) {
    return Store::Open(shop, {.segment_bytes = 16 << 10,
                              .snapshot_interval = std::chrono::seconds(0),
                              .snapshot_log_bytes = 0})
        .value();
  }
  static Transaction BeginInsert(Store& store, std::string_view value) {
    Transaction txn = store.Begin().value();
    EXPECT_THAT(txn.InsertBarcode({.value = value}), IsOk());
    return txn;
  }
  static void Put(Store& store, std::string_view value) {
    EXPECT_THAT(BeginInsert(store, value).Commit(), IsOk());
  }
  static bool Has(const Store& store, std::string_view value) {
    const ReadView view = store.OpenReadView(ReadLevel::kLatest);
    return view.FindBarcodeByValue(value).has_value();
  }
};

// ---- Commits ---------------------------------------------------------------

// Each allocation of a commit fails once: of one that fits into the segment,
// and of one that goes on in the next.
TEST_F(StoreMemoryTest, ACommitIsAbortedOrFailsTheLogOrIsDurable) {
  for (const int before : {1, 2}) {
    int failures = 0;
    for (bool done = false; !done; ++failures) {
      SCOPED_TRACE(testing::Message() << before << " " << failures);
      const TestFolder folder;
      const std::string shop = folder / "shop";
      std::unique_ptr<Store> store = Open(shop);
      for (int i = 0; i < before; ++i) Put(*store, "A" + std::to_string(i));
      absl::StatusOr<Lsn> committed = Lsn{0};
      bool threw = false;
      {
        Transaction txn = BeginInsert(*store, "B");
        const Scarcity scarcity(failures);
        try {
          committed = txn.Commit();
        } catch (const std::bad_alloc&) {
          threw = true;
        }
      }
      done = !Scarcity::HasStruck();
      // Where the next segment gets no memory, it has no room.
      const bool was_refused =
          threw || absl::IsResourceExhausted(committed.status());
      EXPECT_THAT(store->Check(), IsOk());
      if (was_refused) {
        EXPECT_FALSE(Has(*store, "B"));
        Put(*store, "C");
      } else if (committed.ok()) {
        EXPECT_TRUE(Has(*store, "B"));
        EXPECT_EQ(store->durable_lsn(), *committed);
      } else {
        EXPECT_EQ(committed.status().code(), absl::StatusCode::kUnknown);
        EXPECT_THAT(store->Begin(),
                    FailsWith(absl::StatusCode::kUnavailable, "no memory"));
      }
      store.reset();
      store = Open(shop);
      for (int i = 0; i < before; ++i) {
        EXPECT_TRUE(Has(*store, "A" + std::to_string(i)));
      }
      if (was_refused) {
        EXPECT_FALSE(Has(*store, "B"));
        EXPECT_TRUE(Has(*store, "C"));
      } else if (committed.ok()) {
        EXPECT_TRUE(Has(*store, "B"));
      }
      ASSERT_LT(failures, 200);
    }
    EXPECT_GT(failures, 1) << "it never allocated";
  }
}

TEST_F(StoreMemoryTest, AStatementThatThrowsLeavesAnAbortOnly) {
  const TestFolder folder;
  const std::unique_ptr<Store> store = Open(folder / "shop");
  Put(*store, "A");
  const std::vector<NewBarcode> rows = {{.value = "C"}, {.value = "D"}};
  for (const bool by_commit : {true, false}) {
    Transaction txn = BeginInsert(*store, "B");
    {
      const Scarcity scarcity(0);
      EXPECT_THROW(txn.InsertBarcodes(rows).IgnoreError(), std::bad_alloc);
    }
    EXPECT_THAT(txn.Unredeem("A"),
                FailsWith(kFailedPrecondition, "only abort now"));
    EXPECT_EQ(txn.FindBarcodeByValue("A"), std::nullopt);
    if (by_commit) {
      EXPECT_THAT(txn.Commit(), FailsWith(kFailedPrecondition, "was aborted"));
    } else {
      txn.Abort();
    }
    EXPECT_EQ(store->OpenReadView(ReadLevel::kLatest).Counts().barcodes, 1);
    EXPECT_THAT(store->Check(), IsOk());
  }
  Put(*store, "B");
}

// ---- Statements ------------------------------------------------------------

class StatementMemoryTest : public StoreMemoryTest {
 protected:
  // More than one chunk holds of any list that remembers what was done.
  static constexpr int kRows = 1'100;

  using Work = std::function<absl::Status(Transaction&)>;

  // Customers, each with an order and a used barcode on it; as many customers
  // and barcodes without an order, and orders of customer 1 without barcodes.
  void SetUp() override {
    StoreMemoryTest::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i <= 3 * kRows; ++i) {
      texts_.push_back("text" + std::to_string(i));
    }
    store_ = Store::Open(folder_ / "shop",
                         {.durability = Durability::kAsync,
                          .segment_bytes = 1 << 20,
                          .snapshot_interval = std::chrono::seconds(0),
                          .snapshot_log_bytes = 0})
                 .value();
    Transaction txn = store_->Begin().value();
    for (int i = 1; i <= 2 * kRows; ++i) {
      const bool sold = i <= kRows;
      ASSERT_THAT(txn.InsertCustomer({.email = Text(i)}), IsOk());
      ASSERT_THAT(txn.InsertOrder({.customer_id = CustomerId(sold ? i : 1)}),
                  IsOk());
      ASSERT_THAT(
          txn.InsertBarcode(
              {.value = Text(i),
               .order_id = sold ? std::optional(OrderId(i)) : std::nullopt,
               .is_used = sold}),
          IsOk());
    }
    ASSERT_THAT(txn.Commit(), IsOk());
  }

  const std::string& Text(int i) const {
    return texts_[static_cast<size_t>(i)];
  }
  const std::string& NewText(int i) const { return Text(2 * kRows + i); }

  // The work of a transaction, again and again, with a little more memory each
  // time until it has enough. The transaction is aborted.
  void TryWithLittleMemory(const char* name, const Work& work) {
    SCOPED_TRACE(name);
    const Contents before = ContentsNow();
    int failures = 0;
    int allowed = 0;
    for (bool done = false; !done; allowed += 1 + allowed / 20) {
      SCOPED_TRACE(allowed);
      std::optional<absl::Status> status;
      {
        Transaction txn = store_->Begin().value();
        const Scarcity scarcity(allowed);
        status = Try(work, txn);
        // And memory again, for the abort.
      }
      done = !Scarcity::HasStruck();
      if (status) {
        EXPECT_THAT(*status, IsOk());
      } else {
        ++failures;
      }
      // Of the rows, too, of which the state before has digests.
      ASSERT_THAT(store_->Check(), IsOk());
      ASSERT_LT(allowed, 2000);
    }
    EXPECT_GT(failures, 0) << "it never failed";
    EXPECT_TRUE(ContentsNow() == before) << "it left a trace";
  }
  // One after the other, 1 to kRows.
  void TryEach(
      const char* name,
      const std::function<absl::Status(Transaction&, int)>& statement) {
    TryWithLittleMemory(name, [&](Transaction& txn) -> absl::Status {
      for (int i = 1; i <= kRows; ++i) {
        absl::Status status = statement(txn, i);
        if (!status.ok()) return status;
      }
      return absl::OkStatus();
    });
  }

  Contents ContentsNow() const {
    return ContentsOf(store_->OpenReadView(ReadLevel::kLatest));
  }

 private:
  // None: there was no memory.
  static std::optional<absl::Status> Try(const Work& work, Transaction& txn) {
    try {
      return work(txn);
    } catch (const std::bad_alloc&) {
      return std::nullopt;
    }
  }

  const TestFolder folder_;
  std::vector<std::string> texts_;
  std::unique_ptr<Store> store_;
};

TEST_F(StatementMemoryTest, AnInsertThatThrowsIsUndoneByTheAbort) {
  TryEach("customer", [&](Transaction& txn, int i) {
    return txn.InsertCustomer({.email = NewText(i)}).status();
  });
  TryEach("customer found or created", [&](Transaction& txn, int i) {
    return txn.FindOrCreateCustomer(NewText(i), "N").status();
  });
  TryEach("order", [&](Transaction& txn, int i) {
    return txn.InsertOrder({.customer_id = CustomerId(i)}).status();
  });
  TryEach("barcode", [&](Transaction& txn, int i) {
    return txn.InsertBarcode({.value = NewText(i), .order_id = OrderId(i)})
        .status();
  });
  TryEach("barcode without an order", [&](Transaction& txn, int i) {
    return txn.InsertBarcode({.value = NewText(i)}).status();
  });
}

TEST_F(StatementMemoryTest, AnInsertOfManyThatThrowsIsUndoneByTheAbort) {
  std::vector<NewCustomer> customers;
  std::vector<NewOrder> orders;
  std::vector<NewBarcode> barcodes;
  std::vector<std::string_view> values;
  for (int i = 1; i <= kRows; ++i) {
    customers.push_back({.email = NewText(i)});
    orders.push_back({.customer_id = CustomerId(2)});
    barcodes.push_back({.value = NewText(i), .order_id = OrderId(i)});
    values.push_back(NewText(i));
  }
  TryWithLittleMemory("customers", [&](Transaction& txn) {
    return txn.InsertCustomers(customers).status();
  });
  TryWithLittleMemory("orders of one customer", [&](Transaction& txn) {
    return txn.InsertOrders(orders).status();
  });
  TryWithLittleMemory("barcodes", [&](Transaction& txn) {
    return txn.InsertBarcodes(barcodes).status();
  });
  TryWithLittleMemory("barcodes of one order", [&](Transaction& txn) {
    return txn.InsertBarcodes(OrderId(2), values).status();
  });
  // The statement itself undoes what it did.
  values.push_back(Text(1));
  TryWithLittleMemory("barcodes of which one is taken", [&](Transaction& txn) {
    const absl::Status status = txn.InsertBarcodes(OrderId(2), values).status();
    return absl::IsAlreadyExists(status)
               ? absl::OkStatus()
               : absl::InternalError(status.message());
  });
}

TEST_F(StatementMemoryTest, AnUpdateThatThrowsIsUndoneByTheAbort) {
  TryEach("email", [&](Transaction& txn, int i) {
    return txn.UpdateCustomer(CustomerId(i), {.email = NewText(i)});
  });
  TryEach("time", [&](Transaction& txn, int i) {
    return txn.UpdateCustomer(CustomerId(i), {.updated_at = kTimestampMax});
  });
  TryEach("customer of an order", [&](Transaction& txn, int i) {
    return txn.UpdateOrder(OrderId(i), {.customer_id = CustomerId(kRows + i)});
  });
  TryEach("value", [&](Transaction& txn, int i) {
    return txn.UpdateBarcode(BarcodeId(i), {.value = NewText(i)});
  });
  TryEach("order of a barcode", [&](Transaction& txn, int i) {
    return txn.UpdateBarcode(BarcodeId(i), {.order_id = OrderId(kRows + i)});
  });
  TryEach("off its order", [&](Transaction& txn, int i) {
    return txn.UpdateBarcode(BarcodeId(i),
                             {.order_id = std::optional<OrderId>()});
  });
}

TEST_F(StatementMemoryTest, ADeletionThatThrowsIsUndoneByTheAbort) {
  TryEach("customer", [&](Transaction& txn, int i) {
    return txn.DeleteCustomer(CustomerId(kRows + i));
  });
  TryEach("order", [&](Transaction& txn, int i) {
    return txn.DeleteOrder(OrderId(kRows + i));
  });
  TryEach("barcode", [&](Transaction& txn, int i) {
    return txn.DeleteBarcode(BarcodeId(i));
  });
  TryEach("barcode that was just inserted", [&](Transaction& txn, int i) {
    const absl::StatusOr<BarcodeId> id =
        txn.InsertBarcode({.value = NewText(i), .order_id = OrderId(i)});
    return id.ok() ? txn.DeleteBarcode(*id) : id.status();
  });
}

TEST_F(StatementMemoryTest, ASaleOrAUseThatThrowsIsUndoneByTheAbort) {
  TryWithLittleMemory("assigned together", [&](Transaction& txn) {
    return txn.AssignBarcodes(OrderId(2), kRows).status();
  });
  TryEach("assigned", [&](Transaction& txn, int i) {
    return txn.AssignBarcode(Text(kRows + i), OrderId(i));
  });
  TryEach("made unused",
          [&](Transaction& txn, int i) { return txn.Unredeem(Text(i)); });
  TryEach("made unused, and used again", [&](Transaction& txn, int i) {
    const absl::Status status = txn.Unredeem(Text(i));
    return status.ok() ? txn.Redeem(Text(i)) : status;
  });
}

// ---- Snapshots -------------------------------------------------------------

// The first hundred allocations of a snapshot fail, one after the other; then
// some of those by which older files are looked for, of which there are more
// each time.
TEST_F(StoreMemoryTest, ASnapshotFailsAndTheNextOneIsWritten) {
  const TestFolder folder;
  const std::unique_ptr<Store> store = Open(folder / "shop");
  int allowed = 0;
  int refused = 0;
  for (bool done = false; !done; allowed += 1 + allowed / 100) {
    SCOPED_TRACE(allowed);
    Put(*store, std::to_string(allowed));
    absl::StatusOr<Lsn> written = Lsn{0};
    {
      const Scarcity scarcity(allowed);
      written = store->WriteSnapshot();
    }
    done = !Scarcity::HasStruck();
    const StoreStats stats = store->Stats();
    EXPECT_FALSE(stats.snapshot_being_written);
    if (written.ok()) {
      EXPECT_EQ(*written, stats.lsn);
      EXPECT_EQ(stats.snapshot_lsn, stats.lsn);
    } else {
      ++refused;
      EXPECT_THAT(written, FailsWith(kResourceExhausted, "out of memory"));
      EXPECT_THAT(stats.snapshot_status,
                  FailsWith(kResourceExhausted, "out of memory"));
      EXPECT_LT(stats.snapshot_lsn, stats.lsn);
    }
    ASSERT_LT(allowed, 2000);
  }
  EXPECT_GT(refused, 5);
  Put(*store, "last");
  EXPECT_THAT(store->WriteSnapshot(), IsOk());
}

}  // namespace
}  // namespace orderstore
