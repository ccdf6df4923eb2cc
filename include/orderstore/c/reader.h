// Read views, and everything that can be asked of a state of the store, of a
// view and of a transaction in the same words.
//
//   orderstore_view_t* view = NULL;
//   orderstore_code code =
//       orderstore_view_open(store, ORDERSTORE_READ_DEFAULT, &view);
//   if (code != ORDERSTORE_OK) return code;
//   const orderstore_reader_t* reader = orderstore_view_reader(view);
//   orderstore_barcode ticket;
//   code = orderstore_find_barcode_by_value(reader, scanned, &ticket);
//   admit = code == ORDERSTORE_OK && ticket.order_id != 0 && !ticket.is_used;
//   orderstore_view_destroy(view);
//
// Thread-safety: a reader is used by one thread at a time, a transaction's by
// the thread that began it. Different readers never wait for each other nor for
// a writer. Open one view for each thread: it costs some ten nanoseconds and a
// piece of memory.
//
// Lifetimes: a reader and the texts in rows that it gave live as long as its
// view, or as its transaction is open.
//
// Errors common to all questions:
//   FAILED_PRECONDITION  a transaction's reader: it has ended, is another
//                        thread's, or can only abort
//   INVALID_ARGUMENT     NULL for the reader, an array with elements, or where
//                        the answer goes
//
// Costs are in cache misses (DRAM accesses) for a store larger than the caches:
// a lookup by id is two, by text two. The functions of many keys overlap the
// misses of up to 32 lookups.

#ifndef ORDERSTORE_C_READER_H_
#define ORDERSTORE_C_READER_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/records.h"
#include "orderstore/c/store.h"
#include "orderstore/c/transaction.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// An immutable view of the store as of one commit.
typedef struct orderstore_view_t orderstore_view_t;

// What answers questions: a view's or a transaction's.
typedef struct orderstore_reader_t orderstore_reader_t;

// ---- Views -----------------------------------------------------------------

// Which commits a view shows.
typedef enum orderstore_read_level {
  // In a store that syncs, those that no crash can take back; else all.
  ORDERSTORE_READ_DEFAULT = 0,
  ORDERSTORE_READ_LATEST = 1
} orderstore_read_level;

// Opens a view of the newest commit that the level, one of
// orderstore_read_level, admits. Never waits. Destroy it with
// orderstore_view_destroy, before the store; held for hours, it costs the old
// versions of rows that it alone can see. INVALID_ARGUMENT: there is no such
// level.
ORDERSTORE_EXPORT orderstore_code orderstore_view_open(
    const orderstore_t* store, int32_t level, orderstore_view_t** view);

// Opens a view that shows commit `at_least`; waits until that is durable.
// Errors as orderstore_wait_durable's.
ORDERSTORE_EXPORT orderstore_code
orderstore_view_open_at_least(const orderstore_t* store, uint64_t at_least,
                              int64_t timeout_ms, orderstore_view_t** view);

// Closes the view and destroys it with its reader. Frees the versions that only
// this view could see, some 0.1 us each.
ORDERSTORE_EXPORT void orderstore_view_destroy(orderstore_view_t* view);

// The view's reader; NULL for NULL.
ORDERSTORE_EXPORT const orderstore_reader_t* orderstore_view_reader(
    const orderstore_view_t* view);

// The transaction's reader, of the latest state and its own writes; NULL for
// NULL.
ORDERSTORE_EXPORT const orderstore_reader_t* orderstore_txn_reader(
    const orderstore_txn_t* txn);

// Gives the LSN of the commit whose state is read; in a transaction, of the one
// that it began on.
ORDERSTORE_EXPORT orderstore_code
orderstore_get_lsn(const orderstore_reader_t* reader, uint64_t* lsn);

// ---- One row ---------------------------------------------------------------
// O(1). NOT_FOUND: there is no such row, and `row` is all zeros.

// Finds a customer by id.
ORDERSTORE_EXPORT orderstore_code orderstore_find_customer(
    const orderstore_reader_t* reader, int32_t id, orderstore_customer* row);

// Finds a customer by email.
ORDERSTORE_EXPORT orderstore_code orderstore_find_customer_by_email(
    const orderstore_reader_t* reader, orderstore_text email,
    orderstore_customer* row);

// Finds an order by id.
ORDERSTORE_EXPORT orderstore_code orderstore_find_order(
    const orderstore_reader_t* reader, int32_t id, orderstore_order* row);

// Finds a barcode by id.
ORDERSTORE_EXPORT orderstore_code orderstore_find_barcode(
    const orderstore_reader_t* reader, int32_t id, orderstore_barcode* row);

// Finds a barcode by value.
ORDERSTORE_EXPORT orderstore_code orderstore_find_barcode_by_value(
    const orderstore_reader_t* reader, orderstore_text value,
    orderstore_barcode* row);

// ---- Many rows at once -----------------------------------------------------
// rows[i] answers for key i: all zeros, with id 0, if there is no such row.
// `rows` has room for `count`.

// Finds customers by id.
ORDERSTORE_EXPORT orderstore_code
orderstore_find_customers(const orderstore_reader_t* reader, const int32_t* ids,
                          size_t count, orderstore_customer* rows);

// Finds customers by email.
ORDERSTORE_EXPORT orderstore_code orderstore_find_customers_by_email(
    const orderstore_reader_t* reader, const orderstore_text* emails,
    size_t count, orderstore_customer* rows);

// Finds orders by id.
ORDERSTORE_EXPORT orderstore_code
orderstore_find_orders(const orderstore_reader_t* reader, const int32_t* ids,
                       size_t count, orderstore_order* rows);

// Finds barcodes by id.
ORDERSTORE_EXPORT orderstore_code
orderstore_find_barcodes(const orderstore_reader_t* reader, const int32_t* ids,
                         size_t count, orderstore_barcode* rows);

// Finds barcodes by value.
ORDERSTORE_EXPORT orderstore_code orderstore_find_barcodes_by_value(
    const orderstore_reader_t* reader, const orderstore_text* values,
    size_t count, orderstore_barcode* rows);

// ---- Rows of a parent, in id order -----------------------------------------
// `count` is how many rows there are in all. OUT_OF_RANGE: these are more than
// `capacity`, for which `rows` has room; it has the first ones then. `rows` may
// be NULL if `capacity` is 0. O(n log n) in the rows that there are. A parent
// that does not exist has none.

// Which barcodes of an order.
typedef enum orderstore_barcode_filter {
  ORDERSTORE_BARCODES_ALL = 0,
  ORDERSTORE_BARCODES_USED = 1,
  ORDERSTORE_BARCODES_UNUSED = 2
} orderstore_barcode_filter;

// The orders of a customer.
ORDERSTORE_EXPORT orderstore_code
orderstore_orders_of(const orderstore_reader_t* reader, int32_t customer_id,
                     orderstore_order* rows, size_t capacity, size_t* count);

// The barcodes of an order that the filter, one of orderstore_barcode_filter,
// lets through. INVALID_ARGUMENT: there is no such filter.
ORDERSTORE_EXPORT orderstore_code orderstore_barcodes_of(
    const orderstore_reader_t* reader, int32_t order_id, int32_t filter,
    orderstore_barcode* rows, size_t capacity, size_t* count);

// ---- Scans, in id order ----------------------------------------------------
// Each fills `rows`, which has room for `capacity`, from the first row whose id
// is greater than `after`; `count` is how many it wrote, and fewer than
// `capacity` is the end. To go on, pass the last row's id, to this reader or to
// a later one:
//
//   orderstore_order rows[256];
//   int32_t after = 0;
//   size_t count = 256;
//   while (count == 256) {
//     code = orderstore_read_orders(reader, after, rows, 256, &count);
//     if (code != ORDERSTORE_OK) return code;
//     for (size_t i = 0; i < count; ++i) use(&rows[i]);
//     if (count > 0) after = rows[count - 1].id;
//   }

// The customers.
ORDERSTORE_EXPORT orderstore_code orderstore_read_customers(
    const orderstore_reader_t* reader, int32_t after, orderstore_customer* rows,
    size_t capacity, size_t* count);

// The orders.
ORDERSTORE_EXPORT orderstore_code
orderstore_read_orders(const orderstore_reader_t* reader, int32_t after,
                       orderstore_order* rows, size_t capacity, size_t* count);

// The barcodes.
ORDERSTORE_EXPORT orderstore_code orderstore_read_barcodes(
    const orderstore_reader_t* reader, int32_t after, orderstore_barcode* rows,
    size_t capacity, size_t* count);

// Only barcodes without an order; passes over the others by an index.
ORDERSTORE_EXPORT orderstore_code orderstore_read_unassigned_barcodes(
    const orderstore_reader_t* reader, int32_t after, orderstore_barcode* rows,
    size_t capacity, size_t* count);

// ---- Analytics: part of the state ------------------------------------------

// How many rows there are. O(1), no cache miss.
ORDERSTORE_EXPORT orderstore_code orderstore_get_counts(
    const orderstore_reader_t* reader, orderstore_counts* counts);

// A checksum of each table. O(1), no cache miss.
ORDERSTORE_EXPORT orderstore_code orderstore_get_digests(
    const orderstore_reader_t* reader, orderstore_digests* digests);

// What each table's sequence gives next. O(1), no cache miss.
ORDERSTORE_EXPORT orderstore_code orderstore_get_next_ids(
    const orderstore_reader_t* reader, orderstore_next_ids* next_ids);

// The number of barcodes on the customer's orders. O(1). NOT_FOUND: there is no
// such customer, and `ticket_count` is 0.
ORDERSTORE_EXPORT orderstore_code
orderstore_get_ticket_count(const orderstore_reader_t* reader,
                            int32_t customer_id, int64_t* ticket_count);

// The k customers with the most tickets, most first, among equals the lower id
// first; customers without tickets are never in it. `rows` has room for k, and
// `count` is how many there are. O(k) for k <= 100, else one pass over the
// customers.
ORDERSTORE_EXPORT orderstore_code
orderstore_top_customers(const orderstore_reader_t* reader, size_t k,
                         orderstore_customer_tickets* rows, size_t* count);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_READER_H_
