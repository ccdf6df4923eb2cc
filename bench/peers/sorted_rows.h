// The rows of a table in the order of something else than their ids, for peers
// that load sorted keys fastest.

#ifndef ORDERSTORE_BENCH_PEERS_SORTED_ROWS_H_
#define ORDERSTORE_BENCH_PEERS_SORTED_ROWS_H_

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "orderstore/ids.h"

namespace orderstore::bench {

// The beginning of a key as numbers that are in its order: comparing them reads
// no memory elsewhere.
struct KeyPrefix {
  explicit KeyPrefix(std::string_view text)
      : high(Bytes(text, 0)), low(Bytes(text, 8)) {}
  template <typename Tag>
  explicit KeyPrefix(Id<Tag> id) : high(static_cast<uint64_t>(id.value())) {}

  friend auto operator<=>(const KeyPrefix&, const KeyPrefix&) = default;

  uint64_t high = 0;
  uint64_t low = 0;

 private:
  // Eight from `at` on, the first the most significant; 0 behind the end.
  static uint64_t Bytes(std::string_view text, size_t at) {
    uint64_t bytes = 0;
    for (size_t i = at; i < at + 8; ++i) {
      bytes =
          bytes << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
    }
    return bytes;
  }
};

// The numbers 0 to n - 1 by the keys that key_of(i) gives, equal ones in order.
template <typename KeyOf>
std::vector<uint32_t> SortedRows(int32_t n, KeyOf key_of) {
  struct Entry {
    KeyPrefix prefix;
    uint32_t row;
  };
  std::vector<Entry> entries;
  entries.reserve(static_cast<size_t>(n));
  for (uint32_t row = 0; row < static_cast<uint32_t>(n); ++row) {
    entries.push_back({KeyPrefix(key_of(row)), row});
  }
  std::sort(entries.begin(), entries.end(),
            [&](const Entry& a, const Entry& b) {
              if (a.prefix != b.prefix) return a.prefix < b.prefix;
              const auto key_a = key_of(a.row);
              const auto key_b = key_of(b.row);
              return key_a != key_b ? key_a < key_b : a.row < b.row;
            });
  std::vector<uint32_t> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries) rows.push_back(entry.row);
  return rows;
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_SORTED_ROWS_H_
