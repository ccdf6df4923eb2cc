// Large allocations of this command get huge pages. It allocates columns of
// millions of rows, and with pages of 4 KiB a quarter of the time of `process`
// is page faults. (glibc.malloc.hugetlb=1 does the same, but only from the
// environment.) The sanitizers have an operator new of their own.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define ORDERSTORE_SANITIZER_NEW
#endif
#endif

#ifndef ORDERSTORE_SANITIZER_NEW

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

void* Allocate(std::size_t bytes) {
  if (bytes < 2 * kHugePageBytes) return std::malloc(bytes == 0 ? 1 : bytes);
  const std::size_t rounded =
      (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  if (rounded < bytes) return nullptr;
  void* memory = std::aligned_alloc(kHugePageBytes, rounded);
  // Advice only: where the kernel has no huge pages, small ones serve.
  if (memory != nullptr) (void)madvise(memory, rounded, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) {
  void* memory = Allocate(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

#endif  // ORDERSTORE_SANITIZER_NEW
