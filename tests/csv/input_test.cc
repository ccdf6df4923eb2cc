#include "csv/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::HasSubstr;

class InputTest : public testing::Test {
 protected:
  std::string Load(const std::string& path) {
    absl::StatusOr<Input> input = Input::Open(path);
    EXPECT_TRUE(input.ok()) << input.status();
    EXPECT_TRUE(input->Load().ok());
    return std::string(input->text());
  }

  TestFolder folder_;
};

TEST_F(InputTest, AFileIsReadWhole) {
  EXPECT_EQ(Load(folder_.Put("empty", "")), "");
  EXPECT_EQ(Load(folder_.Put("small", "a,b\n")), "a,b\n");
  for (const size_t size : {65535u, 65536u, 65537u, 5u << 20}) {
    std::string text(size, 'x');
    text.back() = 'y';
    EXPECT_EQ(Load(folder_.Put("large", text)), text) << size;
  }
}

TEST_F(InputTest, APipeIsReadToItsEnd) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string text(300'000, 'p');
  std::thread writer([&] { folder_.Put("pipe", text); });
  EXPECT_EQ(Load(path), text);
  writer.join();
}

TEST_F(InputTest, TheTextMovesWithTheInput) {
  absl::StatusOr<Input> input = Input::Open(folder_.Put("file", "abc"));
  ASSERT_TRUE(input->Load().ok());
  const std::string_view text = input->text();
  Input moved = *std::move(input);
  EXPECT_EQ(moved.text().data(), text.data());
  Input other = Input::FromText("name", "x");
  other = std::move(moved);
  EXPECT_EQ(other.text(), "abc");
  EXPECT_TRUE(other.Load().ok());
  EXPECT_EQ(other.text(), "abc");
}

TEST_F(InputTest, TextInMemoryIsAnInput) {
  Input input = Input::FromText("orders", "a,b\n");
  EXPECT_TRUE(input.Load().ok());
  EXPECT_EQ(input.text(), "a,b\n");
  EXPECT_EQ(input.name(), "orders");
  EXPECT_FALSE(input.identity().has_value());
}

TEST_F(InputTest, StandardInputIsAnInput) {
  const std::string path = folder_.Put("file", "a,b\n");
  const int saved = dup(STDIN_FILENO);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  dup2(file, STDIN_FILENO);
  close(file);
  absl::StatusOr<Input> input = Input::OpenStandardInput();
  dup2(saved, STDIN_FILENO);
  close(saved);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->name(), "-");
  EXPECT_EQ(input->identity(), IdentityOf(path));
  EXPECT_TRUE(input->Load().ok());
  EXPECT_EQ(input->text(), "a,b\n");
}

TEST_F(InputTest, AFileIsReadAsItWasOpenedWhateverItsNameLeadsToNow) {
  const std::string path = folder_.Put("file", "old");
  absl::StatusOr<Input> input = Input::Open(path);
  std::filesystem::rename(folder_.Put("new", "newer"), path);
  EXPECT_TRUE(input->Load().ok());
  EXPECT_EQ(input->text(), "old");
}

// ---- Errors ----

TEST_F(InputTest, AMissingFileIsNotFound) {
  const absl::Status status = Input::Open(folder_ / "no\nsuch").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no\\x0asuch: No such file or directory"));
}

TEST_F(InputTest, AFolderIsNoInput) {
  const absl::Status status = Input::Open(folder_.path().string()).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("Is a directory"));
}

TEST_F(InputTest, AFileThatGrowsOrShrinksMeanwhileIsAborted) {
  for (const std::string text : {"order_id,customer_id\n1,10\n2", "order"}) {
    const std::string path = folder_.Put("orders", "order_id,customer_id\n");
    absl::StatusOr<Input> input = Input::Open(path);
    folder_.Put("orders", text);
    const absl::Status status = input->Load();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(
        std::string(status.message()),
        HasSubstr("orders was written to while it was read: it had 21 bytes "
                  "and has " +
                  std::to_string(text.size()) +
                  "; try again when it is complete"));
  }
}

TEST_F(InputTest, AFileRewrittenMeanwhileWithoutAnotherSizeIsAborted) {
  const std::string path = folder_.Put("orders", "order_id,customer_id\n");
  absl::StatusOr<Input> input = Input::Open(path);
  const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 0},
                             {.tv_sec = 1, .tv_nsec = 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_EQ(input->Load().code(), absl::StatusCode::kAborted);
}

TEST_F(InputTest, AReadThatFailsIsAnError) {
  // Reading the memory of this process at address 0.
  absl::StatusOr<Input> input = Input::Open("/proc/self/mem");
  ASSERT_TRUE(input.ok()) << input.status();
  const absl::Status status = input->Load();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cannot read /proc/self/mem: Input/output error"));
}

}  // namespace
}  // namespace orderstore::csv
