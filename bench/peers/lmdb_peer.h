// LMDB. Kinds:
//
//   lmdb_memory  on tmpfs (/dev/shm), never synced
//   lmdb_sync    on disk, each commit synced: data pages, then the root
//
// Settings, and why:
//
//   tables         rows by id, the schema's key, so that a row keeps its place
//                  when its text changes; email and value -> id: a lookup by
//                  text is two searches, as of a SQL engine's unique index;
//                  customer -> orders and order -> barcodes as sorted
//                  duplicates. Unassigned barcodes are those of order 0, so
//                  that LMDB keeps their number. Ids are MDB_INTEGERKEY,
//                  MDB_INTEGERDUP and MDB_DUPFIXED: compared as numbers, packed
//   MDB_NOTLS      a read transaction belongs to the reader, not to the
//                  thread; it is reset and renewed, which takes no lock and no
//                  memory, as are its cursors. Rows are read in the map,
//                  without a copy
//   MDB_NOMEMINIT  pages are not zeroed first
//   MDB_WRITEMAP   in memory, with MDB_NOSYNC: pages change in the map itself.
//                  On disk the map is read-only, the default: only the pages
//                  that changed are written, by a system call for several
//   ids            the next ones are kept beside, under LMDB's lock of writers
//   load           a transaction a table, MDB_APPEND in key order, which fills
//                  pages whole; one sync at the end
//   foreign keys   by the adapter: a checkout refers to what it has just found
//                  or made; a load checks that each parent is one of those
//                  loaded
//   backup         mdb_env_copy, then fsync; compacting it would take longer
//
// Transactions are LMDB's: one writer at a time behind its lock, readers in a
// snapshot beside it. It has no group commit: each commit is synced by itself.

#ifndef ORDERSTORE_BENCH_PEERS_LMDB_PEER_H_
#define ORDERSTORE_BENCH_PEERS_LMDB_PEER_H_

#include <memory>
#include <string>

#include "peers/peer.h"

namespace orderstore::bench {

enum class LmdbMode { kMemory, kSync };

std::unique_ptr<Peer> MakeLmdbPeer(const std::string& path, LmdbMode mode);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_LMDB_PEER_H_
