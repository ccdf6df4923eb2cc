#include "txn/coming_changes.h"

#include "table/prefetch.h"

namespace orderstore::txn {
namespace {

using table::kRelaxed;
using table::ParentEntry;
using table::Prefetch;
using table::Tables;
using Table = ComingChange::Table;

// A parent's row, and where its children are listed.
template <typename Parents, typename Children>
void PrefetchParent(const Parents& parents, const Children& children,
                    uint32_t id) {
  const ParentEntry& entry = parents.ids[id];
  Prefetch(&parents.rows[entry.slot.load(kRelaxed)]);
  children.PrefetchInsert(entry.children);
}

// The row that has the id, and the one that may have the key.
template <typename Rows, typename Index>
void PrefetchRow(const Rows& table, const Index& index,
                 const ComingChange& change) {
  if (change.id != 0) {
    Prefetch(&table.rows[table.ids[change.id].slot.load(kRelaxed)]);
  }
  if (change.hash != 0) {
    Prefetch(&table.rows[index.LikelySlot(change.hash)]);
  }
}

void PrefetchEntries(const Tables& tables, const ComingChange& change) {
  switch (change.table) {
    case Table::kCustomers:
      Prefetch(&tables.customers.ids[change.id]);
      if (change.hash != 0) {
        tables.customers.by_email.PrefetchInsert(change.hash);
      }
      break;
    case Table::kOrders:
      Prefetch(&tables.orders.ids[change.id]);
      Prefetch(&tables.customers.ids[change.parent]);
      break;
    case Table::kBarcodes:
      Prefetch(&tables.barcodes.ids[change.id]);
      Prefetch(&tables.orders.ids[change.parent]);
      if (change.hash != 0) {
        tables.barcodes.by_value.PrefetchInsert(change.hash);
      }
      break;
  }
}

void PrefetchRows(const Tables& tables, const ComingChange& change) {
  switch (change.table) {
    case Table::kCustomers:
      PrefetchRow(tables.customers, tables.customers.by_email, change);
      break;
    case Table::kOrders:
      if (change.id != 0) {
        Prefetch(&tables.orders
                      .rows[tables.orders.ids[change.id].slot.load(kRelaxed)]);
      }
      PrefetchParent(tables.customers, tables.customers.orders, change.parent);
      break;
    case Table::kBarcodes:
      PrefetchRow(tables.barcodes, tables.barcodes.by_value, change);
      PrefetchParent(tables.orders, tables.orders.barcodes, change.parent);
      break;
  }
}

// Of the customer whose tickets a barcode is one of; null if there is none.
const ParentEntry* CustomerEntryOf(const Tables& tables,
                                   const ComingChange& change) {
  if (change.table != Table::kBarcodes) return nullptr;
  const uint32_t order = tables.orders.ids[change.parent].slot.load(kRelaxed);
  if (order == 0) return nullptr;
  return &tables.customers.ids[tables.orders.rows[order].word.load(kRelaxed)];
}

}  // namespace

void Prefetch(const Tables& tables, std::span<const ComingChange> changes) {
  for (const ComingChange& change : changes) PrefetchEntries(tables, change);
  for (const ComingChange& change : changes) PrefetchRows(tables, change);
  for (const ComingChange& change : changes) {
    if (const ParentEntry* entry = CustomerEntryOf(tables, change)) {
      Prefetch(entry);
    }
  }
  for (const ComingChange& change : changes) {
    if (const ParentEntry* entry = CustomerEntryOf(tables, change)) {
      Prefetch(&tables.customers.rows[entry->slot.load(kRelaxed)]);
    }
  }
}

}  // namespace orderstore::txn
