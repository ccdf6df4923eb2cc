// The committed states that views open on: the latest, and the newest that is
// durable. Without a log the two are one and the same.
//
// States are recycled, but their memory stays states: a reader may look at the
// tick of one that was replaced meanwhile, and notice. So opening a view needs
// no lock: take the line's tick, pin it, look whether the line still shows it
// (view_registry.h).
//
// All that opening takes is in one cache line, which moves to the reader once a
// commit: the tick, the state's address and its LSN. Whoever moves the line
// changes the three one after the other, and the tick is kMoving meanwhile.
// Whoever meets that takes tick and LSN from the state itself.
//
// Thread-safety: Publish and Free by the writer; MakeDurable by one thread at a
// time; the rest by anyone.

#ifndef ORDERSTORE_TABLE_STATE_PUBLISHER_H_
#define ORDERSTORE_TABLE_STATE_PUBLISHER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "table/address_space.h"
#include "table/coarse_clock.h"
#include "table/commit_state.h"

namespace orderstore::table {

struct alignas(kCacheLineBytes) PublishedState {
  // Those of `state`.
  std::atomic<Tick> tick = 0;
  std::atomic<Lsn> lsn = 0;
  CommitState state;  // constant from its publication to Free
  // When the next state was published, of which views of this one see nothing:
  // nanoseconds of steady_clock; 0: not yet. For statistics, and last, where
  // its store takes no cache line away from them.
  mutable std::atomic<int64_t> replaced_ns = 0;
};

// One state at a time, which moves on.
class alignas(kCacheLineBytes) StateLine {
 public:
  StateLine() = default;
  StateLine(const StateLine&) = delete;
  StateLine& operator=(const StateLine&) = delete;

  // By one thread at a time.
  void MoveTo(const PublishedState* node) {
    const Tick tick = node->tick.load(std::memory_order_relaxed);
    const Lsn lsn = node->lsn.load(std::memory_order_relaxed);
    tick_.store(kMoving, std::memory_order_relaxed);
    // Release: who sees these sees kMoving, too, or what came after it.
    node_.store(node, std::memory_order_release);
    lsn_.store(lsn, std::memory_order_release);
    // Release: who opens a view on this tick finds all that it describes.
    tick_.store(tick, std::memory_order_release);
  }

  // By whoever moves the line, or while a view pins its state.
  const PublishedState* node() const {
    return node_.load(std::memory_order_acquire);
  }
  // Never less than that of a view that was opened before on this line.
  Lsn lsn() const {
    for (;;) {
      const Tick tick = tick_.load(std::memory_order_acquire);
      if (tick != kMoving) return lsn_.load(std::memory_order_acquire);
      const PublishedState* seen = node_.load(std::memory_order_acquire);
      const Lsn lsn = seen->lsn.load(std::memory_order_acquire);
      // Still there, or there again: it has not been another's LSN meanwhile
      // that the line has not reached.
      if (node_.load(std::memory_order_acquire) == seen) return lsn;
    }
  }

  // What a view is about to pin. The three belong together if it IsCurrent.
  struct Candidate {
    const PublishedState* node;
    Tick tick;
    Lsn lsn;
  };
  Candidate Look() const {
    const Tick tick = tick_.load(std::memory_order_acquire);
    const PublishedState* seen = node_.load(std::memory_order_acquire);
    if (tick == kMoving) return LookInside(seen);
    return {seen, tick, lsn_.load(std::memory_order_acquire)};
  }
  // While the reader pins everything: needs no second look.
  Candidate LookWhilePinned() const {
    return LookInside(node_.load(std::memory_order_seq_cst));
  }
  // Whether the line still shows the candidate. True after its tick was pinned
  // proves that it stays.
  bool IsCurrent(const Candidate& candidate) const {
    const Tick tick = tick_.load(std::memory_order_seq_cst);
    if (tick != kMoving) return tick == candidate.tick;
    const Candidate now = LookInside(node_.load(std::memory_order_seq_cst));
    return now.node == candidate.node && now.tick == candidate.tick;
  }

 private:
  static constexpr Tick kMoving = 0;

  static Candidate LookInside(const PublishedState* node) {
    const Tick tick = node->tick.load(std::memory_order_acquire);
    return {node, tick, node->lsn.load(std::memory_order_acquire)};
  }

  std::atomic<Tick> tick_ = kMoving;
  std::atomic<const PublishedState*> node_ = nullptr;
  std::atomic<Lsn> lsn_ = 0;
};

class StatePublisher {
 public:
  StatePublisher() { MakeDurable(Publish({}).now); }
  StatePublisher(const StatePublisher&) = delete;
  StatePublisher& operator=(const StatePublisher&) = delete;

  struct Published {
    const PublishedState* now;
    // What was the latest before, to be freed when no view needs it; null for
    // the first.
    const PublishedState* before;
  };
  // The next Publish needs no memory.
  void Reserve() {
    if (!free_.empty()) return;
    // Free needs none, either.
    if (free_.capacity() <= nodes_.size()) free_.reserve(2 * nodes_.size() + 8);
    free_.push_back(&nodes_.emplace_back());
  }
  // Makes `state` the latest.
  Published Publish(CommitState state) {
    Reserve();
    PublishedState* node = free_.back();
    free_.pop_back();
    node->state = std::move(state);
    node->replaced_ns.store(0, std::memory_order_relaxed);
    // Release, as the acquire loads in LookInside: who sees these in a recycled
    // node sees that the node had been replaced before.
    node->lsn.store(node->state.lsn, std::memory_order_release);
    node->tick.store(node->state.tick, std::memory_order_release);
    const PublishedState* before = latest_.node();
    if (before != nullptr) {
      // Release: who sees that of a recycled node's next life sees its tick.
      before->replaced_ns.store(
          CoarseNow().time_since_epoch() / std::chrono::nanoseconds(1),
          std::memory_order_release);
    }
    latest_.MoveTo(node);
    return {node, before};
  }
  // A state that was published, and no earlier one.
  void MakeDurable(const PublishedState* node) {
    durable_.MoveTo(node);
    durable_tick_.store(node->state.tick, std::memory_order_release);
  }

  void Free(const PublishedState* node) {
    auto* freed = const_cast<PublishedState*>(node);
    freed->state.top.reset();
    free_.push_back(freed);
  }

  const StateLine& latest_line() const { return latest_; }
  const StateLine& durable_line() const { return durable_; }
  // By the writer.
  const CommitState& latest() const { return latest_.node()->state; }
  // Of the durable state, or one before it: no view opens on an older one.
  // Acquire: with the fence that follows, the collector's half of the pattern
  // in view_registry.h.
  Tick durable_tick() const {
    return durable_tick_.load(std::memory_order_acquire);
  }

 private:
  // The writer's.
  std::deque<PublishedState> nodes_;
  std::vector<PublishedState*> free_;

  StateLine latest_;
  StateLine durable_;
  // Beside the line: readers load that, and only writers this.
  alignas(kCacheLineBytes) std::atomic<Tick> durable_tick_ = 0;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_STATE_PUBLISHER_H_
