// Memory that the machine has at hand. A virtual machine's host gives it pages
// when they are first touched, and takes back what has been free for a while:
// what is measured first would pay for that, several times what the system
// takes for a new page.

#ifndef ORDERSTORE_BENCH_TOUCHED_MEMORY_H_
#define ORDERSTORE_BENCH_TOUCHED_MEMORY_H_

#include <sys/mman.h>

#include <chrono>
#include <cstddef>

#include "checks.h"
#include "fixtures.h"

namespace orderstore::bench {

// Touches so much memory that is free, and leaves it free. To be called shortly
// before it is needed. Returns the seconds that the touching took: at a second
// call what the system alone takes.
inline double TouchFreeMemory(size_t bytes, bool huge_pages = true) {
  constexpr size_t kPage = 4096;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Require(memory != MAP_FAILED, "no memory");
  if (huge_pages) madvise(memory, bytes, MADV_HUGEPAGE);
  char* const at = static_cast<char*>(memory);
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < bytes; i += kPage) at[i] = 1;
  const double seconds = SecondsSince(start);
  munmap(memory, bytes);
  return seconds;
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_TOUCHED_MEMORY_H_
