// A bucket of a hash index: one cache line of twelve places, each a 1-byte tag
// (bits of the hash, never 0; 0 is an empty place) and a 4-byte slot number.
//
//   | tags 0..7 : 8 bytes | tags 8..11 : 4 | spilled : 1 | 0 : 3 | slots : 48 |
//
// `spilled` counts the entries that passed over this full bucket to a later
// one. It sticks at 255: then only searches get longer.
//
// Thread-safety: one writer, any number of readers. The writer stores a slot
// before its tag (release), a reader loads tags before slots (acquire).

#ifndef ORDERSTORE_TABLE_BUCKET_H_
#define ORDERSTORE_TABLE_BUCKET_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace orderstore::table {

class alignas(64) Bucket {
 public:
  static constexpr int kPlaces = 12;

  // The tags and the count, as of one moment.
  class Tags {
   public:
    Tags(uint64_t low, uint64_t high) : low_(low), high_(high) {}

    // The places with this tag, one bit each.
    uint32_t Matches(uint8_t tag) const {
#ifdef __SSE2__
      const __m128i tags = _mm_set_epi64x(static_cast<int64_t>(high_),
                                          static_cast<int64_t>(low_));
      const __m128i equal =
          _mm_cmpeq_epi8(tags, _mm_set1_epi8(static_cast<char>(tag)));
      return static_cast<uint32_t>(_mm_movemask_epi8(equal)) & kAllPlaces;
#else
      uint32_t matches = 0;
      for (int i = 0; i < kPlaces; ++i) {
        if (TagAt(i) == tag) matches |= uint32_t{1} << i;
      }
      return matches;
#endif
    }
    uint32_t Used() const { return ~Matches(0) & kAllPlaces; }
    uint32_t spilled() const {
      return static_cast<uint8_t>(high_ >> kSpilledShift);
    }

   private:
    static constexpr uint32_t kAllPlaces = (uint32_t{1} << kPlaces) - 1;

    uint8_t TagAt(int place) const {
      return static_cast<uint8_t>(place < 8 ? low_ >> (8 * place)
                                            : high_ >> (8 * (place - 8)));
    }

    uint64_t low_;
    uint64_t high_;
  };

  Tags LoadTags() const {
    return Tags(low_.load(std::memory_order_acquire),
                high_.load(std::memory_order_acquire));
  }
  uint32_t LoadSlot(int place) const {
    return slots_[static_cast<size_t>(place)].load(std::memory_order_acquire);
  }

  // Returns false if all places are used.
  bool Add(uint8_t tag, uint32_t slot) {
    const uint32_t empty = LoadTags().Matches(0);
    if (empty == 0) return false;
    const int place = std::countr_zero(empty);
    slots_[static_cast<size_t>(place)].store(slot, std::memory_order_release);
    SetTag(place, tag);
    return true;
  }

  // Returns false if there is no such entry.
  bool Remove(uint8_t tag, uint32_t slot) {
    for (uint32_t hits = LoadTags().Matches(tag); hits != 0; hits &= hits - 1) {
      const int place = std::countr_zero(hits);
      if (LoadSlot(place) != slot) continue;
      SetTag(place, 0);
      return true;
    }
    return false;
  }

  void AddSpilled(int count) {
    const uint64_t high = high_.load(std::memory_order_relaxed);
    const auto spilled = static_cast<uint8_t>(high >> kSpilledShift);
    if (spilled == 255) return;
    const auto sum = static_cast<uint64_t>(spilled + count);
    high_.store(
        (high & ~(uint64_t{255} << kSpilledShift)) | sum << kSpilledShift,
        std::memory_order_release);
  }

 private:
  static constexpr int kSpilledShift = 32;

  void SetTag(int place, uint8_t tag) {
    std::atomic<uint64_t>& word = place < 8 ? low_ : high_;
    const int shift = 8 * (place % 8);
    const uint64_t others =
        word.load(std::memory_order_relaxed) & ~(uint64_t{255} << shift);
    word.store(others | static_cast<uint64_t>(tag) << shift,
               std::memory_order_release);
  }

  std::atomic<uint64_t> low_ = 0;
  std::atomic<uint64_t> high_ = 0;
  std::array<std::atomic<uint32_t>, kPlaces> slots_ = {};
};
static_assert(sizeof(Bucket) == 64);

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_BUCKET_H_
