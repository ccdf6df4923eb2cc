// What Store::Stats() reports: sizes, memory and durability, for monitoring.
// Every figure is current when it is read; figures of one report may be some
// commits apart. orderstore/prometheus.h writes them for Prometheus.

#ifndef ORDERSTORE_STATS_H_
#define ORDERSTORE_STATS_H_

#include <chrono>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "orderstore/ids.h"
#include "orderstore/records.h"
#include "orderstore/sync_times.h"

namespace orderstore {

// Memory of one table, in bytes. Memory that deleted rows gave back and new
// rows will take again is counted in none of them.
struct TableMemory {
  int64_t row_bytes = 0;           // row slots, with the text that fits
  int64_t id_directory_bytes = 0;  // id -> row
  int64_t hash_index_bytes = 0;    // email or barcode value -> row
  int64_t child_index_bytes = 0;   // rows that refer to this table's rows

  // All of it.
  int64_t total() const {
    return row_bytes + id_directory_bytes + hash_index_bytes +
           child_index_bytes;
  }
};

// Figures of a store. Of all its rows, where no table is named.
struct StoreStats {
  Lsn lsn = 0;    // of the newest commit
  Counts counts;  // as of `lsn`

  TableMemory customers;
  TableMemory orders;
  TableMemory barcodes;
  int64_t long_text_bytes = 0;  // text that did not fit into its slot
  int64_t unassigned_index_bytes = 0;
  int64_t ranking_bytes = 0;
  int64_t version_bytes = 0;  // old versions of rows that a view may still see
  int64_t memory_bytes = 0;   // the sum of all bytes above
  int64_t memory_bytes_max = 0;  // Options::memory_bytes_max

  // ---- Durability. In a store without a log, all is durable at once. ----
  // The store is open to write in a folder. Without, as in memory or to read
  // only, the figures of the log and of what was written stay as they are here.
  bool has_log = false;
  // OK, or why nothing can be committed any more (Unavailable): the log has
  // failed, or the store was closed.
  absl::Status log_status;
  Lsn durable_lsn = 0;  // no crash takes back what is up to it
  // What a crash now could lose: commits, their bytes in the log, and how long
  // ago the oldest was made.
  int64_t unsynced_transactions = 0;
  int64_t unsynced_bytes = 0;
  std::chrono::microseconds unsynced_age{0};
  int64_t log_bytes = 0;  // written since the store was opened
  SyncTimes sync_times;   // of the writes that made commits durable since then

  // ---- Snapshots ----
  Lsn snapshot_lsn = 0;  // of the newest; 0: there is none
  // How long ago the newest was written, by this process or one before. None:
  // there is no snapshot, or its file does not tell its time.
  std::optional<std::chrono::microseconds> snapshot_age;
  // How long the last one took that was written since the store was opened.
  // None: none was.
  std::optional<std::chrono::microseconds> snapshot_duration;
  bool snapshot_being_written = false;
  // What became of the last one that was tried since the store was opened, and
  // of the older files that it replaced, also in the background, where nobody
  // else hears of it; OK before the first.
  absl::Status snapshot_status;

  // ---- Read views ----
  int64_t versions = 0;  // old versions of rows held
  int64_t read_views_open = 0;
  Lsn oldest_read_view_lsn = 0;  // `lsn` when no view is open
  // How far behind the oldest open view is: how long ago the first transaction
  // ended that it does not see, committed, or aborted after it had changed
  // something. 0 if no view is open, or the oldest shows the newest state. For
  // so long, versions of rows that change are kept for that view. It is not how
  // long the view has been open, which costs nothing while nothing changes. To
  // some milliseconds.
  std::chrono::microseconds oldest_read_view_lag{0};
};

}  // namespace orderstore

#endif  // ORDERSTORE_STATS_H_
