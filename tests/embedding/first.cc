// Sells a ticket and lets its holder in; run again, it sells the next one.

#include <iostream>
#include <string>

#include "orderstore/store.h"

using orderstore::Store;
using orderstore::Transaction;

absl::Status SellAndAdmit() {
  auto opened = Store::Open("shop");  // a folder, made if it is missing
  if (!opened.ok()) return opened.status();
  Store& store = **opened;

  // All of this happens, and no crash takes it back, or nothing does.
  std::string ticket;
  auto lsn = store.Transact([&](Transaction& txn) -> absl::Status {
    auto customer = txn.FindOrCreateCustomer("ann@example.com", "Ann");
    if (!customer.ok()) return customer.status();
    auto order = txn.InsertOrder({.customer_id = *customer});
    if (!order.ok()) return order.status();
    ticket = "A" + std::to_string(order->value());
    return txn.InsertBarcode({.value = ticket, .order_id = *order}).status();
  });
  if (!lsn.ok()) return lsn.status();

  // A ticket lets in once: redeemed again, it is an error.
  lsn = store.Transact([&](Transaction& txn) { return txn.Redeem(ticket); });
  if (!lsn.ok()) return lsn.status();

  const orderstore::ReadView view = store.OpenReadView();
  std::cout << ticket << " is in; sold: " << view.Counts().barcodes << "\n";
  return store.Close();
}

int main() {
  const absl::Status status = SellAndAdmit();
  if (!status.ok()) std::cerr << "shop: " << status << "\n";
  return status.ok() ? 0 : 1;
}
