// What stands behind the handles of the C API, and who may use it.
//
// Thread-safety and lifetimes: as orderstore/c.h says of each.

#ifndef ORDERSTORE_CAPI_HANDLES_H_
#define ORDERSTORE_CAPI_HANDLES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "capi/code.h"
#include "orderstore/c/change_log.h"
#include "orderstore/c/code.h"
#include "orderstore/c/durability.h"
#include "orderstore/c/reader.h"
#include "orderstore/c/store.h"
#include "orderstore/c/transaction.h"
#include "orderstore/change_log.h"
#include "orderstore/logged_transaction.h"
#include "orderstore/read_view.h"
#include "orderstore/reader.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"

struct orderstore_t {
  explicit orderstore_t(std::unique_ptr<orderstore::Store> opened)
      : store(std::move(opened)) {}

  const std::unique_ptr<orderstore::Store> store;
  // Relaxed: it says nothing of other memory, and who destroys the store comes
  // after all others.
  std::atomic<int64_t> open_transactions = 0;
};

struct orderstore_reader_t {
  const orderstore::Reader* rows;
  const orderstore_txn_t* txn;  // null: a view's
};

struct orderstore_view_t {
  explicit orderstore_view_t(orderstore::ReadView opened)
      : view(std::move(opened)), reader{&view, nullptr} {}
  orderstore_view_t(const orderstore_view_t&) = delete;
  orderstore_view_t& operator=(const orderstore_view_t&) = delete;

  const orderstore::ReadView view;
  const orderstore_reader_t reader;
};

struct orderstore_txn_t {
  // Counts it as one of the store's.
  orderstore_txn_t(orderstore_t& of_store, orderstore::Transaction begun)
      : store(of_store),
        owner(std::this_thread::get_id()),
        transaction(std::move(begun)),
        reader{&transaction, this} {
    store.open_transactions.fetch_add(1, std::memory_order_relaxed);
  }
  orderstore_txn_t(const orderstore_txn_t&) = delete;
  orderstore_txn_t& operator=(const orderstore_txn_t&) = delete;

  // Once it has ended, the store may be gone.
  orderstore_t& store;
  const std::thread::id owner;
  orderstore::Transaction transaction;
  const orderstore_reader_t reader;
  // The owner's, or of whoever ends it while nobody uses it.
  bool has_ended = false;
  // An exception came in the middle of a statement.
  bool can_only_abort = false;
};

struct orderstore_cancel_t {
  std::atomic<bool> is_requested = false;
};
// Set in signal handlers.
static_assert(std::atomic<bool>::is_always_lock_free);

struct orderstore_log_t {
  explicit orderstore_log_t(orderstore::ChangeLog opened)
      : log(std::move(opened)) {}

  orderstore::ChangeLog log;
  // What was read and could not be given, for lack of memory: the next call
  // gives it.
  std::optional<orderstore::LoggedTransaction> ungiven;
  // What was given last.
  std::vector<orderstore_change> changes;
};

namespace orderstore::capi {

// OK, and leaves the thread's message alone, if this thread may use the
// transaction, and it goes on. Otherwise the call fails so.
inline orderstore_code CheckUse(const orderstore_txn_t* txn) {
  if (txn == nullptr) return IsNull("txn");
  // First: of the rest, another thread may be writing.
  if (txn->owner != std::this_thread::get_id()) {
    return Fail(ORDERSTORE_FAILED_PRECONDITION,
                "the transaction belongs to the thread that began it; this "
                "call did nothing");
  }
  if (txn->has_ended) {
    return Fail(ORDERSTORE_FAILED_PRECONDITION, "the transaction has ended");
  }
  if (txn->can_only_abort) {
    return Fail(ORDERSTORE_FAILED_PRECONDITION,
                "a statement of the transaction broke off, as without memory; "
                "it can only abort now");
  }
  return ORDERSTORE_OK;
}

inline orderstore_code CheckUse(const orderstore_reader_t* reader) {
  if (reader == nullptr) return IsNull("reader");
  return reader->txn == nullptr ? ORDERSTORE_OK : CheckUse(reader->txn);
}

}  // namespace orderstore::capi

#endif  // ORDERSTORE_CAPI_HANDLES_H_
