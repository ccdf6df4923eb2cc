// The benchmarks of orderstore beside the peers that users might pick instead:
// one workload, one thin adapter a peer (peers/), the same answers from all,
// which are compared: a peer that answers differently ends the process.
//
//   peer_bench --customers=100000 --benchmark_filter=checkout/.*/sqlite_.*
//
// All flags of Google Benchmark work, and those of main.cc. Peers whose
// libraries are not installed are left out of the program, which CMake tells;
// `tools/setup --bench` installs them. What is measured is told at the top of
// each peer_*_benchmarks.cc. Names are work/variant/peer/customers.
//
// All benchmarks of one peer run one after the other, then those of the next:
// do not let Google Benchmark interleave them, which would load the peers again
// and again. At a million customers each takes some 2 GiB of memory, and on the
// disk as much.

#include <benchmark/benchmark.h>

#include <cstdint>

#include "fixtures.h"
#include "flags.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"

namespace orderstore::bench {
namespace {

void RegisterPeerWork(const PeerKind& kind, int32_t customers) {
  RegisterPeerLoads(kind, customers);
  RegisterPeerLookups(kind, customers);
  RegisterPeerQueries(kind, customers);
  RegisterPeerSales(kind, customers);
  RegisterPeerDays(kind, customers);
  RegisterPeerThreads(kind, customers);
  RegisterPeerBackups(kind, customers);
  RegisterPeerReopening(kind, customers);
  RegisterPeerMemory(kind, customers);
}

void RegisterAll(int32_t customers) {
  for (const PeerKind& kind : PeerKinds()) RegisterPeerWork(kind, customers);
}

// For the report's tables of durable work.
void TellWhatIsAtRisk() {
  for (const PeerKind& kind : PeerKinds()) {
    benchmark::AddCustomContext("at_risk_" + kind.name, kind.at_risk);
  }
}

}  // namespace
}  // namespace orderstore::bench

int main(int argc, char** argv) {
  using namespace orderstore::bench;
  TellWhatIsAtRisk();
  return RunProgram(argc, argv, {RegisterAll, EndPeers, PrintPeerMemory});
}
