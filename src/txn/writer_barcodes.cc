// The statements on barcodes.

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "table/prefetch.h"
#include "table/text_equal.h"
#include "txn/messages.h"
#include "txn/rows_out.h"
#include "txn/text_check.h"
#include "txn/writer.h"

namespace orderstore::txn {
namespace {

using table::BarcodeRow;
using table::kRelaxed;

std::string TimeText(int64_t micros) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(micros),
                          absl::UTCTimeZone());
}

absl::Status OnOrder(std::string_view value, uint32_t order) {
  return absl::FailedPreconditionError(
      absl::StrCat("barcode ", Quoted(value), " is on order ", order));
}

}  // namespace

uint32_t Writer::BarcodeSlot(std::string_view value, uint64_t hash) const {
  return tables_.barcodes.by_value.Find(hash, [&](uint32_t slot) {
    const BarcodeRow& row = tables_.barcodes.rows[slot];
    return table::TextEqual(row.text.Get(tables_.text), value) &&
           !row.LoadStamp(kRelaxed).deleted();
  });
}

absl::StatusOr<uint32_t> Writer::RequireBarcode(std::string_view value) const {
  const uint32_t slot = BarcodeSlot(value, tables_.Hash(value));
  if (slot != 0) return slot;
  // What is found is good text: only a miss has to be looked at.
  absl::Status status = CheckText("barcode", value, Empty::kRefused);
  if (!status.ok()) return status;
  return absl::NotFoundError(
      absl::StrCat("there is no barcode ", Quoted(value)));
}

absl::StatusOr<BarcodeId> Writer::InsertBarcode(const NewBarcode& row) {
  return Insert(row, tables_.Hash(row.value));
}

absl::StatusOr<BarcodeId> Writer::Insert(const NewBarcode& row, uint64_t hash) {
  absl::Status status = CheckText("barcode", row.value, Empty::kRefused);
  if (!status.ok()) return status;
  absl::StatusOr<BarcodeId> id =
      ChooseId("barcodes", row.id, state().next_barcode_id);
  if (!id.ok()) return id;
  auto times = ChooseTimes(row.created_at, row.updated_at);
  if (!times.ok()) return times.status();
  if (row.id && BarcodeSlot(*id) != 0) {
    return absl::AlreadyExistsError(
        absl::StrCat(NameOf(*id), " is taken by another row"));
  }
  if (const uint32_t slot = BarcodeSlot(row.value, hash); slot != 0) {
    return absl::AlreadyExistsError(
        absl::StrCat("barcode ", Quoted(row.value), " is taken by ",
                     NameOf(IdOf(tables_.barcodes.rows[slot]))));
  }
  if (row.order_id) {
    if (status = RequireOrder(*row.order_id); !status.ok()) return status;
  }
  const auto order =
      row.order_id ? static_cast<uint32_t>(row.order_id->value()) : 0;
  if (absl::Status growth = CheckGrowth(); !growth.ok()) return growth;
  edits_.InsertBarcode(static_cast<uint32_t>(id->value()), row.value, hash,
                       BarcodeRow::WordOf(order, row.is_used), *times);
  return id;
}

absl::Status Writer::UpdateBarcode(BarcodeId id, const BarcodeUpdate& update) {
  if (absl::Status status = CheckId(id); !status.ok()) return status;
  const uint32_t slot = BarcodeSlot(id);
  if (slot == 0) return NoSuch(id);
  const BarcodeRow& row = tables_.barcodes.rows[slot];
  const uint32_t before = row.word.load(kRelaxed);
  const std::string_view value =
      update.value.value_or(row.text.Get(tables_.text));
  absl::Status status = CheckText("barcode", value, Empty::kRefused);
  if (!status.ok()) return status;
  uint32_t order = BarcodeRow::OrderOf(before);
  if (update.order_id) {
    order = 0;
    if (const std::optional<OrderId>& to = *update.order_id; to) {
      if (status = RequireOrder(*to); !status.ok()) return status;
      order = static_cast<uint32_t>(to->value());
    }
  }
  absl::StatusOr<int64_t> updated_at = ChooseUpdatedAt(row, update.updated_at);
  if (!updated_at.ok()) return updated_at.status();
  const bool value_changes = value != row.text.Get(tables_.text);
  const uint64_t hash = value_changes ? tables_.Hash(value) : 0;
  const uint32_t owner = value_changes ? BarcodeSlot(value, hash) : 0;
  if (owner != 0) {
    return absl::AlreadyExistsError(
        absl::StrCat("barcode ", Quoted(value), " is taken by ",
                     NameOf(IdOf(tables_.barcodes.rows[owner]))));
  }
  const uint32_t word = BarcodeRow::WordOf(
      order, update.is_used.value_or(BarcodeRow::IsUsed(before)));
  if (!value_changes && word == before && !Moves(row, update.updated_at)) {
    return absl::OkStatus();
  }
  if (status = CheckGrowth(); !status.ok()) return status;
  if (value_changes) {
    edits_.ReplaceBarcode(slot, value, hash, word, *updated_at);
  } else {
    edits_.SetBarcode(slot, word, *updated_at);
  }
  return absl::OkStatus();
}

absl::Status Writer::DeleteBarcode(BarcodeId id) {
  if (absl::Status status = CheckId(id); !status.ok()) return status;
  const uint32_t slot = BarcodeSlot(id);
  if (slot == 0) return NoSuch(id);
  if (absl::Status room = CheckRoomToDelete(); !room.ok()) return room;
  edits_.DeleteBarcode(slot);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Barcode>> Writer::AssignBarcodes(OrderId order,
                                                            size_t n) {
  if (absl::Status status = RequireOrder(order); !status.ok()) return status;
  const table::UnassignedIndex& unassigned = tables_.barcodes.unassigned;
  // The bound also keeps a senseless n from allocating.
  const auto stock = static_cast<size_t>(state().counts.unassigned_barcodes);
  std::vector<uint32_t> ids;
  ids.reserve(std::min(n, stock));
  uint32_t id = n == 0 ? 0 : unassigned.FirstAvailableFrom(1);
  while (id != 0) {
    ids.push_back(id);
    table::Prefetch(&tables_.barcodes.ids[id]);
    if (ids.size() == n || id == table::kIdMax) break;
    id = unassigned.FirstAvailableFrom(id + 1);
  }
  if (ids.size() < n) {
    return absl::NotFoundError(
        absl::StrCat(NameOf(order), " wants ", n, " barcodes, and only ",
                     ids.size(), " are unassigned and unused; none was taken"));
  }
  for (uint32_t taken : ids) {
    table::Prefetch(
        &tables_.barcodes
             .rows[BarcodeSlot(BarcodeId(static_cast<int32_t>(taken)))]);
  }
  std::vector<Barcode> rows;
  rows.reserve(n);
  const Edits::Savepoint savepoint = edits_.Save();
  for (uint32_t taken : ids) {
    if (absl::Status status = CheckGrowth(); !status.ok()) {
      edits_.UndoTo(savepoint);
      return status;
    }
    const uint32_t slot = BarcodeSlot(BarcodeId(static_cast<int32_t>(taken)));
    const BarcodeRow& row = tables_.barcodes.rows[slot];
    const table::Words words{
        BarcodeRow::WordOf(static_cast<uint32_t>(order.value()), false),
        NextUpdatedAt(row)};
    edits_.SetBarcode(slot, words.word, words.updated_at);
    rows.push_back(ToBarcode(row, words, tables_.text));
  }
  return rows;
}

absl::Status Writer::AssignBarcode(std::string_view value, OrderId order) {
  absl::StatusOr<uint32_t> slot = RequireBarcode(value);
  if (!slot.ok()) return slot.status();
  if (absl::Status status = RequireOrder(order); !status.ok()) return status;
  const BarcodeRow& row = tables_.barcodes.rows[*slot];
  const uint32_t word = row.word.load(kRelaxed);
  if (BarcodeRow::OrderOf(word) != 0) {
    return OnOrder(value, BarcodeRow::OrderOf(word));
  }
  if (BarcodeRow::IsUsed(word)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "barcode ", Quoted(value), " is used and cannot be assigned"));
  }
  if (absl::Status growth = CheckGrowth(); !growth.ok()) return growth;
  edits_.SetBarcode(
      *slot, BarcodeRow::WordOf(static_cast<uint32_t>(order.value()), false),
      NextUpdatedAt(row));
  return absl::OkStatus();
}

absl::Status Writer::Redeem(std::string_view value) {
  absl::StatusOr<uint32_t> slot = RequireBarcode(value);
  if (!slot.ok()) return slot.status();
  const BarcodeRow& row = tables_.barcodes.rows[*slot];
  const uint32_t word = row.word.load(kRelaxed);
  if (BarcodeRow::OrderOf(word) == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "barcode ", Quoted(value), " is unassigned and cannot be redeemed"));
  }
  if (BarcodeRow::IsUsed(word)) {
    return absl::FailedPreconditionError(
        absl::StrCat("barcode ", Quoted(value), " was redeemed at ",
                     TimeText(row.updated_at.load(kRelaxed))));
  }
  if (absl::Status growth = CheckGrowth(); !growth.ok()) return growth;
  edits_.SetBarcode(*slot, word | BarcodeRow::kUsedBit, NextUpdatedAt(row));
  return absl::OkStatus();
}

absl::Status Writer::Unredeem(std::string_view value) {
  absl::StatusOr<uint32_t> slot = RequireBarcode(value);
  if (!slot.ok()) return slot.status();
  const BarcodeRow& row = tables_.barcodes.rows[*slot];
  const uint32_t word = row.word.load(kRelaxed);
  if (!BarcodeRow::IsUsed(word)) return absl::OkStatus();
  if (absl::Status growth = CheckGrowth(); !growth.ok()) return growth;
  edits_.SetBarcode(*slot, word & ~BarcodeRow::kUsedBit, NextUpdatedAt(row));
  return absl::OkStatus();
}

}  // namespace orderstore::txn
