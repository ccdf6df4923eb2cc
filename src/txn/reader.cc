// The read API, the same for views and transactions: as of a tick, over the
// tables' indexes.

#include "orderstore/reader.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "table/commit_state.h"
#include "table/limbo.h"
#include "table/prefetch.h"
#include "table/tables.h"
#include "txn/engine.h"
#include "txn/rows_out.h"

namespace orderstore {
namespace {

using table::BarcodeRow;
using table::ChildIndex;
using table::CustomerRow;
using table::OrderRow;
using table::Prefetch;
using table::PrefetchRow;
using table::Sight;
using table::Tables;
using txn::ToBarcode;
using txn::ToCustomer;
using txn::ToOrder;

constexpr auto kAcquire = std::memory_order_acquire;

// Lookups whose cache misses are overlapped.
constexpr size_t kGroup = 32;

template <typename RowId>
uint32_t NumberOr0(RowId id) {
  return id.valid() ? static_cast<uint32_t>(id.value()) : 0;
}

}  // namespace

// One call: what is read, as of when. Holds the reader's epoch. Hidden, which a
// member of what the shared library shows is not by itself.
class [[gnu::visibility("hidden")]] Reader::Call {
 public:
  explicit Call(const Reader& reader)
      : tables_(UsableTables(reader)),
        state_(tables_ == nullptr        ? nullptr
               : reader.slot_ != nullptr ? reader.slot_->state
                                         : &reader.engine_->writer().state()),
        tick_(tables_ == nullptr        ? 0
              : reader.slot_ != nullptr ? reader.slot_->tick
                                        : state_->tick),
        guard_(tables_ == nullptr ? nullptr : reader.slot_,
               tables_ == nullptr ? kNoEpoch : tables_->limbo.epoch()) {}

  // False if the reader is closed, or another thread's transaction.
  explicit operator bool() const { return tables_ != nullptr; }

  const Tables& tables() const { return *tables_; }
  const table::CommitState& state() const { return *state_; }
  table::Tick tick() const { return tick_; }

  std::optional<Customer> Row(const Tables::Found<CustomerRow>& found) const {
    if (found.row == nullptr) return std::nullopt;
    return ToCustomer(*found.row, found.words, tables_->text);
  }
  std::optional<Order> Row(const Tables::Found<OrderRow>& found) const {
    if (found.row == nullptr) return std::nullopt;
    return ToOrder(*found.row, found.words);
  }
  std::optional<Barcode> Row(const Tables::Found<BarcodeRow>& found) const {
    if (found.row == nullptr) return std::nullopt;
    return ToBarcode(*found.row, found.words, tables_->text);
  }

  // rows[i] := find(keys[i]), by id.
  template <typename Table, typename RowId, typename Out, typename Find>
  void FindByIds(const Table& table, std::span<const RowId> ids,
                 std::span<std::optional<Out>> rows, Find find) const;

  // rows[i] := find(keys[i], hash), by text.
  template <typename Table, typename Index, typename Out, typename Find>
  void FindByText(const Table& table, const Index& index,
                  std::span<const std::string_view> keys,
                  std::span<std::optional<Out>> rows, Find find) const;

  // Fills `rows` with those of the ids that `next(id)` leads to, from the
  // first one after `after`, for which find(id) gives a row.
  template <typename Table, typename RowId, typename Out, typename Next,
            typename Find>
  size_t Scan(const Table& table, RowId after, std::span<Out> rows, Next next,
              Find find) const;

  // Adds what the view sees of a parent's children, in id order.
  template <typename Table, typename Out, typename Keep>
  std::vector<Out> Children(const Table& table, const ChildIndex& index,
                            const ChildIndex::Anchor& anchor,
                            ChildIndex::Wanted wanted, Keep keep) const;

 private:
  static constexpr std::atomic<uint64_t> kNoEpoch = 0;

  static const Tables* UsableTables(const Reader& reader) {
    if (reader.engine_ == nullptr) return nullptr;
    if (reader.slot_ == nullptr && !reader.engine_->CheckUse().ok()) {
      return nullptr;
    }
    return &reader.engine_->tables();
  }

  const Tables* const tables_;
  const table::CommitState* const state_;
  const table::Tick tick_;
  const table::EpochGuard guard_;
};

Lsn Reader::lsn() const {
  const Call call(*this);
  return call ? call.state().lsn : 0;
}

// ---- One row ---------------------------------------------------------------

std::optional<Customer> Reader::FindCustomer(CustomerId id) const& {
  const Call call(*this);
  if (!call) return std::nullopt;
  return call.Row(call.tables().FindCustomer(NumberOr0(id), call.tick()));
}

std::optional<Order> Reader::FindOrder(OrderId id) const {
  const Call call(*this);
  if (!call) return std::nullopt;
  return call.Row(call.tables().FindOrder(NumberOr0(id), call.tick()));
}

std::optional<Barcode> Reader::FindBarcode(BarcodeId id) const& {
  const Call call(*this);
  if (!call) return std::nullopt;
  return call.Row(call.tables().FindBarcode(NumberOr0(id), call.tick()));
}

std::optional<Customer> Reader::FindCustomerByEmail(
    std::string_view email) const& {
  const Call call(*this);
  if (!call) return std::nullopt;
  const Tables& tables = call.tables();
  return call.Row(
      tables.FindCustomerByEmail(email, tables.Hash(email), call.tick()));
}

std::optional<Barcode> Reader::FindBarcodeByValue(
    std::string_view value) const& {
  const Call call(*this);
  if (!call) return std::nullopt;
  const Tables& tables = call.tables();
  return call.Row(
      tables.FindBarcodeByValue(value, tables.Hash(value), call.tick()));
}

// ---- Many rows at once -----------------------------------------------------

template <typename Table, typename RowId, typename Out, typename Find>
void Reader::Call::FindByIds(const Table& table, std::span<const RowId> ids,
                             std::span<std::optional<Out>> rows,
                             Find find) const {
  assert(rows.size() >= ids.size());
  for (size_t at = 0; at < ids.size(); at += kGroup) {
    const auto group = ids.subspan(at, std::min(kGroup, ids.size() - at));
    for (RowId id : group) Prefetch(&table.ids[NumberOr0(id)]);
    for (RowId id : group) {
      PrefetchRow(table.rows[table.ids[NumberOr0(id)].slot.load(kAcquire)]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      rows[at + i] = Row(find(NumberOr0(group[i])));
    }
  }
}

template <typename Table, typename Index, typename Out, typename Find>
void Reader::Call::FindByText(const Table& table, const Index& index,
                              std::span<const std::string_view> keys,
                              std::span<std::optional<Out>> rows,
                              Find find) const {
  assert(rows.size() >= keys.size());
  std::array<uint64_t, kGroup> hashes;
  for (size_t at = 0; at < keys.size(); at += kGroup) {
    const auto group = keys.subspan(at, std::min(kGroup, keys.size() - at));
    for (size_t i = 0; i < group.size(); ++i) {
      hashes[i] = tables_->Hash(group[i]);
      Prefetch(index.HomeBucket(hashes[i]));
    }
    for (size_t i = 0; i < group.size(); ++i) {
      PrefetchRow(table.rows[index.LikelySlot(hashes[i])]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      rows[at + i] = Row(find(group[i], hashes[i]));
    }
  }
}

void Reader::FindCustomers(std::span<const CustomerId> ids,
                           std::span<std::optional<Customer>> rows) const& {
  const Call call(*this);
  if (!call) {
    std::fill_n(rows.begin(), ids.size(), std::nullopt);
    return;
  }
  call.FindByIds(call.tables().customers, ids, rows, [&](uint32_t id) {
    return call.tables().FindCustomer(id, call.tick());
  });
}

void Reader::FindOrders(std::span<const OrderId> ids,
                        std::span<std::optional<Order>> rows) const {
  const Call call(*this);
  if (!call) {
    std::fill_n(rows.begin(), ids.size(), std::nullopt);
    return;
  }
  call.FindByIds(call.tables().orders, ids, rows, [&](uint32_t id) {
    return call.tables().FindOrder(id, call.tick());
  });
}

void Reader::FindBarcodes(std::span<const BarcodeId> ids,
                          std::span<std::optional<Barcode>> rows) const& {
  const Call call(*this);
  if (!call) {
    std::fill_n(rows.begin(), ids.size(), std::nullopt);
    return;
  }
  call.FindByIds(call.tables().barcodes, ids, rows, [&](uint32_t id) {
    return call.tables().FindBarcode(id, call.tick());
  });
}

void Reader::FindCustomersByEmail(
    std::span<const std::string_view> emails,
    std::span<std::optional<Customer>> rows) const& {
  const Call call(*this);
  if (!call) {
    std::fill_n(rows.begin(), emails.size(), std::nullopt);
    return;
  }
  const Tables::Customers& table = call.tables().customers;
  call.FindByText(table, table.by_email, emails, rows,
                  [&](std::string_view email, uint64_t hash) {
                    return call.tables().FindCustomerByEmail(email, hash,
                                                             call.tick());
                  });
}

void Reader::FindBarcodesByValue(
    std::span<const std::string_view> values,
    std::span<std::optional<Barcode>> rows) const& {
  const Call call(*this);
  if (!call) {
    std::fill_n(rows.begin(), values.size(), std::nullopt);
    return;
  }
  const Tables::Barcodes& table = call.tables().barcodes;
  call.FindByText(table, table.by_value, values, rows,
                  [&](std::string_view value, uint64_t hash) {
                    return call.tables().FindBarcodeByValue(value, hash,
                                                            call.tick());
                  });
}

// ---- Rows of a parent ------------------------------------------------------

template <typename Table, typename Out, typename Keep>
std::vector<Out> Reader::Call::Children(const Table& table,
                                        const ChildIndex& index,
                                        const ChildIndex::Anchor& anchor,
                                        ChildIndex::Wanted wanted,
                                        Keep keep) const {
  std::vector<Out> rows;
  std::array<uint32_t, kGroup> slots;
  size_t count = 0;
  const auto look = [&] {
    if (rows.empty()) rows.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      const auto& row = table.rows[slots[i]];
      const Sight sight = See(row, tables_->versions, tick());
      if (!sight.words || !keep(*sight.words)) continue;
      rows.push_back(*Row({&row, *sight.words}));
    }
    count = 0;
  };
  index.ForEach(anchor, wanted, tick(), [&](uint32_t slot) {
    PrefetchRow(table.rows[slot]);
    slots[count++] = slot;
    if (count == kGroup) look();
    return true;
  });
  look();
  const auto by_id = [](const Out& a, const Out& b) { return a.id < b.id; };
  if (!std::is_sorted(rows.begin(), rows.end(), by_id)) {
    std::sort(rows.begin(), rows.end(), by_id);
  }
  return rows;
}

std::vector<Order> Reader::OrdersOf(CustomerId id) const {
  const Call call(*this);
  if (!call) return {};
  const Tables& tables = call.tables();
  const uint32_t customer = NumberOr0(id);
  return call.Children<Tables::Orders, Order>(
      tables.orders, tables.customers.orders,
      tables.customers.ids[customer].children, ChildIndex::Wanted::kAll,
      [customer](const table::Words& words) { return words.word == customer; });
}

std::vector<Barcode> Reader::BarcodesOf(OrderId id,
                                        BarcodeFilter filter) const& {
  const Call call(*this);
  if (!call) return {};
  const Tables& tables = call.tables();
  const uint32_t order = NumberOr0(id);
  const auto wanted = filter == BarcodeFilter::kAll ? ChildIndex::Wanted::kAll
                      : filter == BarcodeFilter::kUsed
                          ? ChildIndex::Wanted::kFlagged
                          : ChildIndex::Wanted::kUnflagged;
  return call.Children<Tables::Barcodes, Barcode>(
      tables.barcodes, tables.orders.barcodes,
      tables.orders.ids[order].children, wanted,
      [order, filter](const table::Words& words) {
        const bool used = BarcodeRow::IsUsed(words.word);
        return BarcodeRow::OrderOf(words.word) == order &&
               (filter == BarcodeFilter::kAll ||
                used == (filter == BarcodeFilter::kUsed));
      });
}

// ---- Scans -----------------------------------------------------------------

template <typename Table, typename RowId, typename Out, typename Next,
          typename Find>
size_t Reader::Call::Scan(const Table& table, RowId after, std::span<Out> rows,
                          Next next, Find find) const {
  size_t size = 0;
  std::array<uint32_t, kGroup> ids;
  uint32_t id = after == RowId::Max() ? 0 : next(NumberOr0(after) + 1);
  while (id != 0 && size < rows.size()) {
    size_t count = 0;
    const size_t wanted = std::min(kGroup, rows.size() - size);
    while (id != 0 && count < wanted) {
      Prefetch(&table.ids[id]);
      ids[count++] = id;
      id = id == table::kIdMax ? 0 : next(id + 1);
    }
    for (size_t i = 0; i < count; ++i) {
      PrefetchRow(table.rows[table.ids[ids[i]].slot.load(kAcquire)]);
    }
    for (size_t i = 0; i < count; ++i) {
      if (auto row = Row(find(ids[i]))) rows[size++] = *row;
    }
  }
  return size;
}

size_t Reader::ReadCustomers(CustomerId after,
                             std::span<Customer> rows) const& {
  const Call call(*this);
  if (!call) return 0;
  const Tables& tables = call.tables();
  return call.Scan(
      tables.customers, after, rows,
      [&](uint32_t id) {
        return tables.customers.ids.FirstFrom(id,
                                              call.state().next_customer_id);
      },
      [&](uint32_t id) { return tables.FindCustomer(id, call.tick()); });
}

size_t Reader::ReadOrders(OrderId after, std::span<Order> rows) const& {
  const Call call(*this);
  if (!call) return 0;
  const Tables& tables = call.tables();
  return call.Scan(
      tables.orders, after, rows,
      [&](uint32_t id) {
        return tables.orders.ids.FirstFrom(id, call.state().next_order_id);
      },
      [&](uint32_t id) { return tables.FindOrder(id, call.tick()); });
}

size_t Reader::ReadBarcodes(BarcodeId after, std::span<Barcode> rows) const& {
  const Call call(*this);
  if (!call) return 0;
  const Tables& tables = call.tables();
  return call.Scan(
      tables.barcodes, after, rows,
      [&](uint32_t id) {
        return tables.barcodes.ids.FirstFrom(id, call.state().next_barcode_id);
      },
      [&](uint32_t id) { return tables.FindBarcode(id, call.tick()); });
}

size_t Reader::ReadUnassignedBarcodes(BarcodeId after,
                                      std::span<Barcode> rows) const& {
  const Call call(*this);
  if (!call) return 0;
  const Tables& tables = call.tables();
  return call.Scan(
      tables.barcodes, after, rows,
      [&](uint32_t id) {
        return tables.barcodes.unassigned.FirstCandidateFrom(id, call.tick());
      },
      [&](uint32_t id) {
        const auto found = tables.FindBarcode(id, call.tick());
        const bool unassigned = BarcodeRow::OrderOf(found.words.word) == 0;
        return unassigned ? found : Tables::Found<BarcodeRow>();
      });
}

// ---- Analytics -------------------------------------------------------------

Counts Reader::Counts() const {
  const Call call(*this);
  return call ? call.state().counts : orderstore::Counts();
}

Digests Reader::Digests() const {
  const Call call(*this);
  return call ? call.state().digests : orderstore::Digests();
}

NextIds Reader::NextIds() const {
  const Call call(*this);
  if (!call) return {};
  const table::CommitState& state = call.state();
  return {.customers = state.next_customer_id,
          .orders = state.next_order_id,
          .barcodes = state.next_barcode_id};
}

std::optional<int64_t> Reader::TicketCount(CustomerId id) const {
  const Call call(*this);
  if (!call) return std::nullopt;
  const auto found = call.tables().FindCustomer(NumberOr0(id), call.tick());
  if (found.row == nullptr) return std::nullopt;
  return found.words.word;
}

std::vector<CustomerTickets> Reader::TopCustomers(size_t k) const {
  const Call call(*this);
  if (!call) return {};
  // A transaction's state carries the list of its base.
  const table::TopList& top =
      slot_ == nullptr ? call.tables().ranking.list() : *call.state().top;
  if (k <= table::kTopListGuaranteed || top.has_all) {
    const auto size = static_cast<ptrdiff_t>(std::min(k, top.best.size()));
    return {top.best.begin(), top.best.begin() + size};
  }
  std::vector<CustomerTickets> ranked;
  const Tables& tables = call.tables();
  const auto next = [&](uint32_t id) {
    return tables.customers.ids.FirstFrom(id, call.state().next_customer_id);
  };
  for (uint32_t id = next(1); id != 0;
       id = id == table::kIdMax ? 0 : next(id + 1)) {
    const auto found = tables.FindCustomer(id, call.tick());
    if (found.row == nullptr || found.words.word == 0) continue;
    ranked.push_back({CustomerId(static_cast<int32_t>(id)), found.words.word});
  }
  const auto end =
      ranked.begin() + static_cast<ptrdiff_t>(std::min(k, ranked.size()));
  std::partial_sort(ranked.begin(), end, ranked.end(), table::RanksBefore);
  ranked.erase(end, ranked.end());
  return ranked;
}

}  // namespace orderstore
