// Memory that was unlinked but that a reader may still be standing in. It is
// freed one epoch later: when every reader that was inside a call at the
// unlinking has left that call. (Epoch-based reclamation: K. Fraser, "Practical
// lock-freedom", 2004, section 5.2.3.)
//
//   writer:  unlink; Retire(item at epoch e); epoch := e + 1; fence; read
//   guards reader:  guard := epoch; fence; read ...; guard := 0
//
// An item retired at e is free once no guard is in 1..e: a reader that enters
// later cannot reach it any more. A call is short, so limbo is too, however
// long views are held.
//
// Memory for what is retired is taken before anything is changed (Reserve), so
// that no change ends half-way for want of it.
//
// Thread-safety: the writer calls everything but `epoch()`.

#ifndef ORDERSTORE_TABLE_LIMBO_H_
#define ORDERSTORE_TABLE_LIMBO_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "table/address_space.h"
#include "table/chunked_queue.h"
#include "table/view_registry.h"

namespace orderstore::table {

class Limbo {
 public:
  // Frees `item`, which `owner` understands.
  using Free = void (*)(void* owner, uint64_t item);

  // `bytes` counts the memory of the limbo's own records.
  Limbo(ViewRegistry& views, std::atomic<int64_t>& bytes)
      : views_(views), retired_(bytes) {}
  Limbo(const Limbo&) = delete;
  Limbo& operator=(const Limbo&) = delete;

  // What one step of a transaction (changes.h), or one piece of garbage,
  // retires at most: versions, a slot, blocks of two lists. Splits of hash
  // indexes see to their own.
  static constexpr size_t kRetiredAtOnce = 16;

  // So many times, Retire needs no memory. Throws std::bad_alloc.
  void Reserve(size_t count) { retired_.Reserve(count); }

  // Precondition: reserved, or there is memory: otherwise the process ends.
  void Retire(Free free, void* owner, uint64_t item) noexcept {
    retired_.push_back(
        {epoch_.load(std::memory_order_relaxed), free, owner, item});
  }

  // Begins a new epoch and frees at most `items_max` of what no reader can
  // stand in. Returns whether it could free more.
  bool Advance(size_t items_max);

  // Frees everything. Precondition: no reader is inside a call, nor comes.
  void Drain() { FreeUpTo(~uint64_t{0}, ~size_t{0}); }

  size_t size() const { return retired_.size(); }

  const std::atomic<uint64_t>& epoch() const { return epoch_; }

 private:
  struct Retired {
    uint64_t epoch;
    Free free;
    void* owner;
    uint64_t item;
  };

  void FreeUpTo(uint64_t epoch, size_t items_max);

  ViewRegistry& views_;
  ChunkedQueue<Retired> retired_;  // in epoch order; the writer's
  // Loaded (acquire) by readers as they enter a call. A stale value only
  // delays reuse.
  alignas(kCacheLineBytes) std::atomic<uint64_t> epoch_ = 1;
};

// A reader inside a call. Null slot: the writer itself, which needs none.
class EpochGuard {
 public:
  EpochGuard(ViewSlot* slot, const std::atomic<uint64_t>& epoch) : slot_(slot) {
    if (slot_ == nullptr) return;
    slot_->guard.store(epoch.load(std::memory_order_acquire),
                       std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  EpochGuard(const EpochGuard&) = delete;
  EpochGuard& operator=(const EpochGuard&) = delete;
  ~EpochGuard() {
    if (slot_ != nullptr) slot_->guard.store(0, std::memory_order_release);
  }

 private:
  ViewSlot* const slot_;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_LIMBO_H_
