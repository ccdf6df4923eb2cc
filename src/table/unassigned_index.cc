#include "table/unassigned_index.h"

#include "table/id_directory.h"

namespace orderstore::table {

UnassignedIndex::UnassignedIndex(AddressSpace& space)
    : available_(space),
      now_(space),
      maybe_(space),
      touched_((size_t{kIdMax} + 1) / IdBitmap::kReleaseIds) {
  for (size_t level = 0; level < IdBitmap::kLevels; ++level) {
    ended_[level] = space.Carve<std::atomic<Tick>>(
        IdBitmap::WordsOf(level), AddressSpace::Touch::kSparse);
  }
}

void UnassignedIndex::Begin(uint32_t id) {
  AddRange(id, true);
  now_.Set(id);
  maybe_.Set(id);
}

void UnassignedIndex::End(uint32_t id, Tick tick) {
  // Before the bit goes: a reader that misses the bit sees the tick.
  size_t word = id;
  for (std::atomic<Tick>* level : ended_) {
    word /= IdBitmap::kWordBits;
    level[word].store(tick, std::memory_order_release);
  }
  now_.Clear(id);
}

void UnassignedIndex::ReleaseAround(uint32_t id) {
  if (!touched_[id / IdBitmap::kReleaseIds]) return;
  available_.ReleaseAround(id);
  now_.ReleaseAround(id);
  maybe_.ReleaseAround(id);
  // `ended` has a word of 8 bytes where the bitmaps have one: the same page. A
  // reader that misses a tick finds nothing in `maybe` either.
  const size_t first = id / IdBitmap::kReleaseIds *
                       (IdBitmap::kReleaseIds / IdBitmap::kWordBits);
  AddressSpace::Release(&ended_[0][first], kPageBytes);
  AddRange(id, false);
}

void UnassignedIndex::AddRange(uint32_t id, bool touched) {
  std::vector<bool>::reference range = touched_[id / IdBitmap::kReleaseIds];
  if (range == touched) return;
  range = touched;
  const auto bytes = static_cast<int64_t>(4 * kPageBytes);
  bytes_.store(
      bytes_.load(std::memory_order_relaxed) + (touched ? bytes : -bytes),
      std::memory_order_relaxed);
}

uint64_t UnassignedIndex::Candidates(size_t level, size_t word,
                                     Tick tick) const {
  // In this order, see End.
  const uint64_t now = now_.Word(level, word);
  if (ended_[level][word].load(std::memory_order_acquire) <= tick) return now;
  return maybe_.Word(level, word);
}

}  // namespace orderstore::table
