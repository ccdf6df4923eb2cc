// The benchmarks of orderstore, each beside the same work on plain containers
// (the floor), in the same process, on the same data, with the same answers.
//
// The usual way, which builds, runs everything and writes JSON and a table:
//
//   tools/bench --out DIR
//
// By hand, all flags of Google Benchmark work, and four of ours:
//
//   orderstore_bench --customers=100000 --benchmark_filter=checkout
//
//   --customers=N,M   sizes of the data set (100000,1000000); 9.6 rows each
//   --huge_pages=0|1  Options::huge_pages of the store (1). The floor's are
//                     malloc's: GLIBC_TUNABLES=glibc.malloc.hugetlb=1, which
//                     tools/bench sets, so that both have them.
//   --folder=DIR      where stores in a folder are put, in a fresh folder that
//                     is removed at the end; on the disk that is to be
//                     measured (default: beside this program)
//   --answers=FILE    compares the answers with those of other processes that
//                     were given the same file
//
// What is measured is told at the top of each *_benchmarks.cc; the data set in
// workload.h, the floor in subjects/. Names are work/variant/subject/customers.
// Compare only figures of one run, on a machine that does nothing else, with
// --benchmark_enable_random_interleaving and medians of several repetitions.
// Everything at a million customers at once takes some 12 GiB; tools/bench
// takes one group after the other and stays below 8.

#include <benchmark/benchmark.h>

#include <cstdint>

#include "benchmarks.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "flags.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

void RegisterAll(int32_t customers) {
  RegisterLimits(customers);
  RegisterIdleDays(customers);
  RegisterLookups(customers);
  RegisterChildren(customers);
  RegisterAnalytics(customers);
  RegisterSales(customers);
  RegisterLoads(customers);
  RegisterStock(customers);
  RegisterBesideWriter(customers);
  RegisterMemory(customers);
  RegisterDisk(customers);
  RegisterDurability(customers);
  RegisterLogRecords(customers);
  RegisterSnapshots(customers);
  RegisterReopening(customers);
}

void End() {
  CheckFinalStates<StoreSubject>();
  CheckFinalStates<MapsFloor>();
  CheckFinalStates<ArraysFloor>();
  for (const auto& [size, changing] : AllChanging<StoreSubject>()) {
    Require(changing->subject.store().Check());
  }
  CheckDurableStores();
}

}  // namespace
}  // namespace orderstore::bench

int main(int argc, char** argv) {
  using namespace orderstore::bench;
  return RunProgram(argc, argv, {RegisterAll, End, PrintMemory});
}
