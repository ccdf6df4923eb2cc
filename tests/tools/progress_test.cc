// Long work tells how far it has come, on a terminal only.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"
#include "tools/terminal.h"

namespace orderstore {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

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
