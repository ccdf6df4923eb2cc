// Counts how long the log's writes take, for StoreStats::sync_times.
//
// Thread-safety: Add by one thread at a time, Read by any.

#ifndef ORDERSTORE_WAL_SYNC_RECORDER_H_
#define ORDERSTORE_WAL_SYNC_RECORDER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "orderstore/sync_times.h"

namespace orderstore::wal {

class SyncRecorder {
 public:
  void Add(std::chrono::nanoseconds took) {
    constexpr auto& kBounds = SyncTimes::kBoundsUs;
    const auto bound =
        std::find_if(kBounds.begin(), kBounds.end(), [took](int64_t bound_us) {
          return took <= std::chrono::microseconds(bound_us);
        });
    const auto bucket = static_cast<size_t>(bound - kBounds.begin());
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(took.count(), std::memory_order_relaxed);
  }

  SyncTimes Read() const {
    SyncTimes times;
    for (size_t i = 0; i < counts_.size(); ++i) {
      times.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    times.sum =
        std::chrono::nanoseconds(sum_ns_.load(std::memory_order_relaxed));
    return times;
  }

 private:
  // Relaxed: they say nothing of other memory.
  std::array<std::atomic<int64_t>, SyncTimes::kBoundsUs.size() + 1> counts_ =
      {};
  std::atomic<int64_t> sum_ns_ = 0;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_SYNC_RECORDER_H_
