// Loaded peers, of one kind and size: one that no benchmark changes, which
// becomes, when one is asked for, that which they change, so that a load is
// paid once. Asking for another kind or size ends them. So benchmarks are
// registered peer by peer, those that change nothing first, and are not to be
// interleaved. A benchmark that needs a peer of its own ends them first.

#ifndef ORDERSTORE_BENCH_PEER_FIXTURES_H_
#define ORDERSTORE_BENCH_PEER_FIXTURES_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "answers.h"
#include "checkout_input.h"
#include "latency_histogram.h"
#include "peers/peer.h"
#include "peers/peer_kinds.h"
#include "workload.h"

namespace orderstore::bench {

// A peer and its folder, which goes with it.
class HousedPeer {
 public:
  explicit HousedPeer(const PeerKind& kind);
  HousedPeer(const HousedPeer&) = delete;
  HousedPeer& operator=(const HousedPeer&) = delete;
  ~HousedPeer();

  const PeerKind& kind() const { return kind_; }
  const std::string& path() const { return path_; }
  Peer& operator*() { return *peer_; }
  Peer* operator->() { return peer_.get(); }

 private:
  const PeerKind kind_;
  const std::string path_;
  std::unique_ptr<Peer> peer_;
};

// A peer that benchmarks change. At its end every row of it is compared with
// those of other peers to which the same was done, and, if it is on disk and
// can be reopened, with what it is then; but not if it is threaded.
class ChangingPeer {
 public:
  // `loaded` has `data`, and nothing was changed.
  ChangingPeer(std::unique_ptr<HousedPeer> loaded, const Workload& data);
  ChangingPeer(const ChangingPeer&) = delete;
  ChangingPeer& operator=(const ChangingPeer&) = delete;
  ~ChangingPeer();

  HousedPeer& peer() { return *peer_; }

  // The number of the first of `n` checkouts that were not done before.
  int64_t NextCheckouts(size_t n);
  // By name of the work: how many operations of its sequence are done.
  std::map<std::string, int64_t>& done() { return done_; }
  // All of it in words.
  std::string History() const;
  // Compares every row with those of others to which the same was done.
  AnswerSum CheckState();
  // Several threads change it, so that ids differ from those of other peers,
  // and states are not compared.
  void SetThreaded() { threaded_ = true; }
  bool threaded() const { return threaded_; }

 private:
  const Workload& data_;
  const std::unique_ptr<HousedPeer> peer_;
  std::map<std::string, int64_t> done_;
  bool threaded_ = false;
};

// A reader of a loaded peer, warmed up.
PeerReader& WarmReader(const PeerKind& kind, int32_t customers);
HousedPeer& LoadedPeer(const PeerKind& kind, int32_t customers);
// A new one in its place, which load(peer) has to fill.
HousedPeer& LoadPeerAnew(const PeerKind& kind, int32_t customers,
                         const std::function<void(Peer&)>& load);

ChangingPeer& ChangingPeerFor(const PeerKind& kind, int32_t customers);
// One that several threads may change.
ChangingPeer& ThreadedPeerFor(const PeerKind& kind, int32_t customers);
// Ends those that are alive.
void EndPeers();

// Of a peer and its files in the page cache, in bytes; of very large ones for
// the beginning.
inline size_t RoomFor(int32_t customers) {
  return std::min((size_t{64} << 20) + static_cast<size_t>(customers) * 2048,
                  size_t{4} << 30);
}

// Reads every row, and so many by each index that all of its pages or blocks
// are read: what a peer keeps in a cache, or a reader in a cache of its own, is
// there then.
void WarmUp(const Workload& data, PeerReader& reader);
// Of it the indexes; those of the data set.
void ReadIndexes(const Workload& data, PeerReader& reader);

// Compares the reader's index of unassigned barcodes with what a read of every
// row has counted.
void CheckUnassigned(PeerReader& reader, const Counts& counts);
// Every row and the answers to all questions about the whole.
AnswerSum StateOf(Peer& peer);

using PeerWriters = std::vector<std::unique_ptr<PeerWriter>>;
PeerWriters NewWriters(Peer& peer, int n);

// Checkouts of `input` in order, each by one of the writers, of which each has
// a thread, until there are no more or the time is over.
struct SoldTogether {
  size_t checkouts = 0;
  double seconds = 0;
  // Of the thread that made the fewest: its part of what each would have made
  // had all made as many.
  double least_share = 0;
};
SoldTogether SellTogether(Peer& peer, const PeerWriters& writers,
                          const CheckoutInput& input,
                          std::chrono::milliseconds at_most,
                          LatencyHistogram& latencies);
// Finds each barcode of some of the first checkouts, its order and the buyer.
void RequireSold(Peer& peer, const CheckoutInput& input, size_t checkouts);

// Of the files in the folder, recursively.
int64_t BytesOnDisk(const std::string& folder);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEER_FIXTURES_H_
