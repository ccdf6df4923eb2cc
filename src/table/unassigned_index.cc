#include "table/unassigned_index.h"

#include <bit>

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

uint32_t UnassignedIndex::FirstCandidateFrom(uint32_t id, Tick tick) const {
  // As IdBitmap::FirstFrom, but a word may turn out to have no candidate after
  // all: then up again, behind it.
  uint64_t index = id;
  size_t level = 0;
  while (level < IdBitmap::kLevels) {
    const uint64_t at = index / IdBitmap::kWordBits;
    if (at >= IdBitmap::WordsOf(level)) return 0;
    const uint64_t word = Candidates(level, at, tick) &
                          (~uint64_t{0} << (index % IdBitmap::kWordBits));
    if (word == 0) {
      index = at + 1;
      ++level;
      continue;
    }
    index = at * IdBitmap::kWordBits +
            static_cast<uint64_t>(std::countr_zero(word));
    if (level == 0) return static_cast<uint32_t>(index);
    --level;
    index *= IdBitmap::kWordBits;
  }
  return 0;
}

}  // namespace orderstore::table
