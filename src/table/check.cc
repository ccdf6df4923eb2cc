// Tables::Check: recomputes from the rows what is kept beside them.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "table/digest.h"
#include "table/tables.h"

namespace orderstore::table {
namespace {

bool IsLive(const RowHeader& row) { return !row.LoadStamp(kRelaxed).deleted(); }

template <typename... Parts>
absl::Status Differs(const Parts&... parts) {
  return absl::DataLossError(absl::StrCat("check: ", parts...));
}

// Calls fn(id, slot) for the newest slot of every id that has one, until it
// returns an error.
template <typename Table, typename Fn>
absl::Status ForEachId(const Table& table, int64_t end, Fn fn) {
  for (uint32_t id = table.ids.FirstFrom(1, end); id != 0;
       id = table.ids.FirstFrom(id + 1, end)) {
    absl::Status status = fn(id, table.ids[id].slot.load(kRelaxed));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

class Checker {
 public:
  Checker(const Tables& tables, const CommitState& state)
      : tables_(tables), state_(state) {}

  absl::Status Run() {
    absl::Status status = CheckBarcodes();
    if (status.ok()) status = CheckOrders();
    if (status.ok()) status = CheckCustomers();
    if (status.ok()) status = CheckCounts();
    if (status.ok()) status = CheckDigests();
    if (status.ok()) status = CheckRanking();
    return status;
  }

 private:
  absl::Status CheckBarcodes() {
    const Tables::Barcodes& table = tables_.barcodes;
    int64_t slots = 0;
    absl::Status status = ForEachId(table, state_.next_barcode_id,
                                    [&](uint32_t id, uint32_t slot) {
                                      slots += CountSlots(table, slot);
                                      return CheckBarcode(id, slot);
                                    });
    if (status.ok() && slots != table.by_value.size()) {
      status = Differs("the index of barcode values has ",
                       table.by_value.size(), " entries for ", slots, " slots");
    }
    return status;
  }

  absl::Status CheckBarcode(uint32_t id, uint32_t slot) {
    const BarcodeRow& row = tables_.barcodes.rows[slot];
    const bool live = IsLive(row);
    const uint32_t word = row.word.load(kRelaxed);
    const uint32_t order = BarcodeRow::OrderOf(word);
    const UnassignedIndex& unassigned = tables_.barcodes.unassigned;
    if (row.id != id) {
      return Differs("barcode ", id, " leads to barcode ", row.id);
    }
    // An abort may leave ids in the set for old views: they meet them for
    // nothing, but must not miss any.
    const bool was_unassigned =
        unassigned.UnassignedNow(id) || tables_.HasUnassignedVersion(id);
    if ((was_unassigned && !unassigned.UnassignedOnce(id)) ||
        unassigned.UnassignedNow(id) != (live && order == 0) ||
        unassigned.Available(id) !=
            (live && order == 0 && !BarcodeRow::IsUsed(word))) {
      return Differs("the index of unassigned barcodes is wrong about barcode ",
                     id);
    }
    if (!live) return absl::OkStatus();
    ++counts_.barcodes;
    digests_.barcodes += DigestOf(row, tables_.text);
    if (!BarcodeRow::IsUsed(word)) ++counts_.unused_barcodes;
    const std::string_view value = row.text.Get(tables_.text);
    const auto found =
        tables_.FindBarcodeByValue(value, tables_.Hash(value), state_.tick);
    if (found.row != &row) {
      return Differs("barcode ", id, " is not found by its value");
    }
    if (order == 0) {
      ++counts_.unassigned_barcodes;
      return absl::OkStatus();
    }
    const auto parent = tables_.FindOrder(order, state_.tick);
    if (parent.row == nullptr) {
      return Differs("barcode ", id, " is on order ", order,
                     ", which does not exist");
    }
    ++tickets_[parent.words.word];
    if (!IsChildOnce(tables_.orders.barcodes,
                     tables_.orders.ids[order].children, slot, row.position)) {
      return Differs("barcode ", id, " is not once in the list of order ",
                     order);
    }
    return absl::OkStatus();
  }

  absl::Status CheckOrders() {
    const Tables::Orders& table = tables_.orders;
    return ForEachId(
        table, state_.next_order_id,
        [&](uint32_t id, uint32_t slot) -> absl::Status {
          const OrderRow& row = table.rows[slot];
          if (row.id != id) {
            return Differs("order ", id, " leads to order ", row.id);
          }
          absl::Status status = CheckChildren(
              tables_.barcodes, table.barcodes, table.ids[id].children, id,
              [](uint32_t word) { return BarcodeRow::OrderOf(word); },
              [](uint32_t word) { return BarcodeRow::IsUsed(word); });
          if (!status.ok() || !IsLive(row)) return status;
          ++counts_.orders;
          digests_.orders += DigestOf(row, tables_.text);
          const uint32_t customer = row.word.load(kRelaxed);
          if (tables_.FindCustomer(customer, state_.tick).row == nullptr) {
            return Differs("order ", id, " is customer ", customer,
                           "'s, who does not exist");
          }
          if (!IsChildOnce(tables_.customers.orders,
                           tables_.customers.ids[customer].children, slot,
                           row.position)) {
            return Differs("order ", id,
                           " is not once in the list of customer ", customer);
          }
          return absl::OkStatus();
        });
  }

  absl::Status CheckCustomers() {
    const Tables::Customers& table = tables_.customers;
    int64_t slots = 0;
    absl::Status status = ForEachId(
        table, state_.next_customer_id,
        [&](uint32_t id, uint32_t slot) -> absl::Status {
          slots += CountSlots(table, slot);
          const CustomerRow& row = table.rows[slot];
          if (row.id != id) {
            return Differs("customer ", id, " leads to customer ", row.id);
          }
          absl::Status children = CheckChildren(
              tables_.orders, table.orders, table.ids[id].children, id,
              [](uint32_t word) { return word; },
              [](uint32_t /*word*/) { return false; });
          if (!children.ok() || !IsLive(row)) return children;
          ++counts_.customers;
          digests_.customers += DigestOf(row, tables_.text);
          const std::string_view email = row.Email(tables_.text);
          const auto found = tables_.FindCustomerByEmail(
              email, tables_.Hash(email), state_.tick);
          if (found.row != &row) {
            return Differs("customer ", id, " is not found by email");
          }
          const auto counted = tickets_.find(id);
          const uint32_t tickets =
              counted == tickets_.end() ? 0 : counted->second;
          if (row.word.load(kRelaxed) != tickets) {
            return Differs("customer ", id, " has ", tickets,
                           " tickets, and a ticket count of ",
                           row.word.load(kRelaxed));
          }
          return absl::OkStatus();
        });
    if (status.ok() && slots != table.by_email.size()) {
      status = Differs("the index of emails has ", table.by_email.size(),
                       " entries for ", slots, " slots");
    }
    return status;
  }

  absl::Status CheckCounts() const {
    if (counts_ == state_.counts) return absl::OkStatus();
    const Counts& kept = state_.counts;
    return Differs("the rows count to customers ", counts_.customers,
                   ", orders ", counts_.orders, ", barcodes ", counts_.barcodes,
                   ", unassigned ", counts_.unassigned_barcodes, ", unused ",
                   counts_.unused_barcodes, "; the state says ", kept.customers,
                   ", ", kept.orders, ", ", kept.barcodes, ", ",
                   kept.unassigned_barcodes, ", ", kept.unused_barcodes);
  }

  absl::Status CheckDigests() const {
    if (digests_ == state_.digests) return absl::OkStatus();
    const char* const table =
        digests_.customers != state_.digests.customers ? "customers"
        : digests_.orders != state_.digests.orders     ? "orders"
                                                       : "barcodes";
    return Differs("the digest of ", table, " is not that of the rows");
  }

  absl::Status CheckRanking() const {
    std::vector<CustomerTickets> ranked;
    for (const auto& [id, tickets] : tickets_) {
      ranked.push_back({CustomerId(static_cast<int32_t>(id)), tickets});
    }
    std::sort(ranked.begin(), ranked.end(), RanksBefore);
    const TopList& top = *state_.top;
    const bool long_enough = top.has_all
                                 ? top.best.size() == ranked.size()
                                 : top.best.size() >= kTopListGuaranteed &&
                                       top.best.size() <= ranked.size();
    if (!long_enough ||
        !std::equal(top.best.begin(), top.best.end(), ranked.begin())) {
      return Differs("the list of top customers is not that of the rows");
    }
    if (!tables_.ranking.IsConsistent()) {
      return Differs("the ranking of customers is not that of their counts");
    }
    return absl::OkStatus();
  }

  // Every entry of a list leads to a row that has this parent in some version,
  // and chunks count those that have it now.
  template <typename Table, typename ParentOf, typename FlagOf>
  absl::Status CheckChildren(const Table& table, const ChildIndex& index,
                             const ChildIndex::Anchor& anchor, uint32_t parent,
                             ParentOf parent_of, FlagOf flag_of) const {
    int64_t wrong = 0;
    std::vector<std::array<uint32_t, 2>> counts = index.CurrentCounts(anchor);
    index.ForEach(anchor, ChildIndex::Wanted::kAll, 0, [&](uint32_t slot) {
      const auto& row = table.rows[slot];
      const uint32_t word = row.word.load(kRelaxed);
      bool has_parent = parent_of(word) == parent;
      if (has_parent && IsLive(row)) {
        const size_t chunk = row.position / ChildIndex::kChunkEntries;
        // The first chunk counts nothing.
        if (chunk > 0 && chunk < counts.size()) {
          --counts[chunk][flag_of(word) ? 1 : 0];
        }
      }
      tables_.ForEachVersion(row, [&](const Version& version) {
        has_parent |= parent_of(version.word) == parent;
        return !has_parent;
      });
      if (!has_parent) ++wrong;
      return true;
    });
    if (wrong > 0) {
      return Differs("the list of parent ", parent, " has ", wrong,
                     " entries of others");
    }
    for (size_t chunk = 0; chunk < counts.size(); ++chunk) {
      if (counts[chunk] == std::array<uint32_t, 2>{}) continue;
      return Differs("chunk ", chunk, " of the list of parent ", parent,
                     " counts wrong: off by ",
                     static_cast<int32_t>(counts[chunk][0]), " and ",
                     static_cast<int32_t>(counts[chunk][1]));
    }
    return absl::OkStatus();
  }

  static bool IsChildOnce(const ChildIndex& index,
                          const ChildIndex::Anchor& anchor, uint32_t slot,
                          uint32_t position) {
    if (index.EntryAt(anchor, position) != slot) return false;
    // Long lists are checked from their parent's side only: this would make
    // them quadratic.
    constexpr int kLookMax = 256;
    int looked = 0;
    int found = 0;
    index.ForEach(anchor, ChildIndex::Wanted::kAll, 0, [&](uint32_t entry) {
      if (entry == slot) ++found;
      return ++looked < kLookMax;
    });
    return found == 1 || (found == 0 && looked == kLookMax);
  }

  // The slots on an id's chain.
  template <typename Table>
  int64_t CountSlots(const Table& table, uint32_t slot) const {
    int64_t count = 0;
    while (slot != 0) {
      ++count;
      Link link = table.rows[slot].LoadOlder();
      while (link.is_version()) {
        link = tables_.versions[link.number()].LoadNext();
      }
      slot = link.number();
    }
    return count;
  }

  const Tables& tables_;
  const CommitState& state_;
  Counts counts_;  // of live rows
  Digests digests_;
  // The tickets of the customers who have any, by id. Not one of Abseil's maps:
  // without memory they end the process.
  std::unordered_map<uint32_t, uint32_t> tickets_;
};

}  // namespace

absl::Status Tables::Check(const CommitState& state) const {
  return Checker(*this, state).Run();
}

}  // namespace orderstore::table
