// Redis 7, a server of its own, asked by hiredis: the cache that is often put
// before a database. Kinds:
//
//   redis_memory    no persistence
//   redis_always    an append-only file, appendfsync always: synced before the
//                   replies are sent; commands of clients that wait share a
//                   sync
//   redis_everysec  appendfsync everysec: written at once, synced each second
//
// Keys, and why so:
//
//   c:ID            a customer's row; e:EMAIL -> its id; co:ID -> the ids of
//                   its orders, a set (of numbers: packed, until it is large)
//   o:ID            an order's row; ob:ID -> its barcodes, a sorted set: values
//                   by id (packed, until it is large)
//   b:VALUE         a barcode's row. Under its value, not under its id: the
//                   lookup that is made all day is one GET, as a second round
//                   trip would cost more than to move the row if its value
//                   ever changes
//   barcodes        a list: the values of all, in id order
//   unassigned      a sorted set: values of unassigned barcodes by id
//   seq:TABLE       the last id that was drawn
//
// A row is one packed string, as in row_coding.h: a hash has names of fields
// and more to look at. Rows in hashes of many rows each, which Redis packs,
// would take less memory and a search in each.
//
// Settings, and why:
//
//   connection      a Unix socket, no port; a connection a reader or writer.
//                   Every call is one round trip: a command, one MGET for a
//                   batch, or a function
//   functions       in Lua, kept by the server (FUNCTION LOAD): checkouts,
//                   changes of is_used, and reads by an index, each atomic. A
//                   checkout refuses a value that is taken before it writes
//   times           by the client's clock, at the beginning of a call
//   whole tables    read by pages of MGETs, four in flight, so that others are
//                   served meanwhile: no snapshot, if they write
//   save            never by itself, as the append-only file is kept, or
//                   nothing
//   rdbcompression  no: a row is too short to be worth it
//   load            MSETNX and commands of many arguments, pipelined. The
//                   append-only file is off meanwhile; turned on it is written
//                   anew, as a snapshot, by a fork, and synced. MSETNX and the
//                   number of keys show that no email and no value came twice
//   foreign keys    by the adapter: a checkout refers to what it has just found
//                   or made; a load checks that each parent is one of those
//                   loaded
//   backup          BGSAVE: a fork writes a snapshot (RDB) and syncs it and
//                   its folder; the file is then moved to its place, and both
//                   folders are synced. That is measured, and up to 0.12 s
//                   until the end of the fork is known, as the server looks ten
//                   times a second. An append-only file of it is made when it
//                   is opened
//
// Debian's server has jemalloc, and libsystemd, by which it tells when it is
// ready.

#ifndef ORDERSTORE_BENCH_PEERS_REDIS_PEER_H_
#define ORDERSTORE_BENCH_PEERS_REDIS_PEER_H_

#include <memory>
#include <string>

#include "peers/peer.h"

namespace orderstore::bench {

enum class RedisMode { kMemory, kAlways, kEverySecond };

std::unique_ptr<Peer> MakeRedisPeer(const std::string& path, RedisMode mode);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_REDIS_PEER_H_
