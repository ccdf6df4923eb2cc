// Sizes and memory, also for Prometheus, and the check of the rows.

#include "orderstore/c/stats.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/rows.h"
#include "orderstore/prometheus.h"
#include "orderstore/stats.h"
#include "orderstore/store.h"
#include "orderstore/sync_times.h"

namespace orderstore::capi {
namespace {

static_assert(sizeof(orderstore_table_memory) == 32);
static_assert(sizeof(orderstore_sync_times) == 168);
static_assert(sizeof(orderstore_stats) == 464);
static_assert(SyncTimes::kBoundsUs.size() + 1 == ORDERSTORE_SYNC_TIME_BUCKETS);
static_assert(kPrometheusContentType == ORDERSTORE_PROMETHEUS_CONTENT_TYPE);

orderstore_table_memory MemoryOf(const TableMemory& memory) {
  return {memory.row_bytes, memory.id_directory_bytes, memory.hash_index_bytes,
          memory.child_index_bytes};
}

orderstore_sync_times TimesOf(const SyncTimes& times) {
  orderstore_sync_times result = {};
  std::copy(times.counts.begin(), times.counts.end(), result.counts);
  result.sum_us = times.sum / std::chrono::microseconds(1);
  return result;
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
  result.sync_times = TimesOf(stats.sync_times);
  result.snapshot_lsn = stats.snapshot_lsn;
  if (stats.snapshot_age) {
    result.snapshot_age_us = stats.snapshot_age->count();
    result.has_snapshot_age = 1;
  }
  if (stats.snapshot_duration) {
    result.snapshot_duration_us = stats.snapshot_duration->count();
    result.has_snapshot_duration = 1;
  }
  result.versions = stats.versions;
  result.read_views_open = stats.read_views_open;
  result.oldest_read_view_lsn = stats.oldest_read_view_lsn;
  result.oldest_read_view_lag_us = stats.oldest_read_view_lag.count();
  result.has_log = static_cast<uint8_t>(stats.has_log);
  result.snapshot_being_written =
      static_cast<uint8_t>(stats.snapshot_being_written);
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

orderstore_code orderstore_prometheus_text(const orderstore_t* store,
                                           const char* store_name, char* text,
                                           size_t capacity, size_t* size) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (text == nullptr && capacity > 0) return capi::IsNull("text");
    if (size == nullptr) return capi::IsNull("size");
    const std::string written = orderstore::PrometheusText(
        store->store->Stats(), store->store->open_report(),
        store_name == nullptr ? "" : store_name);
    *size = written.size();
    if (written.size() >= capacity) {
      return capi::Fail(absl::OutOfRangeError(
          absl::StrCat("the text has ", written.size(),
                       " bytes and a NUL, and there is room for ", capacity)));
    }
    std::memcpy(text, written.c_str(), written.size() + 1);
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
