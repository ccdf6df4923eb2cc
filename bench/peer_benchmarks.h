// Each function registers one group of benchmarks of one peer for one size. A
// benchmark is named
//
//   work/variant/peer/customers
//
// e.g. `barcode_by_value/hit_single/sqlite_memory/100000`. What is measured is
// told at the top of each peer_*_benchmarks.cc.

#ifndef ORDERSTORE_BENCH_PEER_BENCHMARKS_H_
#define ORDERSTORE_BENCH_PEER_BENCHMARKS_H_

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "benchmarks.h"
#include "peers/peer_kinds.h"

namespace orderstore::bench {

void RegisterPeerLookups(const PeerKind& kind, int32_t customers);
void RegisterPeerQueries(const PeerKind& kind, int32_t customers);
void RegisterPeerLoads(const PeerKind& kind, int32_t customers);
void RegisterPeerReopening(const PeerKind& kind, int32_t customers);
void RegisterPeerCrashes(const PeerKind& kind, int32_t customers);
void RegisterPeerSales(const PeerKind& kind, int32_t customers);
void RegisterPeerThreads(const PeerKind& kind, int32_t customers);
void RegisterPeerDays(const PeerKind& kind, int32_t customers);
void RegisterPeerBackups(const PeerKind& kind, int32_t customers);
void RegisterPeerMemory(const PeerKind& kind, int32_t customers);

// Loads the peer of this name, alone in this process, and prints what it took.
// For RegisterPeerMemory.
void PrintPeerMemory(std::string_view name, int32_t customers);
// Opens the files in `path` of the only kind, and prints what OpenInOwnProcess
// returns.
void PrintPeerOpening(const std::string& path, int32_t customers);

// The whole of main().
int RunPeerProgram(int argc, char** argv);

// One iteration of fn(state).
template <typename Fn>
benchmark::internal::Benchmark* RegisterPeer(std::string_view work,
                                             std::string_view variant,
                                             const PeerKind& kind,
                                             int32_t customers, Fn fn) {
  return benchmark::RegisterBenchmark(
             BenchmarkName(work, variant, kind.name, customers).c_str(), fn)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond)
      ->UseManualTime();
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEER_BENCHMARKS_H_
