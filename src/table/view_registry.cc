#include "table/view_registry.h"

namespace orderstore::table {
namespace {

// Where this thread found a free slot last: its next view reuses the cache
// line. Threads begin at different slots.
thread_local int hint = -1;

int FirstHint() {
  static std::atomic<int> threads = 0;
  return threads.fetch_add(1, std::memory_order_relaxed);
}

bool TryAcquire(ViewSlot& slot, Tick tick) {
  uint64_t expected = ViewSlot::kFree;
  return slot.pin.load(std::memory_order_relaxed) == ViewSlot::kFree &&
         slot.pin.compare_exchange_strong(expected, tick,
                                          std::memory_order_seq_cst);
}

}  // namespace

ViewRegistry::~ViewRegistry() {
  for (Block* block = first_.next.load(); block != nullptr;) {
    Block* next = block->next.load();
    delete block;
    block = next;
  }
}

ViewSlot* ViewRegistry::Open(const StatePublisher& states) {
  constexpr int kTriesMax = 16;
  StatePublisher::Candidate candidate = states.Look();
  ViewSlot* slot = Acquire(candidate.tick);
  for (int tries = 1; !states.IsNewest(candidate); ++tries) {
    if (tries == kTriesMax) {
      slot->pin.store(ViewSlot::kPinsAll, std::memory_order_seq_cst);
      candidate = states.Look();
      slot->pin.store(candidate.tick, std::memory_order_release);
      break;
    }
    candidate = states.Look();
    slot->pin.store(candidate.tick, std::memory_order_seq_cst);
  }
  slot->state = &candidate.node->state;
  slot->lsn.store(slot->state->lsn, std::memory_order_relaxed);
  return slot;
}

bool ViewRegistry::Close(ViewSlot* slot) {
  const bool pins_garbage = slot->pins_garbage.load(std::memory_order_relaxed);
  if (pins_garbage) slot->pins_garbage.store(false, std::memory_order_relaxed);
  slot->pin.store(ViewSlot::kFree, std::memory_order_release);
  return pins_garbage;
}

ViewSlot* ViewRegistry::Acquire(Tick tick) {
  if (hint < 0) hint = FirstHint() % kBlockSlots;
  for (Block* block = &first_;;) {
    for (int i = 0; i < kBlockSlots; ++i) {
      const int at = (hint + i) % kBlockSlots;
      if (TryAcquire(block->slots[static_cast<size_t>(at)], tick)) {
        hint = at;
        return &block->slots[static_cast<size_t>(at)];
      }
    }
    Block* next = block->next.load(std::memory_order_acquire);
    if (next == nullptr) {
      auto fresh = std::make_unique<Block>();
      if (block->next.compare_exchange_strong(next, fresh.get(),
                                              std::memory_order_acq_rel)) {
        next = fresh.release();
      }
    }
    block = next;
  }
}

}  // namespace orderstore::table
