// The flags of a benchmark program that are not Google Benchmark's; see
// main.cc.

#ifndef ORDERSTORE_BENCH_FLAGS_H_
#define ORDERSTORE_BENCH_FLAGS_H_

#include <string>
#include <vector>

namespace orderstore::bench {

// Takes our flags out of the arguments and into GlobalSettings. Returns the
// subject of --print_memory, empty without it.
std::string TakeFlags(std::vector<char*>& arguments);

// Puts what the figures depend on into the results.
void AddContext();

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_FLAGS_H_
