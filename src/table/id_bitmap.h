// A set of ids 1..2^31-1 in which the next member after an id is found in five
// loads, however far away: a bit an id, and above each level a bit for every
// word of it that is not zero.
//
// Thread-safety: one writer; readers may look on, and find every member that
// was in the set before their view was published and still is.

#ifndef ORDERSTORE_TABLE_ID_BITMAP_H_
#define ORDERSTORE_TABLE_ID_BITMAP_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "table/address_space.h"

namespace orderstore::table {

inline constexpr uint32_t kIdMax = 0x7fffffff;

class IdBitmap {
 public:
  // Level 0 has a bit an id; the top level fits into one word.
  static constexpr size_t kLevels = 6;
  static constexpr uint32_t kWordBits = 64;
  // 2^25 words on level 0, then a 64th of it for each level.
  static constexpr size_t WordsOf(size_t level) {
    const size_t words = (size_t{1} << 25) >> (6 * level);
    return words == 0 ? 1 : words;
  }

  explicit IdBitmap(AddressSpace& space) {
    for (size_t level = 0; level < kLevels; ++level) {
      levels_[level] = space.Carve<std::atomic<uint64_t>>(
          WordsOf(level), AddressSpace::Touch::kSparse);
    }
  }

  void Set(uint32_t id) {
    uint32_t index = id;
    for (std::atomic<uint64_t>* level : levels_) {
      std::atomic<uint64_t>& word = level[index / kWordBits];
      const uint64_t old = word.load(std::memory_order_relaxed);
      word.store(old | Bit(index), std::memory_order_release);
      if (old != 0) return;
      index /= kWordBits;
    }
  }

  void Clear(uint32_t id) {
    uint32_t index = id;
    for (std::atomic<uint64_t>* level : levels_) {
      std::atomic<uint64_t>& word = level[index / kWordBits];
      const uint64_t rest = word.load(std::memory_order_relaxed) & ~Bit(index);
      word.store(rest, std::memory_order_release);
      if (rest != 0) return;
      index /= kWordBits;
    }
  }

  bool Has(uint32_t id) const {
    return (Word(0, id / kWordBits) & Bit(id)) != 0;
  }

  uint64_t Word(size_t level, size_t index) const {
    return levels_[level][index].load(std::memory_order_acquire);
  }

  // The first member from `id` on, or 0. Precondition: id >= 1.
  uint32_t FirstFrom(uint32_t id) const {
    return FirstIdFrom(
        id, [this](size_t level, size_t index) { return Word(level, index); });
  }

  // The same walk over words of the caller's: word_at(level, index), each level
  // a superset of those below it.
  template <typename WordAt>
  static uint32_t FirstIdFrom(uint32_t id, WordAt word_at);

  // Gives back the memory of level 0 for the 32768 ids around `id`, none of
  // which is a member.
  void ReleaseAround(uint32_t id) {
    const size_t first = id / kReleaseIds * (kReleaseIds / kWordBits);
    AddressSpace::Release(&levels_[0][first], kPageBytes);
  }
  // The ids of one page of level 0.
  static constexpr uint32_t kReleaseIds = kPageBytes * 8;

 private:
  static uint64_t Bit(uint32_t index) {
    return uint64_t{1} << (index % kWordBits);
  }

  // Release stores pair with the acquire loads of Word.
  std::array<std::atomic<uint64_t>*, kLevels> levels_;
};

template <typename WordAt>
uint32_t IdBitmap::FirstIdFrom(uint32_t id, WordAt word_at) {
  // Up, until a word has a member at or after the index; then down to the
  // first one in it. Should there be none after all (the writer may have taken
  // it meanwhile), up again behind it.
  uint64_t index = id;
  size_t level = 0;
  while (level < kLevels) {
    const uint64_t at = index / kWordBits;
    if (at >= WordsOf(level)) return 0;
    const uint64_t word =
        word_at(level, at) & (~uint64_t{0} << (index % kWordBits));
    if (word == 0) {
      index = at + 1;
      ++level;
      continue;
    }
    index = at * kWordBits + static_cast<uint64_t>(std::countr_zero(word));
    if (level == 0) return static_cast<uint32_t>(index);
    --level;
    index *= kWordBits;
  }
  return 0;
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_ID_BITMAP_H_
