// What tests of the C API share: a store in memory behind a handle, seen
// through both APIs; matchers of codes and messages; and verbs.
//
//   TEST_F(RedeemingTest, TheSecondTimeFails) {
//     PutSoldBarcode("A");
//     const TxnHandle txn = Begin();
//     EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), Works());
//     EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")),
//                 Fails(ORDERSTORE_FAILED_PRECONDITION, "'A'"));
//   }

#ifndef ORDERSTORE_TESTS_CAPI_C_STORE_H_
#define ORDERSTORE_TESTS_CAPI_C_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capi/handles.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/records.h"
#include "orderstore/store.h"
#include "store/test_store.h"

namespace orderstore {

// ---- Handles that are destroyed at the end of their scope ------------------

struct HandleDeleter {
  void operator()(orderstore_t* store) const {
    EXPECT_EQ(orderstore_destroy(store), ORDERSTORE_OK)
        << orderstore_last_message();
  }
  void operator()(orderstore_txn_t* txn) const { orderstore_txn_destroy(txn); }
  void operator()(orderstore_view_t* view) const {
    orderstore_view_destroy(view);
  }
  void operator()(orderstore_cancel_t* cancel) const {
    orderstore_cancel_destroy(cancel);
  }
  void operator()(orderstore_log_t* log) const { orderstore_log_destroy(log); }
};
using StoreHandle = std::unique_ptr<orderstore_t, HandleDeleter>;
using TxnHandle = std::unique_ptr<orderstore_txn_t, HandleDeleter>;
using ViewHandle = std::unique_ptr<orderstore_view_t, HandleDeleter>;
using CancelHandle = std::unique_ptr<orderstore_cancel_t, HandleDeleter>;
using LogHandle = std::unique_ptr<orderstore_log_t, HandleDeleter>;

// ---- Codes and their messages ----------------------------------------------

// The call returned OK, and the thread's message is empty.
MATCHER(Works, negation ? "fails" : "works") {
  *result_listener << orderstore_code_name(arg) << ": "
                   << orderstore_last_message();
  return arg == ORDERSTORE_OK && *orderstore_last_message() == '\0';
}

// The call returned this code, and the thread's message contains `part`.
MATCHER_P2(Fails, code, part,
           Concat("fails with ", orderstore_code_name(code), " and names ",
                  part)) {
  *result_listener << orderstore_code_name(arg) << ": "
                   << orderstore_last_message();
  return arg == code &&
         std::string_view(orderstore_last_message()).find(part) !=
             std::string_view::npos;
}

// ---- Texts and rows --------------------------------------------------------

inline orderstore_text Text(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view ViewOf(orderstore_text text) {
  return {text.data, text.size};
}
// What no text is.
inline orderstore_text UnsoundText() { return {nullptr, 3}; }

inline orderstore_new_customer CCustomer(std::string_view email,
                                         std::string_view name = "N") {
  orderstore_new_customer row = {};
  row.email = Text(email);
  row.name = Text(name);
  return row;
}
inline orderstore_new_order COrder(int32_t customer_id) {
  orderstore_new_order row = {};
  row.customer_id = customer_id;
  return row;
}
inline orderstore_new_barcode CBarcode(std::string_view value,
                                       int32_t order_id = 0) {
  orderstore_new_barcode row = {};
  row.value = Text(value);
  row.order_id = order_id;
  return row;
}

inline int64_t Microseconds(Timestamp time) {
  return time.time_since_epoch().count();
}

inline void ExpectRow(const orderstore_customer& row,
                      const Customer& expected) {
  EXPECT_EQ(row.id, expected.id.value());
  EXPECT_EQ(ViewOf(row.email), expected.email);
  EXPECT_EQ(ViewOf(row.name), expected.name);
  EXPECT_NE(row.name.data, nullptr);
  EXPECT_EQ(row.created_at_us, Microseconds(expected.created_at));
  EXPECT_EQ(row.updated_at_us, Microseconds(expected.updated_at));
}
inline void ExpectRow(const orderstore_order& row, const Order& expected) {
  EXPECT_EQ(row.id, expected.id.value());
  EXPECT_EQ(row.customer_id, expected.customer_id.value());
  EXPECT_EQ(row.created_at_us, Microseconds(expected.created_at));
  EXPECT_EQ(row.updated_at_us, Microseconds(expected.updated_at));
}
inline void ExpectRow(const orderstore_barcode& row, const Barcode& expected) {
  EXPECT_EQ(row.id, expected.id.value());
  EXPECT_EQ(ViewOf(row.value), expected.value);
  EXPECT_EQ(row.order_id, expected.order_id ? expected.order_id->value() : 0);
  EXPECT_EQ(row.is_used, expected.is_used ? 1 : 0);
  EXPECT_EQ(row.created_at_us, Microseconds(expected.created_at));
  EXPECT_EQ(row.updated_at_us, Microseconds(expected.updated_at));
}
inline void ExpectRow(const orderstore_customer_tickets& row,
                      const CustomerTickets& expected) {
  EXPECT_EQ(row.customer_id, expected.customer_id.value());
  EXPECT_EQ(row.ticket_count, expected.ticket_count);
}

template <typename CRow, typename Row>
void ExpectRows(const std::vector<CRow>& rows,
                const std::vector<Row>& expected) {
  ASSERT_EQ(rows.size(), expected.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectRow(rows[i], expected[i]);
  }
}

inline void ExpectCounts(const orderstore_counts& counts,
                         const Counts& expected) {
  EXPECT_EQ(counts.customers, expected.customers);
  EXPECT_EQ(counts.orders, expected.orders);
  EXPECT_EQ(counts.barcodes, expected.barcodes);
  EXPECT_EQ(counts.unassigned_barcodes, expected.unassigned_barcodes);
  EXPECT_EQ(counts.unused_barcodes, expected.unused_barcodes);
}

// ---- Fixture ---------------------------------------------------------------

class CStoreTest : public testing::Test {
 protected:
  CStoreTest() {
    orderstore_t* store = nullptr;
    EXPECT_THAT(orderstore_open_in_memory(nullptr, 0, &store), Works());
    store_.reset(store);
  }

  // The same store.
  Store& cpp() const { return *store_->store; }

  TxnHandle Begin() const {
    orderstore_txn_t* txn = nullptr;
    EXPECT_THAT(orderstore_begin(store_.get(), ORDERSTORE_NO_TIMEOUT, &txn),
                Works());
    return TxnHandle(txn);
  }
  ViewHandle View() const {
    orderstore_view_t* view = nullptr;
    EXPECT_THAT(
        orderstore_view_open(store_.get(), ORDERSTORE_READ_DEFAULT, &view),
        Works());
    return ViewHandle(view);
  }
  static orderstore_code Commit(const TxnHandle& txn, uint64_t* lsn = nullptr) {
    return orderstore_txn_commit(txn.get(), ORDERSTORE_DURABILITY_DEFAULT, lsn);
  }

  // Each is a transaction of its own, by the C++ API.
  void PutBarcode(std::string_view value, int32_t order_id = 0) const {
    EXPECT_THAT(cpp().Transact([&](Transaction& txn) {
      NewBarcode row{.value = value};
      if (order_id != 0) row.order_id = OrderId(order_id);
      return txn.InsertBarcode(row).status();
    }),
                IsOk());
  }
  int32_t PutCustomer(std::string_view email) const {
    CustomerId id;
    EXPECT_THAT(cpp().Transact([&](Transaction& txn) {
      id = txn.InsertCustomer({.email = email, .name = "N"}).value();
      return absl::OkStatus();
    }),
                IsOk());
    return id.value();
  }
  int32_t PutOrder(int32_t customer_id) const {
    OrderId id;
    EXPECT_THAT(cpp().Transact([&](Transaction& txn) {
      id = txn.InsertOrder({.customer_id = CustomerId(customer_id)}).value();
      return absl::OkStatus();
    }),
                IsOk());
    return id.value();
  }
  void PutSoldBarcode(std::string_view value) const {
    PutBarcode(value, PutOrder(PutCustomer(Concat(value, "@x"))));
  }

  StoreHandle store_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CAPI_C_STORE_H_
