// Each statement of the C API: what it does, what it gives, what it refuses.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

using testing::ElementsAre;

constexpr int64_t kCreated = 1'700'000'000'000'000;
constexpr int64_t kUpdated = 1'800'000'000'000'000;

class StatementsTest : public CStoreTest {
 protected:
  // What the transaction would leave if it ended now.
  static const Reader& Now(const TxnHandle& txn) { return txn->transaction; }
};

// ---- Customers -------------------------------------------------------------

TEST_F(StatementsTest, ACustomerIsInsertedWithWhatIsGiven) {
  const TxnHandle txn = Begin();
  orderstore_new_customer row = CCustomer("ann@x", "Ann");
  row.id = 7;
  row.created_at_us = &kCreated;
  row.updated_at_us = &kUpdated;
  int32_t id = 0;
  ASSERT_THAT(orderstore_insert_customer(txn.get(), &row, &id), Works());
  EXPECT_EQ(id, 7);
  const Customer inserted = Now(txn).FindCustomer(CustomerId(7)).value();
  EXPECT_EQ(inserted.email, "ann@x");
  EXPECT_EQ(inserted.name, "Ann");
  EXPECT_EQ(Microseconds(inserted.created_at), kCreated);
  EXPECT_EQ(Microseconds(inserted.updated_at), kUpdated);

  // The sequence goes on behind it; nobody has to take the id; a name may be
  // missing.
  orderstore_new_customer next = {};
  next.email = Text("bob@x");
  ASSERT_THAT(orderstore_insert_customer(txn.get(), &next, nullptr), Works());
  const Customer bob = Now(txn).FindCustomer(CustomerId(8)).value();
  EXPECT_EQ(bob.name, "");
  EXPECT_EQ(bob.created_at, bob.updated_at);
}

TEST_F(StatementsTest, ABadCustomerIsRefused) {
  const TxnHandle txn = Begin();
  orderstore_new_customer row = CCustomer("ann@x");
  int32_t id = -9;
  ASSERT_THAT(orderstore_insert_customer(txn.get(), &row, nullptr), Works());
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_ALREADY_EXISTS, "ann@x"));
  row = CCustomer("bob@x");
  row.id = 1;
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_ALREADY_EXISTS, "customer 1"));
  row.id = -1;
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "-1"));
  row = CCustomer("");
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "email"));
  row = CCustomer("\xff");
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "UTF-8"));
  row = CCustomer("bob@x");
  const int64_t too_early = ORDERSTORE_TIME_MIN_US - 1;
  row.created_at_us = &too_early;
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "created_at"));
  row = CCustomer("bob@x");
  row.email = UnsoundText();
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "email has 3 bytes"));
  row = CCustomer("bob@x");
  row.name = UnsoundText();
  EXPECT_THAT(orderstore_insert_customer(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "name has 3 bytes"));
  EXPECT_THAT(orderstore_insert_customer(txn.get(), nullptr, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "row is NULL"));
  EXPECT_EQ(id, -9) << "an error gives nothing";
  EXPECT_EQ(Now(txn).Counts().customers, 1);
}

TEST_F(StatementsTest, ACustomerIsFoundOrMade) {
  const TxnHandle txn = Begin();
  int32_t made = 0;
  int32_t found = 0;
  ASSERT_THAT(orderstore_find_or_create_customer(txn.get(), Text("ann@x"),
                                                 Text("Ann"), &made),
              Works());
  ASSERT_THAT(orderstore_find_or_create_customer(txn.get(), Text("ann@x"),
                                                 Text("Other"), &found),
              Works());
  EXPECT_EQ(found, made);
  EXPECT_EQ(Now(txn).FindCustomer(CustomerId(made))->name, "Ann");
  EXPECT_THAT(orderstore_find_or_create_customer(txn.get(), Text("bob@x"),
                                                 Text(""), nullptr),
              Works());
  EXPECT_THAT(orderstore_find_or_create_customer(txn.get(), Text(""),
                                                 Text("Ann"), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "email"));
  EXPECT_THAT(orderstore_find_or_create_customer(txn.get(), UnsoundText(),
                                                 Text("Ann"), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "email"));
  EXPECT_THAT(orderstore_find_or_create_customer(txn.get(), Text("cy@x"),
                                                 UnsoundText(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "name"));
}

TEST_F(StatementsTest, AnUpdateOfACustomerChangesWhatItNames) {
  const int32_t id = PutCustomer("ann@x");
  PutCustomer("bob@x");
  const TxnHandle txn = Begin();
  const orderstore_text email = Text("ann@y");
  const orderstore_text name = Text("Ann Bee");

  orderstore_customer_update update = {};
  update.name = &name;
  ASSERT_THAT(orderstore_update_customer(txn.get(), id, &update), Works());
  EXPECT_EQ(Now(txn).FindCustomer(CustomerId(id))->email, "ann@x");
  EXPECT_EQ(Now(txn).FindCustomer(CustomerId(id))->name, "Ann Bee");

  update = {};
  update.email = &email;
  update.updated_at_us = &kUpdated;
  ASSERT_THAT(orderstore_update_customer(txn.get(), id, &update), Works());
  const Customer row = Now(txn).FindCustomer(CustomerId(id)).value();
  EXPECT_EQ(row.email, "ann@y");
  EXPECT_EQ(row.name, "Ann Bee");
  EXPECT_EQ(Microseconds(row.updated_at), kUpdated);

  update = {};
  EXPECT_THAT(orderstore_update_customer(txn.get(), id, &update), Works());
  EXPECT_EQ(Now(txn).FindCustomer(CustomerId(id)), row) << "nothing was named";
}

TEST_F(StatementsTest, ABadUpdateOfACustomerIsRefused) {
  const int32_t id = PutCustomer("ann@x");
  PutCustomer("bob@x");
  const TxnHandle txn = Begin();
  const orderstore_text taken = Text("bob@x");
  const orderstore_text unsound = UnsoundText();
  orderstore_customer_update update = {};
  EXPECT_THAT(orderstore_update_customer(txn.get(), 99, &update),
              Fails(ORDERSTORE_NOT_FOUND, "customer 99"));
  EXPECT_THAT(orderstore_update_customer(txn.get(), 0, &update),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "customer 0"));
  EXPECT_THAT(orderstore_update_customer(txn.get(), id, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "update is NULL"));
  update.email = &taken;
  EXPECT_THAT(orderstore_update_customer(txn.get(), id, &update),
              Fails(ORDERSTORE_ALREADY_EXISTS, "bob@x"));
  update.email = &unsound;
  EXPECT_THAT(orderstore_update_customer(txn.get(), id, &update),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "email"));
  update = {};
  update.name = &unsound;
  EXPECT_THAT(orderstore_update_customer(txn.get(), id, &update),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "name"));
}

TEST_F(StatementsTest, RowsThatNobodyRefersToAreDeleted) {
  const int32_t customer = PutCustomer("ann@x");
  const int32_t order = PutOrder(customer);
  PutBarcode("A", order);
  const TxnHandle txn = Begin();
  EXPECT_THAT(orderstore_delete_customer(txn.get(), customer),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "has orders"));
  EXPECT_THAT(orderstore_delete_order(txn.get(), order),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "has barcodes"));
  EXPECT_THAT(orderstore_delete_barcode(txn.get(), 99),
              Fails(ORDERSTORE_NOT_FOUND, "barcode 99"));
  EXPECT_THAT(orderstore_delete_barcode(txn.get(), 1), Works());
  EXPECT_THAT(orderstore_delete_order(txn.get(), order), Works());
  EXPECT_THAT(orderstore_delete_customer(txn.get(), customer), Works());
  EXPECT_THAT(orderstore_delete_order(txn.get(), order),
              Fails(ORDERSTORE_NOT_FOUND, "order"));
  EXPECT_THAT(orderstore_delete_customer(txn.get(), customer),
              Fails(ORDERSTORE_NOT_FOUND, "customer"));
  EXPECT_EQ(Now(txn).Counts(), Counts());
}

// ---- Orders ----------------------------------------------------------------

TEST_F(StatementsTest, AnOrderIsInsertedAndMoved) {
  const int32_t ann = PutCustomer("ann@x");
  const int32_t bob = PutCustomer("bob@x");
  const TxnHandle txn = Begin();
  orderstore_new_order row = COrder(ann);
  row.id = 40;
  row.created_at_us = &kCreated;
  row.updated_at_us = &kUpdated;
  int32_t id = 0;
  ASSERT_THAT(orderstore_insert_order(txn.get(), &row, &id), Works());
  EXPECT_EQ(id, 40);
  EXPECT_EQ(
      Now(txn).FindOrder(OrderId(40)),
      (Order{.id = OrderId(40),
             .customer_id = CustomerId(ann),
             .created_at = Timestamp(std::chrono::microseconds(kCreated)),
             .updated_at = Timestamp(std::chrono::microseconds(kUpdated))}));
  row = COrder(99);
  EXPECT_THAT(orderstore_insert_order(txn.get(), &row, &id),
              Fails(ORDERSTORE_NOT_FOUND, "customer 99"));
  EXPECT_THAT(orderstore_insert_order(txn.get(), nullptr, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "row is NULL"));

  orderstore_order_update update = {};
  update.customer_id = &bob;
  ASSERT_THAT(orderstore_update_order(txn.get(), 40, &update), Works());
  EXPECT_EQ(Now(txn).FindOrder(OrderId(40))->customer_id, CustomerId(bob));
  update = {};
  update.updated_at_us = &kCreated;
  ASSERT_THAT(orderstore_update_order(txn.get(), 40, &update), Works());
  EXPECT_EQ(Now(txn).FindOrder(OrderId(40))->customer_id, CustomerId(bob));
  EXPECT_EQ(Microseconds(Now(txn).FindOrder(OrderId(40))->updated_at),
            kCreated);
  const int32_t nobody = 99;
  update.customer_id = &nobody;
  EXPECT_THAT(orderstore_update_order(txn.get(), 40, &update),
              Fails(ORDERSTORE_NOT_FOUND, "customer 99"));
  EXPECT_THAT(orderstore_update_order(txn.get(), 41, &update),
              Fails(ORDERSTORE_NOT_FOUND, "order 41"));
  EXPECT_THAT(orderstore_update_order(txn.get(), 40, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "update is NULL"));
}

// ---- Barcodes --------------------------------------------------------------

TEST_F(StatementsTest, ABarcodeIsInsertedWithWhatIsGiven) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  const TxnHandle txn = Begin();
  orderstore_new_barcode row = CBarcode("A", order);
  row.is_used = 1;
  row.id = 12;
  row.created_at_us = &kCreated;
  row.updated_at_us = &kUpdated;
  int32_t id = 0;
  ASSERT_THAT(orderstore_insert_barcode(txn.get(), &row, &id), Works());
  EXPECT_EQ(id, 12);
  const Barcode sold = Now(txn).FindBarcode(BarcodeId(12)).value();
  EXPECT_EQ(sold.value, "A");
  EXPECT_EQ(sold.order_id, OrderId(order));
  EXPECT_TRUE(sold.is_used);
  EXPECT_EQ(Microseconds(sold.created_at), kCreated);
  EXPECT_EQ(Microseconds(sold.updated_at), kUpdated);

  row = CBarcode("B");
  ASSERT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
  EXPECT_EQ(Now(txn).FindBarcodeByValue("B")->order_id, std::nullopt);
  EXPECT_FALSE(Now(txn).FindBarcodeByValue("B")->is_used);

  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, &id),
              Fails(ORDERSTORE_ALREADY_EXISTS, "'B'"));
  row = CBarcode("C", 99);
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, &id),
              Fails(ORDERSTORE_NOT_FOUND, "order 99"));
  row = CBarcode("C", -1);
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "order -1"));
  row = CBarcode("");
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "barcode"));
  row.value = UnsoundText();
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "value has 3 bytes"));
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), nullptr, &id),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "row is NULL"));
}

TEST_F(StatementsTest, AnUpdateOfABarcodeChangesWhatItNames) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("A");
  const TxnHandle txn = Begin();
  const orderstore_text value = Text("B");
  const uint8_t used = 2;  // whatever is not 0
  const uint8_t unused = 0;
  const int32_t none = 0;

  orderstore_barcode_update update = {};
  update.order_id = &order;
  update.is_used = &used;
  ASSERT_THAT(orderstore_update_barcode(txn.get(), 1, &update), Works());
  EXPECT_EQ(Now(txn).FindBarcode(BarcodeId(1))->order_id, OrderId(order));
  EXPECT_TRUE(Now(txn).FindBarcode(BarcodeId(1))->is_used);

  update = {};
  update.value = &value;
  update.updated_at_us = &kUpdated;
  ASSERT_THAT(orderstore_update_barcode(txn.get(), 1, &update), Works());
  const Barcode renamed = Now(txn).FindBarcodeByValue("B").value();
  EXPECT_EQ(renamed.order_id, OrderId(order));
  EXPECT_TRUE(renamed.is_used);
  EXPECT_EQ(Microseconds(renamed.updated_at), kUpdated);

  update = {};
  update.order_id = &none;
  update.is_used = &unused;
  ASSERT_THAT(orderstore_update_barcode(txn.get(), 1, &update), Works());
  EXPECT_EQ(Now(txn).FindBarcode(BarcodeId(1))->order_id, std::nullopt);
  EXPECT_FALSE(Now(txn).FindBarcode(BarcodeId(1))->is_used);
}

TEST_F(StatementsTest, ABadUpdateOfABarcodeIsRefused) {
  PutBarcode("A");
  PutBarcode("B");
  const TxnHandle txn = Begin();
  const orderstore_text taken = Text("B");
  const orderstore_text unsound = UnsoundText();
  const int32_t nothing = 99;
  orderstore_barcode_update update = {};
  EXPECT_THAT(orderstore_update_barcode(txn.get(), 99, &update),
              Fails(ORDERSTORE_NOT_FOUND, "barcode 99"));
  EXPECT_THAT(orderstore_update_barcode(txn.get(), 1, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "update is NULL"));
  update.value = &taken;
  EXPECT_THAT(orderstore_update_barcode(txn.get(), 1, &update),
              Fails(ORDERSTORE_ALREADY_EXISTS, "'B'"));
  update.value = &unsound;
  EXPECT_THAT(orderstore_update_barcode(txn.get(), 1, &update),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "value has 3 bytes"));
  update = {};
  update.order_id = &nothing;
  EXPECT_THAT(orderstore_update_barcode(txn.get(), 1, &update),
              Fails(ORDERSTORE_NOT_FOUND, "order 99"));
}

// ---- Many rows at once -----------------------------------------------------

TEST_F(StatementsTest, ManyRowsAreInsertedAtOnce) {
  const TxnHandle txn = Begin();
  const std::array customers = {CCustomer("ann@x"), CCustomer("bob@x")};
  std::array<int32_t, 2> ids = {};
  ASSERT_THAT(
      orderstore_insert_customers(txn.get(), customers.data(), 2, ids.data()),
      Works());
  EXPECT_THAT(ids, ElementsAre(1, 2));
  const std::array orders = {COrder(2), COrder(1)};
  ASSERT_THAT(orderstore_insert_orders(txn.get(), orders.data(), 2, ids.data()),
              Works());
  EXPECT_THAT(ids, ElementsAre(1, 2));
  const std::array barcodes = {CBarcode("A", 2), CBarcode("B")};
  ASSERT_THAT(
      orderstore_insert_barcodes(txn.get(), barcodes.data(), 2, ids.data()),
      Works());
  EXPECT_THAT(ids, ElementsAre(1, 2));
  const std::array values = {Text("C"), Text("D")};
  ASSERT_THAT(orderstore_insert_barcode_values(txn.get(), 1, values.data(), 2,
                                               ids.data()),
              Works());
  EXPECT_THAT(ids, ElementsAre(3, 4));

  const Reader& now = Now(txn);
  EXPECT_EQ(now.FindCustomer(CustomerId(2))->email, "bob@x");
  EXPECT_EQ(now.FindOrder(OrderId(1))->customer_id, CustomerId(2));
  EXPECT_EQ(now.FindBarcodeByValue("A")->order_id, OrderId(2));
  EXPECT_EQ(now.FindBarcodeByValue("B")->order_id, std::nullopt);
  EXPECT_EQ(now.FindBarcodeByValue("D")->order_id, OrderId(1));

  // Nobody has to take the ids, and none is a number too.
  const orderstore_new_order order = COrder(1);
  EXPECT_THAT(orderstore_insert_orders(txn.get(), &order, 1, nullptr), Works());
  EXPECT_THAT(orderstore_insert_customers(txn.get(), nullptr, 0, nullptr),
              Works());
  EXPECT_THAT(orderstore_insert_orders(txn.get(), nullptr, 0, nullptr),
              Works());
  EXPECT_THAT(orderstore_insert_barcodes(txn.get(), nullptr, 0, nullptr),
              Works());
  EXPECT_THAT(
      orderstore_insert_barcode_values(txn.get(), 1, nullptr, 0, nullptr),
      Works());
}

TEST_F(StatementsTest, OfManyRowsOneAtFaultIsNamedAndNoneIsInserted) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  const TxnHandle txn = Begin();
  std::array customers = {CCustomer("bob@x"), CCustomer("ann@x")};
  std::array<int32_t, 2> ids = {-9, -9};
  EXPECT_THAT(
      orderstore_insert_customers(txn.get(), customers.data(), 2, ids.data()),
      Fails(ORDERSTORE_ALREADY_EXISTS, "rows[1]: "));
  customers[1].name = UnsoundText();
  EXPECT_THAT(
      orderstore_insert_customers(txn.get(), customers.data(), 2, ids.data()),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "rows[1]: the text name"));
  const std::array orders = {COrder(1), COrder(99)};
  EXPECT_THAT(orderstore_insert_orders(txn.get(), orders.data(), 2, ids.data()),
              Fails(ORDERSTORE_NOT_FOUND, "rows[1]: "));
  std::array barcodes = {CBarcode("A"), CBarcode("B", 99)};
  EXPECT_THAT(
      orderstore_insert_barcodes(txn.get(), barcodes.data(), 2, ids.data()),
      Fails(ORDERSTORE_NOT_FOUND, "rows[1]: "));
  barcodes[0].value = UnsoundText();
  EXPECT_THAT(
      orderstore_insert_barcodes(txn.get(), barcodes.data(), 2, ids.data()),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "rows[0]: the text value"));
  std::array values = {Text("A"), Text("A")};
  EXPECT_THAT(orderstore_insert_barcode_values(txn.get(), order, values.data(),
                                               2, ids.data()),
              Fails(ORDERSTORE_ALREADY_EXISTS, "values[1]: "));
  values[1] = UnsoundText();
  EXPECT_THAT(orderstore_insert_barcode_values(txn.get(), order, values.data(),
                                               2, ids.data()),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "values[1]: the text value"));
  EXPECT_THAT(orderstore_insert_barcode_values(txn.get(), 99, values.data(), 1,
                                               ids.data()),
              Fails(ORDERSTORE_NOT_FOUND, "order 99"));

  const char* const rows_null = "rows is NULL";
  EXPECT_THAT(orderstore_insert_customers(txn.get(), nullptr, 1, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, rows_null));
  EXPECT_THAT(orderstore_insert_orders(txn.get(), nullptr, 1, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, rows_null));
  EXPECT_THAT(orderstore_insert_barcodes(txn.get(), nullptr, 1, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, rows_null));
  EXPECT_THAT(
      orderstore_insert_barcode_values(txn.get(), order, nullptr, 1, nullptr),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "values is NULL"));
  EXPECT_THAT(ids, ElementsAre(-9, -9));
  EXPECT_EQ(Now(txn).Counts(), cpp().OpenReadView().Counts());
}

// ---- What this domain lives on ---------------------------------------------

TEST_F(StatementsTest, TheLowestUnassignedBarcodesAreAssigned) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  for (const char* value : {"A", "B", "C"}) PutBarcode(value);
  const TxnHandle txn = Begin();
  std::vector<orderstore_barcode> rows(2);
  ASSERT_THAT(orderstore_assign_barcodes(txn.get(), order, 2, rows.data()),
              Works());
  ExpectRows(rows, Now(txn).BarcodesOf(OrderId(order)));
  EXPECT_EQ(ViewOf(rows[1].value), "B");
  EXPECT_THAT(orderstore_assign_barcodes(txn.get(), order, 2, nullptr),
              Fails(ORDERSTORE_NOT_FOUND, "only 1"));
  EXPECT_THAT(orderstore_assign_barcodes(txn.get(), 99, 1, nullptr),
              Fails(ORDERSTORE_NOT_FOUND, "order 99"));
  EXPECT_THAT(orderstore_assign_barcodes(txn.get(), order, 0, nullptr),
              Works());
  EXPECT_THAT(orderstore_assign_barcodes(txn.get(), order, 1, nullptr),
              Works());
  EXPECT_EQ(Now(txn).Counts().unassigned_barcodes, 0);
}

TEST_F(StatementsTest, OneBarcodeIsAssigned) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("A");
  const TxnHandle txn = Begin();
  EXPECT_THAT(orderstore_assign_barcode(txn.get(), Text("A"), 99),
              Fails(ORDERSTORE_NOT_FOUND, "order 99"));
  EXPECT_THAT(orderstore_assign_barcode(txn.get(), Text("none"), order),
              Fails(ORDERSTORE_NOT_FOUND, "none"));
  EXPECT_THAT(orderstore_assign_barcode(txn.get(), UnsoundText(), order),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "value"));
  EXPECT_THAT(orderstore_assign_barcode(txn.get(), Text("A"), order), Works());
  EXPECT_EQ(Now(txn).FindBarcodeByValue("A")->order_id, OrderId(order));
  EXPECT_THAT(orderstore_assign_barcode(txn.get(), Text("A"), order),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "is on order"));
}

TEST_F(StatementsTest, ABarcodeIsRedeemedOnceAndUnredeemed) {
  PutSoldBarcode("A");
  PutBarcode("B");
  const TxnHandle txn = Begin();
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), Works());
  EXPECT_TRUE(Now(txn).FindBarcodeByValue("A")->is_used);
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "was redeemed at"));
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("B")),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "unassigned"));
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("none")),
              Fails(ORDERSTORE_NOT_FOUND, "none"));
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("")),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "empty"));
  EXPECT_THAT(orderstore_redeem(txn.get(), UnsoundText()),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "value"));

  EXPECT_THAT(orderstore_unredeem(txn.get(), Text("A")), Works());
  EXPECT_FALSE(Now(txn).FindBarcodeByValue("A")->is_used);
  EXPECT_THAT(orderstore_unredeem(txn.get(), Text("A")), Works());
  EXPECT_THAT(orderstore_unredeem(txn.get(), Text("none")),
              Fails(ORDERSTORE_NOT_FOUND, "none"));
  EXPECT_THAT(orderstore_unredeem(txn.get(), UnsoundText()),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "value"));
}

}  // namespace
}  // namespace orderstore
