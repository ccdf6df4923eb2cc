#include "shell/figures.h"

#include <chrono>

#include "orderstore/stats.h"

namespace orderstore::shell {

namespace {

int64_t Number(Lsn lsn) { return static_cast<int64_t>(lsn); }

int64_t Number(std::chrono::nanoseconds time) {
  return time / std::chrono::microseconds(1);
}

// What is known of a store that is open to write in a folder.
void AddWriting(const StoreStats& stats, std::vector<Figure>& figures) {
  figures.insert(
      figures.end(),
      {{"log_ok", stats.log_status.ok() ? 1 : 0},
       {"log_syncs", stats.sync_times.count()},
       {"log_sync_microseconds", Number(stats.sync_times.sum)},
       {"snapshot_ok", stats.snapshot_status.ok() ? 1 : 0},
       {"snapshot_being_written", stats.snapshot_being_written ? 1 : 0}});
  if (!stats.snapshot_duration) return;
  figures.push_back(
      {"snapshot_duration_microseconds", Number(*stats.snapshot_duration)});
}

}  // namespace

std::vector<Figure> FiguresOf(const Store& store) {
  const StoreStats stats = store.Stats();
  std::vector<Figure> figures = {
      {"lsn", Number(stats.lsn)},
      {"durable_lsn", Number(store.durable_lsn())},
      {"customers", stats.counts.customers},
      {"orders", stats.counts.orders},
      {"barcodes", stats.counts.barcodes},
      {"unassigned_barcodes", stats.counts.unassigned_barcodes},
      {"unused_barcodes", stats.counts.unused_barcodes},
      {"customers_row_bytes", stats.customers.row_bytes},
      {"customers_id_directory_bytes", stats.customers.id_directory_bytes},
      {"customers_hash_index_bytes", stats.customers.hash_index_bytes},
      {"customers_child_index_bytes", stats.customers.child_index_bytes},
      {"orders_row_bytes", stats.orders.row_bytes},
      {"orders_id_directory_bytes", stats.orders.id_directory_bytes},
      {"orders_hash_index_bytes", stats.orders.hash_index_bytes},
      {"orders_child_index_bytes", stats.orders.child_index_bytes},
      {"barcodes_row_bytes", stats.barcodes.row_bytes},
      {"barcodes_id_directory_bytes", stats.barcodes.id_directory_bytes},
      {"barcodes_hash_index_bytes", stats.barcodes.hash_index_bytes},
      {"barcodes_child_index_bytes", stats.barcodes.child_index_bytes},
      {"long_text_bytes", stats.long_text_bytes},
      {"unassigned_index_bytes", stats.unassigned_index_bytes},
      {"ranking_bytes", stats.ranking_bytes},
      {"version_bytes", stats.version_bytes},
      {"memory_bytes", stats.memory_bytes},
      {"memory_bytes_max", stats.memory_bytes_max},
      {"versions", stats.versions},
      {"read_views_open", stats.read_views_open},
      {"oldest_read_view_lsn", Number(stats.oldest_read_view_lsn)},
      {"oldest_read_view_lag_microseconds", Number(stats.oldest_read_view_lag)},
      {"unsynced_transactions", stats.unsynced_transactions},
      {"unsynced_bytes", stats.unsynced_bytes},
      {"unsynced_microseconds", Number(stats.unsynced_age)},
      {"log_bytes", stats.log_bytes},
      {"snapshot_lsn", Number(stats.snapshot_lsn)},
  };
  if (stats.snapshot_age) {
    figures.push_back(
        {"snapshot_age_microseconds", Number(*stats.snapshot_age)});
  }
  if (stats.has_log) AddWriting(stats, figures);
  return figures;
}

}  // namespace orderstore::shell
