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
#ifdef BarcodesOfACustomer  // error: conver
  tickets = view.BarcodesOf(customer);
#endif
#ifdef TicketCountOfAnOrder  // error: conver
  count = view.TicketCount(order);
#endif
#ifdef ScanAfterAnIdOfAnotherTable  // error: conver
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

}  // namespace orderstore
