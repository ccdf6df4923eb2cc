// A load that ends before its time, at each of its stages: while rows come,
// indexes are made, the proof is computed, and at COMMIT. The server then has
// what it had before, or all, and the same command once more loads all.

#include <signal.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "sql/database.h"
#include "sql/held_load.h"
#include "tools/running_command.h"

namespace orderstore {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// Somebody else's, with rows: an id that the store has too, and others.
constexpr char kTheirTables[] = R"(
CREATE TABLE customers (
    id serial PRIMARY KEY, email varchar, name varchar,
    created_at timestamp, updated_at timestamp,
    CONSTRAINT uq_email UNIQUE (email) DEFERRABLE);
CREATE TABLE orders (
    id serial PRIMARY KEY, customer_id bigint REFERENCES customers,
    created_at timestamp, updated_at timestamp);
CREATE TABLE barcodes (
    id serial PRIMARY KEY, barcode_value text UNIQUE,
    order_id integer CONSTRAINT "The order" REFERENCES orders ON DELETE CASCADE,
    is_used boolean, created_at timestamp, updated_at timestamp);
CREATE INDEX "Times" ON barcodes (created_at DESC) WHERE is_used;
INSERT INTO customers (id, email) VALUES (7, 'old'), (900001, 'other');
INSERT INTO orders (id, customer_id) VALUES (900002, 900001), (900003, 7);
INSERT INTO barcodes (id, barcode_value, order_id) VALUES (900004, 'b', 900002);
)";

// A way to load, and where it can be held.
struct Way {
  const char* options;
  const char* tables;
  std::vector<Stage> stages;
};

const Way kWays[] = {
    {"", "", {Stage::kRows, Stage::kIndexes, Stage::kProof, Stage::kCommit}},
    {" --replace --fast-load",
     kTheirTables,
     {Stage::kRows, Stage::kIndexes, Stage::kProof, Stage::kCommit}},
    {" --upsert", kTheirTables, {Stage::kRows, Stage::kProof, Stage::kCommit}},
};

void MakeStore(const Database& database) {
  const Outcome made = database.Run(
      "\"$ORDERSTORE\" generate --customers 3000 many && \"$ORDERSTORE\" "
      "import shop many/orders.csv many/barcodes.csv > /dev/null");
  ASSERT_EQ(made.exit_code, 0) << made.err;
}

// All that the schema has, but for where sequences are: these move on with a
// load that comes to nothing too.
constexpr char kDefinitions[] = R"(
SELECT a.attrelid::regclass, attname, format_type(atttypid, atttypmod),
    attnotnull, pg_get_expr(adbin, adrelid)
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
    LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
  WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  ORDER BY c.relname, attnum;
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 2;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
)";
// Of no tables, that there are none.
constexpr char kRows[] = R"(
SELECT * FROM (
  SELECT 1, count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM customers t
  UNION ALL
  SELECT 2, count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM orders t
  UNION ALL
  SELECT 3, count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM barcodes t
) all_tables ORDER BY 1;
)";

class StagesTest : public testing::Test {
 protected:
  explicit StagesTest(
      const std::string& server = Database::FolderIn(ORDERSTORE_CLUSTER_FILE))
      : database_(server) {
    MakeStore(database_);
  }

  std::string Arguments(const Way& way) const {
    return "export shop --to '" + holds_.uri() + "'" + way.options;
  }
  void MakeTables(const Way& way) {
    ASSERT_EQ(
        database_.Query(
            "SET client_min_messages = warning; DROP TABLE IF EXISTS barcodes, "
            "orders, customers; " +
            std::string(way.tables)),
        "");
  }
  std::string State() {
    return database_.Query(kDefinitions) + database_.Query(kRows);
  }

  // Loads in each way, held at each stage. `end` ends the load and checks what
  // its command says; it returns whether all rows came.
  template <typename End>
  void EndEach(End end) {
    for (const Way& way : kWays) {
      SCOPED_TRACE("export" + std::string(way.options));
      MakeTables(way);
      holds_.Release();
      const std::string before = State();
      ASSERT_EQ(RunCommand(database_.folder(), Arguments(way)).exit_code, 0);
      const std::string all = State();
      ASSERT_NE(before, all);
      for (const Stage stage : way.stages) {
        SCOPED_TRACE(NameOf(stage));
        MakeTables(way);
        holds_.HoldRows();
        RunningCommand command(database_.folder(), Arguments(way));
        holds_.HoldAt(stage);
        const bool has_all = end(stage, command);
        holds_.Release();
        holds_.AwaitEnd();
        EXPECT_EQ(State(), has_all ? all : before);
        ExpectAnotherLoads(way, has_all);
        EXPECT_EQ(State(), all);
        if (HasFailure()) return;
      }
    }
  }

  // The same once more; where it made the tables, they are there now.
  void ExpectAnotherLoads(const Way& way, bool has_all) {
    const bool is_refused = has_all && *way.options == '\0';
    const Outcome again = RunCommand(
        database_.folder(), Arguments(way) + (is_refused ? " --replace" : ""));
    EXPECT_EQ(again.exit_code, 0) << again.err;
  }

  const Database database_;
  Holds holds_{database_};
};

TEST_F(StagesTest, AKilledCommandLoadsNothingUnlessItHasAskedToCommit) {
  EndEach([&](Stage stage, RunningCommand& command) {
    command.Signal(SIGKILL);
    const Outcome outcome = command.Wait();
    EXPECT_EQ(outcome.exit_code, 128 + SIGKILL);
    EXPECT_EQ(outcome.out + outcome.err, "");
    return stage == Stage::kCommit;
  });
}

TEST_F(StagesTest, ASignalEndsAllButTheCommit) {
  EndEach([&](Stage stage, RunningCommand& command) {
    command.Signal(SIGINT);
    if (stage == Stage::kCommit) holds_.Release();
    const Outcome outcome = command.Wait();
    if (stage == Stage::kCommit) {
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_THAT(outcome.out, HasSubstr("\nbarcodes 19459 "));
      return true;
    }
    EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              "orderstore: interrupted; nothing was loaded, the server is as "
              "it was\n");
    return false;
  });
}

TEST_F(StagesTest, AServerThatEndsTheSessionHasNothing) {
  EndEach([&](Stage stage, RunningCommand& command) {
    holds_.EndSession();
    const Outcome outcome = command.Wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    // While rows are sent, the system may take away what it said last.
    EXPECT_THAT(
        outcome.err,
        AnyOf(HasSubstr("terminating connection due to administrator command"),
              HasSubstr("server closed the connection unexpectedly")));
    EXPECT_THAT(outcome.err,
                HasSubstr(stage == Stage::kCommit
                              ? "; it was about to commit; the server has all "
                                "or nothing: its rows tell which\n"
                              : "; nothing was loaded\n"));
    return false;
  });
}

// ---- A server that is started again ----------------------------------------

// A server of its own, as the others are at work on theirs.
class OwnServer {
 protected:
  OwnServer() { Cluster("setup"); }
  ~OwnServer() { Cluster("cleanup"); }

  void Restart() const { Cluster("restart"); }
  std::string socket_folder() const {
    return Database::FolderIn(folder_ / "own");
  }

 private:
  void Cluster(const std::string& command) const {
    const Outcome outcome =
        RunScript(folder_, ORDERSTORE_SOURCE_DIR "/tests/sql/cluster " +
                               command + " own");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  const TestFolder folder_;
};

class RestartTest : public OwnServer, public StagesTest {
 protected:
  RestartTest() : StagesTest(socket_folder()) {}
};

TEST_F(RestartTest, ItHasNothingOfALoadThatWasNotCommitted) {
  EndEach([&](Stage stage, RunningCommand& command) {
    Restart();
    holds_.Reconnect();
    const Outcome outcome = command.Wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr(stage == Stage::kCommit
                                           ? "the server has all or nothing"
                                           : "; nothing was loaded\n"));
    return false;
  });
}

// It waits for a copy of the log before it answers.
TEST_F(RestartTest, ItHasAllOfALoadWhoseAnswerWasLost) {
  ASSERT_EQ(
      database_.Query("ALTER ROLE postgres SET synchronous_commit = local"),
      "");
  ASSERT_EQ(
      database_.Query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'"),
      "");
  Restart();
  holds_.Reconnect();
  RunningCommand command(database_.folder(),
                         "export shop --to '" + holds_.uri() +
                             "&options=-c%20synchronous_commit%3Don'");
  holds_.AwaitStop("COMMIT", "SyncRep");
  Restart();
  holds_.Reconnect();
  const Outcome outcome = command.Wait();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("; it was about to commit; the server has "
                                     "all or nothing: its rows tell which\n"));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "19459\n");
}

}  // namespace
}  // namespace orderstore
