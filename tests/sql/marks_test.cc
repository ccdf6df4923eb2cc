// Scripts on tables of which somebody else says something: Alembic, or a
// follower of a store's log.

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "sql/database.h"
#include "sql/sample_rows.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class MarksTest : public testing::Test {
 protected:
  MarksTest() { PutSome(*store_); }

  // Pipes a script to psql.
  Outcome Pipe(const std::string& arguments) {
    return database_.Run("\"$ORDERSTORE\" " + arguments +
                         " | psql -q -o /dev/null");
  }
  Outcome Export(const std::string& options) {
    return database_.Run("\"$ORDERSTORE\" export shop --to '' " + options);
  }
  std::string Revisions() {
    return database_.Query("SELECT version_num FROM alembic_version");
  }
  void MakeAlembicVersion(const std::string& revisions) {
    database_.Query(
        "DROP TABLE IF EXISTS alembic_version; CREATE TABLE alembic_version "
        "(version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version "
        "VALUES " +
        revisions);
  }

  const Database database_;
  std::unique_ptr<Store> store_ =
      Store::Open(database_.folder() / "shop").value();
};

// ---- Alembic ---------------------------------------------------------------

TEST_F(MarksTest, ARevisionOfSomebodyElsesIsNotTouched) {
  for (const std::string revisions :
       {"('ae1027a6acf')", "('0001'), ('a1b2c3')"}) {
    MakeAlembicVersion(revisions);
    const std::string before = Revisions();
    database_.Query("CREATE TABLE customers (loyalty int)");
    for (const char* options :
         {"", "--stamp", "--clean --if-exists", "--data-only", "--schema-only",
          "--partition-by order-month"}) {
      SCOPED_TRACE(options);
      const Outcome outcome = Pipe("export shop " + std::string(options));
      EXPECT_EQ(outcome.exit_code, 3);
      EXPECT_THAT(outcome.err, HasSubstr("public.alembic_version has a "
                                         "revision"));
      EXPECT_THAT(outcome.err, HasSubstr("nothing was changed"));
    }
    EXPECT_EQ(Revisions(), before);
    EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_tables WHERE schemaname "
                              "= 'public'"),
              "2\n");
    database_.Query("DROP TABLE customers");
  }
}

TEST_F(MarksTest, ATableThatAlembicLeftEmptyIsFilled) {
  MakeAlembicVersion("('0001'); DELETE FROM alembic_version");
  EXPECT_EQ(Pipe("export shop").exit_code, 0);
  EXPECT_EQ(Revisions(), "0002\n");
  // Tables in partitions are none that Alembic knows.
  const Outcome parts =
      Pipe("export shop --clean --if-exists --partition-by order-month");
  EXPECT_EQ(parts.exit_code, 3);
  EXPECT_THAT(parts.err, HasSubstr("tables in partitions are of none"));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "2\n");
}

// ---- Followers -------------------------------------------------------------

// Tables that a script loads are of its state, not of the follower's.
TEST_F(MarksTest, AScriptEndsACopy) {
  for (const char* script :
       {"export shop --clean --if-exists", "export shop --data-only"}) {
    SCOPED_TRACE(script);
    database_.Query(
        "DROP TABLE IF EXISTS customers, orders, barcodes, "
        "orderstore_applied");
    ASSERT_EQ(Export("").exit_code, 0);
    const std::string lsn = std::to_string(store_->durable_lsn());
    ASSERT_EQ(Export("--since-lsn " + lsn).exit_code, 0);
    EXPECT_EQ(database_.Query("SELECT lsn FROM orderstore_applied"),
              lsn + "\n");
    if (std::string(script) == "export shop --data-only") {
      database_.Query("TRUNCATE customers, orders, barcodes");
    }
    const Outcome loaded = Pipe(script);
    ASSERT_EQ(loaded.exit_code, 0) << loaded.err;
    EXPECT_EQ(database_.Query("SELECT count(*) FROM orderstore_applied"),
              "0\n");
    // Another beginning has to be proven.
    EXPECT_EQ(Export("--since-lsn 0").exit_code, 3);
    EXPECT_EQ(Export("--since-lsn " + lsn).exit_code, 0);
  }
}

// ---- Scripts that were cut off ----------------------------------------------

TEST_F(MarksTest, PsqlFailsOnAScriptThatWasCutOff) {
  store_.reset();
  for (const std::string script :
       {"export shop", "migrate shop upgrade head --sql"}) {
    for (const std::string psql : {"psql -q", "psql -q -1"}) {
      SCOPED_TRACE(script + " | " + psql);
      if (script != "export shop") {
        ASSERT_EQ(Export("").exit_code, 0);
      }
      const std::string catalog =
          "SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid "
          "IN (SELECT oid FROM pg_class WHERE relnamespace = "
          "'public'::regnamespace) ORDER BY 1, 2";
      const std::string before = database_.Query(catalog);
      // After a whole statement.
      const Outcome cut = database_.Run(
          "\"$ORDERSTORE\" " + script +
          " | sed '/^CREATE INDEX\\|^CREATE TRIGGER/,$d' > cut.sql; " + psql +
          " -o /dev/null -f cut.sql");
      EXPECT_EQ(cut.exit_code, 3);
      EXPECT_THAT(cut.err,
                  HasSubstr("reached EOF without finding closing \\endif"));
      EXPECT_EQ(database_.Query(catalog), before);
      const Outcome whole = database_.Run("\"$ORDERSTORE\" " + script +
                                          " | psql -q -o /dev/null");
      EXPECT_EQ(whole.exit_code, 0);
      EXPECT_EQ(whole.err, "");
      database_.Query(
          "DROP TABLE customers, orders, barcodes CASCADE; DROP "
          "FUNCTION IF EXISTS count_tickets_of_orders, "
          "count_tickets_of_barcodes");
    }
  }
}

}  // namespace
}  // namespace orderstore::sql
