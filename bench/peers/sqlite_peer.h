// SQLite. Kinds:
//
//   sqlite_memory     :memory:, one connection, behind a mutex
//   sqlite_full       a file, WAL, synchronous=FULL: each commit is synced
//   sqlite_normal     the same with NORMAL: synced at checkpoints only
//   sqlite_exclusive  as sqlite_full, but locking_mode=EXCLUSIVE: one
//                     connection, which saves the system calls by which
//                     processes lock, behind a mutex
//
// Settings, and why:
//
//   statements     prepared once, persistent; a lookup is one autocommit
//                  statement, a batch 32 runs of it in one transaction
//   schema         INTEGER PRIMARY KEY: the id is the key of the table's
//   B-tree.
//                  WITHOUT ROWID would copy long keys into every index. Unique
//                  indexes on email and value; orders by customer, barcodes by
//                  order; STRICT tables
//   foreign_keys   ON: the engine holds them
//   threading      SQLITE_CONFIG_MULTITHREAD and MEMSTATUS off: no mutex within
//                  a connection, none around malloc. On a file a connection a
//                  reader, so that WAL lets them read beside the writer; all
//                  writers share one connection behind a mutex, as SQLite lets
//                  one write at a time and its busy handler sleeps. A thread that
//                  reads and writes has one for both: a commit empties the page
//                  caches of the others
//   cache_size     1 GiB: the data set stays in the page cache
//   mmap_size      on a file, 64 GiB: pages that the cache lost, as when
//   another
//                  connection wrote, are read from the map without a copy
//   page_size      4096, the default, that of the machine
//   temp_store     MEMORY
//   wal_autocheckpoint  16 MiB instead of 4: fewer checkpoints, each of which
//                  syncs the file
//   load           one transaction, journal and sync off, rows in id order,
//                  indexes afterwards (sorted), then the switch to WAL, which
//                  syncs, and ANALYZE
//   backup         sqlite3_backup, all pages in one step, by a connection of
//   its
//                  own where readers have one

#ifndef ORDERSTORE_BENCH_PEERS_SQLITE_PEER_H_
#define ORDERSTORE_BENCH_PEERS_SQLITE_PEER_H_

#include <memory>
#include <string>

#include "peers/peer.h"

namespace orderstore::bench {

enum class SqliteMode { kMemory, kFull, kNormal, kExclusive };

std::unique_ptr<Peer> MakeSqlitePeer(const std::string& path, SqliteMode mode);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_SQLITE_PEER_H_
