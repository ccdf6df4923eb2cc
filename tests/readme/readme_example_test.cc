// The README shows this example; the structure test holds the two together.

// README example:
#include <iostream>

#include "orderstore/store.h"

using namespace orderstore;

// Sells two tickets to Ann, lets her in with the first, and prints the top.
absl::Status SellAndAdmit(Store& store) {
  absl::StatusOr<Lsn> sold = store.Transact([](Transaction& txn) {
    for (std::string_view value : {"4006381333931", "4006381333948"}) {
      if (auto row = txn.InsertBarcode({.value = value}); !row.ok()) {
        return row.status();
      }
    }
    auto ann = txn.FindOrCreateCustomer("ann@example.com", "Ann");
    if (!ann.ok()) return ann.status();
    auto order = txn.InsertOrder({.customer_id = *ann});
    if (!order.ok()) return order.status();
    return txn.AssignBarcodes(*order, 2).status();
  });
  if (!sold.ok()) return sold.status();

  sold = store.Transact(
      [](Transaction& txn) { return txn.Redeem("4006381333931"); });
  if (!sold.ok()) return sold.status();

  ReadView view = store.OpenReadView();
  for (const CustomerTickets& top : view.TopCustomers(5)) {
    std::cout << view.FindCustomer(top.customer_id)->name << " has "
              << top.ticket_count << " tickets\n";
  }
  return absl::OkStatus();
}
// End of the README example.

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

TEST(ReadmeExample, SellsAdmitsAndPrints) {
  absl::StatusOr<std::unique_ptr<Store>> store = Store::OpenInMemory();
  ASSERT_TRUE(store.ok()) << store.status();

  testing::internal::CaptureStdout();
  const absl::Status status = SellAndAdmit(**store);
  const std::string printed = testing::internal::GetCapturedStdout();

  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(printed, "Ann has 2 tickets\n");
  const ReadView view = (*store)->OpenReadView();
  EXPECT_EQ(view.lsn(), 2u);
  EXPECT_TRUE(view.FindBarcodeByValue("4006381333931")->is_used);
  EXPECT_FALSE(view.FindBarcodeByValue("4006381333948")->is_used);
}

TEST(ReadmeExample, IsCalledInOneLine) {
  testing::internal::CaptureStdout();
  EXPECT_TRUE(SellAndAdmit(**Store::OpenInMemory()).ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "Ann has 2 tickets\n");
}

}  // namespace
