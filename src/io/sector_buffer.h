// Memory for direct writes: aligned to sectors, of whole sectors.

#ifndef ORDERSTORE_IO_SECTOR_BUFFER_H_
#define ORDERSTORE_IO_SECTOR_BUFFER_H_

#include <cstddef>
#include <cstring>
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
  // All zeros. `bytes` is rounded up to sectors.
  explicit SectorBuffer(size_t bytes)
      : size_(RoundUpToSectors(bytes)),
        bytes_(static_cast<char*>(
            ::operator new(size_, std::align_val_t(kSectorBytes)))) {
    std::memset(bytes_.get(), 0, size_);
  }

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  size_t size() const { return size_; }
  std::span<const char> first(size_t bytes) const {
    return {bytes_.get(), bytes};
  }

 private:
  struct Delete {
    void operator()(char* bytes) const {
      ::operator delete(bytes, std::align_val_t(kSectorBytes));
    }
  };

  size_t size_;
  std::unique_ptr<char, Delete> bytes_;
};

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_SECTOR_BUFFER_H_
