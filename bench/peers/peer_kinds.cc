#include "peers/peer_kinds.h"

#include <optional>

#include "orderstore/options.h"
#include "peers/map_peer.h"
#include "peers/store_peer.h"
#ifdef ORDERSTORE_BENCH_LMDB
#include "peers/lmdb_peer.h"
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

constexpr bool kInMemory = false;
constexpr bool kOnDisk = true;
constexpr bool kDurable = true;

void AddStore(Kinds& kinds) {
  const auto add = [&](const char* name, bool on_disk, bool durable,
                       std::optional<Durability> durability) {
    kinds.push_back({name, on_disk, durable, true, [=](const auto& path) {
                       return MakeStorePeer(path, durability);
                     }});
  };
  add("store", kInMemory, !kDurable, std::nullopt);
  add("store_sync", kOnDisk, kDurable, Durability::kSync);
  add("store_async", kOnDisk, !kDurable, Durability::kAsync);
}

void AddMap(Kinds& kinds) {
  kinds.push_back({"map", kInMemory, !kDurable, false,
                   [](const auto&) { return MakeMapPeer(); }});
}

void AddSqlite([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_SQLITE
  const auto add = [&](const char* name, bool on_disk, bool durable,
                       SqliteMode mode) {
    kinds.push_back({name, on_disk, durable, true, [=](const auto& path) {
                       return MakeSqlitePeer(path, mode);
                     }});
  };
  add("sqlite_memory", kInMemory, !kDurable, SqliteMode::kMemory);
  add("sqlite_full", kOnDisk, kDurable, SqliteMode::kFull);
  add("sqlite_normal", kOnDisk, !kDurable, SqliteMode::kNormal);
  add("sqlite_exclusive", kOnDisk, kDurable, SqliteMode::kExclusive);
#endif
}

void AddLmdb([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_LMDB
  const auto add = [&](const char* name, bool on_disk, bool durable,
                       LmdbMode mode) {
    kinds.push_back({name, on_disk, durable, true, [=](const auto& path) {
                       return MakeLmdbPeer(path, mode);
                     }});
  };
  add("lmdb_memory", kInMemory, !kDurable, LmdbMode::kMemory);
  add("lmdb_sync", kOnDisk, kDurable, LmdbMode::kSync);
#endif
}

void AddRocksdb([[maybe_unused]] Kinds& kinds) {
#ifdef ORDERSTORE_BENCH_ROCKSDB
  const auto add = [&](const char* name, bool durable, RocksdbMode mode) {
    kinds.push_back({name, kOnDisk, durable, true, [=](const auto& path) {
                       return MakeRocksdbPeer(path, mode);
                     }});
  };
  add("rocksdb_sync", kDurable, RocksdbMode::kSync);
  add("rocksdb_async", !kDurable, RocksdbMode::kAsync);
  add("rocksdb_no_wal", !kDurable, RocksdbMode::kNoWal);
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
    return all;
  }());
  return kinds;
}

}  // namespace orderstore::bench
