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
  // Before the threads, who sell more the faster a peer is: all are to copy and
  // open as many rows.
  RegisterPeerBackups(kind, customers);
  RegisterPeerReopening(kind, customers);
  RegisterPeerThreads(kind, customers);
  RegisterPeerCrashes(kind, customers);
  RegisterPeerMemory(kind, customers);
}

void RegisterAllPeers(int32_t customers) {
  for (const PeerKind& kind : PeerKinds()) RegisterPeerWork(kind, customers);
}

// For the report's tables of durable work.
void TellWhatIsAtRisk() {
  for (const PeerKind& kind : PeerKinds()) {
    benchmark::AddCustomContext("at_risk_" + kind.name, kind.at_risk);
  }
}

}  // namespace

int RunPeerProgram(int argc, char** argv) {
  TellWhatIsAtRisk();
  return RunProgram(
      argc, argv,
      {RegisterAllPeers, EndPeers, PrintPeerMemory, PrintPeerOpening});
}

}  // namespace orderstore::bench
