#include "peer_opening.h"

#include <chrono>
#include <map>
#include <memory>

#include "checks.h"
#include "fixtures.h"
#include "own_process.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "touched_memory.h"

namespace orderstore::bench {
namespace {

// A counter is a double: a sum goes in two halves.
void Print(const PeerOpening& opening) {
  const auto print = [](const char* name, auto value) {
    PrintCounter(name, static_cast<double>(value));
  };
  print("left_in_page_cache", opening.left_in_page_cache);
  print("open_seconds", opening.open_seconds);
  print("read_seconds", opening.read_seconds);
  print("warm_seconds", opening.warm_seconds);
  print("customers", opening.counts.customers);
  print("orders", opening.counts.orders);
  print("barcodes", opening.counts.barcodes);
  print("unassigned", opening.counts.unassigned_barcodes);
  print("unused", opening.counts.unused_barcodes);
  print("sum_high", opening.sum >> 32);
  print("sum_low", opening.sum & 0xffff'ffff);
}

}  // namespace

PeerOpening OpenInOwnProcess(const std::string& path, int32_t customers) {
  const auto counters = RunInOwnProcess("--print_opening=" + path, customers);
  const auto whole = [&](const char* name) {
    return static_cast<int64_t>(counters.at(name));
  };
  PeerOpening opening;
  opening.left_in_page_cache = counters.at("left_in_page_cache");
  opening.open_seconds = counters.at("open_seconds");
  opening.read_seconds = counters.at("read_seconds");
  opening.warm_seconds = counters.at("warm_seconds");
  opening.counts = {.customers = whole("customers"),
                    .orders = whole("orders"),
                    .barcodes = whole("barcodes"),
                    .unassigned_barcodes = whole("unassigned"),
                    .unused_barcodes = whole("unused")};
  opening.sum = static_cast<uint64_t>(whole("sum_high")) << 32 |
                static_cast<uint64_t>(whole("sum_low"));
  return opening;
}

Counts CountsOf(Peer& peer) {
  const std::unique_ptr<PeerReader> reader = peer.NewReader();
  const Counts counts = reader->ReadEveryRow().counts();
  CheckUnassigned(*reader, counts);
  return counts;
}

void PrintPeerOpening(const std::string& path, int32_t customers) {
  const Unpinned unpinned;
  Require(PeerKinds().size() == 1, "--print_opening: of which kind?");
  const Workload& data = WorkloadFor(customers);
  PeerOpening opening;
  opening.left_in_page_cache = DropFromPageCache(path);
  TouchFreeMemory(RoomFor(customers));
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<Peer> peer = PeerKinds().front().make(path);
  const std::unique_ptr<PeerReader> reader = peer->NewReader();
  opening.open_seconds = SecondsSince(start);
  const EveryRow rows = reader->ReadEveryRow();
  opening.read_seconds = SecondsSince(start);
  ReadIndexes(data, *reader);
  opening.warm_seconds = SecondsSince(start);
  opening.counts = rows.counts();
  opening.sum = rows.sum().value();
  CheckUnassigned(*reader, opening.counts);
  Print(opening);
}

}  // namespace orderstore::bench
