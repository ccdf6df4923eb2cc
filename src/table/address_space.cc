#include "table/address_space.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/base/optimization.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace orderstore::table {
namespace {

constexpr size_t RoundUp(size_t value, size_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AddressSpace>> AddressSpace::Reserve(
    size_t bytes, bool huge_pages) {
  auto backer = huge_pages ? std::make_unique<PageBacker>() : nullptr;
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "cannot reserve ", bytes >> 30,
        " GiB of address space: ", std::strerror(errno),
        ". A store reserves it once and takes memory only for what it holds. "
        "Either the process may not reserve so much: lift `ulimit -v`, or set "
        "vm.overcommit_memory to 0 or 1; or it has no addresses left, which "
        "some 200 open stores use up: close some"));
  }
  // Where they are the default, a huge page would cost 2 MiB for one touched id
  // of a sparse array. A kernel without them refuses; it may.
  (void)madvise(base, bytes, MADV_NOHUGEPAGE);
  return std::unique_ptr<AddressSpace>(new AddressSpace(
      static_cast<std::byte*>(base), bytes, std::move(backer)));
}

AddressSpace::~AddressSpace() {
  backer_.reset();  // before what it backs
  munmap(base_, bytes_);
}

void* AddressSpace::CarveBytes(size_t bytes, Touch touch) {
  const bool huge = touch == Touch::kDense || bytes >= kHugePageBytes;
  const size_t unit = huge ? kHugePageBytes : kPageBytes;
  // Aligned to the address, not to the offset: the kernel's huge pages are.
  const auto base = reinterpret_cast<uintptr_t>(base_);
  const size_t begin = RoundUp(base + carved_, unit) - base;
  const size_t end = begin + RoundUp(bytes, unit);
  ABSL_ASSERT(end <= bytes_);
  carved_ = end;
  if (touch == Touch::kDense && huge_pages()) {
    (void)madvise(base_ + begin, end - begin, MADV_HUGEPAGE);
  }
  return base_ + begin;
}

void AddressSpace::ExpectDense(void* begin) {
  if (huge_pages()) (void)madvise(begin, kHugePageBytes, MADV_HUGEPAGE);
}

void AddressSpace::BackAhead(void* begin) {
  if (static_cast<std::byte*>(begin) >= base_ + carved_) return;
  if (huge_pages() && !backer_->Back(begin)) ExpectDense(begin);
}

void AddressSpace::Release(void* begin, size_t bytes) {
  const auto address = reinterpret_cast<uintptr_t>(begin);
  const uintptr_t first = RoundUp(address, kPageBytes);
  const uintptr_t last = (address + bytes) / kPageBytes * kPageBytes;
  if (first >= last) return;
  (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace orderstore::table
