// The floor: absl::flat_hash_maps and nothing else, subjects/floor_subject.h:
// no transactions, no readers beside a writer, no disk. Its batches prefetch:
// first all buckets of the text index, then all buckets of the rows. Top
// customers are one pass over the counts that it keeps with the customers, as
// are the counts of rows.

#ifndef ORDERSTORE_BENCH_PEERS_MAP_PEER_H_
#define ORDERSTORE_BENCH_PEERS_MAP_PEER_H_

#include <memory>

#include "peers/peer.h"

namespace orderstore::bench {

std::unique_ptr<Peer> MakeMapPeer();

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_MAP_PEER_H_
