// A row that borrows its text and a row that owns it do not become each other
// unasked, and rows of different tables do not mix.

#include "orderstore/records.h"

#include <string>

namespace orderstore {

[[maybe_unused]] void Rows(const Customer& customer, const Barcode& barcode) {
  OwnedBarcode owned = ToOwned(barcode);
  bool same = owned == ToOwned(barcode);

#ifdef OwnedBarcodeFromBarcode  // error: conver
  OwnedBarcode converted = barcode;
#endif
#ifdef OwnedBarcodeAssignedFromBarcode  // error: no match|no viable
  owned = barcode;
#endif
#ifdef BarcodeFromOwnedBarcode  // error: conver
  Barcode borrowed = owned;
#endif
#ifdef OwnedCustomerFromOwnedBarcode  // error: conver
  OwnedCustomer converted = owned;
#endif
#ifdef RowsOfDifferentTablesCompared  // error: no match|invalid operands
  same = customer == barcode;
#endif
#ifdef BorrowedAndOwnedRowsCompared  // error: no match|invalid operands
  same = barcode == owned;
#endif
#ifdef OrderOfABarcodeFromCustomer  // error: conver|no match|no viable
  owned.order_id = customer.id;
#endif
#ifdef TimestampFromSeconds  // error: no match|no viable|conver
  owned.created_at = int64_t{1700000000};
#endif

  static_cast<void>(same);
}

}  // namespace orderstore
