// The open read views, as the writer sees them: which states they pin, and
// whether a reader is inside a call just now.
//
// Opening a view (Open):            Collecting (by the writer):
//   1. look at the newest state       1. newest := next state
//   2. slot.pin := its tick           2. full fence
//   3. still the newest? else again   3. read all slots
//                                     4. free what ended by now and is
//                                        pinned by no slot
// If 3 on the right does not see 2 on the left, then 3 on the left sees 1 on
// the right, and looks again: what it ends up with is pinned. (Dekker's
// pattern; 2 and 3 on the left and the fence are sequentially consistent.)
// Should commits outrun it time after time, it pins everything for a moment.
//
// Entering a call works likewise with `guard` and the limbo's epoch (limbo.h).
//
// Thread-safety: Open, Close and ForEach may be called from any thread; a slot
// belongs to one reader between Open and Close.

#ifndef ORDERSTORE_TABLE_VIEW_REGISTRY_H_
#define ORDERSTORE_TABLE_VIEW_REGISTRY_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "table/commit_state.h"
#include "table/state_publisher.h"

namespace orderstore::table {

// One open view; a cache line of its own, written by its reader alone.
struct alignas(64) ViewSlot {
  static constexpr uint64_t kFree = ~uint64_t{0};
  static constexpr uint64_t kPinsAll = 0;

  // kFree, kPinsAll or the tick of `state`. Its release stores pair with the
  // acquire loads of the collecting writer.
  std::atomic<uint64_t> pin = kFree;
  // The epoch in which the reader entered its current call; 0 outside of
  // calls. Release stores pair with the limbo's acquire loads: what the reader
  // read in the call happens before its memory is reused.
  std::atomic<uint64_t> guard = 0;
  // The writer has parked garbage for the view. Taken back as the view closes;
  // a mark that comes later costs the next view here a look for garbage.
  std::atomic<bool> pins_garbage = false;
  // Of `state`, and where it stands; stored by the reader, for statistics.
  std::atomic<Lsn> lsn = 0;
  std::atomic<const PublishedState*> node = nullptr;
  // What the view reads; valid while pinned. Only its reader uses them. The
  // tick stands here too: rows are read without a look at the state, whose
  // cache lines are the writer's just after a commit.
  Tick tick = 0;
  const CommitState* state = nullptr;
};

// When the state that the slot pins was replaced, as PublishedState has it; 0:
// it is the newest, or the slot is just taking or giving back its pin. Any
// thread.
int64_t ReplacedAt(const ViewSlot& slot);

class ViewRegistry {
 public:
  ViewRegistry() { AddBlock(); }
  ViewRegistry(const ViewRegistry&) = delete;
  ViewRegistry& operator=(const ViewRegistry&) = delete;
  ~ViewRegistry();

  // A slot that pins the state that the line shows.
  ViewSlot* Open(const StateLine& line);

  // Returns whether garbage was parked for this view.
  static bool Close(ViewSlot* slot);

  // Calls fn(ViewSlot&) for all slots, free ones included.
  template <typename Fn>
  void ForEach(Fn fn) {
    for (size_t b = 0; b < kBlocks; ++b) {
      ViewSlot* block = blocks_[b].load(std::memory_order_seq_cst);
      if (block == nullptr) return;
      for (size_t i = 0; i < BlockSlots(b); ++i) fn(block[i]);
    }
  }

 private:
  // Slots come in blocks, each as large as all before it.
  static constexpr size_t kFirstBlockSlots = 32;
  static constexpr size_t kBlocks = 24;
  static constexpr size_t BlockSlots(size_t block) {
    return kFirstBlockSlots << (block == 0 ? 0 : block - 1);
  }

  // A free slot, which pins `tick` now. O(1) mostly: a thread's views take
  // slots one after the other.
  ViewSlot* Acquire(Tick tick);
  // The slot with this index, or null if there is no such block yet.
  ViewSlot* SlotAt(size_t index);
  // Adds the first block that is missing.
  void AddBlock();

  // Set once each, in order. Sequentially consistent: a collector that misses a
  // block comes before whoever uses it pins a state, see above.
  std::array<std::atomic<ViewSlot*>, kBlocks> blocks_ = {};
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_VIEW_REGISTRY_H_
