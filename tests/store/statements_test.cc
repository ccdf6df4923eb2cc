// Insert, update and delete of the three tables, one statement at a time: what
// each does, every error that it documents, and that a failing one leaves no
// trace. Texts, ids and timestamps at their limits are in limits_test.cc; the
// statements of the domain in checkout_test.cc.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp kMay{
    std::chrono::sys_days(std::chrono::year(2024) / 5 / 17)};
constexpr Timestamp kJune{
    std::chrono::sys_days(std::chrono::year(2024) / 6 / 1)};

class CustomerStatements : public StoreTest {};
class OrderStatements : public StoreTest {};
class BarcodeStatements : public StoreTest {};
class BulkStatements : public StoreTest {};

// ---- Customers -------------------------------------------------------------

TEST_F(CustomerStatements, InsertStoresTheRowAsGiven) {
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertCustomer({.email = "ann@x",
                                  .name = "Ann",
                                  .id = CustomerId(7),
                                  .created_at = kMay,
                                  .updated_at = kJune}),
              IsOkAndHolds(CustomerId(7)));
  const Customer ann{CustomerId(7), "ann@x", "Ann", kMay, kJune};
  EXPECT_EQ(txn.FindCustomer(CustomerId(7)), ann);
  EXPECT_EQ(txn.FindCustomerByEmail("ann@x"), ann);
  ASSERT_THAT(txn.Commit(), IsOkAndHolds(1u));
  EXPECT_EQ(CustomerNow(CustomerId(7)), ToOwned(ann));
}

TEST_F(CustomerStatements, SequenceStartsAtOneAndCountsOn) {
  Transaction txn = Begin();
  for (int32_t id = 1; id <= 3; ++id) {
    EXPECT_THAT(txn.InsertCustomer({.email = std::to_string(id), .name = "N"}),
                IsOkAndHolds(CustomerId(id)));
  }
}

TEST_F(CustomerStatements, NameMayBeEmptyAndShared) {
  const CustomerId a = PutCustomer("a@x", "");
  const CustomerId b = PutCustomer("b@x", "");
  EXPECT_EQ(CustomerNow(a).name, "");
  EXPECT_EQ(CustomerNow(b).name, "");
}

TEST_F(CustomerStatements, EmailsDifferByCase) {
  PutCustomer("ann@x");
  PutCustomer("Ann@x");
  EXPECT_EQ(View().Counts().customers, 2);
}

TEST_F(CustomerStatements, InsertOfATakenEmailIsRefused) {
  PutCustomer("ann@x");
  Transaction txn = Begin();
  ExpectRefused(txn, kAlreadyExists, "ann@x", [&] {
    return txn.InsertCustomer({.email = "ann@x", .name = "Other"});
  });
}

TEST_F(CustomerStatements, InsertOfATakenIdIsRefused) {
  const CustomerId ann = PutCustomer("ann@x");
  Transaction txn = Begin();
  ExpectRefused(txn, kAlreadyExists, std::to_string(ann.value()), [&] {
    return txn.InsertCustomer({.email = "bob@x", .name = "Bob", .id = ann});
  });
}

TEST_F(CustomerStatements, RefusedInsertDoesNotMoveTheSequence) {
  PutCustomer("ann@x");
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertCustomer({.email = "ann@x", .name = "N"}),
              FailsWithCode(kAlreadyExists));
  EXPECT_THAT(
      txn.InsertCustomer({.email = "ann@x", .name = "N", .id = CustomerId(50)}),
      FailsWithCode(kAlreadyExists));
  EXPECT_THAT(txn.InsertCustomer({.email = "bob@x", .name = "N"}),
              IsOkAndHolds(CustomerId(2)));
}

TEST_F(CustomerStatements, UpdateChangesOnlyTheColumnsGiven) {
  Transaction txn = Begin();
  const CustomerId id = txn.InsertCustomer({.email = "ann@x",
                                            .name = "Ann",
                                            .created_at = kMay,
                                            .updated_at = kMay})
                            .value();
  EXPECT_THAT(txn.UpdateCustomer(id, {.name = "Anna", .updated_at = kJune}),
              IsOk());
  EXPECT_EQ(txn.FindCustomer(id), (Customer{id, "ann@x", "Anna", kMay, kJune}));
  EXPECT_THAT(txn.UpdateCustomer(id, {.email = "anna@x", .updated_at = kMay}),
              IsOk());
  EXPECT_EQ(txn.FindCustomer(id), (Customer{id, "anna@x", "Anna", kMay, kMay}));
}

TEST_F(CustomerStatements, RenamedCustomerIsFoundByTheNewEmailOnly) {
  const CustomerId id = PutCustomer("old@x");
  Transaction txn = Begin();
  EXPECT_THAT(txn.UpdateCustomer(id, {.email = "new@x"}), IsOk());
  EXPECT_EQ(txn.FindCustomerByEmail("old@x"), std::nullopt);
  EXPECT_EQ(txn.FindCustomerByEmail("new@x")->id, id);
  EXPECT_THAT(txn.InsertCustomer({.email = "old@x", .name = "N"}), IsOk());
}

TEST_F(CustomerStatements, UpdateToTheOwnEmailIsFine) {
  const CustomerId id = PutCustomer("ann@x");
  Transaction txn = Begin();
  EXPECT_THAT(txn.UpdateCustomer(id, {.email = "ann@x", .name = "New"}),
              IsOk());
  EXPECT_EQ(txn.FindCustomerByEmail("ann@x")->name, "New");
}

TEST_F(CustomerStatements, UpdateToATakenEmailIsRefused) {
  PutCustomer("ann@x");
  const CustomerId bob = PutCustomer("bob@x");
  Transaction txn = Begin();
  ExpectRefused(txn, kAlreadyExists, "ann@x", [&] {
    return txn.UpdateCustomer(bob, {.email = "ann@x", .name = "New"});
  });
}

TEST_F(CustomerStatements, UpdateOfAMissingCustomerIsRefused) {
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "99", [&] {
    return txn.UpdateCustomer(CustomerId(99), {.name = "New"});
  });
}

TEST_F(CustomerStatements, DeletedCustomerIsGoneAndItsKeysAreFree) {
  const CustomerId id = PutCustomer("ann@x");
  Transaction txn = Begin();
  EXPECT_THAT(txn.DeleteCustomer(id), IsOk());
  EXPECT_EQ(txn.FindCustomer(id), std::nullopt);
  EXPECT_EQ(txn.FindCustomerByEmail("ann@x"), std::nullopt);
  EXPECT_EQ(txn.TicketCount(id), std::nullopt);
  EXPECT_EQ(txn.Counts().customers, 0);
  EXPECT_THAT(txn.InsertCustomer({.email = "ann@x", .name = "N", .id = id}),
              IsOkAndHolds(id));
}

TEST_F(CustomerStatements, DeleteOfAMissingCustomerIsRefused) {
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "99",
                [&] { return txn.DeleteCustomer(CustomerId(99)); });
}

TEST_F(CustomerStatements, CustomerWithOrdersCannotBeDeleted) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  Transaction txn = Begin();
  ExpectRefused(txn, kFailedPrecondition, std::to_string(ann.value()),
                [&] { return txn.DeleteCustomer(ann); });
  EXPECT_THAT(txn.DeleteOrder(order), IsOk());
  EXPECT_THAT(txn.DeleteCustomer(ann), IsOk());
}

// ---- Orders ----------------------------------------------------------------

TEST_F(OrderStatements, InsertStoresTheRowAsGiven) {
  const CustomerId ann = PutCustomer("ann@x");
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertOrder({.customer_id = ann,
                               .id = OrderId(9),
                               .created_at = kMay,
                               .updated_at = kJune}),
              IsOkAndHolds(OrderId(9)));
  const Order row{OrderId(9), ann, kMay, kJune};
  EXPECT_EQ(txn.FindOrder(OrderId(9)), row);
  EXPECT_THAT(txn.OrdersOf(ann), ElementsAre(row));
}

TEST_F(OrderStatements, InsertForAMissingCustomerIsRefused) {
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "99", [&] {
    return txn.InsertOrder({.customer_id = CustomerId(99)});
  });
}

TEST_F(OrderStatements, InsertOfATakenIdIsRefused) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  Transaction txn = Begin();
  ExpectRefused(txn, kAlreadyExists, std::to_string(order.value()), [&] {
    return txn.InsertOrder({.customer_id = ann, .id = order});
  });
}

TEST_F(OrderStatements, MovedOrderTakesItsTicketsAlong) {
  const CustomerId ann = PutCustomer("ann@x");
  const CustomerId bob = PutCustomer("bob@x");
  const OrderId order = PutOrder(ann);
  PutBarcode("T-0A", order);
  PutBarcode("T-0B", order);
  Transaction txn = Begin();
  EXPECT_THAT(txn.UpdateOrder(order, {.customer_id = bob}), IsOk());
  EXPECT_THAT(txn.OrdersOf(ann), IsEmpty());
  EXPECT_EQ(txn.OrdersOf(bob).size(), 1u);
  EXPECT_EQ(txn.TicketCount(ann), 0);
  EXPECT_EQ(txn.TicketCount(bob), 2);
  EXPECT_THAT(txn.TopCustomers(5), ElementsAre(CustomerTickets{bob, 2}));
}

TEST_F(OrderStatements, UpdateNeedsAnOrderAndACustomer) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "99", [&] {
    return txn.UpdateOrder(OrderId(99), {.customer_id = ann});
  });
  ExpectRefused(txn, kNotFound, "98", [&] {
    return txn.UpdateOrder(order, {.customer_id = CustomerId(98)});
  });
}

TEST_F(OrderStatements, DeletedOrderIsGone) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  Transaction txn = Begin();
  EXPECT_THAT(txn.DeleteOrder(order), IsOk());
  EXPECT_EQ(txn.FindOrder(order), std::nullopt);
  EXPECT_THAT(txn.OrdersOf(ann), IsEmpty());
  ExpectRefused(txn, kNotFound, std::to_string(order.value()),
                [&] { return txn.DeleteOrder(order); });
}

TEST_F(OrderStatements, OrderWithBarcodesCannotBeDeleted) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  const BarcodeId barcode = PutBarcode("T-0A", order);
  Transaction txn = Begin();
  ExpectRefused(txn, kFailedPrecondition, std::to_string(order.value()),
                [&] { return txn.DeleteOrder(order); });
  // Any way of taking the barcode off frees it.
  EXPECT_THAT(
      txn.UpdateBarcode(barcode, {.order_id = std::optional<OrderId>()}),
      IsOk());
  EXPECT_THAT(txn.DeleteOrder(order), IsOk());
}

// ---- Barcodes --------------------------------------------------------------

TEST_F(BarcodeStatements, InsertStoresTheRowAsGiven) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertBarcode({.value = "00123",
                                 .order_id = order,
                                 .is_used = true,
                                 .id = BarcodeId(5),
                                 .created_at = kMay,
                                 .updated_at = kJune}),
              IsOkAndHolds(BarcodeId(5)));
  const Barcode row{BarcodeId(5), "00123", order, true, kMay, kJune};
  EXPECT_EQ(txn.FindBarcode(BarcodeId(5)), row);
  EXPECT_EQ(txn.FindBarcodeByValue("00123"), row);
  EXPECT_THAT(txn.BarcodesOf(order), ElementsAre(row));
}

TEST_F(BarcodeStatements, ValuesAreTextNotNumbers) {
  PutBarcode("00123");
  PutBarcode("123");
  PutBarcode("0123");
  const ReadView view = View();
  EXPECT_EQ(view.Counts().barcodes, 3);
  EXPECT_EQ(view.FindBarcodeByValue("0000123"), std::nullopt);
}

TEST_F(BarcodeStatements, InsertIsRefusedForTakenKeysAndMissingOrders) {
  const BarcodeId taken = PutBarcode("T-0A");
  Transaction txn = Begin();
  ExpectRefused(txn, kAlreadyExists, "T-0A",
                [&] { return txn.InsertBarcode({.value = "T-0A"}); });
  ExpectRefused(txn, kAlreadyExists, std::to_string(taken.value()), [&] {
    return txn.InsertBarcode({.value = "T-0B", .id = taken});
  });
  ExpectRefused(txn, kNotFound, "99", [&] {
    return txn.InsertBarcode({.value = "T-0B", .order_id = OrderId(99)});
  });
}

TEST_F(BarcodeStatements, FiltersTellUsedFromUnused) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  const BarcodeId used = PutBarcode("T-0A", order, /*used=*/true);
  const BarcodeId unused = PutBarcode("T-0B", order);
  const ReadView view = View();
  EXPECT_THAT(view.BarcodesOf(order, BarcodeFilter::kUsed),
              ElementsAre(*view.FindBarcode(used)));
  EXPECT_THAT(view.BarcodesOf(order, BarcodeFilter::kUnused),
              ElementsAre(*view.FindBarcode(unused)));
  EXPECT_EQ(view.BarcodesOf(order, BarcodeFilter::kAll).size(), 2u);
  EXPECT_EQ(view.Counts().unused_barcodes, 1);
}

TEST_F(BarcodeStatements, UpdateMovesABarcodeBetweenOrdersAndOff) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId first = PutOrder(ann);
  const OrderId second = PutOrder(ann);
  const BarcodeId id = PutBarcode("T-0A", first);
  Transaction txn = Begin();
  EXPECT_THAT(txn.UpdateBarcode(id, {.order_id = second}), IsOk());
  EXPECT_THAT(txn.BarcodesOf(first), IsEmpty());
  EXPECT_EQ(txn.BarcodesOf(second).size(), 1u);
  EXPECT_EQ(txn.TicketCount(ann), 1);
  EXPECT_THAT(txn.UpdateBarcode(id, {.order_id = std::optional<OrderId>()}),
              IsOk());
  EXPECT_EQ(txn.FindBarcode(id)->order_id, std::nullopt);
  EXPECT_EQ(txn.TicketCount(ann), 0);
  EXPECT_EQ(RowsOf(txn.UnassignedBarcodes()).size(), 1u);
}

TEST_F(BarcodeStatements, UpdateIsRefusedForMissingRowsAndTakenValues) {
  PutBarcode("T-0A");
  const BarcodeId id = PutBarcode("T-0B");
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "99", [&] {
    return txn.UpdateBarcode(BarcodeId(99), {.is_used = true});
  });
  ExpectRefused(txn, kNotFound, "98", [&] {
    return txn.UpdateBarcode(
        id, {.value = "C", .order_id = OrderId(98), .is_used = true});
  });
  ExpectRefused(txn, kAlreadyExists, "T-0A", [&] {
    return txn.UpdateBarcode(id, {.value = "T-0A", .is_used = true});
  });
}

TEST_F(BarcodeStatements, TextThatIsNoBarcodeIsAnInvalidArgument) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  Transaction txn = Begin();
  for (const std::string& text :
       {std::string(), std::string("\xff"), std::string("a\0b", 3),
        std::string(256, 'a')}) {
    ExpectRefused(txn, kInvalidArgument, "barcode '",
                  [&] { return txn.Redeem(text); });
    ExpectRefused(txn, kInvalidArgument, "barcode '",
                  [&] { return txn.Unredeem(text); });
    ExpectRefused(txn, kInvalidArgument, "barcode '",
                  [&] { return txn.AssignBarcode(text, order); });
  }
}

TEST_F(BarcodeStatements, DeletedBarcodeIsGone) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  const BarcodeId id = PutBarcode("T-0A", order);
  Transaction txn = Begin();
  EXPECT_THAT(txn.DeleteBarcode(id), IsOk());
  EXPECT_EQ(txn.FindBarcode(id), std::nullopt);
  EXPECT_EQ(txn.FindBarcodeByValue("T-0A"), std::nullopt);
  EXPECT_THAT(txn.BarcodesOf(order), IsEmpty());
  EXPECT_EQ(txn.TicketCount(ann), 0);
  EXPECT_THAT(txn.TopCustomers(5), IsEmpty());
  ExpectRefused(txn, kNotFound, std::to_string(id.value()),
                [&] { return txn.DeleteBarcode(id); });
}

// ---- Many rows at once -----------------------------------------------------

TEST_F(BulkStatements, InsertsReturnTheIdsInOrder) {
  Transaction txn = Begin();
  const std::vector<NewCustomer> customers = {
      {.email = "a@x", .name = "T-0A"},
      {.email = "b@x", .name = "T-0B", .id = CustomerId(10)},
      {.email = "c@x", .name = "C"}};
  EXPECT_THAT(
      txn.InsertCustomers(customers),
      IsOkAndHolds(ElementsAre(CustomerId(1), CustomerId(10), CustomerId(11))));
  const std::vector<NewOrder> orders = {{.customer_id = CustomerId(10)},
                                        {.customer_id = CustomerId(1)}};
  EXPECT_THAT(txn.InsertOrders(orders),
              IsOkAndHolds(ElementsAre(OrderId(1), OrderId(2))));
  const std::vector<NewBarcode> barcodes = {
      {.value = "T-0A"}, {.value = "T-0B", .order_id = OrderId(2)}};
  EXPECT_THAT(txn.InsertBarcodes(barcodes),
              IsOkAndHolds(ElementsAre(BarcodeId(1), BarcodeId(2))));
  const std::vector<std::string_view> values = {"C", "D"};
  EXPECT_THAT(txn.InsertBarcodes(OrderId(1), values),
              IsOkAndHolds(ElementsAre(BarcodeId(3), BarcodeId(4))));
  EXPECT_THAT(txn.TopCustomers(2),
              ElementsAre(CustomerTickets{CustomerId(10), 2},
                          CustomerTickets{CustomerId(1), 1}));
}

TEST_F(BulkStatements, NoRowsAreFine) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertCustomers({}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(txn.InsertOrders({}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(txn.InsertBarcodes(std::vector<NewBarcode>()),
              IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(txn.InsertBarcodes(order, {}), IsOkAndHolds(IsEmpty()));
}

TEST_F(BulkStatements, OneBadCustomerRefusesAll) {
  Transaction txn = Begin();
  const std::vector<NewCustomer> rows = {
      {.email = "a@x", .name = "T-0A", .id = CustomerId(30)},
      {.email = "b@x", .name = "T-0B"},
      {.email = "a@x", .name = "C"},
      {.email = "", .name = "D"}};
  ExpectRefused(txn, kAlreadyExists, "a@x",
                [&] { return txn.InsertCustomers(rows); });
  EXPECT_THAT(txn.InsertCustomer({.email = "a@x", .name = "T-0A"}),
              IsOkAndHolds(CustomerId(1)));
}

TEST_F(BulkStatements, OneBadOrderRefusesAll) {
  const CustomerId ann = PutCustomer("ann@x");
  Transaction txn = Begin();
  const std::vector<NewOrder> rows = {{.customer_id = ann},
                                      {.customer_id = CustomerId(99)},
                                      {.customer_id = ann}};
  ExpectRefused(txn, kNotFound, "99", [&] { return txn.InsertOrders(rows); });
  EXPECT_THAT(txn.InsertOrder({.customer_id = ann}), IsOkAndHolds(OrderId(1)));
}

TEST_F(BulkStatements, OneBadBarcodeRefusesAll) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("taken");
  Transaction txn = Begin();
  const std::vector<std::string_view> twice = {"T-0A", "T-0B", "T-0A"};
  ExpectRefused(txn, kAlreadyExists, "T-0A",
                [&] { return txn.InsertBarcodes(order, twice); });
  const std::vector<std::string_view> taken = {"T-0A", "taken", "T-0B"};
  ExpectRefused(txn, kAlreadyExists, "taken",
                [&] { return txn.InsertBarcodes(order, taken); });
  const std::vector<std::string_view> good = {"T-0A", "T-0B"};
  ExpectRefused(txn, kNotFound, "99",
                [&] { return txn.InsertBarcodes(OrderId(99), good); });
  const std::vector<NewBarcode> no_order = {
      {.value = "T-0A"}, {.value = "T-0B", .order_id = OrderId(98)}};
  ExpectRefused(txn, kNotFound, "98",
                [&] { return txn.InsertBarcodes(no_order); });
  EXPECT_THAT(txn.InsertBarcodes(order, good),
              IsOkAndHolds(ElementsAre(BarcodeId(2), BarcodeId(3))));
}

TEST_F(BulkStatements, ErrorsNameTheRowByItsIndexFromZero) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertOrders(std::vector<NewOrder>(1)),
              FailsWith(kInvalidArgument, "rows[0]: "));
  std::vector<NewCustomer> customers = {{.email = "a@x"}, {.email = ""}};
  EXPECT_THAT(txn.InsertCustomers(customers),
              FailsWith(kInvalidArgument, "rows[1]: "));
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back(std::to_string(i));
  texts[77] = "";
  const std::vector<std::string_view> values(texts.begin(), texts.end());
  EXPECT_THAT(txn.InsertBarcodes(order, values),
              FailsWith(kInvalidArgument, "values[77]: "));
  const std::vector<NewBarcode> barcodes = {{.value = "A"}, {.value = "A"}};
  EXPECT_THAT(txn.InsertBarcodes(barcodes),
              FailsWith(kAlreadyExists, "rows[1]: "));
}

TEST_F(BulkStatements, ManyRowsAreFoundAgain) {
  constexpr int32_t kRows = 5000;
  std::vector<std::string> values;
  for (int32_t i = 0; i < kRows; ++i) values.push_back(std::to_string(i));
  const std::vector<std::string_view> views(values.begin(), values.end());
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  Transaction txn = Begin();
  ASSERT_THAT(txn.InsertBarcodes(order, views), IsOk());
  std::vector<std::optional<Barcode>> rows(views.size());
  txn.FindBarcodesByValue(views, rows);
  for (int32_t i = 0; i < kRows; ++i) {
    ASSERT_EQ(rows[static_cast<size_t>(i)]->id, BarcodeId(i + 1));
  }
  EXPECT_EQ(txn.BarcodesOf(order).size(), views.size());
  txn.Abort();
  EXPECT_EQ(View().Counts().barcodes, 0);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(BulkStatements, LookupsLeaveTheRestOfTheirResultsAsItIs) {
  const BarcodeId barcode = PutBarcode("A");
  PutBarcode("before");
  const ReadView view = View();
  const std::vector<std::string_view> values = {"B", "A"};
  std::vector<std::optional<Barcode>> rows(4,
                                           view.FindBarcodeByValue("before"));
  view.FindBarcodesByValue(values, rows);
  EXPECT_EQ(rows[0], std::nullopt);
  EXPECT_EQ(rows[1]->id, barcode);
  EXPECT_EQ(rows[2]->value, "before");
  EXPECT_EQ(rows[3]->value, "before");
  view.FindBarcodes(std::vector<BarcodeId>{barcode}, rows);
  EXPECT_EQ(rows[0]->id, barcode);
  EXPECT_EQ(rows[2]->value, "before");
}

// ---- Digests ---------------------------------------------------------------

class DigestStatements : public StoreTest {};

TEST_F(DigestStatements, EqualRowsHaveEqualDigestsHoweverTheyCame) {
  const auto insert_ann = [](Transaction& txn) {
    ASSERT_THAT(txn.InsertCustomer({.email = "ann@x",
                                    .name = "Ann",
                                    .created_at = kMay,
                                    .updated_at = kMay}),
                IsOk());
  };
  const std::unique_ptr<Store> other = OpenStore();
  {
    Transaction txn = other->Begin().value();
    insert_ann(txn);
    ASSERT_THAT(txn.Commit(), IsOk());
  }
  PutCustomer("bob@x");
  Transaction txn = Begin();
  ASSERT_THAT(txn.DeleteCustomer(CustomerId(1)), IsOk());
  EXPECT_EQ(txn.Digests(), Digests());
  ASSERT_THAT(txn.InsertCustomer({.email = "ann@x",
                                  .name = "Bob",
                                  .id = CustomerId(1),
                                  .created_at = kMay,
                                  .updated_at = kJune}),
              IsOk());
  EXPECT_NE(txn.Digests(), other->OpenReadView().Digests());
  ASSERT_THAT(
      txn.UpdateCustomer(CustomerId(1), {.name = "Ann", .updated_at = kMay}),
      IsOk());
  EXPECT_EQ(txn.Digests(), other->OpenReadView().Digests());
}

TEST_F(DigestStatements, EveryColumnCounts) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  PutOrder(ann);
  const BarcodeId barcode = PutBarcode("A", order);
  const CustomerId bob = PutCustomer("bob@x");
  std::vector<Digests> digests = {View().Digests()};
  const auto change = [&](auto statement) {
    Transaction txn = Begin();
    ASSERT_THAT(statement(txn), IsOk());
    digests.push_back(txn.Digests());
  };
  change([&](Transaction& txn) {
    return txn.UpdateCustomer(ann, {.email = "eve@x"});
  });
  change([&](Transaction& txn) {
    return txn.UpdateCustomer(ann, {.name = "Eve"});
  });
  change([&](Transaction& txn) {
    return txn.UpdateCustomer(ann, {.updated_at = kJune});
  });
  change([&](Transaction& txn) {
    return txn.UpdateOrder(order, {.customer_id = bob});
  });
  change([&](Transaction& txn) {
    return txn.UpdateOrder(order, {.updated_at = kJune});
  });
  change([&](Transaction& txn) {
    return txn.UpdateBarcode(barcode, {.value = "B"});
  });
  change([&](Transaction& txn) {
    return txn.UpdateBarcode(barcode, {.order_id = OrderId(2)});
  });
  change([&](Transaction& txn) {
    return txn.UpdateBarcode(barcode, {.is_used = true});
  });
  change([&](Transaction& txn) {
    return txn.UpdateBarcode(barcode, {.updated_at = kJune});
  });
  for (size_t i = 0; i < digests.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(digests[i], digests[j]);
  }
}

}  // namespace
}  // namespace orderstore
