// Long work tells how far it has come, on a terminal only.

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// A terminal that the command can write to.
class Terminal {
 public:
  Terminal() : descriptor_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (descriptor_ < 0 || grantpt(descriptor_) != 0 ||
        unlockpt(descriptor_) != 0) {
      return;
    }
    const char* const path = ptsname(descriptor_);
    if (path == nullptr) return;
    path_ = path;
    // Keeps what was written when the command has closed it.
    other_end_ = open(path, O_RDWR | O_NOCTTY);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    if (other_end_ >= 0) close(other_end_);
    if (descriptor_ >= 0) close(descriptor_);
  }

  // Empty: there are no terminals here.
  const std::string& path() const { return path_; }

  std::string Shown() const {
    std::string shown;
    std::array<char, 4096> bytes;
    for (ssize_t got; (got = read(descriptor_, bytes.data(), bytes.size())) > 0;
         shown.append(bytes.data(), static_cast<size_t>(got))) {
    }
    return shown;
  }

 private:
  const int descriptor_;
  int other_end_ = -1;
  std::string path_;
};

TEST(ProgressTest, ShowsRowsOnATerminalAndClearsTheLine) {
  const Terminal terminal;
  if (terminal.path().empty()) GTEST_SKIP() << "no terminals";
  const TestFolder folder;
  const Outcome outcome =
      RunCommand(folder, "generate --customers 300000 d 2>" + terminal.path());
  EXPECT_EQ(outcome.exit_code, 0);
  const std::string shown = terminal.Shown();
  EXPECT_THAT(shown, HasSubstr("\r"));
  EXPECT_THAT(shown, HasSubstr(" rows written\x1b[K"));
  EXPECT_THAT(shown, EndsWith("\r\x1b[K"));
}

TEST(ProgressTest, ShowsNothingElsewhere) {
  const TestFolder folder;
  EXPECT_EQ(RunCommand(folder, "generate --customers 300000 d").err, "");
}

}  // namespace
}  // namespace orderstore
