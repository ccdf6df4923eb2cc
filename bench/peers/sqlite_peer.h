// SQLite. Kinds:
//
//   sqlite_memory     :memory:, one connection, behind a mutex
//   sqlite_full       a file, WAL, synchronous=FULL: each commit is synced
//   sqlite_normal     the same with NORMAL: synced at checkpoints only
//   sqlite_exclusive  as sqlite_full, but locking_mode=EXCLUSIVE: one
//                     connection, behind a mutex, which saves the system calls
//                     by which processes lock
//
// Settings, and why:
//
//   statements    prepared once, persistent; a lookup is one autocommit
//                 statement, a batch 32 runs of it in one transaction
//   schema        INTEGER PRIMARY KEY: the id is the key of the table's B-tree
//                 (WITHOUT ROWID would too, and is slower for small keys).
//                 Unique indexes on email and value; orders by customer,
//                 barcodes by order; STRICT tables
//   foreign_keys  ON: the engine holds them
//   threading     SQLITE_CONFIG_MULTITHREAD, MEMSTATUS off: no mutex within a
//                 connection, none around malloc. On a file a connection a
//                 reader, so that WAL lets them read beside the writer. All
//                 writers share one connection behind a mutex: SQLite lets one
//                 write at a time, and its busy handler sleeps (with a
//                 connection each, 8 threads were a third slower). A thread
//                 that reads and writes has one connection for both, as a
//                 commit empties the page caches of the others
//   cache_size    1 GiB: the data set stays in the page cache
//   mmap_size     all that it takes, where there is one connection: pages are
//                 read in the map. Else 0: each commit makes the other
//                 connections map the file again, page fault by page fault
//   page_size     4096, the default
//   secure_delete  OFF: Debian's build has it on, which zeroes what is deleted
//   checkpoint    every 4096 pages, not 1000: fewer syncs of the file
//   load          one transaction, journal and sync off, rows in id order,
//                 indexes afterwards (sorted), ANALYZE, foreign_key_check,
//                 then the switch to WAL, which syncs; all in the load's time
//   backup        sqlite3_backup: all pages in one step by a connection of its
//                 own, where readers have one; else 1 MiB at a time with
//                 pauses of 0.1 ms, in which the writer has the connection;
//                 synced at the end

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
