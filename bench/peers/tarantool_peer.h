// Tarantool, an in-memory database with a log and snapshots, whose applications
// run within it, in Lua. This adapter runs within it, too: it is part of a
// module that Tarantool loads (tarantool_module.cc), and calls Lua functions
// (tarantool_peer.lua), as an application would; no socket is between. Kinds:
//
//   tarantool_memory  wal_mode=none
//   tarantool_sync    wal_mode=fsync: each transaction synced, together with
//                     others that wait at the time
//   tarantool_async   wal_mode=write: written to the system, never synced
//
// A process can open Tarantool once and cannot close it: one kind a process,
// and each peer has spaces of its own, which it drops at its end. The folder of
// the files is a symbolic link, which leads to that of the newest peer.
//
// Transactions run one at a time, in one thread. A fiber waits while the thread
// of the log writes its transaction, and others go on: RunTogether runs fibers,
// so that the log takes the transactions of many at once. Others see a
// transaction that is not yet in the log; were the writing to fail, theirs
// would be rolled back, too.
//
// Settings, and why:
//
//   spaces       memtx: all tuples in memory. With formats: types are checked.
//                Ids, email and value: hash indexes, which are only asked for
//                one key. orders(customer_id), barcodes(order_id, is_used):
//                tree indexes, within a key by id; the null order_id has the
//                unassigned barcodes, which count() goes through. With is_used
//                one select() gives the unused barcodes of an order, a third
//                faster than a filter in Lua; to redeem one costs the same, as
//                a changed tuple is put anew into every index anyway
//   timestamps   seconds with a fraction, as Tarantool's clock gives them: in
//                the tuple a double, which holds microseconds; as integers of
//                that size they would be objects of LuaJIT's in Lua
//   functions    kept in Lua's registry; a batch is one call. They return
//                tuples, whose fields are read where they are; as Lua values,
//                the texts would become strings of LuaJIT's. An expert who
//                has to save more would leave Lua: box_index_get() of the
//                module API finds the same tuple without the call and the
//                tuple's object, which LuaJIT's collector has to free
//   ids          counted in Lua, from the size of the space when it is opened;
//                a box.sequence would write a row of its own into the log
//   foreign keys by the adapter, as memtx has none: a checkout refers to what
//                it has just found or made; a load checks that each parent is
//                one of those loaded
//   memtx_memory 20 GiB, a limit, of which addresses are taken at once, memory
//                as it is needed; slab_alloc_factor 1.05, the default: little
//                is lost between a tuple and the next size of a slab
//   checkpoint_interval  0: no snapshots but those that are asked for;
//                wal_max_size so large that the log makes none begin
//   network      no listener; feedback_enabled off: it would report to the
//                makers once an hour
//   load         transactions of 4096 rows, then a snapshot, which the next
//                opening reads instead of the log; in tarantool_async it is
//                part of the load, as nothing else is synced
//   backup       a snapshot, which never changes, and syncs itself: its file is
//                linked to the backup's folder, and that synced, by a fiber;
//                the writer's fiber lets it go on at each commit

#ifndef ORDERSTORE_BENCH_PEERS_TARANTOOL_PEER_H_
#define ORDERSTORE_BENCH_PEERS_TARANTOOL_PEER_H_

#include <memory>
#include <string>

#include "peers/peer.h"

namespace orderstore::bench {

// One of them in a process.
enum class TarantoolMode { kMemory, kSync, kAsync };

std::unique_ptr<Peer> MakeTarantoolPeer(const std::string& path,
                                        TarantoolMode mode);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_TARANTOOL_PEER_H_
