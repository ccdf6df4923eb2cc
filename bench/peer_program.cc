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
  RegisterPeerMaintained(kind, customers);
  RegisterPeerReopening(kind, customers);
  RegisterPeerSales(kind, customers);
  RegisterPeerThreads(kind, customers);
  RegisterPeerBackups(kind, customers);
  RegisterPeerDays(kind, customers);
  RegisterPeerMemory(kind, customers);
}

void RegisterAllPeers(int32_t customers) {
  for (const PeerKind& kind : PeerKinds()) RegisterPeerWork(kind, customers);
}

}  // namespace

int RunPeerProgram(int argc, char** argv) {
  return RunProgram(
      argc, argv,
      {RegisterAllPeers, EndPeers, PrintPeerMemory, PrintPeerOpening});
}

}  // namespace orderstore::bench
