// A store with a folder when the system gives no memory: what was acknowledged
// is there, and what was refused is not.

#include <chrono>
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
