#include "peers/postgresql_connection.h"

#include <charconv>

namespace orderstore::bench {

void Parameters::Add(int32_t number) {
  std::string& bytes = owned_[static_cast<size_t>(count_)];
  AppendBig(bytes, static_cast<uint32_t>(number), 4);
  Add(std::string_view(bytes));
}

void Parameters::Add(int64_t number) {
  std::string& bytes = owned_[static_cast<size_t>(count_)];
  AppendBig(bytes, static_cast<uint64_t>(number), 8);
  Add(std::string_view(bytes));
}

void Parameters::Add(std::string_view text) {
  const auto at = static_cast<size_t>(count_++);
  // No pointer would be NULL.
  values_[at] = text.empty() ? "" : text.data();
  sizes_[at] = static_cast<int>(text.size());
}

void Parameters::Add(std::span<const std::string_view> texts) {
  std::string& array = BeginArray(kText, texts.size());
  for (std::string_view text : texts) {
    AppendBig(array, text.size(), 4);
    array += text;
  }
  Add(std::string_view(array));
}

std::string& Parameters::BeginArray(uint32_t type, size_t size) {
  std::string& array = owned_[static_cast<size_t>(count_)];
  AppendBig(array, 1, 4);  // dimension
  AppendBig(array, 0, 4);  // no NULL in it
  AppendBig(array, type, 4);
  AppendBig(array, size, 4);
  AppendBig(array, 1, 4);  // the first index
  return array;
}

PostgresqlConnection::PostgresqlConnection(const std::string& socket_folder) {
  const std::array<const char*, 5> names = {"host", "port", "user", "dbname",
                                            nullptr};
  const std::array<const char*, 5> values = {socket_folder.c_str(), "5432",
                                             "postgres", "postgres", nullptr};
  connection_.reset(PQconnectdbParams(names.data(), values.data(), 0));
  if (PQstatus(get()) != CONNECTION_OK) FailHere();
}

int64_t PostgresqlConnection::AskForNumber(const char* sql) {
  const Result result = Ask(sql);
  Require(result.rows() == 1, "PostgreSQL has given no row");
  const std::string_view text = result.At(0, 0).Text();
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Result PostgresqlConnection::Ask(const char* sql) {
  Result result(PQexec(get(), sql));
  const ExecStatusType status = result.status();
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) FailHere();
  return result;
}

void PostgresqlConnection::BeginCopyIn(const char* sql) {
  if (Result(PQexec(get(), sql)).status() != PGRES_COPY_IN) FailHere();
}

void PostgresqlConnection::CopyIn(std::string_view bytes) {
  if (PQputCopyData(get(), bytes.data(), static_cast<int>(bytes.size())) != 1) {
    FailHere();
  }
}

void PostgresqlConnection::EndCopyIn() {
  if (PQputCopyEnd(get(), nullptr) != 1) FailHere();
  while (PGresult* const pointer = PQgetResult(get())) {
    if (Result(pointer).status() != PGRES_COMMAND_OK) FailHere();
  }
}

void PostgresqlConnection::BeginCopyOut(const char* sql) {
  if (Result(PQexec(get(), sql)).status() != PGRES_COPY_OUT) FailHere();
}

std::string_view PostgresqlConnection::NextCopyRow() {
  PQfreemem(copy_row_);
  const int size = PQgetCopyData(get(), &copy_row_, 0);
  if (size > 0) return {copy_row_, static_cast<size_t>(size)};
  copy_row_ = nullptr;
  if (size == -2) FailHere();
  while (PGresult* const pointer = PQgetResult(get())) {
    if (Result(pointer).status() != PGRES_COMMAND_OK) FailHere();
  }
  return {};
}

PostgresqlStatement::PostgresqlStatement(PostgresqlConnection& connection,
                                         const char* sql)
    : connection_(connection) {
  const Result result(
      PQprepare(connection_.get(), name_.c_str(), sql, 0, nullptr));
  if (result.status() != PGRES_COMMAND_OK) connection_.FailHere();
}

Result PostgresqlStatement::RunWith(const Parameters& parameters) {
  Result result(PQexecPrepared(connection_.get(), name_.c_str(),
                               parameters.count(), parameters.values(),
                               parameters.sizes(), Parameters::formats(), 1));
  const ExecStatusType status = result.status();
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) [[unlikely]] {
    connection_.FailHere();
  }
  return result;
}

}  // namespace orderstore::bench
