// The barcodes without an order, in id order, for the writer and for views of
// any age.
//
//   available  unassigned and unused now: what the writer may assign
//   now        unassigned in the writer's state
//   maybe      unassigned in any version that is still kept: a superset for
//              every view
//   ended      for each word of `now`, on each level: the last tick at which a
//              barcode below it stopped being unassigned
//
// Where `ended` is not after a view's tick, nothing that the view sees has left
// `now`, so it walks `now`; elsewhere it walks `maybe`. So a new view does not
// wade through ten million barcodes that were sold since an older view, still
// open, began. Either way the reader checks the row itself.
//
// Thread-safety: one writer, any number of readers.

#ifndef ORDERSTORE_TABLE_UNASSIGNED_INDEX_H_
#define ORDERSTORE_TABLE_UNASSIGNED_INDEX_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "table/address_space.h"
#include "table/commit_state.h"
#include "table/id_bitmap.h"

namespace orderstore::table {

class UnassignedIndex {
 public:
  explicit UnassignedIndex(AddressSpace& space);

  // ---- The writer's. All O(1). ----
  // The barcode is unassigned from now on.
  void Begin(uint32_t id);
  // It is not any more, by the transaction of `tick`.
  void End(uint32_t id, Tick tick);
  // No version of it that is kept is unassigned.
  void Forget(uint32_t id) { maybe_.Clear(id); }
  void SetAvailable(uint32_t id, bool available) {
    available ? available_.Set(id) : available_.Clear(id);
  }
  // The first available barcode from `id` on, or 0.
  uint32_t FirstAvailableFrom(uint32_t id) const {
    return available_.FirstFrom(id);
  }
  // Gives memory back, when no barcode has an id in the range around `id`.
  void ReleaseAround(uint32_t id);

  bool UnassignedNow(uint32_t id) const { return now_.Has(id); }
  bool UnassignedOnce(uint32_t id) const { return maybe_.Has(id); }
  bool Available(uint32_t id) const { return available_.Has(id); }

  // ---- Readers'. ----
  // The first barcode from `id` on that a view of `tick` may see unassigned,
  // or 0.
  uint32_t FirstCandidateFrom(uint32_t id, Tick tick) const {
    return IdBitmap::FirstIdFrom(id, [this, tick](size_t level, size_t word) {
      return Candidates(level, word, tick);
    });
  }

  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  uint64_t Candidates(size_t level, size_t word, Tick tick) const;

  void AddRange(uint32_t id, bool touched);

  IdBitmap available_;
  IdBitmap now_;
  IdBitmap maybe_;
  // Release stores pair with the acquire loads in Candidates.
  std::array<std::atomic<Tick>*, IdBitmap::kLevels> ended_;
  // Ranges of IdBitmap::kReleaseIds ids whose pages are touched; the writer's.
  alignas(kCacheLineBytes) std::vector<bool> touched_;
  std::atomic<int64_t> bytes_ = 0;  // stored by the writer, for statistics
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_UNASSIGNED_INDEX_H_
