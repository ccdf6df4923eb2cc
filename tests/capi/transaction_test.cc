// The life of a transaction and of what belongs to it, on one thread.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <vector>

#include "absl/status/statusor.h"
#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

class LifeTest : public CStoreTest {
 protected:
  // Each statement and a question, with arguments that would do.
  static std::vector<std::function<orderstore_code()>> Calls(
      orderstore_txn_t* txn) {
    const orderstore_reader_t* reader = orderstore_txn_reader(txn);
    static const orderstore_new_customer customer = CCustomer("new@x");
    static const orderstore_new_order order = COrder(1);
    static const orderstore_new_barcode barcode = CBarcode("new");
    static const orderstore_customer_update customer_update = {};
    static const orderstore_order_update order_update = {};
    static const orderstore_barcode_update barcode_update = {};
    static const orderstore_text value = Text("newer");
    static orderstore_counts counts;
    return {
        [=] { return orderstore_insert_customer(txn, &customer, nullptr); },
        [=] {
          return orderstore_find_or_create_customer(txn, Text("n@x"), Text("N"),
                                                    nullptr);
        },
        [=] { return orderstore_update_customer(txn, 1, &customer_update); },
        [=] { return orderstore_delete_customer(txn, 2); },
        [=] { return orderstore_insert_order(txn, &order, nullptr); },
        [=] { return orderstore_update_order(txn, 1, &order_update); },
        [=] { return orderstore_delete_order(txn, 2); },
        [=] { return orderstore_insert_barcode(txn, &barcode, nullptr); },
        [=] {
          return orderstore_insert_barcode_values(txn, 1, &value, 1, nullptr);
        },
        [=] { return orderstore_update_barcode(txn, 1, &barcode_update); },
        [=] { return orderstore_delete_barcode(txn, 2); },
        [=] { return orderstore_insert_customers(txn, &customer, 1, nullptr); },
        [=] { return orderstore_insert_orders(txn, &order, 1, nullptr); },
        [=] { return orderstore_insert_barcodes(txn, &barcode, 1, nullptr); },
        [=] { return orderstore_assign_barcodes(txn, 1, 0, nullptr); },
        [=] { return orderstore_assign_barcode(txn, Text("A"), 1); },
        [=] { return orderstore_redeem(txn, Text("A")); },
        [=] { return orderstore_unredeem(txn, Text("A")); },
        [=] {
          return orderstore_txn_commit(txn, ORDERSTORE_DURABILITY_DEFAULT,
                                       nullptr);
        },
        [=] { return orderstore_get_counts(reader, &counts); },
    };
  }
};

TEST_F(LifeTest, CommitsDrawLsnsAndAbortsLeaveNothing) {
  uint64_t lsn = 99;
  TxnHandle txn = Begin();
  EXPECT_THAT(Commit(txn, &lsn), Works());
  EXPECT_EQ(lsn, 0) << "it changed nothing";
  for (const int32_t durability : std::initializer_list<int32_t>{
           ORDERSTORE_DURABILITY_DEFAULT, ORDERSTORE_SYNC, ORDERSTORE_ASYNC}) {
    txn = Begin();
    const orderstore_new_barcode row =
        CBarcode(durability == ORDERSTORE_SYNC    ? "S"
                 : durability == ORDERSTORE_ASYNC ? "A"
                                                  : "D");
    ASSERT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
    EXPECT_THAT(orderstore_txn_commit(txn.get(), durability, &lsn), Works());
    EXPECT_EQ(lsn, static_cast<uint64_t>(durability) + 1);
  }
  for (const bool by_destruction : {false, true}) {
    txn = Begin();
    const orderstore_new_barcode row = CBarcode("X");
    ASSERT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
    if (by_destruction) {
      txn.reset();
    } else {
      orderstore_txn_abort(txn.get());
      orderstore_txn_abort(txn.get());
    }
    EXPECT_EQ(cpp().OpenReadView().Counts().barcodes, 3);
    EXPECT_EQ(cpp().OpenReadView().lsn(), 3);
  }
  EXPECT_THAT(cpp().Check(), IsOk());
}

TEST_F(LifeTest, AnUnknownDurabilityLeavesItOpen) {
  const TxnHandle txn = Begin();
  const orderstore_new_barcode row = CBarcode("A");
  ASSERT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
  for (const int32_t wrong : {-1, 3}) {
    EXPECT_THAT(orderstore_txn_commit(txn.get(), wrong, nullptr),
                Fails(ORDERSTORE_INVALID_ARGUMENT, "still open"));
  }
  EXPECT_THAT(Commit(txn), Works());
  EXPECT_EQ(cpp().OpenReadView().Counts().barcodes, 1);
}

TEST_F(LifeTest, AnEndedOneRefusesEverything) {
  TxnHandle txn = Begin();
  ASSERT_THAT(Commit(txn), Works());
  for (const auto& call : Calls(txn.get())) {
    EXPECT_THAT(call(), Fails(ORDERSTORE_FAILED_PRECONDITION, "has ended"));
  }
  txn = Begin();
  orderstore_txn_abort(txn.get());
  for (const auto& call : Calls(txn.get())) {
    EXPECT_THAT(call(), Fails(ORDERSTORE_FAILED_PRECONDITION, "has ended"));
  }
  // Nor does it touch the next one.
  const TxnHandle next = Begin();
  orderstore_txn_abort(txn.get());
  txn.reset();
  const orderstore_new_barcode row = CBarcode("A");
  EXPECT_THAT(orderstore_insert_barcode(next.get(), &row, nullptr), Works());
  EXPECT_THAT(Commit(next), Works());
}

TEST_F(LifeTest, NoneIsRefusedEverywhere) {
  for (const auto& call : Calls(nullptr)) {
    EXPECT_THAT(call(), Fails(ORDERSTORE_INVALID_ARGUMENT, "is NULL"));
  }
  orderstore_txn_abort(nullptr);
  orderstore_txn_destroy(nullptr);
  EXPECT_EQ(orderstore_txn_reader(nullptr), nullptr);
  EXPECT_THAT(orderstore_begin(store_.get(), 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "txn is NULL"));
}

TEST_F(LifeTest, AThreadHasOneAtATime) {
  const TxnHandle txn = Begin();
  for (const int64_t timeout_ms :
       {ORDERSTORE_NO_TIMEOUT, INT64_C(0), INT64_C(1), INT64_MAX}) {
    orderstore_txn_t* second = txn.get();
    EXPECT_THAT(orderstore_begin(store_.get(), timeout_ms, &second),
                Fails(ORDERSTORE_FAILED_PRECONDITION, "open transaction"));
    EXPECT_EQ(second, nullptr);
  }
  EXPECT_THAT(orderstore_check(store_.get(), ORDERSTORE_NO_TIMEOUT),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "open transaction"));
  EXPECT_THAT(orderstore_close(store_.get()),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "open transaction"));
}

TEST_F(LifeTest, TextsLiveUntilItEnds) {
  PutBarcode("A");
  const TxnHandle txn = Begin();
  orderstore_barcode row = {};
  ASSERT_THAT(
      orderstore_find_barcode(orderstore_txn_reader(txn.get()), 1, &row),
      Works());
  ASSERT_THAT(orderstore_delete_barcode(txn.get(), 1), Works());
  EXPECT_EQ(ViewOf(row.value), "A");
}

TEST_F(LifeTest, AStatementThatIsRefusedLeavesItOpen) {
  const orderstore_option limit = {ORDERSTORE_OPTION_MEMORY_BYTES_MAX, 1};
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_in_memory(&limit, 1, &opened), Works());
  const StoreHandle full(opened);
  orderstore_txn_t* begun = nullptr;
  ASSERT_THAT(orderstore_begin(full.get(), 0, &begun), Works());
  const TxnHandle txn(begun);
  const orderstore_new_barcode row = CBarcode("A");
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr),
              Fails(ORDERSTORE_RESOURCE_EXHAUSTED, "memory_bytes_max"));
  EXPECT_THAT(Commit(txn), Works());
}

// ---- Stores that are destroyed too early -----------------------------------

TEST_F(LifeTest, AStoreIsNotDestroyedUnderATransaction) {
  const TxnHandle txn = Begin();
  EXPECT_THAT(orderstore_destroy(store_.get()),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "a transaction"));
  // Nothing was done.
  const orderstore_new_barcode row = CBarcode("A");
  ASSERT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
  EXPECT_THAT(Commit(txn), Works());
  // An ended one does not hold it, and may be destroyed after it.
  EXPECT_THAT(orderstore_destroy(store_.release()), Works());
}

TEST_F(LifeTest, AStoreIsNotDestroyedUnderATransactionThatHasNoHandle) {
  absl::StatusOr<Transaction> txn = cpp().Begin();
  ASSERT_THAT(txn.status(), IsOk());
  EXPECT_THAT(orderstore_destroy(store_.get()),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "open transaction"));
  txn->Abort();
  EXPECT_THAT(orderstore_destroy(store_.release()), Works());
}

TEST_F(LifeTest, AStoreIsNotDestroyedUnderAView) {
  PutBarcode("A");
  ViewHandle view = View();
  EXPECT_THAT(orderstore_destroy(store_.get()),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "read views"));
  // It was only closed.
  orderstore_barcode row = {};
  EXPECT_THAT(
      orderstore_find_barcode(orderstore_view_reader(view.get()), 1, &row),
      Works());
  orderstore_txn_t* txn = nullptr;
  EXPECT_THAT(orderstore_begin(store_.get(), 0, &txn),
              Fails(ORDERSTORE_UNAVAILABLE, "closed"));
  view.reset();
  EXPECT_THAT(orderstore_destroy(store_.release()), Works());
}

TEST_F(LifeTest, NoStoreIsDestroyedWell) {
  EXPECT_THAT(orderstore_destroy(nullptr), Works());
}

}  // namespace
}  // namespace orderstore
