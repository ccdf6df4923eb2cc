// A store that is open: how it is opened, what that found, how it is closed.
//
//   const orderstore_option options[] = {
//       {ORDERSTORE_OPTION_DURABILITY, ORDERSTORE_ASYNC},
//       {ORDERSTORE_OPTION_SNAPSHOTS_KEPT, 3},
//   };
//   orderstore_t* store = NULL;
//   orderstore_code code = orderstore_open("shop", options, 2, &store);
//
// Thread-safety: all functions on a store may be called from any thread at any
// time, but orderstore_destroy, which comes last. Transactions run one at a
// time; a reader never waits for a writer, a writer never for a reader, neither
// for a snapshot.

#ifndef ORDERSTORE_C_STORE_H_
#define ORDERSTORE_C_STORE_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/records.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// A customer, order and barcode store that is open; see above.
typedef struct orderstore_t orderstore_t;

// A timeout_ms that waits as long as it takes; so does any negative one.
#define ORDERSTORE_NO_TIMEOUT INT64_C(-1)

// When a commit returns.
typedef enum orderstore_durability {
  ORDERSTORE_DURABILITY_DEFAULT = 0,  // as the store was opened with
  ORDERSTORE_SYNC = 1,                // once it is on stable storage
  ORDERSTORE_ASYNC = 2                // at once; it is there a little later
} orderstore_durability;

// ---- Options ---------------------------------------------------------------

// How a store is opened. The defaults suit a ticket shop; no option has to be
// given. orderstore/options.h says more about each.
typedef enum orderstore_option_key {
  // The most memory that rows, versions and indexes may take; 0, the default,
  // is no limit. Inserts and updates that would pass it are refused.
  ORDERSTORE_OPTION_MEMORY_BYTES_MAX = 1,
  // 1 asks the kernel for huge pages; 0, the default, has none.
  ORDERSTORE_OPTION_HUGE_PAGES = 2,
  // ORDERSTORE_SYNC, the default, or ORDERSTORE_ASYNC: what commits wait for
  // unless they are told otherwise.
  ORDERSTORE_OPTION_DURABILITY = 3,
  // An asynchronous commit is durable after this time, by default 10000; and
  // waits while more bytes than the second, by default 4 MiB, are not.
  ORDERSTORE_OPTION_ASYNC_DELAY_MAX_US = 4,
  ORDERSTORE_OPTION_ASYNC_BYTES_MAX = 5,
  // The size of each file of the log: 16 KiB to 1 GiB, by default 16 MiB.
  ORDERSTORE_OPTION_SEGMENT_BYTES = 6,
  // A snapshot is written in the background when something was committed, and
  // so many seconds, by default 3600, or bytes of log, by default 1 GiB, have
  // come since the newest one; 0: never for this reason.
  ORDERSTORE_OPTION_SNAPSHOT_INTERVAL_S = 7,
  ORDERSTORE_OPTION_SNAPSHOT_LOG_BYTES = 8,
  // How many snapshots are kept, and the log back to the oldest of them; at
  // least 1, by default 2.
  ORDERSTORE_OPTION_SNAPSHOTS_KEPT = 9,
  // 1 writes snapshots of half the size in more time; 0 is the default.
  ORDERSTORE_OPTION_SNAPSHOT_COMPRESSION = 10,
  // The address of an orderstore_logger (orderstore/c/logger.h), as an integer:
  // (intptr_t)&logger. It hears what happens to the store; 0, the default:
  // nobody does.
  ORDERSTORE_OPTION_LOGGER = 11,
  // The logger hears also of transactions, and of writes that make commits
  // durable, that took so long or longer, by default 1000000; 0: of none.
  ORDERSTORE_OPTION_SLOW_TRANSACTION_US = 12,
  ORDERSTORE_OPTION_SLOW_SYNC_US = 13
} orderstore_option_key;

// One option: a key of orderstore_option_key and its value. What an array of
// them does not name has its default; of a key that it names twice, the last
// value counts.
typedef struct orderstore_option {
  int32_t key;
  int64_t value;
} orderstore_option;

// ---- Opening ---------------------------------------------------------------

// Opens the store in `folder` to read and write, or makes one if the folder is
// empty or missing (its parent must exist). `options` may be NULL if
// `option_count` is 0. Destroy it with orderstore_destroy. O(rows). A file that
// root makes there is given to the owner and group of the folder, so that the
// owner can open the store afterwards.
//
// Errors, after which the folder is as it was, but for the process id in LOCK
// and, if the store is sound, what a crash had left half done; one that was
// missing or empty may hold the beginnings of a store, with which the next
// opening goes on:
//   DATA_LOSS            something is damaged or missing; see orderstore_verify
//   FAILED_PRECONDITION  a process has the store open (the message has its pid)
//   UNKNOWN_FORMAT, SCHEMA_MISMATCH
//                        it is of a format, or has a schema revision, that is
//                        not known here
//   INVALID_ARGUMENT     an option is not known or out of range, or this is no
//                        folder, or one of something else
//   NOT_FOUND            the folder's parent is missing
//   PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE
//                        from the file system, or no memory, address space or
//                        thread
ORDERSTORE_EXPORT orderstore_code
orderstore_open(const char* folder, const orderstore_option* options,
                size_t option_count, orderstore_t** store);

// Opens the store in `folder` as it was at the newest durable commit there, and
// changes nothing in it. Works beside a process that has it open to write. To
// begin a transaction fails, with PERMISSION_DENIED. Errors as
// orderstore_open's; NOT_FOUND: there is no store.
ORDERSTORE_EXPORT orderstore_code
orderstore_open_read_only(const char* folder, const orderstore_option* options,
                          size_t option_count, orderstore_t** store);

// The same, as the store was at commit `lsn`, 0 the empty store. OUT_OF_RANGE:
// the files do not reach back so far, or the store ends before.
ORDERSTORE_EXPORT orderstore_code orderstore_open_as_of(
    const char* folder, uint64_t lsn, const orderstore_option* options,
    size_t option_count, orderstore_t** store);

// Opens one snapshot file to read only, as the store was at its LSN. Errors:
// NOT_FOUND, there is no such file; DATA_LOSS, it is damaged, or its name says
// that it is of another LSN; others as orderstore_open's.
ORDERSTORE_EXPORT orderstore_code
orderstore_open_snapshot(const char* file, const orderstore_option* options,
                         size_t option_count, orderstore_t** store);

// An empty store that lives in memory only; every commit counts as durable.
// INVALID_ARGUMENT: an option is not known or out of range. RESOURCE_EXHAUSTED:
// no address space is left; a store reserves 640 GiB, of which only what holds
// data takes memory.
ORDERSTORE_EXPORT orderstore_code
orderstore_open_in_memory(const orderstore_option* options, size_t option_count,
                          orderstore_t** store);

// ---- Closing ---------------------------------------------------------------

// Makes all commits durable and marks the log as closed. To begin a transaction
// fails from then on; read views go on, and new ones can be opened, until the
// store is destroyed, which also unlocks the folder. Waits for the open
// transaction; a snapshot being written is given up. Once closed, it returns
// the same again.
//
//   FAILED_PRECONDITION  this thread has an open transaction; it is not closed
//   UNKNOWN, UNAVAILABLE, RESOURCE_EXHAUSTED
//                        the log has failed, or could not be marked as closed;
//                        what is up to the durable LSN is durable
ORDERSTORE_EXPORT orderstore_code orderstore_close(orderstore_t* store);

// Closes the store, if that was not done, and destroys it. Nobody else uses it
// then or later. NULL: does nothing, and returns OK.
//
//   FAILED_PRECONDITION  a transaction is open, and nothing was done; or a read
//                        view is, and the store was only closed. Destroy these
//                        and call again
//   OUT_OF_MEMORY        it is not destroyed; call again
//   others               as orderstore_close's; the store is destroyed
ORDERSTORE_EXPORT orderstore_code orderstore_destroy(orderstore_t* store);

// ---- What opening found ----------------------------------------------------

// What opening the store found and did.
typedef struct orderstore_open_report {
  uint64_t lsn;              // of the state that was found
  orderstore_counts counts;  // as of `lsn`
  uint64_t snapshot_lsn;     // of the snapshot that was loaded; 0: none
  int64_t snapshot_time_us;  // when that was written, as its file tells
  // Snapshots that were found damaged; what is older served. See
  // orderstore_get_bad_snapshot.
  int64_t bad_snapshots;
  int64_t replayed;  // transactions that were replayed from the log
  // What a crash left of transactions that nobody was told of as committed: of
  // a torn write, and of a transaction written in part. It was cut off.
  int64_t torn_bytes;
  int64_t unfinished_bytes;
  int64_t removed_files;  // temporary ones
  double snapshot_seconds;
  double replay_seconds;
  double total_seconds;
  uint8_t created;            // 1: the store is new
  uint8_t closed_cleanly;     // 1: so the last session ended
  uint8_t has_snapshot_time;  // 0: there is no snapshot, or it does not tell
} orderstore_open_report;

// Gives the report of the opening. `report_size` is sizeof *report.
// INVALID_ARGUMENT: that is too small.
ORDERSTORE_EXPORT orderstore_code
orderstore_get_open_report(const orderstore_t* store,
                           orderstore_open_report* report, size_t report_size);

// Why the snapshot number `index` of orderstore_open_report::bad_snapshots,
// from 0, was passed over: its file, and what is wrong. NUL-terminated; lives
// as long as the store. OUT_OF_RANGE: there are not so many.
ORDERSTORE_EXPORT orderstore_code orderstore_get_bad_snapshot(
    const orderstore_t* store, size_t index, const char** why);

// ---- Schema revisions ------------------------------------------------------

// What the tables have on a server that the store is exported to. In memory a
// store always has all of it.
typedef enum orderstore_schema_revision {
  ORDERSTORE_REVISION_TABLES = 1,
  ORDERSTORE_REVISION_INDEXES = 2,  // new stores are here
  ORDERSTORE_REVISION_TICKET_COUNT = 3
} orderstore_schema_revision;

// Gives the revision that the store's files say, of orderstore_schema_revision.
// It stays so while the store is open.
ORDERSTORE_EXPORT orderstore_code
orderstore_get_schema_revision(const orderstore_t* store, uint32_t* revision);

// Gives the store in `folder`, which nobody has open, the revision `to`, and
// `before`, which may be NULL, the one that it had. The rows stay as they are.
// A crash at any moment leaves one revision or the other. O(rows).
//
// Errors, after which the store has one of the two: INVALID_ARGUMENT, there is
// no such revision; NOT_FOUND, there is no store; others as orderstore_open's.
ORDERSTORE_EXPORT orderstore_code orderstore_migrate(
    const char* folder, uint32_t to, const orderstore_option* options,
    size_t option_count, uint32_t* before);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_STORE_H_
