// A set of ids, as a bitmap in pages of 512: 1 bit an id where they are dense,
// at most 64 bytes an id where they are not, and 4 bytes for each 512 up to the
// largest (16 MiB for 2^31-1). With Rank it also numbers its ids.

#ifndef ORDERSTORE_CSV_ID_SET_H_
#define ORDERSTORE_CSV_ID_SET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace orderstore::csv {

class IdSet {
 public:
  // False: it was there. `id` is 0 or greater.
  bool Insert(int32_t id);
  bool Contains(int32_t id) const {
    const uint32_t page = PageOf(id);
    return page != kNone && (pages_[page][WordOf(id)] & BitOf(id)) != 0;
  }
  size_t size() const { return size_; }

  // Prepares for Rank. O(largest id / 512). An Insert makes it void.
  void NumberIds();
  // How many ids of the set are less than `id`, which is in it.
  uint32_t Rank(int32_t id) const;

 private:
  using Page = std::array<uint64_t, 8>;
  static constexpr uint32_t kNone = UINT32_MAX;

  static size_t PositionOf(int32_t id) { return static_cast<size_t>(id) / 512; }
  static size_t WordOf(int32_t id) { return static_cast<size_t>(id) / 64 % 8; }
  static uint64_t BitOf(int32_t id) { return uint64_t{1} << (id % 64); }
  uint32_t PageOf(int32_t id) const {
    const size_t position = PositionOf(id);
    return position < directory_.size() ? directory_[position] : kNone;
  }

  std::vector<uint32_t> directory_;  // id / 512 -> index in pages_, or kNone
  std::vector<Page> pages_;
  // Of the first id of each word. Words are counted here once, not in Rank:
  // counting bits is slow on processors that the build does not ask for it.
  std::vector<std::array<uint32_t, 8>> ranks_;
  size_t size_ = 0;
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_ID_SET_H_
