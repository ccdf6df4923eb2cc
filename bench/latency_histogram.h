// Counts durations in nanoseconds in buckets of at most 3% width, and gives
// their percentiles. The maximum is exact. Recording costs some two
// nanoseconds; the clock costs more, see ClockOverheadNs.
//
//   LatencyHistogram latencies;
//   Stopwatch watch;
//   for (...) { Work(); latencies.Record(watch.LapNs()); }
//   latencies.Percentile(99.9);

#ifndef ORDERSTORE_BENCH_LATENCY_HISTOGRAM_H_
#define ORDERSTORE_BENCH_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace orderstore::bench {

class LatencyHistogram {
 public:
  void Record(int64_t ns) {
    const auto value = static_cast<uint64_t>(std::max<int64_t>(ns, 0));
    ++buckets_[Bucket(value)];
    ++count_;
    max_ = std::max(max_, value);
  }

  // Counts the durations of `other` as well.
  void Add(const LatencyHistogram& other) {
    for (size_t i = 0; i < buckets_.size(); ++i) {
      buckets_[i] += other.buckets_[i];
    }
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
  }

  int64_t count() const { return count_; }
  double max() const { return static_cast<double>(max_); }

  // The upper edge of the bucket in which `percent` of all durations are
  // reached.
  double Percentile(double percent) const {
    const auto wanted = static_cast<int64_t>(
        std::ceil(static_cast<double>(count_) * percent / 100.0));
    int64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= wanted) return std::min(UpperEdge(i), max());
    }
    return max();
  }

 private:
  static constexpr int kBits = 5;  // 32 buckets for each power of two
  static constexpr uint64_t kSteps = 1u << kBits;

  static size_t Bucket(uint64_t value) {
    if (value < kSteps) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - kBits - 1;
    return static_cast<size_t>(shift + 1) * kSteps +
           ((value >> shift) - kSteps);
  }
  static double UpperEdge(size_t bucket) {
    if (bucket < kSteps) return static_cast<double>(bucket);
    const auto shift = static_cast<int>(bucket / kSteps) - 1;
    return std::ldexp(static_cast<double>(kSteps + bucket % kSteps + 1), shift);
  }

  std::array<int64_t, kSteps*(64 - kBits + 1)> buckets_ = {};
  int64_t count_ = 0;
  uint64_t max_ = 0;
};

class Stopwatch {
 public:
  // Nanoseconds since the last lap or the start. One reading of the clock ends
  // a lap and starts the next, so a lap is too long by ClockOverheadNs().
  int64_t LapNs() {
    const auto now = std::chrono::steady_clock::now();
    const auto lap = now - start_;
    start_ = now;
    return std::chrono::nanoseconds(lap).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
};

// What one reading of the clock costs.
inline double ClockOverheadNs() {
  static const double overhead_ns = [] {
    constexpr int kReadings = 1'000'000;
    const auto start = std::chrono::steady_clock::now();
    auto end = start;
    for (int i = 0; i < kReadings; ++i) end = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::nano>(end - start).count() /
           kReadings;
  }();
  return overhead_ns;
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_LATENCY_HISTOGRAM_H_
