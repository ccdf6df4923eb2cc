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

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PINNING_H_
