// Operations that are due at fixed times, whether or not those before are done,
// as customers come. The latency of one counts from the time it was due, so
// that a stall is felt by all that came meanwhile: a loop that waits for each
// answer before it asks again would leave them out.
//
//   OpenLoop loop(rate_per_second);
//   for (...) {
//     loop.WaitForNext();
//     Work();
//     latencies.Record(loop.LatencyNs());
//   }

#ifndef ORDERSTORE_BENCH_OPEN_LOOP_H_
#define ORDERSTORE_BENCH_OPEN_LOOP_H_

#include <sys/prctl.h>

#include <chrono>
#include <cstdint>
#include <thread>

namespace orderstore::bench {

class OpenLoop {
 public:
  explicit OpenLoop(int64_t rate_per_second)
      : interval_(std::chrono::nanoseconds(std::chrono::seconds(1)) /
                  rate_per_second) {
    // The system may else let this thread sleep 50 us longer than it asked.
    prctl(PR_SET_TIMERSLACK, 1);
    due_ = Clock::now();
  }

  // Returns when the next operation is due; at once if that is past. Sleeps as
  // long as it can, so that other threads and servers have the processor, then
  // yields until the time has come.
  void WaitForNext() {
    due_ += interval_;
    while (true) {
      const auto left = due_ - Clock::now();
      if (left <= Clock::duration::zero()) return;
      if (left > kWakeUp) {
        std::this_thread::sleep_for(left - kWakeUp);
      } else {
        std::this_thread::yield();
      }
    }
  }

  std::chrono::steady_clock::time_point due() const { return due_; }

  // Since the operation was due.
  int64_t LatencyNs() const {
    return std::chrono::nanoseconds(Clock::now() - due_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  // What the system may need to wake a thread.
  static constexpr auto kWakeUp = std::chrono::microseconds(60);

  const std::chrono::nanoseconds interval_;
  Clock::time_point due_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_OPEN_LOOP_H_
