// Rows of a database, and of what pg_dump makes of it, into a store.

#include <signal.h>

#include <atomic>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "sql/connection.h"
#include "sql/database.h"
#include "sql/import.h"
#include "sql/sample_rows.h"
#include "store/test_store.h"
#include "tools/running_command.h"
#include "wait_until.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;

class ImportServerTest : public testing::Test {
 protected:
  Outcome Orderstore(const std::string& arguments) {
    return database_.Run("\"$ORDERSTORE\" " + arguments);
  }
  std::string DigestsOf(const std::string& folder) {
    const auto store = Store::OpenReadOnly(database_.folder() / folder);
    if (!store.ok()) return std::string(store.status().message());
    const ReadView view = (*store)->OpenReadView();
    return std::to_string(view.Digests().customers) + " " +
           std::to_string(view.Digests().orders) + " " +
           std::to_string(view.Digests().barcodes);
  }

  // A customer, an order, a barcode.
  void PutTables() {
    database_.Query(
        "CREATE TABLE customers (id int, email text, name text); CREATE TABLE "
        "orders (id int, customer_id int); CREATE TABLE barcodes (id int, "
        "barcode_value text, order_id int, is_used bool); INSERT INTO "
        "customers "
        "VALUES (1, 'a', 'b'); INSERT INTO orders VALUES (1, 1); INSERT INTO "
        "barcodes VALUES (1, 'x', 1, false)");
  }

  const Database database_;
};

TEST_F(ImportServerTest, AStoreComesBackFromAServerAndItsDumps) {
  {
    const auto store = Store::Open(database_.folder() / "shop");
    PutHostile(**store);
    ASSERT_TRUE((*store)->Close().ok());
  }
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  const std::string digests = DigestsOf("shop");
  const Outcome back =
      Orderstore("import back --from postgresql:// --json --top 0");
  EXPECT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(DigestsOf("back"), digests);
  const auto json = nlohmann::json::parse(back.out);
  EXPECT_EQ(json["customers"]["rejected"], 0);
  EXPECT_EQ(json["mapped"]["is_used"], 0);
  EXPECT_EQ(json["rejects"], nlohmann::json::object());
  for (const char* options : {"", "--inserts", "--rows-per-insert=100",
                              "--column-inserts", "--clean --if-exists"}) {
    const Outcome dumped = database_.Run(
        "rm -rf dumped; pg_dump " + std::string(options) +
        " > dump.sql && \"$ORDERSTORE\" import dumped --from dump.sql");
    EXPECT_EQ(dumped.exit_code, 0) << options << dumped.err;
    EXPECT_EQ(DigestsOf("dumped"), digests) << options;
  }
  const Outcome piped =
      database_.Run("pg_dump | \"$ORDERSTORE\" import piped --from -");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(DigestsOf("piped"), digests);
}

// What else a database has is passed over, whatever pg_dump makes of it.
TEST_F(ImportServerTest, RowsComeOutOfACatalogOfEverything) {
  {
    const auto store = Store::Open(database_.folder() / "shop");
    PutHostile(**store);
    ASSERT_TRUE((*store)->Close().ok());
  }
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  const Outcome made =
      database_.Run("psql -q -v ON_ERROR_STOP=1 -f " ORDERSTORE_SOURCE_DIR
                    "/tests/sql/catalog.sql");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string digests = DigestsOf("shop");
  for (const char* options :
       {"", "--inserts", "--column-inserts --rows-per-insert=5",
        "--create --clean --if-exists", "--section=pre-data --section=data",
        "--data-only --disable-triggers",
        "--enable-row-security --quote-all-identifiers "
        "--disable-dollar-quoting",
        "--no-owner --no-privileges --no-comments", "--load-via-partition-root",
        "--on-conflict-do-nothing --inserts",
        "--use-set-session-authorization"}) {
    SCOPED_TRACE(options);
    const Outcome dumped = database_.Run(
        "rm -rf dumped; pg_dump " + std::string(options) +
        " > dump.sql && \"$ORDERSTORE\" import dumped --from dump.sql");
    EXPECT_EQ(dumped.exit_code, 0) << dumped.err;
    EXPECT_EQ(DigestsOf("dumped"), digests);
  }
}

TEST_F(ImportServerTest, PartitionsComeBackFromADump) {
  {
    const auto store = Store::Open(database_.folder() / "shop");
    PutHostile(**store);
    ASSERT_TRUE((*store)->Close().ok());
  }
  ASSERT_EQ(
      Orderstore("export shop --to '' --partition-by order-month").exit_code,
      0);
  const Outcome dumped = database_.Run(
      "pg_dump > dump.sql && \"$ORDERSTORE\" import dumped --from dump.sql");
  EXPECT_EQ(dumped.exit_code, 0) << dumped.err;
  EXPECT_EQ(DigestsOf("dumped"), DigestsOf("shop"));
  EXPECT_EQ(Orderstore("import back --from ''").exit_code, 1);
  EXPECT_EQ(Orderstore("import back --from 'dbname=" + database_.name() + "'")
                .exit_code,
            0);
  EXPECT_EQ(DigestsOf("back"), DigestsOf("shop"));
}

TEST_F(ImportServerTest, RowsOfOthersAreMappedOrRejected) {
  database_.Query(
      "CREATE TABLE customers (id bigint, email text, name text, created_at "
      "timestamptz, updated_at timestamptz); CREATE TABLE orders (id uuid, "
      "customer_id int, created_at timestamp, updated_at timestamp); CREATE "
      "TABLE barcodes (id int, barcode_value text, order_id int, is_used "
      "bool); "
      "INSERT INTO customers VALUES (1, 'a', NULL, '2026-05-01 "
      "12:00:00.25+02', NULL), (2, NULL, 'b', now(), now()), (3000000000, 'c', "
      "'c', now(), now()), (4, 'd', 'd', '-infinity', now()); INSERT INTO "
      "orders VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1, now(), "
      "now()); "
      "INSERT INTO barcodes VALUES (1, 'x', NULL, NULL), (2, 'y', 5, true)");
  const Outcome outcome =
      Orderstore("import shop --from postgresql:// --rejects bad.csv");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "unassigned 1\n");
  for (const char* line :
       {"public.customers:2: missing_value: 2", "public.customers:4: bad_id: ",
        "public.customers:3: bad_time: 4", "public.orders:1: bad_id: a0eebc99",
        "public.barcodes:2: unknown_order: 2", "name was NULL in 1 row, now",
        "is_used was NULL in 1 row, now false", "updated_at was NULL in 2 rows",
        "customers: 4 rows = 1 accepted + 3 rejected"}) {
    EXPECT_THAT(outcome.err, HasSubstr(line));
  }
  EXPECT_THAT(database_.folder().Get("bad.csv"),
              HasSubstr("file,line,reason,row\n"
                        "public.customers,2,missing_value,"));
  const auto store = Store::OpenReadOnly(database_.folder() / "shop");
  const ReadView view = (*store)->OpenReadView();
  EXPECT_EQ(view.FindCustomer(CustomerId(1))->created_at,
            At(1'777'629'600'250'000));
  const Outcome strict =
      Orderstore("import strict --from postgresql:// --strict");
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_EQ(strict.out, "");
  EXPECT_THAT(strict.err, HasSubstr("5 rows rejected; nothing was imported"));
}

// A writer changes tables between the reading of one and the next.
TEST_F(ImportServerTest, AllTablesAreOfOneMoment) {
  PutTables();
  Connection server = Connection::Open(database_.uri()).value();
  const std::unique_ptr<Store> store = OpenStore();
  const absl::Status status =
      ReadServer(server, "public", [&](const ReadRows& read) {
        return Import(
                   [&](Table table, const TakeRow& take) {
                     absl::Status read_status = read(table, take);
                     database_.Query(
                         "INSERT INTO orders VALUES (9, 1); INSERT INTO "
                         "barcodes "
                         "VALUES (9, 'late', 9, false)");
                     return read_status;
                   },
                   {}, *store)
            .status();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(store->OpenReadView().Counts().orders, 1);
  EXPECT_EQ(store->OpenReadView().Counts().barcodes, 1);
}

TEST_F(ImportServerTest, ASignalEndsTheWaitForAServer) {
  PutTables();
  const Outcome outcome = database_.Run(
      "(echo 'BEGIN; LOCK TABLE orders;'; until [ -e done ]; do sleep 0.1; "
      "done) | psql -q & "
      "until psql -qtAc \"SELECT 1 FROM pg_locks WHERE mode = "
      "'AccessExclusiveLock' AND relation = 'orders'::regclass\" | grep -q 1; "
      "do sleep 0.1; done; "
      "env --default-signal=INT \"$ORDERSTORE\" import shop --from "
      "postgresql:// & "
      "pid=$!; until psql -qtAc \"SELECT 1 FROM pg_locks WHERE NOT granted\" | "
      "grep -q 1; do sleep 0.1; done; kill -INT $pid; wait $pid; code=$?; "
      "touch done; wait; exit $code");
  EXPECT_EQ(outcome.exit_code, 128 + 2);
  EXPECT_THAT(outcome.err, HasSubstr("nothing was imported"));
  const auto store = Store::OpenReadOnly(database_.folder() / "shop");
  EXPECT_EQ((*store)->OpenReadView().lsn(), 0);
}

// The last table's rows come when a lock goes: the others are read by then.
TEST_F(ImportServerTest, AnImportThatEndsMidwayLeavesNothing) {
  PutTables();
  database_.Query(
      "ALTER TABLE barcodes RENAME TO rows; CREATE VIEW barcodes AS SELECT * "
      "FROM rows WHERE pg_advisory_lock_shared(1)::text IS NOT NULL");
  Connection locks = Connection::Open(database_.uri()).value();
  // Within a transaction, the list of sessions does not change.
  Connection watch = Connection::Open(database_.uri()).value();
  const std::string import =
      "import shop --from '" + database_.uri() + "&application_name=import'";
  const std::string of_import =
      " FROM pg_stat_activity WHERE application_name = 'import' AND "
      "wait_event_type = 'Lock' AND starts_with(query, 'COPY ')";
  const auto end_midway = [&](auto end) {
    EXPECT_TRUE(locks.Execute("SELECT pg_advisory_lock(1)").ok());
    RunningCommand command(database_.folder(), import);
    EXPECT_TRUE(WaitUntil(
        [&] { return !watch.Query("SELECT" + of_import).value().empty(); }));
    end(command);
    Outcome outcome = command.Wait();
    EXPECT_TRUE(locks.Execute("SELECT pg_advisory_unlock(1)").ok());
    const auto store = Store::OpenReadOnly(database_.folder() / "shop");
    EXPECT_EQ((*store)->OpenReadView().lsn(), 0);
    return outcome;
  };
  const Outcome killed = end_midway(
      [](const RunningCommand& command) { command.Signal(SIGKILL); });
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  const Outcome interrupted =
      end_midway([](const RunningCommand& command) { command.Signal(SIGINT); });
  EXPECT_EQ(interrupted.exit_code, 128 + SIGINT);
  EXPECT_EQ(interrupted.err, "orderstore: interrupted; nothing was imported\n");
  const Outcome ended = end_midway([&](const RunningCommand&) {
    EXPECT_TRUE(
        watch.Execute("SELECT pg_terminate_backend(pid)" + of_import).ok());
  });
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("terminating connection due to "
                                   "administrator command; nothing was "
                                   "imported\n"));
  const Outcome again = RunCommand(database_.folder(), import);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, "1 1\nunassigned 0\n");
}

TEST_F(ImportServerTest, AScriptWithoutATableIsWarnedOf) {
  PutTables();
  const Outcome outcome = database_.Run(
      "pg_dump -t customers > some.sql; \"$ORDERSTORE\" import shop --from "
      "some.sql");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err,
              HasSubstr("some.sql: warning: it has no rows of orders\n"
                        "some.sql: warning: it has no rows of barcodes\n"));
}

TEST_F(ImportServerTest, ErrorsLeaveNothing) {
  const Outcome nothing = Orderstore("import shop --from postgresql://");
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("there is no table public.customers; "
                                     "nothing was imported"));
  EXPECT_THAT(Orderstore("import shop --from none.sql").err,
              HasSubstr("none.sql: No such file"));
  EXPECT_EQ(
      Orderstore("import shop --from x orders.csv barcodes.csv").exit_code, 2);
  EXPECT_EQ(Orderstore("import shop orders.csv").exit_code, 2);
  EXPECT_EQ(Orderstore("import shop a b --schema x").exit_code, 2);
  database_.folder().Put("bad.sql",
                         "CREATE TABLE customers (id int, email "
                         "text, name text);\nDELETE FROM customers;");
  const Outcome bad = Orderstore("import shop --from bad.sql");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.err, HasSubstr("bad.sql: line 2: the statement delete"));
}

}  // namespace
}  // namespace orderstore::sql
