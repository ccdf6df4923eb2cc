// `orderstore report`, `orders`, `unassigned`, `stats`, `snapshot` and
// `backup`: on a store that nobody has open, and beside its writer.

#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "prometheus_reading.h"
#include "tools/command.h"
#include "tools/shell_process.h"

namespace orderstore {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class StoreCommandsTest : public testing::Test {
 protected:
  // A store of files whose rows need quotes and have several barcodes.
  StoreCommandsTest() {
    folder_.Put("o.csv", "order_id,customer_id\n2,11\n1,10\n3,10\n4,12\n");
    folder_.Put("b.csv",
                "barcode,order_id\nz,3\n\"q,\"\"x\",2\nu2,\ny,3\na,1\nu1,\n");
    processed_ = RunCommand(folder_,
                            "process o.csv b.csv --output p.csv "
                            "--unassigned u.csv");
    EXPECT_EQ(RunCommand(folder_, "import shop o.csv b.csv").exit_code, 0);
  }

  Outcome Run(const std::string& arguments) {
    return RunCommand(folder_, arguments);
  }

  // As a disk may do it to a byte behind the header.
  void Flip(const std::string& name) const {
    std::fstream file(folder_ / name,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(4096 + 100);
    const int byte = file.get();
    file.seekp(4096 + 100);
    file.put(static_cast<char>(byte ^ 1));
    ASSERT_TRUE(file.good());
  }

  const TestFolder folder_;
  Outcome processed_;
};

TEST_F(StoreCommandsTest, ReportBeginsAsProcessDoesAndCounts) {
  const Outcome outcome = Run("report shop");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, processed_.out +
                             "unused 6\ncustomers 3\norders 4\nbarcodes 6\n"
                             "lsn 1\n");
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(Run("report shop --top 1").out, StartsWith("10 3\nunassigned 2"));
  EXPECT_THAT(Run("report shop --top 0").out, StartsWith("unassigned 2"));
}

TEST_F(StoreCommandsTest, ReportAsJson) {
  EXPECT_EQ(nlohmann::json::parse(Run("report shop --json --top 1").out),
            nlohmann::json::parse(R"({
      "lsn": 1, "customers": 3, "orders": 4, "barcodes": 6,
      "assigned_barcodes": 4, "unassigned_barcodes": 2, "unused_barcodes": 6,
      "top_customers": [{"customer_id": 10, "ticket_count": 3}]})"));
}

TEST_F(StoreCommandsTest, OrdersAndUnassignedAreTheBytesOfProcess) {
  for (const auto& [command, file] :
       {std::pair("orders", "p.csv"), std::pair("unassigned", "u.csv")}) {
    const std::string bytes = folder_.Get(file);
    const Outcome printed = Run(std::string(command) + " shop");
    EXPECT_EQ(printed.exit_code, 0);
    EXPECT_EQ(printed.out, bytes);
    const Outcome written = Run(std::string(command) + " shop --output w.csv");
    EXPECT_EQ(written.exit_code, 0);
    EXPECT_EQ(written.out, "");
    EXPECT_EQ(folder_.Get("w.csv"), bytes);
    // Where it is appended to, standard output keeps what it has.
    RunScript(folder_, std::string("echo before > x.csv; \"$ORDERSTORE\" ") +
                           command + " shop >> x.csv");
    EXPECT_EQ(folder_.Get("x.csv"), "before\n" + bytes);
  }
}

// Which of the two comes first, the signal or the end, is chance; whatever it
// is, the file is whole or as before.
TEST_F(StoreCommandsTest, ASignalLeavesAnOutputWholeOrAsBefore) {
  ASSERT_EQ(Run("generate --customers 20000 in").exit_code, 0);
  ASSERT_EQ(Run("import large in/orders.csv in/barcodes.csv").exit_code, 0);
  for (const std::string command : {"orders", "unassigned"}) {
    const std::string whole = Run(command + " large").out;
    for (const int signal : {SIGINT, SIGTERM, SIGINT, SIGTERM}) {
      folder_.Put("w.csv", "before\n");
      const Outcome outcome =
          RunAndSignal(folder_, command + " large --output w.csv", "", signal);
      EXPECT_THAT(outcome.exit_code, AnyOf(0, 128 + signal));
      EXPECT_EQ(folder_.Get("w.csv"),
                outcome.exit_code == 0 ? whole : "before\n");
      if (outcome.exit_code == 0) continue;
      EXPECT_THAT(outcome.err,
                  HasSubstr("orderstore: interrupted; nothing was written\n"));
    }
  }
  for (const std::string& name : folder_.Names()) {
    EXPECT_THAT(name, Not(HasSubstr(".orderstore-")));
  }
}

// Again, which comes first is chance.
TEST_F(StoreCommandsTest, ASignalLeavesACopyWholeOrNone) {
  ASSERT_EQ(Run("generate --customers 20000 in").exit_code, 0);
  ASSERT_EQ(Run("import large in/orders.csv in/barcodes.csv").exit_code, 0);
  const std::string whole = Run("orders large").out;
  for (const std::string command : {"backup", "salvage"}) {
    for (const int signal : {SIGINT, SIGTERM, SIGINT, SIGTERM}) {
      const Outcome outcome = RunScript(
          folder_, "rm -rf copy; env --default-signal=INT \"$ORDERSTORE\" " +
                       command +
                       " large copy & until [ -e copy ] || "
                       "! [ -e /proc/$!/exe ]; do :; done; kill -" +
                       std::to_string(signal) + " $!; wait $!");
      EXPECT_THAT(outcome.exit_code, AnyOf(0, 128 + signal));
      EXPECT_EQ(Run("orders copy").out, outcome.exit_code == 0 ? whole : "");
      if (outcome.exit_code == 0) continue;
      EXPECT_THAT(outcome.err, HasSubstr("orderstore: interrupted; "));
      EXPECT_EQ(RunScript(folder_, "ls -A copy").out, "");
    }
  }
}

TEST_F(StoreCommandsTest, AnOutputInTheStoreIsRefused) {
  for (const char* command : {"orders", "unassigned"}) {
    const Outcome outcome = Run(std::string(command) + " shop --output shop/x");
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--output shop/x is in the store's"));
    EXPECT_FALSE(folder_.Has("shop/x"));
  }
}

TEST_F(StoreCommandsTest, AnOutputThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(Run("orders shop --output gone/x").exit_code, 1);
  EXPECT_EQ(Run("orders shop > /dev/full").exit_code, 1);
  EXPECT_EQ(Run("unassigned shop >&-").exit_code, 1);
  EXPECT_EQ(Run("report shop > /dev/full").exit_code, 1);
  EXPECT_EQ(Run("stats shop > /dev/full").exit_code, 1);
}

TEST_F(StoreCommandsTest, StatsAreNamesAndValues) {
  EXPECT_THAT(Run("stats shop").out,
              StartsWith("lsn 1\ndurable_lsn 1\ncustomers 3\norders 4\n"
                         "barcodes 6\nunassigned_barcodes 2\n"));
  const auto printed = nlohmann::json::parse(Run("stats shop --json").out);
  EXPECT_EQ(printed["orders"], 4);
  EXPECT_GT(printed["memory_bytes"], 0);
  EXPECT_EQ(printed["oldest_read_view_lag_microseconds"], 0);
  // What the process that writes knows alone, and what there is not.
  EXPECT_FALSE(printed.contains("log_syncs"));
  EXPECT_FALSE(printed.contains("snapshot_ok"));
  EXPECT_FALSE(printed.contains("snapshot_age_microseconds"));
  EXPECT_EQ(Run("snapshot shop").exit_code, 0);
  EXPECT_GE(nlohmann::json::parse(
                Run("stats shop --json").out)["snapshot_age_microseconds"],
            0);
}

TEST_F(StoreCommandsTest, StatsAsPrometheusReadsThem) {
  EXPECT_EQ(Run("backup shop 'a \"shop\"'").exit_code, 0);
  for (const auto& [folder, store] :
       {std::pair("shop", "shop"), {"'a \"shop\"'", R"(a \"shop\")"}}) {
    const Outcome outcome = Run(std::string("stats --prometheus ") + folder);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    const PrometheusReading reading(outcome.out);
    EXPECT_THAT(reading.problems(), IsEmpty());
    const std::string label = std::string("{store=\"") + store + '"';
    EXPECT_EQ(reading.samples().at("orderstore_committed_lsn" + label + "}"),
              "1");
    EXPECT_EQ(
        reading.samples().at("orderstore_rows" + label + ",table=\"orders\"}"),
        "4");
    EXPECT_FALSE(reading.types().contains("orderstore_log_sync_seconds"));
    // The copy begins as a snapshot.
    EXPECT_EQ(reading.types().contains("orderstore_snapshot_age_seconds"),
              std::string(folder) != "shop");
  }
  const Outcome both = Run("stats shop --prometheus --json");
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("--json"));
  EXPECT_THAT(Run("stats --help").out, HasSubstr("textfile collector"));
}

TEST_F(StoreCommandsTest, ASnapshotIsWhatTheNextOpeningBeginsWith) {
  const Outcome outcome = Run("snapshot shop");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "lsn 1\n");
  EXPECT_EQ(Run("orders shop").out, folder_.Get("p.csv"));
}

TEST_F(StoreCommandsTest, OlderFilesThatStayAreWarnedOf) {
  EXPECT_EQ(RunScript(folder_,
                      "printf 'barcode A\\nsnapshot\\nbarcode B\\nsnapshot\\n"
                      "barcode C\\n' | \"$ORDERSTORE\" shell shop")
                .err,
            "");
  // A snapshot that nobody needs any more, and that cannot be removed.
  ASSERT_EQ(
      mkdir((folder_ / "shop/00000000000000000001.snapshot").c_str(), 0700), 0);
  const std::string warning =
      "is complete, but older files that it replaces are still there: cannot "
      "remove shop/00000000000000000001.snapshot: Is a directory; they take "
      "room, and the next snapshot tries again\n";
  const Outcome outcome = Run("snapshot shop");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "lsn 4\n");
  EXPECT_EQ(outcome.err, "orderstore: the snapshot of LSN 4 " + warning);
  EXPECT_EQ(RunScript(folder_,
                      "printf 'barcode D\\nsnapshot\\n' | \"$ORDERSTORE\" "
                      "shell shop")
                .err,
            "orderstore: the snapshot of LSN 5 " + warning);
}

TEST_F(StoreCommandsTest, ABackupIsAStoreOfItsOwn) {
  const Outcome outcome = Run("backup shop copy");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "lsn 1\n");
  EXPECT_EQ(Run("orders copy").out, folder_.Get("p.csv"));
  EXPECT_EQ(
      RunScript(folder_, "echo 'take 2 1' | \"$ORDERSTORE\" shell copy").out,
      "u2\nu1\ncommitted 2 2\n");
  EXPECT_THAT(Run("report shop").out, HasSubstr("unassigned 2\n"));
}

TEST_F(StoreCommandsTest, ABackupNeedsANewOrEmptyFolder) {
  const Outcome outcome = Run("backup shop .");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("there is no backup; shop is as it was\n"));
}

TEST_F(StoreCommandsTest, ABackupDoesNotGoIntoTheStore) {
  for (const char* to : {"shop", "shop/", "shop/b", "./shop/../shop/b/c"}) {
    const Outcome outcome = Run(std::string("backup shop ") + to);
    EXPECT_EQ(outcome.exit_code, 2) << to;
    EXPECT_EQ(outcome.err, std::string("orderstore: TO: ") + to +
                               " is the store's folder, or in it; nothing was "
                               "done; `orderstore backup --help` tells more\n");
  }
  EXPECT_FALSE(folder_.Has("shop/b"));
  EXPECT_EQ(Run("backup shop shop/../copy").exit_code, 0);
  EXPECT_EQ(RunScript(folder_, "cd shop; \"$ORDERSTORE\" backup . b").exit_code,
            2);
}

// ---- Damage ----

TEST_F(StoreCommandsTest, ADamagedStoreEndsWithThreeAndAdvice) {
  Flip("shop/0000000001.log");
  for (const char* command :
       {"report shop", "orders shop", "unassigned shop", "stats shop",
        "export shop", "backup shop copy", "log shop", "snapshot shop",
        "import shop o.csv b.csv", "shell shop < /dev/null"}) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 3) << command;
    EXPECT_THAT(outcome.out + outcome.err,
                HasSubstr("shop/0000000001.log at "));
    EXPECT_THAT(
        outcome.err,
        HasSubstr("orderstore: `orderstore verify shop` lists all that is "
                  "damaged; `orderstore salvage shop NEWDIR` saves "
                  "what can be proven\n"))
        << command;
  }
  EXPECT_FALSE(folder_.Has("copy"));
}

TEST_F(StoreCommandsTest, ASnapshotThatIsPassedOverIsWarnedOfOnce) {
  EXPECT_EQ(Run("snapshot shop").err, "");
  Flip("shop/00000000000000000001.snapshot");
  const char* const warning =
      "orderstore: shop/00000000000000000001\\.snapshot at offset [0-9]+: "
      "[^\n]+; passed over, nothing is lost\n"
      "orderstore: a damaged snapshot is replaced as later ones are written, "
      "as by `orderstore snapshot shop`; `orderstore verify shop` tells when "
      "it is gone\n";
  for (const char* command : {"report shop", "orders shop", "unassigned shop",
                              "stats shop", "export shop", "backup shop copy",
                              "shell shop < /dev/null", "snapshot shop"}) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 0) << command;
    EXPECT_THAT(outcome.err, MatchesRegex(warning)) << command;
  }
  EXPECT_EQ(Run("report shop").err, "");
  EXPECT_EQ(Run("verify shop").exit_code, 0);
}

TEST_F(StoreCommandsTest, ReadersWorkBesideARunningWriter) {
  ShellProcess writer({"shop"}, folder_);
  EXPECT_EQ(writer.Ask("take 1 1"), "u2\ncommitted 2 1\n");
  EXPECT_EQ(writer.Ask("begin"), "ok\n");
  EXPECT_EQ(writer.Ask("take 1 1"), "u1\nok 1\n");
  EXPECT_THAT(Run("report shop").out, HasSubstr("\nunassigned 1\n"));
  EXPECT_EQ(Run("unassigned shop").out, "barcode\nu1\n");
  EXPECT_THAT(Run("orders shop").out, HasSubstr("\n10,1,\"[u2, a]\"\n"));
  EXPECT_THAT(Run("stats shop").out, StartsWith("lsn 2\n"));
  EXPECT_EQ(Run("backup shop copy").out, "lsn 2\n");
  const Outcome snapshot = Run("snapshot shop");
  EXPECT_EQ(snapshot.exit_code, 1);
  EXPECT_THAT(snapshot.err, HasSubstr("shop is open in process"));
  EXPECT_EQ(writer.Ask("commit"), "committed 3\n");
  EXPECT_THAT(Run("report shop").out, HasSubstr("\nunassigned 0\n"));
  EXPECT_EQ(Run("unassigned copy").out, "barcode\nu1\n");
}

TEST_F(StoreCommandsTest, WhereThereIsNoStoreNoneIsMade) {
  folder_.Put("letter", "Dear");
  ASSERT_EQ(mkdir((folder_ / "empty").c_str(), 0700), 0);
  // What is left where the making of a store was cut off at once.
  ASSERT_EQ(mkdir((folder_ / "locked").c_str(), 0700), 0);
  folder_.Put("locked/LOCK", "1 1\n");
  for (const char* command : {"report", "orders", "unassigned", "stats",
                              "export", "snapshot", "backup"}) {
    const std::string to = std::string(command) == "backup" ? " copy" : "";
    for (const char* path : {"gone", "letter", "empty", "locked"}) {
      const Outcome outcome = Run(std::string(command) + " " + path + to);
      EXPECT_EQ(outcome.exit_code, 1) << command << " " << path;
      EXPECT_THAT(outcome.err, StartsWith("orderstore: "));
      EXPECT_THAT(outcome.err, Not(HasSubstr("as it was")));
      EXPECT_EQ(outcome.out, "");
    }
  }
  EXPECT_FALSE(folder_.Has("gone"));
  EXPECT_FALSE(folder_.Has("empty/STORE"));
  EXPECT_FALSE(folder_.Has("locked/STORE"));
}

TEST_F(StoreCommandsTest, HelpTeaches) {
  for (const char* command :
       {"import", "report", "orders", "unassigned", "stats", "export",
        "snapshot", "backup", "shell", "log", "migrate", "archive", "salvage",
        "verify"}) {
    const Outcome outcome = Run(std::string(command) + " --help");
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("DIR"));
    EXPECT_THAT(outcome.out, HasSubstr("Exit codes: 0 "));
    EXPECT_THAT(outcome.out, testing::ContainsRegex(";[ \n]4 "));
  }
}

}  // namespace
}  // namespace orderstore
