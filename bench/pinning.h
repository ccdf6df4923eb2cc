// Keeps a thread on one core, so that the scheduler's moves are not measured.

#ifndef ORDERSTORE_BENCH_PINNING_H_
#define ORDERSTORE_BENCH_PINNING_H_

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <thread>

namespace orderstore::bench {

// Keeps the calling thread on core `core`, counted from 0, as far as the
// process may; modulo the number of cores.
inline void PinThisThread(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core % std::max(std::thread::hardware_concurrency(), 1u), &cores);
  pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores);
}

// Lets the calling thread run on every core while it lives. Threads that are
// started meanwhile, such as those of a store, do so for good: a thread
// inherits where it may run.
class Unpinned {
 public:
  Unpinned() {
    pthread_getaffinity_np(pthread_self(), sizeof(before_), &before_);
    cpu_set_t all;
    CPU_ZERO(&all);
    for (unsigned core = 0; core < std::thread::hardware_concurrency();
         ++core) {
      CPU_SET(core, &all);
    }
    pthread_setaffinity_np(pthread_self(), sizeof(all), &all);
  }
  Unpinned(const Unpinned&) = delete;
  Unpinned& operator=(const Unpinned&) = delete;
  ~Unpinned() {
    pthread_setaffinity_np(pthread_self(), sizeof(before_), &before_);
  }

 private:
  cpu_set_t before_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PINNING_H_
