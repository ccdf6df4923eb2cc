// Blocks of 16, 32, 64, ... bytes, named by 32-bit numbers, that never move
// while they are allocated: lists of children, long text.
//
// Thread-safety and reuse: as Pool (pool.h). Freed blocks are kept by size and
// never merged.

#ifndef ORDERSTORE_TABLE_BLOCK_POOL_H_
#define ORDERSTORE_TABLE_BLOCK_POOL_H_

#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "table/address_space.h"
#include "table/frontier.h"
#include "table/limbo.h"
#include "table/poison.h"

namespace orderstore::table {

class BlockPool {
 public:
  static constexpr size_t kGranuleBytes = 16;
  // Blocks have numbers below this; the two high bits are the caller's.
  static constexpr uint32_t kNumberMax = uint32_t{1} << 30;

  explicit BlockPool(AddressSpace& space)
      : granules_(
            space.Carve<Granule>(kNumberMax, AddressSpace::Touch::kDense)),
        frontier_(space, granules_) {}
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool() { Unpoison(granules_, size_t{end_} * kGranuleBytes); }

  // The size class that holds `bytes`: blocks of kGranuleBytes << class.
  static int ClassFor(size_t bytes) {
    const size_t granules = (bytes + kGranuleBytes - 1) / kGranuleBytes;
    return granules <= 1 ? 0 : static_cast<int>(std::bit_width(granules - 1));
  }
  static size_t ClassBytes(int size_class) {
    return kGranuleBytes << size_class;
  }

  bool HasRoomFor(uint64_t bytes) const {
    return (uint64_t{kNumberMax} - end_) * kGranuleBytes >= bytes;
  }

  // A block of zeros. Precondition: HasRoomFor(ClassBytes(size_class)).
  uint32_t Allocate(int size_class) {
    uint32_t& head = free_heads_[static_cast<size_t>(size_class)];
    const size_t bytes = ClassBytes(size_class);
    uint32_t number = head;
    if (number != 0) {
      Unpoison(&granules_[number], bytes);
      std::memcpy(&head, &granules_[number], sizeof head);
      std::memset(static_cast<void*>(&granules_[number]), 0, bytes);
    } else {
      number = end_;
      assert(HasRoomFor(bytes));
      end_ += uint32_t{1} << size_class;
      frontier_.Reach(&granules_[end_]);
    }
    SetBytes(this->bytes() + static_cast<int64_t>(bytes));
    return number;
  }

  void Free(uint32_t number, int size_class) {
    uint32_t& head = free_heads_[static_cast<size_t>(size_class)];
    const size_t bytes = ClassBytes(size_class);
    std::memcpy(static_cast<void*>(&granules_[number]), &head, sizeof head);
    Poison(&granules_[number], bytes);
    head = number;
    SetBytes(this->bytes() - static_cast<int64_t>(bytes));
  }

  // Frees the block when no reader can stand in it any more.
  void Retire(Limbo& limbo, uint32_t number, int size_class) {
    limbo.Retire(
        [](void* self, uint64_t item) {
          static_cast<BlockPool*>(self)->Free(static_cast<uint32_t>(item),
                                              static_cast<int>(item >> 32));
        },
        this, number | static_cast<uint64_t>(size_class) << 32);
  }

  template <typename T>
  T* As(uint32_t number) const {
    return reinterpret_cast<T*>(&granules_[number]);
  }

  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct alignas(kGranuleBytes) Granule {
    std::byte bytes[kGranuleBytes];
  };

  void SetBytes(int64_t bytes) {
    bytes_.store(bytes, std::memory_order_relaxed);
  }

  // Constant after construction; all that readers use.
  Granule* const granules_;
  // The writer's.
  alignas(kCacheLineBytes) uint32_t end_ =
      1;  // granules from here on were never allocated
  Frontier frontier_;
  std::array<uint32_t, 31> free_heads_ = {};
  std::atomic<int64_t> bytes_ = 0;  // stored by the writer, for statistics
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_BLOCK_POOL_H_
