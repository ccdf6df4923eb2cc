// hash -> slots: an index that one writer grows while any number of readers
// look things up, without locks and without ever rehashing the whole.
//
// Extendible hashing (Fagin et al., "Extendible hashing - a fast access method
// for dynamic files", 1979) over segments of 16 buckets of one cache line. A
// bucket holds twelve 1-byte tags and twelve 4-byte slot numbers, so a lookup
// costs one miss here and one at the row. A full bucket spills into the next
// and counts what passed over it, so that a lookup knows when to stop (the
// overflow count of F14, Bronson and Shi, 2019). A full segment splits in two:
// readers find the old one whole until they leave it. The rows that a split
// reads are spread over the inserts that follow: each takes a few, which the
// one before has prefetched, so that no insert waits for 170 rows.
//
//   bits of a hash    63..56   55..52        ... 0
//                     tag      home bucket   directory index, its low bits
//
// The directory is a table of chunks of 1024 entries; it doubles by copying
// pointers to chunks, which then share chunks until they first differ.
//
// Invariants:
//   1. An entry never moves within a segment while its row is visible.
//   2. Directory entries say their segment's depth; a reader whose directory is
//      older than that depth looks again (at most once for each doubling).
//   3. What a chunk leads to is right for all directory indexes that share it;
//      before they differ, each half of them gets a copy, and the shared chunk
//      stays as it was for the readers in it.
//   4. Depth is bounded by the number of entries. Past it a segment gets a
//      chain of more: equal or hostile hashes make it slow, never wrong.
//   5. An insert or an erasure never fails. A split that gets no memory is
//      given up before anybody sees it; its segment gets a chain until a later
//      insert splits it.
//
// Thread-safety: Insert and Erase by the writer; Find and Prefetch by readers
// inside an epoch (limbo.h). What is unlinked goes through the limbo.

#ifndef ORDERSTORE_TABLE_HASH_INDEX_H_
#define ORDERSTORE_TABLE_HASH_INDEX_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "table/address_space.h"
#include "table/bucket.h"
#include "table/frontier.h"
#include "table/limbo.h"
#include "table/pool.h"

namespace orderstore::table {

// SlotHasher: `uint64_t operator()(uint32_t slot) const` hashes the key of a
// slot; `void Prefetch(uint32_t slot) const` announces it.
template <typename SlotHasher>
class HashIndex {
 public:
  // Segments that the pool has room for: those of 2^31 entries, each 2/3 full,
  // with room for some that are split when others are not full yet.
  static constexpr uint32_t kSegmentsMax =
      (uint32_t{1} << 24) + (uint32_t{1} << 20);

  HashIndex(AddressSpace& space, Limbo& limbo, SlotHasher hasher)
      : hasher_(hasher),
        limbo_(limbo),
        segments_(space, kSegmentsMax),
        infos_(space.Carve<SegmentInfo>(kSegmentsMax + 1,
                                        AddressSpace::Touch::kDense)),
        chunks_(space, kSegmentsMax / 256),
        infos_frontier_(space, infos_) {
    const uint32_t chunk = chunks_.Allocate();
    chunks_[chunk].entries[0].store(Entry(NewSegment(), 0).bits(),
                                    std::memory_order_relaxed);
    auto root = std::make_unique<Root>(0, 1);
    root->chunks[0].store(chunk, std::memory_order_relaxed);
    root_.store(root.release(), std::memory_order_release);
  }
  HashIndex(const HashIndex&) = delete;
  HashIndex& operator=(const HashIndex&) = delete;
  ~HashIndex() { delete root_.load(std::memory_order_relaxed); }

  // The first slot with this hash for which `match(slot)` holds, or 0. `match`
  // is also called for some slots of other hashes. One or two cache misses.
  template <typename Match>
  uint32_t Find(uint64_t hash, Match match) const {
    for (uint32_t segment = Locate(hash).segment(); segment != 0;
         segment = infos_[segment].next.load(std::memory_order_acquire)) {
      const Segment& at = segments_[segment];
      uint32_t home = HomeOf(hash);
      for (uint32_t i = 0; i < kSegmentBuckets; ++i) {
        const Bucket& bucket = at.buckets[(home + i) % kSegmentBuckets];
        const Bucket::Tags tags = bucket.LoadTags();
        for (uint32_t hits = tags.Matches(TagOf(hash)); hits != 0;
             hits &= hits - 1) {
          const uint32_t slot = bucket.LoadSlot(std::countr_zero(hits));
          if (slot != 0 && match(slot)) return slot;
        }
        if (tags.spilled() == 0) return 0;
      }
    }
    return 0;
  }

  // Two steps ahead of Find: the cache line of the hash's home bucket.
  const void* HomeBucket(uint64_t hash) const {
    return &segments_[Locate(hash).segment()].buckets[HomeOf(hash)];
  }
  // One step ahead of Find: the first slot of the home bucket whose tag
  // matches, or 0.
  uint32_t LikelySlot(uint64_t hash) const {
    const Bucket& bucket =
        segments_[Locate(hash).segment()].buckets[HomeOf(hash)];
    const uint32_t hits = bucket.LoadTags().Matches(TagOf(hash));
    return hits == 0 ? 0 : bucket.LoadSlot(std::countr_zero(hits));
  }

  // The same for an insert: what it changes besides.
  void PrefetchInsert(uint64_t hash) const {
    const uint32_t segment = Locate(hash).segment();
    __builtin_prefetch(&segments_[segment].buckets[HomeOf(hash)], 1);
    __builtin_prefetch(&infos_[segment], 1);
  }

  // Adds `slot`, whose key has this hash. O(1); some 170 entries move at once
  // only if the segment that is being split is hit.
  void Insert(uint64_t hash, uint32_t slot) noexcept {
    ++size_;
    if (split_.under_way) GoOnSplitting();
    Entry entry = LocateForChange(hash);
    while (infos_[entry.segment()].count >= kSplitCount &&
           entry.depth() < DepthMax()) {
      FinishSplit();
      BeginSplit(entry, hash);
      FinishSplit();
      const uint32_t full = entry.segment();
      entry = Locate(hash);
      if (entry.segment() == full) break;  // there was no memory
    }
    Place(entry.segment(), hash, slot);
    if (infos_[entry.segment()].count >= kSplitBeginCount &&
        !split_.under_way && entry.depth() < DepthMax()) {
      BeginSplit(entry, hash);
    }
  }

  // Gives an empty index its size before it is filled: room for so many entries
  // with InsertReserved, if their hashes are spread evenly.
  void Reserve(int64_t entries) {
    assert(size_ == 0);
    int depth = 0;
    while (entries >> depth > kReservedCount) ++depth;
    if (depth == 0) return;
    const size_t segments = size_t{1} << depth;
    const size_t in_chunk = std::min<size_t>(segments, kChunkEntries);
    auto root = std::make_unique<Root>(depth, segments / in_chunk);
    Root* const old = root_.load(std::memory_order_relaxed);
    for (size_t c = 0; c < root->chunks.size(); ++c) {
      const uint32_t chunk = chunks_.Allocate();
      for (size_t i = 0; i < in_chunk; ++i) {
        chunks_[chunk].entries[i].store(Entry(NewSegment(), depth).bits(),
                                        std::memory_order_relaxed);
      }
      root->chunks[c].store(chunk, std::memory_order_relaxed);
      root->chunk_depths[c] = std::max(depth - kChunkBits, 0);
    }
    const uint32_t chunk = old->chunks[0].load(std::memory_order_relaxed);
    segments_.Free(Entry(chunks_[chunk].entries[0].load()).segment());
    chunks_.Free(chunk);
    root_.store(root.release(), std::memory_order_release);
    delete old;
  }

  // As Insert, where Reserve made room; never splits. False: the segment is
  // full, and nothing has changed.
  bool InsertReserved(uint64_t hash, uint32_t slot) {
    const uint32_t segment = Locate(hash).segment();
    if (infos_[segment].count >= kSplitBeginCount) return false;
    Place(segment, hash, slot);
    ++size_;
    return true;
  }

  // Removes the entry that Insert(hash, slot) added.
  void Erase(uint64_t hash, uint32_t slot) noexcept {
    --size_;
    const uint32_t first = LocateForChange(hash).segment();
    for (uint32_t segment = first; segment != 0; segment = Next(segment)) {
      if (EraseFrom(segment, hash, slot)) {
        for (uint32_t passed = first; passed != segment;
             passed = Next(passed)) {
          AddSpilledToAll(passed, -1);
        }
        return;
      }
    }
    assert(false && "erasing an entry that is not there");
  }

  bool HasRoomFor(uint64_t entries) const {
    return segments_.HasRoomFor(2 + entries / (kSplitCount / 4));
  }

  int64_t size() const { return size_; }
  // Buckets looked at by the longest search there can be; for tests.
  int ProbeLengthMax() const;
  int64_t bytes() const { return segments_.bytes() + chunks_.bytes(); }

 private:
  friend class HashIndexSteps;  // tests: a reader that is held up half-way

  static constexpr uint32_t kSegmentBuckets = 16;
  // Of 192 places. More would save memory and make searches longer.
  static constexpr uint32_t kSplitCount = 176;
  // A split begins here, and is over long before the segment has kSplitCount.
  static constexpr uint32_t kSplitBeginCount = 164;
  // What Reserve counts on: far enough below for the spread of random hashes.
  static constexpr int64_t kReservedCount = 120;
  // Entries that one insert moves.
  static constexpr size_t kSplitStep = 16;
  static constexpr int kChunkBits = 10;
  static constexpr uint32_t kChunkEntries = 1u << kChunkBits;
  static constexpr int kDepthMax = 30;

  struct alignas(64) Segment {
    std::array<Bucket, kSegmentBuckets> buckets;
  };

  // Beside each segment, so that a segment is a power of two.
  struct SegmentInfo {
    // The chain's next segment, or 0; its release store pairs with Find.
    std::atomic<uint32_t> next = 0;
    uint32_t count = 0;  // entries in this segment; the writer's
  };

  // A directory entry: segment number and depth, published together.
  class Entry {
   public:
    explicit Entry(uint64_t bits) : bits_(bits) {}
    Entry(uint32_t segment, int depth)
        : bits_(segment | static_cast<uint64_t>(depth) << 32) {}
    uint64_t bits() const { return bits_; }
    uint32_t segment() const { return static_cast<uint32_t>(bits_); }
    // How many low bits of the hash all keys of the segment share.
    int depth() const { return static_cast<int>(bits_ >> 32); }

   private:
    uint64_t bits_;
  };

  struct Chunk {
    // Release stores pair with the acquire loads of Locate.
    std::array<std::atomic<uint64_t>, kChunkEntries> entries = {};
  };

  // The directory of 2^depth entries. Only `chunks` changes once published.
  struct Root {
    Root(int depth_bits, size_t chunk_count)
        : depth(depth_bits), chunks(chunk_count), chunk_depths(chunk_count) {}
    const int depth;
    std::vector<std::atomic<uint32_t>> chunks;
    // How many low bits of a chunk index the chunk stands for; fewer than all
    // means that several indexes share it. The writer's.
    std::vector<int> chunk_depths;
  };

  static uint8_t TagOf(uint64_t hash) {
    const auto tag = static_cast<uint8_t>(hash >> 56);
    return tag == 0 ? 1 : tag;  // 0 marks an empty place
  }
  static uint32_t HomeOf(uint64_t hash) {
    return static_cast<uint32_t>(hash >> 52) % kSegmentBuckets;
  }
  static uint64_t LowBits(uint64_t hash, int bits) {
    return hash & ((uint64_t{1} << bits) - 1);
  }

  Entry Locate(uint64_t hash) const {
    for (;;) {
      const Root& root = *root_.load(std::memory_order_acquire);
      const Entry entry = EntryIn(ChunkOf(root, hash), root, hash);
      if (entry.depth() <= root.depth) return entry;
    }
  }
  // The two steps of Locate. The writer may change anything in between.
  static uint32_t ChunkOf(const Root& root, uint64_t hash) {
    return root.chunks[LowBits(hash, root.depth) >> kChunkBits].load(
        std::memory_order_acquire);
  }
  Entry EntryIn(uint32_t chunk, const Root& root, uint64_t hash) const {
    const uint64_t index = LowBits(hash, root.depth) % kChunkEntries;
    return Entry(chunks_[chunk].entries[index].load(std::memory_order_acquire));
  }

  // Where to change something: not in a segment that is being split.
  Entry LocateForChange(uint64_t hash) {
    const Entry entry = Locate(hash);
    if (!split_.under_way || entry.segment() != split_.old.segment()) {
      return entry;
    }
    FinishSplit();
    return Locate(hash);
  }

  uint32_t NewSegment() {
    const uint32_t segment = segments_.Allocate();
    infos_frontier_.Reach(&infos_[segment] + 1);
    new (&infos_[segment]) SegmentInfo();
    return segment;
  }

  uint32_t Next(uint32_t segment) const {
    return infos_[segment].next.load(std::memory_order_relaxed);
  }

  // Segments of at least some 10 entries on average, whatever the hashes.
  int DepthMax() const {
    const auto entries = static_cast<uint64_t>(size_);
    return std::min(static_cast<int>(std::bit_width(entries / 16)) + 3,
                    kDepthMax);
  }

  // Puts an entry into the segment or its chain.
  void Place(uint32_t segment, uint64_t hash, uint32_t slot) {
    while (infos_[segment].count >= kSplitCount) {
      AddSpilledToAll(segment, 1);
      if (Next(segment) == 0) {
        infos_[segment].next.store(NewSegment(), std::memory_order_release);
      }
      segment = Next(segment);
    }
    Segment& at = segments_[segment];
    uint32_t bucket = HomeOf(hash);
    while (!at.buckets[bucket].Add(TagOf(hash), slot)) {
      at.buckets[bucket].AddSpilled(1);
      bucket = (bucket + 1) % kSegmentBuckets;
    }
    ++infos_[segment].count;
  }

  bool EraseFrom(uint32_t segment, uint64_t hash, uint32_t slot) {
    Segment& at = segments_[segment];
    const uint32_t home = HomeOf(hash);
    for (uint32_t i = 0; i < kSegmentBuckets; ++i) {
      Bucket& bucket = at.buckets[(home + i) % kSegmentBuckets];
      if (bucket.Remove(TagOf(hash), slot)) {
        for (uint32_t passed = 0; passed < i; ++passed) {
          at.buckets[(home + passed) % kSegmentBuckets].AddSpilled(-1);
        }
        --infos_[segment].count;
        return true;
      }
      if (bucket.LoadTags().spilled() == 0) return false;
    }
    return false;
  }

  void AddSpilledToAll(uint32_t segment, int count) {
    for (Bucket& bucket : segments_[segment].buckets) bucket.AddSpilled(count);
  }

  // Begins to replace the segment of `entry`, on the path of `hash`, by two;
  // without memory, it does nothing. Precondition: no split is under way.
  void BeginSplit(Entry entry, uint64_t hash) {
    assert(!split_.under_way);
    try {
      split_.slots = SlotsOf(entry.segment());
    } catch (const std::bad_alloc&) {
      return;
    }
    split_.under_way = true;
    split_.old = entry;
    split_.prefix = LowBits(hash, entry.depth());
    split_.halves = {NewSegment(), NewSegment()};
    split_.announced = split_.moved = 0;
    GoOnSplitting();
  }

  // Announces the next entries, and moves those announced the last time.
  void GoOnSplitting() {
    const size_t ready = split_.announced;
    AnnounceSplit(ready + kSplitStep);
    for (; split_.moved < ready; ++split_.moved) {
      const uint32_t slot = split_.slots[split_.moved];
      const uint64_t hash = hasher_(slot);
      Place(split_.halves[(hash >> split_.old.depth()) & 1], hash, slot);
    }
    if (split_.moved == split_.slots.size()) PublishSplit();
  }

  // Does all that is left of the split under way, if there is one.
  void FinishSplit() {
    while (split_.under_way) {
      AnnounceSplit(split_.slots.size());
      GoOnSplitting();
    }
  }

  void AnnounceSplit(size_t end) {
    end = std::min(end, split_.slots.size());
    for (size_t& i = split_.announced; i < end; ++i) {
      hasher_.Prefetch(split_.slots[i]);
    }
  }

  // Ends the split, or gives it up.
  void PublishSplit() {
    split_.under_way = false;
    const int depth = split_.old.depth();
    try {
      ReserveForPublishing();
      if (depth == root_.load(std::memory_order_relaxed)->depth) Double();
    } catch (const std::bad_alloc&) {
      for (const uint32_t half : split_.halves) FreeUnseen(half);
      return;
    }
    SetEntries(split_.prefix, Entry(split_.halves[0], depth + 1));
    SetEntries(split_.prefix | uint64_t{1} << depth,
               Entry(split_.halves[1], depth + 1));
    for (uint32_t old = split_.old.segment(); old != 0; old = Next(old)) {
      limbo_.Retire(
          [](void* self, uint64_t item) {
            static_cast<HashIndex*>(self)->segments_.Free(
                static_cast<uint32_t>(item));
          },
          this, old);
    }
  }

  // Takes the limbo's memory for what publishing a split retires: the root; for
  // each half, a chunk for each bit of its index; the old segments. Beside it
  // stays what the caller has reserved for what it does besides.
  void ReserveForPublishing() {
    size_t retired = 1 + 2 * (kDepthMax - kChunkBits);
    for (uint32_t old = split_.old.segment(); old != 0; old = Next(old)) {
      ++retired;
    }
    limbo_.Reserve(retired + Limbo::kRetiredAtOnce);
  }

  // Frees a segment and its chain that no reader has seen.
  void FreeUnseen(uint32_t segment) {
    while (segment != 0) {
      const uint32_t next = Next(segment);
      segments_.Free(segment);
      segment = next;
    }
  }

  // The slots in a segment and its chain.
  std::vector<uint32_t> SlotsOf(uint32_t segment) const {
    std::vector<uint32_t> slots;
    slots.reserve(infos_[segment].count);
    for (; segment != 0; segment = Next(segment)) {
      for (const Bucket& bucket : segments_[segment].buckets) {
        const Bucket::Tags tags = bucket.LoadTags();
        for (uint32_t used = tags.Used(); used != 0; used &= used - 1) {
          slots.push_back(bucket.LoadSlot(std::countr_zero(used)));
        }
      }
    }
    return slots;
  }

  // Publishes a directory of twice the size whose halves are the same. Throws
  // std::bad_alloc, and nothing has changed.
  void Double() {
    Root* old = root_.load(std::memory_order_relaxed);
    const size_t old_chunks = old->chunks.size();
    const bool in_one_chunk = old->depth < kChunkBits;
    auto root = std::make_unique<Root>(old->depth + 1,
                                       old_chunks * (in_one_chunk ? 1 : 2));
    for (size_t i = 0; i < root->chunks.size(); ++i) {
      root->chunks[i].store(
          old->chunks[i % old_chunks].load(std::memory_order_relaxed),
          std::memory_order_relaxed);
      root->chunk_depths[i] = old->chunk_depths[i % old_chunks];
    }
    if (in_one_chunk) {
      auto& entries =
          chunks_[root->chunks[0].load(std::memory_order_relaxed)].entries;
      const size_t half = size_t{1} << old->depth;
      for (size_t i = 0; i < half; ++i) {
        entries[half + i].store(entries[i].load(std::memory_order_relaxed),
                                std::memory_order_release);
      }
    }
    root_.store(root.release(), std::memory_order_release);
    limbo_.Retire(
        [](void*, uint64_t item) { delete reinterpret_cast<Root*>(item); },
        nullptr, reinterpret_cast<uint64_t>(old));
  }

  // Stores `entry` for all hashes whose low entry.depth() bits are `prefix`.
  void SetEntries(uint64_t prefix, Entry entry) {
    Root& root = *root_.load(std::memory_order_relaxed);
    const int chunk_bits = std::max(entry.depth() - kChunkBits, 0);
    const size_t stride = size_t{1} << std::min(entry.depth(), kChunkBits);
    const size_t in_chunk =
        std::min<size_t>(size_t{1} << root.depth, kChunkEntries);
    for (size_t c = prefix >> kChunkBits; c < root.chunks.size();
         c += size_t{1} << chunk_bits) {
      while (root.chunk_depths[c] < chunk_bits) Unshare(root, c);
      Chunk& chunk = chunks_[root.chunks[c].load(std::memory_order_relaxed)];
      for (size_t i = prefix % stride; i < in_chunk; i += stride) {
        chunk.entries[i].store(entry.bits(), std::memory_order_release);
      }
    }
  }

  // Replaces the chunk at `index`, which several indexes share, by two copies,
  // one for each half of them. The shared one is not changed any more: a reader
  // who has just loaded its number may belong to either half, and finds the
  // segments of before.
  void Unshare(Root& root, size_t index) {
    const int depth = root.chunk_depths[index];
    const uint32_t shared = root.chunks[index].load(std::memory_order_relaxed);
    const uint32_t copies[2] = {CopyOf(shared), CopyOf(shared)};
    const size_t low = index & ((size_t{1} << depth) - 1);
    for (size_t i = low; i < root.chunks.size(); i += size_t{1} << depth) {
      root.chunk_depths[i] = depth + 1;
      root.chunks[i].store(copies[(i >> depth) & 1], std::memory_order_release);
    }
    limbo_.Retire(
        [](void* self, uint64_t item) {
          static_cast<HashIndex*>(self)->chunks_.Free(
              static_cast<uint32_t>(item));
        },
        this, shared);
  }

  uint32_t CopyOf(uint32_t chunk) {
    const uint32_t copy = chunks_.Allocate();
    for (size_t i = 0; i < kChunkEntries; ++i) {
      chunks_[copy].entries[i].store(
          chunks_[chunk].entries[i].load(std::memory_order_relaxed),
          std::memory_order_relaxed);
    }
    return copy;
  }

  // Constant after construction.
  const SlotHasher hasher_;
  Limbo& limbo_;
  // Segments and chunks that readers reach are made of atomics.
  Pool<Segment> segments_;
  SegmentInfo* const infos_;  // by segment number
  Pool<Chunk> chunks_;
  // Release stores pair with the acquire load of Locate.
  alignas(kCacheLineBytes) std::atomic<Root*> root_ = nullptr;

  // The writer's.
  alignas(kCacheLineBytes) int64_t size_ = 0;
  Frontier infos_frontier_;
  // The split under way: nobody but the writer sees it before it is over.
  struct Split {
    bool under_way = false;
    Entry old{0};
    uint64_t prefix = 0;  // the low bits of all hashes in `old`
    std::array<uint32_t, 2> halves = {};
    std::vector<uint32_t> slots;  // of `old`
    size_t announced = 0;         // so many of them are prefetched
    size_t moved = 0;             // so many are in the halves
  };
  Split split_;
};

template <typename SlotHasher>
int HashIndex<SlotHasher>::ProbeLengthMax() const {
  const Root& root = *root_.load(std::memory_order_acquire);
  int longest = 0;
  for (uint64_t i = 0; i < uint64_t{1} << root.depth; ++i) {
    int passed = 0;
    for (uint32_t s = Locate(i).segment(); s != 0; s = Next(s)) {
      int run = 0;
      // Twice around: a run of spilled buckets may wrap.
      for (uint32_t b = 0; b < 2 * kSegmentBuckets; ++b) {
        const Bucket& bucket = segments_[s].buckets[b % kSegmentBuckets];
        run = bucket.LoadTags().spilled() == 0 ? 0 : run + 1;
        longest = std::max(
            longest,
            passed + std::min<int>(run + 1, static_cast<int>(kSegmentBuckets)));
      }
      passed += static_cast<int>(kSegmentBuckets);
    }
  }
  return longest;
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_HASH_INDEX_H_
