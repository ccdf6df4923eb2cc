// The rows of a table in the order of something else than their ids, for peers
// that load sorted keys fastest.

#ifndef ORDERSTORE_BENCH_PEERS_SORTED_ROWS_H_
#define ORDERSTORE_BENCH_PEERS_SORTED_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace orderstore::bench {

// The numbers 0 to n - 1 by the keys that key_of(i) gives, equal ones in order.
template <typename KeyOf>
std::vector<uint32_t> SortedRows(int32_t n, KeyOf key_of) {
  std::vector<uint32_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    const auto key_a = key_of(a);
    const auto key_b = key_of(b);
    return key_a != key_b ? key_a < key_b : a < b;
  });
  return rows;
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_SORTED_ROWS_H_
