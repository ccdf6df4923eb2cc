// Sizes, memory and durability of an open store, for monitoring, also as
// Prometheus reads them; and the check of its rows against everything that is
// computed from them.
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

// How many buckets a histogram of the log's writes has.
#define ORDERSTORE_SYNC_TIME_BUCKETS 20

// How long the writes of the log took that made commits durable.
typedef struct orderstore_sync_times {
  // Writes that took at most 10, 20, 50, 100, 200, 500 us and so on up to 10 s,
  // and longer than the bound before; the last bucket has what took longer.
  int64_t counts[ORDERSTORE_SYNC_TIME_BUCKETS];
  int64_t sum_us;  // of all writes
} orderstore_sync_times;

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
  int64_t log_bytes;                 // written since the store was opened
  orderstore_sync_times sync_times;  // since then

  uint64_t snapshot_lsn;         // of the newest snapshot; 0: there is none
  int64_t snapshot_age_us;       // how long ago it was written
  int64_t snapshot_duration_us;  // how long the last one took

  int64_t versions;  // old versions of rows held
  int64_t read_views_open;
  uint64_t oldest_read_view_lsn;  // `lsn` when no view is open
  // How long ago the first transaction ended that the oldest open view does not
  // see, committed, or aborted after it had changed something; 0: there is
  // none. For so long, versions of rows that change are kept for that view.
  int64_t oldest_read_view_lag_us;

  // 1: the store is open to write in a folder. 0: the figures of the log, and
  // of what was written, are zeros.
  uint8_t has_log;
  uint8_t has_snapshot_age;       // 0: there is none, or its file does not tell
  uint8_t has_snapshot_duration;  // 0: none was written since the opening
  uint8_t snapshot_being_written;  // 1: now
} orderstore_stats;

// Gives the figures; never waits for another thread. `stats_size` is
// sizeof *stats. INVALID_ARGUMENT: that is too small.
ORDERSTORE_EXPORT orderstore_code orderstore_get_stats(
    const orderstore_t* store, orderstore_stats* stats, size_t stats_size);

// The Content-Type of an answer that has the text below.
#define ORDERSTORE_PROMETHEUS_CONTENT_TYPE \
  "text/plain; version=0.0.4; charset=utf-8"

// Writes the figures, and what opening the store found, to `text`,
// NUL-terminated, in Prometheus' text exposition format, version 0.0.4;
// orderstore/prometheus.h says what there is. `size` is how long it is, without
// the NUL. With `store_name`, UTF-8, which may be NULL, every sample has the
// label store="NAME". Never waits for another thread.
//
// OUT_OF_RANGE: `text` has room for `capacity` bytes, which are not more than
// `size`; it is as it was. 16 KiB are enough, but for a long name. `text` may
// be NULL if `capacity` is 0.
ORDERSTORE_EXPORT orderstore_code
orderstore_prometheus_text(const orderstore_t* store, const char* store_name,
                           char* text, size_t capacity, size_t* size);

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
