#include "recovery/snapshot_files.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "snapshot/snapshot.h"
#include "wal/frame.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {
namespace {

// Removes the segments of the log that hold nothing after `lsn`, one after the
// other, the oldest first: what a crash leaves has no hole.
absl::Status PruneLog(const io::Folder& folder, const io::Uuid& store,
                      Lsn lsn) {
  absl::StatusOr<std::vector<uint32_t>> segments =
      wal::LogReader::ListSegments(folder);
  if (!segments.ok()) return segments.status();
  size_t needed = segments->size();
  for (; needed > 0; --needed) {
    absl::StatusOr<wal::SegmentHeader> header =
        wal::LogReader::ReadHeader(folder, store, (*segments)[needed - 1]);
    if (!header.ok()) return wal::PutAtRisk(header.status(), lsn + 1);
    // The record after `lsn` begins here, or later.
    if (header->first_lsn <= lsn) break;
  }
  for (size_t i = 0; i + 1 < needed; ++i) {
    absl::Status status = folder.Remove(wal::SegmentName((*segments)[i]));
    if (status.ok()) status = folder.Sync();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Lsn>> ListSnapshots(const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names.status();
  std::vector<Lsn> snapshots;
  for (const std::string& name : *names) {
    if (const std::optional<Lsn> lsn = snapshot::SnapshotLsn(name)) {
      snapshots.push_back(*lsn);
    }
  }
  std::sort(snapshots.begin(), snapshots.end(), std::greater<>());
  return snapshots;
}

absl::Status PruneFiles(const io::Folder& folder, const io::Uuid& store,
                        int kept, const std::vector<Lsn>& bad) {
  absl::StatusOr<std::vector<Lsn>> snapshots = ListSnapshots(folder);
  if (!snapshots.ok()) return snapshots.status();
  int good = 0;
  Lsn oldest = 0;
  for (const Lsn lsn : *snapshots) {
    const bool is_bad = std::find(bad.begin(), bad.end(), lsn) != bad.end();
    // A bad one stays until there is a better.
    if (is_bad ? good == 0 : good < kept) {
      if (!is_bad && ++good == kept) oldest = lsn;
      continue;
    }
    absl::Status status = folder.Remove(snapshot::SnapshotName(lsn));
    if (!status.ok()) return status;
  }
  if (good < kept) return absl::OkStatus();
  // Removed names first: no crash may bring one back without its log.
  if (absl::Status status = folder.Sync(); !status.ok()) return status;
  return PruneLog(folder, store, oldest);
}

}  // namespace orderstore::recovery
