// What the statistics tell of the log's syncs, of read views, of snapshots, and
// of a log that is no more. Sizes and memory are in memory_limit_test.cc,
// exposure in durability_test.cc.

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "store/folder_test.h"
#include "store/session.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

class StatsTest : public FolderTest {
 protected:
  ~StatsTest() override { disk_.OpenGate(); }

  // So large that no segment is made while the test looks.
  static Options WithLargeSegments() {
    Options options = AnyOptions();
    options.segment_bytes = 1 << 20;
    return options;
  }
};

// ---- The log ---------------------------------------------------------------

TEST_F(StatsTest, EachSyncedWriteIsCountedOnce) {
  Open();
  EXPECT_TRUE(store_->Stats().has_log);
  EXPECT_EQ(store_->Stats().sync_times, SyncTimes());
  Put("A");
  const SyncTimes one = store_->Stats().sync_times;
  EXPECT_EQ(one.count(), 1);
  EXPECT_GT(one.sum.count(), 0);
  Put("B", Durability::kAsync);
  Put("C", Durability::kAsync);
  EXPECT_EQ(store_->Stats().sync_times, one) << "nothing was written";
  ASSERT_THAT(store_->Sync(), IsOk());
  EXPECT_EQ(store_->Stats().sync_times.count(), 2) << "both in one write";
  EXPECT_GT(store_->Stats().sync_times.sum, one.sum);
  Reopen();
  EXPECT_EQ(store_->Stats().sync_times, SyncTimes()) << "since the opening";
}

TEST_F(StatsTest, AWriteIsInTheBucketOfItsTime) {
  Open(WithLargeSegments());
  disk_.CloseGate();
  Session other;
  other.Start([&] { Put("A"); });
  disk_.AwaitWrite();
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
  while (std::chrono::steady_clock::now() < until) {
  }
  disk_.OpenGate();
  other.Finish();
  const SyncTimes times = store_->Stats().sync_times;
  EXPECT_EQ(times.count(), 1);
  EXPECT_GE(times.sum, std::chrono::milliseconds(2));
  for (size_t i = 0; i < SyncTimes::kBoundsUs.size(); ++i) {
    if (SyncTimes::kBoundsUs[i] < 2'000) {
      EXPECT_EQ(times.counts[i], 0) << i;
    }
  }
}

TEST_F(StatsTest, AWriteThatFailsIsNoSyncAndEndsTheLog) {
  Open();
  Put("A");
  EXPECT_THAT(store_->Stats().log_status, IsOk());
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = "0000000001.log",
                  .nth = 1,
                  .error = EIO});
  EXPECT_FALSE(TryPut("B", Durability::kSync).ok());
  EXPECT_EQ(store_->Stats().sync_times.count(), 1);
  EXPECT_THAT(store_->Stats().log_status,
              FailsWith(absl::StatusCode::kUnavailable, ".log"));
}

TEST_F(StatsTest, AClosedStoreTakesNothingMore) {
  Open();
  ASSERT_THAT(store_->Close(), IsOk());
  EXPECT_THAT(store_->Stats().log_status,
              FailsWith(absl::StatusCode::kUnavailable, "closed"));
}

TEST_F(StatsTest, WithoutALogThereIsNothingToTellOfIt) {
  Open();
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  for (const std::unique_ptr<Store>& store :
       {OpenStore(), TryOpenReadOnly().value()}) {
    const StoreStats stats = store->Stats();
    EXPECT_FALSE(stats.has_log);
    EXPECT_THAT(stats.log_status, IsOk());
    EXPECT_EQ(stats.sync_times.count(), 0);
    EXPECT_EQ(stats.snapshot_duration, std::nullopt);
    EXPECT_FALSE(stats.snapshot_being_written);
  }
}

// ---- Read views ------------------------------------------------------------

// While the commit before it is being written, waits to be, or is durable.
TEST_F(StatsTest, AnAbortLetsNoViewLagThatIsOpenedWhenThatIsDurable) {
  Open(WithLargeSegments());
  const auto abort = [this] {
    Transaction txn = store_->Begin().value();
    ASSERT_THAT(Insert(txn, "aborted"), IsOk());
  };
  const auto expect_no_lag = [this] {
    const ReadView view = store_->OpenReadView();
    EXPECT_EQ(store_->Stats().oldest_read_view_lag.count(), 0);
  };
  disk_.CloseGate();
  Session other;
  other.Start([&] { Put("A"); });
  disk_.AwaitWrite();
  abort();
  disk_.OpenGate();
  other.Finish();
  expect_no_lag();
  Put("B", Durability::kAsync);
  abort();
  ASSERT_THAT(store_->Sync(), IsOk());
  expect_no_lag();
  abort();
  expect_no_lag();
}

// ---- Snapshots -------------------------------------------------------------

TEST_F(StatsTest, ASnapshotHasAnAgeAndADuration) {
  Open();
  Put("A");
  EXPECT_EQ(store_->Stats().snapshot_age, std::nullopt);
  EXPECT_EQ(store_->Stats().snapshot_duration, std::nullopt);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  const StoreStats stats = store_->Stats();
  const auto since = std::chrono::steady_clock::now() - before;
  ASSERT_TRUE(stats.snapshot_age && stats.snapshot_duration);
  EXPECT_GE(stats.snapshot_age->count(), 0);
  EXPECT_GE(stats.snapshot_duration->count(), 0);
  EXPECT_LE(*stats.snapshot_age + *stats.snapshot_duration, since);
  // It grows, and a snapshot that fails leaves it.
  Put("B");
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = ".snapshot",
                  .nth = 1,
                  .error = ENOSPC});
  EXPECT_FALSE(store_->WriteSnapshot().ok());
  while (store_->Stats().snapshot_age <= stats.snapshot_age) {
  }
  EXPECT_EQ(store_->Stats().snapshot_duration, stats.snapshot_duration);
  EXPECT_EQ(store_->Stats().snapshot_lsn, 1);
}

TEST_F(StatsTest, ASnapshotThatIsBeingWrittenShows) {
  Open(WithLargeSegments());
  Put("A");
  EXPECT_FALSE(store_->Stats().snapshot_being_written);
  disk_.CloseGate();
  Session other;
  other.Start([&] { EXPECT_THAT(store_->WriteSnapshot(), IsOk()); });
  disk_.AwaitWrite();
  EXPECT_TRUE(store_->Stats().snapshot_being_written);
  EXPECT_EQ(store_->Stats().snapshot_lsn, 0);
  disk_.OpenGate();
  other.Finish();
  EXPECT_FALSE(store_->Stats().snapshot_being_written);
  EXPECT_EQ(store_->Stats().snapshot_lsn, 1);
}

// The simulated disk's files have no times.
TEST_F(StatsTest, TheAgeOfASnapshotWithoutATimeIsNotKnown) {
  Open();
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Reopen();
  EXPECT_EQ(store_->open_report().snapshot_time, std::nullopt);
  EXPECT_EQ(store_->Stats().snapshot_lsn, 1);
  EXPECT_EQ(store_->Stats().snapshot_age, std::nullopt);
}

TEST(SnapshotAgeTest, AnOlderProcesssSnapshotHasTheAgeOfItsFile) {
  const TestFolder folder;
  const std::string shop = folder / "shop";
  const Options options = {.segment_bytes = 16 << 10};
  {
    const std::unique_ptr<Store> store = Store::Open(shop, options).value();
    ASSERT_THAT(store->Transact([](Transaction& txn) {
      return txn.InsertBarcode({.value = "A"}).status();
    }),
                IsOk());
    ASSERT_THAT(store->WriteSnapshot(), IsOk());
  }
  const std::string file = shop + "/00000000000000000001.snapshot";
  const auto set_age = [&](std::chrono::hours age) {
    const time_t time = std::time(nullptr) - std::chrono::seconds(age).count();
    const timespec times[2] = {{0, UTIME_OMIT}, {time, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  };
  const auto expect_a_day = [](const Store& store) {
    ASSERT_TRUE(store.open_report().snapshot_time);
    const StoreStats stats = store.Stats();
    ASSERT_TRUE(stats.snapshot_age);
    EXPECT_GE(*stats.snapshot_age, std::chrono::hours(24));
    EXPECT_LT(*stats.snapshot_age, std::chrono::hours(48));
  };
  // In the middle, whatever is done to the clock meanwhile.
  set_age(std::chrono::hours(36));
  expect_a_day(*Store::Open(shop, options).value());
  expect_a_day(*Store::OpenReadOnly(shop).value());
  expect_a_day(*Store::OpenSnapshot(file).value());
  // A clock that was set back makes no snapshot of the future, not even of one
  // in centuries.
  for (const int years : {1, 400}) {
    set_age(-std::chrono::hours(years * 365 * 24));
    const std::unique_ptr<Store> store = Store::Open(shop, options).value();
    ASSERT_TRUE(store->Stats().snapshot_age);
    EXPECT_LT(*store->Stats().snapshot_age, std::chrono::hours(24));
    EXPECT_GE(store->Stats().snapshot_age->count(), 0);
  }
}

}  // namespace
}  // namespace orderstore
