// Imports CSV files of orders, barcodes and customers into a store: all that is
// good in one transaction, and a report of what is not.
//
//   absl::StatusOr<Input> orders = Input::Open("orders.csv");
//   if (!orders.ok()) return orders.status();
//   absl::StatusOr<Input> barcodes = Input::Open("barcodes.csv");
//   if (!barcodes.ok()) return barcodes.status();
//   const Sources sources = {.orders = &*orders, .barcodes = &*barcodes};
//   absl::StatusOr<ImportReport> report = Import(sources, {}, *store);
//   if (!report.ok()) return report.status();  // the store is as it was
//   for (const Reject& reject : report->rejects) {
//     std::cerr << sources.of(reject.table).name() << ':' << reject.line
//               << ": " << NameOf(reject.reason) << '\n';
//   }
//
// Text in memory is an input as well: Input::FromText(name, text).
//
// The files (see scanner.h for CSV; columns by name in any order, others are
// ignored):
//
//   orders     order_id, customer_id
//   barcodes   barcode, order_id   an empty order_id: the barcode is unassigned
//   customers  customer_id, email, name   the name may be empty
//
// Each bad row is left out alone, for the first reason of rejects.h that
// applies; rows left out before the duplicate_* reasons take no part in
// deciding duplicates, rows left out after them do. An order row is a duplicate
// when an earlier one has its order_id, a customer row when an earlier kept one
// has its customer_id or its email.
//
// With a customers file its rows are the customers, and orders of others are
// left out. Without one, a customer comes into being with its first accepted
// order, with the email `customer-ID@import.invalid` and the name
// `Customer ID`.
//
// Barcodes get their ids in file order. Orders without barcodes are imported.
//
// Into a store that holds rows, files can be imported again and again. Their
// rows are decided on as above, then compared with the store's, in the columns
// that the file states:
//
//   - What is equal is unchanged; it counts as accepted.
//   - What is different is left out as a conflict: a customer of that id with
//     another email or name, another customer with that email, an order of that
//     id of another customer, a barcode on another order or on none.
//   - An empty order_id says nothing about a barcode that was sold meanwhile,
//     and no file says whether one was redeemed: such are unchanged.
//   - Without a customers file, none is stated: a customer that the store has
//     is as it should be. (Where one is to be made up and its email is
//     another's, its orders conflict.)
//   - Orders may name customers, and barcodes orders, that only the store has;
//     but new rows may not name one whose row in the files is in conflict: it
//     is unknown.
//   - An order has barcodes if the files or the store say so.
//
// An import that finds nothing new changes nothing and keeps the LSN.

#ifndef ORDERSTORE_CSV_IMPORT_H_
#define ORDERSTORE_CSV_IMPORT_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "csv/duplicates.h"
#include "csv/rejects.h"
#include "orderstore/ids.h"
#include "orderstore/store.h"

namespace orderstore::csv {

struct ImportOptions {
  Duplicates duplicates = Duplicates::kKeepFirst;
  // Import nothing if a row is rejected or an order has no barcodes.
  bool strict = false;
  // Called with the rows done so far, after every thousand or so, in the
  // calling thread. May be null.
  std::function<void(int64_t rows)> progress = {};
  // Asked as often, and while a pipe has nothing to read, by two threads at the
  // same time. True ends the import with Cancelled. May be null.
  std::function<bool()> is_cancelled = {};
};

struct RowCounts {
  int64_t accepted = 0;
  int64_t rejected = 0;
  int64_t unchanged = 0;  // of the accepted: the store had them

  int64_t rows() const { return accepted + rejected; }
  friend bool operator==(const RowCounts&, const RowCounts&) = default;
};

struct OrderWithoutBarcodes {
  OrderId order_id;
  int64_t line;  // in the orders file

  friend bool operator==(const OrderWithoutBarcodes&,
                         const OrderWithoutBarcodes&) = default;
};

struct ImportReport {
  // False: it was strict and there is a reject or an order without barcodes, so
  // nothing was imported. All else is as if it had been.
  bool imported = false;
  // The newest commit after the import: its own, if it changed anything.
  Lsn lsn = 0;

  RowCounts customers;  // of the customers file, if there is one
  RowCounts orders;
  RowCounts barcodes;
  std::vector<Reject> rejects;  // customers, orders, barcodes; then by line
  // What the store has where rows conflict with it: for the first 20 of each
  // table.
  std::vector<Conflict> conflicts;
  std::vector<OrderWithoutBarcodes> orders_without_barcodes;  // by line
};

// Imports the files in one transaction of `store`. Rejected rows are no error:
// they are in the report.
//
// Loads the inputs, which stay loaded, so that RejectedRows and WriteRejects
// (rejects.h) can give the text of rejected rows. They are different inputs,
// and nobody else uses them meanwhile. Orders and barcodes are given; customers
// may be null.
//
// Thread-safety: any thread may call it, several for different inputs and the
// same store; such imports run one after the other, as their transactions do.
// It uses a second thread of its own. Readers see nothing of an import before
// its commit and all of it after.
//
// Errors, after which the store is as it was:
//   InvalidArgument     a file has no header, or a column is missing or there
//                       twice
//   Aborted             a file was written to while it was read
//   Cancelled           ImportOptions::is_cancelled said so
//   ResourceExhausted   the store's memory limit or its ids do not suffice, the
//                       disk is full, or the system has no memory for a file
//   FailedPrecondition  this thread has an open transaction of the store
//   PermissionDenied    the store is open to read only
//   Unavailable         the store's log has failed
//   Unknown             the same during the commit: whether the import is in
//                       the store is known once it is opened again
//   others              a file cannot be read: as the system's error maps to
//                       codes (absl::ErrnoToStatus), the message says why
// Where the system has no memory for what else it keeps, it throws
// std::bad_alloc; then, too, the store is as it was. Where it has no second
// thread, the first does all.
//
// Time is in proportion to the bytes of the files and the rows; two cores do
// some two million rows a second. It takes the memory of the files' text, some
// 24 bytes a row of theirs, and what the store takes for the rows.
absl::StatusOr<ImportReport> Import(const Sources& sources,
                                    const ImportOptions& options, Store& store);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_IMPORT_H_
