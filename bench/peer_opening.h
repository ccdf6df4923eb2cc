// A peer's files opened by a fresh process: the only way for peers that a
// process can open but once.

#ifndef ORDERSTORE_BENCH_PEER_OPENING_H_
#define ORDERSTORE_BENCH_PEER_OPENING_H_

#include <cstdint>
#include <string>

#include "orderstore/records.h"
#include "peers/peer.h"

namespace orderstore::bench {

struct PeerOpening {
  double left_in_page_cache = 0;
  double open_seconds = 0;
  double read_seconds = 0;  // from the start until every row is read
  double warm_seconds = 0;  // and all indexes, too
  Counts counts;
  uint64_t sum = 0;  // of every row
};

// Opens the files in `path`, which are dropped from the page cache first, in a
// process of its own. The start of the process is not in the times.
PeerOpening OpenInOwnProcess(const std::string& path, int32_t customers);

// By a read of every row, with which the index of unassigned barcodes is
// compared.
Counts CountsOf(Peer& peer);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEER_OPENING_H_
