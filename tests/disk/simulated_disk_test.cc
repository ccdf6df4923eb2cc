#include "disk/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "disk/simulated_disk_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::disk {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;
using Strings = std::set<std::string>;

// ---- Bytes -----------------------------------------------------------------

TEST_F(SimulatedDiskTest, UnsyncedWritesMayBeLost) {
  const int file = CreateDurably("a", Sector('a') + Sector('a'));
  Put(file, 0, Sector('b') + Sector('b'));
  EXPECT_EQ(Outcomes("a"),
            (Strings{Sector('a') + Sector('a'), Sector('a') + Sector('b'),
                     Sector('b') + Sector('a'), Sector('b') + Sector('b')}))
      << disk().Trace();
}

TEST_F(SimulatedDiskTest, SyncedBytesSurviveEveryCrash) {
  const int file = CreateDurably("a", "");
  Put(file, 0, Sector('a') + Sector('b') + "end");
  EXPECT_EQ(disk().Sync(file), 0);
  EXPECT_EQ(Outcomes("a"), Strings{Sector('a') + Sector('b') + "end"});
}

TEST_F(SimulatedDiskTest, SynchronousWritesSurviveEveryCrash) {
  const int file = CreateDurably("a", "", O_DSYNC);
  Put(file, 0, Sector('a') + "end");
  EXPECT_EQ(Outcomes("a"), Strings{Sector('a') + "end"});
}

TEST_F(SimulatedDiskTest, ASynchronousWriteLeavesOtherSectorsUnsynced) {
  const int file = CreateDurably("a", Sector('a') + Sector('a'));
  Put(file, 0, Sector('b'));
  Put(Open("a", O_DSYNC), kSectorBytes, Sector('c'));
  EXPECT_EQ(Outcomes("a"),
            (Strings{Sector('a') + Sector('c'), Sector('b') + Sector('c')}));
}

TEST_F(SimulatedDiskTest, ADirectWriteAloneIsNotDurable) {
  const std::string old(io::kSectorBytes, 'a');
  const std::string now(io::kSectorBytes, 'b');
  const int file = CreateDurably("a", old, O_DIRECT);
  EXPECT_EQ(WriteSectors(file, 0, now), int64_t{io::kSectorBytes});
  EXPECT_TRUE(Outcomes("a").contains(old));
  EXPECT_TRUE(Outcomes("a").contains(now));
  EXPECT_EQ(disk().Sync(file), 0);
  EXPECT_EQ(Outcomes("a"), Strings{now});
}

TEST_F(SimulatedDiskTest, AnEarlierUnsyncedWriteMaySurviveALaterOne) {
  Strings seen;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Start({}, seed);
    const int file = CreateDurably("a", Sector('a'));
    Put(file, 0, Sector('b'));
    Put(file, 0, Sector('c'));
    seen.merge(Outcomes("a"));
  }
  EXPECT_EQ(seen, (Strings{Sector('a'), Sector('b'), Sector('c')}));
}

TEST_F(SimulatedDiskTest, UnsyncedGrowthMayBeLostOrReadAsZeros) {
  const int file = CreateDurably("a", "ab");
  Put(file, 2, "cd");
  EXPECT_EQ(Outcomes("a"), (Strings{"ab", "abc", "abcd", std::string("ab\0", 3),
                                    std::string("ab\0\0", 4)}));
}

TEST_F(SimulatedDiskTest, UnsyncedGrowthMayReadAsGarbage) {
  Start({.leaves_garbage = true});
  const int file = CreateDurably("a", "");
  Put(file, 0, "ab");
  const Strings outcomes = Outcomes("a");
  EXPECT_TRUE(outcomes.contains("ab"));
  EXPECT_GT(outcomes.size(), 50U);
}

TEST_F(SimulatedDiskTest, SectorsTearOnlyIfTheyMay) {
  const auto outcomes = [this] {
    Put(CreateDurably("a", Sector('a')), 0, Sector('b'));
    return Outcomes("a");
  };
  EXPECT_EQ(outcomes(), (Strings{Sector('a'), Sector('b')}));

  Start({.tears_sectors = true});
  Strings torn = outcomes();
  EXPECT_GT(torn.size(), 20U);
  for (const std::string& bytes : torn) {
    const size_t whole = std::min(bytes.find('a'), kSectorBytes);
    EXPECT_EQ(bytes,
              std::string(whole, 'b') + std::string(kSectorBytes - whole, 'a'));
  }
}

TEST_F(SimulatedDiskTest, FolderSyncDoesNotMakeBytesDurable) {
  const int file = Create("a");
  Put(file, 0, "a");
  EXPECT_EQ(disk().SyncFolder(folder()), 0);
  EXPECT_EQ(Outcomes("a"), (Strings{"", "a", std::string("\0", 1)}));
}

// ---- Names -----------------------------------------------------------------

TEST_F(SimulatedDiskTest, FileSyncDoesNotMakeItsNameDurable) {
  const int file = Create("a");
  Put(file, 0, "a");
  EXPECT_EQ(disk().Sync(file), 0);
  EXPECT_EQ(Outcomes("a"), (Strings{"a", "gone"}));
}

TEST_F(SimulatedDiskTest, RenameWithoutFolderSyncMayBeUndone) {
  CreateDurably("a", "new");
  CreateDurably("b", "old");
  EXPECT_EQ(disk().Rename(folder(), "a", "b"), 0);
  EXPECT_THAT(
      FolderOutcomes(),
      UnorderedElementsAre(ElementsAre(Pair("a", "new"), Pair("b", "old")),
                           ElementsAre(Pair("b", "new"))));
  EXPECT_EQ(disk().SyncFolder(folder()), 0);
  EXPECT_THAT(FolderOutcomes(), ElementsAre(ElementsAre(Pair("b", "new"))));
}

TEST_F(SimulatedDiskTest, RemovalWithoutFolderSyncMayBeUndone) {
  CreateDurably("a", "a");
  EXPECT_EQ(disk().Remove(folder(), "a"), 0);
  EXPECT_EQ(Outcomes("a"), (Strings{"a", "gone"}));
  EXPECT_EQ(disk().SyncFolder(folder()), 0);
  EXPECT_EQ(Outcomes("a"), Strings{"gone"});
}

TEST_F(SimulatedDiskTest, OperationsOnOtherFilesSurviveInAnyOrder) {
  Create("a");
  Create("b");
  EXPECT_THAT(FolderOutcomes(),
              UnorderedElementsAre(ElementsAre(), ElementsAre(Pair("a", "")),
                                   ElementsAre(Pair("b", "")),
                                   ElementsAre(Pair("a", ""), Pair("b", ""))));
}

TEST_F(SimulatedDiskTest, OperationsOnOneFileSurviveInOrder) {
  Create("a");
  EXPECT_EQ(disk().Rename(folder(), "a", "b"), 0);
  EXPECT_EQ(disk().Rename(folder(), "b", "c"), 0);
  EXPECT_EQ(disk().Remove(folder(), "c"), 0);
  EXPECT_THAT(FolderOutcomes(),
              UnorderedElementsAre(ElementsAre(), ElementsAre(Pair("a", "")),
                                   ElementsAre(Pair("b", "")),
                                   ElementsAre(Pair("c", ""))));
}

TEST_F(SimulatedDiskTest, AFileIsNotLostToTheOneThatTookItsName) {
  CreateDurably("log", "old");
  EXPECT_EQ(disk().Rename(folder(), "log", "log.1"), 0);
  Create("log");
  EXPECT_THAT(
      FolderOutcomes(),
      UnorderedElementsAre(ElementsAre(Pair("log", "old")),
                           ElementsAre(Pair("log.1", "old")),
                           ElementsAre(Pair("log", ""), Pair("log.1", "old"))));
}

TEST_F(SimulatedDiskTest, AFolderThatIsLostTakesItsFilesWithIt) {
  EXPECT_EQ(disk().MakeFolder("shop/inner"), 0);
  const int inner = disk().OpenFolder("shop/inner");
  EXPECT_GE(disk().Open(inner, "a", O_RDWR | O_CREAT), 0);
  EXPECT_EQ(disk().SyncFolder(inner), 0);
  bool kept = false;
  bool lost = false;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const DiskImage left = disk().AfterCut(seed);
    EXPECT_EQ(left.folders.contains("/shop/inner"),
              left.files.contains("/shop/inner/a"));
    (left.files.empty() ? lost : kept) = true;
  }
  EXPECT_TRUE(kept);
  EXPECT_TRUE(lost);
}

// ---- Power cuts ------------------------------------------------------------

TEST_F(SimulatedDiskTest, SynchronousWriteInFlightMayTear) {
  const int file =
      CreateDurably("a", Sector('a') + Sector('a') + Sector('a'), O_DSYNC);
  disk().CutPowerAt(1);
  EXPECT_EQ(Write(file, 0, Sector('b') + Sector('b') + Sector('b')), -EIO);
  EXPECT_TRUE(disk().off());
  Strings every;
  for (char first : {'a', 'b'}) {
    for (char second : {'a', 'b'}) {
      for (char third : {'a', 'b'}) {
        every.insert(Sector(first) + Sector(second) + Sector(third));
      }
    }
  }
  EXPECT_EQ(Outcomes("a"), every);
}

TEST_F(SimulatedDiskTest, ASyncInFlightMayReachPartOfTheMedium) {
  const int file = CreateDurably("a", Sector('a') + Sector('a'));
  Put(file, 0, Sector('b') + Sector('b'));
  disk().CutPowerAt(1);
  EXPECT_EQ(disk().Sync(file), -EIO);
  EXPECT_EQ(Outcomes("a").size(), 4U);
}

TEST_F(SimulatedDiskTest, AFolderSyncInFlightMayReachPartOfTheMedium) {
  Create("a");
  Create("b");
  disk().CutPowerAt(1);
  EXPECT_EQ(disk().SyncFolder(folder()), -EIO);
  EXPECT_EQ(FolderOutcomes().size(), 4U);
}

TEST_F(SimulatedDiskTest, NamesInFlightMayBeChangedOrNot) {
  const auto outcomes = [this](auto call) {
    Start({});
    CreateDurably("a", "a");
    disk().CutPowerAt(1);
    EXPECT_EQ(call(), -EIO);
    EXPECT_TRUE(disk().off());
    EXPECT_EQ(disk().OpenDescriptors(), 2);
    return FolderOutcomes();
  };
  EXPECT_THAT(outcomes([&] { return disk().Rename(folder(), "a", "b"); }),
              UnorderedElementsAre(ElementsAre(Pair("a", "a")),
                                   ElementsAre(Pair("b", "a"))));
  EXPECT_THAT(outcomes([&] { return disk().Remove(folder(), "a"); }),
              UnorderedElementsAre(ElementsAre(), ElementsAre(Pair("a", "a"))));
  EXPECT_THAT(
      outcomes([&] { return disk().Open(folder(), "b", O_RDWR | O_CREAT); }),
      UnorderedElementsAre(ElementsAre(Pair("a", "a")),
                           ElementsAre(Pair("a", "a"), Pair("b", ""))));
}

TEST_F(SimulatedDiskTest, EveryCallFailsWhileThePowerIsOff) {
  const int file = Create("a");
  const int64_t calls = disk().CallCount();
  disk().CutPower();
  char byte = 0;
  std::vector<std::string> names;
  EXPECT_EQ(disk().MakeFolder("b"), -EIO);
  EXPECT_EQ(disk().OpenFolder("shop"), -EIO);
  EXPECT_EQ(disk().Open(folder(), "a", O_RDONLY), -EIO);
  EXPECT_EQ(disk().List(folder(), names), -EIO);
  EXPECT_EQ(disk().Rename(folder(), "a", "b"), -EIO);
  EXPECT_EQ(disk().Remove(folder(), "a"), -EIO);
  EXPECT_EQ(disk().Size(file), -EIO);
  EXPECT_EQ(disk().Read(file, &byte, 1, 0), -EIO);
  EXPECT_EQ(disk().Write(file, &byte, 1, 0), -EIO);
  EXPECT_EQ(disk().Sync(file), -EIO);
  EXPECT_EQ(disk().SyncFolder(folder()), -EIO);
  EXPECT_EQ(disk().Lock(file), -EIO);
  EXPECT_EQ(disk().CallCount(), calls);
}

TEST_F(SimulatedDiskTest, ThePowerIsCutAtEachChangeInTurn) {
  const auto work = [this] {
    const int file = disk().Open(folder(), "a.tmp", O_RDWR | O_CREAT);
    Write(file, 0, "a");
    disk().Size(file);
    disk().Sync(file);
    disk().Rename(folder(), "a.tmp", "a");
    disk().SyncFolder(folder());
    disk().Remove(folder(), "a");
    disk().MakeFolder("b");
    disk().Open(folder(), "none", O_RDWR);
  };
  constexpr int kChanges = 7;
  for (int nth = 1; nth <= kChanges + 1; ++nth) {
    Start({});
    const int64_t before = disk().ChangeCount();
    disk().CutPowerAt(nth);
    work();
    EXPECT_EQ(disk().off(), nth <= kChanges);
    EXPECT_EQ(disk().ChangeCount() - before, std::min(nth, kChanges));
  }
}

TEST_F(SimulatedDiskTest, ARestartTakesDescriptorsAndLocksAway) {
  const int file = CreateDurably("a", "a");
  EXPECT_EQ(disk().Lock(file), 0);
  disk().CutPower();
  Restart();
  EXPECT_FALSE(disk().off());
  EXPECT_EQ(disk().OpenDescriptors(), 1);  // the fixture's
  EXPECT_EQ(disk().Size(file), -EBADF);
  const int again = Open("a");
  EXPECT_EQ(disk().Lock(again), 0);
  disk().Close(file);  // by what held it before the restart
  EXPECT_EQ(disk().Size(again), 1);
}

TEST_F(SimulatedDiskTest, ARestartLeavesWhatItIsAskedTo) {
  for (const auto& [survival, left] :
       {std::pair(Survival::kNothing, "old"),
        std::pair(Survival::kEverything, "now")}) {
    Put(CreateDurably("a", "old"), 0, "now");
    Restart(survival);
    EXPECT_EQ(disk().Bytes("shop/a"), left);
  }
}

TEST_F(SimulatedDiskTest, WhatARestartLeavesIsDurable) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Start({}, seed);
    Put(CreateDurably("a", "old"), 0, "now");
    Create("b");
    Restart();
    const DiskImage left = disk().AfterCut(1, Survival::kEverything);
    EXPECT_EQ(disk().Image(), left);
  }
}

TEST_F(SimulatedDiskTest, ARestartOfTheProgramLosesNothingYet) {
  const int file = CreateDurably("a", "old");
  EXPECT_EQ(disk().Lock(file), 0);
  Put(file, 0, "now");
  disk().RestartProgram();
  EXPECT_EQ(disk().OpenDescriptors(), 0);
  EXPECT_EQ(disk().Bytes("shop/a"), "now");
  EXPECT_EQ(Outcomes("a"), (Strings{"now", "old"}));
}

TEST_F(SimulatedDiskTest, OneSeedIsOneFate) {
  const auto fate = [this](uint64_t seed) {
    Start({.tears_sectors = true}, seed);
    const int file = CreateDurably("a", std::string(8 * kSectorBytes, 'a'));
    for (char byte = 'b'; byte < 'e'; ++byte) {
      Put(file, 0, std::string(8 * kSectorBytes, byte));
    }
    disk().FailCall(Call::kSync, 1, EIO);
    disk().Sync(file);
    Restart();
    return disk().Bytes("shop/a");
  };
  Strings fates;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string bytes = fate(seed);
    EXPECT_EQ(fate(seed), bytes);
    fates.insert(bytes);
  }
  EXPECT_GT(fates.size(), 5U);
}

TEST_F(SimulatedDiskTest, AnImageComesBackAsItWas) {
  CreateDurably("a", Sector('a') + "end");
  disk().SetBytes("shop/b", "");
  EXPECT_EQ(disk().MakeFolder("shop/inner"), 0);
  EXPECT_EQ(disk().SyncFolder(folder()), 0);
  const DiskImage image = disk().Image();
  EXPECT_THAT(image.folders, ElementsAre("/shop", "/shop/inner"));
  EXPECT_THAT(image.files, ElementsAre(Pair("/shop/a", Sector('a') + "end"),
                                       Pair("/shop/b", "")));

  disk().FlipBit("shop/a", 8 * 512 + 1);
  EXPECT_EQ(disk().Bytes("shop/a"), Sector('a') + "gnd");
  disk().RemoveFile("shop/b");
  disk().CutPower();
  disk().Load(image);
  EXPECT_FALSE(disk().off());
  EXPECT_EQ(disk().Image(), image);
}

TEST_F(SimulatedDiskTest, ThreadsUseItTogether) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] {
      const int file = Create(std::to_string(i));
      for (int round = 0; round < 50; ++round) {
        Put(file, round, "x");
        EXPECT_EQ(disk().Sync(file), 0);
      }
      EXPECT_EQ(disk().SyncFolder(folder()), 0);
      disk().Close(file);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Restart();
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_EQ(disk().Bytes("shop/" + std::to_string(i)), std::string(50, 'x'));
  }
}

}  // namespace
}  // namespace orderstore::disk
