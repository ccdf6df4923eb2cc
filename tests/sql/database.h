// A database of its own on the tests' PostgreSQL server, see `cluster`, or on
// another one that it started.

#ifndef ORDERSTORE_TESTS_SQL_DATABASE_H_
#define ORDERSTORE_TESTS_SQL_DATABASE_H_

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "csv/test_folder.h"
#include "tools/command.h"

namespace orderstore {

class Database {
 public:
  Database() : Database(FolderIn(ORDERSTORE_CLUSTER_FILE)) {}
  // `server` is the folder of its socket.
  explicit Database(std::string server)
      : server_(std::move(server)), name_("test_" + std::to_string(getpid())) {
    const Outcome made = Run("createdb -T template0 " + name_);
    if (made.exit_code == 0) return;
    std::cerr << made.err;
    std::abort();
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { Run("dropdb -f " + name_); }

  const std::string& server() const { return server_; }
  const std::string& name() const { return name_; }
  std::string uri() const {
    return "postgresql://postgres@/" + name_ + "?host=" + server_;
  }

  // As the role that has no rights, and needs a password.
  std::string guarded_uri(const std::string& password) const {
    return "postgresql://guarded:" + password + "@/" + name_ +
           "?host=" + server_;
  }

  // Runs a script of the shell in which PostgreSQL's programs find the
  // database.
  Outcome Run(std::string_view script) const {
    return RunScript(folder_, "export PGHOST='" + server_ +
                                  "' PGUSER=postgres PGDATABASE=" + name_ +
                                  " PGOPTIONS='' PSQLRC=/dev/null; " +
                                  std::string(script));
  }

  // What psql says to a file in folder().
  Outcome Load(const std::string& file, const std::string& options = "") const {
    return Run("psql -q " + options + " -f " + file);
  }

  // The rows that a query gives, a line each, columns between `|`.
  std::string Query(const std::string& sql) const {
    folder_.Put("query.sql", sql);
    const Outcome outcome = Run("psql -qtA -v ON_ERROR_STOP=1 -f query.sql");
    return outcome.exit_code == 0 ? outcome.out : outcome.err;
  }

  // Where scripts run.
  const TestFolder& folder() const { return folder_; }

  // The folder that `cluster setup` wrote to a file.
  static std::string FolderIn(const std::string& path) {
    std::ifstream file(path);
    std::string folder;
    if (std::getline(file, folder)) return folder;
    std::cerr << "no PostgreSQL server runs for tests; start it with\n"
                 "  tests/sql/cluster setup "
              << path << "\n";
    std::abort();
  }

 private:
  const TestFolder folder_;
  const std::string server_;
  const std::string name_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_SQL_DATABASE_H_
