// A thread that runs what it is told, one thing after the other: the second
// connection of an isolation test.
//
//   Session other;
//   other.Run([&] { ... });       // returns when it is done
//   other.Start([&] { ... });     // returns at once
//   other.Finish();               // waits for what was started
//
// The destructor waits as well.

#ifndef ORDERSTORE_TESTS_STORE_SESSION_H_
#define ORDERSTORE_TESTS_STORE_SESSION_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace orderstore {

class Session {
 public:
  Session() : thread_([this] { Loop(); }) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    Start(nullptr);
    thread_.join();
  }

  void Start(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    ++unfinished_;
    changed_.notify_all();
  }

  void Finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return unfinished_ == 0; });
  }

  void Run(std::function<void()> work) {
    Start(std::move(work));
    Finish();
  }

 private:
  void Loop() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !queue_.empty(); });
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      if (work == nullptr) return;
      work();
      lock.lock();
      --unfinished_;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  int unfinished_ = 0;                       // guarded by mutex_
  std::thread thread_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_SESSION_H_
