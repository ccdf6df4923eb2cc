// What a store tells its host while it runs, beside what its calls return: that
// it opened and what it found, that a snapshot was written or was not, that the
// log failed, the disk is full, a transaction or a write was slow. The library
// prints nothing, but for the last words of a process that it ends.
//
//   static void print(void* context, const orderstore_notice* notice) {
//     fprintf(context, "shop: %s\n", notice->message);
//   }
//
//   const orderstore_logger logger = {print, stderr};
//   const orderstore_option options[] = {
//       {ORDERSTORE_OPTION_LOGGER, (intptr_t)&logger},
//       {ORDERSTORE_OPTION_SLOW_TRANSACTION_US, 100000},
//   };
//   code = orderstore_open("shop", options, 2, &store);
//
// Who calls it: the thread that met the cause, which may be in a call that
// opens, commits, aborts, waits for durability, writes a snapshot, closes or
// destroys, or one of the store's own threads; several at once, and before the
// opening has returned. That thread goes on when the function returns. The
// store's own are what makes asynchronous commits durable and writes snapshots:
// a function that may take long hands the notice to a thread of the host's.
//
// What it may call of the store: orderstore_view_open and all that a view has,
// orderstore_get_stats, orderstore_prometheus_text, orderstore_log_status,
// orderstore_snapshot_status, orderstore_get_durable_lsn,
// orderstore_get_open_report, orderstore_get_bad_snapshot and
// orderstore_get_schema_revision. These wait for nobody, and do not disturb the
// message of the call in which the function runs. It may call nothing else of
// it: what that waits for may be the thread that is in the function. It reaches
// the store through a pointer that the host sets once opening has returned, and
// takes back before it destroys the store, both in a way that other threads may
// see.
//
// Lifetimes: the function is not called after the store is destroyed, and its
// context lives as long. The notice is gone when the function returns.

#ifndef ORDERSTORE_C_LOGGER_H_
#define ORDERSTORE_C_LOGGER_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How bad it is.
typedef enum orderstore_severity {
  ORDERSTORE_SEVERITY_INFO = 1,     // all is well
  ORDERSTORE_SEVERITY_WARNING = 2,  // nothing is lost; look at it some time
  // Something does not work until somebody does something.
  ORDERSTORE_SEVERITY_ERROR = 3
} orderstore_severity;

// What happened; orderstore/logger.h says more about each. A later version of
// the library may tell of more.
typedef enum orderstore_notice_kind {
  ORDERSTORE_NOTICE_OPENED = 1,
  ORDERSTORE_NOTICE_SNAPSHOT_PASSED_OVER = 2,  // it is damaged
  ORDERSTORE_NOTICE_TAIL_CUT = 3,              // what a crash had left
  ORDERSTORE_NOTICE_SNAPSHOT_WRITTEN = 4,
  ORDERSTORE_NOTICE_SNAPSHOT_FAILED = 5,
  // The snapshot is good, and some of the files that it replaces are still
  // there.
  ORDERSTORE_NOTICE_OLD_FILES_REMAIN = 6,
  // For good: nothing can be committed until the store is opened again.
  ORDERSTORE_NOTICE_LOG_FAILED = 7,
  // A commit was refused for lack of room; once, however many are.
  ORDERSTORE_NOTICE_DISK_FULL = 8,
  ORDERSTORE_NOTICE_ROOM_AGAIN = 9,  // a commit found it
  // A write that makes commits durable, or a transaction, took as long as the
  // ORDERSTORE_OPTION_SLOW_... option, or longer.
  ORDERSTORE_NOTICE_SLOW_SYNC = 10,
  ORDERSTORE_NOTICE_SLOW_TRANSACTION = 11
} orderstore_notice_kind;

// What the store tells. It lives until the function that it is given to
// returns.
typedef struct orderstore_notice {
  int32_t severity;  // of orderstore_severity
  int32_t kind;      // of orderstore_notice_kind
  // One sentence or two in English, UTF-8, NUL-terminated, without a line end:
  // what happened, what holds now, and what to do, if there is anything. No
  // rows of the store are in it.
  const char* message;
} orderstore_notice;

// Is given each notice, with the context of the logger. It returns; it does not
// jump out.
typedef void (*orderstore_notice_fn)(void* context,
                                     const orderstore_notice* notice);

// Who hears of a store: ORDERSTORE_OPTION_LOGGER. It is copied by the call that
// is given it.
typedef struct orderstore_logger {
  orderstore_notice_fn function;  // not NULL
  void* context;                  // may be NULL
} orderstore_logger;

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_LOGGER_H_
