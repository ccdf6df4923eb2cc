// What a logger may do, and what it keeps nobody from.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/logger.h"
#include "orderstore/store.h"
#include "store/logger_fixture.h"
#include "store/session.h"
#include "store/test_store.h"
#include "thread/mutex.h"

namespace orderstore {
namespace {

using std::chrono::microseconds;
using testing::IsEmpty;
using testing::Not;

class LoggerUseTest : public LoggerTest {
 protected:
  ~LoggerUseTest() override {
    disk_.OpenGate();
    store_.reset();
  }

  // Calls all that it may, of the store that `current_` is. Where one of these
  // waited for a lock that the teller holds, the test would not end.
  void Look(const Notice& notice) {
    if (const Store* store = current_.load()) {
      static_cast<void>(store->Stats());
      static_cast<void>(store->durable_lsn());
      static_cast<void>(store->open_report());
      static_cast<void>(store->schema_revision());
      for (const ReadLevel level : {ReadLevel::kDefault, ReadLevel::kLatest}) {
        const ReadView view = store->OpenReadView(level);
        EXPECT_GE(view.Counts().barcodes, 0);
        static_cast<void>(view.FindBarcodeByValue("A"));
      }
      ++looks_;
    }
    heard_.logger()(notice);
  }

  std::atomic<Store*> current_ = nullptr;
  std::atomic<int> looks_ = 0;
};

TEST_F(LoggerUseTest, ItMayReadTheStoreWhateverItHears) {
  Options options = WithLargeSegments();
  options.snapshots_kept = 1;
  options.slow_sync = microseconds(1);
  options.slow_transaction = microseconds(1);
  options.logger = [this](const Notice& notice) { Look(notice); };
  Open(options);
  current_ = store_.get();
  PutSlowly("A");
  // With garbage for views that close inside the logger.
  for (int i = 0; i < 200; ++i) Put("B" + std::to_string(i));
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("C");
  disk_.AddFault({.call = disk::Call::kRemove,
                  .path_part = "0201.snapshot",
                  .nth = 1,
                  .error = EIO});
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("D");
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = ".snapshot",
                  .nth = 1,
                  .error = EIO});
  EXPECT_FALSE(store_->WriteSnapshot().ok());
  {
    Transaction txn = store_->Begin().value();
    ASSERT_THAT(Insert(txn, "E"), IsOk());
    SpinFor(microseconds(2));
  }
  // The log fails as Close, which keeps writers out, makes this durable.
  Put("F", Durability::kAsync);
  FailLog();
  EXPECT_FALSE(store_->Close().ok());
  current_ = nullptr;
  EXPECT_THAT(Warnings(NoticeKind::kSlowSync), Not(IsEmpty()));
  EXPECT_THAT(Infos(NoticeKind::kSnapshotWritten), Not(IsEmpty()));
  EXPECT_THAT(Warnings(NoticeKind::kOldFilesRemain), Not(IsEmpty()));
  EXPECT_THAT(Errors(NoticeKind::kSnapshotFailed), Not(IsEmpty()));
  EXPECT_THAT(Warnings(NoticeKind::kSlowTransaction), Not(IsEmpty()));
  EXPECT_THAT(Errors(NoticeKind::kLogFailed), Not(IsEmpty()));
  EXPECT_GE(looks_.load(), 7);
}

// In the middle of a commit.
TEST_F(LoggerUseTest, ItMayReadTheStoreAsItHearsOfRoom) {
  Options options = Heeded();
  options.logger = [this](const Notice& notice) { Look(notice); };
  Open(options);
  current_ = store_.get();
  auto put = [this, i = 0]() mutable {
    return TryPut(std::to_string(++i), Durability::kSync);
  };
  disk_.SetCapacity(disk_.UsedBytes());
  while (put().ok()) {
  }
  disk_.SetCapacity(int64_t{1} << 30);
  EXPECT_THAT(put(), IsOk());
  current_ = nullptr;
  EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), 1);
  EXPECT_EQ(Infos(NoticeKind::kRoomAgain).size(), 1);
  EXPECT_EQ(looks_.load(), 2);
}

// While one thread's notice is being heard, the others go on.
TEST_F(LoggerUseTest, OneThatTakesLongHoldsUpNobodyElse) {
  thread::Mutex mutex;
  thread::CondVar changed;
  bool inside = false;
  bool may_leave = false;
  Options options = Heeded();
  options.logger = [&](const Notice& notice) {
    if (notice.kind != NoticeKind::kSnapshotWritten) return;
    thread::MutexLock lock(mutex);
    inside = true;
    changed.NotifyAll();
    while (!may_leave) changed.Wait(mutex);
  };
  Open(options);
  Put("A");
  Session other;
  other.Start([&] { EXPECT_THAT(store_->WriteSnapshot(), IsOk()); });
  {
    thread::MutexLock lock(mutex);
    while (!inside) changed.Wait(mutex);
  }
  Put("B");
  EXPECT_EQ(store_->Stats().snapshot_lsn, 1);
  EXPECT_TRUE(Has("B"));
  {
    thread::MutexLock lock(mutex);
    may_leave = true;
    changed.NotifyAll();
  }
  other.Finish();
  store_.reset();
}

TEST_F(LoggerUseTest, WhatItThrowsIsLostAndTheStoreGoesOn) {
  std::atomic<int> thrown = 0;
  Options options = Heeded(Durability::kAsync);
  options.async_delay_max = microseconds(1);
  options.slow_transaction = microseconds(1);
  options.logger = [&](const Notice&) {
    ++thrown;
    throw std::runtime_error("no room for the log");
  };
  Open(options);
  EXPECT_EQ(thrown.load(), 1);
  {
    Transaction txn = store_->Begin().value();
    ASSERT_THAT(Insert(txn, "A"), IsOk());
    SpinFor(microseconds(2));
    EXPECT_THAT(txn.Commit(), IsOk());
    EXPECT_EQ(thrown.load(), 2);
    txn = store_->Begin().value();
    ASSERT_THAT(Insert(txn, "B"), IsOk());
    SpinFor(microseconds(2));
    // And aborts, in a destructor.
  }
  EXPECT_EQ(thrown.load(), 3);
  EXPECT_THAT(store_->WriteSnapshot(), IsOk());
  EXPECT_TRUE(Has("A"));
  EXPECT_FALSE(Has("B"));
  // In a thread of the store's own.
  FailLog();
  TryPut("C", Durability::kAsync).IgnoreError();
  while (store_->Stats().log_status.ok()) std::this_thread::yield();
  EXPECT_EQ(store_->Close().code(), absl::StatusCode::kUnavailable);
  EXPECT_GE(thrown.load(), 5);
  store_.reset();
}

}  // namespace
}  // namespace orderstore
