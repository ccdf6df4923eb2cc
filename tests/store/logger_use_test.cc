// What a logger may do, and what it keeps nobody from.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
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

// A logger that stays in the first notice of a kind until it is let go.
class Lingerer {
 public:
  explicit Lingerer(NoticeKind kind) : kind_(kind) {}

  Logger logger() {
    return [this](const Notice& notice) { Hear(notice.kind); };
  }
  void AwaitInside() {
    thread::MutexLock lock(mutex_);
    while (!inside_) changed_.Wait(mutex_);
  }
  void LetGo() {
    thread::MutexLock lock(mutex_);
    may_leave_ = true;
    changed_.NotifyAll();
  }

 private:
  void Hear(NoticeKind kind) {
    thread::MutexLock lock(mutex_);
    if (kind != kind_ || inside_) return;
    inside_ = true;
    changed_.NotifyAll();
    while (!may_leave_) changed_.Wait(mutex_);
  }

  const NoticeKind kind_;
  thread::Mutex mutex_;
  thread::CondVar changed_;
  bool inside_ ABSL_GUARDED_BY(mutex_) = false;
  bool may_leave_ ABSL_GUARDED_BY(mutex_) = false;
};

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
  Lingerer lingerer(NoticeKind::kSnapshotWritten);
  Options options = Heeded();
  options.logger = lingerer.logger();
  Open(options);
  Put("A");
  Session other;
  other.Start([&] { EXPECT_THAT(store_->WriteSnapshot(), IsOk()); });
  lingerer.AwaitInside();
  Put("B");
  EXPECT_EQ(store_->Stats().snapshot_lsn, 1);
  EXPECT_TRUE(Has("B"));
  lingerer.LetGo();
  other.Finish();
  store_.reset();
}

TEST_F(LoggerUseTest, OneThatHearsInTheMiddleOfACommitHoldsUpAllWriters) {
  Lingerer lingerer(NoticeKind::kDiskFull);
  Options options = Heeded();
  options.logger = lingerer.logger();
  Open(options);
  Put("A");
  disk_.SetCapacity(disk_.UsedBytes());
  Session other;
  other.Start([&] {
    for (int i = 0; TryPut(std::to_string(i), Durability::kSync).ok(); ++i) {
    }
  });
  lingerer.AwaitInside();
  EXPECT_THAT(store_->Begin(std::chrono::steady_clock::now()),
              FailsWithCode(kDeadlineExceeded));
  EXPECT_TRUE(Has("A")) << "readers go on";
  lingerer.LetGo();
  other.Finish();
  EXPECT_THAT(store_->Begin(), IsOk());
  store_.reset();
}

TEST_F(LoggerUseTest, OneThatHearsOfAWriteHoldsUpTheSyncCommitThatWroteIt) {
  Lingerer lingerer(NoticeKind::kSlowSync);
  Options options = WithLargeSegments();
  options.slow_sync = microseconds(1);
  options.logger = lingerer.logger();
  Open(options);
  std::atomic<bool> returned = false;
  Session other;
  other.Start([&] {
    PutSlowly("A");
    returned = true;
  });
  lingerer.AwaitInside();
  EXPECT_EQ(store_->durable_lsn(), 1) << "it is told of what is durable";
  Put("B");
  EXPECT_EQ(store_->durable_lsn(), 2) << "others go on";
  EXPECT_FALSE(returned.load());
  lingerer.LetGo();
  other.Finish();
  EXPECT_TRUE(returned.load());
  store_.reset();
}

// That thread leads for those who have a deadline.
TEST_F(LoggerUseTest, OneThatHearsInTheThreadOfTheLogHoldsUpWhomThatServes) {
  Lingerer lingerer(NoticeKind::kSlowSync);
  Options options = WithLargeSegments();
  options.async_delay_max = microseconds(1);
  options.slow_sync = microseconds(1);
  options.logger = lingerer.logger();
  Open(options);
  const auto wait_at_most = [&](Lsn lsn, std::chrono::milliseconds time) {
    return store_->WaitDurable(lsn, std::chrono::steady_clock::now() + time);
  };
  disk_.CloseGate();
  Put("A", Durability::kAsync);
  disk_.AwaitWrite();
  SpinFor(microseconds(2));
  disk_.OpenGate();
  lingerer.AwaitInside();
  const Lsn held_up = Put("B", Durability::kAsync);
  EXPECT_THAT(wait_at_most(held_up, std::chrono::milliseconds(20)),
              FailsWithCode(kDeadlineExceeded));
  // A commit without a deadline leads by itself, for the one before, too.
  const Lsn lsn = Put("C");
  EXPECT_EQ(store_->durable_lsn(), lsn);
  const Lsn last = Put("D", Durability::kAsync);
  lingerer.LetGo();
  EXPECT_THAT(wait_at_most(last, std::chrono::minutes(5)), IsOk());
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
