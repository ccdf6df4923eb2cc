// Measuring in a fresh process of its own: this program with --print_memory, or
// with another flag that makes it print counters. Where another program runs
// this one, as Tarantool does, the environment variable
// ORDERSTORE_BENCH_PROGRAM names what is to be started.

#ifndef ORDERSTORE_BENCH_OWN_PROCESS_H_
#define ORDERSTORE_BENCH_OWN_PROCESS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace orderstore::bench {

// Starts this program with --print_memory=`subject`, and returns the counters
// that it prints.
std::map<std::string, double> RunInOwnProcess(std::string_view subject,
                                              int32_t customers,
                                              bool huge_pages);
// The same with the flag `task`.
std::map<std::string, double> RunInOwnProcess(const std::string& task,
                                              int32_t customers);
// Prints a counter, in such a process.
void PrintCounter(const char* name, double value);

// ---- Of this process. ----
int64_t ResidentBytes();
// The largest resident set since ForgetPeak, or since the start.
int64_t PeakResidentBytes();
void ForgetPeak();

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_OWN_PROCESS_H_
