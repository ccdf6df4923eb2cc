// Opening a store's folder: what is made, found, refused, and left alone.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "no_threads.h"
#include "orderstore/store.h"
#include "store/folder_test.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using disk::SimulatedDisk;

class OpenTest : public FolderTest {
 protected:
  std::vector<std::string> Snapshots() const {
    std::vector<std::string> names;
    for (const std::string& name : disk_.List(kFolder)) {
      if (name.ends_with(".snapshot")) names.push_back(name);
    }
    return names;
  }
  std::vector<std::string> Segments() const {
    std::vector<std::string> names;
    for (const std::string& name : disk_.List(kFolder)) {
      if (name.ends_with(".log")) names.push_back(name);
    }
    return names;
  }
  void PutMany(int count, const std::string& prefix) {
    for (int i = 0; i < count; ++i) {
      Put(prefix + std::to_string(i), Durability::kSync);
    }
  }
  // A store whose snapshots are of the LSNs 12 and 18, the last.
  void CloseWithSnapshots() {
    Open();
    for (int i = 0; i < 3; ++i) {
      PutMany(6, std::to_string(i) + "-");
      ASSERT_THAT(store_->WriteSnapshot(), IsOk());
    }
    store_.reset();
  }
  // The newest snapshot is passed over, for a reason with this text.
  void ExpectTheOlderOneServes(const std::string& reason) {
    Open();
    EXPECT_EQ(Barcodes(), 18);
    EXPECT_EQ(store_->open_report().snapshot_lsn, 12);
    ASSERT_EQ(store_->open_report().bad_snapshots.size(), 1);
    EXPECT_NE(store_->open_report().bad_snapshots[0].find(reason),
              std::string::npos);
  }
  void Flip(const std::string& name) {
    disk_.FlipBit(std::string(kFolder) + "/" + name, 8 * 5000);
  }
};

// ---- Making and finding ----------------------------------------------------

TEST_F(OpenTest, MakesAStoreInAMissingFolderAndFindsItAgain) {
  Open();
  EXPECT_TRUE(store_->open_report().created);
  EXPECT_EQ(store_->open_report().lsn, 0);
  Put("A");
  Reopen();
  EXPECT_FALSE(store_->open_report().created);
  EXPECT_EQ(store_->open_report().lsn, 1);
  EXPECT_EQ(store_->open_report().counts.barcodes, 1);
  EXPECT_TRUE(Has("A"));
}

TEST_F(OpenTest, ASystemWithoutThreadsIsAnErrorThatLosesNothing) {
  Open();
  Put("A");
  store_.reset();
  {
    const NoThreads no_threads;
    for (const char* folder : {kFolder, "/new"}) {
      EXPECT_THAT(TryOpen(AnyOptions(), folder).status(),
                  FailsWith(absl::StatusCode::kResourceExhausted,
                            "cannot start a thread"));
    }
  }
  Open();
  EXPECT_TRUE(Has("A"));
  EXPECT_THAT(TryOpen(AnyOptions(), "/new").status(), IsOk());
}

TEST_F(OpenTest, ALargeSnapshotIsReadByOneThreadIfThereIsNoOther) {
  Open();
  std::vector<std::string> values;
  for (int i = 0; i < 20'000; ++i) values.push_back(std::to_string(i));
  std::vector<NewBarcode> rows;
  for (const std::string& value : values) rows.push_back({.value = value});
  Transaction txn = store_->Begin().value();
  ASSERT_THAT(txn.InsertBarcodes(rows).status(), IsOk());
  ASSERT_THAT(txn.Commit().status(), IsOk());
  ASSERT_THAT(store_->WriteSnapshot().status(), IsOk());
  store_.reset();
  const NoThreads no_threads;
  const auto store = TryOpenReadOnly();
  ASSERT_THAT(store.status(), IsOk());
  EXPECT_EQ((*store)->open_report().snapshot_lsn, 1);
  EXPECT_THAT((*store)->Check(), IsOk());
}

TEST_F(OpenTest, ClosingWithoutAChangeWritesNothing) {
  Open();
  Put("A");
  Reopen();
  const std::string before = disk_.Bytes("/shop/0000000001.log");
  Reopen();
  store_.reset();
  EXPECT_EQ(disk_.Bytes("/shop/0000000001.log"), before);
}

TEST_F(OpenTest, SequencesGoOnBehindRowsThatWereDeleted) {
  Open();
  ASSERT_THAT(store_->Transact([](Transaction& txn) {
    const BarcodeId id = txn.InsertBarcode({.value = "A"}).value();
    return txn.DeleteBarcode(id);
  }),
              IsOk());
  Reopen();
  Transaction txn = store_->Begin().value();
  EXPECT_EQ(txn.InsertBarcode({.value = "B"}).value(), BarcodeId(2));
  ASSERT_THAT(txn.Commit(), IsOk());
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  ASSERT_THAT(store_->Transact(
                  [](Transaction& t) { return t.DeleteBarcode(BarcodeId(2)); }),
              IsOk());
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Reopen();
  EXPECT_EQ(store_->open_report().snapshot_lsn, 3);
  txn = store_->Begin().value();
  EXPECT_EQ(txn.InsertBarcode({.value = "C"}).value(), BarcodeId(3));
}

TEST_F(OpenTest, RefusesAFolderOfSomethingElse) {
  ASSERT_EQ(disk_.MakeFolder(kFolder), 0);
  disk_.SetBytes("/shop/letter.txt", "Dear Ann");
  EXPECT_THAT(TryOpen(),
              FailsWith(absl::StatusCode::kInvalidArgument, "letter.txt"));
  EXPECT_EQ(disk_.Bytes("/shop/letter.txt"), "Dear Ann");
  EXPECT_THAT(disk_.List("/shop"), testing::ElementsAre("letter.txt"))
      << "no lock";
}

TEST_F(OpenTest, LeavesTemporaryFilesOfOthersAlone) {
  Open();
  Put("A");
  disk_.SetBytes("/shop/letter.tmp", "Dear Ann");
  Reopen();
  EXPECT_EQ(store_->open_report().removed_files, 0);
  store_.reset();
  EXPECT_EQ(disk_.Bytes("/shop/letter.tmp"), "Dear Ann");
}

TEST_F(OpenTest, RefusesAFolderOfTemporaryFilesOfOthers) {
  ASSERT_EQ(disk_.MakeFolder(kFolder), 0);
  disk_.SetBytes("/shop/letter.tmp", "Dear Ann");
  EXPECT_THAT(TryOpen(),
              FailsWith(absl::StatusCode::kInvalidArgument, "letter.tmp"));
}

TEST_F(OpenTest, RefusesOptionsOutOfRange) {
  const auto refused = [&](auto change) {
    Options options = AnyOptions();
    change(options);
    EXPECT_THAT(TryOpen(options),
                FailsWith(absl::StatusCode::kInvalidArgument, "Options::"));
  };
  refused([](Options& options) { options.segment_bytes = 16383; });
  refused([](Options& options) { options.segment_bytes = (1 << 30) + 1; });
  refused([](Options& options) { options.snapshots_kept = 0; });
  refused([](Options& options) { options.async_bytes_max = -1; });
  refused([](Options& options) { options.snapshot_log_bytes = -1; });
  refused([](Options& options) { options.memory_bytes_max = -1; });
  refused([](Options& options) {
    options.async_delay_max = std::chrono::microseconds(-1);
  });
  refused([](Options& options) {
    options.snapshot_interval = std::chrono::seconds(-1);
  });
  refused([](Options& options) {
    options.slow_transaction = std::chrono::microseconds(-1);
  });
  refused([](Options& options) {
    options.slow_sync = std::chrono::microseconds(-1);
  });
  EXPECT_TRUE(disk_.List("/").empty()) << "no folder was made";
}

TEST_F(OpenTest, RefusesASecondWriterAndNamesTheFirst) {
  Open();
  EXPECT_THAT(TryOpen(), FailsWith(absl::StatusCode::kFailedPrecondition,
                                   "process " + std::to_string(getpid()) +
                                       ", which is this one"));
  Put("A");
  store_.reset();
  EXPECT_THAT(TryOpen(), IsOk()) << "the lock is free again";
}

TEST_F(OpenTest, AMissingIdentityIsNoReasonToStartAnew) {
  Open();
  Put("A");
  store_.reset();
  disk_.RemoveFile("/shop/STORE");
  EXPECT_THAT(TryOpen(), FailsWith(absl::StatusCode::kDataLoss, "/shop/STORE"));
}

TEST_F(OpenTest, AMissingLogIsDamage) {
  Open();
  Put("A");
  store_.reset();
  disk_.RemoveFile("/shop/0000000001.log");
  EXPECT_THAT(TryOpen(), FailsWith(absl::StatusCode::kDataLoss, "/shop"));
}

TEST_F(OpenTest, RemovesWhatACrashLeft) {
  Open();
  store_.reset();
  disk_.SetBytes("/shop/0000000009.log.tmp", "x");
  disk_.SetBytes("/shop/00000000000000000007.snapshot.tmp", "x");
  Open();
  EXPECT_EQ(store_->open_report().removed_files, 2);
  for (const std::string& name : disk_.List(kFolder)) {
    EXPECT_FALSE(name.ends_with(".tmp")) << name;
  }
}

TEST_F(OpenTest, RecoveryIsNotBoundByTheMemoryLimit) {
  Open();
  PutMany(200, "A");
  Options options = AnyOptions();
  options.memory_bytes_max = 1;
  Reopen(options);
  EXPECT_EQ(Barcodes(), 200);
  EXPECT_THAT(TryPut("B", Durability::kSync),
              FailsWith(absl::StatusCode::kResourceExhausted, "memory"));
}

TEST_F(OpenTest, RepeatingTheLogLeavesNoGarbage) {
  Open();
  Put("A");
  for (int i = 0; i < 600; ++i) {
    ASSERT_THAT(store_->Transact([&](Transaction& txn) {
      return txn.UpdateBarcode(BarcodeId(1), {.is_used = i % 2 == 0});
    }),
                IsOk());
  }
  Reopen();
  EXPECT_EQ(store_->open_report().replayed, 601);
  EXPECT_EQ(store_->Stats().versions, 0);
}

// ---- To read only ----------------------------------------------------------

TEST_F(OpenTest, ReadOnlyWorksBesideAWriterAndChangesNothing) {
  Open();
  Put("A");
  const int64_t changes = disk_.ChangeCount();
  {
    const std::unique_ptr<Store> reader = TryOpenReadOnly().value();
    const ReadView view = reader->OpenReadView();
    EXPECT_TRUE(view.FindBarcodeByValue("A").has_value());
    EXPECT_EQ(reader->open_report().lsn, 1);
    EXPECT_THAT(reader->Begin().status(),
                FailsWith(absl::StatusCode::kPermissionDenied, "read only"));
    EXPECT_THAT(reader->WriteSnapshot().status(),
                FailsWith(absl::StatusCode::kFailedPrecondition, "read only"));
    EXPECT_THAT(reader->Check(), IsOk());
  }
  EXPECT_EQ(disk_.ChangeCount(), changes + 1) << "the sync of the last frame";
  Put("B");
}

TEST_F(OpenTest, ReadOnlyRefusesAFolderWithoutAStore) {
  EXPECT_THAT(TryOpenReadOnly(),
              FailsWith(absl::StatusCode::kNotFound, "/shop"));
  ASSERT_EQ(disk_.MakeFolder(kFolder), 0);
  EXPECT_THAT(TryOpenReadOnly(),
              FailsWith(absl::StatusCode::kNotFound, "no store"));
}

TEST_F(OpenTest, ReadOnlyTellsAMissingIdentityFromNoStore) {
  Open();
  PutMany(5, "A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  store_.reset();
  disk_.RemoveFile("/shop/STORE");
  EXPECT_THAT(TryOpenReadOnly(),
              FailsWith(absl::StatusCode::kDataLoss, "/shop/STORE"));
}

TEST_F(OpenTest, ReadOnlyShowsOnlyWhatIsDurable) {
  Open();
  Put("A");
  const int64_t syncs = disk_.CallCount(disk::Call::kSync);
  EXPECT_THAT(TryOpenReadOnly(), IsOk());
  EXPECT_EQ(disk_.CallCount(disk::Call::kSync), syncs + 1);
  disk_.FailCall(disk::Call::kSync, 1, EIO);
  EXPECT_THAT(TryOpenReadOnly(),
              FailsWith(absl::StatusCode::kUnavailable, ".log"));
}

// ---- Snapshots -------------------------------------------------------------

TEST_F(OpenTest, BeginsAtTheNewestSnapshot) {
  Open();
  PutMany(5, "A");
  EXPECT_EQ(store_->WriteSnapshot().value(), 5);
  EXPECT_EQ(store_->Stats().snapshot_lsn, 5);
  PutMany(2, "B");
  Reopen();
  EXPECT_EQ(store_->open_report().snapshot_lsn, 5);
  EXPECT_EQ(store_->open_report().replayed, 2);
  EXPECT_EQ(Barcodes(), 7);
}

TEST_F(OpenTest, ASnapshotOfTheSameStateIsNotWrittenTwice) {
  Open();
  Put("A");
  EXPECT_EQ(store_->WriteSnapshot().value(), 1);
  const int64_t changes = disk_.ChangeCount();
  EXPECT_EQ(store_->WriteSnapshot().value(), 1);
  EXPECT_EQ(disk_.ChangeCount(), changes);
}

TEST_F(OpenTest, KeepsTheNewestSnapshotsAndTheLogBehindThem) {
  Open();
  for (int i = 0; i < 4; ++i) {
    PutMany(6, std::to_string(i) + "-");
    ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  }
  EXPECT_EQ(Snapshots().size(), 2);
  EXPECT_NE(Segments().front(), "0000000001.log");
  Reopen();
  EXPECT_EQ(Barcodes(), 24);
}

TEST_F(OpenTest, AnOlderSnapshotTakesThePlaceOfADamagedOne) {
  ASSERT_NO_FATAL_FAILURE(CloseWithSnapshots());
  Flip(Snapshots().back());
  ExpectTheOlderOneServes(Snapshots().back());
}

TEST_F(OpenTest, AnOlderSnapshotTakesThePlaceOfOneThatCannotBeRead) {
  ASSERT_NO_FATAL_FAILURE(CloseWithSnapshots());
  const disk::DiskImage closed = disk_.Image();
  for (const auto& [call, nth] : {std::pair(disk::Call::kOpen, 1),
                                  {disk::Call::kSize, 1},
                                  {disk::Call::kRead, 4}}) {
    disk_.Load(closed);
    disk_.AddFault({.call = call,
                    .path_part = Snapshots().back(),
                    .nth = nth,
                    .lasting = true,
                    .error = EIO});
    ExpectTheOlderOneServes("Input/output error");
    store_.reset();
    disk_.ClearFaults();
  }
}

TEST_F(OpenTest, ADamagedSnapshotThatIsNewerThanTheLogIsDamage) {
  Open();
  PutMany(3, "A");
  store_.reset();
  disk_.SetBytes("/shop/00000000000000000005.snapshot", "cut off");
  EXPECT_THAT(TryOpen(), FailsWith(absl::StatusCode::kDataLoss,
                                   "transactions from LSN 4 to at least 5"));
}

TEST_F(OpenTest, ADamagedSnapshotIsNotCountedAmongThoseKept) {
  Open();
  for (int i = 0; i < 3; ++i) {
    PutMany(6, std::to_string(i) + "-");
    ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  }
  store_.reset();
  const std::string damaged = Snapshots().back();
  const std::string good = Snapshots().front();
  Flip(damaged);
  Open();
  Put("more");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  EXPECT_EQ(Snapshots().size(), 2);
  EXPECT_EQ(Snapshots().front(), good);
  EXPECT_NE(Snapshots().back(), damaged);
}

TEST_F(OpenTest, WithoutAGoodSnapshotAPrunedLogDoesNotServe) {
  Open();
  for (int i = 0; i < 4; ++i) {
    PutMany(6, std::to_string(i) + "-");
    ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  }
  store_.reset();
  for (const std::string& name : Snapshots()) Flip(name);
  const std::string newest = Snapshots().back();
  EXPECT_THAT(TryOpen(), FailsWith(absl::StatusCode::kDataLoss, newest));
}

TEST_F(OpenTest, ASnapshotIsWrittenByItselfAsTheLogGrows) {
  Options options = AnyOptions();
  options.snapshot_log_bytes = 20'000;
  Open(options);
  // The last of them makes it so much.
  PutMany(5, "A");
  while (store_->Stats().snapshot_lsn == 0) std::this_thread::yield();
}

TEST_F(OpenTest, TheLogOfEarlierSessionsCountsTowardsTheNextSnapshot) {
  Options options = AnyOptions();
  Open(options);
  PutMany(10, "A");
  options.snapshot_log_bytes = 20'000;
  Reopen(options);
  Put("B");
  while (store_->Stats().snapshot_lsn == 0) std::this_thread::yield();
}

TEST_F(OpenTest, ASnapshotIsWrittenByItselfAsTimePasses) {
  Options options = AnyOptions();
  options.snapshot_interval = std::chrono::seconds(1);
  Open(options);
  for (Lsn lsn = 1; lsn <= 2; ++lsn) {
    Put("A" + std::to_string(lsn));
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (store_->Stats().snapshot_lsn < lsn &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    ASSERT_EQ(store_->Stats().snapshot_lsn, lsn);
  }
  EXPECT_EQ(Snapshots().size(), 2);
}

TEST_F(OpenTest, ACompressedSnapshotIsSmallerAndHoldsTheSame) {
  Options options = AnyOptions();
  Open(options);
  for (int i = 0; i < 20; ++i) {
    Put(std::to_string(i) + std::string(200, 'x'));
  }
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  const std::string plain = disk_.Bytes(Concat(kFolder, "/", Snapshots()[0]));
  options.snapshot_compression = true;
  Reopen(options);
  Put("last");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  const std::string compressed =
      disk_.Bytes(Concat(kFolder, "/", Snapshots()[1]));
  EXPECT_LT(compressed.size(), plain.size());
  const Contents contents = ContentsOf(store_->OpenReadView());
  for (const bool compresses : {false, true}) {
    options.snapshot_compression = compresses;
    Reopen(options);
    EXPECT_EQ(store_->open_report().snapshot_lsn, 21);
    EXPECT_EQ(store_->open_report().replayed, 0);
    EXPECT_TRUE(ContentsOf(store_->OpenReadView()) == contents);
  }
}

TEST_F(OpenTest, AStoreWithoutACommitNeedsNoSnapshot) {
  Open();
  EXPECT_EQ(store_->WriteSnapshot().value(), 0);
  EXPECT_TRUE(Snapshots().empty());
}

TEST_F(OpenTest, AFailedSnapshotLeavesTheOldState) {
  Open();
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("B");
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = ".snapshot",
                  .nth = 1,
                  .error = ENOSPC});
  EXPECT_THAT(store_->WriteSnapshot().status(),
              FailsWith(absl::StatusCode::kResourceExhausted, ".snapshot"));
  EXPECT_EQ(Snapshots().size(), 1);
  EXPECT_EQ(store_->WriteSnapshot().value(), 2) << "the next one succeeds";
}

TEST_F(OpenTest, TheStatsTellOfASnapshotThatFailedByItself) {
  Options options = AnyOptions();
  options.snapshot_log_bytes = 20'000;
  Open(options);
  EXPECT_THAT(store_->Stats().snapshot_status, IsOk());
  disk_.AddFault({.call = disk::Call::kWrite,
                  .path_part = ".snapshot",
                  .nth = 1,
                  .error = ENOSPC});
  PutMany(5, "A");
  while (store_->Stats().snapshot_status.ok()) std::this_thread::yield();
  EXPECT_THAT(store_->Stats().snapshot_status,
              FailsWith(absl::StatusCode::kResourceExhausted, ".snapshot"));
  EXPECT_EQ(store_->Stats().snapshot_lsn, 0);
  EXPECT_EQ(store_->WriteSnapshot().value(), 5);
  EXPECT_THAT(store_->Stats().snapshot_status, IsOk());
}

// ---- Backups ---------------------------------------------------------------

TEST_F(OpenTest, ABackupIsAStoreOfItsOwn) {
  Open();
  PutMany(6, "A");
  EXPECT_EQ(store_->Backup("/copy").value(), 6);
  PutMany(1, "B");
  const std::unique_ptr<Store> copy = TryOpen(AnyOptions(), "/copy").value();
  EXPECT_EQ(copy->open_report().lsn, 6);
  const ReadView view = copy->OpenReadView();
  EXPECT_EQ(view.Counts().barcodes, 6);
  EXPECT_NE(view.Digests(), store_->OpenReadView().Digests());
  EXPECT_NE(disk_.Bytes("/copy/STORE"), disk_.Bytes("/shop/STORE"))
      << "the two go different ways from here";
  EXPECT_EQ(
      copy->Transact([](Transaction& txn) { return Insert(txn, "C"); }).value(),
      7);
}

TEST_F(OpenTest, ABackupThatFailedCanBeTriedAgain) {
  Open();
  PutMany(3, "A");
  const int64_t before = disk_.CallCount();
  ASSERT_THAT(store_->Backup("/copy"), IsOk());
  const int64_t calls = disk_.CallCount() - before;
  for (int64_t nth = 1; nth <= calls; ++nth) {
    const std::string folder = "/copy-" + std::to_string(nth);
    disk_.FailCall(nth, ENOSPC);
    const absl::Status status = store_->Backup(folder).status();
    disk_.ClearFaults();
    if (status.ok()) continue;
    ASSERT_THAT(store_->Backup(folder), IsOk()) << "call " << nth;
    EXPECT_THAT(TryOpen(AnyOptions(), folder).status(), IsOk());
  }
}

TEST_F(OpenTest, ABackupThatIsCancelledLeavesNothing) {
  Open();
  PutMany(3, "A");
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(store_->Backup("/copy", &cancelled).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(disk_.Image().files.count("/copy/STORE"), 0);
  const std::atomic<bool> not_cancelled = false;
  EXPECT_THAT(store_->Backup("/copy", &not_cancelled), IsOk());
}

TEST_F(OpenTest, ABackupGoesOverWhatOneLeftThatWasCutOff) {
  Open();
  Put("A");
  ASSERT_THAT(store_->Backup("/copy"), IsOk());
  disk_.RemoveFile("/copy/STORE");
  disk_.RemoveFile("/copy/0000000001.log");
  disk_.RemoveFile("/copy/00000000000000000001.snapshot");
  disk_.SetBytes("/copy/00000000000000000007.snapshot.tmp", "cut off");
  ASSERT_THAT(store_->Backup("/copy"), IsOk());
  EXPECT_FALSE(disk_.Exists("/copy/00000000000000000007.snapshot.tmp"));
}

TEST_F(OpenTest, ABackupDoesNotGoWhereSomethingIs) {
  Open();
  Put("A");
  EXPECT_THAT(store_->Backup(kFolder).status(),
              FailsWith(absl::StatusCode::kAlreadyExists, "/shop"));
  EXPECT_TRUE(Has("A"));
}

}  // namespace
}  // namespace orderstore
