// RocksDB, a TransactionDB: pessimistic transactions, locks by key. Kinds:
//
//   rocksdb_sync    the log is synced before a commit returns; commits of
//                   threads that wait share a sync (group commit)
//   rocksdb_async   the log is written, not synced: lost with the machine, not
//                   with the process
//   rocksdb_no_wal  no log: lost with the process, but for what was flushed
//
// Settings, and why:
//
//   families      rows by id, the schema's key, so that a row keeps its place
//                 when its text changes; email and value -> id: a lookup by
//                 text is two Gets; customer + order and order + barcode ->
//                 nothing. Ids are big-endian, so that iterators give them in
//                 order. Unassigned barcodes are those of order 0
//   transactions  GetForUpdate of the email and the values locks them and
//                 shows whether they are taken: uniqueness holds with any
//                 number of writers. Batches are not indexed, as no statement
//                 reads what an earlier one wrote. Rows with new ids are not
//                 locked: nobody else can have their keys. Ids are drawn from
//                 counters, as of a sequence, and read back from the last keys
//                 at opening
//   reads         Get into a PinnableSlice, texts in place; no snapshot, as
//                 neither ids nor values of rows ever change. A batch is two
//                 MultiGets
//   tables        no compression, Bloom filters of 10 bits a key, a hash index
//                 in each data block; index and filters are not in the cache,
//                 but pinned with the table
//   block cache   16 GiB: all of the data set stays in it
//   memtables     64 MiB each, with Bloom filters of whole keys: a key that is
//                 not in them costs no search
//   log           files are not used again (recycle_log_file_num), which would
//                 make syncs cheaper: RocksDB 7.8 sets that to 0 unless its
//                 recovery skips what is corrupt, that is, loses commits
//   writing       enable_pipelined_write and more background threads are off:
//                 with them 1, 8 and 64 threads check out no faster
//   iterators     bounded by a prefix of one id; a reader keeps them and
//                 refreshes them, which is cheaper than making new ones
//   load          SstFileWriter, sorted, one file a family, ingested
//   foreign keys  by the adapter: a checkout refers to what it has just found
//                 or made; a load checks that each parent is one of those
//                 loaded
//   backup        BackupEngine: copies of all files, by two threads, synced (a
//                 Checkpoint is no copy: it links to the same files)
//
// Debian builds the library with assertions and test hooks, and for any x86-64
// processor: checksums of the log (CRC32C) without the instruction for them.
// That costs it some speed; to measure another build, set
// ORDERSTORE_ROCKSDB_LIBRARY in CMake.

#ifndef ORDERSTORE_BENCH_PEERS_ROCKSDB_PEER_H_
#define ORDERSTORE_BENCH_PEERS_ROCKSDB_PEER_H_

#include <memory>
#include <string>

#include "peers/peer.h"

namespace orderstore::bench {

enum class RocksdbMode { kSync, kAsync, kNoWal };

std::unique_ptr<Peer> MakeRocksdbPeer(const std::string& path,
                                      RocksdbMode mode);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_ROCKSDB_PEER_H_
