#include "table/loader.h"

#include <algorithm>
#include <array>
#include <span>

#include "table/prefetch.h"

namespace orderstore::table {

void Loader::Reserve(int64_t customers, int64_t barcodes) {
  tables_.customers.by_email.Reserve(customers);
  tables_.barcodes.by_value.Reserve(barcodes);
}

// ---- Rows ------------------------------------------------------------------

void Loader::Fill(RowHeader& header, const Row& row, uint32_t word) const {
  header.id = row.id;
  header.created_at = row.created_at;
  header.updated_at.store(row.updated_at, kRelaxed);
  header.word.store(word, kRelaxed);
  header.stamp.store(Stamp::Alive(state_.tick).bits(), kRelaxed);
}

template <typename Table>
void Loader::LinkSlot(Table& table, uint32_t slot) {
  const uint32_t id = table.rows[slot].id;
  table.ids.Touch(id);
  table.ids.Occupy(id);
  table.ids[id].slot.store(slot, kRelaxed);
}

uint32_t Loader::AddCustomer(const Row& row) {
  Tables::Customers& table = tables_.customers;
  const uint32_t slot = table.rows.Allocate();
  CustomerRow& added = table.rows[slot];
  added.Assign(row.text, row.name, tables_.text);
  Fill(added, row, /*word=*/0);
  LinkSlot(table, slot);
  ++state_.counts.customers;
  state_.next_customer_id = int64_t{row.id} + 1;
  return slot;
}

void Loader::PrefetchCustomer(uint32_t word) const {
  Prefetch(&tables_.customers.ids[word]);
}

void Loader::PrefetchOrdersOf(uint32_t word) const {
  const Tables::Customers& customers = tables_.customers;
  customers.orders.PrefetchInsert(customers.ids[word].children);
}

uint32_t Loader::AddOrder(const Row& row) {
  ParentEntry& customer = tables_.customers.ids[row.word];
  if (customer.slot.load(kRelaxed) == 0) return 0;
  Tables::Orders& table = tables_.orders;
  const uint32_t slot = table.rows.Allocate();
  OrderRow& added = table.rows[slot];
  Fill(added, row, row.word);
  LinkSlot(table, slot);
  ChildIndex& children = tables_.customers.orders;
  tables_.limbo.Reserve(1);
  added.position = children.Insert(customer.children, slot);
  children.AddCurrent(customer.children, added.position, false, 1, state_.tick);
  ++state_.counts.orders;
  state_.next_order_id = int64_t{row.id} + 1;
  return slot;
}

void Loader::PrefetchOrder(uint32_t word) const {
  Prefetch(&tables_.orders.ids[BarcodeRow::OrderOf(word)]);
}

void Loader::PrefetchBarcodesOf(uint32_t word) const {
  const Tables::Orders& orders = tables_.orders;
  orders.barcodes.PrefetchInsert(
      orders.ids[BarcodeRow::OrderOf(word)].children);
}

uint32_t Loader::AddBarcode(const Row& row) {
  const uint32_t order = BarcodeRow::OrderOf(row.word);
  const bool used = BarcodeRow::IsUsed(row.word);
  ParentEntry& parent = tables_.orders.ids[order];
  if (order != 0 && parent.slot.load(kRelaxed) == 0) return 0;
  Tables::Barcodes& table = tables_.barcodes;
  const uint32_t slot = table.rows.Allocate();
  BarcodeRow& added = table.rows[slot];
  added.text.Assign(row.text, tables_.text);
  Fill(added, row, row.word);
  LinkSlot(table, slot);
  if (order == 0) {
    table.unassigned.Begin(row.id);
    table.unassigned.SetAvailable(row.id, !used);
    ++state_.counts.unassigned_barcodes;
  } else {
    ChildIndex& children = tables_.orders.barcodes;
    tables_.limbo.Reserve(1);
    added.position = children.Insert(parent.children, slot);
    children.AddCurrent(parent.children, added.position, used, 1, state_.tick);
    if (order != ticket_order_) {
      if (tickets_.size() == kTicketsMax) AddTickets();
      tickets_.push_back({.at = parent.slot.load(kRelaxed), .count = 0});
      ticket_order_ = order;
    }
    ++tickets_.back().count;
  }
  ++state_.counts.barcodes;
  if (!used) ++state_.counts.unused_barcodes;
  state_.next_barcode_id = int64_t{row.id} + 1;
  return slot;
}

void Loader::AddTickets() {
  const Tables::Orders& orders = tables_.orders;
  Tables::Customers& customers = tables_.customers;
  for (const Tickets& of : tickets_) Prefetch(&orders.rows[of.at].word);
  for (Tickets& of : tickets_) {
    of.at = orders.rows[of.at].word.load(kRelaxed);
    Prefetch(&customers.ids[of.at]);
  }
  for (Tickets& of : tickets_) {
    of.at = customers.ids[of.at].slot.load(kRelaxed);
    Prefetch(&customers.rows[of.at].word);
  }
  for (const Tickets& of : tickets_) {
    std::atomic<uint32_t>& count = customers.rows[of.at].word;
    count.store(count.load(kRelaxed) + of.count, kRelaxed);
  }
  tickets_.clear();
  ticket_order_ = 0;
}

// ---- Keys ------------------------------------------------------------------

template <typename Table, typename Index, typename KeyOf>
uint32_t Loader::IndexKeys(Table& table, Index& index,
                           const std::vector<uint32_t>& slots, KeyOf key_of,
                           std::vector<uint32_t>& left) {
  constexpr size_t kGroup = 32;
  std::array<uint64_t, kGroup> hashes;
  const std::span<const uint32_t> all(slots);
  for (size_t at = 0; at < all.size(); at += kGroup) {
    const auto group = all.subspan(at, std::min(kGroup, all.size() - at));
    for (size_t i = 0; i < group.size(); ++i) {
      hashes[i] = tables_.Hash(key_of(table.rows[group[i]], tables_.text));
      index.PrefetchInsert(hashes[i]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      Prefetch(&table.rows[index.LikelySlot(hashes[i])]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      const auto key = key_of(table.rows[group[i]], tables_.text);
      const auto same = [&](uint32_t slot) {
        return key_of(table.rows[slot], tables_.text) == key;
      };
      if (index.Find(hashes[i], same) != 0) return group[i];
      if (!index.InsertReserved(hashes[i], group[i])) left.push_back(group[i]);
    }
  }
  return 0;
}

template <typename Table, typename Index, typename KeyOf>
uint32_t Loader::IndexLeft(Table& table, Index& index, KeyOf key_of,
                           const std::vector<uint32_t>& left) {
  for (const uint32_t slot : left) {
    const auto key = key_of(table.rows[slot], tables_.text);
    const uint64_t hash = tables_.Hash(key);
    const auto same = [&](uint32_t other) {
      return key_of(table.rows[other], tables_.text) == key;
    };
    if (index.Find(hash, same) != 0) return slot;
    index.Insert(hash, slot);
  }
  return 0;
}

uint32_t Loader::IndexCustomers(const std::vector<uint32_t>& slots) {
  return IndexKeys(tables_.customers, tables_.customers.by_email, slots,
                   EmailOf, customers_left_);
}

uint32_t Loader::IndexBarcodes(const std::vector<uint32_t>& slots) {
  return IndexKeys(tables_.barcodes, tables_.barcodes.by_value, slots, ValueOf,
                   barcodes_left_);
}

uint32_t Loader::FinishIndexes() {
  const uint32_t customer = IndexLeft(
      tables_.customers, tables_.customers.by_email, EmailOf, customers_left_);
  if (customer != 0) return customer;
  return IndexLeft(tables_.barcodes, tables_.barcodes.by_value, ValueOf,
                   barcodes_left_);
}

CommitState Loader::Finish() {
  AddTickets();
  const Tables::Customers& table = tables_.customers;
  for (uint32_t id = table.ids.FirstFrom(1, state_.next_customer_id); id != 0;
       id = table.ids.FirstFrom(id + 1, state_.next_customer_id)) {
    const uint32_t tickets = tables_.TicketCount(id);
    if (tickets > 0) tables_.ranking.Change(id, 0, tickets);
  }
  return state_;
}

}  // namespace orderstore::table
