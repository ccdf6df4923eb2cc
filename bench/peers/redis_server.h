// A Redis server of the files in a folder. What it is set to, and why, is told
// in redis_peer.h.

#ifndef ORDERSTORE_BENCH_PEERS_REDIS_SERVER_H_
#define ORDERSTORE_BENCH_PEERS_REDIS_SERVER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "peers/redis_connection.h"
#include "peers/redis_peer.h"
#include "peers/server_process.h"

namespace orderstore::bench {

class RedisServer {
 public:
  // Starts a server of what is in `path`: nothing, an append-only file, or a
  // backup.
  RedisServer(const std::string& path, RedisMode mode);

  // Syncs the append-only file.
  void End();
  // After End.
  void Start();

  // Stops writing the append-only file, if there is one.
  void StopLog();
  // Makes a new one of all that the server has; on stable storage when it
  // returns.
  void StartLog();

  // To `path`, where nothing is.
  void Backup(const std::string& path);

  const std::string& socket() const { return socket_; }
  int64_t MemoryBytes();
  int64_t ResidentBytes() const { return process_->ResidentBytes(); }

 private:
  // What INFO tells of `name`, in its section.
  std::string Info(const char* section, const std::string& name);
  int64_t InfoNumber(const char* section, const std::string& name);
  // Until the fork that `started` counts has ended.
  void AwaitFork(int64_t started_before, const std::string& started,
                 const std::string& in_progress, const std::string& status);

  const std::string path_;
  const RedisMode mode_;
  const SocketFolder sockets_{std::nullopt};
  const std::string socket_ = sockets_.path() + "/redis";
  std::optional<ServerProcess> process_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_REDIS_SERVER_H_
