// The floor: absl::flat_hash_maps and nothing else, subjects/floor_subject.h:
// no transactions, no readers beside a writer, no disk. Why a lookup by text is
// two finds is told in subjects/floor_tables.h. Its batches prefetch:
// first all buckets of the text index, then all buckets of the rows. Questions
// about the whole are a pass over all barcodes, as for the others; and again
// by what each change keeps up: the tickets of each customer, and the number
// of unassigned barcodes.

#ifndef ORDERSTORE_BENCH_PEERS_MAP_PEER_H_
#define ORDERSTORE_BENCH_PEERS_MAP_PEER_H_

#include <memory>

#include "peers/peer.h"

namespace orderstore::bench {

std::unique_ptr<Peer> MakeMapPeer();

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_MAP_PEER_H_
