// id -> entry, for ids 1..2^31-1: an array by id in reserved address space.
// Lookups by id take one load; scans in id order pass over pages without
// entries; a page whose last entry goes is given back.
//
// Memory: sizeof(Entry) bytes an id where ids are dense, and at worst a page
// of 4 KiB for an id far from all others. Where ids come one after the other,
// as from a sequence, huge pages are used if the store asked for them, each got
// ready while ids fill the end of the one before.
//
// Thread-safety: one writer, any number of readers. Entries are made of
// atomics; release stores pair with acquire loads.

#ifndef ORDERSTORE_TABLE_ID_DIRECTORY_H_
#define ORDERSTORE_TABLE_ID_DIRECTORY_H_

#include <atomic>
#include <cassert>
#include <cstdint>

#include "table/address_space.h"
#include "table/frontier.h"
#include "table/id_bitmap.h"

namespace orderstore::table {

template <typename Entry>
class IdDirectory {
 public:
  // Ids that are counted, skipped and released together.
  static constexpr uint32_t kPageIds = kPageBytes / sizeof(Entry);

  explicit IdDirectory(AddressSpace& space)
      : space_(space),
        entries_(space.Carve<Entry>(size_t{kIdMax} + 1,
                                    AddressSpace::Touch::kSparse)),
        occupied_(space.Carve<std::atomic<uint16_t>>(
            (size_t{kIdMax} + 1) / kPageIds, AddressSpace::Touch::kSparse)),
        pages_occupied_(space) {}

  Entry& operator[](uint32_t id) { return entries_[id]; }
  const Entry& operator[](uint32_t id) const { return entries_[id]; }

  // To be called before the entry of a new `id` is looked at. Loading from an
  // untouched page would make the kernel map its page of zeros, and replace it
  // at the first store in the tables of all processors, which interrupts
  // readers. So a store comes first.
  void Touch(uint32_t id) {
    if (PageOccupied(id)) return;
    if (id == 1) space_.ExpectDense(entries_);
    if (id % kHugeIds / kPageIds == kAskAtPage) AskForNextIfDense(id);
    entries_[id].slot.store(0, std::memory_order_relaxed);
  }

  // To be called when the entry of `id` stops being all zeros.
  void Occupy(uint32_t id) {
    const uint16_t count = occupied(id);
    if (count == 0) {
      pages_occupied_.Set(id / kPageIds + 1);
      AddPages(1);
    }
    SetOccupied(id, static_cast<uint16_t>(count + 1));
  }

  // To be called when the entry of `id` has become all zeros again.
  void Vacate(uint32_t id) {
    const uint16_t count = occupied(id);
    assert(count > 0);
    SetOccupied(id, static_cast<uint16_t>(count - 1));
    if (count == 1) {
      AddressSpace::Release(&entries_[id / kPageIds * kPageIds],
                            kPageIds * sizeof(Entry));
      pages_occupied_.Clear(id / kPageIds + 1);
      AddPages(-1);
    }
  }

  // Whether the page of `id` has an entry.
  bool PageOccupied(uint32_t id) const { return occupied(id) != 0; }

  // The first id from `id` on, below `end`, whose entry has a slot; 0 if there
  // is none. Empty pages cost nothing.
  uint32_t FirstFrom(uint32_t id, int64_t end) const {
    while (id < end) {
      if (entries_[id].slot.load(std::memory_order_acquire) != 0) return id;
      ++id;
      if (id % kPageIds != 0) continue;
      const uint32_t page = pages_occupied_.FirstFrom(id / kPageIds + 1);
      if (page == 0) return 0;
      id = (page - 1) * kPageIds;
    }
    return 0;
  }

  int64_t bytes() const {
    return pages_.load(std::memory_order_relaxed) *
           static_cast<int64_t>(kPageIds * sizeof(Entry));
  }

 private:
  static constexpr uint32_t kHugeIds = kHugePageBytes / sizeof(Entry);

  // The page in a huge page that asks for the next one.
  static constexpr uint32_t kAskAtPage =
      (kHugePageBytes - Frontier::kAhead) / kPageBytes;

  // The next huge page will be dense, if all pages of this one as far as `id`
  // have entries.
  void AskForNextIfDense(uint32_t id) {
    const uint32_t begin = id / kHugeIds * kHugeIds;
    for (uint32_t before = begin; before + kPageIds <= id; before += kPageIds) {
      if (!PageOccupied(before)) return;
    }
    const uint32_t next = begin + kHugeIds;
    if (next > kIdMax) return;
    space_.BackAhead(&entries_[next]);
  }

  uint16_t occupied(uint32_t id) const {
    return occupied_[id / kPageIds].load(std::memory_order_relaxed);
  }
  // Relaxed: a reader's view is published after the rows it can see.
  void SetOccupied(uint32_t id, uint16_t count) {
    occupied_[id / kPageIds].store(count, std::memory_order_relaxed);
  }
  void AddPages(int64_t pages) {
    pages_.store(pages_.load(std::memory_order_relaxed) + pages,
                 std::memory_order_relaxed);
  }

  AddressSpace& space_;
  Entry* const entries_;
  std::atomic<uint16_t>* const occupied_;  // entries in each page
  IdBitmap pages_occupied_;                // 1 + number of each such page
  // Stored by the writer, for statistics.
  alignas(kCacheLineBytes) std::atomic<int64_t> pages_ = 0;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_ID_DIRECTORY_H_
