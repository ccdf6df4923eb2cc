// The C API from several threads: whose a transaction is, whose a message is,
// who waits for whom.

#include <pthread.h>

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

class ThreadsTest : public CStoreTest {
 protected:
  static void OnAnotherThread(const std::function<void()>& work) {
    std::thread(work).join();
  }
};

TEST_F(ThreadsTest, AnotherThreadsTransactionIsRefusedAndGoesOn) {
  PutSoldBarcode("A");
  const TxnHandle txn = Begin();
  const auto refused =
      Fails(ORDERSTORE_FAILED_PRECONDITION, "the thread that began it");
  OnAnotherThread([&] {
    const orderstore_new_barcode row = CBarcode("B");
    orderstore_counts counts = {};
    EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), refused);
    EXPECT_THAT(orderstore_insert_barcodes(txn.get(), &row, 1, nullptr),
                refused);
    EXPECT_THAT(
        orderstore_get_counts(orderstore_txn_reader(txn.get()), &counts),
        refused);
    EXPECT_THAT(Commit(txn), refused);
  });
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), Works());
  EXPECT_THAT(Commit(txn), Works());
}

TEST_F(ThreadsTest, AnotherThreadMayAbortAndDestroyIt) {
  PutSoldBarcode("A");
  TxnHandle txn = Begin();
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), Works());
  OnAnotherThread([&] { orderstore_txn_abort(txn.get()); });
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "has ended"));
  txn = Begin();
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), Works());
  OnAnotherThread([&] { txn.reset(); });
  txn = Begin();
  EXPECT_THAT(orderstore_redeem(txn.get(), Text("A")), Works()) << "undone";
}

TEST_F(ThreadsTest, AViewMovesToAnotherThread) {
  PutBarcode("A");
  ViewHandle view = View();
  OnAnotherThread([&] {
    orderstore_barcode row = {};
    EXPECT_THAT(
        orderstore_find_barcode(orderstore_view_reader(view.get()), 1, &row),
        Works());
    EXPECT_EQ(ViewOf(row.value), "A");
    view.reset();
  });
  EXPECT_EQ(cpp().Stats().read_views_open, 0);
}

TEST_F(ThreadsTest, EachThreadHasItsMessage) {
  EXPECT_THAT(orderstore_sync(nullptr, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL"));
  OnAnotherThread([&] {
    EXPECT_STREQ(orderstore_last_message(), "");
    EXPECT_THAT(orderstore_close(nullptr),
                Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL"));
    EXPECT_THAT(orderstore_sync(store_.get(), nullptr), Works());
  });
  EXPECT_THAT(orderstore_last_message(), testing::HasSubstr("store is NULL"));
}

// What the thread's message was in a destructor of pthread_key_create.
std::string message_at_the_end;

TEST_F(ThreadsTest, AThreadHasItsMessageToTheEnd) {
  pthread_key_t key = 0;
  ASSERT_EQ(pthread_key_create(&key,
                               [](void*) {
                                 orderstore_sync(nullptr, nullptr);
                                 message_at_the_end = orderstore_last_message();
                               }),
            0);
  OnAnotherThread([&] {
    EXPECT_EQ(pthread_setspecific(key, &key), 0);
    EXPECT_THAT(orderstore_close(nullptr),
                Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL"));
  });
  EXPECT_EQ(pthread_key_delete(key), 0);
  EXPECT_THAT(message_at_the_end, testing::HasSubstr("store is NULL"));
}

TEST_F(ThreadsTest, ABeginGivesUpAtItsTimeout) {
  const TxnHandle txn = Begin();
  OnAnotherThread([&] {
    for (const int64_t timeout_ms : {0, 1}) {
      orderstore_txn_t* second = nullptr;
      EXPECT_THAT(orderstore_begin(store_.get(), timeout_ms, &second),
                  Fails(ORDERSTORE_DEADLINE_EXCEEDED, "until the deadline"));
      EXPECT_EQ(second, nullptr);
      EXPECT_THAT(orderstore_check(store_.get(), timeout_ms),
                  Fails(ORDERSTORE_DEADLINE_EXCEEDED, "until the deadline"));
    }
  });
  EXPECT_THAT(Commit(txn), Works());
  OnAnotherThread([&] { EXPECT_THAT(Commit(Begin()), Works()); });
}

TEST_F(ThreadsTest, ABeginWithoutTimeoutWaits) {
  TxnHandle txn = Begin();
  std::thread waiter([&] {
    const TxnHandle next = Begin();
    uint64_t lsn = 99;
    EXPECT_THAT(orderstore_get_lsn(orderstore_txn_reader(next.get()), &lsn),
                Works());
    EXPECT_EQ(lsn, 1);
  });
  const orderstore_new_barcode row = CBarcode("A");
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
  EXPECT_THAT(Commit(txn), Works());
  waiter.join();
}

TEST_F(ThreadsTest, AnotherThreadsTransactionHoldsTheStoreToo) {
  std::thread other([&] {
    const TxnHandle txn = Begin();
    OnAnotherThread([&] {
      EXPECT_THAT(orderstore_destroy(store_.get()),
                  Fails(ORDERSTORE_FAILED_PRECONDITION, "a transaction"));
    });
    EXPECT_THAT(Commit(txn), Works());
  });
  other.join();
  EXPECT_THAT(orderstore_destroy(store_.release()), Works());
}

}  // namespace
}  // namespace orderstore
