#include "shell/figures.h"

#include "orderstore/stats.h"

namespace orderstore::shell {

namespace {

int64_t Number(Lsn lsn) { return static_cast<int64_t>(lsn); }

}  // namespace

std::vector<Figure> FiguresOf(const Store& store) {
  const StoreStats stats = store.Stats();
  return {
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
      {"unsynced_transactions", stats.unsynced_transactions},
      {"unsynced_bytes", stats.unsynced_bytes},
      {"unsynced_microseconds", stats.unsynced_age.count()},
      {"log_bytes", stats.log_bytes},
      {"snapshot_lsn", Number(stats.snapshot_lsn)},
  };
}

}  // namespace orderstore::shell
