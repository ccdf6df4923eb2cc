// The store for programs in C99, and for every language that can call C.
//
//   #include "orderstore/c.h"
//
//   // Lets a guest in, once for each ticket.
//   orderstore_t* store = NULL;
//   orderstore_txn_t* txn = NULL;
//   orderstore_code code = orderstore_open("shop", NULL, 0, &store);
//   if (code == ORDERSTORE_OK) {
//     code = orderstore_begin(store, ORDERSTORE_NO_TIMEOUT, &txn);
//   }
//   if (code == ORDERSTORE_OK) {
//     code = orderstore_redeem(txn, orderstore_text_of(scanned));
//   }
//   if (code == ORDERSTORE_OK) {
//     code = orderstore_txn_commit(txn, ORDERSTORE_DURABILITY_DEFAULT, NULL);
//   }
//   if (code != ORDERSTORE_OK) {
//     fprintf(stderr, "%s: %s\n", orderstore_code_name(code),
//             orderstore_last_message());
//   }
//   orderstore_txn_destroy(txn);  // aborts it if it is open
//   orderstore_destroy(store);
//
// It is the C++ API (orderstore/store.h) in other words: the same statements,
// guarantees and costs. The parts, to be included one by one or all by this
// file:
//
//   c/code.h         codes, messages, version
//   c/records.h      texts, rows, counts
//   c/store.h        opening and closing, options, schema revisions
//   c/transaction.h  writing
//   c/reader.h       read views, and every question to a view or a transaction
//   c/durability.h   waiting for the disk, snapshots, backups
//   c/stats.h        sizes and memory, the check of the rows
//   c/logger.h       what no call returns
//   c/verify.h       what is wrong with a store's files, and saving the rest
//   c/change_log.h   the log as committed transactions, for followers
//
// What holds for all of them:
//
// Codes: what can fail returns an orderstore_code, and a message for people
// waits for orderstore_last_message(). No C++ exception leaves a function.
//
// Handles: types that end in _t are opaque. Each kind, but for readers, has a
// function that destroys it, orderstore_KIND_destroy, which takes NULL and does
// nothing then. Any other function refuses NULL, where a handle or a value is
// needed, with ORDERSTORE_INVALID_ARGUMENT; those that return no code do
// nothing. A handle that was destroyed must not be used.
//
//   handle               threads                          destroy it
//   orderstore_t         any, at any time                 after its own
//   orderstore_txn_t     the one that began it            in any thread
//   orderstore_view_t    one at a time                    in any thread
//   orderstore_reader_t  as the transaction's or view's   with that
//   orderstore_log_t     one at a time                    in any thread
//   orderstore_cancel_t  any, at any time                 after the work
//
// Outputs: a handle is NULL after an error. Everything else that a function
// gives is as it was then, unless the function says more. Where `may be NULL`
// is said of an output, NULL says that it is not wanted.
//
// Structs: fields have the same size and place on every 64-bit Linux; padding
// is only where alignment asks for it. Those of orderstore/c/records.h stay as
// they are for good. Reports, which may grow at their end, are passed together
// with their size: a program gets the fields that it knows, whichever version
// of the library it runs with, and fields that the library does not know are
// zero.
//
// Units end the name: _us are microseconds, of a point in time since 1970 in
// UTC; _ms milliseconds, _bytes bytes. An int64_t timeout_ms is the longest
// time that a call waits: 0 does not wait, ORDERSTORE_NO_TIMEOUT waits as long
// as it takes.

#ifndef ORDERSTORE_C_H_
#define ORDERSTORE_C_H_

// IWYU pragma: begin_exports
#include "orderstore/c/change_log.h"
#include "orderstore/c/code.h"
#include "orderstore/c/durability.h"
#include "orderstore/c/logger.h"
#include "orderstore/c/reader.h"
#include "orderstore/c/records.h"
#include "orderstore/c/stats.h"
#include "orderstore/c/store.h"
#include "orderstore/c/transaction.h"
#include "orderstore/c/verify.h"
// IWYU pragma: end_exports

#endif  // ORDERSTORE_C_H_
