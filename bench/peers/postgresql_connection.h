// A connection of libpq, its prepared statements, and COPY in both directions.
// Parameters and results are binary. Errors end the process.

#ifndef ORDERSTORE_BENCH_PEERS_POSTGRESQL_CONNECTION_H_
#define ORDERSTORE_BENCH_PEERS_POSTGRESQL_CONNECTION_H_

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks.h"
#include "orderstore/records.h"
#include "peers/peer.h"

namespace orderstore::bench {

// ---- Numbers on the wire: big-endian ---------------------------------------

inline void AppendBig(std::string& bytes, uint64_t number, size_t size) {
  for (size_t i = size; i-- > 0;) {
    bytes.push_back(static_cast<char>(number >> (8 * i)));
  }
}
inline uint64_t ReadBig(const char* bytes, size_t size) {
  uint64_t number = 0;
  for (size_t i = 0; i < size; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}
inline int32_t ReadInt32(const char* bytes) {
  return static_cast<int32_t>(ReadBig(bytes, 4));
}
inline int64_t ReadInt64(const char* bytes) {
  return static_cast<int64_t>(ReadBig(bytes, 8));
}

// PostgreSQL counts microseconds from 2000 on.
inline constexpr int64_t kPostgresqlEpoch = 946'684'800'000'000;

inline Timestamp ReadTime(const char* bytes) {
  return FromMicroseconds(ReadInt64(bytes) + kPostgresqlEpoch);
}

// ---- Results ---------------------------------------------------------------

// One value, which lives as long as its result or its row of a COPY.
struct Field {
  const char* bytes;
  int size;  // negative: NULL

  bool is_null() const { return size < 0; }
  int32_t Int32() const { return ReadInt32(bytes); }
  int64_t Int64() const { return ReadInt64(bytes); }
  Timestamp Time() const { return ReadTime(bytes); }
  bool Bool() const { return bytes[0] != 0; }
  std::string_view Text() const { return {bytes, static_cast<size_t>(size)}; }
};

class Result {
 public:
  Result() = default;
  explicit Result(PGresult* result) : result_(result) {}

  ExecStatusType status() const { return PQresultStatus(result_.get()); }
  int rows() const { return PQntuples(result_.get()); }
  Field At(int row, int column) const {
    if (PQgetisnull(result_.get(), row, column)) return {nullptr, -1};
    return {PQgetvalue(result_.get(), row, column),
            PQgetlength(result_.get(), row, column)};
  }
  // How many rows an UPDATE has changed.
  bool ChangedOne() const {
    return std::string_view(PQcmdTuples(result_.get())) == "1";
  }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

// ---- Parameters ------------------------------------------------------------

// Up to three. Texts have to live until the statement has run.
class Parameters {
 public:
  void Add(int32_t number);
  void Add(int64_t number);
  void Add(std::string_view text);
  void Add(std::span<const std::string_view> texts);
  template <typename RowId>
  void Add(std::span<const RowId> ids) {
    std::string& array = BeginArray(kInt4, ids.size());
    for (RowId id : ids) {
      AppendBig(array, 4, 4);
      AppendBig(array, static_cast<uint32_t>(id.value()), 4);
    }
    Add(std::string_view(array));
  }

  int count() const { return count_; }
  const char* const* values() const { return values_.data(); }
  const int* sizes() const { return sizes_.data(); }
  static const int* formats() { return kFormats.data(); }

 private:
  static constexpr size_t kMax = 3;
  static constexpr std::array<int, kMax> kFormats = {1, 1, 1};
  // Types, by their numbers in the catalog.
  static constexpr uint32_t kInt4 = 23;
  static constexpr uint32_t kText = 25;

  std::string& BeginArray(uint32_t type, size_t size);

  std::array<const char*, kMax> values_ = {};
  std::array<int, kMax> sizes_ = {};
  std::array<std::string, kMax> owned_;
  int count_ = 0;
};

// ---- The connection --------------------------------------------------------

class PostgresqlConnection {
 public:
  // To the server whose socket is in the folder.
  explicit PostgresqlConnection(const std::string& socket_folder);

  // One or more statements without results that matter.
  void Execute(const std::string& sql) { Ask(sql.c_str()); }
  // One, whose result is a number.
  int64_t AskForNumber(const char* sql);

  // Data of a COPY FROM STDIN, in pieces; then its end.
  void BeginCopyIn(const char* sql);
  void CopyIn(std::string_view bytes);
  void EndCopyIn();
  // Calls use(fields) with each row of a COPY TO STDOUT in binary format.
  template <typename Use>
  void CopyOut(const char* sql, Use&& use);

  PGconn* get() const { return connection_.get(); }
  [[noreturn]] void FailHere() const { Fail(PQerrorMessage(get())); }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  Result Ask(const char* sql);
  void BeginCopyOut(const char* sql);
  // Empty at the end. Frees the one before.
  std::string_view NextCopyRow();

  std::unique_ptr<PGconn, Finish> connection_;
  char* copy_row_ = nullptr;
};

// A prepared statement:
//
//   Result result = statement.Run(email);
class PostgresqlStatement {
 public:
  PostgresqlStatement(PostgresqlConnection& connection, const char* sql);

  template <typename... Values>
  Result Run(const Values&... values) {
    Parameters parameters;
    (parameters.Add(values), ...);
    return RunWith(parameters);
  }

 private:
  Result RunWith(const Parameters& parameters);

  PostgresqlConnection& connection_;
  // One of its own in this connection.
  const std::string name_ = std::to_string(reinterpret_cast<uintptr_t>(this));
};

template <typename Use>
void PostgresqlConnection::CopyOut(const char* sql, Use&& use) {
  BeginCopyOut(sql);
  // A signature of 11 bytes, flags, the size of an extension that is none; then
  // rows, each a count of fields and the fields; a count of -1 ends them.
  constexpr size_t kHeaderBytes = 11 + 4 + 4;
  size_t skip = kHeaderBytes;
  std::vector<Field> fields;
  for (std::string_view row = NextCopyRow(); !row.empty();
       row = NextCopyRow()) {
    row.remove_prefix(std::exchange(skip, 0));
    if (row.empty()) continue;
    const auto count = static_cast<int16_t>(ReadBig(row.data(), 2));
    if (count < 0) continue;
    const char* at = row.data() + 2;
    fields.clear();
    for (int i = 0; i < count; ++i) {
      const Field field = {at + 4, ReadInt32(at)};
      fields.push_back(field);
      at += 4 + std::max(field.size, 0);
    }
    use(std::span<const Field>(fields));
  }
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_POSTGRESQL_CONNECTION_H_
