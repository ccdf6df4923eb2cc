// The whole of a peer, in and out of its files:
//
//   bulk_load  pages: all rows into an empty peer, in the way that is fastest
//              for it; durable at the end if it is on disk
//   reopen     cold: closed, its files not in the page cache; opened, and every
//              row read once. Peers that read when they open and those that
//              read when they are asked are alike in that. Counter: the opening
//              alone
//   memory     rows: bytes a row, in a process of its own. resident: growth of
//              the resident set by the load and one read of every row; counted:
//              what the peer itself says; disk: blocks of its files

#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answers.h"
#include "checks.h"
#include "fixtures.h"
#include "own_process.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "pinning.h"

namespace orderstore::bench {
namespace {

void BulkLoad(benchmark::State& state, const PeerKind& kind,
              int32_t customers) {
  const Workload& data = WorkloadFor(customers);
  EndPeers();
  malloc_trim(0);
  HousedPeer peer(kind);
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    peer->Load(data);
    state.SetIterationTime(SecondsSince(start));
  }
  CheckAnswers("loaded", customers, 0, kind.name, PeerAnalytics(*peer));
  state.SetItemsProcessed(data.rows());
}

void Reopen(benchmark::State& state, const PeerKind& kind, int32_t customers) {
  const Unpinned unpinned;
  HousedPeer& peer = LoadedPeer(kind, customers);
  peer->Close();
  DropFromPageCache(peer.path());
  malloc_trim(0);
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    peer->Reopen();
    const std::unique_ptr<PeerReader> reader = peer->NewReader();
    state.counters["open_seconds"] = SecondsSince(start);
    const AnswerSum sum = reader->ReadEveryRow();
    state.SetIterationTime(SecondsSince(start));
    CheckAnswers("every_row", customers, 0, kind.name, sum);
  }
  state.SetItemsProcessed(WorkloadFor(customers).rows());
}

void Memory(benchmark::State& state, const PeerKind& kind, int32_t customers) {
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (const auto& [name, value] :
         RunInOwnProcess(kind.name, customers, GlobalSettings().huge_pages)) {
      state.counters["bytes_a_row_" + name] = value;
    }
    state.SetIterationTime(SecondsSince(start));
  }
}

}  // namespace

void PrintPeerMemory(std::string_view name, int32_t customers) {
  for (const PeerKind& kind : PeerKinds()) {
    if (kind.name != name) continue;
    const Workload& data = WorkloadFor(customers);
    const auto rows = static_cast<double>(data.rows());
    malloc_trim(0);
    const int64_t resident = ResidentBytes();
    HousedPeer peer(kind);
    peer->Load(data);
    const std::unique_ptr<PeerReader> reader = peer->NewReader();
    reader->ReadEveryRow();
    malloc_trim(0);
    PrintCounter("resident",
                 static_cast<double>(ResidentBytes() - resident) / rows);
    PrintCounter("counted", static_cast<double>(peer->MemoryBytes()) / rows);
    if (kind.on_disk) {
      PrintCounter("disk",
                   static_cast<double>(BytesOnDisk(peer.path())) / rows);
    }
    return;
  }
  Fail("--print_memory: no such peer");
}

void RegisterPeerLoads(const PeerKind& kind, int32_t customers) {
  RegisterPeer(
      "bulk_load", "pages", kind, customers,
      [=](benchmark::State& state) { BulkLoad(state, kind, customers); });
}

void RegisterPeerReopening(const PeerKind& kind, int32_t customers) {
  if (!kind.on_disk) return;
  RegisterPeer("reopen", "cold", kind, customers, [=](benchmark::State& state) {
    Reopen(state, kind, customers);
  });
}

void RegisterPeerMemory(const PeerKind& kind, int32_t customers) {
  RegisterPeer("memory", "rows", kind, customers, [=](benchmark::State& state) {
    Memory(state, kind, customers);
  })->Repetitions(1);
}

}  // namespace orderstore::bench
