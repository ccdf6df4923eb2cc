// What a load of a PostgreSQL server costs at least: sends prepared bytes, and
// does nothing else.
//
//   bare_load URI (SQL FILE)...
//
// Reads the files, then runs each SQL in turn; a COPY ... FROM STDIN gets the
// bytes of its FILE, which for others is `-`. Prints the seconds from the first
// statement to the last one's end.

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

[[noreturn]] void Fail(const PGconn& server) {
  std::fputs(PQerrorMessage(&server), stderr);
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  if (path == "-") return "";
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void Send(const std::string& bytes, PGconn& server) {
  for (size_t begin = 0; begin < bytes.size(); begin += kPieceBytes) {
    const size_t size = std::min(kPieceBytes, bytes.size() - begin);
    if (PQputCopyData(&server, bytes.data() + begin, static_cast<int>(size)) !=
        1) {
      Fail(server);
    }
  }
  if (PQputCopyEnd(&server, nullptr) != 1) Fail(server);
}

void Run(const char* sql, const std::string& bytes, PGconn& server) {
  if (PQsendQuery(&server, sql) != 1) Fail(server);
  while (PGresult* const result = PQgetResult(&server)) {
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status == PGRES_FATAL_ERROR) Fail(server);
    if (status == PGRES_COPY_IN) Send(bytes, server);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4 || count % 2 != 0) {
    std::fputs("usage: bare_load URI (SQL FILE)...\n", stderr);
    return 2;
  }
  std::vector<std::string> bytes;
  for (int i = 3; i < count; i += 2) bytes.push_back(ReadFile(arguments[i]));
  PGconn* const server = PQconnectdb(arguments[1]);
  if (PQstatus(server) != CONNECTION_OK) Fail(*server);
  const auto began = std::chrono::steady_clock::now();
  for (size_t i = 0; i < bytes.size(); ++i) {
    Run(arguments[2 + 2 * i], bytes[i], *server);
  }
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - began;
  PQfinish(server);
  std::printf("%.6f\n", seconds.count());
}
