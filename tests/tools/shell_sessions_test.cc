// `orderstore shell`, several sessions at a time. Replies put the steps in
// order; nothing depends on how long something takes.

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"
#include "tools/shell_process.h"

namespace orderstore {
namespace {

using testing::MatchesRegex;
using testing::StartsWith;

class ShellSessionsTest : public testing::Test {
 protected:
  const TestFolder folder_;
  ShellProcess shell_{{"shop"}, folder_};
};

TEST_F(ShellSessionsTest, EachHasATransactionOfItsOwn) {
  EXPECT_EQ(shell_.Ask("begin", "a"), "ok\n");
  EXPECT_EQ(shell_.Ask("barcode A", "a"), "ok 1\n");
  EXPECT_EQ(shell_.Ask("dump"), "ok 0\n");
  EXPECT_EQ(shell_.Ask("dump", "b"), "ok 0\n");
  EXPECT_EQ(shell_.Ask("dump", "a"), "barcode A - unused\nok 1\n");
  EXPECT_THAT(shell_.Ask("commit", "b"), StartsWith("error no-transaction"));
  EXPECT_EQ(shell_.Ask("commit", "a"), "committed 1\n");
  EXPECT_EQ(shell_.Ask("dump", "b"), "barcode A - unused\nok 1\n");
}

TEST_F(ShellSessionsTest, OneThatWaitsForTheWriterDoesNotHoldUpTheOthers) {
  EXPECT_EQ(shell_.Ask("begin", "a"), "ok\n");
  EXPECT_EQ(shell_.Ask("barcode A", "a"), "ok 1\n");
  shell_.Send("b: begin");
  shell_.Send("b: unassigned");
  shell_.Send("begin");
  shell_.Send("barcode B");
  shell_.Send("commit");
  EXPECT_EQ(shell_.Ask("dump", "c"), "ok 0\n");
  EXPECT_EQ(shell_.Ask("barcode C", "a"), "ok 2\n");
  EXPECT_EQ(shell_.Ask("commit", "a"), "committed 1\n");
  // Now b and the session without a name, one after the other.
  EXPECT_EQ(shell_.Ask("stats", "c").substr(0, 3), "lsn");
  const std::string begun = shell_.Reply("b");
  EXPECT_EQ(begun, "ok\n");
  EXPECT_THAT(shell_.Reply("b"), MatchesRegex("A\nC\n(B\n)?ok [23]\n"));
  EXPECT_EQ(shell_.Ask("commit", "b").substr(0, 10), "committed ");
  EXPECT_EQ(shell_.Reply(), "ok\n");
  EXPECT_EQ(shell_.Reply(), "ok 3\n");
  EXPECT_EQ(shell_.Reply(), "committed 2\n");
}

TEST_F(ShellSessionsTest, WhoWaitsTooLongIsToldBusyAndCanGoOn) {
  EXPECT_EQ(shell_.Ask("begin", "a"), "ok\n");
  EXPECT_EQ(shell_.Ask("barcode A", "a"), "ok 1\n");
  shell_.Send("b: begin");
  shell_.Send("c: barcode C");
  shell_.Send("d: check");
  EXPECT_THAT(shell_.Reply("b"), StartsWith("error busy "));
  EXPECT_THAT(shell_.Reply("c"), StartsWith("error busy "));
  EXPECT_THAT(shell_.Reply("d"), StartsWith("error busy "));
  EXPECT_EQ(shell_.Ask("commit", "a"), "committed 1\n");
  EXPECT_EQ(shell_.Ask("barcode C", "c"), "committed 2 2\n");
  EXPECT_EQ(shell_.Ask("begin", "b"), "ok\n");
  EXPECT_EQ(shell_.Ask("rollback", "b"), "ok\n");
  EXPECT_EQ(shell_.Ask("check", "d"), "ok\n");
}

TEST_F(ShellSessionsTest, AReadViewStaysWhereItIs) {
  EXPECT_EQ(shell_.Ask("barcode A"), "committed 1 1\n");
  EXPECT_EQ(shell_.Ask("begin read", "r"), "ok\n");
  EXPECT_EQ(shell_.Ask("remove barcode A"), "committed 2\n");
  EXPECT_EQ(shell_.Ask("barcode B"), "committed 3 2\n");
  EXPECT_EQ(shell_.Ask("unused", "r"), "A\nok 1\n");
  EXPECT_EQ(shell_.Ask("commit", "r"), "ok\n");
  EXPECT_EQ(shell_.Ask("unused", "r"), "B\nok 1\n");
}

TEST_F(ShellSessionsTest, AnAsyncCommitThatWasToldIsSeenByAll) {
  for (int i = 1; i <= 50; ++i) {
    const std::string n = std::to_string(i);
    shell_.Send("a: begin\na: barcode " + n);
    EXPECT_EQ(shell_.Reply("a"), "ok\n");
    EXPECT_EQ(shell_.Reply("a"), "ok " + n + "\n");
    EXPECT_EQ(shell_.Ask("commit async", "a"), "committed " + n + "\n");
    EXPECT_EQ(shell_.Ask("unassigned 0", "b"), "ok " + n + "\n");
  }
}

TEST_F(ShellSessionsTest, EveryLineHasTheSessionsName) {
  shell_.Send("some-Name_1: help");
  shell_.Send("some-Name_1: nonsense");
  shell_.Send("some-Name_1: barcode \"");
  const std::string rest = shell_.Rest();
  size_t lines = 0;
  for (size_t at = 0; at < rest.size(); at = rest.find('\n', at) + 1) {
    EXPECT_EQ(rest.substr(at, 13), "some-Name_1: ");
    ++lines;
  }
  EXPECT_GT(lines, 25u);
}

TEST_F(ShellSessionsTest, QuitAnswersWhatWasReadBeforeAndComesLast) {
  EXPECT_EQ(shell_.Ask("begin", "a"), "ok\n");
  EXPECT_EQ(shell_.Ask("barcode A", "a"), "ok 1\n");
  shell_.Send("b: barcode B");
  shell_.Send("b: dump");
  shell_.Send("c: quit");
  shell_.Send("b: barcode never");
  // a rolls back, so that b need not wait for long.
  EXPECT_EQ(shell_.Rest(),
            "b: committed 1 1\nb: barcode B - unused\nb: ok 1\nc: ok\n");
  EXPECT_EQ(shell_.ExitCode(), 0);
  EXPECT_EQ(RunScript(folder_, "echo dump | \"$ORDERSTORE\" shell shop").out,
            "barcode B - unused\nok 1\n");
}

TEST_F(ShellSessionsTest, TheEndOfInputAnswersWhatWasReadBefore) {
  EXPECT_EQ(shell_.Ask("begin", "a"), "ok\n");
  shell_.Send("b: begin\nb: barcode B\nb: commit");
  shell_.Send("d: begin\nd: barcode D");
  const std::string rest = shell_.Rest();
  EXPECT_THAT(rest, StartsWith("b: ok\nb: ok "));
  EXPECT_THAT(rest, testing::HasSubstr("\nb: committed 1\n"));
  EXPECT_THAT(rest, testing::HasSubstr("\nd: ok\nd: ok "));
  EXPECT_EQ(shell_.ExitCode(), 0);
}

TEST_F(ShellSessionsTest, ManySessionsCommitAtTheSameTime) {
  constexpr int kSessions = 64;
  constexpr int kCommits = 10;
  for (int i = 0; i < kCommits; ++i) {
    for (int s = 0; s < kSessions; ++s) {
      const std::string n = std::to_string(s);
      shell_.Send("s" + n + ": barcode " + n + "-" + std::to_string(i));
    }
  }
  std::set<std::string> replies;
  for (int i = 0; i < kCommits; ++i) {
    for (int s = 0; s < kSessions; ++s) {
      const std::string reply = shell_.Reply("s" + std::to_string(s));
      EXPECT_THAT(reply, StartsWith("committed "));
      replies.insert(reply);
    }
  }
  EXPECT_EQ(replies.size(), size_t{kSessions * kCommits});
  EXPECT_EQ(shell_.Ask("unassigned 0"), "ok 640\n");
  EXPECT_EQ(shell_.Ask("check"), "ok\n");
}

TEST_F(ShellSessionsTest, ALongScriptOfASessionThatWaitsIsReadOn) {
  EXPECT_EQ(shell_.Ask("begin", "a"), "ok\n");
  shell_.Send("b: begin");
  std::string script;
  for (int i = 0; i < 5000; ++i) script += "b: top\n";
  shell_.Write(script);
  EXPECT_EQ(shell_.Ask("rollback", "a"), "ok\n");
  for (int i = 0; i < 5001; ++i) ASSERT_EQ(shell_.Reply("b"), "ok\n");
}

}  // namespace
}  // namespace orderstore
