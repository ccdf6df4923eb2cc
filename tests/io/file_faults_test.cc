// File and Folder on a disk that interrupts, shortens and fails their calls,
// and loses what they did not sync.

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "disk/simulated_disk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/file.h"
#include "io/sector_buffer.h"

namespace orderstore::io {
namespace {

using disk::Call;
using disk::SimulatedDisk;
using disk::Survival;
using testing::ElementsAre;
using testing::IsEmpty;
using Writes = Folder::Writes;

class FileFaultsTest : public testing::Test {
 protected:
  FileFaultsTest() {
    disk_.SetBytes("a", "abcdef");
    EXPECT_EQ(disk_.MakeFolder("shop"), 0);
    const Folder root = Folder::Open(disk_, ".").value();
    EXPECT_TRUE(root.Sync().ok());
  }

  SimulatedDisk& disk() { return disk_; }
  Folder OpenFolder() { return Folder::Open(disk_, "shop").value(); }
  File Create(const std::string& name, Writes writes = Writes::kBuffered) {
    return OpenFolder().Create(name, writes).value();
  }

  // Something that makes the call, and possibly others.
  struct Case {
    Call call;
    std::function<absl::Status()> run;
    std::string message;  // of its failure, without the error
  };
  // One for each call, each of which can succeed again and again.
  std::vector<Case> EveryCall();

 private:
  SimulatedDisk disk_{1};
  std::string byte_ = "?";
  int made_ = 0;
};

std::vector<FileFaultsTest::Case> FileFaultsTest::EveryCall() {
  disk().SetBytes("shop/a", "abcdef");
  const auto open = [this] { return OpenFolder().OpenOrCreate("a").value(); };
  return {
      {Call::kMakeFolder,
       [this] { return Folder::Make(disk(), std::to_string(++made_)); },
       "cannot make the folder 1"},
      {Call::kOpenFolder,
       [this] { return Folder::Open(disk(), "shop").status(); },
       "cannot open the folder shop"},
      {Call::kOpen, [this] { return OpenFolder().OpenToRead("a").status(); },
       "cannot open shop/a"},
      {Call::kList, [this] { return OpenFolder().List().status(); },
       "cannot list shop"},
      {Call::kRename, [this] { return OpenFolder().Rename("a", "a"); },
       "cannot rename shop/a"},
      {Call::kRemove,
       [this] {
         disk().SetBytes("shop/b", "");
         return OpenFolder().Remove("b");
       },
       "cannot remove shop/b"},
      {Call::kSize, [open] { return open().Size().status(); },
       "cannot find the size of shop/a"},
      {Call::kRead, [this, open] { return open().ReadAt(2, byte_); },
       "cannot read at 2 of shop/a"},
      {Call::kWrite,
       [open] { return open().WriteAt(3, std::string_view("xyz")); },
       "cannot write 3 bytes at 3 of shop/a"},
      {Call::kSync, [open] { return open().Sync(); }, "cannot sync shop/a"},
      {Call::kSyncFolder, [this] { return OpenFolder().Sync(); },
       "cannot sync the folder shop"},
      {Call::kLock, [open] { return open().Lock(); }, "cannot lock shop/a"},
  };
}

TEST_F(FileFaultsTest, AFileSystemMayHaveNoTimes) {
  EXPECT_EQ(Create("b").ModifiedTime().status(),
            absl::UnavailableError(
                "cannot find the time of shop/b: Function not implemented"));
}

// ---- Interrupted and short calls -------------------------------------------

TEST_F(FileFaultsTest, InterruptedCallsAreMadeAgain) {
  for (const Case& each : EveryCall()) {
    if (each.call == Call::kSize) continue;  // fstat is not interrupted
    const int64_t before = disk().CallCount(each.call);
    for (int64_t nth = 1; nth <= 3; ++nth) {
      disk().FailCall(each.call, nth, EINTR);
    }
    EXPECT_TRUE(each.run().ok()) << NameOf(each.call);
    EXPECT_EQ(disk().CallCount(each.call), before + 4) << NameOf(each.call);
  }
}

TEST_F(FileFaultsTest, AListThatIsInterruptedHasNoNameTwice) {
  for (const char* name : {"b", "c", "d"}) Create(name);
  for (int i = 0; i < 20; ++i) {
    disk().FailCall(Call::kList, 1, EINTR);
    EXPECT_THAT(OpenFolder().List().value(), ElementsAre("b", "c", "d"));
  }
}

TEST_F(FileFaultsTest, ShortReadsAndWritesGoOn) {
  const File file = Create("b");
  disk().ShortCall(Call::kWrite, 1, 3, /*lasting=*/true);
  disk().ShortCall(Call::kRead, 1, 2, /*lasting=*/true);
  EXPECT_TRUE(file.WriteAt(1, std::string_view("abcdefgh")).ok());
  EXPECT_EQ(disk().CallCount(Call::kWrite), 3);
  EXPECT_EQ(disk().Bytes("shop/b"), std::string("\0abcdefgh", 9));
  EXPECT_EQ(OpenFolder().OpenToRead("b")->ReadAll(9).value(),
            disk().Bytes("shop/b"));
  EXPECT_EQ(disk().CallCount(Call::kRead), 5);
}

TEST_F(FileFaultsTest, ADirectShortWriteGoesOnAtASector) {
  SectorBuffer buffer(3 * kSectorBytes);
  for (size_t i = 0; i < buffer.size(); ++i) {
    buffer.data()[i] = static_cast<char>(i % 251);
  }
  const File file = Create("b", Writes::kDirect);
  disk().ShortCall(Call::kWrite, 1, kSectorBytes + 1000);
  disk().ShortCall(Call::kWrite, 2, 1000);
  EXPECT_TRUE(file.WriteAt(0, buffer.first(buffer.size())).ok());
  EXPECT_EQ(disk().CallCount(Call::kWrite), 3);
  EXPECT_EQ(disk().Bytes("shop/b"),
            std::string_view(buffer.data(), buffer.size()));
}

TEST_F(FileFaultsTest, WritesThatGetNowhereEndWithAnError) {
  const SectorBuffer buffer(2 * kSectorBytes);
  for (const Writes writes : {Writes::kBuffered, Writes::kDirect}) {
    const std::string name = std::to_string(static_cast<int>(writes));
    const File file = Create(name, writes);
    disk().ClearFaults();
    disk().ShortCall(Call::kWrite, 2, writes == Writes::kDirect ? 1000 : 0,
                     /*lasting=*/true);
    disk().ShortCall(Call::kWrite, 1, kSectorBytes);
    EXPECT_EQ(
        file.WriteAt(0, buffer.first(buffer.size())),
        absl::UnavailableError("cannot write 4096 bytes at 4096 of shop/" +
                               name + ": Input/output error"));
  }
  EXPECT_LT(disk().CallCount(Call::kWrite), 100);
}

TEST_F(FileFaultsTest, WritesThatGetSomewhereNowAndThenGoOn) {
  const File file = Create("b");
  for (int64_t nth = 1; nth <= 100; ++nth) {
    disk().ShortCall(Call::kWrite, nth, nth % 10 == 0 ? 1 : 0);
  }
  EXPECT_TRUE(file.WriteAt(0, std::string_view("abcdefghijk")).ok());
  EXPECT_EQ(disk().Bytes("shop/b"), "abcdefghijk");
}

// ---- Failed calls ----------------------------------------------------------

TEST_F(FileFaultsTest, AFailedCallIsNamedAndNotMadeAgain) {
  for (const Case& each : EveryCall()) {
    const int64_t before = disk().CallCount(each.call);
    disk().FailCall(each.call, 1, ENOSPC);
    EXPECT_EQ(each.run(), absl::ResourceExhaustedError(
                              each.message + ": No space left on device; "
                                             "free some space there"));
    EXPECT_EQ(disk().CallCount(each.call), before + 1) << NameOf(each.call);
  }
  EXPECT_EQ(disk().OpenDescriptors(), 0);
}

TEST_F(FileFaultsTest, AWriteNamesThePlaceWhereItFailed) {
  const File file = Create("b");
  disk().ShortCall(Call::kWrite, 1, 3);
  disk().FailCall(Call::kWrite, 2, ENOSPC);
  EXPECT_EQ(file.WriteAt(10, std::string_view("abcdefgh")),
            absl::ResourceExhaustedError(
                "cannot write 5 bytes at 13 of shop/b: No space left on "
                "device; free some space there"));
  EXPECT_EQ(disk().Bytes("shop/b").size(), 13U);
}

TEST_F(FileFaultsTest, AReadNamesThePlaceWhereItFailed) {
  disk().SetBytes("shop/b", "abcdef");
  const File file = OpenFolder().OpenToRead("b").value();
  disk().ShortCall(Call::kRead, 1, 3);
  disk().FailCall(Call::kRead, 2, EIO);
  std::string bytes(6, '?');
  EXPECT_EQ(
      file.ReadAt(0, bytes),
      absl::UnavailableError("cannot read at 3 of shop/b: Input/output error"));
}

TEST_F(FileFaultsTest, AFullDiskIsSaidToBeFull) {
  disk().SetCapacity(disk().UsedBytes() + int64_t{kSectorBytes});
  const File file = Create("b");
  EXPECT_EQ(file.WriteAt(0, std::string(5000, 'b')),
            absl::ResourceExhaustedError(
                "cannot write 904 bytes at 4096 of shop/b: No space left on "
                "device; free some space there"));
}

// A disk on which no file changes hands.
class KeepingDisk : public SimulatedDisk {
 public:
  using SimulatedDisk::SimulatedDisk;

  int GiveToOwner(int, int) override { return -EPERM; }
};

TEST(FileOwnerTest, ANewFileThatTheFoldersOwnerCannotGetIsAnError) {
  KeepingDisk disk(1);
  ASSERT_EQ(disk.MakeFolder("shop"), 0);
  disk.SetBytes("shop/old", "abc");
  const Folder folder = Folder::Open(disk, "shop").value();
  const auto refusal = [](const std::string& name) {
    return absl::PermissionDeniedError(
        "cannot give shop/" + name +
        " to the owner of shop: Operation not permitted; this process runs as "
        "user " +
        std::to_string(::geteuid()) +
        ": see the owner and the mode of the file and of its folder");
  };
  for (const Writes writes :
       {Writes::kBuffered, Writes::kDirect, Writes::kSynchronous}) {
    const std::string name = std::to_string(static_cast<int>(writes));
    EXPECT_EQ(folder.Create(name, writes).status(), refusal(name));
  }
  EXPECT_EQ(folder.OpenOrCreate("new").status(), refusal("new"));
  EXPECT_EQ(disk.OpenDescriptors(), 1) << "the folder's";
  // What is there stays whose it is.
  EXPECT_TRUE(folder.OpenOrCreate("old").ok());
  EXPECT_TRUE(folder.OpenToWrite("old", Writes::kDirect).ok());
  EXPECT_TRUE(folder.OpenToRead("old").ok());
}

TEST_F(FileFaultsTest, DescriptorsAreClosedOnce) {
  {
    const Folder folder = OpenFolder();
    File file = folder.Create("b", Writes::kDirect).value();
    file = folder.Create("c", Writes::kDirect).value();
    const File moved = std::move(file);
    EXPECT_EQ(disk().OpenDescriptors(), 2);
  }
  EXPECT_EQ(disk().OpenDescriptors(), 0);
}

// ---- Durability ------------------------------------------------------------

TEST_F(FileFaultsTest, AFolderIsMadeDurably) {
  for (const char* path :
       {"b", "shop/c", "shop/d/", "/e", "/shop/f//", "./g", "shop//h"}) {
    ASSERT_TRUE(Folder::Make(disk(), path).ok()) << path;
    disk().Restart(Survival::kNothing);
    EXPECT_TRUE(disk().Exists(path));
  }
}

TEST_F(FileFaultsTest, AFolderThatIsNotSyncedIsAnError) {
  disk().FailCall(Call::kSyncFolder, 1, EIO);
  EXPECT_EQ(
      Folder::Make(disk(), "b"),
      absl::UnavailableError("cannot sync the folder .: Input/output error"));
  EXPECT_EQ(disk().OpenDescriptors(), 0);
}

TEST_F(FileFaultsTest, AFolderMadeHalfwayIsMadeDurableLater) {
  disk().FailCall(Call::kOpenFolder, 1, EIO);
  EXPECT_FALSE(Folder::Make(disk(), "b").ok());
  EXPECT_TRUE(Folder::Open(disk(), "b").value().SyncParent().ok());
  disk().Restart(Survival::kNothing);
  EXPECT_TRUE(disk().Exists("b"));
}

TEST_F(FileFaultsTest, AFolderInOneThatMayNotBeReadIsAnothersToMakeDurable) {
  const Folder folder = OpenFolder();
  disk().FailCall(Call::kOpenFolder, 1, EACCES);
  EXPECT_TRUE(folder.SyncParent().ok());
  disk().FailCall(Call::kSyncFolder, 1, EIO);
  EXPECT_FALSE(folder.SyncParent().ok());
}

TEST_F(FileFaultsTest, SyncMakesBytesDurableAndFolderSyncNames) {
  {
    const Folder folder = OpenFolder();
    const File file = folder.Create("b", Writes::kBuffered).value();
    EXPECT_TRUE(file.WriteAt(0, std::string_view("abc")).ok());
    EXPECT_TRUE(file.Sync().ok());
    EXPECT_THAT(disk().Image().files, testing::SizeIs(1));
    EXPECT_TRUE(folder.Sync().ok());
  }
  disk().Restart(Survival::kNothing);
  EXPECT_EQ(disk().Bytes("shop/b"), "abc");
}

TEST_F(FileFaultsTest, ASynchronousWriteIsDurableWhenItReturns) {
  for (const bool direct_writes : {true, false}) {
    SimulatedDisk own_disk(1, {.direct_writes = direct_writes});
    const Folder folder = Folder::Open(own_disk, "/").value();
    const File file = folder.Create("b", Writes::kSynchronous).value();
    EXPECT_TRUE(folder.Sync().ok());
    SectorBuffer buffer(kSectorBytes);
    buffer.data()[7] = 'x';
    // Short, so that it takes several calls.
    own_disk.ShortCall(Call::kWrite, 1, 1000);
    EXPECT_TRUE(file.WriteAt(kSectorBytes, buffer.first(kSectorBytes)).ok());
    const std::string bytes = own_disk.Image().files.at("/b");
    EXPECT_EQ(bytes.size(), 2 * kSectorBytes);
    EXPECT_EQ(bytes[kSectorBytes + 7], 'x');
  }
}

TEST_F(FileFaultsTest, WritesByDefaultAreNotDurable) {
  const SectorBuffer buffer(kSectorBytes);
  for (const Writes writes : {Writes::kDirect, Writes::kBuffered}) {
    const std::string name = std::to_string(static_cast<int>(writes));
    const File file = Create(name, writes);
    EXPECT_TRUE(OpenFolder().Sync().ok());
    EXPECT_TRUE(file.WriteAt(0, buffer.first(kSectorBytes)).ok());
    EXPECT_THAT(disk().Image().files.at("/shop/" + name), IsEmpty());
  }
}

}  // namespace
}  // namespace orderstore::io
