// What the command says to a command line that is wrong.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::IsEmpty;

class UsageErrorTest : public testing::Test {
 protected:
  TestFolder folder_;
};

TEST_F(UsageErrorTest, WhatIsWrongWithTheCommandLineIsNamed) {
  const struct {
    const char* arguments;
    const char* problem;
    const char* help;
  } cases[] = {
      {"",
       "a subcommand is missing; the subcommands are process, import, report, "
       "orders, unassigned, shell, stats, snapshot, backup, export, archive, "
       "migrate, log, "
       "verify, "
       "salvage and generate",
       "orderstore"},
      {"proces orders.csv",
       "there is no subcommand proces; the subcommands are process, import, "
       "report, orders, unassigned, shell, stats, snapshot, backup, export, "
       "archive, migrate, "
       "log, "
       "verify, salvage and generate",
       "orderstore"},
      {"--top 5",
       "there is no option --top; the subcommands are process, import, report, "
       "orders, unassigned, shell, stats, snapshot, backup, export, archive, "
       "migrate, log, "
       "verify, "
       "salvage and generate",
       "orderstore"},
      {"process", "ORDERS is required", "orderstore process"},
      {"process orders.csv", "BARCODES is required", "orderstore process"},
      {"import shop orders.csv", "BARCODES is required", "orderstore import"},
      {"import '' a b", "DIR: the path is empty", "orderstore import"},
      {"report", "DIR is required", "orderstore report"},
      {"orders", "DIR is required", "orderstore orders"},
      {"unassigned shop x", "'x' is one argument too many",
       "orderstore unassigned"},
      {"snapshot", "DIR is required", "orderstore snapshot"},
      {"backup shop", "TO is required", "orderstore backup"},
      {"stats shop --top 5", "there is no option --top", "orderstore stats"},
      {"shell --durability none shop",
       "--durability: 'none' is not sync or async", "orderstore shell"},
      {"shell shop other", "'other' is one argument too many",
       "orderstore shell"},
      {"process a b c d", "'c' is one argument too many", "orderstore process"},
      {"process a b --topp 5", "there is no option --topp",
       "orderstore process"},
      {"--topp process a b", "there is no option --topp", "orderstore process"},
      {"process a b --top", "--top needs a value", "orderstore process"},
      {"process a b --top 1 --top 2", "--top is given twice",
       "orderstore process"},
      {"process a b --json=5", "--json takes no value", "orderstore process"},
      {"process a b --top 0x5",
       "--top: '0x5' is not an integer from 0 to 2147483647",
       "orderstore process"},
      {"process a b --duplicates keep-last",
       "--duplicates: 'keep-last' is not keep-first, drop-all or prefer-sold",
       "orderstore process"},
      {"process a b --duplicates 1",
       "--duplicates: '1' is not keep-first, drop-all or prefer-sold",
       "orderstore process"},
      {"process '' b", "ORDERS: the path is empty", "orderstore process"},
      {"process a b --customers ''", "--customers: the path is empty",
       "orderstore process"},
      {"process a b --rejects ''", "--rejects: the path is empty",
       "orderstore process"},
      {"process a b --output -",
       "--output: '-' is no file, and standard output is for the results; ./- "
       "is a file of that name",
       "orderstore process"},
      {"process - -", "only one input can be '-', standard input",
       "orderstore process"},
  };
  for (const auto& [arguments, problem, help] : cases) {
    const Outcome outcome = RunCommand(folder_, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_EQ(outcome.err, std::string("orderstore: ") + problem +
                               "; nothing was done; `" + help +
                               " --help` tells more\n");
  }
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

TEST_F(UsageErrorTest, NumbersAreDecimal) {
  std::string orders = "order_id,customer_id\n";
  std::string barcodes = "barcode,order_id\n";
  for (int i = 1; i <= 12; ++i) {
    const std::string id = std::to_string(i);
    orders += id + "," + id + "\n";
    barcodes += id + "," + id + "\n";
  }
  folder_.Put("orders.csv", orders);
  folder_.Put("barcodes.csv", barcodes);
  EXPECT_EQ(
      RunCommand(folder_, "process orders.csv barcodes.csv --top 010").out,
      RunCommand(folder_, "process orders.csv barcodes.csv --top 10").out);
}

}  // namespace
}  // namespace orderstore
