#include "recovery/load_snapshot.h"

#include <chrono>
#include <cstddef>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "table/rows.h"
#include "txn/state_summary.h"

namespace orderstore::recovery {
namespace {

using snapshot::Description;
using snapshot::RowBlock;
using snapshot::SnapshotReader;
using snapshot::TableKind;
using table::BarcodeRow;

Timestamp TimeOf(int64_t micros) {
  return Timestamp(std::chrono::microseconds(micros));
}

template <typename RowId>
RowId IdOf(uint32_t number) {
  return RowId(static_cast<int32_t>(number));
}

absl::Status InsertCustomers(const RowBlock& block, txn::Writer& writer) {
  std::vector<NewCustomer> rows(block.rows());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {.email = block.email(i),
               .name = block.name(i),
               .id = IdOf<CustomerId>(block.ids()[i]),
               .created_at = TimeOf(block.created_at()[i]),
               .updated_at = TimeOf(block.updated_at()[i])};
  }
  return writer.InsertCustomers(rows).status();
}

absl::Status InsertOrders(const RowBlock& block, txn::Writer& writer) {
  std::vector<NewOrder> rows(block.rows());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {.customer_id = IdOf<CustomerId>(block.words()[i]),
               .id = IdOf<OrderId>(block.ids()[i]),
               .created_at = TimeOf(block.created_at()[i]),
               .updated_at = TimeOf(block.updated_at()[i])};
  }
  return writer.InsertOrders(rows).status();
}

absl::Status InsertBarcodes(const RowBlock& block, txn::Writer& writer) {
  std::vector<NewBarcode> rows(block.rows());
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t order = BarcodeRow::OrderOf(block.words()[i]);
    rows[i] = {.value = block.value(i),
               .is_used = BarcodeRow::IsUsed(block.words()[i]),
               .id = IdOf<BarcodeId>(block.ids()[i]),
               .created_at = TimeOf(block.created_at()[i]),
               .updated_at = TimeOf(block.updated_at()[i])};
    if (order != 0) rows[i].order_id = IdOf<OrderId>(order);
  }
  return writer.InsertBarcodes(rows).status();
}

absl::Status Insert(const RowBlock& block, txn::Writer& writer) {
  switch (block.table()) {
    case TableKind::kCustomers:
      return InsertCustomers(block, writer);
    case TableKind::kOrders:
      return InsertOrders(block, writer);
    case TableKind::kBarcodes:
      return InsertBarcodes(block, writer);
  }
  return absl::DataLossError("a block of no table");
}

txn::StateSummary SummaryOf(const Description& description) {
  return {.lsn = description.lsn,
          .customers = description.counts.customers,
          .orders = description.counts.orders,
          .barcodes = description.counts.barcodes,
          .digests = description.digests,
          .next_customer_id = description.next_customer_id,
          .next_order_id = description.next_order_id,
          .next_barcode_id = description.next_barcode_id};
}

absl::Status InsertBlocks(const SnapshotReader& snapshot, txn::Engine& engine) {
  const Lsn lsn = snapshot.description().lsn;
  std::future<absl::StatusOr<RowBlock>> next;
  const auto read = [&](size_t block) {
    next = std::async(std::launch::async,
                      [&snapshot, block] { return snapshot.ReadBlock(block); });
  };
  const size_t blocks = snapshot.blocks().size();
  if (blocks > 0) read(0);
  for (size_t i = 0; i < blocks; ++i) {
    const absl::StatusOr<RowBlock> block = next.get();
    if (!block.ok()) return block.status();
    if (i + 1 < blocks) read(i + 1);
    engine.BeginReplay();
    absl::Status status = Insert(*block, engine.writer());
    engine.EndReplay(lsn);
    if (!status.ok()) {
      return absl::DataLossError(absl::StrCat(
          snapshot.path(), ": block ", i, ": ", std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadSnapshot(const SnapshotReader& snapshot, txn::Engine& engine) {
  const Description& description = snapshot.description();
  if (absl::Status status = InsertBlocks(snapshot, engine); !status.ok()) {
    return status;
  }
  engine.BeginReplay();
  engine.RestoreSequences(description.next_customer_id,
                          description.next_order_id,
                          description.next_barcode_id);
  engine.EndReplay(description.lsn);
  const table::CommitState& state = engine.tables().states.latest();
  if (txn::StateSummary::Of(state) == SummaryOf(description) &&
      state.counts == description.counts) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      snapshot.path(), ": the rows are not those that its header says it has"));
}

}  // namespace orderstore::recovery
