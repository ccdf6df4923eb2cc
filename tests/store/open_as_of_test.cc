// A store as it was at a commit of the past.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "store/folder_test.h"

namespace orderstore {
namespace {

class OpenAsOfTest : public FolderTest {
 protected:
  // Transactions up to LSN 20, two a segment, with snapshots of LSN 6, 12 and
  // 18, of which the last two are kept.
  void SetUp() override {
    Open();
    Note();
    for (int i = 1; i <= 20; ++i) {
      Put("A" + std::to_string(i));
      Note();
      if (i % 6 == 0) {
        ASSERT_TRUE(store_->WriteSnapshot().ok());
      }
    }
  }
  void Note() { digests_.push_back(store_->OpenReadView().Digests()); }

  absl::StatusOr<std::unique_ptr<Store>> OpenAsOf(Lsn lsn) {
    return store::OpenStore::OpenReadOnly(disk_, kFolder, AnyOptions(), lsn);
  }
  void ExpectAsOf(Lsn lsn) {
    const auto old = OpenAsOf(lsn);
    ASSERT_TRUE(old.ok()) << old.status();
    const ReadView view = (*old)->OpenReadView();
    EXPECT_EQ(view.lsn(), lsn);
    EXPECT_EQ((*old)->open_report().lsn, lsn);
    EXPECT_EQ(view.Digests(), digests_[lsn]);
    EXPECT_EQ(view.Counts().barcodes, static_cast<int64_t>(lsn));
    EXPECT_TRUE((*old)->Check().ok());
  }

  std::vector<Digests> digests_;  // as of each LSN
};

TEST_F(OpenAsOfTest, ItHasTheRowsOfEachLsnThatTheFilesReach) {
  for (Lsn lsn = 12; lsn <= 20; ++lsn) ExpectAsOf(lsn);
  EXPECT_EQ(OpenAsOf(17).value()->open_report().snapshot_lsn, 12);
  EXPECT_EQ(OpenAsOf(18).value()->open_report().snapshot_lsn, 18);
}

TEST_F(OpenAsOfTest, AWholeLogReachesBackToTheEmptyStore) {
  store_.reset();
  disk_.RemoveFile("/shop/00000000000000000012.snapshot");
  disk_.RemoveFile("/shop/00000000000000000018.snapshot");
  // The log has lost its beginning to the snapshots.
  EXPECT_THAT(OpenAsOf(15), FailsWith(absl::StatusCode::kDataLoss, "LSN 1"));

  store_ = TryOpen(AnyOptions(), "/whole").value();
  Put("A1");
  Put("A2");
  for (const Lsn lsn : {Lsn{0}, Lsn{1}, Lsn{2}}) {
    const auto old =
        store::OpenStore::OpenReadOnly(disk_, "/whole", AnyOptions(), lsn);
    ASSERT_TRUE(old.ok()) << old.status();
    EXPECT_EQ((*old)->OpenReadView().Counts().barcodes, lsn);
  }
}

TEST_F(OpenAsOfTest, BeforeTheOldestSnapshotAndBehindTheEndIsRefused) {
  for (const Lsn lsn : {Lsn{0}, Lsn{6}, Lsn{11}}) {
    EXPECT_THAT(OpenAsOf(lsn),
                FailsWith(absl::StatusCode::kOutOfRange, "go back to LSN 12"));
  }
  EXPECT_THAT(OpenAsOf(21), FailsWith(absl::StatusCode::kOutOfRange,
                                      "ends with LSN 20, and is to be read as "
                                      "of LSN 21"));
}

TEST_F(OpenAsOfTest, DamageBehindItDoesNotMatterAndBeforeItDoes) {
  store_.reset();
  // LSN 15 cannot be read.
  DamageTheLogBefore();
  ExpectAsOf(14);
  EXPECT_THAT(OpenAsOf(16),
              FailsWith(absl::StatusCode::kDataLoss, "0000000008.log"));
  ExpectAsOf(19);
}

TEST_F(OpenAsOfTest, AnOlderSnapshotMakesUpForADamagedOne) {
  store_.reset();
  disk_.FlipBit(std::string("/shop/") + kNewestSnapshot, 8 * 5000);
  ExpectAsOf(19);
  const auto old = OpenAsOf(19);
  EXPECT_EQ((*old)->open_report().bad_snapshots.size(), 1);
  EXPECT_TRUE(OpenAsOf(17).value()->open_report().bad_snapshots.empty());
}

TEST_F(OpenAsOfTest, WhatItShowsIsDurable) {
  store_.reset();
  const int64_t syncs = disk_.CallCount(disk::Call::kSync);
  ExpectAsOf(20);
  EXPECT_EQ(disk_.CallCount(disk::Call::kSync), syncs + 1);
}

TEST_F(OpenAsOfTest, NothingCanBeWritten) {
  const auto old = OpenAsOf(15);
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_TRUE(absl::IsPermissionDenied((*old)->Begin().status()));
  EXPECT_TRUE(absl::IsFailedPrecondition((*old)->WriteSnapshot().status()));
}

}  // namespace
}  // namespace orderstore
