#include "table/limbo.h"

#include <algorithm>

namespace orderstore::table {

bool Limbo::Advance(size_t items_max) {
  if (retired_.empty()) return false;
  const uint64_t now = epoch_.load(std::memory_order_relaxed);
  // Release: a reader that enters in the new epoch sees all that was unlinked.
  epoch_.store(now + 1, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  uint64_t oldest = now + 1;
  views_.ForEach([&](ViewSlot& slot) {
    const uint64_t guard = slot.guard.load(std::memory_order_acquire);
    if (guard != 0) oldest = std::min(oldest, guard);
  });
  FreeUpTo(oldest - 1, items_max);
  return !retired_.empty() && retired_.front().epoch < oldest;
}

void Limbo::FreeUpTo(uint64_t epoch, size_t items_max) {
  for (; items_max > 0 && !retired_.empty() && retired_.front().epoch <= epoch;
       --items_max) {
    const Retired retired = retired_.front();
    retired_.pop_front();
    retired.free(retired.owner, retired.item);
  }
}

}  // namespace orderstore::table
