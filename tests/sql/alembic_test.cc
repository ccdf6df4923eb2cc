// The Alembic project of tools/alembic and `orderstore migrate`: both lead to
// the same tables, and exports load into what Alembic made.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/database.h"

namespace orderstore {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AlembicTest : public testing::Test {
 protected:
  AlembicTest() {
    database_.folder().Put("o.csv", "order_id,customer_id\n2,11\n1,10\n");
    database_.folder().Put("b.csv", "barcode,order_id\nz,1\ny,2\nx,2\nu,\n");
    EXPECT_EQ(Orderstore("import shop o.csv b.csv").exit_code, 0);
    // A revision of a test stays out of the source.
    EXPECT_EQ(
        database_.Run("cp -r " ORDERSTORE_SOURCE_DIR "/tools/alembic alembic")
            .exit_code,
        0);
  }

  Outcome Orderstore(const std::string& arguments) {
    return database_.Run("\"$ORDERSTORE\" " + arguments);
  }
  Outcome Alembic(const std::string& arguments) {
    return database_.Run("cd alembic && DATABASE_URL='" + database_.uri() +
                         "' PYTHONDONTWRITEBYTECODE=1 alembic " + arguments);
  }
  void MustAlembic(const std::string& arguments) {
    const Outcome outcome = Alembic(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << arguments << outcome.err;
  }
  void MustMigrate(const std::string& arguments) {
    const Outcome outcome = Orderstore("migrate shop " + arguments);
    ASSERT_EQ(outcome.exit_code, 0) << arguments << outcome.err;
  }

  // All that the database has, but for rows.
  std::string Catalog() {
    const Outcome outcome = database_.Run(
        "pg_dump --schema-only | grep -v -e restrict -e '^--' -e '^$'");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  void DropAll() {
    database_.Query(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION "
        "pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC; COMMENT ON "
        "SCHEMA public IS 'standard public schema'");
  }

  const Database database_;
};

TEST_F(AlembicTest, StoresAndAlembicMigrateToTheSameTables) {
  MustMigrate("downgrade 0001");
  // Each way goes on from where the other came to.
  for (const std::string step :
       {"upgrade +1", "upgrade head", "downgrade -1", "downgrade 0001"}) {
    SCOPED_TRACE(step);
    DropAll();
    const std::string current = Orderstore("migrate shop current").out;
    const std::string id = current.substr(0, 4);
    MustAlembic("upgrade " + id);
    const std::string before = Catalog();
    MustAlembic(step);
    const std::string by_alembic = Catalog();
    EXPECT_NE(by_alembic, before);

    DropAll();
    ASSERT_EQ(Orderstore("export shop --to '' --stamp").exit_code, 0);
    EXPECT_EQ(Catalog(), before);
    const Outcome sql = database_.Run("\"$ORDERSTORE\" migrate shop " + step +
                                      " --sql --stamp | psql -q");
    EXPECT_EQ(sql.err, "");
    EXPECT_EQ(Catalog(), by_alembic);
    EXPECT_EQ(
        database_.Query("SELECT version_num FROM alembic_version"),
        Orderstore("migrate shop " + step + " --dry-run").out.substr(8, 4) +
            "\n");
    // And Alembic takes it from there.
    const Outcome stamped = Alembic("current");
    MustMigrate(step);
    EXPECT_EQ(stamped.out, Orderstore("migrate shop current").out);
  }
}

// A script does not go past Alembic, and does not leave it behind.
TEST_F(AlembicTest, ScriptsLookAtAlembicsRevisionAndMoveIt) {
  const auto version = [&] {
    return database_.Query("SELECT version_num FROM alembic_version");
  };
  const auto migrate = [&](const std::string& options) {
    return database_.Run("\"$ORDERSTORE\" migrate shop upgrade head --sql " +
                         options + " | psql -q");
  };
  MustAlembic("upgrade 0001");
  const std::string catalog = Catalog();
  for (const char* options : {"", "--stamp"}) {
    EXPECT_THAT(migrate(options).err,
                HasSubstr("public.alembic_version does not have revision 0002, "
                          "which this is for; nothing was changed"));
  }
  EXPECT_EQ(version(), "0001\n");
  EXPECT_EQ(Catalog(), catalog);
  MustAlembic("upgrade 0002");
  EXPECT_EQ(migrate("").err, "");
  EXPECT_EQ(version(), "0003\n");
  EXPECT_THAT(migrate("").err, HasSubstr("nothing was changed"));

  // Tables that a script makes anew are those of its store.
  ASSERT_EQ(
      database_
          .Run("\"$ORDERSTORE\" export shop --clean --if-exists | psql -q "
               "> /dev/null")
          .err,
      "");
  EXPECT_EQ(version(), "0002\n");
  MustAlembic("upgrade head");
  // Where Alembic is not, a script makes nothing of it.
  database_.Query("DROP TABLE alembic_version");
  ASSERT_EQ(
      database_
          .Run("\"$ORDERSTORE\" export shop --clean --if-exists | psql -q "
               "> /dev/null")
          .err,
      "");
  EXPECT_EQ(migrate("").err, "");
  EXPECT_EQ(database_.Query("SELECT to_regclass('alembic_version') IS NULL"),
            "t\n");
}

TEST_F(AlembicTest, ExportsOfEachRevisionLoadAfterAnUpgradeToIt) {
  for (const char* revision : {"0001", "0002", "0003"}) {
    SCOPED_TRACE(revision);
    MustMigrate(std::string(revision) == "0001"
                    ? "downgrade 0001"
                    : "upgrade " + std::string(revision));
    DropAll();
    MustAlembic("upgrade " + std::string(revision));
    const std::string catalog = Catalog();
    const Outcome outcome = Orderstore("export shop --to ''");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err,
                HasSubstr("alembic_version stays: " + std::string(revision)));
    // As a script too, of the rows alone.
    database_.Query("TRUNCATE customers, orders, barcodes");
    const Outcome script = database_.Run(
        "\"$ORDERSTORE\" export shop --data-only | psql -q > /dev/null");
    EXPECT_EQ(script.err, "");
    EXPECT_EQ(Catalog(), catalog);
    EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "4\n");
    if (std::string(revision) == "0003") {
      EXPECT_EQ(
          database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
          "10|1\n11|2\n");
    }
  }
}

TEST_F(AlembicTest, AStampedScriptIsTakenOnByAlembic) {
  const Outcome loaded = database_.Run(
      "\"$ORDERSTORE\" export shop --stamp | psql -q > /dev/null");
  EXPECT_EQ(loaded.err, "");
  EXPECT_EQ(Alembic("current").out, "0002\n");
  const std::string loaded_catalog = Catalog();
  MustAlembic("upgrade head");
  EXPECT_EQ(Alembic("current").out, "0003 (head)\n");
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|1\n11|2\n");
  const std::string upgraded = Catalog();
  MustAlembic("downgrade -1");
  EXPECT_EQ(Alembic("current").out, "0002\n");
  EXPECT_EQ(Catalog(), loaded_catalog);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "4\n");
  // It is what Alembic alone makes.
  DropAll();
  MustAlembic("upgrade 0002");
  EXPECT_EQ(Catalog(), loaded_catalog);
  MustAlembic("upgrade head");
  EXPECT_EQ(Catalog(), upgraded);
}

TEST_F(AlembicTest, ItsScriptsMakeTheSameAsItself) {
  const auto alembic_script = [&](const std::string& arguments) {
    const Outcome outcome =
        Alembic(arguments + " --sql | psql -q -v ON_ERROR_STOP=1 > /dev/null");
    EXPECT_EQ(outcome.exit_code, 0) << arguments;
    EXPECT_THAT(outcome.err, Not(HasSubstr("ERROR"))) << arguments;
  };
  MustAlembic("upgrade 0001");
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  const std::string first = Catalog();
  MustAlembic("upgrade head");
  const std::string head = Catalog();
  MustAlembic("downgrade 0002");
  const std::string second = Catalog();
  DropAll();
  alembic_script("upgrade head");
  EXPECT_EQ(Catalog(), head);
  EXPECT_EQ(Alembic("current").out, "0003 (head)\n");
  alembic_script("downgrade head:0001");
  EXPECT_EQ(Catalog(), first);
  // With rows.
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  alembic_script("upgrade 0001:0002");
  EXPECT_EQ(Catalog(), second);
  alembic_script("upgrade 0002:head");
  EXPECT_EQ(Catalog(), head);
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|1\n11|2\n");
}

TEST_F(AlembicTest, UpAndDownThroughAllRevisionsWithRows) {
  MustAlembic("upgrade 0001");
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  const std::string first = Catalog();
  MustAlembic("upgrade head");
  EXPECT_EQ(
      database_.Query("SELECT id, ticket_count FROM customers ORDER BY 1"),
      "10|1\n11|2\n");
  EXPECT_THAT(Alembic("current").out, HasSubstr("0003 (head)"));
  MustAlembic("downgrade -1");
  MustAlembic("downgrade -1");
  EXPECT_EQ(Catalog(), first);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "4\n");
  MustAlembic("downgrade -1");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_tables WHERE schemaname = "
                            "'public'"),
            "1\n");
}

TEST_F(AlembicTest, AutogenerateFindsNoDifference) {
  MustAlembic("upgrade head");
  // What a copy that follows has beside the tables does not count.
  ASSERT_EQ(
      Orderstore("export shop --to '' --follow & pid=$!; until psql -qtAc "
                 "'SELECT lsn FROM orderstore_applied' 2> /dev/null | "
                 "grep -q 1; do sleep 0.1; done; kill -TERM $pid; wait "
                 "$pid")
          .exit_code,
      128 + 15);
  MustAlembic("revision --autogenerate -m nothing");
  const Outcome made =
      database_.Run("cat alembic/migrations/versions/*_nothing.py");
  EXPECT_THAT(made.out, HasSubstr("def upgrade():\n    # ### commands auto "
                                  "generated by Alembic - please adjust! "
                                  "###\n    pass\n"));
  EXPECT_THAT(made.out, HasSubstr("down_revision = '0003'"));
  // And a difference if there is one.
  database_.Query("ALTER TABLE barcodes ALTER is_used DROP NOT NULL");
  ASSERT_EQ(
      database_.Run("rm alembic/migrations/versions/*_nothing.py").exit_code,
      0);
  MustAlembic("revision --autogenerate -m something");
  EXPECT_THAT(
      database_.Run("cat alembic/migrations/versions/*_something.py").out,
      HasSubstr("op.alter_column('barcodes', 'is_used'"));
}

TEST_F(AlembicTest, WithoutAUrlItSaysWhichToSet) {
  const Outcome outcome =
      database_.Run("cd alembic && env -u DATABASE_URL alembic current");
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("DATABASE_URL names no database"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("Traceback")));
}

// ---- The command -----------------------------------------------------------

TEST_F(AlembicTest, MigrateTellsTheWayAndGoesIt) {
  EXPECT_EQ(Orderstore("migrate shop history").out,
            "0002 -> 0003 (head), ticket count of customers\n"
            "0001 -> 0002 (current), recommended indexes\n"
            "<base> -> 0001, documented tables\n");
  EXPECT_EQ(Orderstore("migrate shop current").out, "0002\n");
  EXPECT_EQ(Orderstore("migrate shop upgrade head --dry-run").out,
            "0002 -> 0003 (head)\n");
  EXPECT_EQ(Orderstore("migrate shop current").out, "0002\n");
  EXPECT_EQ(Orderstore("migrate shop upgrade +1").out, "0002 -> 0003 (head)\n");
  EXPECT_EQ(Orderstore("migrate shop current").out, "0003 (head)\n");
  EXPECT_EQ(Orderstore("migrate shop downgrade -2").out, "0003 -> 0001\n");
  EXPECT_THAT(Orderstore("migrate shop upgrade head --sql").out,
              AllOf(StartsWith("\\set ON_ERROR_STOP on\n"),
                    HasSubstr("\nBEGIN;\n\nDO $orderstore$\n"),
                    HasSubstr("\n\n-- Running upgrade 0001 -> 0002\n"),
                    EndsWith("\nCOMMIT;\n\\endif\n")));
  EXPECT_THAT(Orderstore("report shop").out, StartsWith("11 2\n10 1\n"));
}

TEST_F(AlembicTest, MigrateRefusesWhatLeadsNowhere) {
  for (const char* wish :
       {"upgrade +2", "upgrade 0001", "upgrade 0004", "upgrade +x", "upgrade +",
        "downgrade -2", "downgrade 0003", "downgrade base",
        "upgrade +99999999999999999999"}) {
    const Outcome outcome = Orderstore("migrate shop " + std::string(wish));
    EXPECT_EQ(outcome.exit_code, 4) << wish;
    EXPECT_THAT(outcome.err, HasSubstr("leads to no revision")) << wish;
  }
  for (const char* wrong : {"upgrade", "history 0001", "current --sql", "climb",
                            "upgrade head --stamp", ""}) {
    EXPECT_EQ(Orderstore("migrate shop " + std::string(wrong)).exit_code, 2)
        << wrong;
  }
  EXPECT_EQ(Orderstore("migrate none current").exit_code, 1);
  const Outcome open = database_.Run(
      "mkfifo pipe; \"$ORDERSTORE\" shell shop < pipe > answers & exec 3> "
      "pipe; "
      "echo stats >&3; until grep -q . answers; do sleep 0.1; done; "
      "\"$ORDERSTORE\" migrate shop upgrade head; code=$?; exec 3>&-; wait; "
      "exit $code");
  EXPECT_EQ(open.exit_code, 1);
  EXPECT_THAT(open.err, HasSubstr("shop is open in process "));
}

}  // namespace
}  // namespace orderstore
