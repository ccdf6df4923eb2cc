// The right to write: held by the open transaction, from Begin to Commit or
// Abort. Unlike a mutex it knows its holder, so that a second Begin on the
// same thread is an error and not a deadlock, and may be given back by any
// thread (a transaction that another thread destroys).
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TXN_WRITER_LOCK_H_
#define ORDERSTORE_TXN_WRITER_LOCK_H_

#include <atomic>

#include "thread/mutex.h"

namespace orderstore::txn {

class WriterLock {
 public:
  enum class Outcome { kLocked, kHeldByThisThread, kDeadline };

  // Waits until the lock is free or the deadline has come.
  Outcome Lock(thread::Deadline deadline) {
    if (HeldByThisThread()) return Outcome::kHeldByThisThread;
    SpinWhileHeld();
    thread::MutexLock lock(mutex_);
    while (holder_.load(std::memory_order_relaxed) != nullptr) {
      ++waiting_;
      const bool in_time = free_.Wait(mutex_, deadline);
      --waiting_;
      if (!in_time && holder_.load(std::memory_order_relaxed) != nullptr) {
        return Outcome::kDeadline;
      }
    }
    holder_.store(ThisThread(), std::memory_order_relaxed);
    return Outcome::kLocked;
  }

  // Goes behind everybody who waits.
  bool TryLock() {
    thread::MutexLock lock(mutex_);
    if (waiting_ > 0 || holder_.load(std::memory_order_relaxed) != nullptr) {
      return false;
    }
    holder_.store(ThisThread(), std::memory_order_relaxed);
    return true;
  }

  void Unlock() {
    bool wake = false;
    {
      thread::MutexLock lock(mutex_);
      holder_.store(nullptr, std::memory_order_relaxed);
      wake = waiting_ > 0;
    }
    if (wake) free_.NotifyOne();
  }

  bool HeldByThisThread() const {
    return holder_.load(std::memory_order_relaxed) == ThisThread();
  }
  bool Held() const {
    return holder_.load(std::memory_order_relaxed) != nullptr;
  }

 private:
  // Most transactions are over sooner than a thread falls asleep and wakes up.
  // Spins for about as long as that would take: as long as the holder runs,
  // whoever sleeps after all has lost no more than twice what sleeping at once
  // would have cost. (Karlin et al., "Empirical studies of competitive spinning
  // for a shared-memory multiprocessor", 1991.)
  void SpinWhileHeld() const {
    constexpr int kSpins = 256;  // 5 to 10 us on x86-64
    for (int i = 0; i < kSpins && Held(); ++i) Pause();
  }
  static void Pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  // An address that no other living thread has.
  static const void* ThisThread() {
    thread_local char mark = 0;
    return &mark;
  }

  thread::Mutex mutex_;
  thread::CondVar free_;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  // Stored under the mutex. Loaded without it only as a hint (Held), or to
  // compare with the loading thread itself, which alone stores that value.
  std::atomic<const void*> holder_ = nullptr;
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_WRITER_LOCK_H_
