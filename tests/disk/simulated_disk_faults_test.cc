#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "disk/simulated_disk.h"
#include "disk/simulated_disk_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::disk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Strings = std::set<std::string>;

class SimulatedDiskFaultsTest : public SimulatedDiskTest {};
using SimulatedDiskFaultsDeathTest = SimulatedDiskFaultsTest;

// ---- Syncs and writes that fail --------------------------------------------

TEST_F(SimulatedDiskFaultsTest, AFailedSyncLosesSilently) {
  Strings durable;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Start({}, seed);
    const int file = CreateDurably("a", Sector('a') + Sector('a'));
    Put(file, 0, Sector('b') + Sector('b'));
    disk().FailCall(Call::kSync, 1, EIO);
    EXPECT_EQ(disk().Sync(file), -EIO);
    EXPECT_EQ(disk().Sync(file), 0);
    EXPECT_EQ(Read(file, 0, 1024), Sector('b') + Sector('b'));
    const std::string left = disk().Image().files.at("/shop/a");
    EXPECT_EQ(Outcomes("a"), Strings{left});
    disk().DropCache();
    EXPECT_EQ(Read(file, 0, 1024), left);
    durable.insert(left);
    if (durable.size() == 4) break;
  }
  EXPECT_EQ(durable.size(), 4U);
}

TEST_F(SimulatedDiskFaultsTest, WhatIsWrittenAfterAFailedSyncIsSyncedAgain) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Start({}, seed);
    const int file = CreateDurably("a", "");
    Put(file, 0, Sector('b') + Sector('b'));
    disk().FailCall(Call::kSync, 1, EIO);
    EXPECT_EQ(disk().Sync(file), -EIO);
    Put(file, 0, Sector('c') + Sector('c'));
    EXPECT_EQ(disk().Sync(file), 0);
    EXPECT_EQ(Outcomes("a"), Strings{Sector('c') + Sector('c')});
  }
}

TEST_F(SimulatedDiskFaultsTest, AFailedSyncMayLoseTheLength) {
  Strings durable;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Start({}, seed);
    const int file = CreateDurably("a", "");
    Put(file, 0, "b");
    disk().FailCall(Call::kSync, 1, EIO);
    EXPECT_EQ(disk().Sync(file), -EIO);
    EXPECT_EQ(disk().Sync(file), 0);
    EXPECT_EQ(disk().Size(file), 1);
    durable.insert(disk().Image().files.at("/shop/a"));
  }
  EXPECT_EQ(durable, (Strings{"", "b", std::string("\0", 1)}));
}

TEST_F(SimulatedDiskFaultsTest, AFailedFolderSyncMakesSomeNamesDurable) {
  std::set<size_t> durable;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Start({}, seed);
    Create("a");
    Create("b");
    disk().FailCall(Call::kSyncFolder, 1, EIO);
    EXPECT_EQ(disk().SyncFolder(folder()), -EIO);
    durable.insert(disk().Image().files.size());
    EXPECT_EQ(disk().SyncFolder(folder()), 0);
    EXPECT_EQ(disk().Image().files.size(), 2U);
  }
  EXPECT_EQ(durable, (std::set<size_t>{0, 1, 2}));
}

TEST_F(SimulatedDiskFaultsTest, AFailedWriteMayHaveWrittenAPart) {
  for (const int flags : {0, O_DSYNC, O_DIRECT, O_DIRECT | O_DSYNC}) {
    const std::string old(io::kSectorBytes, 'a');
    Strings seen;
    Strings durable;
    for (uint64_t seed = 1; seed <= 100; ++seed) {
      Start({}, seed);
      const int file = CreateDurably("a", old, flags);
      disk().FailCall(Call::kWrite, 1, EIO);
      EXPECT_EQ(WriteSectors(file, 0, std::string(io::kSectorBytes, 'b')),
                -EIO);
      seen.insert(disk().Bytes("shop/a"));
      durable.insert(disk().Image().files.at("/shop/a"));
    }
    EXPECT_GT(seen.size(), 10U) << flags;
    EXPECT_TRUE(seen.contains(std::string(io::kSectorBytes, 'b')) ||
                flags == 0 || flags == O_DSYNC);
    if ((flags & O_DSYNC) == 0) {
      EXPECT_EQ(durable, Strings{old});
    } else {
      EXPECT_GT(durable.size(), 5U) << flags;
    }
  }
}

TEST_F(SimulatedDiskFaultsTest, AReadEndsBeforeASectorThatCannotBeRead) {
  const int file = CreateDurably("a", std::string(4 * 512, 'a'));
  disk().SpoilSector("/shop/a", 2 * 512 + 7);
  EXPECT_EQ(Read(file, 100, 4000), std::string(2 * 512 - 100, 'a'));
  char byte = 0;
  EXPECT_EQ(disk().Read(file, &byte, 1, 2 * 512), -EIO);
  EXPECT_EQ(disk().Read(file, &byte, 1, 3 * 512 - 1), -EIO);
  EXPECT_EQ(Read(file, 3 * 512, 4000), std::string(512, 'a'));
}

TEST_F(SimulatedDiskFaultsTest, OtherErrorsDoNothing) {
  CreateDurably("a", "a");
  const int file = Open("a");
  const DiskImage before = disk().AfterCut(1, Survival::kEverything);
  std::vector<std::string> names;
  char byte = 'b';
  for (const int error : {EINTR, ENOSPC, EACCES}) {
    disk().ClearFaults();
    disk().FailCall(1, error, /*lasting=*/true);
    EXPECT_EQ(disk().MakeFolder("b"), -error);
    EXPECT_EQ(disk().OpenFolder("shop"), -error);
    EXPECT_EQ(disk().Open(folder(), "b", O_RDWR | O_CREAT), -error);
    EXPECT_EQ(disk().List(folder(), names), -error);
    EXPECT_EQ(disk().Rename(folder(), "a", "b"), -error);
    EXPECT_EQ(disk().Remove(folder(), "a"), -error);
    EXPECT_EQ(disk().Size(file), -error);
    EXPECT_EQ(disk().Read(file, &byte, 1, 0), -error);
    EXPECT_EQ(disk().Write(file, &byte, 1, 0), -error);
    EXPECT_EQ(disk().Sync(file), -error);
    EXPECT_EQ(disk().SyncFolder(folder()), -error);
    EXPECT_EQ(disk().Lock(file), -error);
  }
  EXPECT_EQ(disk().AfterCut(1, Survival::kEverything), before);
  EXPECT_EQ(disk().OpenDescriptors(), 3);
}

// ---- Plans -----------------------------------------------------------------

TEST_F(SimulatedDiskFaultsTest, AFaultStrikesTheNthCallOfItsKind) {
  const int file = Create("a");
  disk().FailCall(Call::kSync, 2, EIO);
  EXPECT_EQ(disk().Sync(file), 0);
  EXPECT_EQ(disk().SyncFolder(folder()), 0);
  EXPECT_EQ(disk().Sync(file), -EIO);
  EXPECT_EQ(disk().Sync(file), 0);
}

TEST_F(SimulatedDiskFaultsTest, ALastingFaultStrikesUntilItIsCleared) {
  const int file = Create("a");
  disk().FailCall(3, EIO, /*lasting=*/true);
  EXPECT_EQ(disk().Size(file), 0);
  EXPECT_EQ(disk().Sync(file), 0);
  EXPECT_EQ(disk().Size(file), -EIO);
  EXPECT_EQ(disk().Sync(file), -EIO);
  disk().ClearFaults();
  EXPECT_EQ(disk().Size(file), 0);
}

TEST_F(SimulatedDiskFaultsTest, OfTwoFaultsTheFirstOneCounts) {
  const int file = Create("a");
  disk().FailCall(Call::kSize, 2, EACCES, /*lasting=*/true);
  disk().FailCall(1, EBUSY, /*lasting=*/true);
  EXPECT_EQ(disk().Size(file), -EBUSY);
  EXPECT_EQ(disk().Size(file), -EACCES);
}

TEST_F(SimulatedDiskFaultsTest, AFaultMayBeOfOnePathOnly) {
  const int log = Create("1.log");
  const int snapshot = Create("1.snapshot");
  disk().AddFault({.call = Call::kSync, .path_part = ".log", .error = EIO});
  EXPECT_EQ(disk().Sync(snapshot), 0);
  EXPECT_EQ(disk().Sync(log), -EIO);
}

TEST_F(SimulatedDiskFaultsTest, ReadsAndWritesMayBeShort) {
  const int file = CreateDurably("a", "abcdef");
  disk().ShortCall(Call::kRead, 2, 3);
  EXPECT_EQ(Read(file, 0, 6), "abcdef");
  EXPECT_EQ(Read(file, 0, 6), "abc");
  disk().ShortCall(Call::kWrite, 1, 2, /*lasting=*/true);
  EXPECT_EQ(Write(file, 0, "xyz"), 2);
  EXPECT_EQ(Write(file, 2, "z"), 1);
  EXPECT_EQ(disk().Bytes("shop/a"), "xyzdef");
}

// ---- Direct reads and writes -----------------------------------------------

TEST_F(SimulatedDiskFaultsTest, MisalignedDirectCallsAreRefused) {
  const int file = Create("a", O_DIRECT);
  io::SectorBuffer buffer(3 * io::kSectorBytes);
  constexpr size_t kBytes = io::kSectorBytes;
  EXPECT_EQ(disk().Write(file, buffer.data(), kBytes, kBytes), kBytes);
  EXPECT_EQ(disk().Write(file, buffer.data() + 1, kBytes, 0), -EINVAL);
  EXPECT_EQ(disk().Write(file, buffer.data(), kBytes - 512, 0), -EINVAL);
  EXPECT_EQ(disk().Write(file, buffer.data(), kBytes, 512), -EINVAL);
  EXPECT_EQ(disk().Read(file, buffer.data(), kBytes, kBytes), kBytes);
  EXPECT_EQ(disk().Read(file, buffer.data() + 1, kBytes, 0), -EINVAL);
  EXPECT_EQ(disk().Read(file, buffer.data(), kBytes - 512, 0), -EINVAL);
  EXPECT_EQ(disk().Read(file, buffer.data(), kBytes, 512), -EINVAL);
}

TEST_F(SimulatedDiskFaultsTest, WithoutDirectWritesOpenFailsAndLeavesTheFile) {
  Start({.direct_writes = false});
  EXPECT_EQ(disk().Open(folder(), "a", O_RDWR | O_CREAT | O_DIRECT), -EINVAL);
  EXPECT_THAT(disk().List("shop"), ElementsAre("a"));
  EXPECT_EQ(disk().Open(folder(), "a", O_RDWR | O_DIRECT), -EINVAL);
  EXPECT_GE(disk().Open(folder(), "a", O_RDWR), 0);
}

// ---- Capacity --------------------------------------------------------------

TEST_F(SimulatedDiskFaultsTest, AFullDiskShortensAWriteThenRefuses) {
  disk().SetCapacity(2 * kBlockBytes);
  const int file = Create("a");
  EXPECT_EQ(Write(file, 100, std::string(3 * kBlockBytes, 'a')),
            int64_t{2 * kBlockBytes - 100});
  EXPECT_EQ(Write(file, 2 * kBlockBytes, "a"), -ENOSPC);
  EXPECT_EQ(disk().Size(file), int64_t{2 * kBlockBytes});
  EXPECT_EQ(disk().UsedBytes(), int64_t{2 * kBlockBytes});
}

TEST_F(SimulatedDiskFaultsTest, AFullDiskTakesWhatItHasSpaceFor) {
  const int file = CreateDurably("a", std::string(2 * kBlockBytes, 'a'));
  Put(file, 5 * kBlockBytes, "end");
  disk().SetCapacity(0);
  EXPECT_EQ(Write(file, 10, std::string(kBlockBytes, 'b')),
            int64_t{kBlockBytes});
  EXPECT_EQ(Write(file, 5 * kBlockBytes + 3, "end"), 3);
  EXPECT_EQ(Write(file, 4 * kBlockBytes, "hole"), -ENOSPC);
  EXPECT_EQ(disk().UsedBytes(), int64_t{3 * kBlockBytes});
  EXPECT_EQ(disk().Sync(file), 0);
}

TEST_F(SimulatedDiskFaultsTest, ARemovedFileGivesItsSpaceBackOnceClosed) {
  const int file = CreateDurably("a", "a");
  disk().SetCapacity(kBlockBytes);
  const int other = Create("b");
  EXPECT_EQ(Write(other, 0, "b"), -ENOSPC);
  EXPECT_EQ(disk().Remove(folder(), "a"), 0);
  EXPECT_EQ(Read(file, 0, 1), "a");
  EXPECT_EQ(Write(other, 0, "b"), -ENOSPC);
  disk().Close(file);
  EXPECT_EQ(Write(other, 0, "b"), 1);
}

// ---- Locks, descriptors, trace ---------------------------------------------

TEST_F(SimulatedDiskFaultsTest, LockIsPerDescriptor) {
  const int first = Create("a");
  const int second = Open("a");
  EXPECT_EQ(disk().Lock(first), 0);
  EXPECT_EQ(disk().Lock(first), 0);
  EXPECT_EQ(disk().Lock(second), -EWOULDBLOCK);
  EXPECT_EQ(disk().Lock(Create("b")), 0);
  disk().Close(first);
  EXPECT_EQ(disk().Lock(second), 0);
  EXPECT_EQ(disk().Lock(Open("a")), -EWOULDBLOCK);
}

TEST_F(SimulatedDiskFaultsTest, DescriptorsAreCounted) {
  EXPECT_EQ(disk().OpenDescriptors(), 1);
  const int file = Create("a");
  EXPECT_EQ(disk().OpenDescriptors(), 2);
  EXPECT_EQ(disk().Open(folder(), "none", O_RDONLY), -ENOENT);
  disk().Close(file);
  disk().Close(folder());
  EXPECT_EQ(disk().OpenDescriptors(), 0);
}

TEST_F(SimulatedDiskFaultsTest, ADescriptorIsReadOrWrittenAsItWasOpened) {
  CreateDurably("a", "a");
  char byte = 'b';
  const int reader = disk().Open(folder(), "a", O_RDONLY);
  EXPECT_EQ(disk().Write(reader, &byte, 1, 0), -EBADF);
  EXPECT_EQ(disk().Sync(reader), 0);
  const int writer = disk().Open(folder(), "a", O_WRONLY);
  EXPECT_EQ(disk().Read(writer, &byte, 1, 0), -EBADF);
}

TEST_F(SimulatedDiskFaultsTest, TheTraceShowsTheLastCalls) {
  const int file = Create("a");
  Put(file, 7, "abc");
  disk().FailCall(Call::kSync, 1, EIO);
  disk().Sync(file);
  disk().CutPowerAt(1);
  disk().Remove(folder(), "a");
  const std::string trace = disk().Trace();
  EXPECT_THAT(trace, HasSubstr("change 4: Write shop/a, 3 bytes at 7: 3\n"));
  EXPECT_THAT(trace, HasSubstr("Sync shop/a: Input/output error\n"));
  EXPECT_THAT(trace, HasSubstr("Remove shop/a: power cut\n"));
}

TEST_F(SimulatedDiskFaultsTest, TheTraceIsBounded) {
  for (int i = 0; i < 1000; ++i) disk().Size(folder());
  EXPECT_LT(disk().Trace().size(), 10'000U);
}

TEST_F(SimulatedDiskFaultsTest, CallsAreCountedByKind) {
  const int64_t calls = disk().CallCount();
  const int64_t changes = disk().ChangeCount();
  const int file = Create("a");
  Put(file, 0, "a");
  Put(file, 1, "a");
  Read(file, 0, 2);
  disk().Close(file);
  EXPECT_EQ(disk().CallCount(), calls + 4);
  EXPECT_EQ(disk().CallCount(Call::kWrite), 2);
  EXPECT_EQ(disk().ChangeCount(), changes + 3);
}

// ---- Files at rest ---------------------------------------------------------

TEST_F(SimulatedDiskFaultsTest, DamageIsDurable) {
  CreateDurably("a", "abc");
  disk().FlipBit("shop/a", 1);
  EXPECT_EQ(Outcomes("a"), Strings{"cbc"});
  disk().TruncateFile("shop/a", 2);
  EXPECT_EQ(Outcomes("a"), Strings{"cb"});
  disk().TruncateFile("shop/a", 3);
  EXPECT_EQ(Outcomes("a"), Strings{std::string("cb\0", 3)});
  EXPECT_TRUE(disk().Exists("shop/a"));
  disk().RemoveFile("shop/a");
  EXPECT_FALSE(disk().Exists("shop/a"));
  EXPECT_EQ(Outcomes("a"), Strings{"gone"});
}

// ---- Mistakes of a test ----------------------------------------------------

TEST_F(SimulatedDiskFaultsDeathTest, MistakesEndTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(disk().Open(folder(), "a", O_RDWR | O_TRUNC), "open flags");
  EXPECT_DEATH(disk().Open(folder(), "a", O_RDWR | O_EXCL), "O_EXCL without");
  EXPECT_DEATH(disk().Open(folder(), "a/b", O_RDWR), "not a name");
  EXPECT_DEATH(disk().Close(1000), "closed twice");
  EXPECT_DEATH(disk().Sync(folder()), "Sync of a folder");
  EXPECT_DEATH(disk().Bytes("shop/none"), "not a file");
}

}  // namespace
}  // namespace orderstore::disk
