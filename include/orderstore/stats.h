// What Store::Stats() reports: sizes, memory and durability, for monitoring.
// Every figure is current when it is read; figures of one report may be some
// commits apart.

#ifndef ORDERSTORE_STATS_H_
#define ORDERSTORE_STATS_H_

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "orderstore/ids.h"
#include "orderstore/records.h"

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

  // ---- Durability. In a store without a folder, all is durable at once. ----
  Lsn durable_lsn = 0;  // no crash takes back what is up to it
  // What a crash now could lose: commits, their bytes in the log, and how long
  // ago the oldest was made.
  int64_t unsynced_transactions = 0;
  int64_t unsynced_bytes = 0;
  std::chrono::microseconds unsynced_age{0};
  int64_t log_bytes = 0;  // written since the store was opened
  Lsn snapshot_lsn = 0;   // of the newest snapshot; 0: there is none
  // What became of the last one that was tried since the store was opened, and
  // of the older files that it replaced, also in the background, where nobody
  // else hears of it; OK before the first.
  absl::Status snapshot_status;

  int64_t versions = 0;  // old versions of rows held
  int64_t read_views_open = 0;
  Lsn oldest_read_view_lsn = 0;  // `lsn` when no view is open
};

}  // namespace orderstore

#endif  // ORDERSTORE_STATS_H_
