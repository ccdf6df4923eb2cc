// Writes take the id of the table they change, and a transaction has one owner.

#include <string_view>
#include <utility>
#include <vector>

#include "orderstore/store.h"

namespace orderstore {

[[maybe_unused]] absl::Status Writes(Transaction txn, CustomerId customer,
                                     OrderId order) {
  absl::StatusOr<OrderId> inserted = txn.InsertOrder({.customer_id = customer});
  absl::Status status = txn.DeleteOrder(order);
  absl::StatusOr<std::vector<Barcode>> taken = txn.AssignBarcodes(order, 3);

#ifdef OrderInsertedForAnOrder  // error: conver
  inserted = txn.InsertOrder({.customer_id = order});
#endif
#ifdef OrderInsertedForAnInteger  // error: conver
  inserted = txn.InsertOrder({.customer_id = 7});
#endif
#ifdef CustomerIdFromInsertOrder  // error: no match|no viable|conver
  absl::StatusOr<CustomerId> id = txn.InsertOrder({.customer_id = customer});
#endif
#ifdef DeleteOrderByCustomerId  // error: conver
  status = txn.DeleteOrder(customer);
#endif
#ifdef AssignBarcodesToACustomer  // error: conver
  taken = txn.AssignBarcodes(customer, 3);
#endif
#ifdef AssignBarcodeToACustomer  // error: conver
  status = txn.AssignBarcode("4006381333931", customer);
#endif
#ifdef RedeemById  // error: conver
  status = txn.Redeem(BarcodeId(7));
#endif
#ifdef CopyOfATransaction  // error: deleted
  Transaction copy = txn;
#endif
#ifdef CopyAssignmentOfATransaction  // error: deleted
  Transaction other = std::move(txn);
  txn = other;
#endif
#ifdef TransactionFromAReadView  // error: no matching|conver
  Transaction from_view(std::declval<ReadView>());
#endif

  return status;
}

}  // namespace orderstore
