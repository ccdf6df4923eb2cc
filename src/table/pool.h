// Items of one type, named by 32-bit numbers from 1, that never move while they
// are allocated. Number 0 is no item.
//
// Thread-safety: the writer allocates and frees; readers use the items that
// they reach. An item is freed only when no reader can stand in it (see
// limbo.h), and then holds the number of the next free one in its first bytes.
// Items are never destroyed with the pool: T owns nothing.

#ifndef ORDERSTORE_TABLE_POOL_H_
#define ORDERSTORE_TABLE_POOL_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include "table/address_space.h"
#include "table/frontier.h"
#include "table/poison.h"

namespace orderstore::table {

template <typename T>
class Pool {
 public:
  Pool(AddressSpace& space, uint32_t number_max)
      : items_(space.Carve<T>(size_t{number_max} + 1,
                              AddressSpace::Touch::kDense)),
        number_max_(number_max),
        frontier_(space, items_) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { Unpoison(items_, (size_t{number_last_} + 1) * sizeof(T)); }

  T& operator[](uint32_t number) { return items_[number]; }
  const T& operator[](uint32_t number) const { return items_[number]; }

  // Whether `count` more items can be allocated.
  bool HasRoomFor(uint64_t count) const {
    return free_count_ + (number_max_ - number_last_) >= count;
  }

  // A default-constructed item. Precondition: HasRoomFor(1).
  uint32_t Allocate() {
    uint32_t number = free_head_;
    if (number != 0) {
      Unpoison(&items_[number], sizeof(T));
      std::memcpy(&free_head_, static_cast<void*>(&items_[number]),
                  sizeof free_head_);
      --free_count_;
    } else {
      number = ++number_last_;
      frontier_.Reach(&items_[number] + 1);
    }
    new (&items_[number]) T();
    SetInUse(in_use() + 1);
    return number;
  }

  void Free(uint32_t number) {
    std::memcpy(static_cast<void*>(&items_[number]), &free_head_,
                sizeof free_head_);
    Poison(&items_[number], sizeof(T));
    free_head_ = number;
    ++free_count_;
    SetInUse(in_use() - 1);
  }

  int64_t in_use() const { return in_use_.load(std::memory_order_relaxed); }
  int64_t bytes() const { return in_use() * static_cast<int64_t>(sizeof(T)); }

 private:
  static_assert(sizeof(T) >= sizeof(uint32_t));
  static_assert(std::is_trivially_destructible_v<T>);

  void SetInUse(int64_t count) {
    in_use_.store(count, std::memory_order_relaxed);
  }

  // Constant after construction; all that readers use.
  T* const items_;
  const uint32_t number_max_;
  // The writer's.
  alignas(kCacheLineBytes) uint32_t number_last_ =
      0;  // numbers above were never allocated
  Frontier frontier_;
  uint32_t free_head_ = 0;
  uint64_t free_count_ = 0;
  std::atomic<int64_t> in_use_ = 0;  // stored by the writer, for statistics
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_POOL_H_
