// Sizes, memory and durability of an open store, for monitoring; and the check
// of its rows against everything that is computed from them.
//
//   orderstore_stats stats;
//   code = orderstore_get_stats(store, &stats, sizeof stats);
//
// Thread-safety: all functions may be called from any thread at any time.

#ifndef ORDERSTORE_C_STATS_H_
#define ORDERSTORE_C_STATS_H_

#include <stddef.h>
#include <stdint.h>

#include "orderstore/c/code.h"
#include "orderstore/c/records.h"
#include "orderstore/c/store.h"
#include "orderstore/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// Memory of one table, in bytes. Memory that deleted rows gave back and new
// rows will take again is counted in none of them.
typedef struct orderstore_table_memory {
  int64_t row_bytes;           // row slots, with the text that fits
  int64_t id_directory_bytes;  // id -> row
  int64_t hash_index_bytes;    // email or barcode value -> row
  int64_t child_index_bytes;   // rows that refer to this table's rows
} orderstore_table_memory;

// Every figure is current when it is read; figures of one report may be some
// commits apart.
typedef struct orderstore_stats {
  uint64_t lsn;              // of the newest commit
  orderstore_counts counts;  // as of `lsn`

  orderstore_table_memory customers;
  orderstore_table_memory orders;
  orderstore_table_memory barcodes;
  int64_t long_text_bytes;  // text that did not fit into its slot
  int64_t unassigned_index_bytes;
  int64_t ranking_bytes;
  int64_t version_bytes;     // old versions of rows that a view may still see
  int64_t memory_bytes;      // the sum of all bytes above
  int64_t memory_bytes_max;  // the option; 0: no limit

  // In a store without a folder, all is durable at once.
  uint64_t durable_lsn;  // no crash takes back what is up to it
  // What a crash now could lose: commits, their bytes in the log, and how long
  // ago the oldest was made.
  int64_t unsynced_transactions;
  int64_t unsynced_bytes;
  int64_t unsynced_age_us;
  int64_t log_bytes;      // written since the store was opened
  uint64_t snapshot_lsn;  // of the newest snapshot; 0: there is none

  int64_t versions;  // old versions of rows held
  int64_t read_views_open;
  uint64_t oldest_read_view_lsn;  // `lsn` when no view is open
} orderstore_stats;

// Gives the figures; never waits for another thread. `stats_size` is
// sizeof *stats. INVALID_ARGUMENT: that is too small.
ORDERSTORE_EXPORT orderstore_code orderstore_get_stats(
    const orderstore_t* store, orderstore_stats* stats, size_t stats_size);

// Recomputes every index, count, digest and ranking from the rows and compares.
// Waits for the open transaction and holds up later ones meanwhile. O(rows).
//
//   DATA_LOSS            they differ; the message names the first difference
//   FAILED_PRECONDITION  this thread has an open transaction
//   DEADLINE_EXCEEDED    another one was open until the time was over
ORDERSTORE_EXPORT orderstore_code orderstore_check(const orderstore_t* store,
                                                   int64_t timeout_ms);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ORDERSTORE_C_STATS_H_
