// Reads a store's log as committed transactions, one after the other, for
// followers that keep a copy.
//
//   orderstore_log_t* log = NULL;
//   code = orderstore_log_open("shop", applied_lsn, &log);
//   if (code == ORDERSTORE_OUT_OF_RANGE) return copy_the_store_anew();
//   orderstore_logged_txn txn;
//   while ((code = orderstore_log_next(log, &txn)) == ORDERSTORE_OK) {
//     for (size_t i = 0; i < txn.change_count; ++i) apply(&txn.changes[i]);
//     remember(txn.lsn);  // together with the changes
//   }
//   if (code == ORDERSTORE_NOT_FOUND) wait_a_little();  // all for now
//
// Works beside a process that has the store open to write, without its lock,
// and changes nothing in the folder. What it gives is on stable storage: a copy
// never gets ahead of the store. Whoever falls behind so far that the writer
// has removed what comes next begins anew, with a copy of the store; the
// ORDERSTORE_OPTION_SNAPSHOT_... options say how long there is time.
//
// Thread-safety: a log is used by one thread at a time. Different ones of one
// store do not know of each other.
//
// Costs: memory of one segment of the log and of one transaction. A call that
// finds nothing new reads one sector of 4096 bytes.

#ifndef ORDERSTORE_C_CHANGE_LOG_H_
#define ORDERSTORE_C_CHANGE_LOG_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/records.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// A place in a store's log, from which it is read on.
typedef struct orderstore_log_t orderstore_log_t;

// What happened to a row.
typedef enum orderstore_change_kind {
  ORDERSTORE_CUSTOMER_INSERTED = 1,
  ORDERSTORE_CUSTOMER_UPDATED = 2,
  ORDERSTORE_CUSTOMER_DELETED = 3,
  ORDERSTORE_ORDER_INSERTED = 4,
  ORDERSTORE_ORDER_UPDATED = 5,
  ORDERSTORE_ORDER_DELETED = 6,
  ORDERSTORE_BARCODE_INSERTED = 7,
  ORDERSTORE_BARCODE_UPDATED = 8,
  ORDERSTORE_BARCODE_DELETED = 9
} orderstore_change_kind;

// A row that a transaction changed: the columns as they are afterwards. What
// the kind does not have is zero; a deletion has the id alone.
typedef struct orderstore_change {
  int32_t kind;  // of orderstore_change_kind
  int32_t id;
  int32_t customer_id;    // of an order
  int32_t order_id;       // of a barcode; 0: it is unassigned
  orderstore_text email;  // of a customer
  orderstore_text name;   // of a customer
  orderstore_text value;  // of a barcode
  int64_t created_at_us;  // of a row that was inserted
  int64_t updated_at_us;
  uint8_t is_used;  // of a barcode
  // 0, of an update: email and name, or the value, stay as they are.
  uint8_t has_text;
} orderstore_change;

// A transaction: its changes in the order in which they were made; a row may
// change several times.
typedef struct orderstore_logged_txn {
  uint64_t lsn;
  const orderstore_change* changes;  // at least one
  size_t change_count;
  // The newest updated_at_us that it gave to a row, which is the time of the
  // commit but for rows that were given times.
  int64_t time_us;
  uint8_t has_time;  // 0: it only deleted
} orderstore_logged_txn;

// Opens the log of the store in `folder`, to read from the transaction after
// `after` on; 0 is the state of an empty store. Destroy it with
// orderstore_log_destroy. O(segments), and reads one of them.
//
//   OUT_OF_RANGE         the log does not reach back so far; the message names
//                        the oldest LSN that it has
//   FAILED_PRECONDITION  the log ends before `after`: what has been applied is
//                        not of this store, or of a time that it was set back
//                        from
//   UNKNOWN_FORMAT, SCHEMA_MISMATCH
//                        it is of a format, or has a schema revision, that is
//                        not known here
//   NOT_FOUND            there is no store
//   DATA_LOSS            the log is damaged
//   PERMISSION_DENIED, RESOURCE_EXHAUSTED, INVALID_ARGUMENT, UNAVAILABLE
//                        from the file system
ORDERSTORE_EXPORT orderstore_code orderstore_log_open(const char* folder,
                                                      uint64_t after,
                                                      orderstore_log_t** log);

// The same, from the oldest transaction that the log has.
ORDERSTORE_EXPORT orderstore_code
orderstore_log_open_oldest(const char* folder, orderstore_log_t** log);

// Gives the next transaction; it and its texts live until the next
// orderstore_log_next of this log, or its end. O(bytes of the transaction).
// Does not wait for a commit; it waits 0.2 s at most where a writer is just at
// work on what it reads.
//
// NOT_FOUND: this is the durable end of the log, where a later call may find
// more. OUT_OF_RANGE: the writer has removed what comes next. Others as
// orderstore_log_open's. After an error `txn` is all zeros, and the call may be
// made again.
ORDERSTORE_EXPORT orderstore_code
orderstore_log_next(orderstore_log_t* log, orderstore_logged_txn* txn);

// Gives the LSN of the transaction that orderstore_log_next gave last; before,
// the one that the log is read after.
ORDERSTORE_EXPORT orderstore_code
orderstore_log_get_lsn(const orderstore_log_t* log, uint64_t* lsn);

// Gives the store's UUID, 36 characters, NUL-terminated; lives as long as the
// log. A copy of the store's folder has the same, a backup another one.
ORDERSTORE_EXPORT orderstore_code orderstore_log_get_store_uuid(
    const orderstore_log_t* log, const char** store_uuid);

// Closes the log and destroys it.
ORDERSTORE_EXPORT void orderstore_log_destroy(orderstore_log_t* log);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_CHANGE_LOG_H_
