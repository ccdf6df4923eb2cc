// The rows of a store as of one LSN in plain maps, and every query as a walk
// over them: slow and obviously right.

#ifndef ORDERSTORE_TESTS_STORE_MODEL_STATE_H_
#define ORDERSTORE_TESTS_STORE_MODEL_STATE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "orderstore/ids.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"

namespace orderstore {

// The rows and sequences as of one LSN, and every query of Reader.
struct State {
  Lsn lsn = 0;
  std::map<CustomerId, OwnedCustomer> customers;
  std::map<OrderId, Order> orders;
  std::map<BarcodeId, OwnedBarcode> barcodes;
  // What the sequences give next; past Max(), they are exhausted.
  int64_t next_customer_id = 1;
  int64_t next_order_id = 1;
  int64_t next_barcode_id = 1;

  const OwnedCustomer* FindCustomer(CustomerId id) const;
  const OwnedCustomer* FindCustomerByEmail(std::string_view email) const;
  const Order* FindOrder(OrderId id) const;
  const OwnedBarcode* FindBarcode(BarcodeId id) const;
  const OwnedBarcode* FindBarcodeByValue(std::string_view value) const;
  std::vector<Order> OrdersOf(CustomerId id) const;
  std::vector<OwnedBarcode> BarcodesOf(OrderId id, BarcodeFilter filter) const;
  std::vector<OwnedBarcode> UnassignedBarcodes() const;
  Counts CountRows() const;
  std::optional<int64_t> TicketCount(CustomerId id) const;
  std::vector<CustomerTickets> TopCustomers(size_t k) const;

  friend bool operator==(const State&, const State&) = default;
};

// ---- Queries ---------------------------------------------------------------

template <typename Row>
const Row* FindIn(const std::map<decltype(Row::id), Row>& rows,
                  decltype(Row::id) id) {
  const auto found = rows.find(id);
  return found == rows.end() ? nullptr : &found->second;
}

inline const OwnedCustomer* State::FindCustomer(CustomerId id) const {
  return FindIn(customers, id);
}

inline const OwnedCustomer* State::FindCustomerByEmail(
    std::string_view email) const {
  for (const auto& [id, row] : customers) {
    if (row.email == email) return &row;
  }
  return nullptr;
}

inline const Order* State::FindOrder(OrderId id) const {
  return FindIn(orders, id);
}

inline const OwnedBarcode* State::FindBarcode(BarcodeId id) const {
  return FindIn(barcodes, id);
}

inline const OwnedBarcode* State::FindBarcodeByValue(
    std::string_view value) const {
  for (const auto& [id, row] : barcodes) {
    if (row.value == value) return &row;
  }
  return nullptr;
}

inline std::vector<Order> State::OrdersOf(CustomerId id) const {
  std::vector<Order> rows;
  for (const auto& [order_id, row] : orders) {
    if (row.customer_id == id) rows.push_back(row);
  }
  return rows;
}

inline std::vector<OwnedBarcode> State::BarcodesOf(OrderId id,
                                                   BarcodeFilter filter) const {
  std::vector<OwnedBarcode> rows;
  for (const auto& [barcode_id, row] : barcodes) {
    if (row.order_id != id) continue;
    if (filter == BarcodeFilter::kAll ||
        row.is_used == (filter == BarcodeFilter::kUsed)) {
      rows.push_back(row);
    }
  }
  return rows;
}

inline std::vector<OwnedBarcode> State::UnassignedBarcodes() const {
  std::vector<OwnedBarcode> rows;
  for (const auto& [id, row] : barcodes) {
    if (!row.order_id) rows.push_back(row);
  }
  return rows;
}

inline Counts State::CountRows() const {
  Counts counts{.customers = std::ssize(customers),
                .orders = std::ssize(orders),
                .barcodes = std::ssize(barcodes)};
  for (const auto& [id, row] : barcodes) {
    if (!row.order_id) ++counts.unassigned_barcodes;
    if (!row.is_used) ++counts.unused_barcodes;
  }
  return counts;
}

inline std::optional<int64_t> State::TicketCount(CustomerId id) const {
  if (!customers.contains(id)) return std::nullopt;
  int64_t tickets = 0;
  for (const auto& [barcode_id, row] : barcodes) {
    if (row.order_id && FindOrder(*row.order_id)->customer_id == id) ++tickets;
  }
  return tickets;
}

inline std::vector<CustomerTickets> State::TopCustomers(size_t k) const {
  std::map<CustomerId, int64_t> tickets;
  for (const auto& [id, row] : barcodes) {
    if (row.order_id) ++tickets[FindOrder(*row.order_id)->customer_id];
  }
  std::vector<CustomerTickets> top;
  for (const auto& [id, count] : tickets) top.push_back({id, count});
  // Stable over the map's order: among equals the lower id comes first.
  std::stable_sort(top.begin(), top.end(),
                   [](const CustomerTickets& a, const CustomerTickets& b) {
                     return a.ticket_count > b.ticket_count;
                   });
  if (top.size() > k) top.resize(k);
  return top;
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_MODEL_STATE_H_
