// A serializable read-write unit: all of it commits or nothing does.
//
//   // Sells `n` tickets to Ann.
//   orderstore_code sell(orderstore_txn_t* txn, size_t n) {
//     int32_t ann = 0;
//     orderstore_code code = orderstore_find_or_create_customer(
//         txn, orderstore_text_of("ann@example.com"),
//         orderstore_text_of("Ann"), &ann);
//     if (code != ORDERSTORE_OK) return code;
//     const orderstore_new_order order = {.customer_id = ann};
//     int32_t order_id = 0;
//     code = orderstore_insert_order(txn, &order, &order_id);
//     if (code != ORDERSTORE_OK) return code;
//     return orderstore_assign_barcodes(txn, order_id, n, NULL);
//   }
//
// Transactions run one at a time, in commit order, and are never aborted by a
// conflict. A transaction reads the latest state and its own writes
// (orderstore_txn_reader). Read views see none of it before the commit, all of
// it after.
//
// A statement that returns an error has changed nothing, and the transaction
// can go on; but for ORDERSTORE_OUT_OF_MEMORY and ORDERSTORE_INTERNAL, after
// which it can only abort.
//
// Thread-safety: a transaction belongs to the thread that began it. Calls from
// another one are refused with ORDERSTORE_FAILED_PRECONDITION and leave it as
// it is. But any thread may abort or destroy it, as a collector of garbage
// does, while nobody uses it.
//
// Lifetimes: texts in rows that it gave live until it ends, whatever it does to
// the rows before. The handle lives until it is destroyed, whatever a commit
// returned.
//
// Errors common to all statements, besides those named below:
//   FAILED_PRECONDITION  the transaction has ended, is another thread's, or can
//                        only abort
//   INVALID_ARGUMENT     bad text (over 255 characters, invalid UTF-8, NUL, an
//                        empty email or barcode), an id below 1, a time out of
//                        range
//   RESOURCE_EXHAUSTED   the store may take no more memory (inserts, updates),
//                        or no id is left (inserts)
// Messages name the row and the value.

#ifndef ORDERSTORE_C_TRANSACTION_H_
#define ORDERSTORE_C_TRANSACTION_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/records.h"
#include "orderstore/c/store.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// A transaction, open or ended; see above.
typedef struct orderstore_txn_t orderstore_txn_t;

// ---- Beginning and ending --------------------------------------------------

// Begins a transaction; waits for the one that is open, if any. Destroy it with
// orderstore_txn_destroy.
//
//   FAILED_PRECONDITION  this thread has an open transaction of this store
//   DEADLINE_EXCEEDED    another one was open until the time was over
//   UNAVAILABLE          the log has failed, or the store is closed
//   PERMISSION_DENIED    it is open to read only
ORDERSTORE_EXPORT orderstore_code orderstore_begin(orderstore_t* store,
                                                   int64_t timeout_ms,
                                                   orderstore_txn_t** txn);

// Ends the transaction. `durability` is one of orderstore_durability; with
// ORDERSTORE_SYNC the call returns once the transaction is durable, or, if it
// changed nothing, the state it began on. `lsn`, which may be NULL, is the LSN
// that it got, or the latest one if it changed nothing. O(bytes changed).
//
// INVALID_ARGUMENT: `durability` is none; the transaction is still open.
//
// Errors after which nothing of the transaction holds, now or later:
//   FAILED_PRECONDITION  it had ended before, or could only abort, which it did
//                        now; or it is another thread's, and is still open
//   RESOURCE_EXHAUSTED   the disk is full, or a limit of the process on open
//                        files or their sizes is reached; later commits succeed
//                        when there is room
//   PERMISSION_DENIED    the log needs a new file, and the folder takes none;
//                        later commits succeed when it does
//   UNAVAILABLE          the log has failed, and the store has to be opened
//                        anew; or it cannot grow: orderstore_begin tells which
// And after which nobody knows whether all or nothing of it holds, before the
// store is opened again:
//   UNKNOWN              the log failed while it was written
//   OUT_OF_MEMORY, INTERNAL
//                        nor can the store be written to or destroyed: end the
//                        process
ORDERSTORE_EXPORT orderstore_code orderstore_txn_commit(orderstore_txn_t* txn,
                                                        int32_t durability,
                                                        uint64_t* lsn);

// Ends the transaction and undoes it. O(rows changed). Does nothing if it has
// ended. Where the system has no memory for it, the process ends: what is half
// undone must not be seen.
//
// What a transaction read in a store that syncs may be of commits that are not
// durable yet. Who tells of it after an abort waits for them first:
// orderstore_wait_durable, with the orderstore_get_lsn that it took before the
// abort.
ORDERSTORE_EXPORT void orderstore_txn_abort(orderstore_txn_t* txn);

// Aborts the transaction if it is open, and destroys the handle and its reader.
ORDERSTORE_EXPORT void orderstore_txn_destroy(orderstore_txn_t* txn);

// ---- Customers -------------------------------------------------------------

// Inserts a customer; `id` may be NULL. ALREADY_EXISTS: the id or the email is
// taken.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_customer(
    orderstore_txn_t* txn, const orderstore_new_customer* row, int32_t* id);

// Gives the id of the customer with this email, or of a new one with this name;
// one that is there keeps its name. `id` may be NULL.
ORDERSTORE_EXPORT orderstore_code
orderstore_find_or_create_customer(orderstore_txn_t* txn, orderstore_text email,
                                   orderstore_text name, int32_t* id);

// Changes what `update` names. NOT_FOUND: no such customer. ALREADY_EXISTS: the
// email is another's.
ORDERSTORE_EXPORT orderstore_code
orderstore_update_customer(orderstore_txn_t* txn, int32_t id,
                           const orderstore_customer_update* update);

// Deletes a customer. NOT_FOUND. FAILED_PRECONDITION: the customer has orders.
ORDERSTORE_EXPORT orderstore_code
orderstore_delete_customer(orderstore_txn_t* txn, int32_t id);

// ---- Orders ----------------------------------------------------------------

// Inserts an order; `id` may be NULL. NOT_FOUND: no such customer.
// ALREADY_EXISTS: the id is taken.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_order(
    orderstore_txn_t* txn, const orderstore_new_order* row, int32_t* id);

// Changes what `update` names. NOT_FOUND: no such order or customer. To move an
// order to another customer is O(barcodes of the order).
ORDERSTORE_EXPORT orderstore_code orderstore_update_order(
    orderstore_txn_t* txn, int32_t id, const orderstore_order_update* update);

// Deletes an order. NOT_FOUND. FAILED_PRECONDITION: the order has barcodes.
ORDERSTORE_EXPORT orderstore_code orderstore_delete_order(orderstore_txn_t* txn,
                                                          int32_t id);

// ---- Barcodes --------------------------------------------------------------

// Inserts a barcode; `id` may be NULL. NOT_FOUND: no such order.
// ALREADY_EXISTS: the id or the value is taken.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_barcode(
    orderstore_txn_t* txn, const orderstore_new_barcode* row, int32_t* id);

// Inserts `count` unused barcodes with these values on one order, all or none.
// `ids` has room for as many, and gets theirs, in order; it may be NULL. Errors
// as of a single insert; the message names the first value at fault by its
// index from 0, as `values[3]: ...`.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_barcode_values(
    orderstore_txn_t* txn, int32_t order_id, const orderstore_text* values,
    size_t count, int32_t* ids);

// Changes what `update` names. NOT_FOUND: no such barcode or order.
// ALREADY_EXISTS: the value is another's.
ORDERSTORE_EXPORT orderstore_code orderstore_update_barcode(
    orderstore_txn_t* txn, int32_t id, const orderstore_barcode_update* update);

// Deletes a barcode. NOT_FOUND.
ORDERSTORE_EXPORT orderstore_code
orderstore_delete_barcode(orderstore_txn_t* txn, int32_t id);

// ---- Many rows of a table at once, as for a bulk load ----------------------

// Inserts `count` customers, all or none, with the cache misses overlapped.
// `ids` has room for as many, and gets theirs, in order; it may be NULL. Errors
// as of a single insert; the message names the first row at fault by its index
// from 0, as `rows[3]: ...`. Takes some 100 bytes of memory a row meanwhile, so
// load in portions, as of 10000.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_customers(
    orderstore_txn_t* txn, const orderstore_new_customer* rows, size_t count,
    int32_t* ids);

// The same for orders.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_orders(
    orderstore_txn_t* txn, const orderstore_new_order* rows, size_t count,
    int32_t* ids);

// The same for barcodes.
ORDERSTORE_EXPORT orderstore_code orderstore_insert_barcodes(
    orderstore_txn_t* txn, const orderstore_new_barcode* rows, size_t count,
    int32_t* ids);

// ---- What this domain lives on ---------------------------------------------

// Takes the n unassigned, unused barcodes with the lowest ids for the order.
// `rows` has room for n, and gets them as they are now, in id order; it may be
// NULL. NOT_FOUND: no such order, or fewer than n are left, and none is taken;
// to tell the two apart, look for the order. O(n), however many there are.
ORDERSTORE_EXPORT orderstore_code
orderstore_assign_barcodes(orderstore_txn_t* txn, int32_t order_id, size_t n,
                           orderstore_barcode* rows);

// Takes this barcode for the order. NOT_FOUND: no such barcode or order.
// FAILED_PRECONDITION: it is on an order, or used.
ORDERSTORE_EXPORT orderstore_code orderstore_assign_barcode(
    orderstore_txn_t* txn, orderstore_text value, int32_t order_id);

// Marks a barcode used, exactly once. NOT_FOUND: no such barcode.
// FAILED_PRECONDITION: it is unassigned, or used; the message then says when it
// was redeemed, or when the row was changed since. To tell them apart, look at
// the barcode in the same transaction, in which nobody else changes it:
//
//   orderstore_barcode row;
//   code = orderstore_redeem(txn, scanned);
//   if (code == ORDERSTORE_FAILED_PRECONDITION &&
//       orderstore_find_barcode_by_value(orderstore_txn_reader(txn), scanned,
//                                        &row) == ORDERSTORE_OK) {
//     return row.order_id == 0 ? not_sold() : already_used(row.updated_at_us);
//   }
ORDERSTORE_EXPORT orderstore_code orderstore_redeem(orderstore_txn_t* txn,
                                                    orderstore_text value);

// Marks a barcode unused; one that is not used stays as it is. NOT_FOUND: no
// such barcode.
ORDERSTORE_EXPORT orderstore_code orderstore_unredeem(orderstore_txn_t* txn,
                                                      orderstore_text value);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_TRANSACTION_H_
