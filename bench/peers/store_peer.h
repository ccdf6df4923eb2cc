// orderstore itself, through its public API. Settings:
//
//   huge_pages   on; peers whose memory is malloc's have them from there, those
//                with maps and arenas of their own have none
//   snapshots    none but the one that follows a load, so that reopening begins
//                with it: the hourly one would come at some random moment
//
// A checkout inserts its barcodes with one call, batches of lookups are the
// batched calls. A load commits pages of 4096 rows with kAsync, and syncs the
// log at the end, which makes them durable. Its durabilities:
//
//   store              in memory
//   store_small_pages  the same without huge pages
//   store_sync         kSync: a commit returns when it is on stable storage
//   store_async        kAsync: at once, durable 10 ms later

#ifndef ORDERSTORE_BENCH_PEERS_STORE_PEER_H_
#define ORDERSTORE_BENCH_PEERS_STORE_PEER_H_

#include <memory>
#include <optional>
#include <string>

#include "orderstore/options.h"
#include "peers/peer.h"

namespace orderstore::bench {

// In memory without a durability.
std::unique_ptr<Peer> MakeStorePeer(const std::string& path,
                                    std::optional<Durability> durability,
                                    bool huge_pages);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_STORE_PEER_H_
