// Decides when what was replaced may go.
//
// Garbage is something that was part of the state for the ticks [begin, end):
// an old version of a row, a commit state. It may go when no open view's tick
// lies in that interval, even if older views are open: a view held for hours
// costs the versions that it can see, not all that came after. (Interval
// garbage collection: Lee et al., "Hybrid garbage collection for multi-version
// concurrency control in SAP HANA", 2016.)
//
// Garbage comes in order of `end`. Each piece is looked at once it has ended
// in the published state, when no new view can need it, and either goes or is
// parked with the newest open view that pins it. When that view has closed,
// the piece goes, or moves on to the next older view that pins it. The youngest
// pieces wait a little longer: a lookup in a view of its own is over by then,
// and has nothing parked with it.
//
// Thread-safety: the writer's alone.

#ifndef ORDERSTORE_TABLE_COLLECTOR_H_
#define ORDERSTORE_TABLE_COLLECTOR_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "table/chunked_queue.h"
#include "table/commit_state.h"
#include "table/view_registry.h"

namespace orderstore::table {

struct Garbage {
  enum class Kind : uint8_t {
    kCommitState,
    kCustomerVersion,
    kOrderVersion,
    kBarcodeVersion,
  };

  Tick begin;
  Tick end;
  Kind kind;
  uint32_t slot = 0;
  // The number of a version, or the address of a commit state.
  uint64_t item = 0;
};
static_assert(sizeof(Garbage) == 32);

class Collector {
 public:
  // `bytes` counts the memory of the collector's own records.
  Collector(ViewRegistry& views, std::atomic<int64_t>& bytes)
      : views_(views), bytes_(bytes), waiting_(bytes) {}
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // So many times, Add needs no memory. Throws std::bad_alloc.
  void Reserve(size_t count) { waiting_.Reserve(count); }

  // Preconditions: ends no earlier than what was added before; reserved, or
  // there is memory: otherwise the process ends.
  void Add(const Garbage& garbage) noexcept {
    waiting_.push_back(garbage);
    ++added_;
  }
  // How many pieces were ever added.
  uint64_t added() const { return added_; }

  // Hands at most `items_max` pieces that nobody can need to `free`, or parks
  // them; not the youngest `keep` ones. `published` is the tick of the state
  // that new views open on. Returns whether there is more to do now. Throws
  // std::bad_alloc, with the piece that it came to left where it was, or, where
  // `free` threw, given up.
  template <typename Fn>
  bool Collect(Tick published, size_t keep, size_t items_max, Fn free) {
    blocked_ = true;
    if (!LookAtViews()) return false;
    bool more = false;
    for (auto it = parked_.begin(); it != parked_.end();) {
      if (IsPinned(it->first)) {
        ++it;
        continue;
      }
      // Park takes older views only, never this one again.
      ChunkedQueue<Garbage>& bucket = it->second;
      for (; !bucket.empty() && items_max > 0; --items_max) {
        const Garbage garbage = bucket.back();
        const bool is_parked = Park(garbage);
        bucket.pop_back();
        if (!is_parked) free(garbage);
      }
      more |= !bucket.empty();
      it = bucket.empty() ? parked_.erase(it) : std::next(it);
    }
    for (; IsDue(published, keep) && items_max > 0; --items_max) {
      const Garbage garbage = waiting_.front();
      const bool is_parked = Park(garbage);
      waiting_.pop_front();
      if (!is_parked) free(garbage);
    }
    more |= MarkPinningViews();
    blocked_ = false;
    return more || IsDue(published, keep);
  }

  // Whether the last Collect did nothing, as a view that was being opened
  // pinned everything, or not all that it could, for lack of memory: it has to
  // be called again when that is over.
  bool blocked() const { return blocked_; }

  size_t waiting() const { return waiting_.size(); }

 private:
  struct Pin {
    Tick tick;
    ViewSlot* slot;
  };

  // Reads which views are open. False if one pins everything.
  bool LookAtViews();

  bool IsPinned(Tick tick) const;

  // The newest open view before `end`, or null.
  const Pin* NewestBefore(Tick end) const;

  // Parks it with the newest open view that pins it. False: none does.
  bool Park(const Garbage& garbage) {
    const Pin* pin = NewestBefore(garbage.end);
    if (pin == nullptr || pin->tick < garbage.begin) return false;
    parked_.try_emplace(pin->tick, bytes_).first->second.push_back(garbage);
    return true;
  }

  // Tells every open view that garbage is parked for, so that it says so when
  // it closes. Returns whether one has closed meanwhile.
  bool MarkPinningViews();

  bool IsDue(Tick published, size_t keep) const {
    return waiting_.size() > keep && waiting_.front().end <= published;
  }

  ViewRegistry& views_;
  std::vector<Pin> pins_;  // in tick order
  std::atomic<int64_t>& bytes_;
  ChunkedQueue<Garbage> waiting_;
  std::map<Tick, ChunkedQueue<Garbage>> parked_;  // by the tick of the view
  uint64_t added_ = 0;
  bool blocked_ = false;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_COLLECTOR_H_
