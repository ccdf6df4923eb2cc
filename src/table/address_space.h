// One range of virtual address space for everything a store keeps, reserved
// when the store opens. The kernel backs with memory only the pages that are
// touched or are about to be, so each array in it can have room for 2^31 rows
// from the start: it never moves and never grows by copying, a number is an
// address after one multiplication, and an untouched page reads as zeros.

#ifndef ORDERSTORE_TABLE_ADDRESS_SPACE_H_
#define ORDERSTORE_TABLE_ADDRESS_SPACE_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "table/page_backer.h"

namespace orderstore::table {

inline constexpr size_t kPageBytes = 4096;
inline constexpr size_t kHugePageBytes = size_t{2} << 20;
// What the writer stores often is kept this far from what readers load.
inline constexpr size_t kCacheLineBytes = 64;

class AddressSpace {
 public:
  // With huge pages it has a thread that gets them ready (page_backer.h).
  // ResourceExhausted: the process may not reserve so much (`ulimit -v`, or
  // vm.overcommit_memory=2), or has no such range left among its 2^47 bytes.
  static absl::StatusOr<std::unique_ptr<AddressSpace>> Reserve(size_t bytes,
                                                               bool huge_pages);

  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;
  ~AddressSpace();

  // How an array is touched: densely from its start, or here and there.
  enum class Touch { kDense, kSparse };

  // Room for `count` items of T, all bytes zero, for the life of this object.
  // Dense arrays get huge pages if the store asked for them. Small sparse ones
  // lie close together, so that the kernel maps them with few tables of pages.
  template <typename T>
  T* Carve(size_t count, Touch touch) {
    return static_cast<T*>(CarveBytes(count * sizeof(T), touch));
  }

  // Lets the kernel back the kHugePageBytes from `begin` with a huge page, if
  // the store asked for them: part of a sparse array that will be dense.
  void ExpectDense(void* begin);

  // The same for any array, and gets memory for them, soon, in another thread:
  // a writer is coming to them. Behind the last array it does nothing; behind
  // another, the first page of the next array gets memory.
  void BackAhead(void* begin);

  // Gives the whole pages of [begin, begin + bytes) back; they read as zeros
  // again. A reader may be loading zeros from them meanwhile.
  static void Release(void* begin, size_t bytes);

 private:
  AddressSpace(std::byte* base, size_t bytes,
               std::unique_ptr<PageBacker> backer)
      : base_(base), bytes_(bytes), backer_(std::move(backer)) {}

  bool huge_pages() const { return backer_ != nullptr; }

  void* CarveBytes(size_t bytes, Touch touch);

  std::byte* const base_;
  const size_t bytes_;
  size_t carved_ = 0;
  std::unique_ptr<PageBacker> backer_;  // null: no huge pages
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_ADDRESS_SPACE_H_
