// The process of a server that a peer starts and asks through a Unix socket.
//
//   const SocketFolder sockets(std::nullopt);
//   ServerProcess server({.arguments = {"/usr/bin/redis-server",
//                                       "--unixsocket", sockets.path() + "/s"},
//                         .log = path + "/log"});
//   ... server.ResidentBytes() ...
//   server.End(SIGTERM);
//
// A started server is ready: it has said so as servers say it to systemd, by
// the datagram READY=1 to the socket that NOTIFY_SOCKET names. That takes no
// asking again and again, which would blur the time that an opening takes.
//
// A server goes with the benchmark, even if that aborts: the kernel sends it a
// signal when the thread that has started it ends.

#ifndef ORDERSTORE_BENCH_PEERS_SERVER_PROCESS_H_
#define ORDERSTORE_BENCH_PEERS_SERVER_PROCESS_H_

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orderstore::bench {

// Whom a program runs as.
struct Account {
  uid_t user;
  gid_t group;
};

struct Command {
  // The first is the program's path.
  std::vector<std::string> arguments;
  // The file that gets what it prints, at its end.
  std::string log;
  // None: as this process.
  std::optional<Account> account = {};
  // Ends it at once, with all processes that it has started.
  int kill_signal = SIGKILL;
};

// Runs it to its end, which has to be a good one.
void RunToEnd(const Command& command);

class ServerProcess {
 public:
  // Returns when the server is ready.
  explicit ServerProcess(const Command& command);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  // Kills it, if it has not been ended.
  ~ServerProcess();

  // Sends the signal that asks for a clean end, and waits for that.
  void End(int signal);

  // Of the server and the processes that it has started: each page counts
  // once, whoever of them shares it.
  int64_t ResidentBytes() const;

 private:
  const Command command_;
  pid_t pid_ = 0;  // 0: has ended
};

// A folder of the account's for the server's sockets. It is not in the folder
// of the peer's files, which are copied, as sockets can't be; and its path is
// short, as that of a socket has to be.
class SocketFolder {
 public:
  explicit SocketFolder(std::optional<Account> account);
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  ~SocketFolder();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_SERVER_PROCESS_H_
