// `orderstore export`: what it writes and where. What a server makes of it, is
// in tests/sql.

#include <sys/stat.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"
#include "tools/shell_process.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ExportTest : public testing::Test {
 protected:
  ExportTest() {
    folder_.Put("o.csv", "order_id,customer_id\n2,11\n1,10\n");
    folder_.Put("b.csv", "barcode,order_id\nz,1\n\"q,\"\"x\",2\nu,\n");
    EXPECT_EQ(Run("import shop o.csv b.csv").exit_code, 0);
  }

  Outcome Run(const std::string& arguments) {
    return RunCommand(folder_, arguments);
  }

  const TestFolder folder_;
};

TEST_F(ExportTest, SqlGoesToStandardOutputOrAFile) {
  const Outcome outcome = Run("export shop");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, StartsWith("-- An orderstore as of LSN 1: customers "
                                      "2, orders 2, barcodes 3.\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\nCOMMIT;\n"));
  for (const char* option : {"--file x.sql", "-f y.sql"}) {
    const Outcome written = Run(std::string("export shop ") + option);
    EXPECT_EQ(written.exit_code, 0);
    EXPECT_EQ(written.out + written.err, "");
  }
  EXPECT_EQ(folder_.Get("x.sql"), outcome.out);
  EXPECT_EQ(folder_.Get("y.sql"), outcome.out);
}

TEST_F(ExportTest, OptionsAreThoseOfPgDump) {
  const std::string schema = Run("export shop -s").out;
  EXPECT_EQ(schema, Run("export shop --schema-only").out);
  EXPECT_THAT(schema, HasSubstr("CREATE TABLE public.customers"));
  EXPECT_THAT(schema, Not(HasSubstr("COPY")));
  const std::string data = Run("export shop -a").out;
  EXPECT_EQ(data, Run("export shop --data-only").out);
  EXPECT_THAT(data, Not(HasSubstr("CREATE TABLE public")));
  EXPECT_THAT(data, HasSubstr("COPY public.barcodes"));
  EXPECT_THAT(Run("export shop -c").out,
              HasSubstr("\nDROP TABLE public.barcodes;\n"));
  EXPECT_THAT(Run("export shop --clean --if-exists").out,
              HasSubstr("\nDROP TABLE IF EXISTS public.barcodes;\n"));
  EXPECT_THAT(Run("export shop --inserts").out,
              HasSubstr("\nINSERT INTO public.barcodes (id, barcode_value, "
                        "order_id, is_used, created_at, updated_at) VALUES (1, "
                        "'z', 1, false, '"));
  EXPECT_THAT(Run("export shop -n Shop").out,
              HasSubstr("\nCREATE SCHEMA IF NOT EXISTS \"Shop\";\nCREATE TABLE "
                        "\"Shop\".customers ("));
}

TEST_F(ExportTest, CsvIsAFileATable) {
  const Outcome outcome = Run("export shop --format csv --file out");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_THAT(folder_.Get("out/customers.csv"),
              StartsWith("id,email,name,created_at,updated_at\n"
                         "10,customer-10@import.invalid,Customer 10,20"));
  EXPECT_THAT(folder_.Get("out/orders.csv"),
              StartsWith("id,customer_id,created_at,updated_at\n1,10,20"));
  EXPECT_THAT(folder_.Get("out/barcodes.csv"), HasSubstr("\n3,u,,f,20"));
  EXPECT_THAT(folder_.Get("out/barcodes.csv"), HasSubstr("2,\"q,\"\"x\",2,f,"));
  EXPECT_THAT(Run("export shop --format csv --file out").err,
              HasSubstr("out is not an empty folder; name a new one"));
  ASSERT_EQ(mkdir((folder_ / "empty").c_str(), 0700), 0);
  EXPECT_EQ(Run("export shop --format csv --file empty").exit_code, 0);
}

TEST_F(ExportTest, WhatDoesNotGoTogetherIsRefused) {
  for (const char* arguments : {"-s -a",
                                "--if-exists",
                                "--format csv",
                                "--format xml",
                                "--format csv --file out -s",
                                "--format csv --file out --inserts",
                                "--format csv --file out --data-only",
                                "--format csv --file out --if-exists",
                                "--format csv --file out --schema x",
                                "--format csv --file out --clean",
                                "--format csv --file shop/out",
                                "--file shop/x",
                                "--schema ''",
                                "--file ''",
                                "--file -",
                                "--replace",
                                "--fast-load",
                                "--json",
                                "--upsert",
                                "--to postgresql:///x --upsert --replace",
                                "--to postgresql:///x --upsert --fast-load",
                                "--to postgresql:///x --file y",
                                "--to postgresql:///x -c",
                                "--to postgresql:///x --format csv",
                                "--follow",
                                "--since-lsn 1",
                                "--resync",
                                "--to postgresql:///x --follow --replace",
                                "--to postgresql:///x --follow --upsert",
                                "--to postgresql:///x --follow --partition-by "
                                "order-month",
                                "--to postgresql:///x --since-lsn 1 --replace",
                                "--to postgresql:///x --since-lsn 1 --upsert",
                                "--to postgresql:///x --since-lsn 1 "
                                "--partition-by order-month",
                                "--to postgresql:///x --since-lsn -1",
                                "--to postgresql:///x --since-lsn x",
                                "--to postgresql:///x --resync",
                                "--to postgresql:///x --resync --since-lsn 1",
                                "--to postgresql:///x --follow --resync "
                                "--since-lsn 1",
                                "--to postgresql:///x --follow --resync "
                                "--replace",
                                "--to postgresql:///x --follow --resync "
                                "--partition-by order-month",
                                "--to postgresql:///x --stamp --partition-by "
                                "order-month",
                                "--to postgresql:///x --partition-by month",
                                "--stamp --partition-by order-month",
                                "--partition-by customer-hash:0",
                                "--data-only --stamp",
                                "--data-only --clean",
                                "--data-only --partition-by order-month",
                                "--format csv --file out --stamp",
                                "--format csv --file out --partition-by "
                                "order-month"}) {
    const Outcome outcome = Run(std::string("export shop ") + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
  }
  EXPECT_THAT(folder_.Names(), ElementsAre("b.csv", "o.csv", "shop"));
}

TEST_F(ExportTest, AnOutputThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(Run("export shop > /dev/full").exit_code, 1);
  EXPECT_EQ(Run("export shop --file gone/x").exit_code, 1);
  EXPECT_EQ(Run("export shop --format csv --file gone/x").exit_code, 1);
}

TEST_F(ExportTest, AServerThatIsNotThereIsAnErrorWithoutThePassword) {
  const Outcome outcome =
      Run("export shop --to 'postgresql://ann:s3cr3t@/x?host=/nowhere'");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("cannot connect to database x on "
                                     "/nowhere: "));
  EXPECT_THAT(outcome.err, HasSubstr("; nothing was loaded\n"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("s3cr3t")));
}

TEST_F(ExportTest, AStoreInUseIsReadAsOfItsNewestCommit) {
  ShellProcess writer({"shop"}, folder_);
  EXPECT_EQ(writer.Ask("barcode new"), "committed 2 4\n");
  EXPECT_EQ(writer.Ask("begin"), "ok\n");
  EXPECT_EQ(writer.Ask("barcode newer"), "ok 5\n");
  const Outcome outcome = Run("export shop");
  EXPECT_THAT(outcome.out, HasSubstr("4\tnew\t\\N\tf\t"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("newer")));
}

}  // namespace
}  // namespace orderstore
