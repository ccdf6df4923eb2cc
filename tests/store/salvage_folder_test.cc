// What SalvageStore saves, and what it says is lost.

#include "store/salvage_folder.h"

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "orderstore/salvage.h"
#include "recovery/damage.h"
#include "scale.h"
#include "snapshot/snapshot.h"
#include "store/folder_test.h"
#include "store/verify_folder.h"

namespace orderstore {
namespace {

using store::SalvageFolder;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kSaved[] = "/saved";

std::string TextOf(const SalvageReport& report) {
  std::string text = "LSN " + std::to_string(report.lsn) + " of " +
                     std::to_string(report.newest_lsn) + "\n";
  for (const Problem& problem : report.problems) {
    text += problem.file + ": " + problem.what + "\n";
  }
  return text;
}

class SalvageTest : public FolderTest {
 protected:
  SalvageReport Salvage() {
    return SalvageFolder(disk_, kFolder, kSaved).value();
  }
  // The rows of the store that was written, once it is found to be sound.
  static State SavedRows(disk::SimulatedDisk& disk) {
    EXPECT_TRUE(store::VerifyFolder(disk, kSaved, VerifyOptions())->is_sound());
    const auto saved =
        store::OpenStore::Open(disk, kSaved, AnyOptions()).value();
    EXPECT_THAT(saved->Check(), IsOk());
    return RowsOf(saved->OpenReadView());
  }
  std::string Segment(int number) const {
    return "/shop/000000000" + std::to_string(number) + ".log";
  }
  // Each transaction has a frame, each segment two of them.
  void PutSome(int count) {
    Open();
    for (int i = 1; i <= count; ++i) Put("A" + std::to_string(i));
  }
};

// ---- Undamaged stores ------------------------------------------------------

TEST_F(SalvageTest, AnUndamagedStoreIsSavedWhole) {
  for (const uint64_t seed : TestSeeds(4)) {
    DamagedStore store(seed);
    const disk::DiskImage before = store.disk().Image();
    const SalvageReport report =
        SalvageFolder(store.disk(), kFolder, kSaved).value();
    EXPECT_TRUE(report.is_whole()) << TextOf(report);
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(report.lsn, store.history().last());
    EXPECT_EQ(report.newest_lsn, report.lsn);
    EXPECT_EQ(report.counts, store.history().at(report.lsn).CountRows());
    EXPECT_NE(report.store_uuid, report.new_store_uuid);
    EXPECT_EQ(SavedRows(store.disk()), store.history().at(report.lsn));
    for (const auto& [path, bytes] : before.files) {
      EXPECT_EQ(store.disk().Bytes(path), bytes) << path;
    }
  }
}

TEST_F(SalvageTest, AStoreWithoutSnapshotsIsSavedFromItsLog) {
  History history(disk_, kFolder, AnyOptions(), 5);
  history.Commit(50);
  history.Close();
  const SalvageReport report = Salvage();
  EXPECT_TRUE(report.is_whole());
  EXPECT_EQ(report.snapshot_lsn, 0);
  EXPECT_EQ(SavedRows(disk_), history.at(50));
}

TEST_F(SalvageTest, AnEmptyStoreAndABackupAreSaved) {
  Open();
  EXPECT_EQ(Salvage().lsn, 0);
  EXPECT_EQ(SavedRows(disk_), State());
  Put("A");
  ASSERT_THAT(store_->Backup("/copy"), IsOk());
  const SalvageReport report =
      SalvageFolder(disk_, "/copy", "/saved-copy").value();
  EXPECT_TRUE(report.is_whole()) << TextOf(report);
  EXPECT_EQ(report.lsn, 1);
}

TEST_F(SalvageTest, ATornTailIsNoLoss) {
  PutSome(3);
  store_.reset();
  // Half of a frame that a crash cut off.
  std::string bytes = disk_.Bytes(Segment(2));
  bytes.replace(3 * 4096 - 512, 100, std::string(100, 'x'));
  disk_.SetBytes(Segment(2), bytes);
  const SalvageReport report = Salvage();
  EXPECT_TRUE(report.is_whole()) << TextOf(report);
  EXPECT_EQ(report.lsn, 3);
}

// ---- Damage ----------------------------------------------------------------

TEST_F(SalvageTest, WhatIsSavedIsTheNewestStateThatIsProven) {
  DamagedStore damaged(1);
  const History& history = damaged.history();
  int whole = 0;
  for (const Damage& damage : damaged.AnyDamage()) {
    SCOPED_TRACE(damage.name);
    damaged.Restore();
    damage.inflict(damaged.disk());
    const auto verified =
        store::VerifyFolder(damaged.disk(), kFolder, {}).value();
    const disk::DiskImage before = damaged.disk().Image();
    const auto salvaged = SalvageFolder(damaged.disk(), kFolder, kSaved);
    if (absl::IsDataLoss(salvaged.status())) {
      // Both snapshots are damaged, and the log does not go back.
      const std::vector<std::string> snapshots = damaged.Snapshots();
      EXPECT_EQ(damage.files,
                std::set<std::string>(snapshots.begin(), snapshots.end()));
      EXPECT_EQ(verified.provable_lsn, std::nullopt);
      continue;
    }
    const SalvageReport& report = salvaged.value();
    SCOPED_TRACE(TextOf(report));
    // A state that the store has had, the newest that VerifyStore found too.
    ASSERT_TRUE(history.states().contains(report.lsn));
    EXPECT_EQ(SavedRows(damaged.disk()), history.at(report.lsn));
    EXPECT_EQ(report.lsn, verified.provable_lsn);
    // All that opens is saved whole.
    if (verified.opens) {
      EXPECT_TRUE(report.is_whole());
    }
    // Two snapshots, and one damaged file, or two: one is left, mostly.
    if (damage.files.size() == 1) {
      EXPECT_GE(report.lsn, 30 - 10);
    }
    // Nothing is saved silently in part.
    EXPECT_TRUE(report.lsn == history.last() || !report.is_whole());
    whole += report.is_whole() ? 1 : 0;
    Lsn next = report.lsn + 1;
    for (const auto* ranges : {&report.lost, &report.unapplied}) {
      for (const LsnRange& range : *ranges) EXPECT_GE(range.first, next);
    }
    // Each lost or found transaction is named once.
    for (Lsn lsn = next; lsn <= history.last(); ++lsn) {
      int named = 0;
      for (const auto* ranges : {&report.lost, &report.unapplied}) {
        for (const LsnRange& range : *ranges) {
          named += lsn >= range.first && (!range.last || lsn <= *range.last);
        }
      }
      EXPECT_EQ(named, 1) << "LSN " << lsn;
    }
    for (const auto& [path, bytes] : before.files) {
      ASSERT_EQ(damaged.disk().Bytes(path), bytes) << path;
    }
  }
  EXPECT_GT(whole, TestScalePercent() == 100 ? 10 : 0);
}

TEST_F(SalvageTest, WhatIsBehindAHoleIsListedAndNotApplied) {
  PutSome(9);
  store_.reset();
  disk_.FlipBit(Segment(2), 8 * (4096 + 80));  // LSN 3
  const SalvageReport report = Salvage();
  EXPECT_EQ(report.lsn, 2);
  EXPECT_EQ(report.newest_lsn, 9);
  EXPECT_THAT(report.lost, ElementsAre(LsnRange{3, 3}));
  EXPECT_THAT(report.unapplied, ElementsAre(LsnRange{4, 9}));
  EXPECT_EQ(SavedRows(disk_).barcodes.size(), 2);
}

TEST_F(SalvageTest, ASnapshotBehindTheHoleSavesMore) {
  PutSome(7);
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("B");
  store_.reset();
  disk_.FlipBit(Segment(2), 8 * (4096 + 80));
  const SalvageReport report = Salvage();
  EXPECT_EQ(report.lsn, 8);
  EXPECT_EQ(report.snapshot_lsn, 7);
  EXPECT_TRUE(report.is_whole());
  EXPECT_EQ(report.problems.size(), 1);
}

TEST_F(SalvageTest, AHoleBehindTheSnapshotLeavesItsState) {
  PutSome(5);
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  for (int i = 0; i < 6; ++i) Put("B" + std::to_string(i));
  store_.reset();
  disk_.FlipBit(Segment(3), 8 * (2 * 4096 + 80));  // LSN 6
  const SalvageReport report = Salvage();
  EXPECT_EQ(report.lsn, 5);
  EXPECT_THAT(report.lost, ElementsAre(LsnRange{6, 6}));
  EXPECT_THAT(report.unapplied, ElementsAre(LsnRange{7, 11}));
}

TEST_F(SalvageTest, SectorsThatCannotBeReadAreDamageLikeAny) {
  PutSome(9);
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  store_.reset();
  disk_.SpoilSector(Segment(2), 4096 + 512);  // LSN 3
  disk_.SpoilSector(std::string(kFolder) + "/STORE", 0);
  disk_.SpoilSector(std::string(kFolder) + "/" + snapshot::SnapshotName(9),
                    4096);
  const SalvageReport report = Salvage();
  SCOPED_TRACE(TextOf(report));
  EXPECT_EQ(report.lsn, 2);
  EXPECT_EQ(report.newest_lsn, 9);
  EXPECT_THAT(report.lost, ElementsAre(LsnRange{3, 3}));
  EXPECT_THAT(report.unapplied, ElementsAre(LsnRange{4, 9}));
  EXPECT_EQ(SavedRows(disk_).barcodes.size(), 2);
  std::set<std::string> unreadable;
  for (const Problem& problem : report.problems) {
    if (absl::StrContains(problem.what, "Input/output error")) {
      unreadable.insert(problem.file);
    }
  }
  EXPECT_EQ(unreadable, std::set<std::string>({"STORE", "0000000002.log",
                                               snapshot::SnapshotName(9)}));
}

TEST_F(SalvageTest, ASegmentHeaderThatCannotBeReadLosesNothing) {
  PutSome(9);
  store_.reset();
  disk_.SpoilSector(Segment(2), 0);
  const SalvageReport report = Salvage();
  EXPECT_TRUE(report.is_whole()) << TextOf(report);
  EXPECT_EQ(report.lsn, 9);
  EXPECT_EQ(report.problems.size(), 2);
}

TEST_F(SalvageTest, ADamagedSegmentHeaderLosesNothing) {
  PutSome(9);
  store_.reset();
  // The chain of its frames says what it is.
  for (const int number : {1, 2, 5}) disk_.FlipBit(Segment(number), 8 * 50);
  const SalvageReport report = Salvage();
  EXPECT_TRUE(report.is_whole()) << TextOf(report);
  EXPECT_EQ(report.lsn, 9);
}

TEST_F(SalvageTest, TheFrameThatEndsASegmentHasNoTransaction) {
  PutSome(9);
  store_.reset();
  disk_.FlipBit(Segment(2), 8 * (3 * 4096 + 80));
  const SalvageReport report = Salvage();
  EXPECT_TRUE(report.is_whole()) << TextOf(report);
  EXPECT_EQ(report.lsn, 9);
}

TEST_F(SalvageTest, WhereTheEndIsDamagedNobodyKnowsHowMuchIsLost) {
  PutSome(9);
  store_.reset();
  disk_.TruncateFile(Segment(4), 4096 * 2);
  disk_.RemoveFile(Segment(5));
  const SalvageReport report = Salvage();
  EXPECT_EQ(report.lsn, 7);
  EXPECT_THAT(report.lost, ElementsAre(LsnRange{8, std::nullopt}));
  EXPECT_THAT(report.unapplied, IsEmpty());
}

TEST_F(SalvageTest, ADamagedSnapshotTellsWhatNothingElseProves) {
  ASSERT_NO_FATAL_FAILURE(PutSomeAndDamageTheNewestSnapshot());
  SalvageReport report = Salvage();
  EXPECT_TRUE(report.is_whole()) << TextOf(report);
  ASSERT_EQ(report.problems.size(), 1) << TextOf(report);
  EXPECT_EQ(report.problems[0].file, kNewestSnapshot);
  EXPECT_EQ(report.problems[0].lsns, std::nullopt) << "the log has them";
  DamageTheLogBefore();
  report = SalvageFolder(disk_, kFolder, "/saved-again").value();
  EXPECT_EQ(report.lsn, 14);
  ASSERT_EQ(report.problems.size(), 2) << TextOf(report);
  EXPECT_EQ(report.problems[0].lsns, (LsnRange{15, 15}));
  EXPECT_EQ(report.problems[1].file, kNewestSnapshot);
  EXPECT_EQ(report.problems[1].lsns, (LsnRange{15, 18}));
  EXPECT_THAT(report.lost, ElementsAre(LsnRange{15, 15}));
  EXPECT_THAT(report.unapplied, ElementsAre(LsnRange{16, 20}));
}

TEST_F(SalvageTest, AMissingIdentityLosesNothing) {
  PutSome(9);
  const std::string uuid = Salvage().store_uuid;
  store_.reset();
  disk_.RemoveFile("/shop/STORE");
  const SalvageReport report =
      SalvageFolder(disk_, kFolder, "/saved-again").value();
  EXPECT_TRUE(report.is_whole());
  EXPECT_EQ(report.store_uuid, uuid);
  EXPECT_EQ(report.lsn, 9);
}

TEST_F(SalvageTest, WithoutABeginNothingIsProven) {
  DamagedStore damaged(2);
  for (const std::string& name : damaged.Snapshots()) {
    damaged.disk().FlipBit("/shop/" + name, 8 * 5000);
  }
  EXPECT_THAT(SalvageFolder(damaged.disk(), kFolder, kSaved).status(),
              FailsWith(absl::StatusCode::kDataLoss, damaged.Snapshots()[1]));
  EXPECT_FALSE(damaged.disk().Exists(kSaved));
}

TEST_F(SalvageTest, ManyDamagedPlacesLeaveACommittedPrefix) {
  for (const uint64_t seed : TestSeeds(static_cast<uint64_t>(Scaled(40)))) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    DamagedStore damaged(seed % 4 + 1);
    SeededRandom random(seed);
    for (size_t i = random.OneTo(6); i > 0; --i) {
      const std::string path =
          "/shop/" + random.Pick(damaged.disk().List(kFolder));
      const auto bytes =
          static_cast<int32_t>(damaged.disk().Bytes(path).size());
      if (bytes == 0) continue;
      if (random.OneIn(5)) {
        damaged.disk().TruncateFile(path, random.Below(bytes));
      } else {
        damaged.disk().FlipBit(path, random.Below(8 * bytes));
      }
    }
    const auto report = SalvageFolder(damaged.disk(), kFolder, kSaved);
    if (absl::IsDataLoss(report.status())) continue;
    ASSERT_THAT(report.status(), IsOk());
    EXPECT_EQ(SavedRows(damaged.disk()), damaged.history().at(report->lsn));
    EXPECT_TRUE(report->lsn == damaged.history().last() || !report->is_whole())
        << TextOf(*report);
  }
}

// ---- Refusals and errors ---------------------------------------------------

TEST_F(SalvageTest, ItGoesToANewOrAnEmptyFolderOnly) {
  PutSome(2);
  EXPECT_THAT(SalvageFolder(disk_, kFolder, kFolder).status(),
              FailsWith(absl::StatusCode::kAlreadyExists, "/shop"));
  ASSERT_EQ(disk_.MakeFolder(kSaved), 0);
  EXPECT_THAT(SalvageFolder(disk_, kFolder, kSaved).status(), IsOk());
  EXPECT_THAT(SalvageFolder(disk_, kFolder, kSaved).status(),
              FailsWith(absl::StatusCode::kAlreadyExists, kSaved));
  EXPECT_THAT(SalvageFolder(disk_, "/nowhere", "/saved-2").status(),
              FailsWith(absl::StatusCode::kNotFound, "/nowhere"));
  EXPECT_FALSE(disk_.Exists("/saved-2"));
}

TEST_F(SalvageTest, AnyCallMayFail) {
  PutSome(5);
  store_.reset();
  const disk::DiskImage image = disk_.Image();
  const int64_t before = disk_.CallCount();
  EXPECT_TRUE(Salvage().is_whole());
  const int64_t calls = disk_.CallCount() - before;
  for (int64_t nth = 1; nth <= calls; ++nth) {
    disk_.Load(image);
    disk_.FailCall(nth, EIO);
    const auto report = SalvageFolder(disk_, kFolder, kSaved);
    disk_.ClearFaults();
    if (report.ok()) {
      EXPECT_EQ(SavedRows(disk_).barcodes.size(), 5) << "call " << nth;
      continue;
    }
    EXPECT_EQ(report.status().code(), absl::StatusCode::kUnavailable) << nth;
    EXPECT_FALSE(disk_.Exists(std::string(kSaved) + "/STORE")) << nth;
  }
}

TEST_F(SalvageTest, ItWorksOnRealFiles) {
  const TestFolder folder;
  History history(io::Posix(), folder / "shop", AnyOptions(), 9);
  history.Commit(40);
  history.Close();
  const auto report = SalvageStore(folder / "shop", folder / "saved");
  ASSERT_THAT(report.status(), IsOk());
  EXPECT_TRUE(report->is_whole());
  EXPECT_EQ(
      RowsOf(Store::OpenReadOnly(folder / "saved").value()->OpenReadView()),
      history.at(40));
}

TEST_F(SalvageTest, ACancelledSalvageLeavesNothing) {
  PutSome(3);
  store_.reset();
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(SalvageFolder(disk_, kFolder, kSaved, &cancelled).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_THAT(SalvageFolder(disk_, kFolder, kSaved), IsOk());
}

}  // namespace
}  // namespace orderstore
