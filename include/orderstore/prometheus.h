// The figures of a store as Prometheus reads them: its text exposition format,
// version 0.0.4.
//
// A program that serves them, with whichever HTTP server it has:
//
//   server.Get("/metrics", [&](const Request&, Response& response) {
//     response.set_content(
//         PrometheusText(store->Stats(), store->open_report()),
//         std::string(kPrometheusContentType));
//   });
//
// Nothing in it waits for a transaction, so it may be asked for at any time.
//
// All names begin with `orderstore_`; times are seconds, sizes bytes; what only
// grows, and begins anew with each opening, ends with `_total`. What there is:
//
//   committed_lsn, durable_lsn
//   rows{table}, unassigned_barcodes, unused_barcodes
//   memory_bytes{table,part}, which add up to all; memory_limit_bytes
//   versions, read_views_open, oldest_read_view_lsn,
//   oldest_read_view_lag_seconds
//   snapshot_lsn, snapshot_age_seconds
//   open_...  what opening the store found and did (orderstore/open_report.h)
//
// and where the store is open to write in a folder (StoreStats::has_log)
//
//   log_ok, unsynced_transactions, unsynced_bytes, unsynced_age_seconds,
//   log_written_bytes_total
//   log_sync_seconds, a histogram: its _count is the number of writes that made
//   commits durable
//   snapshot_ok, snapshot_being_written, snapshot_duration_seconds
//
// A family is left out while its figure is not known: snapshot_age_seconds and
// snapshot_duration_seconds. Each has a HELP line that says what it is.
//
// To alarm somebody: log_ok or snapshot_ok is 0; unsynced_age_seconds stays
// above what was promised; oldest_read_view_lag_seconds grows, as where a read
// view was forgotten; open_bad_snapshots is not 0.
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_PROMETHEUS_H_
#define ORDERSTORE_PROMETHEUS_H_

#include <string>
#include <string_view>

#include "orderstore/export.h"
#include "orderstore/open_report.h"
#include "orderstore/stats.h"

namespace orderstore {

// The Content-Type of an answer that has the text.
inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

// The figures of one store, of which Store::Stats() and Store::open_report()
// tell. With `store`, which is valid UTF-8, every sample has the label
// `store="..."`: for a machine with several, each served under a path of its
// own, or written to a file of its own for node_exporter's textfile collector.
// Two texts put together are none: a family's lines must be in one place. O(1).
ORDERSTORE_EXPORT std::string PrometheusText(const StoreStats& stats,
                                             const OpenReport& report,
                                             std::string_view store = {});

}  // namespace orderstore

#endif  // ORDERSTORE_PROMETHEUS_H_
