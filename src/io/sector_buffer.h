// Memory for direct writes: aligned to sectors, of whole sectors. Straight from
// the kernel, whose pages are zeros when they are first touched: a buffer that
// is not used whole takes neither time nor memory for the rest.

#ifndef ORDERSTORE_IO_SECTOR_BUFFER_H_
#define ORDERSTORE_IO_SECTOR_BUFFER_H_

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>
#include <span>

#include "io/file.h"

namespace orderstore::io {

constexpr size_t RoundUpToSectors(size_t bytes) {
  return (bytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
}

class SectorBuffer {
 public:
  // All zeros. `bytes` is rounded up to sectors. `used_whole`: in few large
  // pages.
  explicit SectorBuffer(size_t bytes, bool used_whole = false)
      : bytes_(Map(RoundUpToSectors(bytes), used_whole),
               {RoundUpToSectors(bytes)}) {}

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  size_t size() const { return bytes_.get_deleter().size; }
  std::span<const char> first(size_t bytes) const {
    return {bytes_.get(), bytes};
  }

 private:
  struct Unmap {
    void operator()(char* bytes) const { munmap(bytes, size); }

    size_t size;
  };

  static char* Map(size_t size, bool used_whole) {
    if (size == 0) return nullptr;  // no mapping is empty
    // A page is a sector or a multiple of it.
    void* bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) throw std::bad_alloc();
    if (used_whole) (void)madvise(bytes, size, MADV_HUGEPAGE);
    return static_cast<char*>(bytes);
  }

  std::unique_ptr<char, Unmap> bytes_;
};

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_SECTOR_BUFFER_H_
