#include "sql/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConnectionOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

// What of a URI may be a password or a part of one, however it is misread: all
// between the name and the host, as a whole and cut where a reader of URIs
// cuts.
void AddSuspects(std::string_view uri, std::vector<std::string>& secrets) {
  const size_t scheme = uri.find("://");
  if (scheme != uri.npos) uri.remove_prefix(scheme + 3);
  const size_t colon = uri.find(':');
  const size_t at = uri.rfind('@');
  if (colon == uri.npos) return;
  if (at == uri.npos) {
    // Where the host was forgotten, it is taken for the port.
    const std::string_view port =
        uri.substr(colon + 1, uri.find_first_of("/?", colon) - colon - 1);
    if (port.find_first_not_of("0123456789,") != port.npos) {
      secrets.emplace_back(port);
    }
    return;
  }
  if (at <= colon + 1) return;
  std::string_view rest = uri.substr(colon + 1, at - colon - 1);
  secrets.emplace_back(rest);
  while (!rest.empty()) {
    const size_t end = rest.find_first_of("/:@?&=#");
    if (end > 0) secrets.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
}

bool HasSecret(std::string_view text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (text.find(secret) != text.npos) return true;
  }
  return false;
}

constexpr char kLeftOut[] =
    "libpq's message is left out, for it may have the password in it";

// libpq's text on one line, or that it is not for everybody.
std::string SafeText(const char* text,
                     const std::vector<std::string>& secrets) {
  std::string line(absl::StripAsciiWhitespace(text == nullptr ? "" : text));
  if (HasSecret(line, secrets)) return kLeftOut;
  // Of the server's texts some are others'.
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  if (!HasSecret(line, secrets)) return line;
  return kLeftOut;
}

// The class of an SQLSTATE is its first two characters. PostgreSQL 15
// documentation, appendix A.
absl::StatusCode CodeOf(std::string_view state) {
  if (state == "42501") return absl::StatusCode::kPermissionDenied;
  if (state == "57014") return absl::StatusCode::kCancelled;
  const std::string_view state_class = state.substr(0, 2);
  const bool is_mistake = state == "08P01";  // of ours
  if (state.empty() || (state_class == "08" && !is_mistake) ||
      state_class == "57") {
    return absl::StatusCode::kUnavailable;
  }
  if (state_class == "28") return absl::StatusCode::kPermissionDenied;
  if (state_class == "53") return absl::StatusCode::kResourceExhausted;
  return absl::StatusCode::kFailedPrecondition;
}

int64_t RowsOfResult(const PGresult* result) {
  // libpq only reads it.
  const std::string_view count = PQcmdTuples(const_cast<PGresult*>(result));
  int64_t rows = 0;
  std::from_chars(count.data(), count.data() + count.size(), rows);
  return rows;
}

struct FreeMemory {
  void operator()(char* memory) const { PQfreemem(memory); }
};

}  // namespace

void Connection::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

absl::StatusOr<Connection> Connection::Open(const std::string& uri) {
  std::vector<std::string> secrets;
  AddSuspects(uri, secrets);
  char* parse_error = nullptr;
  const ConnectionOptions options(PQconninfoParse(uri.c_str(), &parse_error));
  if (options == nullptr) {
    // Words behind a blank, or what a percent sign broke, may be of it.
    const bool may_have_one =
        absl::StrContains(absl::AsciiStrToLower(uri), "pass") ||
        absl::StrContains(uri, "@") || absl::StrContains(uri, "%");
    const std::string text =
        may_have_one ? kLeftOut : SafeText(parse_error, secrets);
    PQfreemem(parse_error);
    return absl::InvalidArgumentError(absl::StrCat(
        "this names no database: ", text,
        absl::StrContains(uri, "@")
            ? "; in a URI, special characters of a password are written as %40"
            : "; write postgresql:///NAME or dbname=NAME"));
  }
  for (const PQconninfoOption* option = options.get();
       option->keyword != nullptr; ++option) {
    const bool is_secret = absl::StrContains(option->keyword, "password");
    if (is_secret && option->val != nullptr && *option->val != '\0') {
      secrets.emplace_back(option->val);
    }
  }
  // What a name alone would be taken for is a database's.
  const std::array<const char*, 3> keys = {
      "dbname", "fallback_application_name", nullptr};
  const std::array<const char*, 3> values = {uri.c_str(), "orderstore",
                                             nullptr};
  std::unique_ptr<pg_conn, Close> connection(
      PQconnectdbParams(keys.data(), values.data(), /*expand_dbname=*/1));
  if (connection == nullptr) {
    return absl::ResourceExhaustedError("no memory for a connection");
  }
  Connection opened(std::move(connection), std::move(secrets));
  pg_conn* const handle = opened.connection_.get();
  if (const char* password = PQpass(handle);
      password != nullptr && *password != '\0') {
    opened.secrets_.emplace_back(password);
  }
  if (PQstatus(handle) != CONNECTION_OK) {
    const bool is_refused = PQconnectionNeedsPassword(handle) != 0 ||
                            PQconnectionUsedPassword(handle) != 0;
    return absl::Status(
        is_refused ? absl::StatusCode::kPermissionDenied
                   : absl::StatusCode::kUnavailable,
        absl::StrCat("cannot connect to ", opened.Description(), ": ",
                     SafeText(PQerrorMessage(handle), opened.secrets_)));
  }
  // Notices are for people at a terminal.
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  absl::Status status = opened.Execute(
      "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; "
      "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; "
      "SET search_path = ''; SET row_security = off; "
      "SET idle_in_transaction_session_timeout = 0");
  if (!status.ok()) return status;
  return opened;
}

absl::Status Connection::CheckAlive() {
  pg_conn* const handle = connection_.get();
  if (PQconsumeInput(handle) == 1 && PQstatus(handle) == CONNECTION_OK) {
    return absl::OkStatus();
  }
  return Error(nullptr);
}

std::string Connection::Description() const {
  const auto or_default = [](const char* text, const char* otherwise) {
    return std::string(text == nullptr || *text == '\0' ? otherwise : text);
  };
  pg_conn* const handle = connection_.get();
  const std::string text =
      absl::StrCat("database ", or_default(PQdb(handle), "(default)"), " on ",
                   or_default(PQhost(handle), "(default)"));
  return HasSecret(text, secrets_) ? "the database" : text;
}

absl::Status Connection::Error(const void* result) const {
  const auto* answer = static_cast<const PGresult*>(result);
  const char* state = answer == nullptr
                          ? nullptr
                          : PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  std::string text;
  if (answer != nullptr && state != nullptr) {
    text =
        SafeText(PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY), secrets_);
    if (const char* detail =
            PQresultErrorField(answer, PG_DIAG_MESSAGE_DETAIL)) {
      absl::StrAppend(&text, " (", SafeText(detail, secrets_), ")");
    }
  } else {
    text = SafeText(PQerrorMessage(connection_.get()), secrets_);
  }
  return absl::Status(CodeOf(state == nullptr ? "" : state),
                      absl::StrCat(Description(), ": ", text));
}

// ---- Statements ------------------------------------------------------------

namespace {

// Asks the server to end what it is at; the statement's result tells whether it
// did.
void AskToCancel(pg_conn* connection) {
  PGcancel* const cancel = PQgetCancel(connection);
  if (cancel == nullptr) return;
  std::array<char, 256> error;
  PQcancel(cancel, error.data(), static_cast<int>(error.size()));
  PQfreeCancel(cancel);
}

}  // namespace

bool Connection::Wait(bool& asked, bool to_send) {
  pg_conn* const handle = connection_.get();
  if (!asked && cancelled_ != nullptr && *cancelled_) {
    asked = true;
    AskToCancel(handle);
  }
  constexpr int kMillis = 100;
  pollfd socket = {
      .fd = PQsocket(handle),
      .events = static_cast<int16_t>(to_send ? POLLIN | POLLOUT : POLLIN),
      .revents = 0};
  if (poll(&socket, 1, kMillis) == 0 && while_waiting_) while_waiting_();
  return PQconsumeInput(handle) == 1;
}

bool Connection::WaitForInput(bool& asked) {
  return Wait(asked, /*to_send=*/false);
}

pg_result* Connection::NextResult() {
  bool asked = false;
  // What is wrong with the connection, the result tells.
  while (PQisBusy(connection_.get()) != 0 && WaitForInput(asked)) {
  }
  return PQgetResult(connection_.get());
}

absl::Status Connection::Run(
    const std::string& sql, const std::function<void(const pg_result&)>& take) {
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return Error(nullptr);
  absl::Status status;
  while (const Result result{NextResult()}) {
    const ExecStatusType outcome = PQresultStatus(result.get());
    if (outcome == PGRES_COMMAND_OK || outcome == PGRES_TUPLES_OK) {
      take(*result);
    } else {
      status.Update(Error(result.get()));
    }
  }
  return status;
}

absl::Status Connection::Execute(const std::string& sql) {
  return Run(sql, [](const pg_result&) {});
}

absl::Status Connection::Commit() {
  absl::Status status = Execute("COMMIT");
  if (!absl::IsUnavailable(status)) return status;
  return absl::UnknownError(
      absl::StrCat(std::string(status.message()), "; it was about to commit"));
}

absl::StatusOr<int64_t> Connection::Change(const std::string& sql) {
  int64_t rows = 0;
  absl::Status status =
      Run(sql, [&](const pg_result& result) { rows += RowsOfResult(&result); });
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<Rows> Connection::Query(const std::string& sql) {
  Rows rows;
  absl::Status status = Run(sql, [&](const pg_result& result) {
    rows.resize(static_cast<size_t>(PQntuples(&result)));
    for (size_t row = 0; row < rows.size(); ++row) {
      const int at = static_cast<int>(row);
      for (int column = 0; column < PQnfields(&result); ++column) {
        std::optional<std::string>& value = rows[row].emplace_back();
        if (PQgetisnull(&result, at, column) != 0) continue;
        value.emplace(PQgetvalue(&result, at, column),
                      static_cast<size_t>(PQgetlength(&result, at, column)));
      }
    }
  });
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<bool> Connection::HasTable(const std::string& name) {
  const absl::StatusOr<Rows> there = Query(
      absl::StrCat("SELECT to_regclass(", Literal(name), ") IS NOT NULL"));
  if (!there.ok()) return there.status();
  return there->at(0).at(0) == "t";
}

// ---- COPY ------------------------------------------------------------------

absl::Status Connection::BeginCopy(const std::string& sql, int wanted) {
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return Error(nullptr);
  const Result result(NextResult());
  if (PQresultStatus(result.get()) == static_cast<ExecStatusType>(wanted)) {
    return absl::OkStatus();
  }
  absl::Status status = Error(result.get());
  while (const Result rest{PQgetResult(connection_.get())}) {
  }
  return status;
}

absl::Status Connection::BeginCopyIn(const std::string& sql) {
  return BeginCopy(sql, PGRES_COPY_IN);
}

absl::Status Connection::PutCopy(std::string_view bytes) {
  // libpq takes its length as an int.
  constexpr size_t kBytesMax = size_t{1} << 20;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kBytesMax);
    if (!Send(piece)) {
      // The server may have said why before it went.
      absl::Status status = Error(nullptr);
      const absl::StatusOr<int64_t> end = EndCopyIn();
      return end.ok() ? status : end.status();
    }
    bytes.remove_prefix(piece.size());
  }
  return absl::OkStatus();
}

bool Connection::Flush() {
  bool asked = false;
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return true;
    if (left < 0 || !Wait(asked, /*to_send=*/true)) return false;
  }
}

// A server that takes nothing for now does not keep us from cancelling.
bool Connection::Send(std::string_view piece) {
  pg_conn* const handle = connection_.get();
  PQsetnonblocking(handle, 1);
  const bool is_sent = PQputCopyData(handle, piece.data(),
                                     static_cast<int>(piece.size())) == 1 &&
                       Flush();
  PQsetnonblocking(handle, 0);
  return is_sent;
}

bool Connection::SendEnd(const char* error) {
  pg_conn* const handle = connection_.get();
  PQsetnonblocking(handle, 1);
  const bool is_sent = PQputCopyEnd(handle, error) == 1 && Flush();
  PQsetnonblocking(handle, 0);
  return is_sent;
}

absl::StatusOr<int64_t> Connection::EndCopyIn() {
  if (!SendEnd(nullptr)) return Error(nullptr);
  int64_t rows = 0;
  absl::Status status;
  while (const Result result{NextResult()}) {
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      status.Update(Error(result.get()));
      continue;
    }
    rows = RowsOfResult(result.get());
  }
  if (!status.ok()) return status;
  return rows;
}

absl::Status Connection::CopyOut(
    const std::string& sql,
    const std::function<absl::Status(std::string_view line)>& take) {
  absl::Status status = BeginCopy(sql, PGRES_COPY_OUT);
  if (!status.ok()) return status;
  bool asked = false;
  for (;;) {
    char* bytes = nullptr;
    const int size = PQgetCopyData(connection_.get(), &bytes, /*async=*/1);
    const std::unique_ptr<char, FreeMemory> row(bytes);
    if (size == -1) break;
    if (size < -1) return Error(nullptr);
    if (size == 0) {
      if (!WaitForInput(asked)) return Error(nullptr);
      continue;
    }
    std::string_view line(bytes, static_cast<size_t>(size));
    if (line.ends_with('\n')) line.remove_suffix(1);
    status = take(line);
    if (!status.ok()) return status;
  }
  while (const Result result{NextResult()}) {
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      status.Update(Error(result.get()));
    }
  }
  return status;
}

absl::Status Connection::AbortCopyIn() {
  if (!SendEnd("given up")) return Error(nullptr);
  while (const Result result{NextResult()}) {
  }
  return absl::OkStatus();
}

}  // namespace orderstore::sql
