// The benchmarks of orderstore, each beside the same work on plain containers
// (the floor), in the same process, on the same data, with the same answers.
//
// The usual way, which builds, runs everything and writes JSON and a table:
//
//   bench/run --out DIR
//
// By hand, all flags of Google Benchmark work, and three of ours:
//
//   orderstore_bench --customers=100000 --benchmark_filter=checkout
//
//   --customers=N,M   sizes of the data set (100000,1000000); 9.6 rows each
//   --huge_pages=0|1  Options::huge_pages of the store (1). The floor's are
//                     malloc's: GLIBC_TUNABLES=glibc.malloc.hugetlb=1, which
//                     bench/run sets, so that both have them.
//   --folder=DIR      where stores in a folder are put, in a fresh folder that
//                     is removed at the end; on the disk that is to be
//                     measured (default: beside this program)
//
// What is measured is told at the top of each *_benchmarks.cc; the data set in
// workload.h, the floor in subjects/. Names are work/variant/subject/customers.
// Compare only figures of one run, on a machine that does nothing else, with
// --benchmark_enable_random_interleaving and medians of several repetitions.
// Everything at a million customers at once takes some 12 GiB; bench/run takes
// one group after the other and stays below 8.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "latency_histogram.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

std::vector<int32_t> ParseSizes(std::string_view text) {
  std::vector<int32_t> sizes;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const int size = std::atoi(std::string(text.substr(0, comma)).c_str());
    if (size < 1000 || size > 10'000'000) {
      Fail("--customers: from 1000 to 10000000");
    }
    sizes.push_back(size);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return sizes;
}

// Takes our flags out of the arguments. Returns the subject of --print_memory,
// empty without it.
std::string TakeFlags(std::vector<char*>& arguments) {
  std::string print_memory;
  std::erase_if(arguments, [&](std::string_view argument) {
    const auto value_of = [&](std::string_view flag) {
      return argument.starts_with(flag)
                 ? std::optional(argument.substr(flag.size()))
                 : std::nullopt;
    };
    if (const auto sizes = value_of("--customers=")) {
      GlobalSettings().customers = ParseSizes(*sizes);
    } else if (const auto huge_pages = value_of("--huge_pages=")) {
      GlobalSettings().huge_pages = *huge_pages != "0";
    } else if (const auto folder = value_of("--folder=")) {
      GlobalSettings().folder = *folder;
    } else if (const auto subject = value_of("--print_memory=")) {
      print_memory = *subject;
    } else {
      return false;
    }
    return true;
  });
  return print_memory;
}

void RegisterAll(int32_t customers) {
  RegisterLimits(customers);
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

void AddContext() {
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  benchmark::AddCustomContext("store_huge_pages",
                              GlobalSettings().huge_pages ? "1" : "0");
  benchmark::AddCustomContext("GLIBC_TUNABLES", tunables ? tunables : "");
  benchmark::AddCustomContext("clock_overhead_ns",
                              std::to_string(ClockOverheadNs()));
#ifdef NDEBUG
  benchmark::AddCustomContext("assertions", "off");
#else
  benchmark::AddCustomContext("assertions", "on");
#endif
}

int Main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  const std::string print_memory = TakeFlags(arguments);
  PinThisThread(1);
  if (!print_memory.empty()) {
    PrintMemory(print_memory, GlobalSettings().customers.front());
    RemoveScratchFolder();
    return 0;
  }
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  AddContext();
  for (int32_t customers : GlobalSettings().customers) RegisterAll(customers);
  benchmark::RunSpecifiedBenchmarks();
  CheckFinalStates<StoreSubject>();
  CheckFinalStates<MapsFloor>();
  CheckFinalStates<ArraysFloor>();
  for (const auto& [size, changing] : AllChanging<StoreSubject>()) {
    Require(changing->subject.store().Check());
  }
  CheckDurableStores();
  RemoveScratchFolder();
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace orderstore::bench

int main(int argc, char** argv) { return orderstore::bench::Main(argc, argv); }
