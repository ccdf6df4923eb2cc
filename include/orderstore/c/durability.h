// What no crash takes back: waiting for the disk, snapshots, backups.
//
//   uint64_t lsn = 0;
//   code = orderstore_txn_commit(txn, ORDERSTORE_ASYNC, &lsn);
//   ...
//   code = orderstore_wait_durable(store, lsn, 500);
//
// Thread-safety: all functions may be called from any thread at any time.

#ifndef ORDERSTORE_C_DURABILITY_H_
#define ORDERSTORE_C_DURABILITY_H_

#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/store.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Durability ------------------------------------------------------------

// Gives the LSN of the newest commit that no crash takes back.
ORDERSTORE_EXPORT orderstore_code
orderstore_get_durable_lsn(const orderstore_t* store, uint64_t* lsn);

// Returns OK, or UNAVAILABLE if nothing can be committed any more: the log has
// failed, or the store is closed; the message says which, and why. OK also for
// a store without a log: in memory, or read only.
ORDERSTORE_EXPORT orderstore_code
orderstore_log_status(const orderstore_t* store);

// Waits until commit `lsn` is durable; it may be still to come.
//
//   DEADLINE_EXCEEDED    it was not until the time was over
//   UNKNOWN              the log has failed; open the store again to learn
//                        whether it is
//   UNAVAILABLE          the log has failed or the store was closed, and there
//                        is no such LSN
//   FAILED_PRECONDITION  there is no such LSN yet, in a store without a log: in
//                        memory, where a commit counts as durable at once, or
//                        read only
ORDERSTORE_EXPORT orderstore_code orderstore_wait_durable(
    const orderstore_t* store, uint64_t lsn, int64_t timeout_ms);

// Makes everything committed so far durable; `lsn`, which may be NULL, is that
// of the newest commit of it. Errors as orderstore_wait_durable's.
ORDERSTORE_EXPORT orderstore_code orderstore_sync(orderstore_t* store,
                                                  uint64_t* lsn);

// ---- Snapshots -------------------------------------------------------------

// Writes the state of a durable commit to a snapshot file in the store's
// folder; the next opening begins there. `lsn`, which may be NULL, is that of
// the commit. Older snapshots and the log before the oldest kept go. Writes
// nothing if the newest snapshot is of that state, or nothing was ever
// committed. Waits for one that is being written. O(rows); transactions go on
// meanwhile.
//
//   FAILED_PRECONDITION  the store has no folder, or is open to read only
//   UNAVAILABLE          it is closed
//   CANCELLED            it was closed meanwhile
//   UNKNOWN              the log has failed
//   DATA_LOSS            the rows in memory are not those that were committed
// Errors of the file system lose nothing; that older files could not be removed
// is none: orderstore_snapshot_status tells.
ORDERSTORE_EXPORT orderstore_code orderstore_write_snapshot(orderstore_t* store,
                                                            uint64_t* lsn);

// Returns how the last snapshot ended that was tried since the store was
// opened, with the removal of the older files that it replaced, also in the
// background, where nobody else hears of it. OK: well, or none was tried.
ORDERSTORE_EXPORT orderstore_code
orderstore_snapshot_status(const orderstore_t* store);

// ---- Cancelling ------------------------------------------------------------

// A wish that work ends early, which any thread and any signal handler may
// have. (C99 has no atomic variables; every language can call a function.)
//
//   orderstore_cancel_t* cancel = NULL;
//   code = orderstore_cancel_create(&cancel);
//   ...
//   code = orderstore_backup(store, "copy", cancel, NULL);  // one thread
//   orderstore_cancel_request(cancel);                      // another one
typedef struct orderstore_cancel_t orderstore_cancel_t;

// Makes one that is not requested. Destroy it with orderstore_cancel_destroy.
ORDERSTORE_EXPORT orderstore_code
orderstore_cancel_create(orderstore_cancel_t** cancel);

// Requests it, for good. Any thread, any time; safe in a signal handler.
ORDERSTORE_EXPORT void orderstore_cancel_request(orderstore_cancel_t* cancel);

// Destroys it, once the work that looks at it has returned.
ORDERSTORE_EXPORT void orderstore_cancel_destroy(orderstore_cancel_t* cancel);

// ---- Backups ---------------------------------------------------------------

// Writes a copy of the store, as a read view shows it, to `folder`, which must
// be missing or empty; the copy can be opened as a store of its own. `cancel`
// may be NULL; `lsn`, which may be NULL, is that of the copy. Works also when
// the log has failed. O(rows); transactions go on meanwhile.
//
// Errors, after which there is no store there:
//   ALREADY_EXISTS  the folder has files
//   NOT_FOUND       its parent is missing
//   CANCELLED       `cancel` was requested
//   PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE
//                   from the file system
ORDERSTORE_EXPORT orderstore_code
orderstore_backup(orderstore_t* store, const char* folder,
                  const orderstore_cancel_t* cancel, uint64_t* lsn);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_DURABILITY_H_
