// Something that happens once, which one thread waits for and another tells.
// (std::binary_semaphore of libstdc++ 12 would do, but waits with a deadline by
// sleeping for longer and longer, up to 64 ms, without looking.)

#ifndef ORDERSTORE_THREAD_EVENT_H_
#define ORDERSTORE_THREAD_EVENT_H_

#include "absl/base/thread_annotations.h"
#include "thread/mutex.h"

namespace orderstore::thread {

class Event {
 public:
  // Once. The event may be gone when it returns: who waits is free to go.
  void Set() {
    MutexLock lock(mutex_);
    is_set_ = true;
    // Under the mutex, without which the waiter cannot leave.
    changed_.NotifyOne();
  }

  // Waits until it is set; false once the deadline has come before.
  bool Wait(Deadline deadline) {
    MutexLock lock(mutex_);
    bool in_time = true;
    while (!is_set_ && in_time) in_time = changed_.Wait(mutex_, deadline);
    return is_set_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool is_set_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderstore::thread

#endif  // ORDERSTORE_THREAD_EVENT_H_
