// Inserts of many rows at once, a group after the other, whose memory is
// announced before it is needed.

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "absl/strings/str_cat.h"
#include "txn/coming_changes.h"
#include "txn/messages.h"
#include "txn/writer.h"

namespace orderstore::txn {
namespace {

constexpr size_t kGroup = kComingChangesMax;

template <typename RowId>
uint32_t NumberOr0(std::optional<RowId> id) {
  return id && id->valid() ? static_cast<uint32_t>(id->value()) : 0;
}

ComingChange Coming(const table::Tables& tables, const NewCustomer& row) {
  return {.table = ComingChange::Table::kCustomers,
          .id = NumberOr0(row.id),
          .hash = tables.Hash(row.email)};
}
ComingChange Coming(const table::Tables&, const NewOrder& row) {
  return {.table = ComingChange::Table::kOrders,
          .id = NumberOr0(row.id),
          .parent = NumberOr0(std::optional<CustomerId>(row.customer_id))};
}
ComingChange Coming(const table::Tables& tables, const NewBarcode& row) {
  return {.table = ComingChange::Table::kBarcodes,
          .id = NumberOr0(row.id),
          .parent = NumberOr0(row.order_id),
          .hash = tables.Hash(row.value)};
}

}  // namespace

template <typename Row, typename RowId>
absl::Status Writer::InsertGroup(const char* list, std::span<const Row> rows,
                                 size_t first_index, std::vector<RowId>& ids) {
  std::array<ComingChange, kGroup> coming;
  for (size_t i = 0; i < rows.size(); ++i) coming[i] = Coming(tables_, rows[i]);
  Prefetch(tables_, std::span(coming).first(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StatusOr<RowId> id = Insert(rows[i], coming[i].hash);
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
