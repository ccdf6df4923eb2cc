// parent id -> slots of its children: orders of a customer, barcodes of an
// order.
//
// A parent's children are entries (slot numbers) at positions 0, 1, 2, ... of
// its list. An entry stays as long as any version of the child has this parent,
// so a reader finds a superset and keeps what its view sees under the parent.
// A list takes the smallest form that holds it:
//
//   none                     no child, as most customers begin
//   one slot number          one child: in the id directory itself, no memory
//   a block of 3, 7, .. 63   readers scan it; growing copies it
//   a long list              chunks of 1016 entries behind a directory, each
//                            with the number of current children in it and the
//                            last tick at which one changed: a reader whose
//                            view is newer passes over chunks that hold nothing
//                            for it
//
// Insert, remove and change are O(1), for a list of any length and whatever
// views are open; growing to 4096 entries costs some copies of at most 252
// bytes, beyond it of the long list's directory (1/250 of the list).
//
// Children carry a flag (a barcode: is used) that chunks count apart.
//
// Thread-safety: one writer, any number of readers inside an epoch.

#ifndef ORDERSTORE_TABLE_CHILD_INDEX_H_
#define ORDERSTORE_TABLE_CHILD_INDEX_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "table/block_pool.h"
#include "table/commit_state.h"
#include "table/limbo.h"

namespace orderstore::table {

class ChildIndex {
 public:
  // Entries in a chunk of a long list; those of position / kChunkEntries.
  static constexpr uint32_t kChunkEntries = 1016;

  // Where a list begins. Kept by the caller for each parent.
  using Anchor = std::atomic<uint32_t>;

  ChildIndex(AddressSpace& space, Limbo& limbo)
      : blocks_(space), limbo_(limbo) {}

  // Adds an entry and returns its position. O(1).
  uint32_t Insert(Anchor& anchor, uint32_t slot);

  // Announces an Insert: the memory that the anchor leads to.
  void PrefetchInsert(const Anchor& anchor) const {
    const uint32_t at = anchor.load(std::memory_order_relaxed);
    if (FormOf(at) == Form::kBlock)
      __builtin_prefetch(blocks_.As<Block>(at), 1);
  }

  // Removes the entry. O(1). The list may then be empty: anchor 0.
  void Remove(Anchor& anchor, uint32_t position);

  // Says that the child at `position` is (`count` 1) or is no longer (-1) a
  // current child with this flag, by the transaction of `tick`.
  void AddCurrent(Anchor& anchor, uint32_t position, bool flag, int count,
                  Tick tick) {
    if (position >= kChunkEntries) {
      AddCurrentInChunk(anchor, position, flag, count, tick);
    }
  }

  // Which children a reader is after; skips chunks accordingly.
  enum class Wanted { kAll, kFlagged, kUnflagged };

  // Calls fn(slot) for a superset of the children that a view of `tick` sees,
  // in no order, until fn returns false.
  template <typename Fn>
  void ForEach(const Anchor& anchor, Wanted wanted, Tick tick, Fn fn) const;

  // ---- For Tables::Check. ----
  // The entry at a position, or 0.
  uint32_t EntryAt(const Anchor& anchor, uint32_t position) const;
  // What the chunks of a long list count as current, by flag, in order. The
  // first one counts nothing. Empty for shorter lists.
  std::vector<std::array<uint32_t, 2>> CurrentCounts(
      const Anchor& anchor) const;

  bool HasRoomFor(uint64_t entries) const {
    // The directory of the longest list may grow once.
    constexpr uint64_t kDirectoryBytes = uint64_t{32} << 20;
    return blocks_.HasRoomFor(entries * 64 + kDirectoryBytes);
  }
  int64_t bytes() const { return blocks_.bytes(); }

 private:
  using Entry = std::atomic<uint32_t>;

  // An anchor says which form the list has.
  enum class Form { kNone, kOne, kBlock, kLong };
  static constexpr uint32_t kOneBit = uint32_t{1} << 31;
  static constexpr uint32_t kLongBit = uint32_t{1} << 30;
  static Form FormOf(uint32_t anchor) {
    if (anchor == 0) return Form::kNone;
    if ((anchor & kOneBit) != 0) return Form::kOne;
    return (anchor & kLongBit) != 0 ? Form::kLong : Form::kBlock;
  }

  // 16 << size_class bytes: a header and 4 * 2^size_class - 1 entries.
  struct Block {
    uint32_t size_class;

    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    const Entry* entries() const {
      return reinterpret_cast<const Entry*>(this + 1);
    }
  };
  static constexpr int kBlockClassMax = 4;
  static constexpr uint32_t CapacityOf(uint32_t size_class) {
    return (4u << size_class) - 1;
  }

  static constexpr int kChunkClass = 8;  // 4096 bytes
  struct Chunk {
    // Counts by flag are stored after `changed` (release) and loaded before it
    // (acquire): a reader that misses a child in the count sees the tick.
    std::array<std::atomic<uint32_t>, 2> current;
    std::atomic<Tick> changed;
    // The writer's: entries that are not free, and the chain of free ones,
    // each holding the place of the next, plus one, and the high bit.
    uint32_t used;
    uint32_t free_head;
    Entry entries[kChunkEntries];
  };
  static constexpr uint32_t kFreeBit = uint32_t{1} << 31;

  // The head of a long list. Its directory holds the chunks' block numbers.
  struct Long {
    std::atomic<uint32_t> directory;
    std::atomic<uint32_t> chunk_count;  // of the directory, 0 entries included
    // The writer's: the chunks with free entries, a stack of chunk indexes in
    // a block like the directory. A chunk index is in it at most once.
    uint32_t directory_class;
    uint32_t open_block;
    uint32_t open_count;
    uint32_t chunks;  // that exist
  };
  static constexpr int kLongClass = 1;
  static_assert(sizeof(Long) <= 32);
  // In `used`: this chunk is on the stack of open chunks.
  static constexpr uint32_t kOpenBit = uint32_t{1} << 31;

  void AddCurrentInChunk(Anchor& anchor, uint32_t position, bool flag,
                         int count, Tick tick);

  uint32_t InsertIntoBlock(Anchor& anchor, uint32_t slot);
  uint32_t InsertIntoLong(Long& list, uint32_t slot);
  uint32_t Grow(Anchor& anchor, uint32_t block_number);
  void RemoveFromBlock(Anchor& anchor, uint32_t position);
  void RemoveFromLong(Anchor& anchor, uint32_t position);
  void MakeLong(Anchor& anchor, uint32_t block_number);
  uint32_t AddChunk(Long& list, uint32_t chunk_index);
  void GrowDirectory(Long& list);
  void PushOpen(Long& list, uint32_t chunk_index);

  Long& LongAt(uint32_t anchor) const {
    return *blocks_.As<Long>(anchor & ~kLongBit);
  }
  Entry& DirectoryEntry(const Long& list, uint32_t chunk_index) const {
    return blocks_.As<Entry>(
        list.directory.load(std::memory_order_acquire))[chunk_index];
  }
  // Null if the chunk does not exist.
  Chunk* ChunkAt(const Long& list, uint32_t chunk_index) const {
    const uint32_t number =
        DirectoryEntry(list, chunk_index).load(std::memory_order_acquire);
    return number == 0 ? nullptr : blocks_.As<Chunk>(number);
  }

  // Whether a view of `tick` may see a wanted child in this chunk. The first
  // chunk keeps no counts.
  static bool MayHold(const Chunk& chunk, Wanted wanted, Tick tick) {
    uint32_t current = 0;
    if (wanted != Wanted::kUnflagged) {
      current += chunk.current[1].load(std::memory_order_acquire);
    }
    if (wanted != Wanted::kFlagged) {
      current += chunk.current[0].load(std::memory_order_acquire);
    }
    return current != 0 || chunk.changed.load(std::memory_order_acquire) > tick;
  }

  BlockPool blocks_;
  Limbo& limbo_;
};

template <typename Fn>
void ChildIndex::ForEach(const Anchor& anchor, Wanted wanted, Tick tick,
                         Fn fn) const {
  const uint32_t at = anchor.load(std::memory_order_acquire);
  switch (FormOf(at)) {
    case Form::kNone:
      return;
    case Form::kOne:
      fn(at & ~kOneBit);
      return;
    case Form::kBlock: {
      const Block& block = *blocks_.As<Block>(at);
      const uint32_t capacity = CapacityOf(block.size_class);
      for (uint32_t i = 0; i < capacity; ++i) {
        const uint32_t slot =
            block.entries()[i].load(std::memory_order_acquire);
        if (slot != 0 && !fn(slot)) return;
      }
      return;
    }
    case Form::kLong: {
      const Long& list = LongAt(at);
      const uint32_t chunks = list.chunk_count.load(std::memory_order_acquire);
      for (uint32_t c = 0; c < chunks; ++c) {
        const Chunk* chunk = ChunkAt(list, c);
        if (chunk == nullptr) continue;
        if (c > 0 && !MayHold(*chunk, wanted, tick)) continue;
        for (const Entry& entry : chunk->entries) {
          const uint32_t slot = entry.load(std::memory_order_acquire);
          if (slot != 0 && (slot & kFreeBit) == 0 && !fn(slot)) return;
        }
      }
      return;
    }
  }
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_CHILD_INDEX_H_
