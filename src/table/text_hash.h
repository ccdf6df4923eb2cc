// The hash of emails and barcode values in the indexes: XXH3, seeded with a
// number of the store's own, so that nobody outside can choose keys that
// collide.

#ifndef ORDERSTORE_TABLE_TEXT_HASH_H_
#define ORDERSTORE_TABLE_TEXT_HASH_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace orderstore::table {

inline uint64_t TextHash(std::string_view text, uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_TEXT_HASH_H_
