// Imports CSV files of orders, barcodes and customers into a store.
//
//   absl::StatusOr<Input> orders = Input::Open("orders.csv");
//   absl::StatusOr<Input> barcodes = Input::Open("barcodes.csv");
//   ...
//   absl::StatusOr<ImportReport> report = Import(
//       {.orders = &*orders, .barcodes = &*barcodes}, ImportOptions(), *store);
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
  // Called with the rows inserted so far, after every thousand or so, in the
  // calling thread. May be null.
  std::function<void(int64_t rows)> progress;
};

struct RowCounts {
  int64_t accepted = 0;
  int64_t rejected = 0;

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
  // False: it was strict and there is something below, so nothing was imported.
  bool imported = false;

  RowCounts customers;  // of the customers file, if there is one
  RowCounts orders;
  RowCounts barcodes;
  std::vector<Reject> rejects;  // customers, orders, barcodes; then by line
  std::vector<OrderWithoutBarcodes> orders_without_barcodes;  // by line
};

// Imports the files in one transaction of `store`; the inputs stay loaded. Uses
// a second thread. Errors, after which nothing was imported: those of reading
// (Input::Load, ReadHeader); FailedPrecondition when this thread has a
// transaction open; AlreadyExists when the store has a row with the id, email
// or value of a row; ResourceExhausted when the store's memory limit or its ids
// do not suffice.
absl::StatusOr<ImportReport> Import(const Sources& sources,
                                    const ImportOptions& options, Store& store);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_IMPORT_H_
