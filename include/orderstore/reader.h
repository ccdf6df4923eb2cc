// Everything that can be asked of a state of the store. ReadView and
// Transaction inherit it, so both answer the same questions in the same words.
//
//   ReadView view = store->OpenReadView();
//   if (std::optional<Barcode> ticket = view.FindBarcodeByValue(scanned)) {
//     admit = ticket->order_id && !ticket->is_used;
//   }
//   for (const Order& order : view.OrdersOf(customer)) { ... }
//   for (const Barcode& row : view.UnassignedBarcodes()) { ... }
//
// A row that does not exist is an answer, not an error: std::nullopt, an empty
// list or a count of zero.
//
// Thread-safety: a Reader is used by one thread at a time; different readers
// never wait for each other nor for a writer. Open one view for each thread:
// it costs some ten nanoseconds.
//
// Lifetimes: string_views in returned rows live as long as the Reader; a
// Transaction's until it ends, by Commit or Abort too. So what returns such
// rows cannot be called on a temporary view; what returns ids, counts and
// orders can.
//
// Costs below are in cache misses (DRAM accesses) for a store larger than the
// caches: a lookup by id is two (id directory, row), by text two (hash bucket,
// row). The batched forms prefetch and overlap the misses of up to 32 lookups.

#ifndef ORDERSTORE_READER_H_
#define ORDERSTORE_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "orderstore/export.h"
#include "orderstore/ids.h"
#include "orderstore/records.h"
#include "orderstore/scan.h"

namespace orderstore {

namespace table {
struct ViewSlot;
}
namespace txn {
class Engine;
}

// Which barcodes of an order.
enum class BarcodeFilter {
  kAll,
  kUsed,    // is_used is true
  kUnused,  // is_used is false
};

class ORDERSTORE_EXPORT Reader {
 public:
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The state that is read: as of this commit. In a Transaction, the commit
  // that it began on.
  Lsn lsn() const;

  // ---- One row. O(1). ----
  std::optional<Customer> FindCustomer(CustomerId id) const&;
  std::optional<Customer> FindCustomerByEmail(std::string_view email) const&;
  std::optional<Order> FindOrder(OrderId id) const;
  std::optional<Barcode> FindBarcode(BarcodeId id) const&;
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) const&;

  // ---- Many rows at once: rows[i] answers for keys[i]. ----
  // `rows` has at least as many elements as the keys; the rest stays as it is.
  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) const&;
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) const&;
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) const;
  void FindBarcodes(std::span<const BarcodeId> ids,
                    std::span<std::optional<Barcode>> rows) const&;
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) const&;

  // ---- Rows of a parent, in id order. O(n log n) in the rows returned. ----
  std::vector<Order> OrdersOf(CustomerId id) const;
  std::vector<Barcode> BarcodesOf(
      OrderId id, BarcodeFilter filter = BarcodeFilter::kAll) const&;

  // ---- Scans, in id order. ----
  // Each fills `rows` from the first row whose id is greater than `after` and
  // returns how many rows it wrote; fewer than rows.size() is the end. To go
  // on, pass the last row's id, in this reader or in a later one.
  size_t ReadCustomers(CustomerId after, std::span<Customer> rows) const&;
  size_t ReadOrders(OrderId after, std::span<Order> rows) const&;
  size_t ReadBarcodes(BarcodeId after, std::span<Barcode> rows) const&;
  // Only barcodes without an order; passes over the others by an index.
  size_t ReadUnassignedBarcodes(BarcodeId after,
                                std::span<Barcode> rows) const&;

  // The same as ranges, for range-based for. They borrow this reader.
  Scan<Customer> Customers(CustomerId after = {}) const& {
    return Scan<Customer>(*this, &Reader::ReadCustomers, after);
  }
  Scan<Order> Orders(OrderId after = {}) const& {
    return Scan<Order>(*this, &Reader::ReadOrders, after);
  }
  Scan<Barcode> Barcodes(BarcodeId after = {}) const& {
    return Scan<Barcode>(*this, &Reader::ReadBarcodes, after);
  }
  Scan<Barcode> UnassignedBarcodes(BarcodeId after = {}) const& {
    return Scan<Barcode>(*this, &Reader::ReadUnassignedBarcodes, after);
  }

  // ---- Analytics: part of the state, exact at lsn(). ----
  // O(1), no cache miss.
  orderstore::Counts Counts() const;
  orderstore::Digests Digests() const;
  orderstore::NextIds NextIds() const;
  // Barcodes on the customer's orders; std::nullopt if there is no such
  // customer. O(1).
  std::optional<int64_t> TicketCount(CustomerId id) const;
  // The k customers with the most tickets, most first, among equals the lower
  // id first; customers without tickets are never in it. O(k) for k <= 100,
  // else one pass over the customers.
  std::vector<CustomerTickets> TopCustomers(size_t k) const;

  // ---- Not of a temporary ----
  // `store->OpenReadView().FindCustomer(id)` would return a row whose text goes
  // with the view at the end of the statement: give the view a name.
  void FindCustomer(CustomerId) const&& = delete;
  void FindCustomerByEmail(std::string_view) const&& = delete;
  void FindBarcode(BarcodeId) const&& = delete;
  void FindBarcodeByValue(std::string_view) const&& = delete;
  void FindCustomers(std::span<const CustomerId>,
                     std::span<std::optional<Customer>>) const&& = delete;
  void FindCustomersByEmail(std::span<const std::string_view>,
                            std::span<std::optional<Customer>>) const&& =
      delete;
  void FindBarcodes(std::span<const BarcodeId>,
                    std::span<std::optional<Barcode>>) const&& = delete;
  void FindBarcodesByValue(std::span<const std::string_view>,
                           std::span<std::optional<Barcode>>) const&& = delete;
  void BarcodesOf(OrderId,
                  BarcodeFilter = BarcodeFilter::kAll) const&& = delete;
  void ReadCustomers(CustomerId, std::span<Customer>) const&& = delete;
  void ReadBarcodes(BarcodeId, std::span<Barcode>) const&& = delete;
  void ReadUnassignedBarcodes(BarcodeId, std::span<Barcode>) const&& = delete;
  void Customers(CustomerId = {}) const&& = delete;
  void Orders(OrderId = {}) const&& = delete;
  void Barcodes(BarcodeId = {}) const&& = delete;
  void UnassignedBarcodes(BarcodeId = {}) const&& = delete;

 protected:
  Reader(txn::Engine* engine, table::ViewSlot* slot)
      : engine_(engine), slot_(slot) {}
  Reader(Reader&& other) noexcept
      : engine_(std::exchange(other.engine_, nullptr)),
        slot_(std::exchange(other.slot_, nullptr)) {}
  ~Reader() = default;

  // The store's. Null once closed, ended or moved from: then nothing is found
  // and every count is zero.
  txn::Engine* engine_;
  // What a read view reads; null in a transaction.
  table::ViewSlot* slot_;

 private:
  class Call;
};

}  // namespace orderstore

#endif  // ORDERSTORE_READER_H_
