// Something that happens once, which one thread waits for and another tells.
//
// A semaphore of glibc: it may be destroyed while sem_post still returns (since
// 2.21), and who is woken needs no lock of who woke it. (That of libstdc++ 12
// waits with a deadline by sleeping for longer and longer, up to 64 ms, without
// looking.)

#ifndef ORDERSTORE_THREAD_EVENT_H_
#define ORDERSTORE_THREAD_EVENT_H_

#include <semaphore.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "thread/mutex.h"

namespace orderstore::thread {

class Event {
 public:
  Event() { sem_init(&semaphore_, /*pshared=*/0, /*value=*/0); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { sem_destroy(&semaphore_); }

  // Once. The event may be gone when it returns: who waits is free to go.
  void Set() {
    is_set_.store(true, std::memory_order_release);
    sem_post(&semaphore_);
  }

  // Waits until it is set; false once the deadline has come before. It is true
  // only once.
  bool Wait(Deadline deadline) {
    while ((deadline ? WaitUntil(*deadline) : sem_wait(&semaphore_)) != 0) {
      if (errno == ETIMEDOUT) return false;
      assert(errno == EINTR);
    }
    // What happened before Set happened before this, which ThreadSanitizer does
    // not know of sem_clockwait.
    return is_set_.load(std::memory_order_acquire);
  }

 private:
  int WaitUntil(std::chrono::steady_clock::time_point deadline) {
    // steady_clock is CLOCK_MONOTONIC, and what was due before its epoch is
    // past.
    const auto since = std::max(deadline.time_since_epoch(),
                                std::chrono::steady_clock::duration::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    timespec until;
    until.tv_sec = seconds.count();
    until.tv_nsec = std::chrono::nanoseconds(since - seconds).count();
    return sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until);
  }

  sem_t semaphore_;
  std::atomic<bool> is_set_ = false;
};

}  // namespace orderstore::thread

#endif  // ORDERSTORE_THREAD_EVENT_H_
