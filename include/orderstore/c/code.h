// How calls of the C API end: a code, and a message of the thread.
//
//   orderstore_code code = orderstore_redeem(txn, scanned);
//   if (code == ORDERSTORE_FAILED_PRECONDITION) return turn_away();
//   if (code != ORDERSTORE_OK) return report(orderstore_last_message());
//
// Why the message is the thread's and no object: there is nothing to pass to
// each call, to set to NULL before and to free after it, and a call that
// succeeds pays one store to memory for it. It is always of the last call, so
// that it cannot be taken for another one's.
//
// Thread-safety: all functions may be called from any thread.

#ifndef ORDERSTORE_C_CODE_H_
#define ORDERSTORE_C_CODE_H_

#include <stdint.h>

#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// Up to ORDERSTORE_DATA_LOSS, the numbers are those of Abseil and gRPC. Each
// function says which it returns and what holds then, beside those marked with
// a star, which any of them may return.
typedef enum orderstore_code {
  ORDERSTORE_OK = 0,
  // What was asked to be cancelled was cancelled.
  ORDERSTORE_CANCELLED = 1,
  // Whether it happened is known once the store is opened again.
  ORDERSTORE_UNKNOWN = 2,
  // * An argument is wrong, whatever the store holds: a bad text or id, NULL.
  // Nothing has changed.
  ORDERSTORE_INVALID_ARGUMENT = 3,
  // The time to wait was over.
  ORDERSTORE_DEADLINE_EXCEEDED = 4,
  // There is no such row, store, file; or too few barcodes are left.
  ORDERSTORE_NOT_FOUND = 5,
  // The id, email or value is taken; or a folder has files.
  ORDERSTORE_ALREADY_EXISTS = 6,
  // The file system refuses, or the store is open to read only.
  ORDERSTORE_PERMISSION_DENIED = 7,
  // A limit is reached: of memory, of ids, of the disk.
  ORDERSTORE_RESOURCE_EXHAUSTED = 8,
  // The state does not admit it: the barcode is used, the transaction has
  // ended, another process has the store open.
  ORDERSTORE_FAILED_PRECONDITION = 9,
  // An LSN or an index that is not there, or more rows than there is room for.
  ORDERSTORE_OUT_OF_RANGE = 11,
  // * A C++ exception that nobody expects. As ORDERSTORE_OUT_OF_MEMORY.
  ORDERSTORE_INTERNAL = 13,
  // The store is closed or its log has failed, or the disk has an error.
  ORDERSTORE_UNAVAILABLE = 14,
  // Files are damaged. The message names file, offset and LSNs.
  ORDERSTORE_DATA_LOSS = 15,

  // * The system gave no memory. What only reads, and what opens, can be tried
  // again. A transaction can only abort after it. A commit says more about it.
  ORDERSTORE_OUT_OF_MEMORY = 100,
  // The store has a schema revision that this library does not know: another
  // version of the library helps. The C++ API counts it among
  // FailedPrecondition, as it does the next one.
  ORDERSTORE_SCHEMA_MISMATCH = 101,
  // A file has a format that this library does not know: the version of the
  // library that wrote it reads it.
  ORDERSTORE_UNKNOWN_FORMAT = 102
} orderstore_code;

// `ORDERSTORE_NOT_FOUND` for its number; `an unknown code` for one that is none
// of the above. Lives as long as the library.
ORDERSTORE_EXPORT const char* orderstore_code_name(int32_t code);

// What the last call on this thread that returned an orderstore_code has to say
// about it, in English, UTF-8, NUL-terminated: which row or file, what holds
// now, what to do. Empty if that call returned ORDERSTORE_OK; never NULL. After
// 4095 bytes it is cut. It lives until the next such call on this thread, and
// its end: exit handlers and destructors of pthread_key_create have it too.
//
// Functions that return no code leave it alone, so that one can clean up first:
//
//   orderstore_txn_destroy(txn);
//   return report(orderstore_last_message());
//
// The code goes into a variable first, as above: which argument of a call is
// evaluated first, C does not say.
//
// Where the host moves its own threads between those of the system, as Go does,
// keep it from doing so between the call and this one.
ORDERSTORE_EXPORT const char* orderstore_last_message(void);

// The library's version, such as `0.1.0`. Lives as long as the library.
ORDERSTORE_EXPORT const char* orderstore_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_CODE_H_
