// A cluster of PostgreSQL in a folder, and the server of it. What it is set to,
// and why, is told in postgresql_peer.h.

#ifndef ORDERSTORE_BENCH_PEERS_POSTGRESQL_SERVER_H_
#define ORDERSTORE_BENCH_PEERS_POSTGRESQL_SERVER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peers/postgresql_peer.h"
#include "peers/server_process.h"

namespace orderstore::bench {

class PostgresqlServer {
 public:
  // Makes a cluster in `path`, or takes that which is there, also one that was
  // copied while its server ran, with its owner; and starts a server of it.
  PostgresqlServer(const std::string& path, PostgresqlMode mode);

  // A fast shutdown, which ends all sessions and writes a checkpoint.
  void End();
  // After End.
  void Start();

  // To `path`, where nothing is.
  void Backup(const std::string& path) const;

  // Where its socket is.
  const std::string& sockets() const { return sockets_.path(); }
  int64_t ResidentBytes() const { return process_->ResidentBytes(); }

 private:
  enum class Purpose { kLoading, kServing };

  std::string Data() const { return path_ + "/data"; }
  void MakeCluster() const;
  void TakeCluster() const;
  void StartFor(Purpose purpose);
  Command CommandOf(const std::string& name,
                    std::vector<std::string> arguments) const;

  const std::string path_;
  const PostgresqlMode mode_;
  const std::optional<Account> account_;
  const SocketFolder sockets_;
  std::optional<ServerProcess> process_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_POSTGRESQL_SERVER_H_
