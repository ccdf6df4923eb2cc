// A connection to PostgreSQL, by libpq.
//
//   absl::StatusOr<Connection> server = Connection::Open("postgresql:///shop");
//   if (!server.ok()) return server.status();
//   absl::Status status = server->Execute("BEGIN");
//   absl::StatusOr<Rows> rows = server->Query("SELECT 1, NULL");
//
// A URI, or `key=value` words, as psql takes them; what they leave out comes
// from the environment (PGHOST and so on) and from ~/.pgpass. No message has a
// password in it, neither ours nor libpq's. Texts are UTF-8, times UTC, and
// names of tables qualified, whatever the server's settings are.
//
// Errors: Unavailable, no connection, or it was lost; PermissionDenied, the
// role may not, or the password is wrong; ResourceExhausted, the server has no
// room; Cancelled, the statement was; InvalidArgument, a URI that makes no
// sense; else FailedPrecondition, the server's own message.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_SQL_CONNECTION_H_
#define ORDERSTORE_SQL_CONNECTION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct pg_conn;
struct pg_result;

namespace orderstore::sql {

// Of a query: its rows, and their columns; none: NULL.
using Rows = std::vector<std::vector<std::optional<std::string>>>;

class Connection {
 public:
  static absl::StatusOr<Connection> Open(const std::string& uri);

  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;

  // From now on a statement under way is cancelled once `cancelled` becomes
  // true; null: none is. It outlives its use.
  void CancelWhen(const std::atomic<bool>* cancelled) {
    cancelled_ = cancelled;
  }

  // From now on called some ten times a second while a statement is under way;
  // null: nothing is.
  void WhileWaiting(std::function<void()> call) {
    while_waiting_ = std::move(call);
  }

  // One or more statements, whose rows are thrown away.
  absl::Status Execute(const std::string& sql);
  // Ends a transaction. Unknown: the connection was lost meanwhile; all of it
  // holds, or nothing. Other errors: nothing does.
  absl::Status Commit();
  // One or more statements; how many rows they changed together.
  absl::StatusOr<int64_t> Change(const std::string& sql);
  // One statement.
  absl::StatusOr<Rows> Query(const std::string& sql);

  // Whether there is a table of this qualified name.
  absl::StatusOr<bool> HasTable(const std::string& name);

  // ---- COPY ... FROM STDIN ----
  absl::Status BeginCopyIn(const std::string& sql);
  absl::Status PutCopy(std::string_view bytes);
  // Returns how many rows the server took.
  absl::StatusOr<int64_t> EndCopyIn();
  // Ends it so that the server refuses what came.
  absl::Status AbortCopyIn();

  // ---- COPY ... TO STDOUT ----
  // Calls `take` with each row's line, without its end, in COPY's text format.
  // An error of `take` ends it and is returned; the connection is of no use
  // then.
  absl::Status CopyOut(
      const std::string& sql,
      const std::function<absl::Status(std::string_view line)>& take);

  // Unavailable: the connection was lost meanwhile. Asks nothing of the server.
  absl::Status CheckAlive();

  // `database shop on /run/postgresql`, without a password.
  std::string Description() const;

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };

  Connection(std::unique_ptr<pg_conn, Close> connection,
             std::vector<std::string> secrets)
      : connection_(std::move(connection)), secrets_(std::move(secrets)) {}

  // Runs statements, and calls `take` with the result of each that succeeds.
  absl::Status Run(const std::string& sql,
                   const std::function<void(const pg_result&)>& take);
  // Waits a little for the server's words, or also until it takes ours, with an
  // eye on `cancelled_`; `asked` is whether the server was asked to cancel.
  // False: the connection is lost.
  bool Wait(bool& asked, bool to_send);
  bool WaitForInput(bool& asked);
  // Of the rows of COPY. False: the connection is lost.
  bool Send(std::string_view piece);
  bool SendEnd(const char* error);
  absl::Status BeginCopy(const std::string& sql, int wanted);
  // Sends what libpq has, with an eye on `cancelled_`. False: the connection is
  // lost.
  bool Flush();
  // What PQgetResult returns, once it is there.
  pg_result* NextResult();
  // What libpq has to say of `result`, or of the connection if it is null.
  absl::Status Error(const void* result) const;

  std::unique_ptr<pg_conn, Close> connection_;
  // No message may have one of these in it.
  std::vector<std::string> secrets_;
  const std::atomic<bool>* cancelled_ = nullptr;
  std::function<void()> while_waiting_;
};

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_CONNECTION_H_
