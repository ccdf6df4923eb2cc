// A digest of a table: the sum, modulo 2^64, of a hash of each row. It does not
// depend on the order of the rows, a commit updates it for the rows it changes,
// and tables with equal rows have equal digests in every store.
//
// A row's hash is XXH3 of its columns. (Sums of hashes as digests of sets:
// Bellare and Micciancio, "A new paradigm for collision-free hashing", 1997;
// with 64 bits and no secret they detect accidents, not attackers.)

#ifndef ORDERSTORE_TABLE_DIGEST_H_
#define ORDERSTORE_TABLE_DIGEST_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

#include "table/rows.h"

namespace orderstore::table {

inline uint64_t RowHash(uint32_t id, std::string_view text, uint32_t word,
                        int64_t created_at, int64_t updated_at) {
  struct {
    uint64_t text;
    int64_t created_at;
    int64_t updated_at;
    uint32_t id;
    uint32_t word;
  } const columns = {XXH3_64bits(text.data(), text.size()), created_at,
                     updated_at, id, word};
  static_assert(sizeof columns == 32);
  return XXH3_64bits(&columns, sizeof columns);
}

// The ticket count is no column; where the email ends is.
inline uint64_t DigestOf(const CustomerRow& row, const BlockPool& text) {
  return RowHash(row.id, row.text.Get(text), row.email_size, row.created_at,
                 row.updated_at.load(std::memory_order_relaxed));
}
inline uint64_t DigestOf(const OrderRow& row, const BlockPool&) {
  return RowHash(row.id, {}, row.word.load(std::memory_order_relaxed),
                 row.created_at,
                 row.updated_at.load(std::memory_order_relaxed));
}
inline uint64_t DigestOf(const BarcodeRow& row, const BlockPool& text) {
  return RowHash(row.id, row.text.Get(text),
                 row.word.load(std::memory_order_relaxed), row.created_at,
                 row.updated_at.load(std::memory_order_relaxed));
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_DIGEST_H_
