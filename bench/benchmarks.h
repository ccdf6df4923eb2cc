// Each function registers one group of benchmarks for one size. A benchmark is
// named
//
//   work/variant/subject/customers
//
// e.g. `barcode_by_value/hit_one_view/store/1000000`. The report knows the
// targets by these names.

#ifndef ORDERSTORE_BENCH_BENCHMARKS_H_
#define ORDERSTORE_BENCH_BENCHMARKS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace orderstore::bench {

void RegisterLookups(int32_t customers);
void RegisterChildren(int32_t customers);
void RegisterAnalytics(int32_t customers);
void RegisterSales(int32_t customers);
void RegisterLoads(int32_t customers);
void RegisterStock(int32_t customers);
void RegisterBesideWriter(int32_t customers);
void RegisterMemory(int32_t customers);
// The limits of the machine.
void RegisterLimits(int32_t customers);
void RegisterIdleDays(int32_t customers);
// Stores in a folder, and the limits of its disk.
void RegisterDisk(int32_t customers);
void RegisterDurability(int32_t customers);
void RegisterLogRecords(int32_t customers);
void RegisterSnapshots(int32_t customers);
void RegisterReopening(int32_t customers);

// Loads one subject, alone in this process, and prints what it took as counters
// `name value`, a line each. For RegisterMemory and RegisterSnapshots.
void PrintMemory(std::string_view subject, int32_t customers);
// The same for what a snapshot takes in addition, while nothing else happens or
// while a writer works.
inline constexpr std::string_view kQuietSnapshot = "snapshot";
inline constexpr std::string_view kBusySnapshot = "snapshot_beside_writer";
void PrintSnapshotMemory(int32_t customers, bool beside_writer);

inline std::string BenchmarkName(std::string_view work,
                                 std::string_view variant,
                                 std::string_view subject, int32_t customers) {
  std::string name(work);
  for (std::string_view part : {variant, subject}) {
    name += '/';
    name += part;
  }
  return name + '/' + std::to_string(customers);
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_BENCHMARKS_H_
