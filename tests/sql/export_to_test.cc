// `orderstore export --to`: what it prints, and what the server has then.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "sql/database.h"

namespace orderstore {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class ExportToTest : public testing::Test {
 protected:
  ExportToTest() {
    database_.folder().Put("o.csv", "order_id,customer_id\n2,11\n1,10\n");
    database_.folder().Put("b.csv", "barcode,order_id\nz,1\ny,2\nu,\n");
    EXPECT_EQ(
        database_.Run("\"$ORDERSTORE\" import shop o.csv b.csv").exit_code, 0);
  }

  // The database comes from the environment, or from the URI.
  Outcome Export(const std::string& options,
                 const std::string& uri = "postgresql://") {
    return database_.Run("\"$ORDERSTORE\" export shop --to '" + uri + "' " +
                         options);
  }

  const Database database_;
};

TEST_F(ExportToTest, LoadsTheServerAndPrintsTheProof) {
  const Outcome outcome = Export("");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(
      outcome.err,
      MatchesRegex("orderstore: database .*, schema public: made the tables, "
                   "and loaded "
                   "their rows, in [0-9.]+ s, and proved them in "
                   "[0-9.]+ s\n"));
  EXPECT_THAT(outcome.out,
              MatchesRegex("lsn 1\ncustomers 2 -?[0-9]+ 12\n"
                           "orders 2 -?[0-9]+ 3\nbarcodes 3 -?[0-9]+ 4\n"));
  EXPECT_EQ(
      database_.Query("SELECT barcode_value, order_id FROM barcodes ORDER "
                      "BY id"),
      "z|1\ny|2\nu|\n");
}

TEST_F(ExportToTest, AgainItReplacesIfItIsToldTo) {
  EXPECT_EQ(Export("", database_.uri()).exit_code, 0);
  const Outcome again = Export("", database_.uri());
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.out, "");
  EXPECT_THAT(again.err,
              HasSubstr("have 7 rows; nothing was changed; --replace "
                        "puts the store's in their place"));
  const Outcome replaced = Export("--replace --fast-load --json");
  EXPECT_EQ(replaced.exit_code, 0);
  const auto json = nlohmann::json::parse(replaced.out);
  EXPECT_EQ(json["lsn"], 1);
  EXPECT_EQ(json["made_tables"], false);
  EXPECT_EQ(json["rows_before"], 7);
  EXPECT_EQ(json["tables"]["barcodes"]["rows"], 3);
  EXPECT_TRUE(json["tables"]["barcodes"]["digest"].is_string());
  EXPECT_EQ(json["tables"]["barcodes"]["next_id"], 4);
  EXPECT_TRUE(json["alembic_version"].is_null());
}

TEST_F(ExportToTest, OneSnapshotFileIsAStoreToo) {
  ASSERT_EQ(database_.Run("\"$ORDERSTORE\" snapshot shop").exit_code, 0);
  ASSERT_EQ(database_
                .Run("cp shop/*1.snapshot monday.snapshot; printf "
                     "'barcode,order_id\\nlater,\\n' > c.csv; "
                     "\"$ORDERSTORE\" import shop o.csv c.csv")
                .exit_code,
            0);
  const Outcome outcome =
      database_.Run("\"$ORDERSTORE\" export monday.snapshot --to ''");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "3\n");
  const Outcome script =
      database_.Run("\"$ORDERSTORE\" export monday.snapshot");
  EXPECT_THAT(script.out, HasSubstr("as of LSN 1: customers 2, orders 2, "
                                    "barcodes 3."));
  const Outcome bad = database_.Run(
      "head -c 9000 monday.snapshot > bad.snapshot; \"$ORDERSTORE\" export "
      "bad.snapshot");
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_THAT(bad.err, HasSubstr("bad.snapshot at offset "));
}

// ---- Partitions and the other options --------------------------------------

TEST_F(ExportToTest, PartitionsAreMadeWithWhateverIsForRowsThatAreThere) {
  for (const std::string option : {"--replace", "--upsert", "--fast-load"}) {
    database_.Query(
        "DROP TABLE IF EXISTS barcodes, orders, customers, barcode_values; "
        "DROP FUNCTION IF EXISTS keep_barcode_values");
    const Outcome outcome = Export("--partition-by order-month " + option);
    EXPECT_EQ(outcome.exit_code, 0) << option << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("made the tables"));
    EXPECT_EQ(database_.Query("SELECT relkind FROM pg_class WHERE oid = "
                              "'barcodes'::regclass"),
              "p\n");
    EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "3\n");
  }
}

TEST_F(ExportToTest, TablesThatAreThereGetNoPartitions) {
  const std::string kind =
      "SELECT relkind FROM pg_class WHERE oid = 'barcodes'::regclass; SELECT "
      "count(*) FROM barcodes";
  ASSERT_EQ(Export("").exit_code, 0);
  for (const std::string option :
       {"", "--replace", "--upsert", "--fast-load"}) {
    const Outcome outcome = Export("--partition-by customer-hash:2 " + option);
    EXPECT_EQ(outcome.exit_code, 1) << option;
    EXPECT_THAT(outcome.err,
                HasSubstr("are there, and a load makes no partitions of them; "
                          "nothing was changed"));
    EXPECT_EQ(database_.Query(kind), "r\n3\n");
  }
}

TEST_F(ExportToTest, TablesInPartitionsAreOnlyMadeAnew) {
  ASSERT_EQ(Export("--partition-by customer-hash:2").exit_code, 0);
  for (const std::string options :
       {"", "--replace", "--upsert", "--replace --fast-load", "--stamp",
        "--follow", "--follow --resync", "--since-lsn 0",
        "--follow --since-lsn 1", "--replace --partition-by customer-hash:2"}) {
    // One that followed would not end.
    const Outcome outcome = database_.Run(
        "timeout 60 \"$ORDERSTORE\" export shop --to '' " + options);
    EXPECT_EQ(outcome.exit_code, 1) << options << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("; nothing was ")) << options;
    EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes; SELECT "
                              "to_regclass('orderstore_applied')"),
              "3\n\n")
        << options;
  }
  EXPECT_THAT(Export("--replace").err,
              HasSubstr("drop the tables, barcode_values and "
                        "keep_barcode_values() too, and make them anew"));
}

TEST_F(ExportToTest, ACopyThatFollowsIsStampedWhenItIsMade) {
  const std::string follow = "--follow --stamp --fast-load";
  const Outcome outcome = Export(
      follow +
      " & pid=$!; until psql -qtAc 'SELECT lsn FROM orderstore_applied' 2> "
      "/dev/null | grep -q 1; do sleep 0.1; done; kill -TERM $pid; wait $pid");
  EXPECT_EQ(outcome.exit_code, 128 + 15) << outcome.err;
  EXPECT_EQ(database_.Query("SELECT version_num FROM alembic_version"),
            "0002\n");
  EXPECT_EQ(Export("--since-lsn 0").exit_code, 0);
  // What stands in alembic_version counts for a copy too.
  database_.Query("UPDATE alembic_version SET version_num = '0042'");
  const Outcome unknown = Export("--follow --resync");
  EXPECT_EQ(unknown.exit_code, 4);
  EXPECT_THAT(unknown.err, HasSubstr("nothing was applied"));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "3\n");
}

// ---- Ends before its time --------------------------------------------------

// While the server waits for a lock, or is at work.
TEST_F(ExportToTest, ASignalEndsAStatementOfTheServer) {
  ASSERT_EQ(Export("").exit_code, 0);
  const Outcome outcome = database_.Run(
      "(echo 'BEGIN; LOCK TABLE orders;'; until [ -e done ]; do sleep 0.1; "
      "done) | psql -q & "
      "until psql -qtAc \"SELECT 1 FROM pg_locks WHERE mode = "
      "'AccessExclusiveLock' AND relation = 'orders'::regclass\" | grep -q 1; "
      "do sleep 0.1; done; "
      "env --default-signal=INT \"$ORDERSTORE\" export shop --to '' --replace "
      "& "
      "pid=$!; until psql -qtAc \"SELECT 1 FROM pg_locks WHERE NOT granted\" | "
      "grep -q 1; do sleep 0.1; done; kill -INT $pid; wait $pid; code=$?; "
      "touch done; wait; exit $code");
  EXPECT_EQ(outcome.exit_code, 128 + 2);
  EXPECT_THAT(outcome.err, HasSubstr("interrupted; nothing was loaded, the "
                                     "server is as it was"));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "3\n");
}

TEST_F(ExportToTest, KilledAtAnyMomentItLoadsAllOrNothing) {
  ASSERT_EQ(database_
                .Run("rm -r shop; \"$ORDERSTORE\" generate --customers 3000 "
                     "many && \"$ORDERSTORE\" import shop many/orders.csv "
                     "many/barcodes.csv > /dev/null")
                .exit_code,
            0);
  const std::string count = "SELECT count(*) FROM x.barcodes";
  ASSERT_EQ(Export("--schema x").exit_code, 0);
  const std::string all = database_.Query(count);
  for (int round = 0; round < 15; ++round) {
    database_.Query("DROP SCHEMA IF EXISTS x CASCADE");
    database_.Run(
        "\"$ORDERSTORE\" export shop --to '' --schema x > /dev/null & sleep "
        "0." +
        std::to_string(round / 5) + std::to_string(round * 7 % 10) +
        "; kill -KILL $!; wait $!; until [ $(psql -qtAc \"SELECT count(*) FROM "
        "pg_stat_activity WHERE datname = current_database()\") = 1 ]; do "
        "sleep "
        "0.05; done");
    if (database_.Query("SELECT to_regclass('x.barcodes') IS NULL") == "t\n") {
      EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_tables WHERE "
                                "schemaname = 'x'"),
                "0\n");
      continue;
    }
    EXPECT_EQ(database_.Query(count), all);
  }
}

// ---- Alembic ---------------------------------------------------------------

TEST_F(ExportToTest, StampMarksTheTablesThatItMade) {
  const Outcome outcome = Export("--stamp --json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("alembic_version was written: 0002"));
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["alembic_version"], "0002");
  EXPECT_EQ(database_.Query("SELECT version_num FROM alembic_version"),
            "0002\n");
  // Again, into tables whose revision is known now.
  const Outcome again = Export("--replace --stamp");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("alembic_version stays: 0002"));
  EXPECT_THAT(again.err, HasSubstr("into the tables that were there"));
}

TEST_F(ExportToTest, TablesOfAnUnknownRevisionAreNotTouched) {
  EXPECT_EQ(Export("").exit_code, 0);
  const Outcome unmarked = Export("--replace --stamp");
  EXPECT_EQ(unmarked.exit_code, 1);
  EXPECT_THAT(unmarked.err, HasSubstr("`alembic stamp REVISION` says it"));
  for (const char* revisions : {"('0042')", "('0001'), ('0002')"}) {
    database_.Query(
        "DROP TABLE IF EXISTS alembic_version; CREATE TABLE alembic_version "
        "(version_num varchar(32)); INSERT INTO alembic_version VALUES " +
        std::string(revisions));
    const Outcome unknown = Export("--replace");
    EXPECT_EQ(unknown.exit_code, 4);
    EXPECT_THAT(unknown.err, HasSubstr("public.alembic_version has "));
    EXPECT_THAT(unknown.err, HasSubstr("knows 0001 to 0003; nothing was "));
  }
  database_.Query("DELETE FROM alembic_version");
  EXPECT_THAT(Export("--replace").err, HasSubstr("`alembic upgrade head`"));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "3\n");
  database_.Query(
      "DROP TABLE customers, orders, barcodes; INSERT INTO alembic_version "
      "VALUES ('0001')");
  const Outcome missing = Export("");
  EXPECT_EQ(missing.exit_code, 4);
  EXPECT_THAT(missing.err, HasSubstr("the tables are not there"));
}

// ---- Revisions -------------------------------------------------------------

TEST_F(ExportToTest, EachRevisionIsMadeAndKept) {
  ASSERT_EQ(
      database_.Run("\"$ORDERSTORE\" migrate shop upgrade head").exit_code, 0);
  ASSERT_EQ(Export("").exit_code, 0);
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|1\n11|1\n");
  // Rows alone, into tables whose triggers count.
  ASSERT_EQ(Export("--replace").exit_code, 0);
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|1\n11|1\n");
  database_.Query(
      "UPDATE barcodes SET order_id = 2 WHERE barcode_value IN ('u', 'z'); "
      "UPDATE barcodes SET is_used = true;"
      "INSERT INTO orders (id, customer_id) VALUES (7, 10);"
      "INSERT INTO barcodes (barcode_value, order_id) VALUES ('a', 7), ('b', "
      "7)");
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|2\n11|3\n");
  database_.Query(
      "UPDATE orders SET customer_id = 11 WHERE id = 7;"
      "DELETE FROM barcodes WHERE barcode_value = 'y'");
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|0\n11|4\n");
  database_.Query("TRUNCATE barcodes");
  EXPECT_EQ(database_.Query("SELECT sum(ticket_count) FROM customers"), "0\n");
  ASSERT_EQ(
      database_.Run("\"$ORDERSTORE\" migrate shop downgrade 0001").exit_code,
      0);
  ASSERT_EQ(Export("--schema plain").exit_code, 0);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_indexes WHERE schemaname "
                            "= 'plain' AND indexname LIKE 'ix%'"),
            "0\n");
}

TEST_F(ExportToTest, ASchemaOfItsOwn) {
  EXPECT_EQ(Export("--schema shop").exit_code, 0);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM shop.orders"), "2\n");
}

// ---- The archive -----------------------------------------------------------

TEST_F(ExportToTest, AnArchivedScriptLoads) {
  const Outcome archived = database_.Run(
      "\"$ORDERSTORE\" archive shop --before 2999-01-01 old.sql --format sql");
  ASSERT_EQ(archived.exit_code, 0) << archived.err;
  const Outcome loaded = database_.Load("old.sql");
  EXPECT_EQ(loaded.exit_code, 0);
  EXPECT_EQ(loaded.err, "");
  EXPECT_EQ(
      database_.Query("SELECT barcode_value, order_id FROM barcodes ORDER "
                      "BY id"),
      "z|1\ny|2\n");
}

}  // namespace
}  // namespace orderstore
