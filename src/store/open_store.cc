#include "store/open_store.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "io/sector_buffer.h"
#include "recovery/beside_writer.h"
#include "recovery/identity.h"
#include "recovery/recover.h"
#include "snapshot/snapshot.h"
#include "store/folder_lock.h"
#include "store/opening_notices.h"
#include "store/store_copy.h"
#include "txn/state_summary.h"
#include "wal/log_reader.h"
#include "wal/segment_writer.h"

namespace orderstore::store {
namespace {

// The options, if they are in their ranges. Times that no process lives to see
// are cut, so that a clock's can be compared with them all, and added to them.
absl::StatusOr<Options> CheckOptions(Options options) {
  const auto invalid = [](const char* what) {
    return absl::InvalidArgumentError(what);
  };
  if (options.segment_bytes < wal::SegmentWriter::kSegmentBytesMin ||
      options.segment_bytes > wal::kSegmentBytesMax) {
    return invalid("Options::segment_bytes is not from 16 KiB to 1 GiB");
  }
  if (options.async_delay_max.count() < 0 || options.async_bytes_max < 0) {
    return invalid(
        "Options::async_delay_max and async_bytes_max are not negative");
  }
  if (options.snapshot_interval.count() < 0 || options.snapshot_log_bytes < 0) {
    return invalid(
        "Options::snapshot_interval and snapshot_log_bytes are not negative");
  }
  if (options.slow_transaction.count() < 0 || options.slow_sync.count() < 0) {
    return invalid("Options::slow_transaction and slow_sync are not negative");
  }
  if (options.snapshots_kept < 1) {
    return invalid("Options::snapshots_kept is at least 1");
  }
  if (options.memory_bytes_max < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("Options::memory_bytes_max is ", options.memory_bytes_max,
                     "; it is a number of bytes, or 0 for no limit"));
  }
  using std::chrono::microseconds;
  using std::chrono::seconds;
  // A hundred years. Nanoseconds end after 292.
  constexpr std::chrono::hours kTimeMax(24 * 366 * 100);
  options.async_delay_max =
      std::min<microseconds>(options.async_delay_max, kTimeMax);
  options.snapshot_interval =
      std::min<seconds>(options.snapshot_interval, kTimeMax);
  options.slow_transaction =
      std::min<microseconds>(options.slow_transaction, kTimeMax);
  options.slow_sync = std::min<microseconds>(options.slow_sync, kTimeMax);
  return options;
}

int64_t SegmentBytes(const Options& options) {
  return static_cast<int64_t>(
      io::RoundUpToSectors(static_cast<size_t>(options.segment_bytes)));
}

// Removes the first segment of a store that was not finished, if it is there.
absl::Status RemoveUnusedSegment(const io::Folder& folder) {
  absl::Status status = recovery::CheckHasNoTransactions(folder);
  if (!status.ok()) return status;
  status = folder.Remove(wal::SegmentName(1));
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

// A folder without STORE may become a store if it has no more than what the
// making of one left that a crash cut off. DataLoss: it has been a store.
absl::Status CheckIsFree(const io::Folder& folder) {
  absl::Status status = recovery::CheckHasNoFiles(folder);
  if (!status.ok()) return status;
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name == kLockName || name == wal::SegmentName(1) ||
        recovery::IsLeftover(name)) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        folder.path(), " is no store, and not empty: it has ", name));
  }
  return absl::OkStatus();
}

}  // namespace

// ---- Opening ---------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Store>> OpenStore::Open(
    io::FileSystem& file_system, const std::string& path,
    const Options& given) {
  const absl::StatusOr<Options> options = CheckOptions(given);
  if (!options.ok()) return options.status();
  absl::StatusOr<io::Folder> folder = io::Folder::OpenOrMake(file_system, path);
  if (!folder.ok()) return folder.status();
  // A folder of somebody else gets no lock either.
  absl::Status status = recovery::ReadIdentityOr(*folder, CheckIsFree).status();
  if (!status.ok()) return status;
  absl::StatusOr<io::File> lock = LockFolder(*folder);
  if (!lock.ok()) return lock.status();
  std::unique_ptr<OpenStore> opened(new OpenStore());
  opened->files_.emplace(
      Files{*std::move(folder), *std::move(lock), io::Uuid()});
  status = opened->OpenFiles(*options);
  if (!status.ok()) return status;
  TellOfOpening(path, opened->report_, OpenedTo::kWrite,
                opened->engine_->notifier());
  return Wrap(std::move(opened));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore::OpenReadOnly(
    io::FileSystem& file_system, const std::string& path, const Options& given,
    std::optional<Lsn> as_of) {
  const absl::StatusOr<Options> options = CheckOptions(given);
  if (!options.ok()) return options.status();
  absl::StatusOr<io::Folder> folder = io::Folder::Open(file_system, path);
  if (!folder.ok()) return folder.status();
  const absl::StatusOr<io::Uuid> store = recovery::RequireIdentity(*folder);
  if (!store.ok()) return store.status();
  const auto began = std::chrono::steady_clock::now();
  const auto attempt = [&]() -> absl::StatusOr<recovery::Recovered> {
    absl::StatusOr<recovery::Recovered> read =
        recovery::Recover(*folder, *store, *options, as_of);
    if (!read.ok()) return read;
    const wal::LogEnd::LastFrame& last = read->log_end.last_frame;
    if (last.bytes == 0) return read;
    absl::Status status = wal::LogReader::SyncSegment(*folder, last.segment);
    if (!status.ok()) return status;
    return read;
  };
  absl::StatusOr<recovery::Recovered> recovered =
      recovery::RetryBesideWriter(attempt);
  if (!recovered.ok()) return recovered.status();
  if (as_of && recovered->report.lsn < *as_of) {
    return absl::OutOfRangeError(absl::StrCat(
        folder->path(), ": the store ends with LSN ", recovered->report.lsn,
        ", and is to be read as of LSN ", *as_of));
  }
  std::unique_ptr<OpenStore> opened(new OpenStore());
  opened->files_.emplace(Files{*std::move(folder), std::nullopt, *store});
  opened->TakeReadOnly(*std::move(recovered), path, began);
  return Wrap(std::move(opened));
}

void OpenStore::TakeReadOnly(recovery::Recovered recovered,
                             const std::string& path,
                             std::chrono::steady_clock::time_point began) {
  engine_ = std::move(recovered.engine);
  engine_->MakeReadOnly();
  TakeReport(std::move(recovered.report));
  report_.total_seconds = std::chrono::steady_clock::now() - began;
  TellOfOpening(path, report_, OpenedTo::kRead, engine_->notifier());
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore::OpenSnapshot(
    io::FileSystem& file_system, const std::string& path,
    const Options& given) {
  const absl::StatusOr<Options> options = CheckOptions(given);
  if (!options.ok()) return options.status();
  const size_t slash = path.rfind('/');
  const std::string parent = slash == path.npos ? "."
                             : slash == 0       ? "/"
                                                : path.substr(0, slash);
  absl::StatusOr<io::Folder> folder = io::Folder::Open(file_system, parent);
  if (!folder.ok()) return folder.status();
  const auto began = std::chrono::steady_clock::now();
  absl::StatusOr<recovery::Recovered> recovered = recovery::RecoverSnapshot(
      *folder, slash == path.npos ? path : path.substr(slash + 1), *options);
  if (!recovered.ok()) return recovered.status();
  std::unique_ptr<OpenStore> opened(new OpenStore());
  opened->TakeReadOnly(*std::move(recovered), path, began);
  return Wrap(std::move(opened));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore::OpenInMemory(
    const Options& given) {
  const absl::StatusOr<Options> options = CheckOptions(given);
  if (!options.ok()) return options.status();
  absl::StatusOr<std::unique_ptr<txn::Engine>> engine =
      txn::Engine::Create(*options);
  if (!engine.ok()) return engine.status();
  std::unique_ptr<OpenStore> opened(new OpenStore());
  opened->engine_ = *std::move(engine);
  return Wrap(std::move(opened));
}

std::unique_ptr<Store> OpenStore::Wrap(std::unique_ptr<OpenStore> opened) {
  return std::unique_ptr<Store>(new Store(std::move(opened)));
}

absl::Status OpenStore::OpenFiles(const Options& options) {
  const auto began = std::chrono::steady_clock::now();
  absl::StatusOr<std::optional<io::Uuid>> store =
      recovery::ReadIdentity(files_->folder);
  if (!store.ok()) return store.status();
  absl::Status status;
  if (*store) {
    files_->store = **store;
    status = RecoverFiles(options);
  } else {
    status = CreateFiles(options);
  }
  report_.total_seconds = std::chrono::steady_clock::now() - began;
  return status;
}

absl::Status OpenStore::RecoverFiles(const Options& options) {
  absl::StatusOr<recovery::Recovered> recovered =
      recovery::Recover(files_->folder, files_->store, options);
  if (!recovered.ok()) return recovered.status();
  absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> segments =
      TakeRecovered(*recovered, options);
  if (!segments.ok()) return segments.status();
  absl::Status status =
      engine_->StartLog(*std::move(segments), recovered->log_end.closed);
  if (!status.ok()) return status;
  return StartSnapshots(options, recovered->log_bytes,
                        std::move(recovered->bad_snapshots));
}

absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> OpenStore::TakeRecovered(
    recovery::Recovered& recovered, const Options& options) {
  engine_ = std::move(recovered.engine);
  TakeReport(std::move(recovered.report));
  absl::Status status = RemoveLeftovers();
  if (!status.ok()) return status;
  return wal::SegmentWriter::Resume(files_->folder, files_->store,
                                    SegmentBytes(options), recovered.log_end);
}

void OpenStore::TakeReport(OpenReport report) {
  report_ = std::move(report);
  if (!report_.snapshot_time) return;
  using std::chrono::microseconds;
  // Not in nanoseconds, which end in 2262.
  const microseconds age = std::chrono::time_point_cast<microseconds>(
                               std::chrono::system_clock::now()) -
                           *report_.snapshot_time;
  // One of the future was written when the clock went otherwise.
  snapshot_written_ =
      std::chrono::steady_clock::now() - std::max(age, microseconds(0));
}

absl::Status OpenStore::RemoveLeftovers() {
  absl::StatusOr<std::vector<std::string>> names =
      recovery::FindLeftovers(files_->folder);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (absl::Status status = files_->folder.Remove(name); !status.ok()) {
      return status;
    }
    ++report_.removed_files;
  }
  return absl::OkStatus();
}

absl::Status OpenStore::CreateFiles(const Options& options) {
  absl::Status status = CheckIsFree(files_->folder);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<txn::Engine>> engine =
      txn::Engine::Create(options);
  if (!engine.ok()) return engine.status();
  status = RemoveUnusedSegment(files_->folder);
  if (status.ok()) status = RemoveLeftovers();
  if (!status.ok()) return status;
  // Who made the folder may not have come to make its name durable.
  status = files_->folder.SyncParent();
  if (!status.ok()) return status;
  files_->store = io::Uuid::Random();
  absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> segments =
      wal::SegmentWriter::Create(files_->folder, files_->store,
                                 (*engine)->schema(), SegmentBytes(options),
                                 /*lsn=*/0);
  if (!segments.ok()) return segments.status();
  status = recovery::WriteIdentity(files_->folder, files_->store);
  if (!status.ok()) return status;
  engine_ = *std::move(engine);
  status = engine_->StartLog(*std::move(segments), /*closed=*/false);
  if (!status.ok()) return status;
  report_.created = true;
  return StartSnapshots(options, /*log_bytes=*/0, {});
}

// ---- Migrating -------------------------------------------------------------

absl::StatusOr<SchemaRevision> OpenStore::Migrate(io::FileSystem& file_system,
                                                  const std::string& path,
                                                  SchemaRevision to,
                                                  const Options& given) {
  const absl::StatusOr<Options> options = CheckOptions(given);
  if (!options.ok()) return options.status();
  absl::StatusOr<io::Folder> folder = io::Folder::Open(file_system, path);
  if (!folder.ok()) return folder.status();
  const absl::StatusOr<io::Uuid> store = recovery::RequireIdentity(*folder);
  if (!store.ok()) return store.status();
  absl::StatusOr<io::File> lock = LockFolder(*folder);
  if (!lock.ok()) return lock.status();
  OpenStore opened;
  opened.files_.emplace(Files{*std::move(folder), *std::move(lock), *store});
  return opened.MigrateFiles(to, *options);
}

absl::StatusOr<SchemaRevision> OpenStore::MigrateFiles(SchemaRevision to,
                                                       const Options& options) {
  absl::StatusOr<recovery::Recovered> recovered =
      recovery::Recover(files_->folder, files_->store, options);
  if (!recovered.ok()) return recovered.status();
  const SchemaRevision from = recovered->engine->schema();
  if (from == to) return from;
  absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> segments =
      TakeRecovered(*recovered, options);
  if (!segments.ok()) return segments.status();
  TellOfRecovery(files_->folder.path(), report_, OpenedTo::kWrite,
                 engine_->notifier());
  // First, for a full disk ends it here.
  absl::Status status = (*segments)->Prepare();
  if (!status.ok()) return status;
  engine_->SetSchema(to);
  // This decides; so before it no snapshot of the new revision has a name.
  const auto rotate = [&](Lsn) {
    (*segments)->SetSchema(to);
    return (*segments)->Rotate(
        txn::StateSummary::Of(engine_->tables().states.latest()).Encode());
  };
  if (engine_->latest_lsn() == 0) {
    // What was never committed to has no snapshot.
    status = rotate(0);
  } else {
    const std::atomic<bool> never = false;
    status = WriteSnapshotFile(files_->folder, files_->store, *engine_,
                               options.snapshot_compression, never, rotate)
                 .status();
  }
  if (status.ok()) {
    status = engine_->StartLog(*std::move(segments), /*closed=*/false);
  }
  if (status.ok()) status = engine_->Close();
  if (!status.ok()) return status;
  return from;
}

// ---- Closing ---------------------------------------------------------------

OpenStore::~OpenStore() {
  if (engine_ == nullptr) return;
  try {
    Close().IgnoreError();
  } catch (const std::bad_alloc&) {
    // The log ends as after a crash.
  }
}

absl::Status OpenStore::Close() {
  absl::Status status = engine_->Close();
  if (snapshots_ != nullptr && !absl::IsFailedPrecondition(status)) {
    snapshots_->Stop();
  }
  return status;
}

StoreStats OpenStore::Stats() const {
  StoreStats stats = engine_->Stats();
  stats.snapshot_lsn = report_.snapshot_lsn;
  stats.snapshot_age = AgeOf(snapshot_written_);
  if (snapshots_ != nullptr) snapshots_->AddTo(stats);
  return stats;
}

// ---- Snapshots -------------------------------------------------------------

absl::Status OpenStore::StartSnapshots(const Options& options,
                                       int64_t log_bytes,
                                       std::vector<Lsn> bad) {
  snapshots_ = std::make_unique<Snapshots>(
      files_->folder, files_->store, *engine_, options,
      Snapshots::Newest{.lsn = report_.snapshot_lsn,
                        .written = snapshot_written_},
      log_bytes, std::move(bad));
  engine_->WatchLog([this] { snapshots_->LogGrew(); });
  return snapshots_->Start();
}

absl::StatusOr<Lsn> OpenStore::WriteSnapshot() {
  if (snapshots_ != nullptr) return snapshots_->Write();
  return absl::FailedPreconditionError(
      engine_->read_only()
          ? "the store is open to read only; nothing was written"
          : "the store has no folder for a snapshot");
}

absl::StatusOr<Lsn> OpenStore::Backup(const std::string& path,
                                      const std::atomic<bool>* cancelled) {
  absl::StatusOr<StoreCopy> copy =
      WriteStoreCopy(files_ ? files_->folder.file_system() : io::Posix(), path,
                     *engine_, cancelled);
  if (!copy.ok()) return copy.status();
  return copy->lsn;
}

}  // namespace orderstore::store
