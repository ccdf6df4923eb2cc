// Memory that the machine has at hand. A virtual machine's host gives it pages
// when they are first touched, and takes back what has been free for a while:
// what is measured first would pay for that, several times what the system
// takes for a new page.

#ifndef ORDERSTORE_BENCH_TOUCHED_MEMORY_H_
#define ORDERSTORE_BENCH_TOUCHED_MEMORY_H_

#include <sys/mman.h>

#include <cstddef>

#include "checks.h"

namespace orderstore::bench {

// Touches so much memory that is free, and leaves it free. To be called shortly
// before it is needed.
inline void TouchFreeMemory(size_t bytes) {
  constexpr size_t kPage = 4096;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Require(memory != MAP_FAILED, "no memory");
  madvise(memory, bytes, MADV_HUGEPAGE);
  char* const at = static_cast<char*>(memory);
  for (size_t i = 0; i < bytes; i += kPage) at[i] = 1;
  munmap(memory, bytes);
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_TOUCHED_MEMORY_H_
