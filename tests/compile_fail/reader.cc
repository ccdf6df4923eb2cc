// Reads take the id of the table they read, and views have one owner.

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "orderstore/store.h"

namespace orderstore {

[[maybe_unused]] void Reads(const Store& store, CustomerId customer,
                            OrderId order) {
  ReadView view = store.OpenReadView();
  std::optional<Order> found = view.FindOrder(order);
  std::vector<Barcode> tickets = view.BarcodesOf(order);
  std::optional<int64_t> count = view.TicketCount(customer);
  std::vector<CustomerId> customers = {customer};
  std::vector<std::optional<Order>> rows(1);

#ifdef FindOrderByCustomerId  // error: conver
  found = view.FindOrder(customer);
#endif
#ifdef FindOrderByInteger  // error: conver
  found = view.FindOrder(7);
#endif
#ifdef FindOrdersByCustomerIds  // error: conver
  view.FindOrders(customers, rows);
#endif
#ifdef OrdersOfAnOrder  // error: conver
  static_cast<void>(view.OrdersOf(order));
#endif
#ifdef BarcodesOfACustomer  // error: conver|no match
  tickets = view.BarcodesOf(customer);
#endif
#ifdef TicketCountOfAnOrder  // error: conver
  count = view.TicketCount(order);
#endif
#ifdef ScanAfterAnIdOfAnotherTable  // error: conver|no match
  for (const Order& row : view.Orders(customer)) found = row;
#endif
#ifdef CopyOfAReadView  // error: deleted
  ReadView copy = view;
#endif
#ifdef CopyAssignmentOfAReadView  // error: deleted
  ReadView other = store.OpenReadView();
  other = view;
#endif
#ifdef ViewMadeByHand  // error: private|no matching
  ReadView made(nullptr);
#endif
#ifdef ReaderByValue  // error: deleted|protected
  Reader sliced = view;
#endif

  ReadView moved = std::move(view);
}

// A view that nobody holds ends with the statement, and the text of its rows
// with it.
[[maybe_unused]] int64_t ReadsOfATemporary(const Store& store,
                                           CustomerId customer, OrderId order,
                                           BarcodeId barcode) {
  int64_t count = store.OpenReadView().Counts().barcodes;
  std::optional<Order> found = store.OpenReadView().FindOrder(order);
  std::vector<Order> orders = store.OpenReadView().OrdersOf(customer);
  std::vector<std::optional<Barcode>> rows(1);
  std::vector<Barcode> page(1);

#ifdef CustomerOfATemporaryView  // error: deleted
  auto row = store.OpenReadView().FindCustomer(customer);
#endif
#ifdef CustomerByEmailOfATemporaryView  // error: deleted
  auto name = store.OpenReadView().FindCustomerByEmail("ann@example.com")->name;
#endif
#ifdef BarcodeOfATemporaryView  // error: deleted
  auto row = store.OpenReadView().FindBarcode(barcode);
#endif
#ifdef BarcodeByValueOfATemporaryView  // error: deleted
  auto row = store.OpenReadView().FindBarcodeByValue("4006381333931");
#endif
#ifdef BarcodesOfATemporaryView  // error: deleted
  store.OpenReadView().FindBarcodes({&barcode, 1}, rows);
#endif
#ifdef BarcodesOfAnOrderOfATemporaryView  // error: deleted
  auto tickets = store.OpenReadView().BarcodesOf(order);
#endif
#ifdef PageOfATemporaryView  // error: deleted
  count += store.OpenReadView().ReadBarcodes({}, page) > 0 ? 1 : 0;
#endif
#ifdef ScanOfATemporaryView  // error: deleted
  for (const Order& row : store.OpenReadView().Orders()) orders.push_back(row);
#endif
#ifdef ViewMovedIntoAScan  // error: deleted
  ReadView view = store.OpenReadView();
  auto scan = std::move(view).Barcodes();
#endif

  static_cast<void>(barcode);
  return count;
}

}  // namespace orderstore
