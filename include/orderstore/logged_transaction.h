// A transaction as the log has it: the rows that it changed, in the order in
// which its statements changed them.
//
//   for (const Change& change : transaction.changes) {
//     if (const auto* sold = std::get_if<BarcodeUpdated>(&change)) {
//       ... sold->id, sold->order_id, sold->is_used ...
//     }
//   }
//
// The log holds new values only: an update has the columns as they are
// afterwards, a deletion has the id. Applied in the order of their LSNs to the
// rows as they were before, changes lead to the rows as they are; a row may
// change several times in one transaction.
//
// Thread-safety: values. Lifetimes: string_views live until the next call of
// the ChangeLog that gave them, or its end.

#ifndef ORDERSTORE_LOGGED_TRANSACTION_H_
#define ORDERSTORE_LOGGED_TRANSACTION_H_

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "orderstore/ids.h"
#include "orderstore/records.h"

namespace orderstore {

// What one statement did to one row.

struct CustomerInserted {
  Customer row;

  friend bool operator==(const CustomerInserted&,
                         const CustomerInserted&) = default;
};

struct CustomerUpdated {
  CustomerId id;
  // Both or none: then they stay as they are.
  std::optional<std::string_view> email;
  std::optional<std::string_view> name;

  Timestamp updated_at;

  friend bool operator==(const CustomerUpdated&,
                         const CustomerUpdated&) = default;
};

struct CustomerDeleted {
  CustomerId id;

  friend bool operator==(const CustomerDeleted&,
                         const CustomerDeleted&) = default;
};

struct OrderInserted {
  Order row;

  friend bool operator==(const OrderInserted&, const OrderInserted&) = default;
};

struct OrderUpdated {
  OrderId id;
  CustomerId customer_id;
  Timestamp updated_at;

  friend bool operator==(const OrderUpdated&, const OrderUpdated&) = default;
};

struct OrderDeleted {
  OrderId id;

  friend bool operator==(const OrderDeleted&, const OrderDeleted&) = default;
};

struct BarcodeInserted {
  Barcode row;

  friend bool operator==(const BarcodeInserted&,
                         const BarcodeInserted&) = default;
};

struct BarcodeUpdated {
  BarcodeId id;
  // None: it stays as it is.
  std::optional<std::string_view> value;
  // None: the barcode is unassigned now.
  std::optional<OrderId> order_id;

  bool is_used = false;
  Timestamp updated_at;

  friend bool operator==(const BarcodeUpdated&,
                         const BarcodeUpdated&) = default;
};

struct BarcodeDeleted {
  BarcodeId id;

  friend bool operator==(const BarcodeDeleted&,
                         const BarcodeDeleted&) = default;
};

using Change = std::variant<CustomerInserted, CustomerUpdated, CustomerDeleted,
                            OrderInserted, OrderUpdated, OrderDeleted,
                            BarcodeInserted, BarcodeUpdated, BarcodeDeleted>;

struct LoggedTransaction {
  Lsn lsn = 0;  // of its commit
  // The newest updated_at that it gave to a row, which is the time of the
  // commit but for rows that were given times, as an import does; none if it
  // only deleted.
  std::optional<Timestamp> time;
  // At least one.
  std::vector<Change> changes;
};

}  // namespace orderstore

#endif  // ORDERSTORE_LOGGED_TRANSACTION_H_
