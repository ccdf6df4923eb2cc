// What the machine's processors have done, all programs together: servers, too,
// are seen. In ticks of the kernel's, mostly of 10 ms, so over seconds.
// (proc_stat(5).)

#ifndef ORDERSTORE_BENCH_PROCESSOR_TIME_H_
#define ORDERSTORE_BENCH_PROCESSOR_TIME_H_

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <string>

#include "checks.h"

namespace orderstore::bench {

class ProcessorTime {
 public:
  static ProcessorTime Now() {
    std::ifstream file("/proc/stat");
    std::string all_processors;
    ProcessorTime time;
    file >> all_processors;
    for (int64_t& ticks : time.ticks_) file >> ticks;
    Require(file.good() && all_processors == "cpu", "cannot read /proc/stat");
    return time;
  }

  // Since `before`, of what no other virtual machine took: the share that
  // something ran, and that the kernel did.
  void ReportSince(const ProcessorTime& before, benchmark::State& state) const {
    std::array<double, kKinds> spent;
    for (size_t i = 0; i < kKinds; ++i) {
      spent[i] = static_cast<double>(ticks_[i] - before.ticks_[i]);
    }
    const double all =
        std::accumulate(spent.begin(), spent.end(), 0.0) - spent[kStolen];
    if (all == 0) return;
    state.counters["processors_busy"] =
        1 - (spent[kIdle] + spent[kWaiting]) / all;
    state.counters["processors_in_kernel"] =
        (spent[kSystem] + spent[kInterrupts] + spent[kDeferred]) / all;
  }

 private:
  // In the order of the file.
  enum Kind {
    kUser,
    kNice,
    kSystem,
    kIdle,
    kWaiting,  // for a disk
    kInterrupts,
    kDeferred,
    kStolen,  // by other virtual machines
    kKinds,
  };

  std::array<int64_t, kKinds> ticks_ = {};
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PROCESSOR_TIME_H_
