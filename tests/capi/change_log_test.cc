// The log by the C API, held against the C++ API's transactions.

#include "orderstore/change_log.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "capi/c_folder.h"
#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/logged_transaction.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

class LogTest : public CFolderTest {
 protected:
  LogHandle OpenLog(uint64_t after) const {
    orderstore_log_t* log = nullptr;
    EXPECT_THAT(orderstore_log_open(Shop().c_str(), after, &log), Works());
    return LogHandle(log);
  }
  template <typename Fn>
  void Transact(Fn fn) const {
    ASSERT_THAT(store_->store->Transact(fn), IsOk());
  }

  // One transaction of each kind of change, and one that only deletes.
  void MakeHistory() {
    Open();
    Transact([](Transaction& txn) {
      txn.InsertCustomer({.email = "ann@x", .name = "Ann"}).value();
      txn.InsertOrder({.customer_id = CustomerId(1)}).value();
      txn.InsertOrder({.customer_id = CustomerId(1)}).value();
      txn.InsertBarcode({.value = "A"}).value();
      txn.InsertBarcode({.value = "B", .order_id = OrderId(1), .is_used = true})
          .value();
      return absl::OkStatus();
    });
    Transact([](Transaction& txn) {
      const Timestamp time(std::chrono::microseconds(-5));
      EXPECT_THAT(txn.UpdateCustomer(CustomerId(1), {.name = "Ann Bee"}),
                  IsOk());
      EXPECT_THAT(txn.UpdateCustomer(CustomerId(1), {.updated_at = time}),
                  IsOk());
      EXPECT_THAT(txn.UpdateOrder(OrderId(2), {.updated_at = time}), IsOk());
      EXPECT_THAT(txn.UpdateBarcode(BarcodeId(1), {.value = "C"}), IsOk());
      EXPECT_THAT(txn.AssignBarcode("C", OrderId(1)), IsOk());
      return txn.Redeem("C");
    });
    Transact([](Transaction& txn) {
      EXPECT_THAT(txn.DeleteBarcode(BarcodeId(1)), IsOk());
      EXPECT_THAT(txn.DeleteBarcode(BarcodeId(2)), IsOk());
      EXPECT_THAT(txn.DeleteOrder(OrderId(1)), IsOk());
      EXPECT_THAT(txn.DeleteOrder(OrderId(2)), IsOk());
      return txn.DeleteCustomer(CustomerId(1));
    });
  }
};

// Holds a change of the C API against one of the C++ API.
class Comparer {
 public:
  explicit Comparer(const orderstore_change& change) : change_(change) {}

  void operator()(const CustomerInserted& inserted) const {
    ExpectHead(ORDERSTORE_CUSTOMER_INSERTED, inserted.row.id.value());
    ExpectCustomer(inserted.row.email, inserted.row.name);
    ExpectTimes(Microseconds(inserted.row.created_at), inserted.row.updated_at);
  }
  void operator()(const CustomerUpdated& updated) const {
    ExpectHead(ORDERSTORE_CUSTOMER_UPDATED, updated.id.value());
    ExpectCustomer(updated.email, updated.name);
    ExpectTimes(0, updated.updated_at);
  }
  void operator()(const CustomerDeleted& deleted) const {
    ExpectHead(ORDERSTORE_CUSTOMER_DELETED, deleted.id.value());
  }

  void operator()(const OrderInserted& inserted) const {
    ExpectHead(ORDERSTORE_ORDER_INSERTED, inserted.row.id.value());
    EXPECT_EQ(change_.customer_id, inserted.row.customer_id.value());
    ExpectTimes(Microseconds(inserted.row.created_at), inserted.row.updated_at);
  }
  void operator()(const OrderUpdated& updated) const {
    ExpectHead(ORDERSTORE_ORDER_UPDATED, updated.id.value());
    EXPECT_EQ(change_.customer_id, updated.customer_id.value());
    ExpectTimes(0, updated.updated_at);
  }
  void operator()(const OrderDeleted& deleted) const {
    ExpectHead(ORDERSTORE_ORDER_DELETED, deleted.id.value());
  }

  void operator()(const BarcodeInserted& inserted) const {
    ExpectHead(ORDERSTORE_BARCODE_INSERTED, inserted.row.id.value());
    ExpectBarcode(inserted.row.value, inserted.row.order_id,
                  inserted.row.is_used);
    ExpectTimes(Microseconds(inserted.row.created_at), inserted.row.updated_at);
  }
  void operator()(const BarcodeUpdated& updated) const {
    ExpectHead(ORDERSTORE_BARCODE_UPDATED, updated.id.value());
    ExpectBarcode(updated.value, updated.order_id, updated.is_used);
    ExpectTimes(0, updated.updated_at);
  }
  void operator()(const BarcodeDeleted& deleted) const {
    ExpectHead(ORDERSTORE_BARCODE_DELETED, deleted.id.value());
  }

 private:
  void ExpectHead(int32_t kind, int32_t id) const {
    EXPECT_EQ(change_.kind, kind);
    EXPECT_EQ(change_.id, id);
  }
  void ExpectTimes(int64_t created_at_us, Timestamp updated_at) const {
    EXPECT_EQ(change_.created_at_us, created_at_us);
    EXPECT_EQ(change_.updated_at_us, Microseconds(updated_at));
  }
  void ExpectCustomer(const std::optional<std::string_view>& email,
                      const std::optional<std::string_view>& name) const {
    EXPECT_EQ(change_.has_text, email ? 1 : 0);
    EXPECT_EQ(ViewOf(change_.email), email.value_or(""));
    EXPECT_EQ(ViewOf(change_.name), name.value_or(""));
  }
  void ExpectBarcode(const std::optional<std::string_view>& value,
                     const std::optional<OrderId>& order_id,
                     bool is_used) const {
    EXPECT_EQ(change_.has_text, value ? 1 : 0);
    EXPECT_EQ(ViewOf(change_.value), value.value_or(""));
    EXPECT_EQ(change_.order_id, order_id ? order_id->value() : 0);
    EXPECT_EQ(change_.is_used, is_used ? 1 : 0);
  }

  const orderstore_change& change_;
};

TEST_F(LogTest, TheTransactionsAreThoseOfCpp) {
  MakeHistory();
  const LogHandle log = OpenLog(0);
  ChangeLog expected = ChangeLog::Open(Shop(), 0).value();
  const char* uuid = nullptr;
  EXPECT_THAT(orderstore_log_get_store_uuid(log.get(), &uuid), Works());
  EXPECT_EQ(uuid, expected.store_uuid());
  uint64_t lsn = 99;
  EXPECT_THAT(orderstore_log_get_lsn(log.get(), &lsn), Works());
  EXPECT_EQ(lsn, 0);
  std::vector<size_t> kinds(ORDERSTORE_BARCODE_DELETED + 1);
  orderstore_logged_txn txn = {};
  for (Lsn next = 1; next <= 3; ++next) {
    ASSERT_THAT(orderstore_log_next(log.get(), &txn), Works());
    const LoggedTransaction logged = expected.Next().value().value();
    EXPECT_EQ(txn.lsn, next);
    EXPECT_EQ(logged.lsn, next);
    EXPECT_EQ(txn.has_time, logged.time ? 1 : 0);
    EXPECT_EQ(txn.time_us, logged.time ? Microseconds(*logged.time) : 0);
    ASSERT_EQ(txn.change_count, logged.changes.size());
    for (size_t i = 0; i < txn.change_count; ++i) {
      SCOPED_TRACE(testing::Message() << "LSN " << next << ", change " << i);
      std::visit(Comparer(txn.changes[i]), logged.changes[i]);
      ++kinds[static_cast<size_t>(txn.changes[i].kind)];
    }
    EXPECT_THAT(orderstore_log_get_lsn(log.get(), &lsn), Works());
    EXPECT_EQ(lsn, next);
  }
  EXPECT_EQ(txn.has_time, 0) << "the last one only deletes";
  EXPECT_EQ(kinds, (std::vector<size_t>{0, 1, 2, 1, 2, 1, 2, 2, 3, 2}));
}

TEST_F(LogTest, AtTheEndThereIsNothingAndLaterMore) {
  MakeHistory();
  const LogHandle log = OpenLog(3);
  orderstore_logged_txn txn = {};
  txn.lsn = 99;
  EXPECT_THAT(orderstore_log_next(log.get(), &txn),
              Fails(ORDERSTORE_NOT_FOUND, "end of the log"));
  EXPECT_EQ(txn.lsn, 0);
  EXPECT_EQ(txn.changes, nullptr);
  Put("later");
  ASSERT_THAT(orderstore_log_next(log.get(), &txn), Works());
  EXPECT_EQ(txn.lsn, 4);
  ASSERT_EQ(txn.change_count, 1);
  EXPECT_EQ(ViewOf(txn.changes[0].value), "later");
}

TEST_F(LogTest, WhatTheLogDoesNotHaveIsAnError) {
  orderstore_log_t* log = nullptr;
  EXPECT_THAT(orderstore_log_open(Shop().c_str(), 0, &log),
              Fails(ORDERSTORE_NOT_FOUND, "shop"));
  EXPECT_THAT(orderstore_log_open_oldest(Shop().c_str(), &log),
              Fails(ORDERSTORE_NOT_FOUND, "shop"));
  MakeHistory();
  const LogHandle opened = OpenLog(0);
  log = opened.get();
  EXPECT_THAT(orderstore_log_open(Shop().c_str(), 4, &log),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "4"));
  EXPECT_EQ(log, nullptr);
}

TEST_F(LogTest, TheLogOfAnotherFormatIsForAnotherVersion) {
  MakeOfAnotherFormat();
  orderstore_log_t* log = nullptr;
  EXPECT_THAT(orderstore_log_open(Shop().c_str(), 0, &log),
              Fails(ORDERSTORE_UNKNOWN_FORMAT, "STORE"));
  EXPECT_EQ(log, nullptr);
}

TEST_F(LogTest, AShortenedLogBeginsWithItsOldestTransaction) {
  MakeHistory();
  // Two transactions a segment; the log before the older snapshot goes.
  for (const char* value : {"D", "E", "F", "G", "H"}) {
    Put(value);
    WriteSnapshot();
  }
  orderstore_log_t* log = nullptr;
  EXPECT_THAT(orderstore_log_open(Shop().c_str(), 0, &log),
              Fails(ORDERSTORE_OUT_OF_RANGE, ""));
  ASSERT_THAT(orderstore_log_open_oldest(Shop().c_str(), &log), Works());
  const LogHandle opened(log);
  orderstore_logged_txn txn = {};
  ASSERT_THAT(orderstore_log_next(log, &txn), Works());
  EXPECT_GT(txn.lsn, 1);
  ChangeLog expected = ChangeLog::OpenOldest(Shop()).value();
  EXPECT_EQ(txn.lsn, expected.Next().value().value().lsn);
}

TEST_F(LogTest, NullIsRefused) {
  orderstore_log_t* log = nullptr;
  orderstore_logged_txn txn = {};
  uint64_t lsn = 0;
  const char* uuid = nullptr;
  EXPECT_THAT(orderstore_log_open(nullptr, 0, &log),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(orderstore_log_open("x", 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "log is NULL"));
  EXPECT_THAT(orderstore_log_open_oldest(nullptr, &log),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  const auto no_log = Fails(ORDERSTORE_INVALID_ARGUMENT, "log is NULL");
  EXPECT_THAT(orderstore_log_next(nullptr, &txn), no_log);
  EXPECT_THAT(orderstore_log_get_lsn(nullptr, &lsn), no_log);
  EXPECT_THAT(orderstore_log_get_store_uuid(nullptr, &uuid), no_log);
  orderstore_log_destroy(nullptr);
  MakeHistory();
  const LogHandle opened = OpenLog(0);
  EXPECT_THAT(orderstore_log_next(opened.get(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "txn is NULL"));
  EXPECT_THAT(orderstore_log_get_lsn(opened.get(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "lsn is NULL"));
  EXPECT_THAT(orderstore_log_get_store_uuid(opened.get(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "store_uuid is NULL"));
}

}  // namespace
}  // namespace orderstore
