// What the logger hears, and when it does not.

#include "orderstore/logger.h"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "store/logger_fixture.h"
#include "store/session.h"
#include "store/test_store.h"
#include "thread/mutex.h"
#include "wal/gated_file_system.h"

namespace orderstore {
namespace {

using std::chrono::microseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- Opening ---------------------------------------------------------------

TEST_F(LoggerTest, HearsWhatOpeningFound) {
  Open(Heeded());
  EXPECT_THAT(Infos(NoticeKind::kOpened),
              ElementsAre("/shop: a new store was made"));
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("B");
  Put("C");
  store_.reset();
  disk_.SetBytes("/shop/0000000009.log.tmp", "x");
  Open(Heeded());
  ASSERT_EQ(Infos(NoticeKind::kOpened).size(), 2);
  EXPECT_THAT(
      Infos(NoticeKind::kOpened)[1],
      AllOf(HasSubstr("/shop: opened to write at LSN 3 in "),
            HasSubstr("0 customers, 0 orders, 3 barcodes; the snapshot of LSN "
                      "1 and 2 transactions of the log"),
            HasSubstr("1 temporary file was removed"),
            Not(HasSubstr("not closed"))));
  Put("D");
  Crash();
  Open(Heeded());
  EXPECT_THAT(Infos(NoticeKind::kOpened).back(),
              HasSubstr("the log was not closed, as after a crash"));
  ASSERT_THAT(store::OpenStore::OpenReadOnly(disk_, kFolder, Heeded()).status(),
              IsOk());
  EXPECT_THAT(Infos(NoticeKind::kOpened).back(),
              AllOf(HasSubstr("/shop: opened to read at LSN 4 in "),
                    HasSubstr("not closed, as while a process writes to it")));
  EXPECT_THAT(Warnings(NoticeKind::kSnapshotPassedOver), IsEmpty());
  EXPECT_THAT(Warnings(NoticeKind::kTailCut), IsEmpty());
}

// The log is not read to its end.
TEST_F(LoggerTest, HearsNothingOfTheEndOfAStoreThatIsOpenedAsOfAnLsn) {
  Open();
  Put("A");
  Put("B");
  store_.reset();
  for (const Lsn lsn : {Lsn{1}, Lsn{2}}) {
    const auto opened =
        store::OpenStore::OpenReadOnly(disk_, kFolder, Heeded(), lsn);
    ASSERT_THAT(opened, IsOk());
    EXPECT_TRUE((*opened)->open_report().closed_cleanly);
    EXPECT_THAT(Infos(NoticeKind::kOpened).back(),
                AllOf(HasSubstr("at LSN " + std::to_string(lsn)),
                      Not(HasSubstr("not closed"))));
  }
}

TEST_F(LoggerTest, HearsOfASnapshotThatWasPassedOver) {
  ASSERT_NO_FATAL_FAILURE(PutSomeAndDamageTheNewestSnapshot());
  Open(Heeded());
  EXPECT_THAT(Warnings(NoticeKind::kSnapshotPassedOver),
              ElementsAre(AllOf(HasSubstr(kNewestSnapshot),
                                HasSubstr("passed over, nothing is lost"))));
  ASSERT_THAT(store::OpenStore::OpenReadOnly(disk_, kFolder, Heeded()).status(),
              IsOk());
  EXPECT_EQ(Warnings(NoticeKind::kSnapshotPassedOver).size(), 2);
}

TEST_F(LoggerTest, HearsOfWhatACrashLeftAndOpeningCutOff) {
  size_t expected = 0;
  for (int64_t cut = 1; cut <= 40; ++cut) {
    SCOPED_TRACE(testing::Message() << "power cut at " << cut);
    disk::SimulatedDisk disk(static_cast<uint64_t>(cut));
    const auto open = [&](const Options& options) {
      return store::OpenStore::Open(disk, kFolder, options).value();
    };
    {
      const std::unique_ptr<Store> store = open(AnyOptions());
      CutPowerInALargeCommit(disk, cut, *store);
    }
    disk.Restart();
    // To read cuts nothing.
    ASSERT_THAT(
        store::OpenStore::OpenReadOnly(disk, kFolder, Heeded()).status(),
        IsOk());
    EXPECT_EQ(Warnings(NoticeKind::kTailCut).size(), expected);
    const OpenReport report = open(Heeded())->open_report();
    const int64_t bytes = report.torn_bytes + report.unfinished_bytes;
    if (bytes > 0) ++expected;
    ASSERT_EQ(Warnings(NoticeKind::kTailCut).size(), expected);
    if (bytes > 0) {
      EXPECT_THAT(
          Warnings(NoticeKind::kTailCut).back(),
          HasSubstr("a crash had left " + std::to_string(bytes) + " byte"));
    }
  }
  EXPECT_GT(expected, 0) << "no cut left anything";
}

// ---- Snapshots -------------------------------------------------------------

TEST_F(LoggerTest, HearsOfEachSnapshotThatWasWritten) {
  Open(Heeded());
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  ASSERT_THAT(store_->WriteSnapshot(), IsOk()) << "that is there already";
  EXPECT_THAT(
      Infos(NoticeKind::kSnapshotWritten),
      ElementsAre(HasSubstr("/shop/00000000000000000001.snapshot: written")));
  Put("B");
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = ".snapshot",
                  .nth = 1,
                  .error = ENOSPC});
  EXPECT_FALSE(store_->WriteSnapshot().ok());
  EXPECT_THAT(Errors(NoticeKind::kSnapshotFailed),
              ElementsAre(AllOf(HasSubstr("no snapshot was written: "),
                                HasSubstr("0002.snapshot"))));
  EXPECT_EQ(Infos(NoticeKind::kSnapshotWritten).size(), 1);
}

TEST_F(LoggerTest, HearsOfSnapshotsInTheBackground) {
  Options options = Heeded();
  options.snapshot_log_bytes = 20'000;
  Open(options);
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = ".snapshot",
                  .nth = 1,
                  .error = ENOSPC});
  for (int i = 0; i < 5; ++i) Put("A" + std::to_string(i));
  while (Errors(NoticeKind::kSnapshotFailed).empty()) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 5; ++i) Put("B" + std::to_string(i));
  while (Infos(NoticeKind::kSnapshotWritten).empty()) {
    std::this_thread::yield();
  }
}

TEST_F(LoggerTest, AnIntervalBeyondAllTimeIsNeverOver) {
  Options options = Heeded();
  options.snapshot_interval = std::chrono::seconds::max();
  options.snapshot_log_bytes = int64_t{1} << 40;  // has each commit look
  Open(options);
  for (int i = 0; i < 100; ++i) Put(std::to_string(i));
  store_.reset();
  EXPECT_THAT(Infos(NoticeKind::kSnapshotWritten), IsEmpty());
}

TEST_F(LoggerTest, HearsOfOlderFilesThatStay) {
  Options options = Heeded();
  options.snapshots_kept = 1;
  Open(options);
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("B");
  disk_.AddFault({.call = disk::Call::kRemove,
                  .path_part = "00000000000000000001.snapshot",
                  .nth = 1,
                  .error = EIO});
  EXPECT_THAT(store_->WriteSnapshot(), IsOk());
  EXPECT_EQ(Infos(NoticeKind::kSnapshotWritten).size(), 2);
  EXPECT_THAT(Warnings(NoticeKind::kOldFilesRemain),
              ElementsAre(AllOf(HasSubstr("the snapshot of LSN 2 is complete"),
                                HasSubstr("00000000000000000001.snapshot"))));
  EXPECT_THAT(Errors(NoticeKind::kSnapshotFailed), IsEmpty());
}

// ---- The log ---------------------------------------------------------------

TEST_F(LoggerTest, HearsOnceThatTheLogFailed) {
  Open(Heeded());
  Put("A");
  FailLog();
  EXPECT_FALSE(TryPut("B", Durability::kSync).ok());
  EXPECT_FALSE(TryPut("C", Durability::kSync).ok());
  EXPECT_FALSE(store_->Sync().ok());
  EXPECT_FALSE(store_->Close().ok());
  EXPECT_THAT(Errors(NoticeKind::kLogFailed),
              ElementsAre(AllOf(HasSubstr("0000000001.log"),
                                HasSubstr("reopen the store"),
                                HasSubstr("read views go on"))));
  EXPECT_THAT(Errors(NoticeKind::kDiskFull), IsEmpty());
}

TEST_F(LoggerTest, HearsOfALogThatFailedWhereNobodyWaits) {
  Options options = Heeded(Durability::kAsync);
  options.async_delay_max = microseconds(1);
  Open(options);
  FailLog();
  Put("A", Durability::kAsync);
  while (Errors(NoticeKind::kLogFailed).empty()) std::this_thread::yield();
}

TEST_F(LoggerTest, HearsOnceThatTheDiskIsFullAndOnceThatThereIsRoom) {
  Open(Heeded());
  for (size_t times = 1; times <= 2; ++times) {
    disk_.SetCapacity(disk_.UsedBytes());
    auto put = [&, i = 1000 * times]() mutable {
      return TryPut(std::to_string(++i), Durability::kSync);
    };
    while (put().ok()) {
      EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), times - 1);
    }
    EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), times);
    EXPECT_FALSE(put().ok());
    EXPECT_FALSE(put().ok());
    EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), times);
    EXPECT_EQ(Infos(NoticeKind::kRoomAgain).size(), times - 1);
    disk_.SetCapacity(int64_t{1} << 30);
    EXPECT_TRUE(put().ok());
    EXPECT_TRUE(put().ok());
    EXPECT_EQ(Infos(NoticeKind::kRoomAgain).size(), times);
  }
  EXPECT_THAT(Errors(NoticeKind::kDiskFull)[0],
              AllOf(HasSubstr("a commit was refused whole: "),
                    HasSubstr("later commits succeed once that is mended")));
}

TEST_F(LoggerTest, ADiskThatIsFullForLargeCommitsAloneIsToldOfOnce) {
  Open(Heeded());
  disk_.SetCapacity(disk_.UsedBytes());
  const auto put_many = [&] {
    return store_->Transact([](Transaction& txn) -> absl::Status {
      for (int i = 0; i < 200; ++i) {
        absl::Status status =
            Insert(txn, std::to_string(i) + std::string(200, 'x'));
        if (!status.ok()) return status;
      }
      return absl::OkStatus();
    });
  };
  EXPECT_FALSE(put_many().ok());
  EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), 1);
  // Small ones find room in the segment, which says nothing of large ones.
  EXPECT_THAT(TryPut("A", Durability::kSync), IsOk());
  EXPECT_FALSE(put_many().ok());
  EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), 1);
  EXPECT_THAT(Infos(NoticeKind::kRoomAgain), IsEmpty());
  // Until there is none for them either.
  for (int i = 1000; TryPut(std::to_string(i), Durability::kSync).ok(); ++i) {
  }
  EXPECT_EQ(Errors(NoticeKind::kDiskFull).size(), 2);
  disk_.SetCapacity(int64_t{1} << 30);
  EXPECT_TRUE(put_many().ok());
  EXPECT_EQ(Infos(NoticeKind::kRoomAgain).size(), 1);
}

// On a disk where the frames of the log wait while segments are made.
class LoggerGateTest : public LoggerTest {
 protected:
  using Gate = wal::GatedFileSystem::Gate;

  ~LoggerGateTest() override {
    gates_.Open(Gate::kFrames);
    store_.reset();
  }

  // So many barcodes in one transaction that its record takes some segments.
  absl::StatusOr<Lsn> TryPutMany(int first, int count, Durability durability) {
    Transaction txn = store_->Begin().value();
    for (int i = first; i < first + count; ++i) {
      absl::Status status =
          Insert(txn, std::to_string(i) + std::string(200, 'x'));
      if (!status.ok()) return status;
    }
    return txn.Commit(durability);
  }

  wal::GatedFileSystem gates_{disk_};
};

// The commit that found room waits for the disk still when the next is refused.
TEST_F(LoggerGateTest, TheLastWordOnRoomIsHowItIs) {
  thread::Mutex mutex;
  std::vector<NoticeKind> told;
  Options options = Heeded(Durability::kAsync);
  options.logger = [&](const Notice& notice) {
    if (notice.kind != NoticeKind::kDiskFull &&
        notice.kind != NoticeKind::kRoomAgain) {
      return;
    }
    thread::MutexLock lock(mutex);
    told.push_back(notice.kind);
  };
  store_ = store::OpenStore::Open(gates_, kFolder, options).value();
  disk_.SetCapacity(disk_.UsedBytes());
  EXPECT_EQ(TryPutMany(1000, 100, Durability::kAsync).status().code(),
            absl::StatusCode::kResourceExhausted);
  disk_.SetCapacity(int64_t{1} << 30);
  gates_.Shut(Gate::kFrames);
  Session other;
  other.Start(
      [&] { EXPECT_THAT(TryPutMany(2000, 110, Durability::kSync), IsOk()); });
  gates_.AwaitWrite(Gate::kFrames);
  disk_.SetCapacity(disk_.UsedBytes());
  EXPECT_EQ(TryPutMany(3000, 400, Durability::kAsync).status().code(),
            absl::StatusCode::kResourceExhausted);
  gates_.Open(Gate::kFrames);
  other.Finish();
  store_.reset();
  thread::MutexLock lock(mutex);
  EXPECT_THAT(told, ElementsAre(NoticeKind::kDiskFull, NoticeKind::kRoomAgain,
                                NoticeKind::kDiskFull));
}

// ---- What is slow ----------------------------------------------------------

TEST_F(LoggerTest, HearsOfAWriteThatTakesTheThreshold) {
  Options options = WithLargeSegments();
  options.slow_sync = microseconds(1);
  Open(options);
  PutSlowly("A");
  EXPECT_THAT(Warnings(NoticeKind::kSlowSync),
              ElementsAre(HasSubstr("a write of the log took ")));
  EXPECT_THAT(Warnings(NoticeKind::kSlowTransaction), IsEmpty());
  for (const microseconds threshold : {microseconds(0), microseconds::max()}) {
    options.slow_sync = threshold;
    Reopen(options);
    PutSlowly("B" + std::to_string(threshold.count()));
    EXPECT_EQ(Warnings(NoticeKind::kSlowSync).size(), 1);
  }
}

TEST_F(LoggerTest, HearsHowLongATransactionKeptOthersAndWaitedForTheDisk) {
  Options options = WithLargeSegments();
  options.slow_transaction = microseconds(1);
  Open(options);
  disk_.CloseGate();
  Session other;
  other.Start([&] {
    Transaction txn = store_->Begin().value();
    ASSERT_THAT(Insert(txn, "A"), IsOk());
    ASSERT_THAT(Insert(txn, "B"), IsOk());
    SpinFor(microseconds(2'000));
    EXPECT_THAT(txn.Commit(), IsOk());
  });
  disk_.AwaitWrite();
  SpinFor(microseconds(3'000));
  disk_.OpenGate();
  other.Finish();
  EXPECT_THAT(
      Warnings(NoticeKind::kSlowTransaction),
      ElementsAre(testing::MatchesRegex(
          "a transaction took [0-9]+\\.[0-9]+ m?s: it kept others from writing "
          "for [0-9]+\\.[0-9]+ m?s, and waited [0-9]+\\.[0-9]+ m?s for the "
          "disk\\. "
          "Changes of rows: 2, bytes for the log: [1-9][0-9]*\\. It has LSN "
          "1")));
  EXPECT_THAT(Warnings(NoticeKind::kSlowSync), IsEmpty());
}

TEST_F(LoggerTest, HearsOfSlowTransactionsHoweverTheyEnd) {
  Options options = Heeded();
  options.slow_transaction = microseconds(1);
  Open(options);
  const auto slowly = [&](const std::function<void(Transaction&)>& work) {
    Transaction txn = store_->Begin().value();
    SpinFor(microseconds(2));
    work(txn);
  };
  slowly([](Transaction& txn) { EXPECT_THAT(txn.Commit(), IsOk()); });
  slowly([](Transaction& txn) {
    EXPECT_THAT(Insert(txn, "A"), IsOk());
    txn.Abort();
  });
  slowly([](Transaction& txn) { EXPECT_THAT(Insert(txn, "B"), IsOk()); });
  FailLog();
  slowly([](Transaction& txn) {
    EXPECT_THAT(Insert(txn, "C"), IsOk());
    EXPECT_FALSE(txn.Commit().ok());
  });
  EXPECT_THAT(
      Warnings(NoticeKind::kSlowTransaction),
      ElementsAre(HasSubstr("Changes of rows: 0, bytes for the log: 0. It "
                            "changed nothing"),
                  HasSubstr("Changes of rows: 1, "),
                  HasSubstr(". It was aborted"),
                  HasSubstr(". It failed to commit (UNKNOWN)")));
}

TEST_F(LoggerTest, HearsOfNoTransactionBelowTheThresholdOrWithoutOne) {
  for (const microseconds threshold : {microseconds(0), microseconds::max()}) {
    Options options = Heeded();
    options.slow_transaction = threshold;
    Reopen(options);
    Put("A" + std::to_string(threshold.count()));
    EXPECT_THAT(Warnings(NoticeKind::kSlowTransaction), IsEmpty());
  }
}

TEST_F(LoggerTest, HearsOfSlowTransactionsInMemory) {
  const std::unique_ptr<Store> store = OpenStore(
      {.logger = heard_.logger(), .slow_transaction = microseconds(1)});
  Transaction txn = store->Begin().value();
  ASSERT_THAT(Insert(txn, "A"), IsOk());
  SpinFor(microseconds(2));
  ASSERT_THAT(txn.Commit(), IsOk());
  EXPECT_THAT(Warnings(NoticeKind::kSlowTransaction),
              ElementsAre(AllOf(HasSubstr("waited 0 us for the disk"),
                                HasSubstr("bytes for the log: 0. "))));
  EXPECT_THAT(Infos(NoticeKind::kOpened), IsEmpty());
}

TEST(LoggerNamesTest, NamesAreWordsForAMachine) {
  EXPECT_EQ(NameOf(Severity::kInfo), "info");
  EXPECT_EQ(NameOf(Severity::kError), "error");
  EXPECT_EQ(NameOf(NoticeKind::kOpened), "opened");
  EXPECT_EQ(NameOf(NoticeKind::kOldFilesRemain), "old-files-remain");
  EXPECT_EQ(NameOf(NoticeKind::kSlowTransaction), "slow-transaction");
}

}  // namespace
}  // namespace orderstore
