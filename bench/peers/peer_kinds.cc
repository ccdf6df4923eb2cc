#include "peers/peer_kinds.h"

#include <optional>

#include "orderstore/options.h"
#include "peers/map_peer.h"
#include "peers/store_peer.h"
#ifdef ORDERSTORE_BENCH_LMDB
#include "peers/lmdb_peer.h"
#endif
#ifdef ORDERSTORE_BENCH_POSTGRESQL
#include "peers/postgresql_peer.h"
#endif
#ifdef ORDERSTORE_BENCH_REDIS
#include "peers/redis_peer.h"
#endif
#ifdef ORDERSTORE_BENCH_ROCKSDB
#include "peers/rocksdb_peer.h"
#endif
#ifdef ORDERSTORE_BENCH_SQLITE
#include "peers/sqlite_peer.h"
#endif

namespace orderstore::bench {
namespace {

using Kinds = std::vector<PeerKind>;

constexpr const char* kAll = "everything";
constexpr const char* kNothing = "nothing";

PeerKind InMemory(const char* name) {
  return {.name = name, .at_risk = kAll, .make = {}};
}
PeerKind Durable(const char* name) {
  return {.name = name,
          .at_risk = kNothing,
          .on_disk = true,
          .durable = true,
          .make = {}};
}
PeerKind OnDisk(const char* name, const char* at_risk) {
  return {.name = name, .at_risk = at_risk, .on_disk = true, .make = {}};
}

void AddStore(Kinds& kinds) {
  const auto add = [&](PeerKind kind, std::optional<Durability> durability,
                       bool huge_pages) {
    kind.keeps_answers = true;
    kind.make = [=](const auto& path) {
      return MakeStorePeer(path, durability, huge_pages);
    };
    kinds.push_back(kind);
  };
  add(InMemory("store"), std::nullopt, true);
  add(InMemory("store_small_pages"), std::nullopt, false);
  add(Durable("store_sync"), Durability::kSync, true);
  add(OnDisk("store_async", "the last 10 ms"), Durability::kAsync, true);
}

void AddMap(Kinds& kinds) {
  PeerKind kind = InMemory("map");
  kind.threads = false;
  kind.keeps_answers = true;
  kind.make = [](const auto&) { return MakeMapPeer(); };
  kinds.push_back(kind);
}

void AddSqlite([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_SQLITE
  const auto add = [&](PeerKind kind, SqliteMode mode) {
    kind.make = [=](const auto& path) { return MakeSqlitePeer(path, mode); };
    kinds.push_back(kind);
  };
  add(InMemory("sqlite_memory"), SqliteMode::kMemory);
  add(Durable("sqlite_full"), SqliteMode::kFull);
  add(OnDisk("sqlite_normal", "all since the last checkpoint"),
      SqliteMode::kNormal);
  add(Durable("sqlite_exclusive"), SqliteMode::kExclusive);
#endif
}

void AddLmdb([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_LMDB
  const auto add = [&](PeerKind kind, LmdbMode mode) {
    kind.make = [=](const auto& path) { return MakeLmdbPeer(path, mode); };
    kinds.push_back(kind);
  };
  add(InMemory("lmdb_memory"), LmdbMode::kMemory);
  add(Durable("lmdb_sync"), LmdbMode::kSync);
#endif
}

void AddRocksdb([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_ROCKSDB
  const auto add = [&](PeerKind kind, RocksdbMode mode) {
    kind.make = [=](const auto& path) { return MakeRocksdbPeer(path, mode); };
    kinds.push_back(kind);
  };
  add(Durable("rocksdb_sync"), RocksdbMode::kSync);
  add(OnDisk("rocksdb_async", "what the system has not written, up to 30 s"),
      RocksdbMode::kAsync);
  add(OnDisk("rocksdb_no_wal", "all since the last flush"),
      RocksdbMode::kNoWal);
#endif
}

void AddPostgresql([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_POSTGRESQL
  const auto add = [&](PeerKind kind, PostgresqlMode mode) {
    kind.server = true;
    kind.make = [=](const auto& path) {
      return MakePostgresqlPeer(path, mode);
    };
    kinds.push_back(kind);
  };
  add(Durable("postgresql_sync"), PostgresqlMode::kSync);
  add(OnDisk("postgresql_async", "the last 0.6 s"), PostgresqlMode::kAsync);
#endif
}

void AddRedis([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_REDIS
  const auto add = [&](PeerKind kind, RedisMode mode) {
    kind.reads_together = false;
    kind.server = true;
    kind.make = [=](const auto& path) { return MakeRedisPeer(path, mode); };
    kinds.push_back(kind);
  };
  add(InMemory("redis_memory"), RedisMode::kMemory);
  add(Durable("redis_always"), RedisMode::kAlways);
  add(OnDisk("redis_everysec", "the last second"), RedisMode::kEverySecond);
#endif
}

}  // namespace

const std::vector<PeerKind>& PeerKinds() {
  static const auto& kinds = *new Kinds([] {
    Kinds all;
    AddStore(all);
    AddMap(all);
    AddSqlite(all);
    AddLmdb(all);
    AddRocksdb(all);
    AddPostgresql(all);
    AddRedis(all);
    return all;
  }());
  return kinds;
}

}  // namespace orderstore::bench
