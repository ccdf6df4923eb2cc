// Inserts of many rows at once. What a row needs from memory is prefetched in
// waves over a group of rows, so that the misses of a group overlap.

#include <algorithm>
#include <array>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "txn/messages.h"
#include "txn/writer.h"

namespace orderstore::txn {
namespace {

using table::kRelaxed;

constexpr size_t kGroup = 32;

void Prefetch(const void* at) { __builtin_prefetch(at); }

template <typename RowId>
uint32_t NumberOr0(std::optional<RowId> id) {
  return id && id->valid() ? static_cast<uint32_t>(id->value()) : 0;
}

}  // namespace

uint64_t Writer::HashOf(const NewCustomer& row) const {
  return tables_.Hash(row.email);
}
uint64_t Writer::HashOf(const NewOrder&) const { return 0; }
uint64_t Writer::HashOf(const NewBarcode& row) const {
  return tables_.Hash(row.value);
}

void Writer::PrefetchIndexes(const NewCustomer& row, uint64_t hash) const {
  tables_.customers.by_email.PrefetchInsert(hash);
  Prefetch(&tables_.customers.ids[NumberOr0(row.id)]);
}
void Writer::PrefetchIndexes(const NewOrder& row, uint64_t /*hash*/) const {
  Prefetch(&tables_.orders.ids[NumberOr0(row.id)]);
  Prefetch(&tables_.customers
                .ids[NumberOr0(std::optional<CustomerId>(row.customer_id))]);
}
void Writer::PrefetchIndexes(const NewBarcode& row, uint64_t hash) const {
  tables_.barcodes.by_value.PrefetchInsert(hash);
  Prefetch(&tables_.barcodes.ids[NumberOr0(row.id)]);
  Prefetch(&tables_.orders.ids[NumberOr0(row.order_id)]);
}

void Writer::PrefetchRows(const NewCustomer&, uint64_t hash) const {
  Prefetch(
      &tables_.customers.rows[tables_.customers.by_email.LikelySlot(hash)]);
}
void Writer::PrefetchRows(const NewOrder& row, uint64_t /*hash*/) const {
  const table::ParentEntry& entry =
      tables_.customers
          .ids[NumberOr0(std::optional<CustomerId>(row.customer_id))];
  Prefetch(&tables_.customers.rows[entry.slot.load(kRelaxed)]);
  tables_.customers.orders.PrefetchInsert(entry.children);
}
void Writer::PrefetchRows(const NewBarcode& row, uint64_t hash) const {
  Prefetch(&tables_.barcodes.rows[tables_.barcodes.by_value.LikelySlot(hash)]);
  const table::ParentEntry& entry = tables_.orders.ids[NumberOr0(row.order_id)];
  Prefetch(&tables_.orders.rows[entry.slot.load(kRelaxed)]);
  tables_.orders.barcodes.PrefetchInsert(entry.children);
}

const table::ParentEntry* Writer::CustomerEntryOf(const NewBarcode& row) const {
  const uint32_t order =
      tables_.orders.ids[NumberOr0(row.order_id)].slot.load(kRelaxed);
  if (order == 0) return nullptr;
  return &tables_.customers.ids[tables_.orders.rows[order].word.load(kRelaxed)];
}

void Writer::PrefetchTicketCounts(std::span<const NewBarcode> rows) const {
  for (const NewBarcode& row : rows) Prefetch(CustomerEntryOf(row));
  for (const NewBarcode& row : rows) {
    const table::ParentEntry* entry = CustomerEntryOf(row);
    if (entry == nullptr) continue;
    Prefetch(&tables_.customers.rows[entry->slot.load(kRelaxed)]);
  }
}

template <typename Row, typename RowId>
absl::Status Writer::InsertGroup(const char* list, std::span<const Row> rows,
                                 size_t first_index, std::vector<RowId>& ids) {
  std::array<uint64_t, kGroup> hashes;
  for (size_t i = 0; i < rows.size(); ++i) {
    hashes[i] = HashOf(rows[i]);
    PrefetchIndexes(rows[i], hashes[i]);
  }
  for (size_t i = 0; i < rows.size(); ++i) PrefetchRows(rows[i], hashes[i]);
  if constexpr (std::is_same_v<Row, NewBarcode>) PrefetchTicketCounts(rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StatusOr<RowId> id = Insert(rows[i], hashes[i]);
    if (!id.ok()) {
      return absl::Status(id.status().code(),
                          absl::StrCat(list, "[", first_index + i,
                                       "]: ", id.status().message()));
    }
    ids.push_back(*id);
  }
  return absl::OkStatus();
}

template <typename Row, typename RowId>
absl::StatusOr<std::vector<RowId>> Writer::InsertAll(
    std::span<const Row> rows) {
  std::vector<RowId> ids;
  ids.reserve(rows.size());
  const Edits::Savepoint savepoint = edits_.Save();
  for (size_t at = 0; at < rows.size(); at += kGroup) {
    absl::Status status = InsertGroup(
        "rows", rows.subspan(at, std::min(kGroup, rows.size() - at)), at, ids);
    if (!status.ok()) {
      edits_.UndoTo(savepoint);
      return status;
    }
  }
  return ids;
}

absl::StatusOr<std::vector<CustomerId>> Writer::InsertCustomers(
    std::span<const NewCustomer> rows) {
  return InsertAll<NewCustomer, CustomerId>(rows);
}
absl::StatusOr<std::vector<OrderId>> Writer::InsertOrders(
    std::span<const NewOrder> rows) {
  return InsertAll<NewOrder, OrderId>(rows);
}
absl::StatusOr<std::vector<BarcodeId>> Writer::InsertBarcodes(
    std::span<const NewBarcode> rows) {
  return InsertAll<NewBarcode, BarcodeId>(rows);
}

absl::StatusOr<std::vector<BarcodeId>> Writer::InsertBarcodes(
    OrderId order, std::span<const std::string_view> values) {
  if (absl::Status status = RequireOrder(order); !status.ok()) return status;
  std::vector<BarcodeId> ids;
  ids.reserve(values.size());
  const Edits::Savepoint savepoint = edits_.Save();
  for (size_t at = 0; at < values.size(); at += kGroup) {
    std::array<NewBarcode, kGroup> rows;
    const size_t count = std::min(kGroup, values.size() - at);
    for (size_t i = 0; i < count; ++i) {
      rows[i] = {.value = values[at + i], .order_id = order};
    }
    absl::Status status = InsertGroup(
        "values", std::span<const NewBarcode>(rows).first(count), at, ids);
    if (!status.ok()) {
      edits_.UndoTo(savepoint);
      return status;
    }
  }
  return ids;
}

}  // namespace orderstore::txn
