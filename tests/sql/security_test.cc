// What nobody is to see, and who may not: passwords and rights.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/connection.h"
#include "sql/database.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

class SecurityTest : public testing::Test {
 protected:
  SecurityTest() {
    database_.folder().Put("o.csv", "order_id,customer_id\n1,10\n");
    database_.folder().Put("b.csv", "barcode,order_id\nz,1\n");
    EXPECT_EQ(Orderstore("import shop o.csv b.csv").exit_code, 0);
  }
  Outcome Orderstore(const std::string& arguments) {
    return database_.Run("\"$ORDERSTORE\" " + arguments);
  }

  const Database database_;
};

TEST_F(SecurityTest, AWrongPasswordIsRefusedAndNotShown) {
  const absl::Status status =
      Connection::Open(database_.guarded_uri("wr0ng")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  for (const std::string command :
       {"export shop --to ", "export shop --follow --to ",
        "export shop --json --to ", "import back --from "}) {
    const Outcome outcome =
        Orderstore(command + "'" + database_.guarded_uri("wr0ng") + "'");
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_THAT(outcome.err, HasSubstr("password authentication failed for "
                                       "user \"guarded\""));
    EXPECT_THAT(outcome.err + outcome.out, Not(HasSubstr("wr0ng")));
  }
}

TEST_F(SecurityTest, ThePasswordComesFromTheEnvironmentOrAFile) {
  database_.Query("GRANT CREATE ON SCHEMA public TO guarded");
  const std::string uri = "postgresql://guarded@/" + database_.name() +
                          "?host=" + database_.server();
  EXPECT_EQ(Orderstore("export shop --to '" + uri + "'").exit_code, 1);
  EXPECT_EQ(database_
                .Run("PGPASSWORD=right \"$ORDERSTORE\" export shop --to '" +
                     uri + "'")
                .exit_code,
            0);
  database_.folder().Put("pass", "*:*:*:guarded:right\n");
  const Outcome by_file = database_.Run(
      "chmod 600 pass; PGPASSFILE=$PWD/pass \"$ORDERSTORE\" export shop "
      "--replace --to '" +
      uri + "'");
  EXPECT_EQ(by_file.exit_code, 0) << by_file.err;
  database_.Query("DROP OWNED BY guarded");
}

TEST_F(SecurityTest, WhoMayNotIsToldAndChangesNothing) {
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  const std::string uri = "'" + database_.guarded_uri("right") + "'";
  const auto refusal = [&](const std::string& command) {
    const Outcome outcome = Orderstore(command + uri);
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_THAT(outcome.err, Not(HasSubstr("right@")));
    return outcome.err;
  };
  EXPECT_THAT(refusal("export shop --schema other --to "),
              HasSubstr("permission denied for database"));
  EXPECT_THAT(refusal("export shop --replace --to "),
              HasSubstr("permission denied for table"));
  EXPECT_THAT(refusal("export shop --follow --resync --to "),
              HasSubstr("permission denied for table"));
  EXPECT_THAT(refusal("import back --from "),
              HasSubstr("permission denied for table customers"));
  // Constraints are their owner's.
  database_.Query(
      "GRANT SELECT, INSERT, TRUNCATE ON customers, orders, barcodes TO "
      "guarded");
  EXPECT_THAT(refusal("export shop --replace --fast-load --to "),
              HasSubstr("must be owner of"));
  // Rows that a policy hides are not left out silently.
  database_.Query("ALTER TABLE orders ENABLE ROW LEVEL SECURITY");
  EXPECT_THAT(refusal("import back --from "),
              HasSubstr("would be affected by row-level security policy"));
  database_.Query("DROP OWNED BY guarded");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "1\n");
}

// Wherever a URI stands that does not belong there.
TEST_F(SecurityTest, NoMessageRepeatsAPassword) {
  for (const std::string arguments :
       {"export shop 'postgresql://ann:s3cr3t@host/shop'",
        "export 'postgresql://ann:s3cr3t@host/shop'",
        "report 'postgresql://ann:s3cr3t@host/shop'",
        "import shop --from 'postgresqll://ann:s3cr3t@host/shop'",
        "import shop --from 'host=none password=my s3cr3t'",
        "export shop --to 'postgresql:///x?password=s3cr3t%zz'",
        "export shop --to 'postgresql:///x?password=x&s3cr3t'",
        "export shop --to 'host=none password=x s3cr3t'",
        "export shop --to 'postgresql:ann:s3cr3t@h/x'",
        "export shop --to 'ann:s3cr3t@h/x'",
        "export 'postgresql://ann:s3 cr3t@h/x'",
        "import shop --from 'postgres//ann:s3cr3t@h/x'",
        "report 'host=none password = s3cr3t'",
        "export shop 'host=x PASSWORD=s3cr3t'",
        "export shop --to 'postgresql://u:s3cr3t@/x?%70assword=s3cr3t%zz'",
        "export shop --to 'postgresql://ann:s3cr3t/shop'",
        "export shop --to 'postgresql://u:s3\tcr3t/x@h/db'",
        "export 'postgresql://u:MyPassword=s3cr3t@h/x'",
        "export 'host=x password\t=s3cr3t'",
        "export shop --tto 'postgresql://ann:s3/cr3t@host/shop' --s3"}) {
    const Outcome outcome = Orderstore(arguments);
    EXPECT_NE(outcome.exit_code, 0) << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
    EXPECT_THAT(outcome.err + outcome.out, Not(HasSubstr("cr3t"))) << arguments;
  }
}

TEST_F(SecurityTest, NorDoesTheListOfProcesses) {
  struct Case {
    const char* argument;
    const char* shown;
  };
  const Case kCases[] = {
      {"password=s3cr3t", "password=******"},
      {"host=x Password = s3cr3t", "host=x Password = ******"},
      {"postgresql://u:s3cr3t@/x?%70assword=s3cr3t",
       "postgresql://u:******@/x?%70assword=******"},
      {"postgresql://u:s3 cr3t@h/x", "postgresql://u:*******@h/x"},
      {"u:s3cr3t@h/x", "u:******@h/x"}};
  for (const Case& c : kCases) {
    // It waits for its input meanwhile.
    const Outcome outcome = database_.Run(
        "rm -f pipe; mkfifo pipe; \"$ORDERSTORE\" import shop --from - "
        "--schema "
        "'" +
        std::string(c.argument) +
        "' < pipe > /dev/null 2>&1 & exec 3> pipe; until grep -q '[*][*][*]' "
        "/proc/$!/cmdline; do :; done; tr '\\0' ' ' < /proc/$!/cmdline; exec "
        "3>&-; wait; true");
    EXPECT_THAT(outcome.out, HasSubstr("--schema " + std::string(c.shown)));
    EXPECT_THAT(outcome.out, Not(HasSubstr("cr3t")));
  }
}

TEST_F(SecurityTest, TextsOfOthersAreNoCommandsToATerminal) {
  ASSERT_EQ(Orderstore("export shop --to ''").exit_code, 0);
  ASSERT_EQ(database_
                .Run("printf 'customer - \"x\\033[2J\" Bob\\n' | "
                     "\"$ORDERSTORE\" shell shop > /dev/null")
                .exit_code,
            0);
  database_.Query(
      "INSERT INTO customers (id, email, name) VALUES (99, E'x\\033[2J', '')");
  const Outcome outcome = Orderstore("export shop --to '' --upsert");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("duplicate key value"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\033")));
  // Nor are names.
  database_.Query(
      "ALTER TABLE orders ADD COLUMN \"\033[31m\" int; UPDATE orders SET "
      "\"\033[31m\" = 1; ALTER TABLE orders ALTER COLUMN \"\033[31m\" SET NOT "
      "NULL");
  const Outcome column = Orderstore("export shop --to '' --replace");
  EXPECT_EQ(column.exit_code, 1);
  EXPECT_THAT(column.err, HasSubstr("has a column \\x1b[31m that needs"));
  EXPECT_THAT(column.err, Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace orderstore::sql
