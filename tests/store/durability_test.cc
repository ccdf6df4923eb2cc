// What commits, read views and waiting promise about durability, with a disk
// that is slow, full or broken at the right moment.

#include <chrono>
#include <string>

#include "disk/gated_disk.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "store/folder_test.h"
#include "store/session.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using disk::Call;

std::chrono::steady_clock::time_point AtOnce() {
  return std::chrono::steady_clock::now();
}

class DurabilityTest : public FolderTest {
 protected:
  ~DurabilityTest() override { disk_.OpenGate(); }

  // The next write of a frame fails.
  void FailLog() {
    disk_.AddFault({.call = Call::kWrite,
                    .path_part = "0000000001.log",
                    .nth = 1,
                    .error = EIO});
  }
};

// ---- Commits ---------------------------------------------------------------

TEST_F(DurabilityTest, ASyncCommitSurvivesACrashAtOnce) {
  Open();
  EXPECT_EQ(Put("A"), 1);
  EXPECT_EQ(store_->durable_lsn(), 1);
  Crash();
  Open();
  EXPECT_TRUE(Has("A"));
  EXPECT_EQ(store_->open_report().replayed, 1);
}

TEST_F(DurabilityTest, AnAsyncCommitReturnsWhileTheDiskIsBusy) {
  Open();
  Put("A");
  disk_.CloseGate();
  EXPECT_EQ(Put("B", Durability::kAsync), 2);
  EXPECT_EQ(store_->durable_lsn(), 1);
  const StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.lsn, 2);
  EXPECT_EQ(stats.durable_lsn, 1);
  EXPECT_EQ(stats.unsynced_transactions, 1);
  EXPECT_GT(stats.unsynced_bytes, 0);
  disk_.OpenGate();
  EXPECT_THAT(store_->WaitDurable(2), IsOk());
  EXPECT_EQ(store_->Stats().unsynced_transactions, 0);
  EXPECT_EQ(store_->Stats().unsynced_bytes, 0);
}

TEST_F(DurabilityTest, TheAgeIsThatOfTheOldestCommitThatIsNotDurable) {
  using Clock = std::chrono::steady_clock;
  Options options = AnyOptions();
  options.segment_bytes = 1 << 20;  // with room for all of this
  Open(options);
  Put("A");
  EXPECT_EQ(store_->Stats().unsynced_age.count(), 0);
  disk_.CloseGate();
  const Clock::time_point began = Clock::now();
  Put("B", Durability::kAsync);
  std::chrono::microseconds age{0};
  // It grows, whatever comes behind.
  for (int i = 0; i < 3; ++i) {
    const std::chrono::microseconds before = age;
    while (age <= before) age = store_->Stats().unsynced_age;
    EXPECT_LE(age, Clock::now() - began);
    Put("C" + std::to_string(i), Durability::kAsync);
  }
  disk_.OpenGate();
  EXPECT_THAT(store_->Sync(), IsOk());
  EXPECT_EQ(store_->Stats().unsynced_age.count(), 0);
}

TEST_F(DurabilityTest, TheBytesOfTheLogAreCountedFromTheOpening) {
  Open();
  EXPECT_EQ(store_->Stats().log_bytes, 0);
  Put("A");
  EXPECT_EQ(store_->Stats().log_bytes, 4096) << "one frame";
  Put(std::string(200, 'B'));
  EXPECT_EQ(store_->Stats().log_bytes, 2 * 4096);
  Reopen();
  EXPECT_EQ(store_->Stats().log_bytes, 0);
  for (int i = 0; i < 10; ++i) Put("C" + std::to_string(i));
  EXPECT_GE(store_->Stats().log_bytes, 10 * 4096) << "more than a segment";
}

TEST_F(DurabilityTest, AnAsyncCommitMayBeLostInACrash) {
  Open();
  Put("A");
  Put("B", Durability::kAsync);
  Crash();
  Open();
  EXPECT_TRUE(Has("A"));
  EXPECT_FALSE(Has("B"));
}

TEST_F(DurabilityTest, AnAsyncCommitBecomesDurableByItself) {
  Options options = AnyOptions(Durability::kAsync);
  options.async_delay_max = std::chrono::milliseconds(1);
  Open(options);
  const Lsn lsn = Put("A", Durability::kAsync);
  while (store_->durable_lsn() < lsn) std::this_thread::yield();
}

TEST_F(DurabilityTest, ADelayBeyondAllTimeIsNeverOver) {
  Options options = AnyOptions(Durability::kAsync);
  options.segment_bytes = 1 << 20;
  options.async_delay_max = std::chrono::microseconds::max();
  Open(options);
  for (int i = 0; i < 100; ++i) Put(std::to_string(i), Durability::kAsync);
  EXPECT_EQ(store_->durable_lsn(), 0);
  EXPECT_EQ(store_->Sync().value(), 100);
}

TEST_F(DurabilityTest, AnAsyncCommitWaitsWhenTooMuchIsUnwritten) {
  Options options = AnyOptions(Durability::kAsync);
  options.async_bytes_max = 0;
  Open(options);
  EXPECT_EQ(Put("A", Durability::kAsync), 1);
  EXPECT_EQ(store_->durable_lsn(), 1);
}

TEST_F(DurabilityTest, TheStoresDurabilityCountsWithoutAnother) {
  Open(AnyOptions(Durability::kAsync));
  Transaction txn = store_->Begin().value();
  ASSERT_THAT(Insert(txn, "A"), IsOk());
  ASSERT_THAT(txn.Commit(), IsOk());
  EXPECT_EQ(store_->durable_lsn(), 0);
  EXPECT_EQ(store_->Sync().value(), 1);
  EXPECT_EQ(store_->durable_lsn(), 1);
}

TEST_F(DurabilityTest, AnEmptyCommitWaitsForTheStateItBeganOn) {
  Open();
  Put("A", Durability::kAsync);
  Transaction txn = store_->Begin().value();
  EXPECT_EQ(txn.Commit().value(), 1);
  EXPECT_EQ(store_->durable_lsn(), 1);
}

TEST_F(DurabilityTest, AFailingTransactWaitsForTheStateItToldOf) {
  Open();
  Put("A", Durability::kAsync);
  EXPECT_THAT(
      store_->Transact([](Transaction& txn) { return Insert(txn, "A"); }),
      FailsWith(absl::StatusCode::kAlreadyExists, "A"));
  EXPECT_EQ(store_->durable_lsn(), 1);
}

TEST_F(DurabilityTest, WaitDurableKeepsItsDeadline) {
  Open();
  disk_.CloseGate();
  Put("A", Durability::kAsync);
  EXPECT_THAT(store_->WaitDurable(1, AtOnce()),
              FailsWith(absl::StatusCode::kDeadlineExceeded, "LSN 1"));
  disk_.OpenGate();
  EXPECT_THAT(store_->WaitDurable(1), IsOk());
}

TEST_F(DurabilityTest, WaitDurableWaitsForCommitsToCome) {
  Open();
  Session other;
  other.Start([&] { EXPECT_THAT(store_->WaitDurable(2), IsOk()); });
  Put("A");
  Put("B");
  other.Finish();
}

// ---- Read views ------------------------------------------------------------

TEST_F(DurabilityTest, ViewsOfASyncStoreShowNoCommitThatACrashTakesBack) {
  Open();
  disk_.CloseGate();
  Put("A", Durability::kAsync);
  EXPECT_FALSE(Has("A"));
  EXPECT_TRUE(Has("A", ReadLevel::kLatest));
  disk_.OpenGate();
  ASSERT_THAT(store_->Sync(), IsOk());
  EXPECT_TRUE(Has("A"));
}

TEST_F(DurabilityTest, ViewsOfAnAsyncStoreShowTheLatestCommit) {
  Open(AnyOptions(Durability::kAsync));
  disk_.CloseGate();
  Put("A", Durability::kAsync);
  EXPECT_TRUE(Has("A"));
}

TEST_F(DurabilityTest, AViewOfAtLeastAnLsnWaitsForIt) {
  Open();
  disk_.CloseGate();
  const Lsn lsn = Put("A", Durability::kAsync);
  EXPECT_THAT(store_->OpenReadView(lsn, AtOnce()).status(),
              FailsWith(absl::StatusCode::kDeadlineExceeded, "LSN 1"));
  Session other;
  other.Start([&] {
    absl::StatusOr<ReadView> view = store_->OpenReadView(lsn, std::nullopt);
    ASSERT_THAT(view.status(), IsOk());
    EXPECT_TRUE(view->FindBarcodeByValue("A").has_value());
  });
  disk_.OpenGate();
  other.Finish();
}

TEST_F(DurabilityTest, AViewSeesTheDurableStateWhileRowsChangeBehindIt) {
  Open();
  Put("A");
  disk_.CloseGate();
  Transaction txn = store_->Begin().value();
  const BarcodeId id = txn.FindBarcodeByValue("A")->id;
  ASSERT_THAT(txn.UpdateBarcode(id, {.value = "B"}), IsOk());
  ASSERT_THAT(txn.Commit(Durability::kAsync), IsOk());
  EXPECT_TRUE(Has("A"));
  EXPECT_FALSE(Has("B"));
  EXPECT_TRUE(Has("B", ReadLevel::kLatest));
}

// ---- A log that fails ------------------------------------------------------

TEST_F(DurabilityTest, AFailedWriteLeavesTheCommitUnknownAndEndsWriting) {
  Open();
  Put("A");
  FailLog();
  EXPECT_THAT(TryPut("B", Durability::kSync),
              FailsWith(absl::StatusCode::kUnknown, ".log"));
  EXPECT_THAT(store_->Begin().status(),
              FailsWith(absl::StatusCode::kUnavailable, ".log"));
  EXPECT_THAT(store_->WaitDurable(2),
              FailsWith(absl::StatusCode::kUnknown, ".log"));
  EXPECT_THAT(store_->Sync().status(),
              FailsWith(absl::StatusCode::kUnknown, ".log"));
  EXPECT_TRUE(Has("A")) << "reads go on";
  EXPECT_FALSE(Has("B"));
  EXPECT_FALSE(store_->Close().ok());
  Reopen();
  EXPECT_TRUE(Has("A"));
  Put("C");
}

TEST_F(DurabilityTest, AnOpenTransactionCannotCommitAfterTheLogFailed) {
  Open();
  Put("A", Durability::kAsync);
  Transaction txn = store_->Begin().value();
  ASSERT_THAT(Insert(txn, "B"), IsOk());
  FailLog();
  Session other;
  other.Run([&] { EXPECT_FALSE(store_->Sync().ok()); });
  EXPECT_THAT(txn.Commit(), FailsWith(absl::StatusCode::kUnavailable, ".log"));
  EXPECT_FALSE(Has("B", ReadLevel::kLatest));
}

TEST_F(DurabilityTest, ViewsOfAnAsyncStoreKeepTheLatestAfterTheLogFailed) {
  Open(AnyOptions(Durability::kAsync));
  Put("A", Durability::kAsync);
  FailLog();
  EXPECT_FALSE(store_->Sync().ok());
  EXPECT_TRUE(Has("A"));
  // So that it can still be copied.
  EXPECT_EQ(store_->Backup("/copy").value(), 1);
  store_.reset();
  store_ = TryOpen(AnyOptions(), "/copy").value();
  EXPECT_TRUE(Has("A"));
}

// ---- A full disk -----------------------------------------------------------

TEST_F(DurabilityTest, AFullDiskRefusesACommitWholeUntilThereIsRoom) {
  Open();
  disk_.SetCapacity(disk_.UsedBytes());
  Lsn last = 0;
  absl::StatusOr<Lsn> lsn = 0;
  for (int i = 0; lsn.ok(); ++i) {
    lsn = TryPut(std::to_string(i), Durability::kSync);
    if (lsn.ok()) last = *lsn;
  }
  EXPECT_THAT(lsn, FailsWith(absl::StatusCode::kResourceExhausted, "space"));
  EXPECT_GT(last, 0);
  EXPECT_EQ(store_->Stats().lsn, last);
  EXPECT_EQ(Barcodes(), static_cast<int64_t>(last)) << "nothing of it holds";
  EXPECT_THAT(store_->Check(), IsOk());

  disk_.SetCapacity(int64_t{1} << 30);
  EXPECT_EQ(Put("more"), last + 1) << "without reopening";
  Crash();
  Open();
  EXPECT_EQ(Barcodes(), static_cast<int64_t>(last) + 1);
}

// ---- Closing ---------------------------------------------------------------

TEST_F(DurabilityTest, CloseMakesAsyncCommitsDurable) {
  Open();
  Put("A", Durability::kAsync);
  EXPECT_THAT(store_->Close(), IsOk());
  EXPECT_THAT(store_->Begin().status(),
              FailsWith(absl::StatusCode::kUnavailable, "closed"));
  EXPECT_TRUE(Has("A")) << "read views go on";
  EXPECT_THAT(store_->Close(), IsOk()) << "once more does nothing";
  Crash();
  Open();
  EXPECT_TRUE(Has("A"));
  EXPECT_TRUE(store_->open_report().closed_cleanly);
}

TEST_F(DurabilityTest, DestroyingAStoreClosesIt) {
  Open();
  Put("A", Durability::kAsync);
  Reopen();
  EXPECT_TRUE(Has("A"));
  EXPECT_TRUE(store_->open_report().closed_cleanly);
  EXPECT_EQ(disk_.OpenDescriptors(), 3) << "folder, lock and segment";
}

TEST_F(DurabilityTest, CloseRefusesWhileThisThreadHasATransaction) {
  Open();
  Transaction txn = store_->Begin().value();
  ASSERT_THAT(Insert(txn, "A"), IsOk());
  EXPECT_THAT(store_->Close(),
              FailsWith(absl::StatusCode::kFailedPrecondition, "transaction"));
  EXPECT_THAT(txn.Commit(), IsOk());
}

// ---- Stores without a folder -----------------------------------------------

TEST(InMemoryDurabilityTest, EveryCommitCountsAsDurable) {
  const std::unique_ptr<Store> store = OpenStore();
  EXPECT_EQ(store
                ->Transact([](Transaction& txn) {
                  return txn.InsertBarcode({.value = "A"}).status();
                })
                .value(),
            1);
  EXPECT_EQ(store->durable_lsn(), 1);
  EXPECT_THAT(store->WaitDurable(1), IsOk());
  EXPECT_THAT(store->WaitDurable(2),
              FailsWith(absl::StatusCode::kFailedPrecondition, "LSN 2"));
  EXPECT_EQ(store->Sync().value(), 1);
  EXPECT_THAT(store->WriteSnapshot().status(),
              FailsWith(absl::StatusCode::kFailedPrecondition, "folder"));
  EXPECT_THAT(store->Close(), IsOk());
  EXPECT_THAT(store->Begin().status(),
              FailsWith(absl::StatusCode::kUnavailable, "closed"));
}

}  // namespace
}  // namespace orderstore
