// The rows of the three tables, as the C API gives them and takes them.
//
//   customers  id, email (unique), name
//   orders     id, customer_id -> customers.id
//   barcodes   id, value (unique), order_id -> orders.id or none, is_used
//
// every row with created_at and updated_at.
//
// Ids are 1 to 2147483647. 0 stands for none: an order id of 0 is that of a
// barcode that is unassigned, not sold yet; a new row with id 0 gets the next
// one of its table's sequence.
//
// Times are UTC microseconds since 1970, ORDERSTORE_TIME_MIN_US to
// ORDERSTORE_TIME_MAX_US.
//
// Columns that may be left out are pointers, and NULL leaves them out: so no
// column is lost because somebody forgot to say that it is there.
//
//   const orderstore_text name = orderstore_text_of("Ann Bee");
//   const orderstore_customer_update update = {.name = &name};
//   code = orderstore_update_customer(txn, id, &update);
//
// What is passed is read during the call only.

#ifndef ORDERSTORE_C_RECORDS_H_
#define ORDERSTORE_C_RECORDS_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// 4714-11-24 00:00:00 BC and 294247-01-10 04:00:54.775807.
#define ORDERSTORE_TIME_MIN_US INT64_C(-210866803200000000)
#define ORDERSTORE_TIME_MAX_US INT64_MAX

// The most characters that an email, a name or a barcode value may have.
#define ORDERSTORE_TEXT_CHARACTERS_MAX 255

// ---- Texts -----------------------------------------------------------------

// `size` bytes of UTF-8, not NUL-terminated. In the store at most 255
// characters without NUL; emails and barcode values are not empty. Compared
// byte by byte: `00123` is not `123`.
//
// In a row that was given, `data` points into the store, is not NULL, and lives
// until the view that gave the row is destroyed, or the transaction ends by
// commit, abort or destruction; in a change of a log, until the next
// orderstore_log_next of that log, or its end. It is NULL in rows of zeros,
// which stand for none, and in changes that do not have the text. In what is
// passed it may be NULL if `size` is 0.
typedef struct orderstore_text {
  const char* data;
  size_t size;
} orderstore_text;

// A NUL-terminated string as a text, which lives as long as that. The empty
// text for NULL. O(size).
ORDERSTORE_EXPORT orderstore_text orderstore_text_of(const char* string);

// ---- Rows, as read ---------------------------------------------------------

// A row of `customers`.
typedef struct orderstore_customer {
  int32_t id;
  orderstore_text email;
  orderstore_text name;
  int64_t created_at_us;
  int64_t updated_at_us;
} orderstore_customer;

// A row of `orders`.
typedef struct orderstore_order {
  int32_t id;
  int32_t customer_id;
  int64_t created_at_us;
  int64_t updated_at_us;
} orderstore_order;

// A row of `barcodes`.
typedef struct orderstore_barcode {
  int32_t id;
  int32_t order_id;  // 0: unassigned
  orderstore_text value;
  int64_t created_at_us;
  int64_t updated_at_us;
  uint8_t is_used;  // 1: redeemed
} orderstore_barcode;

// ---- Rows, as written ------------------------------------------------------

// A customer to insert. A given id moves the sequence past it. A time that is
// NULL is the transaction's.
typedef struct orderstore_new_customer {
  orderstore_text email;
  orderstore_text name;  // may be empty
  const int64_t* created_at_us;
  const int64_t* updated_at_us;
  int32_t id;  // 0: the sequence gives it
} orderstore_new_customer;

// An order to insert; id and times as a customer's.
typedef struct orderstore_new_order {
  const int64_t* created_at_us;
  const int64_t* updated_at_us;
  int32_t id;  // 0: the sequence gives it
  int32_t customer_id;
} orderstore_new_order;

// A barcode to insert; id and times as a customer's.
typedef struct orderstore_new_barcode {
  orderstore_text value;
  const int64_t* created_at_us;
  const int64_t* updated_at_us;
  int32_t id;        // 0: the sequence gives it
  int32_t order_id;  // 0: unassigned
  uint8_t is_used;   // 0: unused
} orderstore_new_barcode;

// What to change of a customer; what is NULL stays as it is. Without
// updated_at_us, a row that changes gets the transaction's time, or one
// microsecond past its old updated_at when that is later. An update that
// changes no column leaves the row as it is.
typedef struct orderstore_customer_update {
  const orderstore_text* email;
  const orderstore_text* name;
  const int64_t* updated_at_us;
} orderstore_customer_update;

// What to change of an order, as of a customer.
typedef struct orderstore_order_update {
  const int32_t* customer_id;
  const int64_t* updated_at_us;
} orderstore_order_update;

// What to change of a barcode, as of a customer.
typedef struct orderstore_barcode_update {
  const orderstore_text* value;
  const int32_t* order_id;  // to 0: makes it unassigned
  const uint8_t* is_used;
  const int64_t* updated_at_us;
} orderstore_barcode_update;

// ---- Analytics -------------------------------------------------------------

// How many rows there are, as of one LSN.
typedef struct orderstore_counts {
  int64_t customers;
  int64_t orders;
  int64_t barcodes;
  int64_t unassigned_barcodes;  // without an order
  int64_t unused_barcodes;      // not redeemed
} orderstore_counts;

// A checksum of the rows of each table, whatever their order: stores with equal
// rows have equal ones; different rows do by accident once in 2^64 times.
typedef struct orderstore_digests {
  uint64_t customers;
  uint64_t orders;
  uint64_t barcodes;
} orderstore_digests;

// The id that each table's sequence gives next; 2147483648 if it has given its
// last.
typedef struct orderstore_next_ids {
  int64_t customers;
  int64_t orders;
  int64_t barcodes;
} orderstore_next_ids;

// A customer and the number of barcodes on its orders.
typedef struct orderstore_customer_tickets {
  int32_t customer_id;
  int64_t ticket_count;
} orderstore_customer_tickets;

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_RECORDS_H_
