// A store with a history that is known: random transactions on it, and its rows
// as of every LSN.
//
//   History history(disk, "/shop", options, /*seed=*/1);
//   history.Commit(20);
//   history.store().WriteSnapshot();
//   history.Close();
//   history.at(7);  // the rows as of LSN 7
//
// Applied() repeats logged transactions on such rows, and complains of those
// that do not fit.
//
// Thread-safety: one thread at a time, but for states of LSNs that are durable.

#ifndef ORDERSTORE_TESTS_RECOVERY_HISTORY_H_
#define ORDERSTORE_TESTS_RECOVERY_HISTORY_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "gtest/gtest.h"
#include "io/file_system.h"
#include "orderstore/logged_transaction.h"
#include "orderstore/store.h"
#include "store/model_state.h"
#include "store/open_store.h"
#include "store/seeded_random.h"
#include "store/test_store.h"

namespace orderstore {

// The rows that a reader sees; sequences are left as in an empty store.
inline State RowsOf(const Reader& reader) {
  State state;
  state.lsn = reader.lsn();
  for (const Customer& row : reader.Customers()) {
    state.customers[row.id] = ToOwned(row);
  }
  for (const Order& row : reader.Orders()) state.orders[row.id] = row;
  for (const Barcode& row : reader.Barcodes()) {
    state.barcodes[row.id] = ToOwned(row);
  }
  return state;
}

// ---- Logged transactions ---------------------------------------------------

class Applier {
 public:
  explicit Applier(State& state) : state_(state) {}

  void operator()(const CustomerInserted& change) {
    EXPECT_TRUE(
        state_.customers.emplace(change.row.id, ToOwned(change.row)).second);
  }
  void operator()(const CustomerUpdated& change) {
    OwnedCustomer& row = state_.customers.at(change.id);
    if (change.email) row.email = *change.email;
    if (change.name) row.name = *change.name;
    row.updated_at = change.updated_at;
  }
  void operator()(const CustomerDeleted& change) {
    EXPECT_EQ(state_.customers.erase(change.id), 1);
  }
  void operator()(const OrderInserted& change) {
    EXPECT_TRUE(state_.orders.emplace(change.row.id, change.row).second);
  }
  void operator()(const OrderUpdated& change) {
    Order& row = state_.orders.at(change.id);
    row.customer_id = change.customer_id;
    row.updated_at = change.updated_at;
  }
  void operator()(const OrderDeleted& change) {
    EXPECT_EQ(state_.orders.erase(change.id), 1);
  }
  void operator()(const BarcodeInserted& change) {
    EXPECT_TRUE(
        state_.barcodes.emplace(change.row.id, ToOwned(change.row)).second);
  }
  void operator()(const BarcodeUpdated& change) {
    OwnedBarcode& row = state_.barcodes.at(change.id);
    if (change.value) row.value = *change.value;
    row.order_id = change.order_id;
    row.is_used = change.is_used;
    row.updated_at = change.updated_at;
  }
  void operator()(const BarcodeDeleted& change) {
    EXPECT_EQ(state_.barcodes.erase(change.id), 1);
  }

 private:
  State& state_;
};

inline void Apply(const LoggedTransaction& transaction, State& state) {
  EXPECT_EQ(transaction.lsn, state.lsn + 1);
  for (const Change& change : transaction.changes) {
    std::visit(Applier(state), change);
  }
  state.lsn = transaction.lsn;
}

// ---- The history -----------------------------------------------------------

class History {
 public:
  History(io::FileSystem& file_system, std::string folder,
          const Options& options, uint64_t seed)
      : file_system_(file_system),
        folder_(std::move(folder)),
        options_(options),
        random_(seed) {
    states_[0] = {};
    Open();
  }

  void Open() {
    store_ = store::OpenStore::Open(file_system_, folder_, options_).value();
  }
  void Close() { store_.reset(); }
  Store& store() { return *store_; }

  // Commits so many transactions of some statements each.
  void Commit(int transactions, Durability durability = Durability::kSync) {
    while (transactions > 0) {
      Transaction txn = store_->Begin().value();
      for (size_t i = random_.OneTo(5); i > 0; --i) RunStatement(txn);
      const Lsn before = txn.lsn();
      const Lsn lsn = txn.Commit(durability).value();
      if (lsn == before) continue;
      states_[lsn] = RowsOf(store_->OpenReadView(ReadLevel::kLatest));
      --transactions;
    }
  }

  const State& at(Lsn lsn) const { return states_.at(lsn); }
  const std::map<Lsn, State>& states() const { return states_; }
  Lsn last() const { return states_.rbegin()->first; }

 private:
  // One that may fail: it leaves nothing then.
  void RunStatement(Transaction& txn) {
    const std::string text = std::to_string(random_.Below(100)) +
                             std::string(random_.OneTo(150), 'x');
    const CustomerId customer(random_.Below(12) + 1);
    const OrderId order(random_.Below(20) + 1);
    const BarcodeId barcode(random_.Below(40) + 1);
    switch (random_.Below(12)) {
      case 0:
      case 1:
        txn.InsertCustomer({.email = text, .name = "N"}).status().IgnoreError();
        break;
      case 2:
      case 3:
        txn.InsertOrder({.customer_id = customer}).status().IgnoreError();
        break;
      case 4:
      case 5:
        txn.InsertBarcode({.value = text}).status().IgnoreError();
        break;
      case 6:
        txn.AssignBarcodes(order, random_.OneTo(2)).status().IgnoreError();
        break;
      case 7:
        txn.Redeem(text).IgnoreError();
        txn.UpdateBarcode(barcode, {.is_used = random_.OneIn(2)}).IgnoreError();
        break;
      case 8:
        txn.UpdateBarcode(barcode, {.value = text}).IgnoreError();
        break;
      case 9:
        txn.UpdateCustomer(customer, {.name = text}).IgnoreError();
        txn.UpdateCustomer(customer, {.updated_at = Timestamp()}).IgnoreError();
        break;
      case 10:
        txn.UpdateOrder(order, {.customer_id = customer}).IgnoreError();
        break;
      default:
        txn.DeleteBarcode(barcode).IgnoreError();
        txn.DeleteOrder(order).IgnoreError();
        txn.DeleteCustomer(customer).IgnoreError();
    }
  }

  io::FileSystem& file_system_;
  const std::string folder_;
  const Options options_;
  SeededRandom random_;
  std::unique_ptr<Store> store_;
  std::map<Lsn, State> states_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_RECOVERY_HISTORY_H_
