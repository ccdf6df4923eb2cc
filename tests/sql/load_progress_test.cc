// What a load of a server shows on a terminal, while it comes to its stages.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/connection.h"
#include "sql/database.h"
#include "sql/held_load.h"
#include "tools/running_command.h"
#include "tools/terminal.h"

namespace orderstore {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class LoadProgressTest : public testing::Test {
 protected:
  void MakeStore(const std::string& options) {
    const Outcome made =
        database_.Run("\"$ORDERSTORE\" generate " + options +
                      " many && \"$ORDERSTORE\" import shop many/orders.csv "
                      "many/barcodes.csv > /dev/null");
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  const Database database_;
  Holds holds_{database_};
  const Terminal terminal_;
};

TEST_F(LoadProgressTest, RowsAreCountedAndThenTheStageIsNamed) {
  if (terminal_.path().empty()) GTEST_SKIP() << "no terminals";
  MakeStore("--customers 3000");
  RunningCommand command(database_.folder(),
                         "export shop --to '" + holds_.uri() + "'",
                         terminal_.path());
  // For longer than the line that is next takes to come.
  holds_.AwaitStop("COPY ", "Lock", "0.2");
  holds_.HoldAt(Stage::kIndexes);
  const std::string rows = terminal_.Shown();
  EXPECT_THAT(rows, ContainsRegex("\r[0-9]+ of 28759 rows loaded, [0-9]+/s, "
                                  "[0-9]+ s left\x1b\\[K"));
  EXPECT_THAT(rows, EndsWith("\rmaking constraints and indexes\x1b[K"));
  holds_.Release();
  EXPECT_EQ(command.Wait().exit_code, 0);
  EXPECT_THAT(terminal_.Shown(),
              MatchesRegex("\rproving the rows\x1b\\[K\r\x1b\\[K"
                           "orderstore: database .* made the tables, .*"));
}

TEST_F(LoadProgressTest, AnUpsertMovesRowsInBetween) {
  if (terminal_.path().empty()) GTEST_SKIP() << "no terminals";
  MakeStore("--customers 100");
  holds_.Release();
  ASSERT_EQ(database_.Run("\"$ORDERSTORE\" export shop --to ''").exit_code, 0);
  RunningCommand command(database_.folder(),
                         "export shop --upsert --to '" + holds_.uri() + "'",
                         terminal_.path());
  EXPECT_EQ(command.Wait().exit_code, 0);
  EXPECT_THAT(terminal_.Shown(),
              HasSubstr("\rmoving rows into their table\x1b[K"));
}

// Nothing is known of how fast it is.
TEST_F(LoadProgressTest, BeforeTheFirstRowThereIsNoTimeLeft) {
  if (terminal_.path().empty()) GTEST_SKIP() << "no terminals";
  ASSERT_EQ(database_
                .Run("printf 'barcode new\\n' | \"$ORDERSTORE\" shell shop && "
                     "\"$ORDERSTORE\" export shop --to ''")
                .exit_code,
            0);
  sql::Connection other = sql::Connection::Open(database_.uri()).value();
  ASSERT_TRUE(other.Execute("BEGIN; LOCK TABLE public.orders").ok());
  RunningCommand command(database_.folder(),
                         "export shop --replace --to '" + holds_.uri() + "'",
                         terminal_.path());
  holds_.AwaitStop("LOCK TABLE ", "Lock", "0.2");
  ASSERT_TRUE(other.Execute("ROLLBACK").ok());
  EXPECT_EQ(command.Wait().exit_code, 0);
  EXPECT_THAT(terminal_.Shown(), AllOf(StartsWith("\r0 of 1 rows loaded\x1b[K"),
                                       HasSubstr("\rproving the rows\x1b[K"),
                                       Not(HasSubstr("inf"))));
}

TEST_F(LoadProgressTest, NothingOfItShowsElsewhere) {
  MakeStore("--customers 3000");
  RunningCommand command(database_.folder(),
                         "export shop --to '" + holds_.uri() + "'");
  holds_.AwaitStop("COPY ", "Lock", "0.2");
  holds_.Release();
  const Outcome outcome = command.Wait();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err,
              MatchesRegex("orderstore: database [^\r\x1b]* made the tables, "
                           "[^\r\x1b]*\n"));
}

}  // namespace
}  // namespace orderstore
