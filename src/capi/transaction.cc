// Transactions and their statements.

#include "orderstore/c/transaction.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/rows.h"
#include "orderstore/ids.h"
#include "orderstore/options.h"
#include "orderstore/records.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"

namespace orderstore::capi {
namespace {

// Of a transaction that has just ended.
void MarkEnded(orderstore_txn_t& txn) {
  txn.has_ended = true;
  txn.store.open_transactions.fetch_sub(1, std::memory_order_relaxed);
}

void AbortIfOpen(orderstore_txn_t& txn) noexcept {
  if (txn.has_ended) return;
  txn.transaction.Abort();
  MarkEnded(txn);
}

// Whether it is this thread's, and was open and could only abort.
bool AbortIfBroken(orderstore_txn_t* txn) {
  if (txn == nullptr || txn->owner != std::this_thread::get_id() ||
      txn->has_ended || !txn->can_only_abort) {
    return false;
  }
  AbortIfOpen(*txn);
  return true;
}

absl::StatusOr<Lsn> CommitAs(Transaction& transaction, int32_t durability) {
  if (durability == ORDERSTORE_SYNC) {
    return transaction.Commit(Durability::kSync);
  }
  if (durability == ORDERSTORE_ASYNC) {
    return transaction.Commit(Durability::kAsync);
  }
  return transaction.Commit();
}

// Ends it, whatever comes.
absl::StatusOr<Lsn> Commit(orderstore_txn_t& txn, int32_t durability) {
  const absl::Cleanup end = [&txn] { MarkEnded(txn); };
  return CommitAs(txn.transaction, durability);
}

// ---- Statements ------------------------------------------------------------

// Calls `statement(transaction)`, which returns an orderstore_code, if this
// thread may use it.
template <typename Body>
orderstore_code Statement(orderstore_txn_t* txn, Body statement) noexcept {
  return Guarded([&] {
    const orderstore_code code = CheckUse(txn);
    if (code != ORDERSTORE_OK) return code;
    try {
      return statement(txn->transaction);
    } catch (...) {
      // It may have changed one thing and not the other.
      txn->can_only_abort = true;
      throw;
    }
  });
}

// Gives the id that a statement returned.
template <typename RowId>
orderstore_code GiveId(const absl::StatusOr<RowId>& returned, int32_t* id) {
  if (!returned.ok()) return Fail(returned.status());
  Give(returned->value(), id);
  return Succeed();
}

template <typename RowId>
orderstore_code GiveIds(const absl::StatusOr<std::vector<RowId>>& returned,
                        int32_t* ids) {
  if (!returned.ok()) return Fail(returned.status());
  if (ids != nullptr) {
    for (const RowId id : *returned) *ids++ = id.value();
  }
  return Succeed();
}

// Calls `insert(transaction, row)`.
template <typename CRow, typename Insert>
orderstore_code InsertOne(orderstore_txn_t* txn, const CRow* row, int32_t* id,
                          Insert insert) noexcept {
  return Statement(txn, [&](Transaction& transaction) {
    if (row == nullptr) return IsNull("row");
    const absl::Status status = CheckTexts(*row);
    if (!status.ok()) return Fail(status);
    return GiveId(insert(transaction, ToRow(*row)), id);
  });
}

// Calls `insert(transaction, rows)`.
template <typename Row, typename CRow, typename Insert>
orderstore_code InsertMany(orderstore_txn_t* txn, const CRow* rows,
                           size_t count, int32_t* ids, Insert insert) noexcept {
  return Guarded([&] {
    const orderstore_code code = CheckUse(txn);
    if (code != ORDERSTORE_OK) return code;
    if (rows == nullptr && count > 0) return IsNull("rows");
    std::vector<Row> converted;
    converted.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      const absl::Status status = CheckTexts(rows[i]);
      if (!status.ok()) {
        return Fail(absl::Status(
            status.code(), absl::StrCat("rows[", i, "]: ", status.message())));
      }
      converted.push_back(ToRow(rows[i]));
    }
    return Statement(txn, [&](Transaction& transaction) {
      return GiveIds(insert(transaction, converted), ids);
    });
  });
}

// Calls `apply(transaction, update)`.
template <typename CUpdate, typename Apply>
orderstore_code Update(orderstore_txn_t* txn, const CUpdate* update,
                       Apply apply) noexcept {
  return Statement(txn, [&](Transaction& transaction) {
    if (update == nullptr) return IsNull("update");
    return End(apply(transaction, *update));
  });
}

// A text that may be left out, and is sound.
std::optional<std::string_view> ToOptionalView(const orderstore_text* text) {
  if (text == nullptr) return std::nullopt;
  return ToView(*text);
}

// Calls `statement(transaction, text)`.
template <typename OnText>
orderstore_code WithText(orderstore_txn_t* txn, const char* column,
                         orderstore_text text, OnText statement) noexcept {
  return Statement(txn, [&](Transaction& transaction) {
    const absl::Status status = CheckText(column, text);
    if (!status.ok()) return Fail(status);
    return End(statement(transaction, ToView(text)));
  });
}

absl::Status UpdateCustomerRow(Transaction& transaction, int32_t id,
                               const orderstore_customer_update& update) {
  absl::Status status;
  if (update.email != nullptr) status = CheckText("email", *update.email);
  if (status.ok() && update.name != nullptr) {
    status = CheckText("name", *update.name);
  }
  if (!status.ok()) return status;
  return transaction.UpdateCustomer(
      CustomerId(id), {.email = ToOptionalView(update.email),
                       .name = ToOptionalView(update.name),
                       .updated_at = ToTime(update.updated_at_us)});
}

absl::Status UpdateOrderRow(Transaction& transaction, int32_t id,
                            const orderstore_order_update& update) {
  OrderUpdate changes;
  if (update.customer_id != nullptr) {
    changes.customer_id = CustomerId(*update.customer_id);
  }
  changes.updated_at = ToTime(update.updated_at_us);
  return transaction.UpdateOrder(OrderId(id), changes);
}

absl::Status UpdateBarcodeRow(Transaction& transaction, int32_t id,
                              const orderstore_barcode_update& update) {
  if (update.value != nullptr) {
    absl::Status status = CheckText("value", *update.value);
    if (!status.ok()) return status;
  }
  BarcodeUpdate changes;
  changes.value = ToOptionalView(update.value);
  if (update.order_id != nullptr) {
    changes.order_id.emplace(ToOptionalId<OrderId>(*update.order_id));
  }
  if (update.is_used != nullptr) changes.is_used = *update.is_used != 0;
  changes.updated_at = ToTime(update.updated_at_us);
  return transaction.UpdateBarcode(BarcodeId(id), changes);
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;
using orderstore::Transaction;

// ---- Beginning and ending --------------------------------------------------

orderstore_code orderstore_begin(orderstore_t* store, int64_t timeout_ms,
                                 orderstore_txn_t** txn) {
  return capi::Guarded([&] {
    if (txn == nullptr) return capi::IsNull("txn");
    *txn = nullptr;
    if (store == nullptr) return capi::IsNull("store");
    const auto deadline = capi::ToDeadline(timeout_ms);
    absl::StatusOr<Transaction> begun =
        deadline ? store->store->Begin(*deadline) : store->store->Begin();
    if (!begun.ok()) return capi::Fail(begun.status());
    *txn =
        std::make_unique<orderstore_txn_t>(*store, *std::move(begun)).release();
    return capi::Succeed();
  });
}

orderstore_code orderstore_txn_commit(orderstore_txn_t* txn, int32_t durability,
                                      uint64_t* lsn) {
  return capi::Guarded([&] {
    const orderstore_code code = capi::CheckUse(txn);
    if (code != ORDERSTORE_OK) {
      return capi::AbortIfBroken(txn)
                 ? capi::Fail(ORDERSTORE_FAILED_PRECONDITION,
                              "a statement of the transaction broke off, as "
                              "without memory; it was aborted")
                 : code;
    }
    if (durability < ORDERSTORE_DURABILITY_DEFAULT ||
        durability > ORDERSTORE_ASYNC) {
      return capi::Fail(absl::InvalidArgumentError(
          absl::StrCat("there is no durability ", durability,
                       "; the transaction is still open")));
    }
    const absl::StatusOr<orderstore::Lsn> committed =
        capi::Commit(*txn, durability);
    if (!committed.ok()) return capi::Fail(committed.status());
    capi::Give(*committed, lsn);
    return capi::Succeed();
  });
}

void orderstore_txn_abort(orderstore_txn_t* txn) {
  if (txn != nullptr) capi::AbortIfOpen(*txn);
}

void orderstore_txn_destroy(orderstore_txn_t* txn) {
  orderstore_txn_abort(txn);
  delete txn;
}

// ---- Customers -------------------------------------------------------------

orderstore_code orderstore_insert_customer(orderstore_txn_t* txn,
                                           const orderstore_new_customer* row,
                                           int32_t* id) {
  return capi::InsertOne(txn, row, id,
                         [](Transaction& t, const orderstore::NewCustomer& r) {
                           return t.InsertCustomer(r);
                         });
}

orderstore_code orderstore_find_or_create_customer(orderstore_txn_t* txn,
                                                   orderstore_text email,
                                                   orderstore_text name,
                                                   int32_t* id) {
  return capi::Statement(txn, [&](Transaction& t) {
    absl::Status status = capi::CheckText("email", email);
    if (status.ok()) status = capi::CheckText("name", name);
    if (!status.ok()) return capi::Fail(status);
    return capi::GiveId(
        t.FindOrCreateCustomer(capi::ToView(email), capi::ToView(name)), id);
  });
}

orderstore_code orderstore_update_customer(
    orderstore_txn_t* txn, int32_t id,
    const orderstore_customer_update* update) {
  return capi::Update(txn, update,
                      [&](Transaction& t, const orderstore_customer_update& u) {
                        return capi::UpdateCustomerRow(t, id, u);
                      });
}

orderstore_code orderstore_delete_customer(orderstore_txn_t* txn, int32_t id) {
  return capi::Statement(txn, [&](Transaction& t) {
    return capi::End(t.DeleteCustomer(orderstore::CustomerId(id)));
  });
}

orderstore_code orderstore_insert_customers(orderstore_txn_t* txn,
                                            const orderstore_new_customer* rows,
                                            size_t count, int32_t* ids) {
  using Rows = std::vector<orderstore::NewCustomer>;
  return capi::InsertMany<orderstore::NewCustomer>(
      txn, rows, count, ids,
      [](Transaction& t, const Rows& r) { return t.InsertCustomers(r); });
}

// ---- Orders ----------------------------------------------------------------

orderstore_code orderstore_insert_order(orderstore_txn_t* txn,
                                        const orderstore_new_order* row,
                                        int32_t* id) {
  return capi::InsertOne(txn, row, id,
                         [](Transaction& t, const orderstore::NewOrder& r) {
                           return t.InsertOrder(r);
                         });
}

orderstore_code orderstore_update_order(orderstore_txn_t* txn, int32_t id,
                                        const orderstore_order_update* update) {
  return capi::Update(txn, update,
                      [&](Transaction& t, const orderstore_order_update& u) {
                        return capi::UpdateOrderRow(t, id, u);
                      });
}

orderstore_code orderstore_delete_order(orderstore_txn_t* txn, int32_t id) {
  return capi::Statement(txn, [&](Transaction& t) {
    return capi::End(t.DeleteOrder(orderstore::OrderId(id)));
  });
}

orderstore_code orderstore_insert_orders(orderstore_txn_t* txn,
                                         const orderstore_new_order* rows,
                                         size_t count, int32_t* ids) {
  using Rows = std::vector<orderstore::NewOrder>;
  return capi::InsertMany<orderstore::NewOrder>(
      txn, rows, count, ids,
      [](Transaction& t, const Rows& r) { return t.InsertOrders(r); });
}

// ---- Barcodes --------------------------------------------------------------

orderstore_code orderstore_insert_barcode(orderstore_txn_t* txn,
                                          const orderstore_new_barcode* row,
                                          int32_t* id) {
  return capi::InsertOne(txn, row, id,
                         [](Transaction& t, const orderstore::NewBarcode& r) {
                           return t.InsertBarcode(r);
                         });
}

orderstore_code orderstore_insert_barcode_values(orderstore_txn_t* txn,
                                                 int32_t order_id,
                                                 const orderstore_text* values,
                                                 size_t count, int32_t* ids) {
  return capi::Guarded([&] {
    const orderstore_code code = capi::CheckUse(txn);
    if (code != ORDERSTORE_OK) return code;
    if (values == nullptr && count > 0) return capi::IsNull("values");
    std::vector<std::string_view> views;
    views.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      const absl::Status status = capi::CheckText("value", values[i]);
      if (!status.ok()) {
        return capi::Fail(
            absl::Status(status.code(),
                         absl::StrCat("values[", i, "]: ", status.message())));
      }
      views.push_back(capi::ToView(values[i]));
    }
    return capi::Statement(txn, [&](Transaction& t) {
      return capi::GiveIds(
          t.InsertBarcodes(orderstore::OrderId(order_id), views), ids);
    });
  });
}

orderstore_code orderstore_update_barcode(
    orderstore_txn_t* txn, int32_t id,
    const orderstore_barcode_update* update) {
  return capi::Update(txn, update,
                      [&](Transaction& t, const orderstore_barcode_update& u) {
                        return capi::UpdateBarcodeRow(t, id, u);
                      });
}

orderstore_code orderstore_delete_barcode(orderstore_txn_t* txn, int32_t id) {
  return capi::Statement(txn, [&](Transaction& t) {
    return capi::End(t.DeleteBarcode(orderstore::BarcodeId(id)));
  });
}

orderstore_code orderstore_insert_barcodes(orderstore_txn_t* txn,
                                           const orderstore_new_barcode* rows,
                                           size_t count, int32_t* ids) {
  using Rows = std::vector<orderstore::NewBarcode>;
  return capi::InsertMany<orderstore::NewBarcode>(
      txn, rows, count, ids,
      [](Transaction& t, const Rows& r) { return t.InsertBarcodes(r); });
}

// ---- What this domain lives on ---------------------------------------------

orderstore_code orderstore_assign_barcodes(orderstore_txn_t* txn,
                                           int32_t order_id, size_t n,
                                           orderstore_barcode* rows) {
  return capi::Statement(txn, [&](Transaction& t) {
    const absl::StatusOr<std::vector<orderstore::Barcode>> taken =
        t.AssignBarcodes(orderstore::OrderId(order_id), n);
    if (!taken.ok()) return capi::Fail(taken.status());
    if (rows != nullptr) {
      for (size_t i = 0; i < taken->size(); ++i) {
        rows[i] = capi::ToC((*taken)[i]);
      }
    }
    return capi::Succeed();
  });
}

orderstore_code orderstore_assign_barcode(orderstore_txn_t* txn,
                                          orderstore_text value,
                                          int32_t order_id) {
  return capi::WithText(
      txn, "value", value, [&](Transaction& t, std::string_view text) {
        return t.AssignBarcode(text, orderstore::OrderId(order_id));
      });
}

orderstore_code orderstore_redeem(orderstore_txn_t* txn,
                                  orderstore_text value) {
  return capi::WithText(
      txn, "value", value,
      [](Transaction& t, std::string_view text) { return t.Redeem(text); });
}

orderstore_code orderstore_unredeem(orderstore_txn_t* txn,
                                    orderstore_text value) {
  return capi::WithText(
      txn, "value", value,
      [](Transaction& t, std::string_view text) { return t.Unredeem(text); });
}
