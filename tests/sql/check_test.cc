// Comparing a server's tables with a store: what it finds, and as of when.

#include "sql/check.h"

#include <csignal>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "sql/database.h"
#include "sql/sample_rows.h"

namespace orderstore::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    PutSome(*store_);
    EXPECT_EQ(Export("").exit_code, 0);
  }

  Outcome Export(const std::string& options) {
    return database_.Run("\"$ORDERSTORE\" export shop --to '' " + options);
  }
  std::vector<std::string> Differences() {
    Connection server = Connection::Open(database_.uri()).value();
    EXPECT_TRUE(BeginCheck(server, "public").ok());
    const auto report = Check(store_->OpenReadView(), server, "public");
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->is_equal(), report->Differences().empty());
    return report->Differences();
  }
  void Redeem(bool redeem) {
    ASSERT_TRUE(store_
                    ->Transact([&](Transaction& txn) {
                      return redeem ? txn.Redeem("00123")
                                    : txn.Unredeem("00123");
                    })
                    .ok());
  }

  const Database database_;
  std::unique_ptr<Store> store_ =
      Store::Open(database_.folder() / "shop",
                  {.segment_bytes = 16 << 10,
                   .snapshot_interval = std::chrono::seconds(0)})
          .value();
};

TEST_F(CheckTest, TablesThatWereLoadedAreEqual) {
  EXPECT_THAT(Differences(), IsEmpty());
  PutHostile(*store_);
  EXPECT_THAT(Differences(),
              ElementsAre(StartsWith("customers: 28 rows differ: id 3 is "
                                     "missing on the server, id 6 is "),
                          "customers: the next id is 8, the store's 85",
                          StartsWith("orders: 28 rows differ: "),
                          "orders: the next id is 4, the store's 86",
                          StartsWith("barcodes: 28 rows differ: "),
                          HasSubstr("barcodes: the next id is ")));
  ASSERT_EQ(Export("--replace").exit_code, 0);
  EXPECT_THAT(Differences(), IsEmpty());
}

// Each value of each column counts, and so does each row.
TEST_F(CheckTest, EveryValueCounts) {
  struct Case {
    const char* sql;
    const char* difference;
  };
  const Case kCases[] = {
      {"UPDATE customers SET email = 'Ann@example.com'",
       "customers: 1 row differs: id 7 has other values"},
      {"UPDATE customers SET name = 'Ann Bee'",
       "customers: 1 row differs: id 7 has other values"},
      {"UPDATE customers SET created_at = created_at + interval '1 us'",
       "customers: 1 row differs: id 7 has other values"},
      {"UPDATE customers SET updated_at = updated_at + interval '1 us'",
       "customers: 1 row differs: id 7 has other values"},
      {"INSERT INTO customers VALUES (8, 'b', 'c')",
       "customers: 1 row differs: id 8 is on the server only"},
      {"UPDATE orders SET created_at = created_at - interval '1 us'",
       "orders: 1 row differs: id 3 has other values"},
      {"UPDATE barcodes SET barcode_value = '0123' WHERE id = 1",
       "barcodes: 1 row differs: id 1 has other values"},
      {"UPDATE barcodes SET order_id = NULL WHERE id = 1",
       "barcodes: 1 row differs: id 1 has other values"},
      {"UPDATE barcodes SET is_used = NOT is_used WHERE id = 9",
       "barcodes: 1 row differs: id 9 has other values"},
      {"UPDATE barcodes SET id = 5 WHERE id = 9",
       "barcodes: 2 rows differ: id 5 is on the server only, id 9 is missing "
       "on the server"},
      {"DELETE FROM barcodes",
       "barcodes: 2 rows differ: id 1 is missing on the server, id 9 is "
       "missing on the server"},
      {"SELECT setval('orders_id_seq', 2)",
       "orders: the next id is 3, the store's 4"},
  };
  for (const Case& wrong : kCases) {
    SCOPED_TRACE(wrong.sql);
    ASSERT_THAT(Differences(), IsEmpty());
    database_.Query(wrong.sql);
    EXPECT_THAT(Differences(), ElementsAre(wrong.difference));
    ASSERT_EQ(Export("--replace").exit_code, 0);
  }
  // Others may have drawn ids.
  database_.Query("SELECT setval('orders_id_seq', 99)");
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(CheckTest, RowsWithoutParentsAndWithoutIdsAreTold) {
  database_.Query(
      "DROP TABLE customers, orders, barcodes CASCADE; CREATE TABLE customers "
      "(id int, email text, name text, created_at timestamp, updated_at "
      "timestamp); CREATE TABLE orders (id int, customer_id int, created_at "
      "timestamp, updated_at timestamp); CREATE TABLE barcodes (id int, "
      "barcode_value text, order_id int, is_used bool, created_at timestamp, "
      "updated_at timestamp)");
  ASSERT_EQ(Export("").exit_code, 0);
  EXPECT_THAT(Differences(), IsEmpty());
  database_.Query(
      "INSERT INTO customers SELECT * FROM customers; INSERT INTO customers "
      "(email) VALUES ('x'); UPDATE orders SET customer_id = 1; INSERT INTO "
      "barcodes SELECT n, n, 999 FROM generate_series(100, 110) n");
  EXPECT_THAT(
      Differences(),
      ElementsAre("customers: 2 rows differ: id 7 is on the server only, id "
                  "\\N is on the server only",
                  "orders: 1 row differs: id 3 has other values",
                  MatchesRegex("barcodes: 11 rows differ: (id 1[0-9]+ is on "
                               "the server only, ){10}\\.\\.\\."),
                  "rows that refer to others that are not there: 12"));
}

// ---- The command -----------------------------------------------------------

TEST_F(CheckTest, TheCommandPrintsTheServersSideAndWhatDiffers) {
  const Outcome equal = Export("--check");
  EXPECT_EQ(equal.exit_code, 0) << equal.err;
  EXPECT_THAT(equal.out,
              MatchesRegex("lsn 1\ncustomers 1 -?[0-9]+ 8\norders 1 -?[0-9]+ "
                           "4\nbarcodes 2 -?[0-9]+ 10\nequal yes\n"));
  EXPECT_EQ(equal.err, "");
  database_.Query("DELETE FROM barcodes WHERE id = 9");
  const Outcome differs = Export("--check");
  EXPECT_EQ(differs.exit_code, 3);
  EXPECT_THAT(differs.out, HasSubstr("\nbarcodes 1 "));
  EXPECT_THAT(differs.out, HasSubstr("\ndifference barcodes: 1 row differs: id "
                                     "9 is missing on the server\nequal no\n"));
  const Outcome json = Export("--check --json");
  EXPECT_EQ(json.exit_code, 3);
  const auto object = nlohmann::json::parse(json.out);
  EXPECT_EQ(object["equal"], false);
  EXPECT_EQ(object["tables"]["barcodes"]["store"]["rows"], 2);
  EXPECT_EQ(object["tables"]["barcodes"]["server"]["rows"], 1);
  EXPECT_EQ(object["tables"]["barcodes"]["differing_rows"], 1);
  EXPECT_EQ(object["tables"]["barcodes"]["examples"][0],
            "id 9 is missing on the server");
  EXPECT_EQ(object["lost_rows"], 0);
}

TEST_F(CheckTest, WithoutTablesOrServerNothingIsChecked) {
  const Outcome none = Export("--check --schema nil");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err,
              HasSubstr("the schema \"nil\" has none of the tables; the "
                        "tables were not checked"));
  const Outcome gone =
      database_.Run("\"$ORDERSTORE\" export shop --to 'host=/nowhere' --check");
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.err, HasSubstr("the tables were not checked"));
  for (const char* options : {"--replace", "--upsert", "--fast-load", "--stamp",
                              "--follow", "--partition-by order-month"}) {
    EXPECT_EQ(Export("--check " + std::string(options)).exit_code, 2);
  }
  EXPECT_EQ(database_.Run("\"$ORDERSTORE\" export shop --check").exit_code, 2);
}

// A copy is compared with the store as it was at the copy's commit.
TEST_F(CheckTest, ACopyIsComparedAsOfItsCommit) {
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  Redeem(false);
  const Outcome behind = Export("--check");
  EXPECT_EQ(behind.exit_code, 0) << behind.out << behind.err;
  EXPECT_THAT(behind.out, StartsWith("lsn 1\n"));
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  EXPECT_THAT(Export("--check").out, StartsWith("lsn 2\n"));
  database_.Query("UPDATE orderstore_applied SET lsn = 1");
  const Outcome wrong = Export("--check");
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_THAT(wrong.out, HasSubstr("id 1 has other values"));

  ASSERT_TRUE(store_->Backup(database_.folder() / "other").ok());
  const Outcome other =
      database_.Run("\"$ORDERSTORE\" export other --to '' --check");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("the tables are a copy of the store "));

  // As of a time that the store's files do not reach any more.
  for (const bool redeem : {true, false, true}) {
    Redeem(redeem);
    ASSERT_TRUE(store_->WriteSnapshot().ok());
  }
  const Outcome old = Export("--check");
  EXPECT_EQ(old.exit_code, 1);
  EXPECT_THAT(old.err, HasSubstr("the files go back to LSN 4, and the store is "
                                 "to be read as of LSN 1"));
}

// ---- Adopting --------------------------------------------------------------

// Tables are a copy from an LSN on only if they prove to be.
TEST_F(CheckTest, AWrongBaseIsRefusedAndMarksNothing) {
  Redeem(false);
  Redeem(true);
  for (const char* base : {"0", "2"}) {
    const Outcome wrong = Export("--since-lsn " + std::string(base));
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_THAT(wrong.err,
                HasSubstr("the schema public has other rows than the store "
                          "had at LSN " +
                          std::string(base)));
    EXPECT_THAT(wrong.err,
                HasSubstr("--to URI --follow --resync` loads the tables anew; "
                          "nothing was applied"));
  }
  EXPECT_EQ(database_.Query("SELECT to_regclass('orderstore_applied') IS NULL"),
            "t\n");
  EXPECT_EQ(Export("--since-lsn 1").exit_code, 0);
  EXPECT_THAT(Differences(), IsEmpty());
  EXPECT_EQ(database_.Query("SELECT lsn FROM orderstore_applied"), "3\n");
}

TEST_F(CheckTest, ABaseThatTheFilesDoNotReachNamesTheWayOut) {
  for (const bool redeem : {false, true, false}) {
    Redeem(redeem);
    ASSERT_TRUE(store_->WriteSnapshot().ok());
  }
  const Outcome old = Export("--since-lsn 1");
  EXPECT_EQ(old.exit_code, 1);
  EXPECT_THAT(old.err,
              HasSubstr("the files go back to LSN 3, and the store is to be "
                        "read as of LSN 1; `orderstore export shop --to URI "
                        "--follow --resync` loads the tables anew; nothing "
                        "was applied"));
}

}  // namespace
}  // namespace orderstore::sql
