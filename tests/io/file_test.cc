// What File and Folder do on every file system; on one that fails, see
// file_faults_test.cc.

#include "io/file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/file_systems.h"
#include "io/sector_buffer.h"

namespace orderstore::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Writes = Folder::Writes;

class FileTest : public EveryFileSystemTest {
 protected:
  FileTest() : folder_(OpenFolder()) {}

  const Folder& folder() const { return folder_; }

  void Put(const std::string& name, std::string_view bytes) {
    const File file = folder().Create(name, Writes::kBuffered).value();
    ASSERT_TRUE(file.WriteAt(0, bytes).ok());
  }
  std::string Get(const std::string& name) {
    const absl::StatusOr<File> file = folder().OpenToRead(name);
    if (!file.ok()) return file.status().ToString();
    return file->ReadAll(1'000'000).value();
  }

 private:
  Folder folder_;
};

INSTANTIATE_TEST_SUITE_P(, FileTest, kEveryFileSystem, NameOf);

absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }
template <typename T>
absl::StatusCode CodeOf(const absl::StatusOr<T>& result) {
  return result.status().code();
}

// ---- Files -----------------------------------------------------------------

TEST_P(FileTest, BytesReadAsTheyWereWritten) {
  for (const Writes writes :
       {Writes::kBuffered, Writes::kDirect, Writes::kSynchronous}) {
    SectorBuffer buffer(3 * kSectorBytes);
    for (size_t i = 0; i < buffer.size(); ++i) {
      buffer.data()[i] = static_cast<char>(i % 251);
    }
    const std::string name = std::to_string(static_cast<int>(writes));
    {
      const File file = folder().Create(name, writes).value();
      ASSERT_TRUE(file.WriteAt(0, buffer.first(2 * kSectorBytes)).ok());
      ASSERT_TRUE(file.WriteAt(kSectorBytes, buffer.first(buffer.size())).ok());
      ASSERT_TRUE(file.Sync().ok());
      EXPECT_EQ(file.Size().value(), int64_t{4 * kSectorBytes});
    }
    {
      const File file = folder().OpenToWrite(name, writes).value();
      ASSERT_TRUE(file.WriteAt(0, buffer.first(kSectorBytes)).ok());
    }
    const std::string_view all(buffer.data(), buffer.size());
    EXPECT_EQ(Get(name),
              std::string(all.substr(0, kSectorBytes)) += std::string(all));
  }
}

TEST_P(FileTest, BytesAreReadWhereTheyAre) {
  Put("a", "abcdef");
  const File file = folder().OpenToRead("a").value();
  std::string bytes(3, '?');
  EXPECT_TRUE(file.ReadAt(2, bytes).ok());
  EXPECT_EQ(bytes, "cde");
  EXPECT_TRUE(file.ReadAt(6, std::span<char>()).ok());
}

TEST_P(FileTest, ReadingPastTheEndIsOutOfRange) {
  Put("a", "abcdef");
  const File file = folder().OpenToRead("a").value();
  std::string bytes(3, '?');
  EXPECT_EQ(file.ReadAt(4, bytes),
            absl::OutOfRangeError(path() + "/a ends at 6"));
  EXPECT_EQ(file.ReadAt(10, bytes),
            absl::OutOfRangeError(path() + "/a ends at 10"));
}

TEST_P(FileTest, ReadAllHasABound) {
  Put("a", "abcdef");
  Put("empty", "");
  const File file = folder().OpenToRead("a").value();
  EXPECT_EQ(file.ReadAll(6).value(), "abcdef");
  EXPECT_EQ(
      file.ReadAll(5).status(),
      absl::ResourceExhaustedError(path() + "/a has 6 bytes, more than 5"));
  EXPECT_EQ(folder().OpenToRead("empty")->ReadAll(0).value(), "");
}

TEST_P(FileTest, AFileOutlivesItsFolder) {
  Put("a", "a");
  const auto open = [&] {
    const Folder folder = OpenFolder();
    return folder.OpenToRead("a").value();
  };
  const File file = open();
  EXPECT_EQ(file.ReadAll(1).value(), "a");
  EXPECT_EQ(file.path(), path() + "/a");
}

TEST_P(FileTest, AFileThatIsAssignedIsTheOther) {
  Put("a", "a");
  Put("b", "b");
  File file = folder().OpenToRead("a").value();
  file = folder().OpenToRead("b").value();
  EXPECT_EQ(file.ReadAll(1).value(), "b");
  const File moved = std::move(file);
  EXPECT_EQ(moved.ReadAll(1).value(), "b");
}

TEST_P(FileTest, ALockIsOfOneOpenFile) {
  const auto open = [&] { return folder().OpenOrCreate("lock").value(); };
  const File other = open();
  {
    const File first = open();
    EXPECT_TRUE(first.Lock().ok());
    EXPECT_TRUE(first.Lock().ok());
    EXPECT_EQ(other.Lock(),
              absl::FailedPreconditionError(path() + "/lock is locked"));
  }
  EXPECT_TRUE(other.Lock().ok());
  EXPECT_EQ(CodeOf(open().Lock()), absl::StatusCode::kFailedPrecondition);
}

// ---- Folders ---------------------------------------------------------------

TEST_P(FileTest, CreateRefusesATakenName) {
  Put("a", "a");
  ASSERT_TRUE(Folder::Make(file_system(), path() + "/inner").ok());
  for (const Writes writes :
       {Writes::kBuffered, Writes::kDirect, Writes::kSynchronous}) {
    const absl::Status status = folder().Create("a", writes).status();
    EXPECT_EQ(CodeOf(status), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(status.message(), HasSubstr(path() + "/a"));
    EXPECT_EQ(CodeOf(folder().Create("inner", writes)),
              absl::StatusCode::kAlreadyExists);
  }
  EXPECT_EQ(Get("a"), "a");
}

TEST_P(FileTest, OpeningDoesNotCreate) {
  for (const absl::Status& status :
       {folder().OpenToRead("a").status(),
        folder().OpenToWrite("a", Writes::kBuffered).status(),
        folder().OpenToWrite("a", Writes::kSynchronous).status()}) {
    EXPECT_EQ(status, absl::NotFoundError("cannot open " + path() +
                                          "/a: No such file or directory"));
  }
  EXPECT_THAT(folder().List().value(), IsEmpty());
}

TEST_P(FileTest, OpenOrCreateDoesEither) {
  for (const char* before : {"", "a"}) {
    const File file = folder().OpenOrCreate("a").value();
    EXPECT_EQ(file.ReadAll(10).value(), before);
    EXPECT_TRUE(file.WriteAt(0, std::string_view("a")).ok());
  }
}

TEST_P(FileTest, AListIsSorted) {
  EXPECT_THAT(folder().List().value(), IsEmpty());
  for (const char* name : {"b", "a", ".hidden", "c"}) Put(name, "");
  ASSERT_TRUE(Folder::Make(file_system(), path() + "/aa").ok());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(folder().List().value(),
                ElementsAre(".hidden", "a", "aa", "b", "c"));
  }
}

TEST_P(FileTest, ARenameReplaces) {
  Put("a", "a");
  Put("b", "b");
  EXPECT_TRUE(folder().Rename("a", "b").ok());
  EXPECT_THAT(folder().List().value(), ElementsAre("b"));
  EXPECT_EQ(Get("b"), "a");
  EXPECT_EQ(folder().Rename("a", "b"),
            absl::NotFoundError("cannot rename " + path() +
                                "/a: No such file or directory"));
  EXPECT_TRUE(folder().Sync().ok());
}

TEST_P(FileTest, ARemovedFileIsGone) {
  Put("a", "a");
  EXPECT_TRUE(folder().Remove("a").ok());
  EXPECT_THAT(folder().List().value(), IsEmpty());
  EXPECT_EQ(folder().Remove("a"),
            absl::NotFoundError("cannot remove " + path() +
                                "/a: No such file or directory"));
}

TEST_P(FileTest, MakeRefusesATakenPathAndAMissingParent) {
  const auto make = [&](const std::string& name) {
    return Folder::Make(file_system(), path() + "/" + name);
  };
  Put("file", "");
  EXPECT_TRUE(make("a").ok());
  EXPECT_TRUE(make("a/b").ok());
  EXPECT_TRUE(make("a/c/").ok());
  EXPECT_THAT(Folder::Open(file_system(), path() + "/a")->List().value(),
              ElementsAre("b", "c"));
  EXPECT_EQ(make("a"), absl::AlreadyExistsError("cannot make the folder " +
                                                path() + "/a: File exists"));
  EXPECT_EQ(CodeOf(make("file")), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(make("none/a")), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(make("file/a")), absl::StatusCode::kInvalidArgument);
}

TEST_P(FileTest, OnlyAFolderOpensAsOne) {
  Put("file", "");
  EXPECT_EQ(Folder::Open(file_system(), path() + "/file").status(),
            absl::InvalidArgumentError("cannot open the folder " + path() +
                                       "/file: Not a directory"));
  EXPECT_EQ(CodeOf(Folder::Open(file_system(), path() + "/none")),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(folder().path(), path());
}

TEST_P(FileTest, AFolderIsNoFile) {
  ASSERT_TRUE(Folder::Make(file_system(), path() + "/inner").ok());
  EXPECT_EQ(CodeOf(folder().OpenToWrite("inner", Writes::kBuffered)),
            absl::StatusCode::kUnavailable);
  const absl::StatusOr<File> opened = folder().OpenToRead("inner");
  ASSERT_TRUE(opened.ok());
  std::string byte(1, '?');
  EXPECT_EQ(opened->ReadAt(0, byte),
            absl::UnavailableError("cannot read at 0 of " + path() +
                                   "/inner: Is a directory"));
}

}  // namespace
}  // namespace orderstore::io
