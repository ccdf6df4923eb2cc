// Whether something keeps up with an OpenLoop: how late the last tenth of the
// operations was at least. What a stall leaves behind is over by then; what is
// behind by more than a few milliseconds cannot keep up, and its percentiles
// say only how long the run was.
//
//   Lateness lateness(operations);
//   for (...) lateness.Record(loop.LatencyNs());
//   state.counters["behind_ns"] = lateness.least_ns();

#ifndef ORDERSTORE_BENCH_LATENESS_H_
#define ORDERSTORE_BENCH_LATENESS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace orderstore::bench {

class Lateness {
 public:
  // At least one, which is the last tenth of fewer than ten.
  explicit Lateness(size_t operations)
      : left_(operations - std::max<size_t>(operations / 10, 1)) {}

  void Record(int64_t latency_ns) {
    if (left_ > 0) {
      --left_;
    } else {
      least_ns_ = std::min(least_ns_, latency_ns);
    }
  }
  double least_ns() const { return static_cast<double>(least_ns_); }

 private:
  size_t left_;
  int64_t least_ns_ = std::numeric_limits<int64_t>::max();
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_LATENESS_H_
