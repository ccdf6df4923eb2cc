// What many changes of rows need from memory, announced in waves: what their
// values lead to, what that leads to, and so on, so that the cache misses of
// all overlap, and not only those of one change. (Chen, Ailamaki, Gibbons,
// Mowry: "Improving hash join performance through prefetching", 2004.)

#ifndef ORDERSTORE_TXN_COMING_CHANGES_H_
#define ORDERSTORE_TXN_COMING_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "table/tables.h"

namespace orderstore::txn {

// An insert, update or delete of a row. It may be one that fails.
struct ComingChange {
  enum class Table { kCustomers, kOrders, kBarcodes };

  Table table;
  uint32_t id = 0;      // at most an id's maximum; 0: not known
  uint32_t parent = 0;  // an id: the order's customer, the barcode's order
  uint64_t hash = 0;    // of the email or value; 0 if it does not change
};

// So many at a time: what they need fits the first cache.
inline constexpr size_t kComingChangesMax = 32;

void Prefetch(const table::Tables& tables,
              std::span<const ComingChange> changes);

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_COMING_CHANGES_H_
