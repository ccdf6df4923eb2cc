// What VerifyStore finds, and what it leaves alone.

#include "store/verify_folder.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "orderstore/verify.h"
#include "recovery/damage.h"
#include "store/folder_test.h"

namespace orderstore {
namespace {

using store::VerifyFolder;
using testing::HasSubstr;

std::string TextOf(const VerifyReport& report) {
  std::string text;
  for (const Problem& problem : report.problems) {
    text += problem.file;
    if (problem.offset) text += " at " + std::to_string(*problem.offset);
    text += ": " + problem.what;
    if (problem.lsns) {
      text += "; LSN " + std::to_string(problem.lsns->first) + " to " +
              (problem.lsns->last ? std::to_string(*problem.lsns->last) : "?");
    }
    text += "\n";
  }
  return text + (report.opens ? "opens" : report.open_error);
}

std::set<std::string> FilesOf(const VerifyReport& report) {
  std::set<std::string> files;
  for (const Problem& problem : report.problems) files.insert(problem.file);
  return files;
}

class VerifyTest : public FolderTest {
 protected:
  VerifyReport Verify(const VerifyOptions& options = {}) {
    return VerifyFolder(disk_, kFolder, options).value();
  }
};

// ---- Sound stores ----------------------------------------------------------

TEST_F(VerifyTest, ASoundStoreHasNoProblem) {
  Open();
  EXPECT_TRUE(Verify().is_sound());
  for (int i = 0; i < 60; ++i) {
    Put("A" + std::to_string(i));
    if (i % 20 == 19) {
      ASSERT_THAT(store_->WriteSnapshot(), IsOk());
    }
    const VerifyReport report = Verify();
    ASSERT_TRUE(report.is_sound()) << TextOf(report);
    EXPECT_TRUE(report.opens);
    EXPECT_EQ(report.open_lsn, i + 1);
    EXPECT_EQ(report.provable_lsn, i + 1);
    EXPECT_EQ(report.newest_lsn, i + 1);
    for (const VerifiedFile& file : report.files) EXPECT_TRUE(file.is_sound);
  }
  store_.reset();
  EXPECT_TRUE(Verify().is_sound());
}

TEST_F(VerifyTest, ItChangesNothing) {
  Open();
  Put("A");
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  const int64_t changes = disk_.ChangeCount();
  EXPECT_TRUE(Verify().is_sound());
  EXPECT_EQ(disk_.ChangeCount(), changes);
}

TEST_F(VerifyTest, WhatACrashLeavesIsNoProblem) {
  for (uint64_t cut = 1; cut < 60; ++cut) {
    disk::SimulatedDisk disk(cut);
    {
      History history(disk, kFolder, AnyOptions(), cut);
      history.Commit(10);
      disk.CutPowerAt(static_cast<int64_t>(cut));
      for (int i = 0; i < 20 && !disk.off(); ++i) {
        history.store()
            .Transact([&](Transaction& txn) {
              return Insert(txn, "crash" + std::to_string(i));
            })
            .status()
            .IgnoreError();
        history.store().WriteSnapshot().status().IgnoreError();
      }
      disk.CutPower();
      history.Close();
    }
    disk.Restart();
    const VerifyReport report = VerifyFolder(disk, kFolder, {}).value();
    EXPECT_TRUE(report.is_sound()) << TextOf(report);
    EXPECT_TRUE(report.opens);
  }
}

TEST_F(VerifyTest, OtherFilesAreNamedAndDoNoHarm) {
  Open();
  Put("A");
  disk_.SetBytes("/shop/0000000009.log.tmp", "x");
  disk_.SetBytes("/shop/letter.txt", "Dear Ann");
  const VerifyReport report = Verify();
  EXPECT_TRUE(report.is_sound()) << TextOf(report);
  std::set<std::string> names;
  for (const Problem& warning : report.warnings) names.insert(warning.file);
  EXPECT_TRUE(names.contains("0000000009.log.tmp"));
  EXPECT_TRUE(names.contains("letter.txt"));
  EXPECT_FALSE(names.contains("LOCK"));
}

TEST_F(VerifyTest, NoStoreIsNotFound) {
  EXPECT_THAT(VerifyFolder(disk_, kFolder, {}).status(),
              FailsWith(absl::StatusCode::kNotFound, "/shop"));
  ASSERT_EQ(disk_.MakeFolder(kFolder), 0);
  EXPECT_THAT(VerifyFolder(disk_, kFolder, {}).status(),
              FailsWith(absl::StatusCode::kNotFound, "no store in /shop"));
}

// ---- Beside a writer -------------------------------------------------------

TEST_F(VerifyTest, AWriterAtWorkIsNoProblem) {
  const TestFolder folder;
  History history(io::Posix(), folder / "shop", AnyOptions(), 1);
  history.Commit(5);
  std::atomic<bool> done = false;
  std::thread verifier([&] {
    int sound = 0;
    while (!done || sound == 0) {
      const auto report = VerifyStore(folder / "shop");
      if (absl::IsUnavailable(report.status())) continue;
      ASSERT_THAT(report.status(), IsOk());
      ASSERT_TRUE(report->is_sound()) << TextOf(*report);
      ++sound;
    }
  });
  for (int round = 0; round < 10; ++round) {
    history.Commit(25);
    ASSERT_THAT(history.store().WriteSnapshot(), IsOk());
  }
  done = true;
  verifier.join();
}

// ---- Damage ----------------------------------------------------------------

TEST_F(VerifyTest, AnyDamageIsFoundAndItsFileNamed) {
  DamagedStore damaged(1);
  ASSERT_EQ(damaged.Snapshots().size(), 2);
  ASSERT_GT(damaged.Segments().size(), 5);
  for (const Damage& damage : damaged.AnyDamage()) {
    SCOPED_TRACE(damage.name);
    damaged.Restore();
    damage.inflict(damaged.disk());
    const VerifyReport report =
        VerifyFolder(damaged.disk(), DamagedStore::kFolder, {}).value();
    if (report.is_sound()) {
      // Nothing tells of a snapshot that nobody needs. And behind the end of
      // the log, a crash may leave anything of what was being written.
      EXPECT_TRUE(
          (damage.removes && damage.files.begin()->ends_with(".snapshot")) ||
          (report.torn_bytes > 0 &&
           *damage.files.begin() == damaged.Segments().back()))
          << TextOf(report);
      EXPECT_TRUE(report.opens);
      EXPECT_EQ(report.open_lsn, damaged.history().last());
      continue;
    }
    EXPECT_EQ(FilesOf(report), damage.files) << TextOf(report);
    for (const VerifiedFile& file : report.files) {
      EXPECT_EQ(file.is_sound, !damage.files.contains(file.name)) << file.name;
    }
    // It opens, with all there is, if recovery says so.
    const auto store = store::OpenStore::OpenReadOnly(
        damaged.disk(), DamagedStore::kFolder, Options());
    EXPECT_EQ(report.opens, store.ok()) << TextOf(report);
    if (store.ok()) {
      EXPECT_EQ(report.open_lsn, (*store)->open_report().lsn);
    }
  }
}

TEST_F(VerifyTest, EveryDamagedPlaceIsListed) {
  DamagedStore damaged(2);
  const std::vector<std::string> segments = damaged.Segments();
  const std::vector<std::string> snapshots = damaged.Snapshots();
  const auto flip = [&](const std::string& name, int64_t byte) {
    damaged.disk().FlipBit("/shop/" + name, 8 * byte);
  };
  flip(segments[1], 4096 + 100);
  flip(segments[1], 2 * 4096 + 100);
  flip(segments[3], 4096 + 30);
  flip(segments[4], 60);
  flip(snapshots[0], 5000);
  flip(snapshots[1], 60);
  flip("STORE", 30);
  const VerifyReport report =
      VerifyFolder(damaged.disk(), DamagedStore::kFolder, {}).value();
  EXPECT_EQ(report.problems.size(), 7) << TextOf(report);
  EXPECT_EQ(FilesOf(report),
            (std::set<std::string>{segments[1], segments[3], segments[4],
                                   snapshots[0], snapshots[1], "STORE"}));
  EXPECT_FALSE(report.opens);
}

TEST_F(VerifyTest, ProblemsTellOffsetAndTransactions) {
  Open();
  for (int i = 0; i < 9; ++i) Put("A" + std::to_string(i));
  store_.reset();
  // Two frames of one transaction each, and the one that names the next.
  disk_.FlipBit("/shop/0000000002.log", 8 * (4096 + 80));
  const VerifyReport report = Verify();
  ASSERT_EQ(report.problems.size(), 1) << TextOf(report);
  EXPECT_EQ(report.problems[0].offset, 4096);
  EXPECT_EQ(report.problems[0].lsns, (LsnRange{3, 3}));
  EXPECT_FALSE(report.opens);
  EXPECT_THAT(report.open_error, HasSubstr("0000000002.log at offset 4096"));
  EXPECT_EQ(report.provable_lsn, 2);
  EXPECT_EQ(report.newest_lsn, 9);
}

TEST_F(VerifyTest, ADamagedSnapshotTellsWhatNothingElseProves) {
  ASSERT_NO_FATAL_FAILURE(PutSomeAndDamageTheNewestSnapshot());
  VerifyReport report = Verify();
  ASSERT_EQ(report.problems.size(), 1) << TextOf(report);
  EXPECT_EQ(report.problems[0].file, kNewestSnapshot);
  EXPECT_EQ(report.problems[0].lsns, std::nullopt) << "the log has them";
  EXPECT_EQ(report.provable_lsn, 20);
  DamageTheLogBefore();
  report = Verify();
  ASSERT_EQ(report.problems.size(), 2) << TextOf(report);
  EXPECT_EQ(report.problems[0].lsns, (LsnRange{15, 15}));
  EXPECT_EQ(report.problems[1].file, kNewestSnapshot);
  EXPECT_EQ(report.problems[1].lsns, (LsnRange{15, 18}));
  EXPECT_EQ(report.provable_lsn, 14);
  report = Verify({.replay = false});
  ASSERT_EQ(report.problems.size(), 2) << TextOf(report);
  EXPECT_EQ(report.problems[1].lsns, std::nullopt) << "nobody knows";
}

TEST_F(VerifyTest, ASnapshotOfAnotherHistoryIsFound) {
  const auto snapshot = [&](const std::string& prefix, bool goes_on) {
    Open();
    for (int i = 0; i < 5; ++i) Put(prefix + std::to_string(i));
    const Lsn lsn = store_->WriteSnapshot().value();
    for (int i = 0; goes_on && i < 5; ++i) Put("C" + std::to_string(i));
    store_.reset();
    return "/shop/0000000000000000000" + std::to_string(lsn) + ".snapshot";
  };
  Open();
  Put("A");
  store_.reset();
  // The store is set back, and goes another way.
  const disk::DiskImage image = disk_.Image();
  const std::string path = snapshot("B", /*goes_on=*/false);
  const std::string other = disk_.Bytes(path);
  disk_.Load(image);
  ASSERT_EQ(snapshot("A", /*goes_on=*/true), path);
  ASSERT_TRUE(Verify().is_sound());
  disk_.SetBytes(path, other);
  const VerifyReport report = Verify();
  ASSERT_EQ(report.problems.size(), 1) << TextOf(report);
  EXPECT_EQ("/shop/" + report.problems[0].file, path);
  EXPECT_THAT(report.problems[0].what, HasSubstr("other rows"));
  EXPECT_FALSE(report.opens);
  EXPECT_EQ(report.provable_lsn, 11);
}

TEST_F(VerifyTest, WithoutReplayBytesAreLookedAtOnly) {
  DamagedStore damaged(3);
  const auto verify = [&] {
    return VerifyFolder(damaged.disk(), DamagedStore::kFolder,
                        {.replay = false})
        .value();
  };
  EXPECT_TRUE(verify().is_sound());
  EXPECT_EQ(verify().provable_lsn, std::nullopt);
  damaged.disk().FlipBit("/shop/" + damaged.Snapshots()[0], 8 * 5000);
  EXPECT_EQ(FilesOf(verify()), std::set<std::string>{damaged.Snapshots()[0]});
}

TEST_F(VerifyTest, AnyCallMayFail) {
  Open();
  for (int i = 0; i < 6; ++i) Put("A" + std::to_string(i));
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  store_.reset();
  const int64_t before = disk_.CallCount();
  EXPECT_TRUE(Verify().is_sound());
  const int64_t calls = disk_.CallCount() - before;
  int unsound = 0;
  for (int64_t nth = 1; nth <= calls; ++nth) {
    disk_.FailCall(nth, EIO);
    const auto report = VerifyFolder(disk_, kFolder, {});
    disk_.ClearFaults();
    // A snapshot that cannot be read is as good as damaged; if that happens as
    // the opening is tried, the log alone serves here.
    if (report.ok()) {
      EXPECT_TRUE(report->is_sound() ||
                  absl::StrContains(TextOf(*report), "Input/output error"))
          << nth << ": " << TextOf(*report);
      unsound += report->is_sound() ? 0 : 1;
      continue;
    }
    EXPECT_EQ(report.status().code(), absl::StatusCode::kUnavailable) << nth;
  }
  EXPECT_GT(unsound, 0);
}

}  // namespace
}  // namespace orderstore
