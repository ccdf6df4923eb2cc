// `orderstore import`.

#include <signal.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::HasSubstr;
using testing::Not;

class ImportCommandTest : public testing::Test {
 protected:
  ImportCommandTest() {
    folder_.Put("o.csv", "order_id,customer_id\n1,10\n2,11\n3,10\n");
    folder_.Put("b.csv", "barcode,order_id\na,1\nb,2\nc,3\nd,\n");
  }

  Outcome Import(const std::string& more = "") {
    return RunCommand(folder_, "import shop o.csv b.csv " + more);
  }
  std::string Dump() {
    return RunScript(folder_, "echo dump | \"$ORDERSTORE\" shell shop").out;
  }

  const TestFolder folder_;
};

TEST_F(ImportCommandTest, ResultsAreThoseOfProcess) {
  const Outcome processed = RunCommand(folder_, "process o.csv b.csv");
  const Outcome outcome = Import();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "10 2\n11 1\nunassigned 1\n");
  EXPECT_EQ(outcome.out, processed.out);
  EXPECT_EQ(outcome.err, processed.err + "LSN 1\n");
  EXPECT_EQ(Dump(),
            "customer 10 customer-10@import.invalid \"Customer 10\"\n"
            "customer 11 customer-11@import.invalid \"Customer 11\"\n"
            "order 1 10\norder 2 11\norder 3 10\n"
            "barcode a 1 unused\nbarcode b 2 unused\nbarcode c 3 unused\n"
            "barcode d - unused\nok 9\n");
}

TEST_F(ImportCommandTest, AgainItChangesNothing) {
  Import();
  const Outcome outcome = Import();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "10 2\n11 1\nunassigned 1\n");
  EXPECT_EQ(outcome.err,
            "o.csv: 3 rows = 3 accepted (3 unchanged) + 0 rejected\n"
            "b.csv: 4 rows = 4 accepted (4 unchanged) + 0 rejected\n"
            "LSN 1\n");
}

TEST_F(ImportCommandTest, ConflictsAreRejectsWithFileLineAndReason) {
  Import();
  folder_.Put("o.csv", "order_id,customer_id\n1,11\n2,11\n3,10\n4,12\n");
  folder_.Put("b.csv", "barcode,order_id\na,1\nb,3\nc,3\nd,\ne,4\n");
  const Outcome outcome = Import("--rejects r.csv --json --top 1");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(
      outcome.err,
      HasSubstr("o.csv:2: conflict: 1,11; the store has order 1 of "
                "customer 10\n"
                "b.csv:3: conflict: b,3; the store has b on order 2\n"));
  EXPECT_EQ(folder_.Get("r.csv"),
            "file,line,reason,row\n"
            "o.csv,2,conflict,\"1,11\"\n"
            "b.csv,3,conflict,\"b,3\"\n");
  EXPECT_EQ(nlohmann::json::parse(outcome.out), nlohmann::json::parse(R"({
      "lsn": 2,
      "orders": {"rows": 4, "accepted": 3, "unchanged": 2, "rejected": 1},
      "barcodes": {"rows": 5, "accepted": 4, "unchanged": 3, "rejected": 1},
      "customers": 3, "assigned_barcodes": 4, "unassigned_barcodes": 1,
      "orders_without_barcodes": 0,
      "top_customers": [{"customer_id": 10, "ticket_count": 2}],
      "rejects": {"conflict": 2}})"));
}

TEST_F(ImportCommandTest, StrictCountsConflictsAsRejects) {
  Import();
  const std::string before = Dump();
  folder_.Put("o.csv", "order_id,customer_id\n1,11\n4,12\n");
  folder_.Put("b.csv", "barcode,order_id\ne,4\n");
  const Outcome outcome = Import("--strict --rejects r.csv");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              HasSubstr("--strict: 1 row rejected, 0 orders without barcodes; "
                        "nothing was imported, r.csv alone was written\n"));
  EXPECT_THAT(folder_.Get("r.csv"), HasSubstr("conflict"));
  EXPECT_EQ(Dump(), before);
}

TEST_F(ImportCommandTest, StrictLeavesANewStoreEmptyAndSaysSo) {
  folder_.Put("o.csv", "order_id,customer_id\n1,11\n");
  folder_.Put("b.csv", "barcode,order_id\na,1\na,1\n");
  const Outcome outcome =
      RunCommand(folder_, "import new o.csv b.csv --strict");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("the new store in new is empty\n"));
  EXPECT_THAT(RunCommand(folder_, "report new").err, Not(HasSubstr("error")));
}

TEST_F(ImportCommandTest, AFailureLeavesANewStoreEmptyAndSaysSo) {
  folder_.Put("b.csv", "nonsense\n");
  const Outcome outcome = Import();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nothing was imported\n"
                                     "the new store in shop is empty\n"));
  EXPECT_EQ(Dump(), "ok 0\n");
  EXPECT_THAT(Import().err, Not(HasSubstr("is empty")));
}

TEST_F(ImportCommandTest, FilesThatCannotBeReadLeaveNoStore) {
  EXPECT_EQ(RunCommand(folder_, "import shop gone.csv b.csv").exit_code, 1);
  EXPECT_FALSE(folder_.Has("shop"));
}

TEST_F(ImportCommandTest, AnOutputIsNeitherAnInputNorInTheStore) {
  Import();
  for (const char* path : {"o.csv", "shop/LOCK", "shop/new"}) {
    const Outcome outcome = Import(std::string("--rejects ") + path);
    EXPECT_EQ(outcome.exit_code, 2) << path;
    EXPECT_THAT(outcome.err, HasSubstr("nothing was done"));
  }
  EXPECT_FALSE(folder_.Has("shop/new"));
}

TEST_F(ImportCommandTest, AStoreThatIsOpenElsewhereIsAnError) {
  const Outcome outcome =
      RunScript(folder_,
                "mkfifo go; \"$ORDERSTORE\" shell shop < go > said & "
                "exec 3> go; echo 'barcode x' >&3; "
                "until grep -q committed said; do :; done; "
                "\"$ORDERSTORE\" import shop o.csv b.csv; code=$?; "
                "exec 3>&-; wait; exit $code");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("shop is open in process"));
  EXPECT_THAT(outcome.err, HasSubstr("nothing was imported"));
  EXPECT_EQ(Dump(), "barcode x - unused\nok 1\n");
}

// A pipe keeps the import waiting until the signal comes.
TEST_F(ImportCommandTest, ASignalEndsItWithNothingImported) {
  Import();
  const std::string before = Dump();
  for (const int signal : {SIGINT, SIGTERM}) {
    const Outcome outcome =
        RunAndSignal(folder_, "import shop o.csv slow --rejects r.csv",
                     "barcode,order_id\\n", signal);
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_THAT(outcome.err,
                HasSubstr("orderstore: interrupted; nothing was imported\n"));
    EXPECT_EQ(outcome.out, "");
    EXPECT_FALSE(folder_.Has("r.csv"));
    EXPECT_EQ(Dump(), before);
  }
  for (const std::string& name : folder_.Names()) {
    EXPECT_THAT(name, Not(HasSubstr(".orderstore-")));
  }
}

TEST_F(ImportCommandTest, HelpExplainsConflicts) {
  const Outcome outcome = RunCommand(folder_, "import --help");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("\n  conflict "));
  EXPECT_THAT(outcome.out, HasSubstr("\n  unknown_order "));
}

}  // namespace
}  // namespace orderstore
