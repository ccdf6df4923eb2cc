// What only the kernel's files can show: links, permissions, other processes.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/file.h"
#include "io/file_system.h"

namespace orderstore::io {
namespace {

using testing::ElementsAre;
using Writes = Folder::Writes;

class PosixTest : public testing::Test {
 protected:
  Folder OpenFolder() {
    return Folder::Open(Posix(), top_.path().string()).value();
  }
  const TestFolder& top() const { return top_; }

  mode_t Permissions(const std::string& name) const {
    return StatusOf(name).st_mode & 07777;
  }
  std::pair<uid_t, gid_t> OwnerOf(const std::string& name) const {
    return {StatusOf(name).st_uid, StatusOf(name).st_gid};
  }
  // False: this process is not root's, or its root may not.
  bool RootGivesFolder(uid_t user, gid_t group) const {
    return ::geteuid() == 0 && ::chown(top_.path().c_str(), user, group) == 0;
  }

 private:
  struct stat StatusOf(const std::string& name) const {
    struct stat found = {};
    EXPECT_EQ(::lstat((top_ / name).c_str(), &found), 0);
    return found;
  }

  TestFolder top_;
};

// Sets the mask of permissions as long as it lives.
class Mask {
 public:
  explicit Mask(mode_t mask) : before_(::umask(mask)) {}
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;
  ~Mask() { ::umask(before_); }

 private:
  const mode_t before_;
};

TEST_F(PosixTest, NoFileIsOpenedThroughALink) {
  top().Put("target", "secret");
  ::symlink("target", (top() / "link").c_str());
  ::symlink("none", (top() / "dangling").c_str());
  const Folder folder = OpenFolder();
  for (const char* name : {"link", "dangling"}) {
    for (const absl::Status& status :
         {folder.OpenToRead(name).status(),
          folder.OpenToWrite(name, Writes::kBuffered).status(),
          folder.OpenToWrite(name, Writes::kSynchronous).status(),
          folder.OpenOrCreate(name).status()}) {
      EXPECT_EQ(status, absl::InvalidArgumentError(
                            "cannot open " + (top() / name) +
                            ": Too many levels of symbolic links"));
    }
    EXPECT_TRUE(
        absl::IsAlreadyExists(folder.Create(name, Writes::kDirect).status()));
  }
  EXPECT_FALSE(top().Has("none"));
}

TEST_F(PosixTest, OnlyTheOwnerMayUseFilesAndFolders) {
  const Mask mask(0);
  ASSERT_TRUE(Folder::Make(Posix(), top() / "inner").ok());
  EXPECT_EQ(Permissions("inner"), mode_t{0700});
  const Folder folder = OpenFolder();
  for (const Writes writes :
       {Writes::kBuffered, Writes::kDirect, Writes::kSynchronous}) {
    const std::string name = std::to_string(static_cast<int>(writes));
    ASSERT_TRUE(folder.Create(name, writes).ok());
    EXPECT_EQ(Permissions(name), mode_t{0600});
  }
  ASSERT_TRUE(folder.OpenOrCreate("lock").ok());
  EXPECT_EQ(Permissions("lock"), mode_t{0600});
}

TEST_F(PosixTest, WhatRootMakesIsTheFoldersOwners) {
  constexpr uid_t kUser = 65533;
  constexpr gid_t kGroup = 65533;
  top().Put("old", "root's");
  ASSERT_EQ(::link((top() / "old").c_str(), (top() / "link").c_str()), 0);
  if (!RootGivesFolder(kUser, kGroup)) GTEST_SKIP() << "nobody is root here";
  const Folder folder = OpenFolder();
  for (const Writes writes :
       {Writes::kBuffered, Writes::kDirect, Writes::kSynchronous}) {
    const std::string name = std::to_string(static_cast<int>(writes));
    ASSERT_TRUE(folder.Create(name, writes).ok());
    EXPECT_EQ(OwnerOf(name), std::pair(kUser, kGroup));
  }
  ASSERT_TRUE(folder.OpenOrCreate("lock").ok());
  EXPECT_EQ(OwnerOf("lock"), std::pair(kUser, kGroup));
  // Who owns the folder must not get a file of root's by a link to it.
  ASSERT_TRUE(folder.OpenOrCreate("link").ok());
  EXPECT_EQ(OwnerOf("old"), std::pair(uid_t{0}, ::getegid()));
}

TEST_F(PosixTest, AGroupThatHasTheFolderGetsItsFiles) {
  constexpr gid_t kGroup = 65533;
  if (!RootGivesFolder(0, kGroup)) GTEST_SKIP() << "nobody is root here";
  ASSERT_TRUE(OpenFolder().OpenOrCreate("lock").ok());
  EXPECT_EQ(OwnerOf("lock"), std::pair(uid_t{0}, kGroup));
}

TEST_F(PosixTest, WhoIsNotKnownHereGetsNothing) {
  constexpr uid_t kOverflow = 65534;
  if (!RootGivesFolder(kOverflow, 65533)) GTEST_SKIP() << "nobody is root here";
  ASSERT_TRUE(OpenFolder().OpenOrCreate("lock").ok());
  EXPECT_EQ(OwnerOf("lock"), std::pair(uid_t{0}, ::getegid()));
}

TEST_F(PosixTest, DescriptorsAreNotInherited) {
  const int folder = Posix().OpenFolder(top().path());
  const int file = Posix().Open(folder, "a", O_RDWR | O_CREAT);
  for (const int descriptor : {folder, file}) {
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    Posix().Close(descriptor);
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
  }
}

TEST_F(PosixTest, AFolderIsTheSameOneUnderAnotherName) {
  ASSERT_TRUE(Folder::Make(Posix(), top() / "old").ok());
  const Folder folder = Folder::Open(Posix(), top() / "old").value();
  std::filesystem::rename(top() / "old", top() / "now");
  EXPECT_TRUE(folder.Create("a", Writes::kBuffered).ok());
  EXPECT_TRUE(folder.Rename("a", "b").ok());
  EXPECT_TRUE(top().Has("now/b"));
  EXPECT_THAT(folder.List().value(), ElementsAre("b"));
}

TEST_F(PosixTest, AFileTellsWhenItWasWritten) {
  top().Put("a", "x");
  const auto set_time = [this](time_t seconds, long nanoseconds) {
    const timespec times[2] = {{0, 0}, {seconds, nanoseconds}};
    return ::utimensat(AT_FDCWD, (top() / "a").c_str(), times, 0) == 0;
  };
  const File file = OpenFolder().OpenToRead("a").value();
  ASSERT_TRUE(set_time(1'700'000'000, 123'456'789));
  EXPECT_EQ(file.ModifiedTime().value(), 1'700'000'000'123'456);
  // Some file systems have no such times.
  if (set_time(-5, 999'999'999)) {
    EXPECT_EQ(file.ModifiedTime().value(), 0);
  }
  if (set_time(std::numeric_limits<time_t>::max(), 999'999'999)) {
    EXPECT_GT(file.ModifiedTime().value(), 1'700'000'000'123'456);
  }
}

TEST_F(PosixTest, APipeIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo((top() / "pipe").c_str(), 0600), 0);
  const Folder folder = OpenFolder();
  EXPECT_FALSE(folder.OpenToWrite("pipe", Writes::kBuffered).ok());
  const absl::StatusOr<File> file = folder.OpenToRead("pipe");
  std::string byte = "?";
  EXPECT_FALSE(file.ok() && file->ReadAt(0, byte).ok());
}

}  // namespace
}  // namespace orderstore::io
