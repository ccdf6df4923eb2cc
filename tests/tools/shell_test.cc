// `orderstore shell`, one session: scripts and the replies to them.

#include <csignal>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus_reading.h"
#include "tools/command.h"
#include "tools/shell_process.h"

namespace orderstore {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// Runs the script in a store in memory, or in the folder `arguments` names.
class ShellTest : public testing::Test {
 protected:
  Outcome Run(std::string_view script, const std::string& arguments = "") {
    folder_.Put("script", script);
    return RunCommand(folder_, "shell " + arguments + " < script");
  }

  // What each command of the script is answered.
  std::string Replies(std::string_view script) {
    const Outcome outcome = Run(script);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  const TestFolder folder_;
};

// ---- Writes ----

TEST_F(ShellTest, WritesOutsideATransactionCommitThemselves) {
  EXPECT_EQ(Replies("customer - ann@x Ann\n"
                    "customer 7 bob@x Bob\n"
                    "order - 7\n"
                    "order 5 1\n"
                    "barcode A\n"
                    "barcode B\n"
                    "barcode C 5\n"
                    "assign A 5\n"
                    "take 1 1\n"
                    "redeem A\n"
                    "unredeem A\n"
                    "remove barcode C\n"),
            "committed 1 1\n"
            "committed 2 7\n"
            "committed 3 1\n"
            "committed 4 5\n"
            "committed 5 1\n"
            "committed 6 2\n"
            "committed 7 3\n"
            "committed 8\n"
            "B\ncommitted 9 1\n"
            "committed 10\n"
            "committed 11\n"
            "committed 12\n");
}

TEST_F(ShellTest, WritesInATransactionAreAcceptedAndCommittedTogether) {
  EXPECT_EQ(Replies("begin\n"
                    "customer - ann@x Ann\n"
                    "order - 1\n"
                    "barcode A\n"
                    "barcode B\n"
                    "take 2 1\n"
                    "redeem A\n"
                    "commit\n"
                    "dump\n"),
            "ok\nok 1\nok 1\nok 1\nok 2\nA\nB\nok 2\nok\ncommitted 1\n"
            "customer 1 ann@x Ann\n"
            "order 1 1\n"
            "barcode A 1 used\n"
            "barcode B 1 unused\n"
            "ok 4\n");
}

TEST_F(ShellTest, ACustomerThatExistsIsChanged) {
  EXPECT_EQ(Replies("customer 1 ann@x Ann\n"
                    "customer 1 anne@x Anne\n"
                    "find ann@x\n"
                    "find anne@x\n"),
            "committed 1 1\ncommitted 2 1\n"
            "error missing there is no customer ann@x\n"
            "customer 1 anne@x Anne\nok\n");
}

TEST_F(ShellTest, UnredeemingAnUnusedBarcodeChangesNothing) {
  EXPECT_EQ(Replies("barcode A\nunredeem A\nbegin\nunredeem A\ncommit\n"),
            "committed 1 1\ncommitted 1\nok\nok\ncommitted 1\n");
}

// ---- Error codes ----

TEST_F(ShellTest, EveryErrorOfRowsHasItsCode) {
  const Outcome outcome =
      Run("customer 1 ann@x Ann\norder 1 1\nbarcode A 1\nbarcode B\n"
          "redeem A\n"
          "customer - ann@x Eve\n"       // exists
          "customer 2 ann@x Eve\n"       // exists
          "order 1 1\n"                  // exists
          "barcode A\n"                  // exists
          "order 2 9\n"                  // missing
          "barcode C 9\n"                // missing
          "assign X 1\n"                 // missing
          "assign B 9\n"                 // missing
          "take 2 1\n"                   // missing
          "take 1 9\n"                   // missing
          "redeem X\n"                   // missing
          "unredeem X\n"                 // missing
          "remove customer 9\n"          // missing
          "remove order 9\n"             // missing
          "remove barcode X\n"           // missing
          "show customer 9\n"            // missing
          "show order 9\n"               // missing
          "show barcode X\n"             // missing
          "find eve@x\n"                 // missing
          "assign A 1\n"                 // in-use
          "remove customer 1\n"          // in-use
          "remove order 1\n"             // in-use
          "redeem A\n"                   // used
          "redeem B\n"                   // invalid
          "customer 0 e@x E\n"           // invalid
          "customer 2147483648 e@x E\n"  // invalid
          "customer x e@x E\n"           // invalid
          "customer - \"\" E\n"          // invalid
          "order - x\n"                  // invalid
          "barcode \"\"\n"               // invalid
          "barcode \"\\xff\"\n"          // invalid
          "barcode C x\n"                // invalid
          "take -1 1\n"                  // invalid
          "top x\n"                      // invalid
          "snapshot\n"                   // invalid: in memory
          "commit\n"                     // no-transaction
          "rollback\n"                   // no-transaction
          "dump\n");
  std::string codes;
  std::string rest = outcome.out;
  for (size_t at = 0; (at = rest.find("error ", at)) != rest.npos; at += 6) {
    codes += rest.substr(at + 6, rest.find_first_of(" \n", at + 6) - at - 6);
    codes += '\n';
  }
  std::string wanted;
  for (const auto& [code, count] :
       {std::pair("exists", 4), std::pair("missing", 15),
        std::pair("in-use", 3), std::pair("used", 1), std::pair("invalid", 12),
        std::pair("no-transaction", 2)}) {
    for (int i = 0; i < count; ++i) wanted += std::string(code) + "\n";
  }
  EXPECT_EQ(codes, wanted) << outcome.out;
  EXPECT_THAT(outcome.out, EndsWith("customer 1 ann@x Ann\n"
                                    "order 1 1\n"
                                    "barcode A 1 used\n"
                                    "barcode B - unused\n"
                                    "ok 4\n"));
}

TEST_F(ShellTest, WhatExistsIsToldAsTheStoreHasIt) {
  EXPECT_EQ(Replies("customer 1 ann@x \"Ann Bee\"\n"
                    "customer 2 bob@x Bob\n"
                    "order 7 1\n"
                    "barcode A 7\n"
                    "redeem A\n"
                    "customer - ann@x Eve\n"
                    "customer 2 ann@x Eve\n"
                    "order 7 2\n"
                    "barcode A\n"),
            "committed 1 1\ncommitted 2 2\ncommitted 3 7\ncommitted 4 1\n"
            "committed 5\n"
            "error exists email 'ann@x' is taken by customer 1; there is "
            "customer 1 ann@x \"Ann Bee\"\n"
            "error exists email 'ann@x' is taken by customer 1; there is "
            "customer 1 ann@x \"Ann Bee\"\n"
            "error exists order 7 is taken by another row; there is order "
            "7 1\n"
            "error exists barcode 'A' is taken by barcode 1; there is "
            "barcode A 7 used\n");
}

TEST_F(ShellTest, WhatIsNoCommandIsASyntaxError) {
  const Outcome outcome =
      Run("frobnicate\nBEGIN\ncustomer 1 ann@x\ncustomer 1 ann@x Ann Bee\n"
          "begin write\ncommit later\nbarcodes 1 new\ndump all\nshow row 1\n"
          "remove row 1\nquit now\nhelp frobnicate\n\"begin\nbarcode a\"b\n"
          "barcode a\\b\nbarcode \"a\"b\nbarcode \"\\q\"\nbarcode \"\\x4\"\n"
          "a:begin\n: begin\n");
  std::string out = outcome.out;
  int errors = 0;
  while (!out.empty()) {
    EXPECT_THAT(out, StartsWith("error syntax "));
    out.erase(0, out.find('\n') + 1);
    ++errors;
  }
  EXPECT_EQ(errors, 20);
  EXPECT_THAT(outcome.out,
              HasSubstr("it is written: customer ID EMAIL NAME\n"));
}

TEST_F(ShellTest, AUsedBarcodeTellsSinceWhen) {
  EXPECT_THAT(
      Replies("customer 1 a@x A\norder 1 1\nbarcode \"A B\" 1\n"
              "redeem \"A B\"\nredeem \"A B\"\n"),
      testing::ContainsRegex(
          "\nerror used \"A B\" was redeemed at "
          "20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:]{8}\\.[0-9]{6}Z\n$"));
}

TEST_F(ShellTest, AFailedCommandLeavesTheTransactionAsItWas) {
  EXPECT_THAT(Replies("begin\ncustomer 1 a@x A\norder 1 1\nbarcode A\n"
                      "take 2 1\norder 1 1\nbegin\nnonsense\nassign A 1\n"
                      "commit\ndump\n"),
              EndsWith("\nok\ncommitted 1\ncustomer 1 a@x A\norder 1 1\n"
                       "barcode A 1 unused\nok 3\n"));
}

// ---- Transactions and views ----

TEST_F(ShellTest, ARollbackUndoes) {
  EXPECT_EQ(Replies("begin\nbarcode A\nrollback\ndump\nbarcode B\n"),
            "ok\nok 1\nok\nok 0\ncommitted 1 1\n");
}

TEST_F(ShellTest, ATransactionWithoutChangesKeepsTheLsn) {
  EXPECT_EQ(Replies("barcode A\nbegin\ncommit\nbegin\ncommit async\n"
                    "begin\nbarcode A\ncommit sync\n"),
            "committed 1 1\nok\ncommitted 1\nok\ncommitted 1\n"
            "ok\nerror exists barcode 'A' is taken by barcode 1; there is "
            "barcode A - unused\n"
            "committed 1\n");
}

TEST_F(ShellTest, ARowOfTheTransactionsOwnIsNotSaidToBeTheStores) {
  EXPECT_EQ(Replies("begin\nbarcode A\nbarcode A\nrollback\ndump\n"),
            "ok\nok 1\n"
            "error exists barcode 'A' is taken by barcode 1; there is barcode "
            "A - unused\n"
            "ok\nok 0\n");
}

TEST_F(ShellTest, AReadViewTakesNoWrites) {
  EXPECT_THAT(Replies("barcode A\nbegin read\nbarcode B\ntake 0 1\nredeem A\n"
                      "dump\ncommit\nbegin read\nrollback\n"),
              MatchesRegex("committed 1 1\nok\n(error readonly [^\n]*\n){3}"
                           "barcode A - unused\nok 1\nok\nok\nok\n"));
}

TEST_F(ShellTest, ABeginInsideIsBusy) {
  EXPECT_THAT(Replies("begin\nbegin\nbegin read\ncheck\nrollback\n"
                      "begin read\nbegin\nbegin read\ncheck\ncommit\n"),
              MatchesRegex("ok\n(error busy [^\n]*\n){3}ok\n"
                           "ok\n(error busy [^\n]*\n){2}ok\nok\n"));
}

TEST_F(ShellTest, TheEndOfInputInsideATransactionRollsBack) {
  EXPECT_EQ(Run("barcode A\nbegin\nbarcode B\n", "shop").out,
            "committed 1 1\nok\nok 2\n");
  EXPECT_EQ(Run("dump\n", "shop").out, "barcode A - unused\nok 1\n");
}

TEST_F(ShellTest, QuitInsideATransactionRollsBack) {
  EXPECT_EQ(Run("begin\nbarcode B\nquit\nbarcode C\n", "shop").out,
            "ok\nok 1\nok\n");
  EXPECT_EQ(Run("dump\n", "shop").out, "ok 0\n");
}

// ---- Reads ----

TEST_F(ShellTest, WithoutANumberTopShowsFiveAndListsShowTen) {
  std::string lines = "begin\n";
  for (int i = 1; i <= 6; ++i) {
    const std::string number = std::to_string(i);
    lines += "customer - c" + number + "@x C\norder - " + number +
             "\nbarcode s" + number + " " + number + "\n";
  }
  for (int i = 10; i <= 20; ++i) {
    lines += "barcode u" + std::to_string(i) + "\n";
  }
  lines += "commit\n";
  const std::string shown = Replies(lines + "top\nunassigned\nunused\n");
  EXPECT_EQ(shown.substr(shown.find("committed 1\n")),
            "committed 1\n1 1\n2 1\n3 1\n4 1\n5 1\nok\n"
            "u10\nu11\nu12\nu13\nu14\nu15\nu16\nu17\nu18\nu19\nok 11\n"
            "s1\ns2\ns3\ns4\ns5\ns6\nu10\nu11\nu12\nu13\nok 17\n");
}

TEST_F(ShellTest, AtATerminalThereIsAPrompt) {
  const Outcome outcome = RunScript(
      folder_,
      "export ORDERSTORE; echo quit | script -qec '\"$ORDERSTORE\" shell' "
      "/dev/null");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("orderstore> "));
  EXPECT_THAT(outcome.out, HasSubstr("ok\r\n"));
}

TEST_F(ShellTest, ReadsShowRowsInIdOrder) {
  EXPECT_EQ(
      Replies("begin\ncustomer 1 a@x A\ncustomer 2 b@x B\ncustomer 3 c@x C\n"
              "order 9 1\norder 4 1\norder 5 2\n"
              "barcode z 9\nbarcode y 4\nbarcode x 9\nbarcode w 5\n"
              "barcode v\nbarcode u\nredeem x\ncommit\n"
              "show customer 2\nshow order 9\nshow barcode v\nfind b@x\n"
              "orders 1\norders 3\norders 77\nbarcodes 9\nbarcodes 9 used\n"
              "barcodes 9 unused\nbarcodes 77\ntop\ntop 1\ntop 0\n"
              "unassigned\nunassigned 1\nunassigned 0\nunused 2\nunused\n"),
      "ok\nok 1\nok 2\nok 3\nok 9\nok 4\nok 5\nok 1\nok 2\nok 3\nok 4\nok 5\n"
      "ok 6\nok\ncommitted 1\n"
      "customer 2 b@x B\nok\n"
      "order 9 1\nbarcode z 9 unused\nbarcode x 9 used\nok\n"
      "barcode v - unused\nok\n"
      "customer 2 b@x B\nok\n"
      "order 4 1\norder 9 1\nok\n"
      "ok\n"
      "ok\n"
      "barcode z 9 unused\nbarcode x 9 used\nok\n"
      "barcode x 9 used\nok\n"
      "barcode z 9 unused\nok\n"
      "ok\n"
      "1 3\n2 1\nok\n"
      "1 3\nok\n"
      "ok\n"
      "v\nu\nok 2\n"
      "v\nok 2\n"
      "ok 2\n"
      "z\ny\nok 5\n"
      "z\ny\nw\nv\nu\nok 5\n");
}

TEST_F(ShellTest, AFullDumpHasIdsAndTimes) {
  constexpr std::string_view kTime = "20[0-9-]{8}T[0-9:]{8}\\.[0-9]{6}Z";
  const std::string times = std::string(kTime) + " " + std::string(kTime);
  EXPECT_THAT(
      Replies("begin\ncustomer 1 a@x A\norder 1 1\nbarcode A\nbarcode B 1\n"
              "commit\ndump full\n"),
      MatchesRegex("(ok[ 1-2]*\n){5}committed 1\n"
                   "customer 1 a@x A " +
                   times + "\norder 1 1 " + times + "\nbarcode A - unused 1 " +
                   times + "\nbarcode B 1 unused 2 " + times + "\nok 4\n"));
}

// ---- Words ----

TEST_F(ShellTest, WordsArePrintedAsTheyAreRead) {
  const std::string script =
      "customer 1 \"a b@x\" \"Ann \\\"the\\\" \\\\ Bee\"\n"
      "  customer\t2  b@x   \"\"  \n"
      "customer 3 c@x \"line\\nend\\r\\x1b\\x7f\ttab\"\n"
      "customer 4 d@x \"\xC3\xA4 \xC2\x85\"\n";
  EXPECT_EQ(Replies(script + "dump\n"),
            "committed 1 1\ncommitted 2 2\ncommitted 3 3\ncommitted 4 4\n"
            "customer 1 \"a b@x\" \"Ann \\\"the\\\" \\\\ Bee\"\n"
            "customer 2 b@x \"\"\n"
            "customer 3 c@x \"line\\nend\\r\\x1b\\x7f\ttab\"\n"
            "customer 4 d@x \"\xC3\xA4 \\xc2\\x85\"\n"
            "ok 4\n");
}

TEST_F(ShellTest, ValuesThatLookLikeStatusLinesAreQuoted) {
  EXPECT_EQ(Replies("barcode ok\nbarcode error\nbarcode committed\n"
                    "barcode a:\nbarcode okay\nunassigned\n"),
            "committed 1 1\ncommitted 2 2\ncommitted 3 3\ncommitted 4 4\n"
            "committed 5 5\n"
            "\"ok\"\n\"error\"\n\"committed\"\n\"a:\"\nokay\nok 5\n");
}

TEST_F(ShellTest, EmptyLinesAndCommentsGetNoReply) {
  EXPECT_EQ(Replies("\n   \n# begin\n  # x\na:\na: # x\r\ndump\r\n\r\n"),
            "ok 0\n");
}

TEST_F(ShellTest, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(Replies("barcode A\ndump"),
            "committed 1 1\nbarcode A - unused\nok 1\n");
}

TEST_F(ShellTest, ALineThatIsTooLongIsASyntaxErrorAndTheNextOneIsRead) {
  const std::string word(1 << 20, 'x');
  EXPECT_THAT(Replies("b: barcode " + word + "\nb: barcode A\n"),
              MatchesRegex("b: error syntax [^\n]+\nb: committed 1 1\n"));
  EXPECT_THAT(Replies("barcode " + word + "\nbarcode A\n"),
              EndsWith("\ncommitted 1 1\n"));
}

TEST_F(ShellTest, ATextOf255CharactersIsTheLongest) {
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "\xF0\x9F\x8E\xAB";
  const std::string out = Replies("barcode " + longest + "\nbarcode " +
                                  longest + "x\nunassigned\n");
  EXPECT_THAT(out, StartsWith("committed 1 1\nerror invalid "));
  EXPECT_THAT(out, EndsWith("\n" + longest + "\nok 1\n"));
}

// ---- The store ----

TEST_F(ShellTest, SyncSnapshotCheckAndStatsAnswer) {
  const Outcome outcome =
      Run("barcode A\nsync\nsnapshot\ncheck\nstats\n", "shop");
  EXPECT_THAT(outcome.out, StartsWith("committed 1 1\ncommitted 1\nok 1\nok\n"
                                      "lsn 1\ndurable_lsn 1\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\nunassigned_barcodes 1\n"));
  EXPECT_THAT(outcome.out, EndsWith("\nok\n"));
  EXPECT_EQ(Run("dump\n", "shop").out, "barcode A - unused\nok 1\n");
}

TEST_F(ShellTest, StatsAreAlsoAsPrometheusReadsThem) {
  EXPECT_THAT(Run("barcode A\nstats\n", "shop").out,
              HasSubstr("\nlog_syncs 1\n"));
  const std::string begin = "committed 2 2\n";
  const std::string end = "ok\n";
  const std::string out = Run("barcode B\nstats prometheus\n", "shop").out;
  ASSERT_THAT(out, StartsWith(begin));
  ASSERT_THAT(out, EndsWith(end));
  const PrometheusReading reading(
      out.substr(begin.size(), out.size() - begin.size() - end.size()));
  EXPECT_THAT(reading.problems(), IsEmpty());
  const auto value = [&](const std::string& name) {
    return reading.samples().at("orderstore_" + name + "{store=\"shop\"}");
  };
  EXPECT_EQ(value("committed_lsn"), "2");
  EXPECT_EQ(value("log_sync_seconds_count"), "1");
  EXPECT_EQ(value("open_replayed_transactions"), "1");
  // In memory.
  const std::string in_memory = Replies("stats prometheus\n");
  EXPECT_THAT(in_memory, HasSubstr("\norderstore_committed_lsn 0\n"));
  EXPECT_THAT(in_memory, Not(HasSubstr("orderstore_log_")));
  EXPECT_EQ(Replies("stats everything\n"),
            "error syntax it is written: stats [prometheus]\n");
}

TEST_F(ShellTest, AsyncCommitsAreKeptByACleanEnd) {
  EXPECT_EQ(Run("barcode A\nbegin\nbarcode B\ncommit async\n",
                "--durability async shop")
                .out,
            "committed 1 1\nok\nok 2\ncommitted 2\n");
  EXPECT_EQ(Run("begin\nbarcode C\ncommit async\ndump\nquit\n", "shop").out,
            "ok\nok 3\ncommitted 3\nbarcode A - unused\nbarcode B - unused\n"
            "barcode C - unused\nok 3\nok\n");
  EXPECT_THAT(Run("dump\n", "shop").out, EndsWith("ok 3\n"));
}

TEST_F(ShellTest, HelpNamesEveryCommandAndExplainsEach) {
  const std::string help = Replies("help\n");
  for (const char* command :
       {"begin",    "commit",     "rollback", "customer", "order",
        "barcode",  "assign",     "take",     "redeem",   "unredeem",
        "remove",   "show",       "find",     "orders",   "barcodes",
        "top",      "unassigned", "unused",   "dump",     "sync",
        "snapshot", "check",      "stats",    "help",     "quit"}) {
    EXPECT_THAT(help, HasSubstr(std::string("\n    ") + command));
    const std::string one = Replies(std::string("help ") + command + "\n");
    EXPECT_THAT(one, StartsWith(std::string("  ") + command));
    EXPECT_THAT(one, EndsWith("\nok\n"));
  }
}

TEST_F(ShellTest, OptionsMayStandAnywhere) {
  EXPECT_EQ(Run("dump\n", "shop --durability=async").out, "ok 0\n");
  EXPECT_EQ(Run("dump\n", "--durability sync").out, "ok 0\n");
}

// ---- Stores that cannot be opened ----

TEST_F(ShellTest, AFolderThatIsNoStoreIsRefusedInOneLine) {
  folder_.Put("letter", "Dear");
  for (const char* path : {".", "letter", "gone/shop"}) {
    const Outcome outcome = Run("dump\n", path);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, MatchesRegex("error [a-z-]+ [^\n]+\n"));
  }
}

TEST_F(ShellTest, AStoreThatIsOpenElsewhereIsBusy) {
  ShellProcess other({"shop"}, folder_);
  EXPECT_EQ(other.Ask("barcode A"), "committed 1 1\n");
  const Outcome outcome = Run("dump\n", "shop");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, StartsWith("error busy shop is open in process " +
                                      std::to_string(other.pid())));
  EXPECT_EQ(other.Ask("quit"), "ok\n");
  // The answer to `quit` says that the store can be opened.
  EXPECT_EQ(Run("dump\n", "shop").out, "barcode A - unused\nok 1\n");
  EXPECT_EQ(other.ExitCode(), 0);
}

TEST_F(ShellTest, CheckFindsFilesThatAreNotOfItsRows) {
  ShellProcess shell({"shop"}, folder_);
  EXPECT_EQ(shell.Ask("barcode A"), "committed 1 1\n");
  EXPECT_EQ(shell.Ask("check"), "ok\n");
  RunScript(folder_, "cp -r shop before");
  EXPECT_EQ(shell.Ask("barcode B"), "committed 2 2\n");
  // Sound, but not those that it wrote.
  RunScript(folder_, "rm shop/*.log && cp before/*.log shop");
  EXPECT_EQ(shell.Ask("check"),
            "error corrupt shop: the files end with LSN 1, and LSN 2 was made "
            "durable\n");
  shell.Kill(SIGKILL);
}

TEST_F(ShellTest, ADamagedStoreIsRefusedWithFileAndOffset) {
  Run("barcode A\nbarcode B\n", "shop");
  std::string log;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ / "shop")) {
    if (entry.path().extension() == ".log") log = entry.path().string();
  }
  ASSERT_NE(log, "");
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 + 100);
  file.put('\x55');
  file.close();
  const Outcome outcome = Run("dump\n", "shop");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.out,
              MatchesRegex("error corrupt shop/[0-9]+\\.log at [0-9]+: "
                           "[^\n]+\n"));
  EXPECT_EQ(outcome.err,
            "orderstore: `orderstore verify shop` lists all that is damaged; "
            "`orderstore salvage shop NEWDIR` saves what can be proven\n");
}

// ---- The end ----

TEST_F(ShellTest, AReaderThatGoesAwayEndsTheShellWithoutASignal) {
  ShellProcess shell({}, folder_);
  EXPECT_EQ(shell.Ask("barcode A"), "committed 1 1\n");
  shell.CloseOutput();
  shell.Send("dump\ndump\ndump");
  EXPECT_EQ(shell.ExitCode(), 1);
}

TEST_F(ShellTest, AFullOutputEndsItAndStandardErrorTellsWhatHolds) {
  const Outcome outcome =
      RunScript(folder_,
                "printf 'barcode A\\nbegin\\nbarcode B\\n' | "
                "\"$ORDERSTORE\" shell shop > /dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              MatchesRegex("orderstore: cannot write standard output: No space "
                           "left on device; what was answered with "
                           "`committed` before is committed, a command whose "
                           "answer could not be written may be, and what was "
                           "open is rolled back[^\n]*\n"));
  // The one whose answer could not be written.
  EXPECT_EQ(Run("dump\n", "shop").out, "barcode A - unused\nok 1\n");
}

TEST_F(ShellTest, AFullOutputHidesNoStoreThatCannotBeOpened) {
  const Outcome outcome =
      RunScript(folder_, "\"$ORDERSTORE\" shell gone/shop > /dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write standard output: "));
  EXPECT_THAT(outcome.err, HasSubstr("it was to be: error missing "));
}

TEST_F(ShellTest, ASignalEndsItAfterTheStoreIsClosed) {
  for (const int signal : {SIGINT, SIGTERM}) {
    ShellProcess shell({"--durability", "async", "shop"}, folder_);
    EXPECT_THAT(shell.Ask("barcode s" + std::to_string(signal)),
                StartsWith("committed "));
    EXPECT_EQ(shell.Ask("begin"), "ok\n");
    EXPECT_THAT(shell.Ask("barcode never"), StartsWith("ok "));
    shell.Write("barcode half");
    shell.Kill(signal);
    const int status = shell.Wait();
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
  }
  EXPECT_EQ(Run("unassigned\n", "shop").out, "s2\ns15\nok 2\n");
}

TEST_F(ShellTest, WithoutStandardStreamsItEndsWithAnError) {
  EXPECT_EQ(RunCommand(folder_, "shell <&-").exit_code, 1);
  EXPECT_EQ(RunCommand(folder_, "shell < .").exit_code, 1);
  EXPECT_EQ(
      RunScript(folder_, "echo dump | \"$ORDERSTORE\" shell >&-").exit_code, 1);
}

}  // namespace
}  // namespace orderstore
