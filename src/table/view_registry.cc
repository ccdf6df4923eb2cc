#include "table/view_registry.h"

#include <bit>
#include <memory>

namespace orderstore::table {
namespace {

// Where this thread found a free slot last: its next view reuses the cache
// line. Threads begin at different slots.
constexpr size_t kNoHint = ~size_t{0};
thread_local size_t hint = kNoHint;

size_t FirstHint() {
  static std::atomic<uint32_t> threads = 0;
  return threads.fetch_add(1, std::memory_order_relaxed);
}

bool TryAcquire(ViewSlot& slot, Tick tick) {
  uint64_t expected = ViewSlot::kFree;
  return slot.pin.load(std::memory_order_relaxed) == ViewSlot::kFree &&
         slot.pin.compare_exchange_strong(expected, tick,
                                          std::memory_order_seq_cst);
}

}  // namespace

int64_t ReplacedAt(const ViewSlot& slot) {
  const PublishedState* node = slot.node.load(std::memory_order_acquire);
  if (node == nullptr) return 0;
  // The node is that of the pin if it has its tick, before and after.
  const auto is_pinned = [&] {
    return node->tick.load(std::memory_order_acquire) ==
           slot.pin.load(std::memory_order_acquire);
  };
  if (!is_pinned()) return 0;
  const int64_t replaced = node->replaced_ns.load(std::memory_order_acquire);
  return is_pinned() ? replaced : 0;
}

ViewRegistry::~ViewRegistry() {
  for (std::atomic<ViewSlot*>& block : blocks_) delete[] block.load();
}

ViewSlot* ViewRegistry::Open(const StateLine& line) {
  constexpr int kTriesMax = 16;
  StateLine::Candidate candidate = line.Look();
  ViewSlot* slot = Acquire(candidate.tick);
  for (int tries = 1; !line.IsCurrent(candidate); ++tries) {
    if (tries == kTriesMax) {
      slot->pin.store(ViewSlot::kPinsAll, std::memory_order_seq_cst);
      candidate = line.LookWhilePinned();
      slot->pin.store(candidate.tick, std::memory_order_release);
      break;
    }
    candidate = line.Look();
    slot->pin.store(candidate.tick, std::memory_order_seq_cst);
  }
  slot->tick = candidate.tick;
  slot->state = &candidate.node->state;
  slot->lsn.store(candidate.lsn, std::memory_order_relaxed);
  // Release: who finds the node there finds it made.
  slot->node.store(candidate.node, std::memory_order_release);
  return slot;
}

bool ViewRegistry::Close(ViewSlot* slot) {
  // While the slot is this view's: later the mark may be another one's.
  const bool marked = slot->pins_garbage.load(std::memory_order_relaxed);
  if (marked) slot->pins_garbage.store(false, std::memory_order_relaxed);
  // Sequentially consistent: either this sees the collector's mark, or the
  // collector sees that the view has closed (Collector::MarkPinningViews).
  slot->pin.store(ViewSlot::kFree, std::memory_order_seq_cst);
  return marked || slot->pins_garbage.load(std::memory_order_seq_cst);
}

ViewSlot* ViewRegistry::SlotAt(size_t index) {
  // Block 0 has the first slots; block b > 0 as many as all before it.
  const size_t block =
      static_cast<size_t>(std::bit_width(index / kFirstBlockSlots));
  if (block >= kBlocks) return nullptr;
  ViewSlot* slots = blocks_[block].load(std::memory_order_seq_cst);
  if (slots == nullptr) return nullptr;
  return &slots[block == 0 ? index : index - BlockSlots(block)];
}

ViewSlot* ViewRegistry::Acquire(Tick tick) {
  if (hint == kNoHint) hint = FirstHint() % kFirstBlockSlots;
  for (;;) {
    size_t index = hint;
    for (int rounds = 0; rounds < 2;) {
      ViewSlot* slot = SlotAt(index);
      if (slot == nullptr) {
        index = 0;
        ++rounds;
        continue;
      }
      if (TryAcquire(*slot, tick)) {
        hint = index;
        return slot;
      }
      ++index;
    }
    AddBlock();
  }
}

void ViewRegistry::AddBlock() {
  for (size_t b = 0; b < kBlocks; ++b) {
    if (blocks_[b].load(std::memory_order_seq_cst) != nullptr) continue;
    auto fresh = std::make_unique<ViewSlot[]>(BlockSlots(b));
    ViewSlot* expected = nullptr;
    if (blocks_[b].compare_exchange_strong(expected, fresh.get(),
                                           std::memory_order_seq_cst)) {
      fresh.release();
    }
    return;
  }
}

}  // namespace orderstore::table
