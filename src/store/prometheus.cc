#include "orderstore/prometheus.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "orderstore/sync_times.h"

namespace orderstore {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

struct Label {
  std::string_view name;
  std::string_view value;
};

std::string EscapedLabel(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\\' || c == '"') {
      escaped += '\\';
      escaped += c;
    } else if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Flag(bool value) { return value ? "1" : "0"; }

// All its digits, whatever the locale.
std::string Seconds(nanoseconds time) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t ns = std::max<int64_t>(time.count(), 0);
  std::string text = std::to_string(ns / kSecond);
  std::string fraction = std::to_string(kSecond + ns % kSecond).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += "." + fraction;
  return text;
}

// To microseconds.
std::string RoundedSeconds(std::chrono::duration<double> time) {
  return Seconds(duration_cast<microseconds>(time));
}

// The text as it grows, family by family.
class Exposition {
 public:
  explicit Exposition(std::string_view store) : store_(store) {}

  // Begins a family. `help` has no backslash and no line end.
  void Begin(std::string_view name, std::string_view type,
             std::string_view help) {
    family_ = "orderstore_";
    family_ += name;
    AddComment("HELP", help);
    AddComment("TYPE", type);
  }
  // A sample of the family.
  void Add(const std::string& value, std::initializer_list<Label> labels = {},
           std::string_view suffix = {}) {
    text_ += family_;
    text_ += suffix;
    char before = '{';
    if (!store_.empty()) AddLabel({"store", store_}, before);
    for (const Label& label : labels) AddLabel(label, before);
    if (before == ',') text_ += '}';
    text_ += ' ';
    text_ += value;
    text_ += '\n';
  }
  // A family of one sample.
  void AddGauge(std::string_view name, std::string_view help,
                const std::string& value) {
    Begin(name, "gauge", help);
    Add(value);
  }

  std::string Take() { return std::move(text_); }

 private:
  void AddComment(std::string_view keyword, std::string_view what) {
    text_ += "# ";
    text_ += keyword;
    text_ += ' ';
    text_ += family_;
    text_ += ' ';
    text_ += what;
    text_ += '\n';
  }
  void AddLabel(const Label& label, char& before) {
    text_ += before;
    before = ',';
    text_ += label.name;
    text_ += "=\"";
    text_ += EscapedLabel(label.value);
    text_ += '"';
  }

  const std::string_view store_;
  std::string family_;
  std::string text_;
};

void AddState(const StoreStats& stats, Exposition& out) {
  out.AddGauge("committed_lsn",
               "Log sequence number (LSN) of the newest commit: one for each "
               "committed transaction that changed something.",
               std::to_string(stats.lsn));
  out.AddGauge("durable_lsn", "LSN up to which no crash takes commits back.",
               std::to_string(stats.durable_lsn));
  out.Begin("rows", "gauge", "Rows of each table.");
  out.Add(std::to_string(stats.counts.customers), {{"table", "customers"}});
  out.Add(std::to_string(stats.counts.orders), {{"table", "orders"}});
  out.Add(std::to_string(stats.counts.barcodes), {{"table", "barcodes"}});
  out.AddGauge("unassigned_barcodes",
               "Barcodes without an order: not sold yet.",
               std::to_string(stats.counts.unassigned_barcodes));
  out.AddGauge("unused_barcodes", "Barcodes that were not redeemed.",
               std::to_string(stats.counts.unused_barcodes));
}

void AddTableMemory(std::string_view table, const TableMemory& memory,
                    Exposition& out) {
  const auto add = [&](std::string_view part, int64_t bytes) {
    out.Add(std::to_string(bytes), {{"table", table}, {"part", part}});
  };
  add("rows", memory.row_bytes);
  add("id_directory", memory.id_directory_bytes);
  add("hash_index", memory.hash_index_bytes);
  add("child_index", memory.child_index_bytes);
}

void AddMemory(const StoreStats& stats, Exposition& out) {
  out.Begin("memory_bytes", "gauge",
            "Memory of rows, indexes and old versions of rows, by table and "
            "part; parts without a table are of several.");
  AddTableMemory("customers", stats.customers, out);
  AddTableMemory("orders", stats.orders, out);
  AddTableMemory("barcodes", stats.barcodes, out);
  const auto add = [&](std::string_view part, int64_t bytes) {
    out.Add(std::to_string(bytes), {{"part", part}});
  };
  add("long_text", stats.long_text_bytes);
  add("unassigned_index", stats.unassigned_index_bytes);
  add("ranking", stats.ranking_bytes);
  add("versions", stats.version_bytes);
  out.AddGauge("memory_limit_bytes",
               "Memory that inserts and updates do not pass; 0: no limit.",
               std::to_string(stats.memory_bytes_max));
}

void AddViews(const StoreStats& stats, Exposition& out) {
  out.AddGauge("versions",
               "Old versions of rows that are held, mostly for read views.",
               std::to_string(stats.versions));
  out.AddGauge("read_views_open", "Read views that are open.",
               std::to_string(stats.read_views_open));
  out.AddGauge("oldest_read_view_lsn",
               "LSN that the oldest open read view shows; the newest if none "
               "is open.",
               std::to_string(stats.oldest_read_view_lsn));
  out.AddGauge("oldest_read_view_lag_seconds",
               "How long ago the first transaction ended that the oldest open "
               "read view does not see; 0 if there is none.",
               Seconds(stats.oldest_read_view_lag));
}

void AddSyncTimes(const SyncTimes& times, Exposition& out) {
  out.Begin("log_sync_seconds", "histogram",
            "How long the writes of the log took that made commits durable, "
            "since the store was opened.");
  int64_t count = 0;
  for (size_t i = 0; i < SyncTimes::kBoundsUs.size(); ++i) {
    count += times.counts[i];
    const std::string bound = Seconds(microseconds(SyncTimes::kBoundsUs[i]));
    out.Add(std::to_string(count), {{"le", bound}}, "_bucket");
  }
  const std::string all = std::to_string(count + times.counts.back());
  out.Add(all, {{"le", "+Inf"}}, "_bucket");
  out.Add(Seconds(times.sum), {}, "_sum");
  out.Add(all, {}, "_count");
}

void AddLog(const StoreStats& stats, Exposition& out) {
  if (!stats.has_log) return;
  out.AddGauge("log_ok",
               "1, or 0 once nothing can be committed any more: the log has "
               "failed, or the store was closed.",
               Flag(stats.log_status.ok()));
  out.AddGauge("unsynced_transactions", "Commits that a crash now could lose.",
               std::to_string(stats.unsynced_transactions));
  out.AddGauge("unsynced_bytes",
               "Bytes, in the log, of commits that a crash now could lose.",
               std::to_string(stats.unsynced_bytes));
  out.AddGauge("unsynced_age_seconds",
               "Age of the oldest commit that a crash now could lose; 0 if "
               "there is none.",
               Seconds(stats.unsynced_age));
  out.Begin("log_written_bytes_total", "counter",
            "Bytes written to the log since the store was opened.");
  out.Add(std::to_string(stats.log_bytes));
  AddSyncTimes(stats.sync_times, out);
}

void AddSnapshots(const StoreStats& stats, Exposition& out) {
  out.AddGauge("snapshot_lsn", "LSN of the newest snapshot; 0: there is none.",
               std::to_string(stats.snapshot_lsn));
  if (stats.snapshot_age) {
    out.AddGauge("snapshot_age_seconds",
                 "How long ago the newest snapshot was written.",
                 Seconds(*stats.snapshot_age));
  }
  if (!stats.has_log) return;
  out.AddGauge("snapshot_ok",
               "1, or 0 if the last snapshot that was tried since the store "
               "was opened failed, or older files could not be removed.",
               Flag(stats.snapshot_status.ok()));
  out.AddGauge("snapshot_being_written",
               "1 while a snapshot is being written, else 0.",
               Flag(stats.snapshot_being_written));
  if (stats.snapshot_duration) {
    out.AddGauge("snapshot_duration_seconds",
                 "How long the last snapshot took that was written since the "
                 "store was opened.",
                 Seconds(*stats.snapshot_duration));
  }
}

void AddOpening(const OpenReport& report, Exposition& out) {
  out.AddGauge("open_created", "1 if opening the store made it, else 0.",
               Flag(report.created));
  out.AddGauge("open_closed_cleanly",
               "0 if opening found that the session before had not closed the "
               "store, else 1.",
               Flag(report.closed_cleanly));
  out.AddGauge("open_lsn", "LSN that opening the store found.",
               std::to_string(report.lsn));
  out.AddGauge("open_snapshot_lsn",
               "LSN of the snapshot that opening the store loaded; 0: none.",
               std::to_string(report.snapshot_lsn));
  out.AddGauge("open_replayed_transactions",
               "Transactions that opening the store replayed from the log.",
               std::to_string(report.replayed));
  out.AddGauge("open_bad_snapshots",
               "Damaged snapshots that opening the store passed over.",
               std::to_string(report.bad_snapshots.size()));
  out.Begin("open_incomplete_bytes", "gauge",
            "Bytes that a crash had left of a torn write, and of a transaction "
            "that was written in part; nobody was told of it as committed.");
  out.Add(std::to_string(report.torn_bytes), {{"kind", "torn"}});
  out.Add(std::to_string(report.unfinished_bytes), {{"kind", "unfinished"}});
  out.AddGauge("open_removed_files",
               "Temporary files that opening the store removed.",
               std::to_string(report.removed_files));
  out.AddGauge("open_seconds", "How long opening the store took.",
               RoundedSeconds(report.total_seconds));
  out.Begin("open_phase_seconds", "gauge",
            "How long parts of opening the store took.");
  out.Add(RoundedSeconds(report.snapshot_seconds), {{"phase", "snapshot"}});
  out.Add(RoundedSeconds(report.replay_seconds), {{"phase", "replay"}});
}

}  // namespace

std::string PrometheusText(const StoreStats& stats, const OpenReport& report,
                           std::string_view store) {
  Exposition out(store);
  AddState(stats, out);
  AddMemory(stats, out);
  AddViews(stats, out);
  AddLog(stats, out);
  AddSnapshots(stats, out);
  AddOpening(report, out);
  return out.Take();
}

}  // namespace orderstore
