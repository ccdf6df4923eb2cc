// Sizes and memory, and the check of the rows.

#include "orderstore/c/stats.h"

#include <cstddef>
#include <cstdint>

#include "capi/code.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/rows.h"
#include "orderstore/stats.h"
#include "orderstore/store.h"

namespace orderstore::capi {
namespace {

static_assert(sizeof(orderstore_table_memory) == 32);
static_assert(sizeof(orderstore_stats) == 264);

orderstore_table_memory MemoryOf(const TableMemory& memory) {
  return {memory.row_bytes, memory.id_directory_bytes, memory.hash_index_bytes,
          memory.child_index_bytes};
}

orderstore_stats FiguresOf(const StoreStats& stats) {
  orderstore_stats result = {};
  result.lsn = stats.lsn;
  result.counts = ToC(stats.counts);
  result.customers = MemoryOf(stats.customers);
  result.orders = MemoryOf(stats.orders);
  result.barcodes = MemoryOf(stats.barcodes);
  result.long_text_bytes = stats.long_text_bytes;
  result.unassigned_index_bytes = stats.unassigned_index_bytes;
  result.ranking_bytes = stats.ranking_bytes;
  result.version_bytes = stats.version_bytes;
  result.memory_bytes = stats.memory_bytes;
  result.memory_bytes_max = stats.memory_bytes_max;
  result.durable_lsn = stats.durable_lsn;
  result.unsynced_transactions = stats.unsynced_transactions;
  result.unsynced_bytes = stats.unsynced_bytes;
  result.unsynced_age_us = stats.unsynced_age.count();
  result.log_bytes = stats.log_bytes;
  result.snapshot_lsn = stats.snapshot_lsn;
  result.versions = stats.versions;
  result.read_views_open = stats.read_views_open;
  result.oldest_read_view_lsn = stats.oldest_read_view_lsn;
  return result;
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;

orderstore_code orderstore_get_stats(const orderstore_t* store,
                                     orderstore_stats* stats,
                                     size_t stats_size) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (stats == nullptr) return capi::IsNull("stats");
    const orderstore_code code =
        capi::CheckReportSize<orderstore_stats>(stats_size);
    if (code != ORDERSTORE_OK) return code;
    capi::GiveReport(capi::FiguresOf(store->store->Stats()), stats, stats_size);
    return capi::Succeed();
  });
}

orderstore_code orderstore_check(const orderstore_t* store,
                                 int64_t timeout_ms) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::End(store->store->Check(capi::ToDeadline(timeout_ms)));
  });
}
