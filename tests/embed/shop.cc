// Includes and links nothing but the store.

#include <iostream>

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
  const orderstore::ReadView view = (*store)->OpenReadView();
  return lsn.ok() && view.FindBarcodeByValue("4006381333931") ? 0 : 1;
}
