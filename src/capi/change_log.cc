// The log as committed transactions.

#include "orderstore/c/change_log.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/rows.h"
#include "orderstore/change_log.h"
#include "orderstore/ids.h"
#include "orderstore/logged_transaction.h"
#include "orderstore/records.h"

namespace orderstore::capi {
namespace {

static_assert(sizeof(orderstore_change) == 88);
static_assert(sizeof(orderstore_logged_txn) == 40);

template <typename RowId>
orderstore_change NewChange(orderstore_change_kind kind, RowId id) {
  orderstore_change change = {};
  change.kind = kind;
  change.id = id.value();
  return change;
}

// One overload for each alternative of Change.
struct ToChange {
  orderstore_change operator()(const CustomerInserted& inserted) const {
    const Customer& row = inserted.row;
    orderstore_change change = NewChange(ORDERSTORE_CUSTOMER_INSERTED, row.id);
    change.email = ToC(row.email);
    change.name = ToC(row.name);
    change.has_text = 1;
    change.created_at_us = ToC(row.created_at);
    change.updated_at_us = ToC(row.updated_at);
    return change;
  }
  orderstore_change operator()(const CustomerUpdated& updated) const {
    orderstore_change change =
        NewChange(ORDERSTORE_CUSTOMER_UPDATED, updated.id);
    if (updated.email && updated.name) {
      change.email = ToC(*updated.email);
      change.name = ToC(*updated.name);
      change.has_text = 1;
    }
    change.updated_at_us = ToC(updated.updated_at);
    return change;
  }
  orderstore_change operator()(const CustomerDeleted& deleted) const {
    return NewChange(ORDERSTORE_CUSTOMER_DELETED, deleted.id);
  }

  orderstore_change operator()(const OrderInserted& inserted) const {
    const Order& row = inserted.row;
    orderstore_change change = NewChange(ORDERSTORE_ORDER_INSERTED, row.id);
    change.customer_id = row.customer_id.value();
    change.created_at_us = ToC(row.created_at);
    change.updated_at_us = ToC(row.updated_at);
    return change;
  }
  orderstore_change operator()(const OrderUpdated& updated) const {
    orderstore_change change = NewChange(ORDERSTORE_ORDER_UPDATED, updated.id);
    change.customer_id = updated.customer_id.value();
    change.updated_at_us = ToC(updated.updated_at);
    return change;
  }
  orderstore_change operator()(const OrderDeleted& deleted) const {
    return NewChange(ORDERSTORE_ORDER_DELETED, deleted.id);
  }

  orderstore_change operator()(const BarcodeInserted& inserted) const {
    const Barcode& row = inserted.row;
    orderstore_change change = NewChange(ORDERSTORE_BARCODE_INSERTED, row.id);
    change.order_id = row.order_id ? row.order_id->value() : 0;
    change.value = ToC(row.value);
    change.has_text = 1;
    change.is_used = static_cast<uint8_t>(row.is_used);
    change.created_at_us = ToC(row.created_at);
    change.updated_at_us = ToC(row.updated_at);
    return change;
  }
  orderstore_change operator()(const BarcodeUpdated& updated) const {
    orderstore_change change =
        NewChange(ORDERSTORE_BARCODE_UPDATED, updated.id);
    change.order_id = updated.order_id ? updated.order_id->value() : 0;
    if (updated.value) {
      change.value = ToC(*updated.value);
      change.has_text = 1;
    }
    change.is_used = static_cast<uint8_t>(updated.is_used);
    change.updated_at_us = ToC(updated.updated_at);
    return change;
  }
  orderstore_change operator()(const BarcodeDeleted& deleted) const {
    return NewChange(ORDERSTORE_BARCODE_DELETED, deleted.id);
  }
};

// Gives what `opening()` returns, of the log in `folder`.
template <typename Opening>
orderstore_code OpenLog(const char* folder, orderstore_log_t** log,
                        Opening opening) noexcept {
  return Guarded([&] {
    if (log == nullptr) return IsNull("log");
    *log = nullptr;
    if (folder == nullptr) return IsNull("folder");
    absl::StatusOr<ChangeLog> opened = opening();
    if (!opened.ok()) return Fail(opened.status());
    *log = std::make_unique<orderstore_log_t>(*std::move(opened)).release();
    return Succeed();
  });
}

orderstore_code GiveNext(orderstore_log_t& log, orderstore_logged_txn& txn) {
  if (!log.ungiven) {
    absl::StatusOr<std::optional<LoggedTransaction>> next = log.log.Next();
    if (!next.ok()) return Fail(next.status());
    if (!*next) {
      return Fail(ORDERSTORE_NOT_FOUND,
                  "this is the durable end of the log; more may come");
    }
    log.ungiven = *std::move(next);
  }
  const LoggedTransaction& logged = *log.ungiven;
  log.changes.clear();
  log.changes.reserve(logged.changes.size());
  for (const Change& change : logged.changes) {
    log.changes.push_back(std::visit(ToChange(), change));
  }
  txn.lsn = logged.lsn;
  txn.changes = log.changes.data();
  txn.change_count = log.changes.size();
  txn.time_us = logged.time ? ToC(*logged.time) : 0;
  txn.has_time = static_cast<uint8_t>(logged.time.has_value());
  // Its texts are the log's.
  log.ungiven.reset();
  return Succeed();
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;

orderstore_code orderstore_log_open(const char* folder, uint64_t after,
                                    orderstore_log_t** log) {
  return capi::OpenLog(
      folder, log, [&] { return orderstore::ChangeLog::Open(folder, after); });
}

orderstore_code orderstore_log_open_oldest(const char* folder,
                                           orderstore_log_t** log) {
  return capi::OpenLog(
      folder, log, [&] { return orderstore::ChangeLog::OpenOldest(folder); });
}

orderstore_code orderstore_log_next(orderstore_log_t* log,
                                    orderstore_logged_txn* txn) {
  return capi::Guarded([&] {
    if (txn == nullptr) return capi::IsNull("txn");
    *txn = {};
    if (log == nullptr) return capi::IsNull("log");
    return capi::GiveNext(*log, *txn);
  });
}

orderstore_code orderstore_log_get_lsn(const orderstore_log_t* log,
                                       uint64_t* lsn) {
  return capi::Guarded([&] {
    if (log == nullptr) return capi::IsNull("log");
    if (lsn == nullptr) return capi::IsNull("lsn");
    *lsn = log->ungiven ? log->ungiven->lsn - 1 : log->log.lsn();
    return capi::Succeed();
  });
}

orderstore_code orderstore_log_get_store_uuid(const orderstore_log_t* log,
                                              const char** store_uuid) {
  return capi::Guarded([&] {
    if (log == nullptr) return capi::IsNull("log");
    if (store_uuid == nullptr) return capi::IsNull("store_uuid");
    *store_uuid = log->log.store_uuid().c_str();
    return capi::Succeed();
  });
}

void orderstore_log_destroy(orderstore_log_t* log) { delete log; }
