// Loads of a database that stop at a stage of a test's choice, and stay there
// until they are released.
//
//   Holds holds(database);
//   RunningCommand command(folder, "export shop --to '" + holds.uri() + "'");
//   holds.HoldAt(Stage::kProof);
//   ...
//   holds.Release();
//
// The barcode 2000 is where a load stops first, at its rows.

#ifndef ORDERSTORE_TESTS_SQL_HELD_LOAD_H_
#define ORDERSTORE_TESTS_SQL_HELD_LOAD_H_

#include <string>

#include "gtest/gtest.h"
#include "sql/connection.h"
#include "sql/database.h"
#include "tools/running_command.h"
#include "wait_until.h"

namespace orderstore {

enum class Stage { kRows, kIndexes, kProof, kCommit };

inline const char* NameOf(Stage stage) {
  constexpr const char* kNames[] = {"rows", "indexes", "proof", "commit"};
  return kNames[static_cast<int>(stage)];
}

// Triggers that wait for the lock of their stage, on whatever tables are made
// from now on. A load checks all constraints before it commits: what is to
// happen at COMMIT is put off when it does.
constexpr char kHolds[] = R"(
CREATE SCHEMA holds;
CREATE TABLE holds.marks (is_last boolean);
CREATE FUNCTION holds.at_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO holds.marks VALUES (false);
  PERFORM pg_advisory_xact_lock_shared(0);
  RETURN NEW;
END $$;
CREATE FUNCTION holds.at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.is_last THEN
    PERFORM pg_advisory_xact_lock_shared(3);
  ELSE
    SET CONSTRAINTS ALL DEFERRED;
    INSERT INTO holds.marks VALUES (true);
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON holds.marks
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION holds.at_commit();
CREATE FUNCTION holds.at_change() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  made text;
BEGIN
  IF tg_tag <> 'CREATE TABLE' THEN
    PERFORM pg_advisory_lock_shared(1);
    PERFORM pg_advisory_unlock_shared(1);
  END IF;
  FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands()
    WHERE command_tag = 'CREATE TABLE' AND object_identity LIKE '%.barcodes'
  LOOP
    EXECUTE 'CREATE TRIGGER hold BEFORE INSERT ON ' || made || ' FOR EACH ROW '
      'WHEN (NEW.id = 2000) EXECUTE FUNCTION holds.at_row()';
  END LOOP;
END $$;
CREATE EVENT TRIGGER hold ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX')
  EXECUTE FUNCTION holds.at_change();
)";

class Holds {
 public:
  explicit Holds(const Database& database) : database_(database) {
    EXPECT_EQ(database_.Query(kHolds), "");
    HoldRows();
  }

  // By which a session is known as the load's.
  std::string uri() const { return database_.uri() + "&application_name=load"; }

  // The next load stops at its rows.
  void HoldRows() { Do(rows_, "SELECT pg_advisory_lock(0)"); }

  // Lets the load that was started go on to a stage.
  void HoldAt(Stage stage) {
    AwaitStop("COPY ");
    switch (stage) {
      case Stage::kRows:
        return;
      case Stage::kIndexes:
        Do(stage_, "SELECT pg_advisory_lock(1)");
        Do(rows_, "SELECT pg_advisory_unlock_all()");
        return AwaitStop("ALTER TABLE ");
      case Stage::kProof:
        // Which only the digest's sum needs from here on.
        Do(stage_, "BEGIN; LOCK TABLE pg_catalog.pg_aggregate");
        Do(rows_, "SELECT pg_advisory_unlock_all()");
        return AwaitStop("SELECT count(*), coalesce(sum(");
      case Stage::kCommit:
        Do(stage_, "SELECT pg_advisory_lock(3)");
        Do(rows_, "SELECT pg_advisory_unlock_all()");
        return AwaitStop("COMMIT");
    }
  }

  void Release() {
    Do(stage_, "ROLLBACK; SELECT pg_advisory_unlock_all()");
    Do(rows_, "SELECT pg_advisory_unlock_all()");
  }

  // After the server was started again, which ends all loads.
  void Reconnect() {
    for (sql::Connection* const server : {&rows_, &stage_, &watch_}) {
      *server = Open(database_);
    }
  }

  void EndSession() {
    Do(watch_,
       "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
       "application_name = 'load' AND datname = current_database()");
  }

  // The server has done what it does for a load whose command has ended.
  void AwaitEnd() {
    EXPECT_TRUE(WaitUntil([&] { return IsNone("true"); }))
        << "the load does not end";
  }

  // The load waits for something, a lock if nothing else is said, in a
  // statement that begins so, and has waited for so long.
  void AwaitStop(const std::string& statement, const std::string& what = "Lock",
                 const std::string& seconds = "0") {
    EXPECT_TRUE(WaitUntil([&] {
      return !IsNone("'" + what +
                     "' IN (wait_event_type, wait_event) AND starts_with("
                     "query, '" +
                     statement +
                     "') AND clock_timestamp() - query_start > interval '" +
                     seconds + " s'");
    })) << "the load does not come to "
        << statement;
  }

 private:
  static sql::Connection Open(const Database& database) {
    sql::Connection server = sql::Connection::Open(database.uri()).value();
    Do(server, "SET lock_timeout = '1min'");
    return server;
  }
  static void Do(sql::Connection& server, const std::string& sql) {
    const absl::Status status = server.Execute(sql);
    EXPECT_TRUE(status.ok()) << status;
  }
  // No session of a load is like that.
  bool IsNone(const std::string& condition) {
    const auto found = watch_.Query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'load' AND "
        "datname = current_database() AND " +
        condition);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() && found->empty();
  }

  const Database& database_;
  sql::Connection rows_ = Open(database_);
  sql::Connection stage_ = Open(database_);
  sql::Connection watch_ = Open(database_);
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_SQL_HELD_LOAD_H_
