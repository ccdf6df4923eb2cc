// What is wrong with a store's files, and how what can be proven of them is
// saved. orderstore/verify.h and orderstore/salvage.h say what is looked at.
//
//   static void print(void* context, const orderstore_finding* finding) {
//     fprintf(context, "%s: %s\n", finding->file, finding->what);
//   }
//
//   orderstore_verify_report report;
//   code = orderstore_verify("shop", 1, print, stderr, &report, sizeof report);
//   if (code == ORDERSTORE_OK && report.problems > 0) {
//     orderstore_salvage_report saved;
//     code = orderstore_salvage("shop", "shop-saved", NULL, print, stderr,
//                               &saved, sizeof saved);
//   }
//
// Thread-safety: functions without state. Findings are given in the thread that
// calls, before the call returns.

#ifndef ORDERSTORE_C_VERIFY_H_
#define ORDERSTORE_C_VERIFY_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/durability.h"
#include "orderstore/c/records.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Findings --------------------------------------------------------------

// What a finding is.
typedef enum orderstore_finding_kind {
  // Something is wrong with a file, or it is missing.
  ORDERSTORE_FINDING_PROBLEM = 1,
  // It should not be there and does no harm: temporary files that a crash left,
  // files of somebody else.
  ORDERSTORE_FINDING_WARNING = 2,
  // The store does not open; `what` is what orderstore_open would say.
  ORDERSTORE_FINDING_DOES_NOT_OPEN = 3,
  // Transactions behind the state that was saved: that are nowhere, and that
  // are there and could not be applied.
  ORDERSTORE_FINDING_LOST = 4,
  ORDERSTORE_FINDING_UNAPPLIED = 5
} orderstore_finding_kind;

// Something that was found. It and its texts live until the function that it is
// given to returns.
typedef struct orderstore_finding {
  int32_t kind;      // of orderstore_finding_kind
  const char* file;  // its name in the folder, NUL-terminated; may be empty
  const char* what;  // in English, without the file's name; may be empty
  int64_t offset;    // where in the file; -1: all of it, or no file
  // The transactions that cannot be read because of it, or that the kind speaks
  // of, both included. first_lsn 0: none; last_lsn 0: nobody knows how far.
  uint64_t first_lsn;
  uint64_t last_lsn;
} orderstore_finding;

// Is given each finding, with the context that was passed beside it. It
// returns; it does not jump out.
typedef void (*orderstore_finding_fn)(void* context,
                                      const orderstore_finding* finding);

// ---- Verifying -------------------------------------------------------------

// What orderstore_verify found, in numbers.
typedef struct orderstore_verify_report {
  int64_t problems;
  int64_t warnings;
  uint64_t open_lsn;      // of the state that orderstore_open would find
  uint64_t provable_lsn;  // of the state that orderstore_salvage would save
  uint64_t newest_lsn;    // the newest LSN that any file tells of
  // What a crash left of transactions that nobody was told of as committed; the
  // next opening cuts it off. No problem.
  int64_t torn_bytes;
  int64_t unfinished_bytes;
  uint8_t opens;             // 1: orderstore_open would open it
  uint8_t has_provable_lsn;  // 0: nothing could be saved, or `replay` was 0
  char store_uuid[38];       // 36 characters, NUL-terminated
} orderstore_verify_report;

// Looks at every byte of the store in `folder`, changes nothing, and works
// beside a process that has it open to write. With `replay` 1 it also loads the
// snapshots and repeats the log, which takes the memory of an open store and
// the time of some openings; with 0 it looks at bytes and checksums only. Gives
// the report, and then each finding to `on_finding`, which may be NULL.
// `report_size` is sizeof *report; INVALID_ARGUMENT: that is too small, and
// nothing was looked at. Damage is no error: it is what the report is for.
//
//   NOT_FOUND            there is no such folder, or nothing of a store in it
//   UNKNOWN_FORMAT, SCHEMA_MISMATCH
//                        a file has a format or schema revision that is not
//                        known here
//   UNAVAILABLE          the writer was too fast: files went while they were
//                        read, again and again; or an input error of the disk
//   PERMISSION_DENIED, RESOURCE_EXHAUSTED, INVALID_ARGUMENT
//                        from the file system, or no memory
ORDERSTORE_EXPORT orderstore_code orderstore_verify(
    const char* folder, int32_t replay, orderstore_finding_fn on_finding,
    void* context, orderstore_verify_report* report, size_t report_size);

// ---- Salvaging -------------------------------------------------------------

// What orderstore_salvage saved.
typedef struct orderstore_salvage_report {
  uint64_t lsn;              // of the state that was saved
  orderstore_counts counts;  // as of `lsn`
  uint64_t snapshot_lsn;     // the snapshot it comes from; 0: the empty store
  uint64_t newest_lsn;       // the newest LSN that any file tells of
  int64_t problems;
  uint8_t is_whole;         // 1: everything was saved, as far as the files tell
  char store_uuid[38];      // of the damaged store; 36 characters
  char new_store_uuid[38];  // of what was saved: a store of its own
} orderstore_salvage_report;

// Saves the newest state that is proven of the store in `folder` into
// `new_folder`, which must be missing or empty; its parent must exist. Changes
// nothing in the old folder, and takes no lock there: close the store first.
// `cancel` may be NULL. Gives the report, and then problems and what is lost to
// `on_finding`, which may be NULL. `report_size` is sizeof *report;
// INVALID_ARGUMENT: that is too small, and nothing was done.
// O(snapshots * (rows + log)), and the memory of one open store.
//
// Errors, after which `new_folder` is as it was, or cannot be opened:
//   CANCELLED            `cancel` was requested
//   DATA_LOSS            nothing is proven
//   NOT_FOUND            there is no such folder, or nothing of a store in it
//   ALREADY_EXISTS       `new_folder` has files
//   UNKNOWN_FORMAT, SCHEMA_MISMATCH
//                        a file has a format or schema revision that is not
//                        known here
//   PERMISSION_DENIED, RESOURCE_EXHAUSTED, INVALID_ARGUMENT, UNAVAILABLE
//                        from the file system, or no memory
ORDERSTORE_EXPORT orderstore_code orderstore_salvage(
    const char* folder, const char* new_folder,
    const orderstore_cancel_t* cancel, orderstore_finding_fn on_finding,
    void* context, orderstore_salvage_report* report, size_t report_size);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_VERIFY_H_
