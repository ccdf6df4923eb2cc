// std::mutex and std::condition_variable with the annotations that clang's
// -Wthread-safety checks. (absl::Mutex has them too, but Debian's build of it
// is not instrumented: ThreadSanitizer would not see it lock.)

#ifndef ORDERSTORE_TXN_MUTEX_H_
#define ORDERSTORE_TXN_MUTEX_H_

#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace orderstore::txn {

class ABSL_LOCKABLE Mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.lock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

// Waits on a Mutex that the caller holds.
using CondVar = std::condition_variable_any;

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_MUTEX_H_
