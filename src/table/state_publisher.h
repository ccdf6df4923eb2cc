// The newest committed state, for views to open on.
//
// States are recycled, but their memory stays states: a reader may look at the
// tick of one that was replaced meanwhile, and notice. So opening a view needs
// no lock: take the newest state's tick, pin it, look whether that state is
// still the newest (view_registry.h).
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

struct PublishedState {
  // That of `state`.
  std::atomic<Tick> tick = 0;
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
    // Release, as the acquire load in Look: who sees this tick in a recycled
    // node sees that the node had been replaced before.
    node->tick.store(node->state.tick, std::memory_order_release);
    const PublishedState* old = newest_.load(std::memory_order_relaxed);
    // Release: who reads this state finds all that it describes.
    newest_.store(node, std::memory_order_release);
    return old;
  }

  void Free(const PublishedState* node) {
    auto* freed = const_cast<PublishedState*>(node);
    freed->state.top.reset();
    free_.push_back(freed);
  }

  // By the writer, who publishes, or while a view pins it.
  const CommitState& newest() const {
    return newest_.load(std::memory_order_acquire)->state;
  }

  // What a view is about to pin.
  struct Candidate {
    const PublishedState* node;
    Tick tick;
  };
  Candidate Look() const {
    const PublishedState* node = newest_.load(std::memory_order_seq_cst);
    return {node, node->tick.load(std::memory_order_acquire)};
  }
  // Whether the candidate is the newest state. True after its tick was pinned
  // proves that it stays.
  bool IsNewest(const Candidate& candidate) const {
    const Candidate now = Look();
    return now.node == candidate.node && now.tick == candidate.tick;
  }

 private:
  // The writer's.
  std::deque<PublishedState> nodes_;
  std::vector<PublishedState*> free_;

  alignas(kCacheLineBytes) std::atomic<const PublishedState*> newest_ = nullptr;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_STATE_PUBLISHER_H_
