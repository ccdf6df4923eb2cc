// Bytes a row. Each subject is loaded in a fresh process of its own (this
// program with --print_memory), because memory that another one has freed would
// blur what it takes.
//
//   resident  growth of the resident set by the load
//   counted   the store: StoreStats::memory_bytes; the floor: what malloc has
//             handed out (mallinfo2)

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "benchmarks.h"
#include "checks.h"
#include "fixtures.h"
#include "own_process.h"
#include "subjects/floor_subject.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

int64_t MallocBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

void PrintTable(const std::string& name, const TableMemory& table,
                double rows) {
  const auto print = [&](const char* part, int64_t bytes) {
    PrintCounter((name + part).c_str(), static_cast<double>(bytes) / rows);
  };
  print("_rows", table.row_bytes);
  print("_id_directory", table.id_directory_bytes);
  print("_hash_index", table.hash_index_bytes);
  print("_child_index", table.child_index_bytes);
}

// Where the store's bytes are, each by all rows.
void PrintParts(const StoreStats& stats, double rows) {
  PrintTable("customers", stats.customers, rows);
  PrintTable("orders", stats.orders, rows);
  PrintTable("barcodes", stats.barcodes, rows);
  PrintCounter("unassigned_index",
               static_cast<double>(stats.unassigned_index_bytes) / rows);
  PrintCounter("ranking", static_cast<double>(stats.ranking_bytes) / rows);
  PrintCounter("versions", static_cast<double>(stats.version_bytes) / rows);
}

template <typename Subject>
void LoadAndPrint(int32_t customers) {
  const Workload& data = WorkloadFor(customers);
  const auto rows = static_cast<double>(data.rows());
  const int64_t resident = ResidentBytes();
  const int64_t allocated = MallocBytes();
  Subject subject(GlobalSettings().huge_pages);
  LoadAll(data, subject);
  PrintCounter("resident",
               static_cast<double>(ResidentBytes() - resident) / rows);
  if constexpr (std::is_same_v<Subject, StoreSubject>) {
    const StoreStats stats = subject.store().Stats();
    PrintCounter("counted", static_cast<double>(stats.memory_bytes) / rows);
    PrintParts(stats, rows);
  } else {
    PrintCounter("counted",
                 static_cast<double>(MallocBytes() - allocated) / rows);
  }
}

void RunPrintMemory(benchmark::State& state, std::string_view subject,
                    int32_t customers, bool huge_pages) {
  for (auto _ : state) {
    for (const auto& [name, value] :
         RunInOwnProcess(subject, customers, huge_pages)) {
      state.counters["bytes_a_row_" + name] = value;
    }
  }
}

}  // namespace

void PrintMemory(std::string_view subject, int32_t customers) {
  if (subject == StoreSubject::kName) {
    LoadAndPrint<StoreSubject>(customers);
  } else if (subject == MapsFloor::kName) {
    LoadAndPrint<MapsFloor>(customers);
  } else if (subject == ArraysFloor::kName) {
    LoadAndPrint<ArraysFloor>(customers);
  } else if (subject == kQuietSnapshot || subject == kBusySnapshot) {
    PrintSnapshotMemory(customers, subject == kBusySnapshot);
  } else {
    Fail("--print_memory: no such subject");
  }
}

void RegisterMemory(int32_t customers) {
  for (std::string_view subject :
       {StoreSubject::kName, MapsFloor::kName, ArraysFloor::kName}) {
    for (bool huge_pages : {true, false}) {
      // For the floor, huge pages are malloc's.
      if (!huge_pages && subject != StoreSubject::kName) continue;
      benchmark::RegisterBenchmark(
          BenchmarkName("memory", huge_pages ? "huge_pages" : "small_pages",
                        subject, customers)
              .c_str(),
          [=](benchmark::State& state) {
            RunPrintMemory(state, subject, customers, huge_pages);
          })
          ->Iterations(1)
          ->Repetitions(1)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
}

}  // namespace orderstore::bench
