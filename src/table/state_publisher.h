// The newest committed state, for views to open on.
//
// States are recycled, but their memory stays states: a reader may look at the
// tick of one that was replaced meanwhile, and notice. So opening a view needs
// no lock: take the newest state's tick, pin it, look whether that state is
// still the newest (view_registry.h).
//
// All that opening takes is in one cache line, which moves to the reader once a
// commit: the tick, the state's address and its LSN. The writer changes the
// three one after the other, and the tick is kPublishing meanwhile. Whoever
// meets that takes tick and LSN from the state itself.
//
// Thread-safety: Publish and Free by the writer, the rest by anyone.

#ifndef ORDERSTORE_TABLE_STATE_PUBLISHER_H_
#define ORDERSTORE_TABLE_STATE_PUBLISHER_H_

#include <atomic>
#include <deque>
#include <utility>
#include <vector>

#include "table/address_space.h"
#include "table/commit_state.h"

namespace orderstore::table {

struct alignas(kCacheLineBytes) PublishedState {
  // Those of `state`.
  std::atomic<Tick> tick = 0;
  std::atomic<Lsn> lsn = 0;
  CommitState state;  // constant from its publication to Free
};

class StatePublisher {
 public:
  StatePublisher() { Publish({}); }
  StatePublisher(const StatePublisher&) = delete;
  StatePublisher& operator=(const StatePublisher&) = delete;

  // Makes `state` the newest and returns the one before it, to be freed when
  // no view needs it; null for the first.
  const PublishedState* Publish(CommitState state) {
    PublishedState* node = nullptr;
    if (free_.empty()) {
      node = &nodes_.emplace_back();
    } else {
      node = free_.back();
      free_.pop_back();
    }
    node->state = std::move(state);
    // Release, as the acquire loads in LookInside: who sees these in a recycled
    // node sees that the node had been replaced before.
    node->lsn.store(node->state.lsn, std::memory_order_release);
    node->tick.store(node->state.tick, std::memory_order_release);
    const PublishedState* old = newest_.node.load(std::memory_order_relaxed);
    newest_.tick.store(kPublishing, std::memory_order_relaxed);
    // Release: who sees these sees kPublishing, too, or what came after it.
    newest_.node.store(node, std::memory_order_release);
    newest_.lsn.store(node->state.lsn, std::memory_order_release);
    // Release: who opens a view on this tick finds all that it describes.
    newest_.tick.store(node->state.tick, std::memory_order_release);
    return old;
  }

  void Free(const PublishedState* node) {
    auto* freed = const_cast<PublishedState*>(node);
    freed->state.top.reset();
    free_.push_back(freed);
  }

  // By the writer, who publishes, or while a view pins it.
  const CommitState& newest() const {
    return newest_.node.load(std::memory_order_acquire)->state;
  }

  // What a view is about to pin. The three belong together if it IsNewest.
  struct Candidate {
    const PublishedState* node;
    Tick tick;
    Lsn lsn;
  };
  Candidate Look() const {
    const Tick tick = newest_.tick.load(std::memory_order_acquire);
    const PublishedState* node = newest_.node.load(std::memory_order_acquire);
    if (tick == kPublishing) return LookInside(node);
    return {node, tick, newest_.lsn.load(std::memory_order_acquire)};
  }
  // While the reader pins everything: needs no second look.
  Candidate LookWhilePinned() const {
    return LookInside(newest_.node.load(std::memory_order_seq_cst));
  }
  // Whether the candidate is the newest state. True after its tick was pinned
  // proves that it stays.
  bool IsNewest(const Candidate& candidate) const {
    const Tick tick = newest_.tick.load(std::memory_order_seq_cst);
    if (tick != kPublishing) return tick == candidate.tick;
    const PublishedState* node = newest_.node.load(std::memory_order_seq_cst);
    const Candidate now = LookInside(node);
    return now.node == candidate.node && now.tick == candidate.tick;
  }

 private:
  static constexpr Tick kPublishing = 0;

  static Candidate LookInside(const PublishedState* node) {
    const Tick tick = node->tick.load(std::memory_order_acquire);
    return {node, tick, node->lsn.load(std::memory_order_acquire)};
  }

  // The writer's.
  std::deque<PublishedState> nodes_;
  std::vector<PublishedState*> free_;

  struct alignas(kCacheLineBytes) Newest {
    std::atomic<Tick> tick = kPublishing;
    std::atomic<const PublishedState*> node = nullptr;
    std::atomic<Lsn> lsn = 0;
  };
  Newest newest_;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_STATE_PUBLISHER_H_
