// A program whose source tree has the store's in it, and that links the import
// of CSV files too.

#include "csv/import.h"

#include <iostream>
#include <memory>

#include "orderstore/store.h"

int main() {
  absl::StatusOr<std::unique_ptr<orderstore::Store>> store =
      orderstore::Store::OpenInMemory();
  if (!store.ok()) {
    std::cerr << store.status() << '\n';
    return 1;
  }
  const absl::StatusOr<orderstore::Lsn> lsn =
      (*store)->Transact([](orderstore::Transaction& txn) {
        return txn.InsertBarcode({.value = "4006381333931"}).status();
      });
  auto orders = orderstore::csv::Input::FromText("orders.csv",
                                                 "order_id,customer_id\n1,1\n");
  auto barcodes = orderstore::csv::Input::FromText(
      "barcodes.csv", "barcode,order_id\n4012345123456,1\n");
  const absl::StatusOr<orderstore::csv::ImportReport> report =
      orderstore::csv::Import({.orders = &orders, .barcodes = &barcodes}, {},
                              **store);
  if (!report.ok()) {
    std::cerr << report.status() << '\n';
    return 1;
  }
  const orderstore::ReadView view = (*store)->OpenReadView();
  return lsn.ok() && view.FindBarcodeByValue("4012345123456") &&
                 view.FindBarcodeByValue("4006381333931")
             ? 0
             : 1;
}
