// All peers that this program was built with.

#ifndef ORDERSTORE_BENCH_PEERS_PEER_KINDS_H_
#define ORDERSTORE_BENCH_PEERS_PEER_KINDS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "peers/peer.h"

namespace orderstore::bench {

struct PeerKind {
  std::string name;
  // What a power failure loses, in a few words.
  std::string at_risk;
  // Its files are in the scratch folder: it can be reopened and backed up.
  bool on_disk = false;
  // A transaction is on stable storage when it returns.
  bool durable = false;
  // Readers and writers may work at the same time.
  bool threads = true;
  // A process can open one more than once.
  bool reopens = true;
  // Has read transactions of several calls.
  bool reads_together = true;
  // Another process, which is asked through a socket.
  bool server = false;
  // Has answers about the whole that each change keeps up.
  bool keeps_answers = false;

  // Each operation waits for a sync or a round trip: fewer of them are done.
  bool is_slow() const { return durable || server; }

  // Makes an empty one, or opens what it has left in the folder `path`, which
  // is there; those that are not on disk ignore it.
  std::function<std::unique_ptr<Peer>(const std::string& path)> make;
};

const std::vector<PeerKind>& PeerKinds();

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_PEER_KINDS_H_
