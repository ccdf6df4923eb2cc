// Waiting for the disk, snapshots, backups.

#include "orderstore/c/durability.h"

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "orderstore/ids.h"
#include "orderstore/store.h"

namespace orderstore::capi {
namespace {

// Gives the LSN that a call returned.
orderstore_code GiveLsn(const absl::StatusOr<Lsn>& returned, uint64_t* lsn) {
  if (!returned.ok()) return Fail(returned.status());
  Give(*returned, lsn);
  return Succeed();
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;

// ---- Durability ------------------------------------------------------------

orderstore_code orderstore_get_durable_lsn(const orderstore_t* store,
                                           uint64_t* lsn) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (lsn == nullptr) return capi::IsNull("lsn");
    *lsn = store->store->durable_lsn();
    return capi::Succeed();
  });
}

orderstore_code orderstore_log_status(const orderstore_t* store) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::End(store->store->Stats().log_status);
  });
}

orderstore_code orderstore_wait_durable(const orderstore_t* store, uint64_t lsn,
                                        int64_t timeout_ms) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::End(
        store->store->WaitDurable(lsn, capi::ToDeadline(timeout_ms)));
  });
}

orderstore_code orderstore_sync(orderstore_t* store, uint64_t* lsn) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::GiveLsn(store->store->Sync(), lsn);
  });
}

// ---- Snapshots -------------------------------------------------------------

orderstore_code orderstore_write_snapshot(orderstore_t* store, uint64_t* lsn) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::GiveLsn(store->store->WriteSnapshot(), lsn);
  });
}

orderstore_code orderstore_snapshot_status(const orderstore_t* store) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::End(store->store->Stats().snapshot_status);
  });
}

// ---- Cancelling ------------------------------------------------------------

orderstore_code orderstore_cancel_create(orderstore_cancel_t** cancel) {
  return capi::Guarded([&] {
    if (cancel == nullptr) return capi::IsNull("cancel");
    *cancel = nullptr;
    *cancel = std::make_unique<orderstore_cancel_t>().release();
    return capi::Succeed();
  });
}

void orderstore_cancel_request(orderstore_cancel_t* cancel) {
  // Relaxed: it says nothing of other memory.
  if (cancel != nullptr) {
    cancel->is_requested.store(true, std::memory_order_relaxed);
  }
}

void orderstore_cancel_destroy(orderstore_cancel_t* cancel) { delete cancel; }

// ---- Backups ---------------------------------------------------------------

orderstore_code orderstore_backup(orderstore_t* store, const char* folder,
                                  const orderstore_cancel_t* cancel,
                                  uint64_t* lsn) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (folder == nullptr) return capi::IsNull("folder");
    return capi::GiveLsn(
        store->store->Backup(
            folder, cancel == nullptr ? nullptr : &cancel->is_requested),
        lsn);
  });
}
