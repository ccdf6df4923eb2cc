#include "peers/postgresql_server.h"

#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>
#include <vector>

#include "checks.h"
#include "peers/postgresql_settings.h"

namespace orderstore::bench {
namespace {

// Where initdb, postgres and pg_basebackup are.
std::filesystem::path Programs() {
  return std::filesystem::path(ORDERSTORE_BENCH_POSTGRESQL_PROGRAM)
      .parent_path();
}

// Who the server runs as: PostgreSQL refuses to run as root.
std::optional<Account> ServerAccount() {
  if (geteuid() != 0) return std::nullopt;
  const passwd* const user = getpwnam("postgres");
  Require(user != nullptr, "there is no user postgres to run the server");
  return Account{user->pw_uid, user->pw_gid};
}

void MakeFolder(const std::string& path,
                const std::optional<Account>& account) {
  Require(std::filesystem::create_directory(path), "cannot make a folder");
  Require(!account || lchown(path.c_str(), account->user, account->group) == 0,
          "cannot give a folder to PostgreSQL");
}

}  // namespace

PostgresqlServer::PostgresqlServer(const std::string& path, PostgresqlMode mode)
    : path_(std::filesystem::absolute(path)),
      mode_(mode),
      account_(ServerAccount()),
      sockets_(account_) {
  const bool is_new = !std::filesystem::exists(Data());
  if (is_new) {
    MakeCluster();
  } else {
    TakeCluster();
  }
  StartFor(is_new ? Purpose::kLoading : Purpose::kServing);
}

void PostgresqlServer::End() {
  process_->End(SIGINT);
  process_.reset();
}

void PostgresqlServer::Start() { StartFor(Purpose::kServing); }

void PostgresqlServer::Backup(const std::string& path) const {
  MakeFolder(path, account_);
  RunToEnd(CommandOf(
      "pg_basebackup",
      {"-h", sockets(), "-p", "5432", "-U", "postgres", "-D", path + "/data",
       "--checkpoint=fast", "--wal-method=stream", "--no-password"}));
}

void PostgresqlServer::MakeCluster() const {
  MakeFolder(Data(), account_);
  RunToEnd(
      CommandOf("initdb", {"-D", Data(), "-U", "postgres", "-A", "trust", "-E",
                           "UTF8", "--locale=C", "--no-instructions"}));
}

void PostgresqlServer::TakeCluster() const {
  // Of the server that was running when it was copied.
  std::filesystem::remove(Data() + "/postmaster.pid");
}

void PostgresqlServer::StartFor(Purpose purpose) {
  const bool loading = purpose == Purpose::kLoading;
  std::vector<std::string> settings(kPostgresqlSettings.begin(),
                                    kPostgresqlSettings.end());
  settings.insert(
      settings.end(),
      {"listen_addresses=", "port=5432", "unix_socket_directories=" + sockets(),
       mode_ == PostgresqlMode::kSync ? "synchronous_commit=on"
                                      : "synchronous_commit=off",
       loading ? "wal_level=minimal" : "wal_level=replica",
       loading ? "max_wal_senders=0" : "max_wal_senders=10"});
  std::vector<std::string> arguments = {"-D", Data()};
  for (const std::string& setting : settings) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  process_.emplace(CommandOf("postgres", std::move(arguments)));
}

Command PostgresqlServer::CommandOf(const std::string& name,
                                    std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), Programs() / name);
  // The server takes it for an immediate shutdown.
  return {.arguments = std::move(arguments),
          .log = path_ + "/log",
          .account = account_,
          .kill_signal = SIGQUIT};
}

}  // namespace orderstore::bench
