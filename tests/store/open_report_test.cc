// What the report of an opening says of a crash, and of the time that it took.

#include <cstdint>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "store/folder_test.h"
#include "store/test_store.h"
#include "store/verify_folder.h"

namespace orderstore {
namespace {

class OpenReportTest : public FolderTest {};

TEST_F(OpenReportTest, ItTellsWhatTookTheTime) {
  Open();
  EXPECT_GT(store_->open_report().total_seconds.count(), 0);
  Put("A");
  Reopen();
  EXPECT_EQ(store_->open_report().snapshot_seconds.count(), 0) << "no snapshot";
  EXPECT_GT(store_->open_report().replay_seconds.count(), 0);
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("B");
  store_.reset();
  const auto expect = [](const OpenReport& report) {
    EXPECT_EQ(report.snapshot_lsn, 1);
    EXPECT_GT(report.snapshot_seconds.count(), 0);
    EXPECT_GT(report.replay_seconds.count(), 0);
    EXPECT_GE(report.total_seconds,
              report.snapshot_seconds + report.replay_seconds);
  };
  expect(TryOpenReadOnly().value()->open_report());
  Open();
  expect(store_->open_report());
}

TEST_F(OpenReportTest, ItTellsACrashAndWhatItLeft) {
  int torn = 0;
  int unfinished = 0;
  for (int64_t cut = 1; cut <= 40; ++cut) {
    SCOPED_TRACE(testing::Message() << "power cut at " << cut);
    // Also in the first transaction of all.
    const auto before_crash = static_cast<Lsn>(cut % 2);
    disk::SimulatedDisk disk(static_cast<uint64_t>(cut));
    const auto open = [&] {
      return store::OpenStore::Open(disk, kFolder, AnyOptions()).value();
    };
    {
      const std::unique_ptr<Store> store = open();
      EXPECT_TRUE(store->open_report().closed_cleanly) << "it is new";
      for (Lsn lsn = 1; lsn <= before_crash; ++lsn) {
        ASSERT_THAT(
            store->Transact([](Transaction& txn) { return Insert(txn, "A"); }),
            IsOk());
      }
      CutPowerInALargeCommit(disk, cut, *store);
    }
    disk.Restart();
    const VerifyReport before = store::VerifyFolder(disk, kFolder, {}).value();
    {
      const std::unique_ptr<Store> store = open();
      const OpenReport& report = store->open_report();
      EXPECT_FALSE(report.closed_cleanly);
      const bool survived = report.lsn > before_crash;
      EXPECT_EQ(report.counts.barcodes,
                static_cast<int64_t>(before_crash) + (survived ? 200 : 0));
      EXPECT_EQ(report.torn_bytes, before.torn_bytes);
      EXPECT_EQ(report.unfinished_bytes, before.unfinished_bytes);
      torn += report.torn_bytes > 0 ? 1 : 0;
      unfinished += report.unfinished_bytes > 0 ? 1 : 0;
      if (report.unfinished_bytes > 0) {
        EXPECT_FALSE(survived);
      }
    }
    const std::unique_ptr<Store> store = open();
    EXPECT_TRUE(store->open_report().closed_cleanly);
    EXPECT_EQ(store->open_report().torn_bytes, 0) << "it was cut off";
    EXPECT_EQ(store->open_report().unfinished_bytes, 0);
  }
  EXPECT_GT(torn, 0);
  EXPECT_GT(unfinished, 0);
}

}  // namespace
}  // namespace orderstore
