#include "csv/buffer.h"

#include <sys/mman.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace orderstore::csv {

namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

size_t RoundUp(size_t bytes) {
  const size_t unit = bytes < kHugePageBytes ? size_t{4096} : kHugePageBytes;
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

Buffer::~Buffer() {
  if (data_ != nullptr) munmap(data_, capacity_);
}

absl::Status Buffer::Reserve(size_t capacity) {
  if (capacity <= capacity_) return absl::OkStatus();
  const size_t bytes = RoundUp(capacity);
  void* mapping = data_ == nullptr
                      ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                      : mremap(data_, capacity_, bytes, MREMAP_MAYMOVE);
  if (mapping == MAP_FAILED) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory for ", bytes, " bytes"));
  }
  data_ = static_cast<char*>(mapping);
  capacity_ = bytes;
  // Advice only: where the kernel has no huge pages, small ones serve.
  if (bytes >= kHugePageBytes) madvise(data_, bytes, MADV_HUGEPAGE);
  return absl::OkStatus();
}

}  // namespace orderstore::csv
