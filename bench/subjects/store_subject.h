// The store under measurement, through its public API alone: every change is a
// transaction of its own, every View() a read view of its own.
//
// A subject is a class with the members below. The benchmarks are templates
// over it and use nothing else of it.

#ifndef ORDERSTORE_BENCH_SUBJECTS_STORE_SUBJECT_H_
#define ORDERSTORE_BENCH_SUBJECTS_STORE_SUBJECT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "checks.h"
#include "orderstore/store.h"
#include "pinning.h"
#include "subjects/sale.h"

namespace orderstore::bench {

class StoreSubject {
 public:
  static constexpr std::string_view kName = "store";

  explicit StoreSubject(bool huge_pages) {
    const Unpinned unpinned;
    absl::StatusOr<std::unique_ptr<Store>> store =
        Store::OpenInMemory({.huge_pages = huge_pages});
    Require(store.status());
    store_ = *std::move(store);
  }
  // The store in `folder`, which is made if it is missing.
  StoreSubject(const std::string& folder, const Options& options) {
    absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(folder, options);
    Require(store.status());
    store_ = *std::move(store);
  }

  // From now on changes are committed in this way, not as Options say.
  void CommitWith(Durability durability) { durability_ = durability; }

  ReadView View() const { return store_->OpenReadView(); }

  // A transaction for the rows of one call.
  void LoadCustomers(std::span<const NewCustomer> rows) {
    Change(
        [&](Transaction& txn) { return txn.InsertCustomers(rows).status(); });
  }
  void LoadOrders(std::span<const NewOrder> rows) {
    Change([&](Transaction& txn) { return txn.InsertOrders(rows).status(); });
  }
  void LoadBarcodes(std::span<const NewBarcode> rows) {
    Change([&](Transaction& txn) { return txn.InsertBarcodes(rows).status(); });
  }

  // The customer, old or new; an order; new barcodes on it.
  Sale Checkout(const Buyer& buyer, std::span<const std::string_view> values) {
    return Sell(buyer, [&](Transaction& txn, Sale& sale) {
      absl::StatusOr<std::vector<BarcodeId>> ids =
          txn.InsertBarcodes(sale.order, values);
      if (!ids.ok()) return ids.status();
      sale.first_barcode = ids->front();
      sale.last_barcode = ids->back();
      return absl::OkStatus();
    });
  }

  // The same with the n unassigned barcodes of lowest ids.
  Sale CheckoutFromStock(const Buyer& buyer, size_t n) {
    return Sell(buyer, [&](Transaction& txn, Sale& sale) {
      absl::StatusOr<std::vector<Barcode>> rows =
          txn.AssignBarcodes(sale.order, n);
      if (!rows.ok()) return rows.status();
      sale.first_barcode = rows->front().id;
      sale.last_barcode = rows->back().id;
      return absl::OkStatus();
    });
  }

  // Puts the unassigned barcode with the lowest id on `order`.
  void TakeOne(OrderId order) {
    Change([&](Transaction& txn) {
      return txn.AssignBarcodes(order, 1).status();
    });
  }

  void Redeem(std::string_view value) {
    Change([&](Transaction& txn) { return txn.Redeem(value); });
  }
  void Unredeem(std::string_view value) {
    Change([&](Transaction& txn) { return txn.Unredeem(value); });
  }

  const Store& store() const { return *store_; }
  Store& store() { return *store_; }

 private:
  template <typename Fn>
  void Change(Fn&& fn) {
    if (!durability_) {
      Require(store_->Transact(std::forward<Fn>(fn)).status());
      return;
    }
    absl::StatusOr<Transaction> txn = store_->Begin();
    Require(txn.status());
    Require(std::forward<Fn>(fn)(*txn));
    Require(txn->Commit(*durability_).status());
  }

  template <typename Tickets>
  Sale Sell(const Buyer& buyer, Tickets&& tickets) {
    Sale sale;
    Change([&](Transaction& txn) {
      absl::StatusOr<CustomerId> customer =
          txn.FindOrCreateCustomer(buyer.email, buyer.name);
      if (!customer.ok()) return customer.status();
      sale.customer = *customer;
      absl::StatusOr<OrderId> order =
          txn.InsertOrder({.customer_id = *customer});
      if (!order.ok()) return order.status();
      sale.order = *order;
      return tickets(txn, sale);
    });
    return sale;
  }

  std::unique_ptr<Store> store_;
  std::optional<Durability> durability_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_SUBJECTS_STORE_SUBJECT_H_
