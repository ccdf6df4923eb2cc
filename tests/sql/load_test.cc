// Loading a server over a connection: into tables of its own and of others.

#include "sql/load.h"

#include <atomic>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/database.h"
#include "sql/dump.h"
#include "sql/expect_rows.h"
#include "sql/sample_rows.h"
#include "store/test_store.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;

// As SQLAlchemy makes them of models that say no more than they must.
constexpr char kTheirTables[] = R"(
CREATE TABLE customers (
    extra text, id serial, email varchar, name varchar,
    created_at timestamp, updated_at timestamp,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_email UNIQUE (email) DEFERRABLE);
CREATE TABLE orders (
    id serial PRIMARY KEY, customer_id bigint REFERENCES customers,
    updated_at timestamp with time zone, created_at timestamp);
CREATE TABLE barcodes (
    id serial PRIMARY KEY, barcode_value text UNIQUE,
    order_id integer CONSTRAINT "The order" REFERENCES orders ON DELETE CASCADE,
    is_used boolean, created_at timestamp, updated_at timestamp);
CREATE INDEX "Times" ON barcodes (created_at DESC) WHERE is_used;
)";

class LoadTest : public testing::Test {
 protected:
  absl::StatusOr<LoadReport> TryLoad(const LoadOptions& options = {}) {
    const ReadView view = store_->OpenReadView();
    return Load(view, server_, options);
  }
  LoadReport LoadAll(const LoadOptions& options = {}) {
    absl::StatusOr<LoadReport> report = TryLoad(options);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(LoadReport());
  }

  void ExpectSameRows(const std::string& schema = "public") {
    ExpectRowsOf(store_->OpenReadView(), database_, schema);
  }

  // All that belongs to the tables.
  std::string Definitions() {
    return database_.Query(
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM "
        "pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, "
        "2; SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER "
        "BY 1");
  }

  const std::unique_ptr<Store> store_ = OpenStore();
  const Database database_;
  Connection server_ = Connection::Open(database_.uri()).value();
};

TEST_F(LoadTest, MakesTheTablesAndProvesTheRows) {
  PutHostile(*store_);
  const LoadReport report = LoadAll();
  EXPECT_TRUE(report.made_tables);
  EXPECT_EQ(report.lsn, 1);
  EXPECT_EQ(report.tables[0].rows, store_->OpenReadView().Counts().customers);
  EXPECT_NE(report.tables[2].digest, "0");
  ExpectSameRows();
  // The same as a script makes.
  const std::string definitions = Definitions();
  std::string script;
  ASSERT_TRUE(WriteDump(store_->OpenReadView(), {.clean = true},
                        [&](std::string_view bytes) {
                          script += bytes;
                          return absl::OkStatus();
                        })
                  .ok());
  database_.folder().Put("dump.sql", script);
  ASSERT_EQ(database_.Load("dump.sql").err, "");
  EXPECT_EQ(Definitions(), definitions);
}

TEST_F(LoadTest, AnEmptyStoreLoadsToo) {
  const LoadReport report = LoadAll({.schema = "of its own"});
  EXPECT_EQ(report.tables[0].rows, 0);
  EXPECT_EQ(report.tables[0].digest, "0");
  ExpectSameRows("of its own");
}

TEST_F(LoadTest, TablesOfOthersAreFilled) {
  PutHostile(*store_);
  database_.Query(kTheirTables);
  const std::string definitions = Definitions();
  EXPECT_FALSE(LoadAll().made_tables);
  ExpectSameRows();
  EXPECT_EQ(Definitions(), definitions);
  const int64_t customers = store_->OpenReadView().NextIds().customers;
  EXPECT_EQ(database_.Query("SELECT nextval('customers_id_seq')"),
            std::to_string(customers) + "\n");
}

TEST_F(LoadTest, AFastLoadMakesWhatItDroppedAgain) {
  PutHostile(*store_);
  database_.Query(kTheirTables);
  // The key of customers has to stay.
  database_.Query("CREATE TABLE notes (customer integer REFERENCES customers)");
  // And what is said of them.
  database_.Query(
      "COMMENT ON CONSTRAINT \"The order\" ON barcodes IS 'it''s \\'; COMMENT "
      "ON "
      "INDEX \"Times\" IS 'a'; COMMENT ON INDEX orders_pkey IS 'b'; COMMENT ON "
      "CONSTRAINT pk_customers ON customers IS 'c'; ALTER TABLE orders CLUSTER "
      "ON orders_pkey; ALTER TABLE barcodes ALTER barcode_value SET NOT NULL; "
      "ALTER TABLE barcodes REPLICA IDENTITY USING INDEX "
      "barcodes_barcode_value_key; ALTER TABLE barcodes ADD CONSTRAINT later "
      "FOREIGN KEY (order_id) REFERENCES orders NOT VALID; SET "
      "allow_in_place_tablespaces = on; CREATE TABLESPACE " +
      database_.name() +
      " LOCATION ''; ALTER INDEX barcodes_pkey SET TABLESPACE " +
      database_.name() + "; ALTER INDEX \"Times\" SET TABLESPACE " +
      database_.name() +
      "; ALTER INDEX orders_pkey SET (fillfactor = 60); CREATE INDEX odd ON "
      "customers ((id + 1)) WITH (fillfactor = 70); ALTER INDEX odd ALTER "
      "COLUMN 1 SET STATISTICS 77");
  const auto catalog = [&] {
    return database_.Run("pg_dump --schema-only | grep -v -e restrict").out;
  };
  const std::string before = catalog();
  EXPECT_THAT(before, HasSubstr("COMMENT ON INDEX public.\"Times\" IS 'a'"));
  LoadAll({.fast_load = true});
  ExpectSameRows();
  EXPECT_EQ(catalog(), before);
  EXPECT_THAT(before, HasSubstr("SET STATISTICS 77"));
  EXPECT_THAT(before,
              HasSubstr("SET default_tablespace = " + database_.name()));
  database_.Query(
      "DROP TABLE customers, orders, barcodes CASCADE; DROP "
      "TABLESPACE " +
      database_.name());
}

TEST_F(LoadTest, RowsThatAreThereStayUnlessReplaced) {
  PutSome(*store_);
  LoadAll();
  const absl::Status status = TryLoad().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("have 4 rows"));
  ASSERT_TRUE(store_
                  ->Transact([](Transaction& txn) {
                    return txn.DeleteBarcode(BarcodeId(9));
                  })
                  .ok());
  EXPECT_EQ(LoadAll({.existing = LoadOptions::Existing::kReplace}).rows_before,
            4);
  ExpectSameRows();
}

TEST_F(LoadTest, AnUpsertLeavesIdentitiesAlone) {
  PutSome(*store_);
  LoadAll();
  database_.Query(
      "ALTER TABLE orders ALTER id DROP DEFAULT; ALTER TABLE orders ALTER id "
      "ADD GENERATED ALWAYS AS IDENTITY; UPDATE orders SET created_at = now()");
  LoadAll({.existing = LoadOptions::Existing::kUpsert});
  ExpectSameRows();
}

TEST_F(LoadTest, AnUpsertLeavesOtherRowsAndUpdatesThoseOfItsIds) {
  PutSome(*store_);
  database_.Query(kTheirTables);
  database_.Query(
      "INSERT INTO customers (id, email, name, extra) VALUES (7, 'old', 'Old', "
      "'stays'), (500, 'other', 'Other', NULL)");
  const LoadReport report =
      LoadAll({.existing = LoadOptions::Existing::kUpsert});
  EXPECT_EQ(report.rows_before, 2);
  EXPECT_EQ(report.tables[0].rows, 1);
  EXPECT_EQ(
      database_.Query("SELECT id, email, extra FROM customers ORDER BY 1"),
      "7|ann@example.com|stays\n500|other|\n");
  EXPECT_EQ(database_.Query("SELECT nextval('customers_id_seq'), "
                            "nextval('barcodes_id_seq')"),
            "501|10\n");
  // Again, with what has changed since.
  ASSERT_TRUE(store_
                  ->Transact([](Transaction& txn) {
                    return txn.UpdateCustomer(CustomerId(7), {.name = "Anna"});
                  })
                  .ok());
  LoadAll({.existing = LoadOptions::Existing::kUpsert});
  EXPECT_EQ(database_.Query("SELECT name FROM customers WHERE id = 7"),
            "Anna\n");
  // A value that another row has is the server's to refuse.
  database_.Query(
      "UPDATE customers SET email = 'b' WHERE id = 7; UPDATE "
      "customers SET email = 'ann@example.com' WHERE id = 500");
  EXPECT_THAT(std::string(TryLoad({.existing = LoadOptions::Existing::kUpsert})
                              .status()
                              .message()),
              HasSubstr("duplicate key value violates unique constraint"));
}

TEST_F(LoadTest, AnUpsertMakesTablesThatAreNotThere) {
  PutSome(*store_);
  const LoadOptions upsert = {.existing = LoadOptions::Existing::kUpsert};
  EXPECT_TRUE(LoadAll(upsert).made_tables);
  ExpectSameRows();
  EXPECT_FALSE(LoadAll(upsert).made_tables);
  ExpectSameRows();
}

TEST_F(LoadTest, AnUpsertNeedsTheKeysThatAFastLoadDrops) {
  EXPECT_EQ(
      TryLoad({.existing = LoadOptions::Existing::kUpsert, .fast_load = true})
          .status()
          .code(),
      absl::StatusCode::kInvalidArgument);
}

TEST_F(LoadTest, WhatDoesNotFitIsRefusedAndNamed) {
  PutSome(*store_);
  const auto refusal = [&](const std::string& sql) {
    database_.Query(
        "DROP TABLE IF EXISTS barcodes, orders, customers CASCADE; "
        "DROP VIEW IF EXISTS barcodes; " +
        sql);
    const absl::Status status = TryLoad().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << sql;
    return std::string(status.message());
  };
  EXPECT_THAT(refusal("CREATE TABLE orders (id int)"),
              HasSubstr("public has orders, but no table barcodes"));
  EXPECT_THAT(refusal(std::string(kTheirTables) +
                      "ALTER TABLE customers DROP COLUMN name"),
              HasSubstr("public.customers has no column name"));
  EXPECT_THAT(refusal(std::string(kTheirTables) +
                      "ALTER TABLE orders ADD COLUMN total money NOT NULL"),
              HasSubstr("public.orders has a column total that needs a value"));
  EXPECT_THAT(refusal(std::string(kTheirTables) +
                      "DROP TABLE barcodes; CREATE VIEW barcodes AS SELECT 1"),
              HasSubstr("public.barcodes is no table"));
}

TEST_F(LoadTest, ServersThatChangeRowsAreFoundOut) {
  PutSome(*store_);
  database_.Query(std::string(kTheirTables) +
                  "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS "
                  "'BEGIN NEW.name = upper(NEW.name); RETURN NEW; END'; CREATE "
                  "TRIGGER shout BEFORE INSERT ON customers FOR EACH ROW "
                  "EXECUTE FUNCTION shout()");
  const absl::Status status = TryLoad().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("public.customers has 1 rows with digest "));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM customers"), "0\n");
}

TEST_F(LoadTest, WithoutForeignKeysRowsAreStillChecked) {
  PutSome(*store_);
  database_.Query(
      "CREATE TABLE customers (id int, email text, name text, created_at "
      "timestamp, updated_at timestamp); CREATE TABLE orders (id int, "
      "customer_id int, created_at timestamp, updated_at timestamp); CREATE "
      "TABLE barcodes (id int, barcode_value text, order_id int, is_used bool, "
      "created_at timestamp, updated_at timestamp)");
  LoadAll({.fast_load = true});
  ExpectSameRows();
}

TEST_F(LoadTest, ACancelledLoadLeavesTheServerAsItWas) {
  PutSome(*store_);
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(TryLoad({.cancelled = &cancelled}).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_tables WHERE schemaname = "
                            "'public'"),
            "0\n");
  LoadAll();
}

// Ids that somebody may have drawn are not given again.
TEST_F(LoadTest, SequencesOnlyMoveOn) {
  PutSome(*store_);
  LoadAll();
  database_.Query("SELECT setval('barcodes_id_seq', 500)");
  const LoadReport report =
      LoadAll({.existing = LoadOptions::Existing::kReplace});
  EXPECT_EQ(report.tables[2].next_id, 501);
  EXPECT_EQ(report.tables[0].next_id, 8);
  EXPECT_EQ(database_.Query("SELECT nextval('barcodes_id_seq')"), "501\n");
}

// As SQLAlchemy's Sequence() makes them.
TEST_F(LoadTest, ASequenceThatADefaultNamesMovesToo) {
  PutSome(*store_);
  database_.Query(std::string(kTheirTables) +
                  "CREATE SEQUENCE ids; ALTER TABLE customers ALTER id SET "
                  "DEFAULT nextval('ids'); DROP SEQUENCE customers_id_seq");
  EXPECT_EQ(LoadAll().tables[0].next_id, 8);
  EXPECT_EQ(database_.Query("SELECT nextval('ids')"), "8\n");
}

TEST_F(LoadTest, RowsThatReferToNoneAreFoundOut) {
  PutSome(*store_);
  database_.Query(
      "CREATE TABLE customers (id int PRIMARY KEY, email text, name text, "
      "created_at timestamp, updated_at timestamp); CREATE TABLE orders (id "
      "int "
      "PRIMARY KEY, customer_id int, created_at timestamp, updated_at "
      "timestamp); CREATE TABLE barcodes (id int PRIMARY KEY, barcode_value "
      "text, order_id int, is_used bool, created_at timestamp, updated_at "
      "timestamp); INSERT INTO barcodes (id, order_id) VALUES (77, 4711)");
  const absl::Status status =
      TryLoad({.existing = LoadOptions::Existing::kUpsert}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("1 rows refer to others that are not there"));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM customers"), "0\n");
}

// A server of its own, as the others are at work on theirs.
TEST(LoadAndRestartTest, AServerThatIsStartedAgainHasNothingOfTheLoad) {
  const TestFolder folder;
  const std::string cluster = ORDERSTORE_SOURCE_DIR "/tests/sql/cluster ";
  ASSERT_EQ(RunScript(folder, cluster + "setup own").exit_code, 0);
  const std::unique_ptr<Store> store = OpenStore();
  PutHostile(*store);
  std::string host = folder.Get("own");
  host.pop_back();
  const std::string uri = "postgresql://postgres@/postgres?host=" + host;
  {
    Connection server = Connection::Open(uri).value();
    int calls = 0;
    const absl::Status status =
        Load(store->OpenReadView(), server,
             {.progress =
                  [&](int64_t) {
                    if (++calls != 2) return;
                    RunScript(folder, cluster + "restart own");
                  }})
            .status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  }
  Connection again = Connection::Open(uri).value();
  EXPECT_EQ(again
                .Query("SELECT count(*) FROM pg_tables WHERE schemaname = "
                       "'public'")
                .value()[0][0],
            "0");
  EXPECT_TRUE(Load(store->OpenReadView(), again, {}).ok());
  EXPECT_EQ(RunScript(folder, cluster + "cleanup own").exit_code, 0);
}

TEST_F(LoadTest, ALostServerIsUnavailableAndLoadsNothing) {
  PutHostile(*store_);
  Connection other = Connection::Open(database_.uri()).value();
  const absl::Status status =
      TryLoad({.progress = [&](int64_t) {
        other
            .Execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> "
                "pg_backend_pid()")
            .IgnoreError();
      }}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_tables WHERE schemaname = "
                            "'public'"),
            "0\n");
}

}  // namespace
}  // namespace orderstore::sql
