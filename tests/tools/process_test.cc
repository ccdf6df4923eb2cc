// `orderstore process` as a user sees it: what it prints, writes and returns.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class ProcessTest : public testing::Test {
 protected:
  // Three orders, one of them without barcodes; rows 4 and 6 of the barcodes
  // are bad.
  void SetUp() override {
    folder_.Put("orders.csv", "order_id,customer_id\n1,10\n2,11\n3,10\n");
    folder_.Put("barcodes.csv",
                "barcode,order_id\na,2\nb,1\na,1\nc,1\n,2\nd,\n");
  }

  Outcome Process(const std::string& options = "") {
    return RunCommand(folder_, "process orders.csv barcodes.csv " + options);
  }

  // The names of the files that were not there before.
  std::vector<std::string> NewFiles() {
    std::vector<std::string> names = folder_.Names();
    std::erase(names, "orders.csv");
    std::erase(names, "barcodes.csv");
    return names;
  }

  TestFolder folder_;
};

constexpr char kGoodOrders[] = "order_id,customer_id\n1,10\n";
constexpr char kGoodBarcodes[] = "barcode,order_id\na,1\n";

TEST_F(ProcessTest, PrintsTopCustomersAndUnassignedBarcodes) {
  const Outcome outcome = Process();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "10 2\n11 1\nunassigned 1\n");
}

// As the README shows it.
TEST_F(ProcessTest, TheSampleHasTheResultsThatTheReadmeShows) {
  ASSERT_EQ(RunCommand(folder_, "generate --customers 2000 sample").exit_code,
            0);
  EXPECT_EQ(RunCommand(folder_,
                       "process sample/orders.csv sample/barcodes.csv "
                       "--customers sample/customers.csv")
                .out,
            "1729 118\n1320 56\n268 49\n1302 48\n1959 45\nunassigned 390\n");
}

TEST_F(ProcessTest, WritesTheProcessedOrders) {
  Process();
  EXPECT_EQ(folder_.Get("processed_orders.csv"),
            "customer_id,order_id,barcode\n10,1,\"[b, c]\"\n11,2,[a]\n");
  EXPECT_THAT(NewFiles(), ElementsAre("processed_orders.csv"));
}

TEST_F(ProcessTest, TellsRejectsWarningsAndSumsOnStandardError) {
  EXPECT_EQ(Process().err,
            "barcodes.csv:4: duplicate_barcode: a,1\n"
            "barcodes.csv:6: missing_barcode: ,2\n"
            "orders.csv:4: warning: order 3 has no barcodes\n"
            "orders.csv: 3 rows = 3 accepted + 0 rejected\n"
            "barcodes.csv: 6 rows = 4 accepted + 2 rejected\n"
            "orders without barcodes: 1\n");
}

TEST_F(ProcessTest, PrintsOneJsonObject) {
  EXPECT_EQ(Process("--json").out,
            R"({"orders":{"rows":3,"accepted":3,"rejected":0},)"
            R"("barcodes":{"rows":6,"accepted":4,"rejected":2},)"
            R"("customers":2,"assigned_barcodes":3,"unassigned_barcodes":1,)"
            R"("orders_without_barcodes":1,)"
            R"("top_customers":[{"customer_id":10,"ticket_count":2},)"
            R"({"customer_id":11,"ticket_count":1}],)"
            R"("rejects":{"missing_barcode":1,"duplicate_barcode":1}})"
            "\n");
}

TEST_F(ProcessTest, JsonHasListsAlsoWhereTheyAreEmpty) {
  folder_.Put("orders.csv", "order_id,customer_id\n");
  folder_.Put("barcodes.csv", "barcode,order_id\n");
  EXPECT_EQ(Process("--json").out,
            R"({"orders":{"rows":0,"accepted":0,"rejected":0},)"
            R"("barcodes":{"rows":0,"accepted":0,"rejected":0},)"
            R"("customers":0,"assigned_barcodes":0,"unassigned_barcodes":0,)"
            R"("orders_without_barcodes":0,"top_customers":[],"rejects":{}})"
            "\n");
}

TEST_F(ProcessTest, WritesRejectsAndUnassignedBarcodesWhereAsked) {
  EXPECT_EQ(
      Process("--rejects r.csv --unassigned u.csv --output o.csv").exit_code,
      0);
  EXPECT_EQ(folder_.Get("r.csv"),
            "file,line,reason,row\n"
            "barcodes.csv,4,duplicate_barcode,\"a,1\"\n"
            "barcodes.csv,6,missing_barcode,\",2\"\n");
  EXPECT_EQ(folder_.Get("u.csv"), "barcode\nd\n");
  EXPECT_THAT(NewFiles(), ElementsAre("o.csv", "r.csv", "u.csv"));
}

TEST_F(ProcessTest, TopSaysHowManyCustomers) {
  EXPECT_EQ(Process("--top 1").out, "10 2\nunassigned 1\n");
  EXPECT_EQ(Process("--top 0").out, "unassigned 1\n");
  EXPECT_EQ(Process("--top 1000").out, "10 2\n11 1\nunassigned 1\n");
}

TEST_F(ProcessTest, AmongEqualsTheLowerCustomerComesFirst) {
  folder_.Put("orders.csv", "order_id,customer_id\n1,100\n2,20\n3,3\n");
  folder_.Put("barcodes.csv", "barcode,order_id\na,1\nb,2\nc,3\n");
  EXPECT_EQ(Process("--top 2").out, "3 1\n20 1\nunassigned 0\n");
}

TEST_F(ProcessTest, DuplicatesAreDecidedByThePolicy) {
  folder_.Put("barcodes.csv", "barcode,order_id\na,\na,9\na,1\n");
  EXPECT_EQ(Process().out, "unassigned 1\n");
  EXPECT_EQ(Process("--duplicates keep-first").out, "unassigned 1\n");
  EXPECT_EQ(Process("--duplicates drop-all").out, "unassigned 0\n");
  EXPECT_EQ(Process("--duplicates prefer-sold").out, "10 1\nunassigned 0\n");
}

TEST_F(ProcessTest, ACustomersFileHasItsOwnRejectsAndSum) {
  folder_.Put("customers.csv",
              "customer_id,email,name\n10,a@example.com,A\n,b@example.com,B\n"
              "12,a@example.com,C\n");
  const Outcome outcome = Process("--customers customers.csv --json");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, StartsWith("customers.csv:3: bad_customer: "
                                      ",b@example.com,B\n"
                                      "customers.csv:4: duplicate_customer: "
                                      "12,a@example.com,C\n"
                                      "orders.csv:3: unknown_customer: 2,11\n"
                                      "barcodes.csv:2: unknown_order: a,2\n"));
  EXPECT_THAT(outcome.err,
              HasSubstr("\ncustomers.csv: 3 rows = 1 accepted + 2 rejected\n"));
  EXPECT_THAT(
      outcome.out,
      HasSubstr(R"("customers_file":{"rows":3,"accepted":1,"rejected":2},)"));
  EXPECT_THAT(outcome.out, HasSubstr("\"customers\":1,"));
}

TEST_F(ProcessTest, ControlBytesInRowsAreEscaped) {
  folder_.Put("orders.csv", "order_id,customer_id\n\x1b[2J,\"\n\xff\"\n");
  EXPECT_THAT(Process().err,
              StartsWith("orders.csv:2: bad_id: \\x1b[2J,\"\\x0a\\xff\"\n"));
}

TEST_F(ProcessTest, PastTwentyRejectsAndWarningsAreSummedUp) {
  std::string orders = "order_id,customer_id\n";
  for (int i = 1; i <= 25; ++i) orders += std::to_string(i) + ",1\n";
  for (int i = 1; i <= 20; ++i) orders += "x,1\n";
  folder_.Put("orders.csv", orders);
  folder_.Put("barcodes.csv", "barcode,order_id\n,1\na,99\n,1\n");
  const Outcome outcome = Process("--rejects r.csv");
  EXPECT_THAT(outcome.err, HasSubstr("orders.csv:46: bad_id: x,1\n"
                                     "3 more rows rejected: 2 missing_barcode, "
                                     "1 unknown_order (r.csv lists all)\n"));
  EXPECT_THAT(Process().err,
              HasSubstr("1 unknown_order (--rejects FILE lists all)\n"));
  EXPECT_THAT(outcome.err,
              HasSubstr("orders.csv:21: warning: order 20 has no barcodes\n"
                        "warning: 5 more orders have no barcodes\n"));
  EXPECT_THAT(outcome.err, EndsWith("orders without barcodes: 25\n"));
  EXPECT_THAT(folder_.Get("r.csv"),
              EndsWith("barcodes.csv,4,missing_barcode,\",1\"\n"));
}

TEST_F(ProcessTest, OneIsSingular) {
  std::string orders = "order_id,customer_id\n";
  for (int i = 1; i <= 21; ++i) orders += std::to_string(i) + ",1\n";
  for (int i = 1; i <= 20; ++i) orders += "x,1\n";
  folder_.Put("orders.csv", orders);
  folder_.Put("barcodes.csv", "barcode,order_id\n,1\n");
  const Outcome outcome = Process("--strict");
  EXPECT_THAT(outcome.err,
              HasSubstr("\n1 more row rejected: 1 missing_barcode"));
  EXPECT_THAT(outcome.err,
              HasSubstr("\nwarning: 1 more order has no barcodes\n"));
  EXPECT_THAT(outcome.err, HasSubstr("\nbarcodes.csv: 1 row = 0 accepted + "
                                     "1 rejected\n"));
  folder_.Put("orders.csv", "order_id,customer_id\n1,1\n");
  folder_.Put("barcodes.csv", "barcode,order_id\na,1\n,1\n");
  EXPECT_THAT(Process("--strict").err,
              HasSubstr("--strict: 1 row rejected, 0 orders without barcodes"));
}

TEST_F(ProcessTest, ADashIsStandardInput) {
  const Outcome outcome =
      RunCommand(folder_, "process orders.csv - --rejects r.csv <barcodes.csv");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "10 2\n11 1\nunassigned 1\n");
  EXPECT_THAT(outcome.err, StartsWith("-:4: duplicate_barcode: a,1\n"));
  EXPECT_THAT(folder_.Get("r.csv"),
              HasSubstr("\n-,4,duplicate_barcode,\"a,1\"\n"));
}

TEST_F(ProcessTest, PipesAreInputs) {
  const Outcome outcome =
      RunCommand(folder_, "process orders.csv /dev/stdin <barcodes.csv --json");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("\"assigned_barcodes\":3"));
}

TEST_F(ProcessTest, NoProgressIsShownWhereThereIsNoTerminal) {
  EXPECT_THAT(Process().err, Not(HasSubstr("\r")));
}

// ---- Strict ----

TEST_F(ProcessTest, StrictFailsOnRejectsAndWritesNothing) {
  const Outcome outcome = Process("--strict --unassigned u.csv");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("barcodes.csv:4: duplicate_barcode:"));
  EXPECT_THAT(outcome.err,
              EndsWith("orderstore: --strict: 2 rows rejected, 1 order "
                       "without barcodes; nothing was imported, nothing was "
                       "written\n"));
  EXPECT_THAT(NewFiles(), IsEmpty());
}

TEST_F(ProcessTest, StrictWritesTheRejectsWhereAskedAndNothingElse) {
  const Outcome outcome =
      Process("--strict --json --rejects r.csv --unassigned u.csv");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              EndsWith("orderstore: --strict: 2 rows rejected, 1 order "
                       "without barcodes; nothing was imported, r.csv alone "
                       "was written\n"));
  EXPECT_EQ(folder_.Get("r.csv"),
            "file,line,reason,row\n"
            "barcodes.csv,4,duplicate_barcode,\"a,1\"\n"
            "barcodes.csv,6,missing_barcode,\",2\"\n");
  EXPECT_THAT(NewFiles(), ElementsAre("r.csv"));
}

TEST_F(ProcessTest, StrictTellsOfRejectsThatCannotBeWritten) {
  const Outcome outcome = Process("--strict --rejects /dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("cannot write /dev/full: No space left on device; "
                        "nothing was imported, nothing was written"));
}

TEST_F(ProcessTest, StrictFailsOnAnOrderWithoutBarcodes) {
  folder_.Put("barcodes.csv", "barcode,order_id\na,1\nb,2\n");
  EXPECT_EQ(Process("--strict").exit_code, 1);
  EXPECT_THAT(NewFiles(), IsEmpty());
}

TEST_F(ProcessTest, StrictWritesWhereNothingIsBad) {
  folder_.Put("orders.csv", kGoodOrders);
  folder_.Put("barcodes.csv", kGoodBarcodes);
  EXPECT_EQ(Process("--strict").exit_code, 0);
  EXPECT_THAT(NewFiles(), ElementsAre("processed_orders.csv"));
}

// ---- Errors ----

TEST_F(ProcessTest, AMissingInputIsToldAndNothingWritten) {
  for (const char* arguments :
       {"process no.csv barcodes.csv", "process orders.csv no.csv",
        "process orders.csv barcodes.csv --customers no.csv"}) {
    const Outcome outcome = RunCommand(folder_, arguments);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              "orderstore: cannot open no.csv: No such file or directory; "
              "nothing was imported, nothing was written; check the path\n");
  }
  EXPECT_THAT(NewFiles(), IsEmpty());
}

TEST_F(ProcessTest, AFolderIsNoInput) {
  EXPECT_THAT(RunCommand(folder_, "process . barcodes.csv").err,
              HasSubstr("cannot read .: Is a directory"));
}

TEST_F(ProcessTest, AMissingColumnIsNamed) {
  folder_.Put("orders.csv", "order_id,client\n1,10\n");
  const Outcome outcome = Process();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err,
            "orderstore: orders.csv:1: the header has no column customer_id: "
            "order_id,client; the columns order_id,customer_id are needed; "
            "nothing was imported, nothing was written\n");
  EXPECT_THAT(NewFiles(), IsEmpty());
}

TEST_F(ProcessTest, AnOutputThatCannotBeWrittenIsTold) {
  const Outcome outcome = Process("--output no/out.csv");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("cannot write no/out.csv: No such file or "
                                     "directory; nothing was imported"));
}

TEST_F(ProcessTest, AFullDiskIsToldAndNoOtherFileWritten) {
  const Outcome outcome = Process("--rejects /dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("cannot write /dev/full: No space left on "
                                     "device; nothing was written; free some"));
  EXPECT_THAT(NewFiles(), IsEmpty());
}

TEST_F(ProcessTest, ResultsThatCannotBePrintedAreAFailure) {
  const Outcome full = Process(">/dev/full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("cannot write the results: No space left on "
                                  "device; the files are written"));
}

TEST_F(ProcessTest, HelpAndVersionThatCannotBePrintedAreAFailure) {
  for (const char* arguments : {"--help", "process --help", "--version"}) {
    const Outcome outcome =
        RunCommand(folder_, std::string(arguments) + " >/dev/full");
    EXPECT_EQ(outcome.exit_code, 1) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  }
}

TEST_F(ProcessTest, NoMessageLandsInAFileWhereStandardStreamsAreClosed) {
  const Outcome outcome = Process("--rejects r.csv <&- >&- 2>&-");
  EXPECT_EQ(outcome.exit_code, 1) << "the results could not be printed";
  EXPECT_EQ(folder_.Get("processed_orders.csv"),
            "customer_id,order_id,barcode\n10,1,\"[b, c]\"\n11,2,[a]\n");
  EXPECT_EQ(folder_.Get("r.csv"),
            "file,line,reason,row\n"
            "barcodes.csv,4,duplicate_barcode,\"a,1\"\n"
            "barcodes.csv,6,missing_barcode,\",2\"\n");
  EXPECT_THAT(NewFiles(), ElementsAre("processed_orders.csv", "r.csv"));
}

TEST_F(ProcessTest, AStandardStreamThatIsClosedIsAnError) {
  EXPECT_THAT(Process(">&-").err,
              HasSubstr("cannot write the results: Bad file descriptor; the "
                        "files are written"));
  EXPECT_THAT(RunCommand(folder_, "process - barcodes.csv <&-").err,
              HasSubstr("cannot read -: Bad file descriptor"));
  EXPECT_EQ(Process("2>&-").exit_code, 0);
}

TEST_F(ProcessTest, HintsFitTheError) {
  const std::string nothing = "; nothing was imported, nothing was written";
  EXPECT_THAT(
      Process("--output no/o.csv").err,
      EndsWith("No such file or directory" + nothing + "; check the path\n"));
  EXPECT_THAT(Process("--output orders.csv/o.csv").err,
              EndsWith("Not a directory" + nothing + "; check the path\n"));
  EXPECT_THAT(
      Process("--output .").err,
      EndsWith("Is a directory" + nothing + "; name a file, not a folder\n"));
  // Two numbers are left for files; the loader, or a sanitizer, needs them too.
  folder_.Put("customers.csv", "customer_id,email,name\n");
  EXPECT_THAT(
      RunScript(folder_,
                "exec 3<&- 4<&-; ulimit -n 5; \"$ORDERSTORE\" process "
                "orders.csv barcodes.csv --customers customers.csv")
          .err,
      EndsWith("cannot open customers.csv: Too many open files" + nothing +
               "; raise `ulimit -n`, the limit of open files\n"));
  EXPECT_THAT(
      Process("--rejects /dev/full").err,
      EndsWith("No space left on device; nothing was written; free some "
               "space there or name a file elsewhere\n"));
}

TEST_F(ProcessTest, AFailureKeepsTheOldOutput) {
  folder_.Put("processed_orders.csv", "old");
  folder_.Put("orders.csv", "order_id\n");
  EXPECT_EQ(Process().exit_code, 1);
  EXPECT_EQ(folder_.Get("processed_orders.csv"), "old");
}

TEST_F(ProcessTest, OutputsAreReadableByTheirOwnerOnly) {
  Process("--rejects r.csv");
  for (const char* name : {"processed_orders.csv", "r.csv"}) {
    struct stat file;
    ASSERT_EQ(stat((folder_ / name).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u) << name;
  }
}

// ---- Usage ----

TEST_F(ProcessTest, AnInputIsNoOutput) {
  ASSERT_EQ(symlink("orders.csv", (folder_ / "symbolic").c_str()), 0);
  ASSERT_EQ(
      link((folder_ / "barcodes.csv").c_str(), (folder_ / "hard").c_str()), 0);
  for (const char* options : {"--output orders.csv", "--rejects ./barcodes.csv",
                              "--unassigned symbolic", "--output hard"}) {
    const Outcome outcome = Process(options);
    EXPECT_EQ(outcome.exit_code, 2) << options;
    EXPECT_THAT(outcome.err, HasSubstr("is the same file as the "));
    EXPECT_THAT(outcome.err, HasSubstr("nothing was done"));
  }
  folder_.Put("c.csv", "customer_id,email,name\n");
  EXPECT_THAT(Process("--customers c.csv --output c.csv").err,
              HasSubstr("--output c.csv is the same file as --customers"));
  EXPECT_THAT(folder_.Get("orders.csv"), StartsWith("order_id"));
}

TEST_F(ProcessTest, TwoOutputsAreTwoFiles) {
  for (const char* options : {"--output x.csv --rejects x.csv",
                              "--rejects x.csv --unassigned ./x.csv",
                              "--unassigned processed_orders.csv"}) {
    const Outcome outcome = Process(options);
    EXPECT_EQ(outcome.exit_code, 2) << options;
    EXPECT_THAT(outcome.err, HasSubstr("is the same file as --"));
  }
  EXPECT_THAT(NewFiles(), IsEmpty());
}

TEST_F(ProcessTest, AnOutputDoesNotTakeThePlaceOfAStandardStream) {
  const Outcome out = Process("--output x.csv >x.csv");
  EXPECT_EQ(out.exit_code, 2);
  EXPECT_THAT(out.err, HasSubstr("--output x.csv is the same file as standard "
                                 "output; nothing was done"));
  EXPECT_EQ(Process("--rejects x.csv 2>x.csv").exit_code, 2);
  EXPECT_THAT(folder_.Get("x.csv"),
              HasSubstr("--rejects x.csv is the same file as standard error"));
}

TEST_F(ProcessTest, OutputsThroughOneDanglingLinkAreOneFile) {
  ASSERT_EQ(symlink("x.csv", (folder_ / "link").c_str()), 0);
  EXPECT_THAT(Process("--output link --rejects x.csv").err,
              HasSubstr("--rejects x.csv is the same file as --output"));
  EXPECT_EQ(Process("--output link").exit_code, 0);
  EXPECT_THAT(folder_.Get("x.csv"), StartsWith("customer_id,"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
}

TEST_F(ProcessTest, OutputsMayShareTheNullDevice) {
  EXPECT_EQ(Process("--output /dev/null --rejects /dev/null").exit_code, 0);
}

TEST_F(ProcessTest, TheListOfBarcodesIsAsTheHelpSays) {
  folder_.Put("barcodes.csv",
              "barcode,order_id\n\"a, b\",1\n\"say \"\"x\"\"\",2\n[c],3\n"
              "d,3\n");
  Process();
  EXPECT_EQ(folder_.Get("processed_orders.csv"),
            "customer_id,order_id,barcode\n"
            "10,1,\"[a, b]\"\n"
            "10,3,\"[[c], d]\"\n"
            "11,2,\"[say \"\"x\"\"]\"\n");
}

TEST_F(ProcessTest, HelpTeachesAndExitsWithZero) {
  const Outcome outcome = RunCommand(folder_, "process --help");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* taught : {"order_id,customer_id",
                             "barcode,order_id",
                             "customer_id,email,name",
                             "wrong_field_count",
                             "bad_customer",
                             "incomplete_order",
                             "missing_barcode",
                             "bad_id",
                             "bad_text",
                             "duplicate_customer",
                             "duplicate_order",
                             "duplicate_barcode",
                             "unknown_customer",
                             "unknown_order",
                             "keep-first",
                             "drop-all",
                             "prefer-sold",
                             "Exit codes",
                             "Examples:",
                             "[a] or \"[a, b]\"",
                             "symbolic link",
                             "`-`"}) {
    EXPECT_THAT(outcome.out, HasSubstr(taught));
  }
  EXPECT_EQ(RunCommand(folder_, "--help").exit_code, 0);
}

TEST_F(ProcessTest, VersionIsPrinted) {
  const Outcome outcome = RunCommand(folder_, "--version");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("orderstore [0-9.]+\n"));
}

// A pipe keeps it waiting until the signal comes.
TEST_F(ProcessTest, ASignalEndsItWithNothingWritten) {
  folder_.Put("p.csv", "before\n");
  for (const int signal : {SIGINT, SIGTERM}) {
    const Outcome outcome = RunAndSignal(
        folder_, "process orders.csv slow --output p.csv --rejects r.csv",
        "barcode,order_id\\n", signal);
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_THAT(outcome.err,
                HasSubstr("orderstore: interrupted; nothing was imported, "
                          "nothing was written\n"));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(folder_.Get("p.csv"), "before\n");
    EXPECT_THAT(NewFiles(), UnorderedElementsAre("p.csv", "slow"));
  }
}

}  // namespace
}  // namespace orderstore
