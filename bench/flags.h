// What the benchmark programs have in common: their flags beside those of
// Google Benchmark, told in main.cc, and the way they run.

#ifndef ORDERSTORE_BENCH_FLAGS_H_
#define ORDERSTORE_BENCH_FLAGS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace orderstore::bench {

struct Program {
  // Registers all benchmarks of one size.
  void (*register_all)(int32_t customers);
  // After they have run: compares what is left.
  void (*end)();
  // What --print_memory does.
  void (*print_memory)(std::string_view subject, int32_t customers);
  // What --print_opening does.
  void (*print_opening)(const std::string& path, int32_t customers) = nullptr;
};

// The whole of main().
int RunProgram(int argc, char** argv, const Program& program);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_FLAGS_H_
