// One snapshot file as a store to read.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/folder_test.h"

namespace orderstore {
namespace {

using testing::HasSubstr;

constexpr char kSnapshot[] = "/shop/00000000000000000001.snapshot";

class OpenSnapshotTest : public FolderTest {
 protected:
  void SetUp() override {
    Open();
    Put("old");
    ASSERT_TRUE(store_->WriteSnapshot().ok());
    digests_ = store_->OpenReadView().Digests();
    Put("new");
  }
  void Put(const std::string& value) {
    ASSERT_TRUE(
        store_->Transact([&](Transaction& txn) { return Insert(txn, value); })
            .ok());
  }
  absl::StatusOr<std::unique_ptr<Store>> OpenFile(const std::string& path) {
    return store::OpenStore::OpenSnapshot(disk_, path, AnyOptions());
  }

  Digests digests_;
};

TEST_F(OpenSnapshotTest, ItHasTheRowsOfItsLsn) {
  const auto old = OpenFile(kSnapshot);
  ASSERT_TRUE(old.ok()) << old.status();
  const ReadView view = (*old)->OpenReadView();
  EXPECT_EQ(view.lsn(), 1);
  EXPECT_EQ(view.Digests(), digests_);
  EXPECT_FALSE(view.FindBarcodeByValue("new"));
  EXPECT_EQ((*old)->open_report().snapshot_lsn, 1);
  EXPECT_EQ((*old)->open_report().lsn, 1);
  EXPECT_EQ((*old)->open_report().counts, view.Counts());
  EXPECT_TRUE((*old)->Check().ok());
}

TEST_F(OpenSnapshotTest, ACopyUnderAnotherNameIsReadAlone) {
  disk_.SetBytes("/monday.snapshot", disk_.Bytes(kSnapshot));
  for (const char* path : {"/monday.snapshot", "monday.snapshot"}) {
    const auto copy = OpenFile(path);
    ASSERT_TRUE(copy.ok()) << copy.status();
    EXPECT_EQ((*copy)->OpenReadView().Digests(), digests_);
  }
}

TEST_F(OpenSnapshotTest, NothingCanBeWritten) {
  const auto old = OpenFile(kSnapshot);
  EXPECT_EQ((*old)->Begin().status().code(),
            absl::StatusCode::kPermissionDenied);
  const absl::Status status = (*old)->WriteSnapshot().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("to read only"));
}

TEST_F(OpenSnapshotTest, WhatIsNoneIsRefused) {
  EXPECT_EQ(OpenFile("/shop/none.snapshot").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenFile("/none/a.snapshot").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenFile("/shop/STORE").status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(OpenFile("/shop/0000000001.log").status().code(),
            absl::StatusCode::kDataLoss);
  // Its name says something else.
  disk_.SetBytes("/shop/00000000000000000002.snapshot", disk_.Bytes(kSnapshot));
  EXPECT_EQ(OpenFile("/shop/00000000000000000002.snapshot").status().code(),
            absl::StatusCode::kDataLoss);
  std::string bytes = disk_.Bytes(kSnapshot);
  bytes[5000] = static_cast<char>(bytes[5000] ^ 1);
  disk_.SetBytes("/bad.snapshot", bytes);
  const absl::Status status = OpenFile("/bad.snapshot").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("bad.snapshot"));
}

}  // namespace
}  // namespace orderstore
