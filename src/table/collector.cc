#include "table/collector.h"

#include <algorithm>

namespace orderstore::table {

bool Collector::LookAtViews() {
  pins_.clear();
  bool opening = false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  views_.ForEach([&](ViewSlot& slot) {
    const Tick tick = slot.pin.load(std::memory_order_acquire);
    if (tick == ViewSlot::kFree) return;
    if (tick == ViewSlot::kPinsAll) opening = true;
    pins_.push_back({tick, &slot});
  });
  std::sort(pins_.begin(), pins_.end(),
            [](const Pin& a, const Pin& b) { return a.tick < b.tick; });
  return !opening;
}

bool Collector::IsPinned(Tick tick) const {
  const Pin* pin = NewestBefore(tick + 1);
  return pin != nullptr && pin->tick == tick;
}

const Collector::Pin* Collector::NewestBefore(Tick end) const {
  const auto at =
      std::partition_point(pins_.begin(), pins_.end(),
                           [end](const Pin& pin) { return pin.tick < end; });
  return at == pins_.begin() ? nullptr : &*std::prev(at);
}

bool Collector::MarkPinningViews() {
  if (parked_.empty()) return false;
  for (const Pin& pin : pins_) {
    std::atomic<bool>& mark = pin.slot->pins_garbage;
    if (parked_.contains(pin.tick) && !mark.load(std::memory_order_relaxed)) {
      mark.store(true, std::memory_order_relaxed);
    }
  }
  // A view that closed before it was told did not see the mark; then it shows
  // here (Dekker's pattern, with ViewRegistry::Close).
  LookAtViews();
  return std::any_of(parked_.begin(), parked_.end(), [this](const auto& entry) {
    return !IsPinned(entry.first);
  });
}

}  // namespace orderstore::table
