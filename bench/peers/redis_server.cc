#include "peers/redis_server.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "checks.h"

namespace orderstore::bench {
namespace {

constexpr const char* kSnapshot = "/dump.rdb";
// How often the server is asked whether a fork has ended. It looks itself ten
// times a second.
constexpr std::chrono::milliseconds kAskInterval(20);

void SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Require(folder >= 0 && fsync(folder) == 0, "cannot sync a folder");
  close(folder);
}

}  // namespace

RedisServer::RedisServer(const std::string& path, RedisMode mode)
    : path_(std::filesystem::absolute(path)), mode_(mode) {
  Start();
}

void RedisServer::End() {
  process_->End(SIGTERM);
  process_.reset();
}

void RedisServer::Start() {
  const bool has_log = std::filesystem::exists(path_ + "/appendonlydir");
  const bool is_backup = !has_log && std::filesystem::exists(path_ + kSnapshot);
  // With an append-only file, the server would not read the snapshot.
  const bool log = mode_ != RedisMode::kMemory && !is_backup;
  process_.emplace(Command{
      .arguments = {ORDERSTORE_BENCH_REDIS_PROGRAM, "--port", "0",
                    "--unixsocket", socket_, "--supervised", "systemd", "--dir",
                    path_, "--databases", "1", "--save", "", "--rdbcompression",
                    "no", "--appendonly", log ? "yes" : "no", "--appendfsync",
                    mode_ == RedisMode::kAlways ? "always" : "everysec"},
      .log = path_ + "/log"});
  if (is_backup) StartLog();
}

void RedisServer::StopLog() {
  if (mode_ == RedisMode::kMemory) return;
  RedisConnection(socket_).Ask(
      RedisCommand(4).Add("CONFIG").Add("SET").Add("appendonly").Add("no"));
}

void RedisServer::StartLog() {
  if (mode_ == RedisMode::kMemory) return;
  const int64_t before = InfoNumber("persistence", "aof_rewrites");
  RedisConnection(socket_).Ask(
      RedisCommand(4).Add("CONFIG").Add("SET").Add("appendonly").Add("yes"));
  AwaitFork(before, "aof_rewrites", "aof_rewrite_in_progress",
            "aof_last_bgrewrite_status");
}

void RedisServer::Backup(const std::string& path) {
  const int64_t before = InfoNumber("persistence", "rdb_saves");
  // After a rewriting of the append-only file, if there is one.
  RedisConnection(socket_).Ask(RedisCommand(2).Add("BGSAVE").Add("SCHEDULE"));
  AwaitFork(before, "rdb_saves", "rdb_bgsave_in_progress",
            "rdb_last_bgsave_status");
  Require(std::filesystem::create_directory(path), "cannot make a folder");
  std::filesystem::rename(path_ + kSnapshot, path + kSnapshot);
  SyncFolder(path);
  SyncFolder(path_);
}

int64_t RedisServer::MemoryBytes() {
  return InfoNumber("memory", "used_memory");
}

std::string RedisServer::Info(const char* section, const std::string& name) {
  const RedisReply reply =
      RedisConnection(socket_).Ask(RedisCommand(2).Add("INFO").Add(section));
  const std::string text = "\n" + std::string(TextOf(*reply));
  const size_t at = text.find("\n" + name + ":");
  Require(at != std::string::npos, "INFO does not tell of a name");
  const size_t begin = at + name.size() + 2;
  return text.substr(begin, text.find('\r', begin) - begin);
}

int64_t RedisServer::InfoNumber(const char* section, const std::string& name) {
  return std::stoll(Info(section, name));
}

void RedisServer::AwaitFork(int64_t started_before, const std::string& started,
                            const std::string& in_progress,
                            const std::string& status) {
  while (InfoNumber("persistence", started) == started_before ||
         InfoNumber("persistence", in_progress) != 0) {
    std::this_thread::sleep_for(kAskInterval);
  }
  Require(Info("persistence", status) == "ok", "Redis failed to save");
}

}  // namespace orderstore::bench
