// An index of slots whose hashes a test chooses: slot i has the hash
// `hashes[i]`.

#ifndef ORDERSTORE_TESTS_TABLE_HASH_INDEX_FIXTURE_H_
#define ORDERSTORE_TESTS_TABLE_HASH_INDEX_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "table/address_space.h"
#include "table/hash_index.h"
#include "table/limbo.h"
#include "table/view_registry.h"

namespace orderstore::table {

// As good as random: the finalizer of splitmix64.
inline uint64_t Mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

inline constexpr uint64_t kOneHash = 0x123456789abcdef0;

class HashIndexTest : public testing::Test {
 public:
  struct Hasher {
    const std::vector<uint64_t>* hashes;

    uint64_t operator()(uint32_t slot) const { return (*hashes)[slot]; }
    void Prefetch(uint32_t) const {}
  };

  // An index for the slots 1 .. slot_max.
  template <typename HashOf>
  void Open(uint32_t slot_max, HashOf hash_of) {
    hashes.assign(size_t{slot_max} + 1, 0);
    for (uint32_t slot = 1; slot <= slot_max; ++slot) {
      hashes[slot] = hash_of(slot);
    }
    if (index != nullptr) limbo.Drain();
    index.reset();
    space = ReserveForTest();
    index = std::make_unique<HashIndex<Hasher>>(*space, limbo, Hasher{&hashes});
  }
  ~HashIndexTest() override {
    if (index != nullptr) limbo.Drain();
  }

  void Insert(uint32_t slot) { index->Insert(hashes[slot], slot); }
  void Erase(uint32_t slot) { index->Erase(hashes[slot], slot); }
  bool Finds(uint32_t slot) const {
    return index->Find(hashes[slot], [slot](uint32_t found) {
      return found == slot;
    }) == slot;
  }
  // Frees what was unlinked; no reader is there.
  int64_t BytesInUse() {
    limbo.Drain();
    return index->bytes();
  }

  std::unique_ptr<AddressSpace> space;
  ViewRegistry views;
  Limbo limbo{views, uncounted_bytes};
  std::vector<uint64_t> hashes;
  std::unique_ptr<HashIndex<Hasher>> index;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TESTS_TABLE_HASH_INDEX_FIXTURE_H_
