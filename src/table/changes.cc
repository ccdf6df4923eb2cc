#include "table/changes.h"

#include <algorithm>
#include <cassert>
#include <new>

#include "table/digest.h"

namespace orderstore::table {
namespace {

uint32_t WordOf(const RowHeader& row) {
  return row.word.load(std::memory_order_relaxed);
}

void SetUpdatedAt(RowHeader& row, int64_t updated_at) {
  row.updated_at.store(updated_at, std::memory_order_release);
}

Words WordsOf(const RowHeader& row) {
  return {WordOf(row), row.updated_at.load(std::memory_order_relaxed)};
}

}  // namespace

void Changes::Begin(const CommitState& base) {
  state_ = base;
  ++state_.tick;
  touched_ = false;
}

void Changes::Finish() noexcept {
  steps_.clear();
  old_words_.clear();
  try {
    for (; !stillborn_.empty(); stillborn_.pop_back()) {
      tables_.limbo.Reserve(1);
      const Stillborn& row = stillborn_.back();
      (tables_.*row.retire)(row.slot);
    }
  } catch (const std::bad_alloc&) {
    // Nobody waits for those slots.
  }
}

void Changes::UndoTo(const Savepoint& savepoint) {
  while (steps_.size() > savepoint.steps) {
    tables_.limbo.Reserve(Limbo::kRetiredAtOnce);
    const Step step = steps_.back();
    steps_.pop_back();
    Undo(step);
  }
  state_ = savepoint.state;
}

void Changes::ReserveForAStep() {
  // Of the row itself, and of the customers whose tickets are counted anew.
  constexpr size_t kVersionsMax = 3;
  steps_.Reserve(1);
  old_words_.Reserve(1);
  stillborn_.Reserve(1);
  // And one for the state that the transaction's end replaces.
  tables_.collector.Reserve(kVersionsMax + 1);
  tables_.limbo.Reserve(Limbo::kRetiredAtOnce);
}

Words Changes::TakeOldWords() {
  const Words words = old_words_.back();
  old_words_.pop_back();
  return words;
}

void Changes::Undo(Step step) {
  const uint32_t slot = step.slot;
  switch (step.kind) {
    case Kind::kInsertCustomer:
      tables_.UnlinkCustomer(slot);
      tables_.RetireCustomer(slot);
      return;
    case Kind::kInsertOrder:
      CountOrder(tables_.orders.rows[slot], -1);
      tables_.UnlinkOrder(slot);
      tables_.RetireOrder(slot);
      return;
    case Kind::kInsertBarcode: {
      const BarcodeRow& row = tables_.barcodes.rows[slot];
      LeaveOrder(row, WordOf(row));
      tables_.UnlinkBarcode(slot);
      tables_.RetireBarcode(slot);
      return;
    }
    case Kind::kSetCustomer:
      SetUpdatedAt(tables_.customers.rows[slot], TakeOldWords().updated_at);
      return;
    case Kind::kSetOrder: {
      const Words old = TakeOldWords();
      SetOrderWord(slot, old.word);
      SetUpdatedAt(tables_.orders.rows[slot], old.updated_at);
      return;
    }
    case Kind::kSetBarcode: {
      const Words old = TakeOldWords();
      SetBarcodeWord(slot, old.word);
      SetUpdatedAt(tables_.barcodes.rows[slot], old.updated_at);
      return;
    }
    case Kind::kDeleteCustomer: {
      CustomerRow& row = tables_.customers.rows[slot];
      if (TakeStillborn(slot, &Tables::RetireCustomer)) {
        LinkCustomer(slot, tables_.Hash(row.Email(tables_.text)));
      } else {
        UnmarkDeleted(row);
      }
      return;
    }
    case Kind::kDeleteOrder: {
      OrderRow& row = tables_.orders.rows[slot];
      if (TakeStillborn(slot, &Tables::RetireOrder)) {
        LinkOrder(slot);
      } else {
        UnmarkDeleted(row);
        CountOrder(row, 1);
      }
      return;
    }
    case Kind::kDeleteBarcode: {
      BarcodeRow& row = tables_.barcodes.rows[slot];
      if (TakeStillborn(slot, &Tables::RetireBarcode)) {
        LinkBarcode(slot, tables_.Hash(row.text.Get(tables_.text)));
      } else {
        UnmarkDeleted(row);
        JoinOrder(row, WordOf(row));
      }
      return;
    }
  }
}

// ---- Versions --------------------------------------------------------------

void Changes::Preserve(RowHeader& row, uint32_t slot, uint32_t position,
                       Garbage::Kind kind) {
  const Stamp stamp = row.LoadStamp(std::memory_order_relaxed);
  assert(!stamp.deleted());
  if (stamp.tick() == tick()) return;
  VersionPool& versions = tables_.versions;
  const uint32_t number = versions.Allocate();
  Version& version = versions[number];
  const Link older = row.LoadOlder();
  version.begin = stamp.tick();
  version.word = WordOf(row);
  version.updated_at = row.updated_at.load(std::memory_order_relaxed);
  version.position = position;
  version.next.store(older.bits(), std::memory_order_relaxed);
  if (older.is_version()) versions[older.number()].prev = number;
  row.older.store(number, std::memory_order_release);
  row.stamp.store(Stamp::Alive(tick()).bits(), std::memory_order_release);
  tables_.collector.Add({.begin = stamp.tick(),
                         .end = tick(),
                         .kind = kind,
                         .slot = slot,
                         .item = number});
}

void Changes::PreserveCustomer(uint32_t slot) {
  Preserve(tables_.customers.rows[slot], slot, 0,
           Garbage::Kind::kCustomerVersion);
}
void Changes::PreserveOrder(uint32_t slot) {
  OrderRow& row = tables_.orders.rows[slot];
  Preserve(row, slot, row.position, Garbage::Kind::kOrderVersion);
}
void Changes::PreserveBarcode(uint32_t slot) {
  BarcodeRow& row = tables_.barcodes.rows[slot];
  Preserve(row, slot, row.position, Garbage::Kind::kBarcodeVersion);
}

void Changes::MarkDeleted(RowHeader& row) {
  row.stamp.store(Stamp::Deleted(tick()).bits(), std::memory_order_release);
}

void Changes::UnmarkDeleted(RowHeader& row) {
  row.stamp.store(Stamp::Alive(tick()).bits(), std::memory_order_release);
}

bool Changes::IsNewborn(const RowHeader& row) const {
  return row.LoadStamp(std::memory_order_relaxed).tick() == tick() &&
         !row.LoadOlder().is_version();
}

bool Changes::TakeStillborn(uint32_t slot, Retire retire) {
  if (stillborn_.empty() || stillborn_.back().slot != slot ||
      stillborn_.back().retire != retire) {
    return false;
  }
  stillborn_.pop_back();
  return true;
}

// ---- Inserts ---------------------------------------------------------------

void Changes::Fill(RowHeader& row, uint32_t id, uint32_t word,
                   Times times) const {
  row.id = id;
  row.created_at = times.created_at;
  row.updated_at.store(times.updated_at, std::memory_order_relaxed);
  row.word.store(word, std::memory_order_relaxed);
  row.stamp.store(Stamp::Alive(tick()).bits(), std::memory_order_relaxed);
}

template <typename Table>
void Changes::LinkSlot(Table& table, uint32_t slot) {
  auto& row = table.rows[slot];
  table.ids.Touch(row.id);
  auto& entry = table.ids[row.id];
  const uint32_t before = entry.slot.load(std::memory_order_relaxed);
  row.older.store(Link::ToSlot(before).bits(), std::memory_order_relaxed);
  bool occupied = before != 0;
  if constexpr (requires { entry.children; }) {
    occupied |= entry.children.load(std::memory_order_relaxed) != 0;
  }
  if (!occupied) table.ids.Occupy(row.id);
  entry.slot.store(slot, std::memory_order_release);
}

void Changes::LinkCustomer(uint32_t slot, uint64_t email_hash) {
  LinkSlot(tables_.customers, slot);
  tables_.customers.by_email.Insert(email_hash, slot);
}

void Changes::LinkOrder(uint32_t slot) {
  LinkSlot(tables_.orders, slot);
  OrderRow& row = tables_.orders.rows[slot];
  row.position = tables_.customers.orders.Insert(OrdersOf(WordOf(row)), slot);
  CountOrder(row, 1);
}

void Changes::LinkBarcode(uint32_t slot, uint64_t value_hash) {
  LinkSlot(tables_.barcodes, slot);
  tables_.barcodes.by_value.Insert(value_hash, slot);
  BarcodeRow& row = tables_.barcodes.rows[slot];
  if (const uint32_t order = BarcodeRow::OrderOf(WordOf(row)); order != 0) {
    row.position = tables_.orders.barcodes.Insert(BarcodesOf(order), slot);
  }
  JoinOrder(row, WordOf(row));
}

void Changes::AddCustomer(uint32_t id, std::string_view email,
                          std::string_view name, uint64_t email_hash,
                          uint32_t tickets, Times times) {
  ReserveForAStep();
  const uint32_t slot = tables_.customers.rows.Allocate();
  CustomerRow& row = tables_.customers.rows[slot];
  row.Assign(email, name, tables_.text);
  Fill(row, id, tickets, times);
  LinkCustomer(slot, email_hash);
  ++state_.counts.customers;
  state_.digests.customers += DigestOf(row, tables_.text);
  state_.next_customer_id =
      std::max<int64_t>(state_.next_customer_id, int64_t{id} + 1);
  AddStep({slot, Kind::kInsertCustomer});
}

void Changes::InsertOrder(uint32_t id, uint32_t customer, Times times) {
  ReserveForAStep();
  const uint32_t slot = tables_.orders.rows.Allocate();
  Fill(tables_.orders.rows[slot], id, customer, times);
  LinkOrder(slot);
  ++state_.counts.orders;
  state_.digests.orders += DigestOf(tables_.orders.rows[slot], tables_.text);
  state_.next_order_id =
      std::max<int64_t>(state_.next_order_id, int64_t{id} + 1);
  AddStep({slot, Kind::kInsertOrder});
}

void Changes::InsertBarcode(uint32_t id, std::string_view value,
                            uint64_t value_hash, uint32_t word, Times times) {
  ReserveForAStep();
  const uint32_t slot = tables_.barcodes.rows.Allocate();
  BarcodeRow& row = tables_.barcodes.rows[slot];
  row.text.Assign(value, tables_.text);
  Fill(row, id, word, times);
  LinkBarcode(slot, value_hash);
  ++state_.counts.barcodes;
  state_.digests.barcodes += DigestOf(row, tables_.text);
  AddBarcodeCounts(word, 1);
  state_.next_barcode_id =
      std::max<int64_t>(state_.next_barcode_id, int64_t{id} + 1);
  AddStep({slot, Kind::kInsertBarcode});
}

// ---- Updates ---------------------------------------------------------------

void Changes::ReplaceCustomer(uint32_t slot, std::string_view email,
                              std::string_view name, uint64_t email_hash,
                              int64_t updated_at) {
  const CustomerRow& row = tables_.customers.rows[slot];
  const uint32_t tickets = WordOf(row);
  DeleteCustomer(slot);
  AddCustomer(row.id, email, name, email_hash, tickets,
              {row.created_at, updated_at});
}

void Changes::ReplaceBarcode(uint32_t slot, std::string_view value,
                             uint64_t value_hash, uint32_t word,
                             int64_t updated_at) {
  const BarcodeRow& row = tables_.barcodes.rows[slot];
  DeleteBarcode(slot);
  InsertBarcode(row.id, value, value_hash, word, {row.created_at, updated_at});
}

void Changes::SetCustomer(uint32_t slot, int64_t updated_at) {
  ReserveForAStep();
  CustomerRow& row = tables_.customers.rows[slot];
  PreserveCustomer(slot);
  old_words_.push_back(WordsOf(row));
  AddStep({slot, Kind::kSetCustomer});
  state_.digests.customers -= DigestOf(row, tables_.text);
  SetUpdatedAt(row, updated_at);
  state_.digests.customers += DigestOf(row, tables_.text);
}

void Changes::SetOrder(uint32_t slot, uint32_t customer, int64_t updated_at) {
  ReserveForAStep();
  OrderRow& row = tables_.orders.rows[slot];
  PreserveOrder(slot);
  old_words_.push_back(WordsOf(row));
  AddStep({slot, Kind::kSetOrder});
  state_.digests.orders -= DigestOf(row, tables_.text);
  SetOrderWord(slot, customer);
  SetUpdatedAt(row, updated_at);
  state_.digests.orders += DigestOf(row, tables_.text);
}

void Changes::SetBarcode(uint32_t slot, uint32_t word, int64_t updated_at) {
  ReserveForAStep();
  BarcodeRow& row = tables_.barcodes.rows[slot];
  PreserveBarcode(slot);
  old_words_.push_back(WordsOf(row));
  AddStep({slot, Kind::kSetBarcode});
  AddBarcodeCounts(WordOf(row), -1);
  AddBarcodeCounts(word, 1);
  state_.digests.barcodes -= DigestOf(row, tables_.text);
  SetBarcodeWord(slot, word);
  SetUpdatedAt(row, updated_at);
  state_.digests.barcodes += DigestOf(row, tables_.text);
}

void Changes::SetOrderWord(uint32_t slot, uint32_t customer) {
  OrderRow& row = tables_.orders.rows[slot];
  const uint32_t before = WordOf(row);
  if (before == customer) return;
  const int64_t tickets = CountBarcodes(row.id);
  ChildIndex& children = tables_.customers.orders;
  CountOrder(row, -1);
  if (!tables_.HasVersionUnder(row, before)) {
    tables_.RemoveChild(tables_.customers.ids, children, before, row.position);
  }
  AddTickets(before, -tickets);
  // An entry of an older version under this customer serves again.
  bool kept = false;
  tables_.ForEachVersion(row, [&](const Version& version) {
    kept = version.word == customer;
    if (kept) row.position = version.position;
    return !kept;
  });
  if (!kept) row.position = children.Insert(OrdersOf(customer), slot);
  row.word.store(customer, std::memory_order_release);
  CountOrder(row, 1);
  AddTickets(customer, tickets);
}

void Changes::SetBarcodeWord(uint32_t slot, uint32_t word) {
  BarcodeRow& row = tables_.barcodes.rows[slot];
  const uint32_t before = WordOf(row);
  const uint32_t order = BarcodeRow::OrderOf(word);
  if (BarcodeRow::OrderOf(before) == order) {
    const bool was_used = BarcodeRow::IsUsed(before);
    const bool is_used = BarcodeRow::IsUsed(word);
    if (order == 0) {
      tables_.barcodes.unassigned.SetAvailable(row.id, !is_used);
    } else if (was_used != is_used) {
      ChildIndex& children = tables_.orders.barcodes;
      children.AddCurrent(BarcodesOf(order), row.position, was_used, -1,
                          tick());
      children.AddCurrent(BarcodesOf(order), row.position, is_used, 1, tick());
    }
    row.word.store(word, std::memory_order_release);
    return;
  }
  LeaveOrder(row, before);
  const uint32_t old_order = BarcodeRow::OrderOf(before);
  const uint32_t old_position = row.position;
  row.word.store(word, std::memory_order_release);
  if (old_order == 0) {
    tables_.ForgetUnlessUnassigned(row.id);
  } else if (!tables_.HasVersionUnder(row, old_order)) {
    tables_.RemoveChild(tables_.orders.ids, tables_.orders.barcodes, old_order,
                        old_position);
  }
  bool kept = false;
  if (order != 0) {
    // An entry of an older version under this order serves again.
    tables_.ForEachVersion(row, [&](const Version& version) {
      kept = BarcodeRow::OrderOf(version.word) == order;
      if (kept) row.position = version.position;
      return !kept;
    });
  }
  if (order != 0 && !kept) {
    row.position = tables_.orders.barcodes.Insert(BarcodesOf(order), slot);
  }
  JoinOrder(row, word);
}

// ---- Deletes ---------------------------------------------------------------

void Changes::DeleteCustomer(uint32_t slot) {
  ReserveForAStep();
  CustomerRow& row = tables_.customers.rows[slot];
  if (IsNewborn(row)) {
    tables_.UnlinkCustomer(slot);
    stillborn_.push_back({slot, &Tables::RetireCustomer});
  } else {
    PreserveCustomer(slot);
    MarkDeleted(row);
  }
  --state_.counts.customers;
  state_.digests.customers -= DigestOf(row, tables_.text);
  AddStep({slot, Kind::kDeleteCustomer});
}

void Changes::DeleteOrder(uint32_t slot) {
  ReserveForAStep();
  OrderRow& row = tables_.orders.rows[slot];
  CountOrder(row, -1);
  if (IsNewborn(row)) {
    tables_.UnlinkOrder(slot);
    stillborn_.push_back({slot, &Tables::RetireOrder});
  } else {
    PreserveOrder(slot);
    MarkDeleted(row);
  }
  --state_.counts.orders;
  state_.digests.orders -= DigestOf(row, tables_.text);
  AddStep({slot, Kind::kDeleteOrder});
}

void Changes::DeleteBarcode(uint32_t slot) {
  ReserveForAStep();
  BarcodeRow& row = tables_.barcodes.rows[slot];
  const uint32_t word = WordOf(row);
  LeaveOrder(row, word);
  if (IsNewborn(row)) {
    tables_.UnlinkBarcode(slot);
    stillborn_.push_back({slot, &Tables::RetireBarcode});
  } else {
    PreserveBarcode(slot);
    MarkDeleted(row);
  }
  --state_.counts.barcodes;
  state_.digests.barcodes -= DigestOf(row, tables_.text);
  AddBarcodeCounts(word, -1);
  AddStep({slot, Kind::kDeleteBarcode});
}

// ---- Orders' barcodes and customers' tickets -------------------------------

void Changes::JoinOrder(const BarcodeRow& row, uint32_t word) {
  const uint32_t order = BarcodeRow::OrderOf(word);
  const bool used = BarcodeRow::IsUsed(word);
  if (order == 0) {
    tables_.barcodes.unassigned.Begin(row.id);
    tables_.barcodes.unassigned.SetAvailable(row.id, !used);
  } else {
    tables_.orders.barcodes.AddCurrent(BarcodesOf(order), row.position, used, 1,
                                       tick());
    AddTickets(CustomerOf(order), 1);
  }
}

void Changes::LeaveOrder(const BarcodeRow& row, uint32_t word) {
  const uint32_t order = BarcodeRow::OrderOf(word);
  if (order == 0) {
    tables_.barcodes.unassigned.End(row.id, tick());
    tables_.barcodes.unassigned.SetAvailable(row.id, false);
  } else {
    tables_.orders.barcodes.AddCurrent(BarcodesOf(order), row.position,
                                       BarcodeRow::IsUsed(word), -1, tick());
    AddTickets(CustomerOf(order), -1);
  }
}

void Changes::CountOrder(const OrderRow& row, int count) {
  tables_.customers.orders.AddCurrent(OrdersOf(WordOf(row)), row.position,
                                      false, count, tick());
}

uint32_t Changes::CustomerOf(uint32_t order) const {
  const uint32_t slot =
      tables_.orders.ids[order].slot.load(std::memory_order_relaxed);
  return WordOf(tables_.orders.rows[slot]);
}

void Changes::AddTickets(uint32_t customer, int64_t count) {
  if (count == 0) return;
  const uint32_t slot =
      tables_.customers.ids[customer].slot.load(std::memory_order_relaxed);
  PreserveCustomer(slot);
  CustomerRow& row = tables_.customers.rows[slot];
  const uint32_t before = WordOf(row);
  const auto after = static_cast<uint32_t>(before + count);
  row.word.store(after, std::memory_order_release);
  tables_.ranking.Change(customer, before, after);
}

int64_t Changes::CountBarcodes(uint32_t order) const {
  int64_t count = 0;
  tables_.orders.barcodes.ForEach(
      tables_.orders.ids[order].children, ChildIndex::Wanted::kAll, tick(),
      [&](uint32_t slot) {
        const BarcodeRow& row = tables_.barcodes.rows[slot];
        if (!IsDeleted(row) && BarcodeRow::OrderOf(WordOf(row)) == order) {
          ++count;
        }
        return true;
      });
  return count;
}

bool Changes::HasOrders(uint32_t customer) const {
  bool found = false;
  tables_.customers.orders.ForEach(
      tables_.customers.ids[customer].children, ChildIndex::Wanted::kAll,
      tick(), [&](uint32_t slot) {
        const OrderRow& row = tables_.orders.rows[slot];
        found = !IsDeleted(row) && WordOf(row) == customer;
        return !found;
      });
  return found;
}

bool Changes::HasBarcodes(uint32_t order) const {
  bool found = false;
  tables_.orders.barcodes.ForEach(
      tables_.orders.ids[order].children, ChildIndex::Wanted::kAll, tick(),
      [&](uint32_t slot) {
        const BarcodeRow& row = tables_.barcodes.rows[slot];
        found = !IsDeleted(row) && BarcodeRow::OrderOf(WordOf(row)) == order;
        return !found;
      });
  return found;
}

void Changes::AddBarcodeCounts(uint32_t word, int64_t count) {
  if (BarcodeRow::OrderOf(word) == 0) {
    state_.counts.unassigned_barcodes += count;
  }
  if (!BarcodeRow::IsUsed(word)) state_.counts.unused_barcodes += count;
}

}  // namespace orderstore::table
