// What calls do when the system gives no memory: no exception leaves them, and
// what can go on goes on.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "capi/c_folder.h"
#include "capi/c_store.h"
#include "capi/code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/store.h"

namespace {

// How many allocations of this thread succeed before all fail; -1: all succeed.
thread_local int allocations_left = -1;
thread_local bool has_failed = false;

void* AllocateOrNull(size_t bytes) {
  if (allocations_left == 0) {
    has_failed = true;
    return nullptr;
  }
  if (allocations_left > 0) --allocations_left;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

}  // namespace

// ThreadSanitizer has its own, and lets nobody replace them.
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define ORDERSTORE_NEW_IS_NOT_OURS
#endif
#endif
#ifndef ORDERSTORE_NEW_IS_NOT_OURS
// NOLINTBEGIN
void* operator new(size_t bytes) {
  void* const memory = AllocateOrNull(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return AllocateOrNull(bytes);
}
// Inlined, g++ takes the free for a mistake.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  operator delete(memory);
}
// NOLINTEND
#endif

namespace orderstore {
namespace {

// While it lives, this thread gets memory `count` times, and then no more.
class Scarcity {
 public:
  explicit Scarcity(int count) {
    has_failed = false;
    allocations_left = count;
  }
  Scarcity(const Scarcity&) = delete;
  Scarcity& operator=(const Scarcity&) = delete;
  ~Scarcity() { allocations_left = -1; }
};

class OutOfMemoryTest : public CStoreTest {
 protected:
  void SetUp() override {
#ifdef ORDERSTORE_NEW_IS_NOT_OURS
    GTEST_SKIP() << "ThreadSanitizer has its own operator new";
#endif
  }

  // The call fails for each allocation that fails, and then succeeds.
  static void FailOneByOne(const std::function<orderstore_code()>& call) {
    int failures = 0;
    for (bool done = false; !done; ++failures) {
      orderstore_code code = ORDERSTORE_OK;
      {
        const Scarcity scarcity(failures);
        code = call();
      }
      done = !has_failed;
      if (!done) {
        EXPECT_THAT(code, Fails(ORDERSTORE_OUT_OF_MEMORY, "memory"));
      } else {
        EXPECT_THAT(code, Works());
      }
      ASSERT_LT(failures, 1000);
    }
    EXPECT_GT(failures, 1) << "it never allocated";
  }
};

TEST_F(OutOfMemoryTest, ListsFailAndCanBeAskedForAgain) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("A", order);
  const ViewHandle view = View();
  const orderstore_reader_t* reader = orderstore_view_reader(view.get());
  size_t count = 0;
  orderstore_order orders = {};
  orderstore_barcode barcodes = {};
  orderstore_customer_tickets top = {};
  FailOneByOne(
      [&] { return orderstore_orders_of(reader, 1, &orders, 1, &count); });
  EXPECT_EQ(orders.id, order);
  FailOneByOne([&] {
    return orderstore_barcodes_of(reader, order, ORDERSTORE_BARCODES_ALL,
                                  &barcodes, 1, &count);
  });
  EXPECT_EQ(ViewOf(barcodes.value), "A");
  FailOneByOne(
      [&] { return orderstore_top_customers(reader, 1, &top, &count); });
  EXPECT_EQ(top.ticket_count, 1);
}

TEST_F(OutOfMemoryTest, RowsAreFoundWithoutMemory) {
  PutSoldBarcode("A");
  const ViewHandle view = View();
  const orderstore_reader_t* reader = orderstore_view_reader(view.get());
  orderstore_barcode row = {};
  orderstore_counts counts = {};
  size_t count = 0;
  const Scarcity scarcity(0);
  EXPECT_EQ(orderstore_find_barcode_by_value(reader, Text("A"), &row),
            ORDERSTORE_OK);
  EXPECT_EQ(orderstore_find_barcode(reader, 9, &row), ORDERSTORE_NOT_FOUND);
  EXPECT_EQ(orderstore_read_barcodes(reader, 0, &row, 1, &count),
            ORDERSTORE_OK);
  EXPECT_EQ(orderstore_get_counts(reader, &counts), ORDERSTORE_OK);
}

TEST_F(OutOfMemoryTest, AMessageNeedsNoMemory) {
  const std::string text(1000, 'x');
  const absl::Status status = absl::NotFoundError(text);
  orderstore_code code = ORDERSTORE_OK;
  {
    const Scarcity scarcity(0);
    code = capi::End(status);
  }
  EXPECT_THAT(code, Fails(ORDERSTORE_NOT_FOUND, text));
}

TEST_F(OutOfMemoryTest, HandlesFailAndCanBeMadeAgain) {
  FailOneByOne([&] {
    orderstore_cancel_t* cancel = nullptr;
    const orderstore_code code = orderstore_cancel_create(&cancel);
    EXPECT_EQ(cancel == nullptr, code != ORDERSTORE_OK);
    orderstore_cancel_destroy(cancel);
    return code;
  });
  FailOneByOne([&] {
    orderstore_view_t* view = nullptr;
    const orderstore_code code =
        orderstore_view_open(store_.get(), ORDERSTORE_READ_DEFAULT, &view);
    EXPECT_EQ(view == nullptr, code != ORDERSTORE_OK);
    orderstore_view_destroy(view);
    return code;
  });
  EXPECT_EQ(cpp().Stats().read_views_open, 0);
  // A transaction whose handle has no memory is aborted.
  FailOneByOne([&] {
    orderstore_txn_t* txn = nullptr;
    const orderstore_code code = orderstore_begin(store_.get(), 0, &txn);
    EXPECT_EQ(txn == nullptr, code != ORDERSTORE_OK);
    orderstore_txn_destroy(txn);
    return code;
  });
  EXPECT_THAT(Commit(Begin()), Works());
}

TEST_F(OutOfMemoryTest, RowsThatCannotBeConvertedLeaveTheTransactionAsItIs) {
  const TxnHandle txn = Begin();
  const orderstore_new_barcode row = CBarcode("A");
  orderstore_code code = ORDERSTORE_OK;
  {
    const Scarcity scarcity(0);
    code = orderstore_insert_barcodes(txn.get(), &row, 1, nullptr);
  }
  EXPECT_THAT(code, Fails(ORDERSTORE_OUT_OF_MEMORY, "memory"));
  EXPECT_THAT(orderstore_insert_barcodes(txn.get(), &row, 1, nullptr), Works());
  EXPECT_THAT(Commit(txn), Works());
  EXPECT_EQ(cpp().OpenReadView().Counts().barcodes, 1);
}

TEST_F(OutOfMemoryTest, AStatementThatBrokeOffLeavesAnAbortOnly) {
  const int32_t order = PutOrder(PutCustomer("ann@x"));
  for (const bool by_commit : {true, false}) {
    const TxnHandle txn = Begin();
    const orderstore_text value = Text("A");
    ASSERT_THAT(
        orderstore_insert_barcode_values(txn.get(), order, &value, 1, nullptr),
        Works());
    const orderstore_text other = Text("B");
    orderstore_code code = ORDERSTORE_OK;
    {
      // For the values' addresses; the ids in the statement get none.
      const Scarcity scarcity(1);
      code = orderstore_insert_barcode_values(txn.get(), order, &other, 1,
                                              nullptr);
    }
    EXPECT_THAT(code, Fails(ORDERSTORE_OUT_OF_MEMORY, "memory"));
    orderstore_counts counts = {};
    EXPECT_THAT(orderstore_redeem(txn.get(), value),
                Fails(ORDERSTORE_FAILED_PRECONDITION, "only abort now"));
    EXPECT_THAT(
        orderstore_get_counts(orderstore_txn_reader(txn.get()), &counts),
        Fails(ORDERSTORE_FAILED_PRECONDITION, "only abort now"));
    if (by_commit) {
      EXPECT_THAT(Commit(txn),
                  Fails(ORDERSTORE_FAILED_PRECONDITION, "was aborted"));
      EXPECT_THAT(Commit(txn),
                  Fails(ORDERSTORE_FAILED_PRECONDITION, "has ended"));
    } else {
      orderstore_txn_abort(txn.get());
    }
    EXPECT_EQ(cpp().OpenReadView().Counts().barcodes, 0);
    EXPECT_THAT(cpp().Check(), IsOk());
  }
}

using OutOfMemoryDeathTest = OutOfMemoryTest;

// The exit codes of the child: what was expected, or not.
TEST_F(OutOfMemoryDeathTest, ACommitThatBrokeOffEndsWriting) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto child = [this] {
    PutBarcode("A", PutOrder(PutCustomer("ann@x")));
    const TxnHandle txn = Begin();
    const orderstore_new_barcode row = CBarcode("B", 1);
    if (orderstore_insert_barcode(txn.get(), &row, nullptr) != ORDERSTORE_OK) {
      std::_Exit(2);
    }
    orderstore_code code = ORDERSTORE_OK;
    {
      const Scarcity scarcity(0);
      code = Commit(txn);
    }
    if (code != ORDERSTORE_OUT_OF_MEMORY) std::_Exit(3);
    // It has ended, nothing can be written, and nobody tears the store down.
    if (Commit(txn) != ORDERSTORE_FAILED_PRECONDITION) std::_Exit(4);
    orderstore_txn_t* next = nullptr;
    if (orderstore_begin(store_.get(), 0, &next) == ORDERSTORE_OK) {
      std::_Exit(5);
    }
    if (orderstore_destroy(store_.get()) != ORDERSTORE_FAILED_PRECONDITION) {
      std::_Exit(6);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

// The follower loses no transaction for which there was no memory.
class OutOfMemoryLogTest : public CFolderTest {
 protected:
  void SetUp() override {
#ifdef ORDERSTORE_NEW_IS_NOT_OURS
    GTEST_SKIP() << "ThreadSanitizer has its own operator new";
#endif
  }
};

TEST_F(OutOfMemoryLogTest, ATransactionThatCouldNotBeGivenComesAgain) {
  Open();
  Put("A");
  Put("B");
  orderstore_log_t* opened = nullptr;
  ASSERT_THAT(orderstore_log_open(Shop().c_str(), 0, &opened), Works());
  const LogHandle log(opened);
  orderstore_logged_txn txn = {};
  // Opening has read the first one: only the array of changes needs memory.
  orderstore_code code = ORDERSTORE_OK;
  {
    const Scarcity scarcity(0);
    code = orderstore_log_next(log.get(), &txn);
  }
  ASSERT_THAT(code, Fails(ORDERSTORE_OUT_OF_MEMORY, "memory"));
  uint64_t lsn = 99;
  EXPECT_THAT(orderstore_log_get_lsn(log.get(), &lsn), Works());
  EXPECT_EQ(lsn, 0);
  for (const uint64_t expected : std::initializer_list<uint64_t>{1, 2}) {
    ASSERT_THAT(orderstore_log_next(log.get(), &txn), Works());
    EXPECT_EQ(txn.lsn, expected);
  }
}

}  // namespace
}  // namespace orderstore
