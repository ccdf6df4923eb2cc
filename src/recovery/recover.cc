#include "recovery/recover.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "orderstore/records.h"
#include "recovery/identity.h"
#include "recovery/load_snapshot.h"
#include "recovery/replay.h"
#include "recovery/snapshot_files.h"
#include "snapshot/snapshot.h"
#include "wal/frame.h"

namespace orderstore::recovery {
namespace {

class Stopwatch {
 public:
  std::chrono::duration<double> elapsed() const {
    return std::chrono::steady_clock::now() - began_;
  }

 private:
  std::chrono::steady_clock::time_point began_ =
      std::chrono::steady_clock::now();
};

// When the file was written; none: it does not tell, or is gone.
std::optional<Timestamp> WrittenAt(const io::Folder& folder,
                                   const std::string& name) {
  const absl::StatusOr<io::File> file = folder.OpenToRead(name);
  if (!file.ok()) return std::nullopt;
  const absl::StatusOr<int64_t> time = file->ModifiedTime();
  if (!time.ok()) return std::nullopt;
  return Timestamp(std::chrono::microseconds(*time));
}

// A new engine, with the snapshot's rows if there is a name.
absl::StatusOr<Recovered> RecoverFile(const io::Folder& folder,
                                      const std::optional<std::string>& name,
                                      const std::optional<io::Uuid>& store,
                                      const Options& options) {
  const Stopwatch load;
  absl::StatusOr<std::unique_ptr<txn::Engine>> engine =
      LoadEngine(folder, name, store, options);
  if (!engine.ok()) return engine.status();
  Recovered recovered;
  recovered.engine = *std::move(engine);
  if (!name) return recovered;
  recovered.report.snapshot_lsn = recovered.engine->latest_lsn();
  recovered.report.snapshot_time = WrittenAt(folder, *name);
  recovered.report.snapshot_seconds = load.elapsed();
  return recovered;
}

// From the snapshot of `lsn`, or from nothing if that is 0.
absl::StatusOr<Recovered> RecoverFrom(Lsn lsn, const io::Folder& folder,
                                      const io::Uuid& store,
                                      const Options& options) {
  return RecoverFile(
      folder,
      lsn > 0 ? std::optional(snapshot::SnapshotName(lsn)) : std::nullopt,
      store, options);
}

void ReportState(Recovered& recovered) {
  recovered.report.lsn = recovered.engine->latest_lsn();
  recovered.report.counts = recovered.engine->tables().states.latest().counts;
}

// OutOfRange: the log has lost its beginning, so that it is of use only with a
// snapshot.
absl::Status CheckLogIsWhole(const io::Folder& folder, const io::Uuid& store) {
  absl::StatusOr<std::vector<uint32_t>> segments =
      wal::LogReader::ListSegments(folder);
  if (!segments.ok()) return segments.status();
  if (segments->empty()) return absl::OkStatus();
  absl::StatusOr<wal::SegmentHeader> first =
      wal::LogReader::ReadHeader(folder, store, segments->front());
  if (!first.ok()) return wal::PutAtRisk(first.status(), 1);
  if (first->first_lsn == 1) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(
      folder.path(), ": the log begins with LSN ", first->first_lsn,
      ", and no snapshot of LSN ", first->first_lsn - 1,
      " or later is good; transactions from LSN 1 on are at risk"));
}

absl::Status ReplayLog(const io::Folder& folder, const io::Uuid& store,
                       Lsn limit, Recovered& recovered) {
  OpenReport& report = recovered.report;
  const Stopwatch replay;
  if (report.snapshot_lsn == 0) {
    absl::Status status = CheckLogIsWhole(folder, store);
    if (!status.ok()) return status;
  }
  absl::StatusOr<wal::LogReader> log =
      wal::LogReader::Open(folder, store, report.snapshot_lsn);
  if (!log.ok()) return log.status();
  absl::StatusOr<int64_t> replayed = Replay(*log, *recovered.engine, limit);
  if (!replayed.ok()) return replayed.status();
  if (recovered.engine->latest_lsn() < limit &&
      log->end().lsn < report.snapshot_lsn) {
    return absl::DataLossError(
        absl::StrCat(folder.path(), ": the log ends with LSN ", log->end().lsn,
                     ", and the snapshot is of LSN ", report.snapshot_lsn,
                     "; the transactions behind that are at risk"));
  }
  recovered.log_end = log->end();
  recovered.log_bytes = int64_t{log->end().segment - log->first_segment()} *
                            log->end().segment_bytes +
                        log->end().offset;
  report.replayed = *replayed;
  report.replay_seconds = replay.elapsed();
  // Up to a limit, the log was not read to its end.
  report.closed_cleanly = limit != kNoLimit || log->end().closed;
  report.torn_bytes = log->end().torn_bytes;
  report.unfinished_bytes = log->end().unfinished_bytes;
  // The snapshots before a migration have another.
  recovered.engine->SetSchema(log->schema());
  ReportState(recovered);
  return absl::OkStatus();
}

absl::Status TooOld(const io::Folder& folder, Lsn oldest, Lsn as_of) {
  return absl::OutOfRangeError(
      absl::StrCat(folder.path(), ": the files go back to LSN ", oldest,
                   ", and the store is to be read as of LSN ", as_of));
}

}  // namespace

absl::StatusOr<Recovered> Recover(const io::Folder& folder,
                                  const io::Uuid& store, const Options& options,
                                  std::optional<Lsn> as_of) {
  absl::StatusOr<std::vector<Lsn>> snapshots = ListSnapshots(folder);
  if (!snapshots.ok()) return snapshots.status();
  const Lsn limit = as_of.value_or(kNoLimit);
  const Lsn oldest = snapshots->empty() ? 0 : snapshots->back();
  std::erase_if(*snapshots, [&](Lsn lsn) { return lsn > limit; });
  snapshots->push_back(0);
  std::vector<std::string> bad;
  std::vector<Lsn> bad_lsns;
  for (const Lsn lsn : *snapshots) {
    absl::StatusOr<Recovered> recovered =
        RecoverFrom(lsn, folder, store, options);
    if (absl::IsDataLoss(recovered.status())) {
      bad.emplace_back(recovered.status().message());
      bad_lsns.push_back(lsn);
      continue;
    }
    if (!recovered.ok()) return recovered.status();
    absl::Status status = ReplayLog(folder, store, limit, *recovered);
    // The newest snapshot's trouble comes first: without it, all would be well.
    if (absl::IsOutOfRange(status)) {
      if (oldest > limit) return TooOld(folder, oldest, *as_of);
      return absl::DataLossError(
          bad.empty()
              ? std::string(status.message())
              : absl::StrCat(bad.front(), "; and no older snapshot serves: ",
                             std::string(status.message())));
    }
    if (!status.ok()) return status;
    // What was durable when a snapshot got its name is so now.
    if (!bad.empty() && recovered->report.lsn < bad_lsns.front()) {
      return absl::DataLossError(
          absl::StrCat(bad.front(), "; and what is older ends with LSN ",
                       recovered->report.lsn, "; transactions from LSN ",
                       recovered->report.lsn + 1, " to at least ",
                       bad_lsns.front(), " are at risk"));
    }
    recovered->report.bad_snapshots = std::move(bad);
    recovered->bad_snapshots = std::move(bad_lsns);
    return recovered;
  }
  return absl::DataLossError(bad.front());
}

absl::StatusOr<Recovered> RecoverSnapshot(const io::Folder& folder,
                                          const std::string& name,
                                          const Options& options) {
  absl::StatusOr<Recovered> recovered =
      RecoverFile(folder, name, std::nullopt, options);
  if (recovered.ok()) ReportState(*recovered);
  return recovered;
}

bool IsLeftover(std::string_view name) {
  if (!name.ends_with(snapshot::kTemporarySuffix)) return false;
  name.remove_suffix(snapshot::kTemporarySuffix.size());
  return name == kIdentityName || wal::SegmentNumber(name) ||
         snapshot::SnapshotLsn(name);
}

absl::StatusOr<std::vector<std::string>> FindLeftovers(
    const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names;
  std::erase_if(*names,
                [](const std::string& name) { return !IsLeftover(name); });
  return names;
}

}  // namespace orderstore::recovery
