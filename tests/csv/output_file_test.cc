#include "csv/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OutputFileTest : public testing::Test {
 protected:
  static OutputFile Create(const std::string& path) {
    absl::StatusOr<OutputFile> file = OutputFile::Create(path);
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }

  static void Write(const std::string& path, std::string_view text) {
    OutputFile file = Create(path);
    file.Append(text);
    EXPECT_TRUE(file.Publish().ok()) << file.status();
  }

  TestFolder folder_;
};

TEST_F(OutputFileTest, NothingIsThereBeforeItIsPublished) {
  OutputFile file = Create(folder_ / "out");
  file.Append(std::string(1 << 20, 'x'));
  EXPECT_FALSE(folder_.Has("out"));
  EXPECT_TRUE(file.Publish().ok());
  EXPECT_EQ(folder_.Get("out"), std::string(1 << 20, 'x'));
  EXPECT_THAT(folder_.Names(), ElementsAre("out"));
}

TEST_F(OutputFileTest, AFileNeverPublishedLeavesNothing) {
  { Create(folder_ / "out").Append("text"); }
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

TEST_F(OutputFileTest, TheOldFileStaysUntilThen) {
  folder_.Put("out", "old");
  {
    OutputFile file = Create(folder_ / "out");
    file.Append("half");
  }
  EXPECT_EQ(folder_.Get("out"), "old");
  Write(folder_ / "out", "new");
  EXPECT_EQ(folder_.Get("out"), "new");
}

TEST_F(OutputFileTest, ManySmallAndLargePiecesKeepTheirOrder) {
  std::string expected;
  OutputFile file = Create(folder_ / "out");
  for (int i = 0; i < 5000; ++i) {
    const std::string piece(
        static_cast<size_t>(i % 150 == 0 ? 300'000 : i % 90),
        static_cast<char>('a' + i % 26));
    file.Append(piece);
    expected += piece;
  }
  ASSERT_TRUE(file.Publish().ok());
  EXPECT_EQ(folder_.Get("out"), expected);
}

TEST_F(OutputFileTest, OnlyTheOwnerMayReadIt) {
  Write(folder_ / "out", "x");
  struct stat file;
  ASSERT_EQ(stat((folder_ / "out").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(OutputFileTest, ASymbolicLinkStaysAndItsFileIsReplaced) {
  folder_.Put("file", "old");
  ASSERT_EQ(symlink("file", (folder_ / "link").c_str()), 0);
  Write(folder_ / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(folder_.Get("file"), "new");
}

TEST_F(OutputFileTest, TheTemporaryIsBesideTheFileThatALinkLeadsTo) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_ / "links"));
  folder_.Put("file", "old");
  ASSERT_EQ(
      symlink((folder_ / "file").c_str(), (folder_ / "links/link").c_str()), 0);
  OutputFile file = Create(folder_ / "links/link");
  std::filesystem::remove_all(folder_ / "links");
  file.Append("new");
  EXPECT_TRUE(file.Publish().ok()) << file.status();
  EXPECT_EQ(folder_.Get("file"), "new");
}

TEST_F(OutputFileTest, ASymbolicLinkToNoFileStaysAndItsFileIsMade) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_ / "sub"));
  ASSERT_EQ(symlink("sub/file", (folder_ / "link").c_str()), 0);
  Write(folder_ / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(folder_.Get("sub/file"), "new");
}

TEST_F(OutputFileTest, ADeviceIsWrittenToAndNotReplaced) {
  Write("/dev/null", "text");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, APipeIsWrittenTo) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = folder_.Get("pipe"); });
  Write(path, "through the pipe");
  reader.join();
  EXPECT_EQ(got, "through the pipe");
}

TEST_F(OutputFileTest, MovingKeepsWhatIsWritten) {
  OutputFile file = Create(folder_ / "out");
  file.Append("a");
  OutputFile moved = std::move(file);
  moved.Append("b");
  EXPECT_TRUE(moved.Publish().ok());
  EXPECT_EQ(folder_.Get("out"), "ab");
}

// ---- Errors ----

TEST_F(OutputFileTest, AMissingFolderIsNotFound) {
  const absl::Status status = OutputFile::Create(folder_ / "no/out").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot write "));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("No such file or directory"));
}

TEST_F(OutputFileTest, AFolderIsNoFile) {
  for (const std::string& path :
       {folder_.path().string(), folder_ / "new/", std::string()}) {
    EXPECT_THAT(std::string(OutputFile::Create(path).status().message()),
                HasSubstr("Is a directory"))
        << path;
  }
}

TEST_F(OutputFileTest, LinksInACircleAreNoFile) {
  ASSERT_EQ(symlink("b", (folder_ / "a").c_str()), 0);
  ASSERT_EQ(symlink("a", (folder_ / "b").c_str()), 0);
  EXPECT_THAT(std::string(OutputFile::Create(folder_ / "a").status().message()),
              HasSubstr("Too many levels of symbolic links"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "a"));
}

TEST_F(OutputFileTest, AFullDiskIsToldAndNothingGoesOn) {
  OutputFile file = Create("/dev/full");
  file.Append(std::string(1 << 20, 'x'));
  EXPECT_EQ(file.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(file.status().message()),
              HasSubstr("cannot write /dev/full: No space left on device"));
  file.Append("more");
  EXPECT_EQ(file.Publish().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(OutputFileTest, FlushShowsAFullDiskBeforePublishing) {
  OutputFile file = Create("/dev/full");
  file.Append("small");
  EXPECT_TRUE(file.status().ok());
  EXPECT_EQ(file.Flush().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(OutputFileTest, AFolderThatGoesAwayIsToldWhenPublishing) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_ / "sub"));
  OutputFile file = Create(folder_ / "sub/out");
  ASSERT_TRUE(std::filesystem::remove(folder_ / "sub"));
  EXPECT_EQ(file.Publish().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace orderstore::csv
