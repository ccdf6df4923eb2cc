// A connection of SQLite and its prepared statements. Errors end the process.

#ifndef ORDERSTORE_BENCH_PEERS_SQLITE_CONNECTION_H_
#define ORDERSTORE_BENCH_PEERS_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "checks.h"

namespace orderstore::bench {

// Prepared once, run many times:
//
//   Statement::Run run(statement);
//   run.Bind(1, email);
//   while (run.Step()) Use(run.Int(0), run.Text(1));
class Statement {
 public:
  Statement(sqlite3* db, const char* sql) {
    const int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &statement_, nullptr);
    if (code != SQLITE_OK) Fail(sqlite3_errmsg(db));
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  // Resets the statement at its end, which also ends what it has read.
  class Run {
   public:
    explicit Run(Statement& statement) : statement_(statement.statement_) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() { sqlite3_reset(statement_); }

    // A text has to live until the end of the run.
    void Bind(int at, std::string_view text) {
      sqlite3_bind_text(statement_, at, text.data(),
                        static_cast<int>(text.size()), SQLITE_STATIC);
    }
    void Bind(int at, int64_t value) {
      sqlite3_bind_int64(statement_, at, value);
    }
    void BindNull(int at) { sqlite3_bind_null(statement_, at); }

    // True: there is a row.
    bool Step() {
      const int code = sqlite3_step(statement_);
      if (code != SQLITE_ROW && code != SQLITE_DONE) [[unlikely]] {
        Fail(sqlite3_errmsg(sqlite3_db_handle(statement_)));
      }
      return code == SQLITE_ROW;
    }

    int64_t Int(int column) { return sqlite3_column_int64(statement_, column); }
    int32_t Id(int column) { return sqlite3_column_int(statement_, column); }
    bool IsNull(int column) {
      return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    // Lives until the next step.
    std::string_view Text(int column) {
      const void* const text = sqlite3_column_text(statement_, column);
      return {static_cast<const char*>(text),
              static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
    }

   private:
    sqlite3_stmt* const statement_;
  };

  // Of statements without parameters and rows.
  void Execute() { Run(*this).Step(); }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

class Connection {
 public:
  explicit Connection(const std::string& path) {
    // Our mutex is taken once a transaction, SQLite's own several times a
    // statement.
    const int code = sqlite3_open_v2(
        path.c_str(), &db_,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
        nullptr);
    Require(code == SQLITE_OK, "cannot open a database of SQLite");
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // The statements have to go before.
  ~Connection() {
    if (sqlite3_close(db_) != SQLITE_OK) Fail("a statement is still there");
  }

  void Execute(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) !=
        SQLITE_OK) {
      Fail(sqlite3_errmsg(db_));
    }
  }

  sqlite3* db() const { return db_; }
  // Held by who uses the connection or its statements.
  std::mutex& mutex() { return mutex_; }

 private:
  sqlite3* db_ = nullptr;
  std::mutex mutex_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_SQLITE_CONNECTION_H_
