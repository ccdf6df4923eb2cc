#include "store/snapshots.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "recovery/snapshot_files.h"
#include "snapshot/snapshot.h"
#include "snapshot/snapshot_writer.h"
#include "thread/start.h"

namespace orderstore::store {
namespace {

// A view, closed at the end of its life.
class View {
 public:
  explicit View(txn::Engine& engine)
      : engine_(engine), slot_(engine.OpenView(ReadLevel::kDefault)) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() { engine_.CloseView(slot_); }

  table::ViewSlot& slot() const { return *slot_; }
  const table::CommitState& state() const { return *slot_->state; }

 private:
  txn::Engine& engine_;
  table::ViewSlot* const slot_;
};

}  // namespace

absl::StatusOr<Lsn> WriteSnapshotFile(
    const io::Folder& folder, const io::Uuid& store, txn::Engine& engine,
    bool compressed, const std::atomic<bool>& cancelled,
    const std::function<absl::Status(Lsn)>& before_naming) {
  Lsn lsn = 0;
  std::string name;
  std::string temporary;
  absl::Status status;
  {
    const View view(engine);
    lsn = view.state().lsn;
    name = snapshot::SnapshotName(lsn);
    temporary = absl::StrCat(name, std::string(snapshot::kTemporarySuffix));
    // What an earlier try left that could not be removed.
    status = folder.Remove(temporary);
    if (status.ok() || absl::IsNotFound(status)) {
      status = snapshot::WriteSnapshot(
          folder, temporary,
          snapshot::Description::Of(view.state(), store, engine.schema(),
                                    compressed),
          engine.tables(), view.slot(), cancelled);
    }
  }
  if (status.ok() && before_naming) status = before_naming(lsn);
  if (!status.ok()) {
    folder.Remove(temporary).IgnoreError();
    return status;
  }
  status = folder.Rename(temporary, name);
  if (status.ok()) status = folder.Sync();
  if (!status.ok()) return status;
  return lsn;
}

std::optional<std::chrono::microseconds> AgeOf(
    std::optional<std::chrono::steady_clock::time_point> time) {
  if (!time) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - *time);
}

Snapshots::Snapshots(const io::Folder& folder, const io::Uuid& store,
                     txn::Engine& engine, const Options& options, Newest newest,
                     int64_t log_bytes, std::vector<Lsn> bad)
    : folder_(folder),
      store_(store),
      engine_(engine),
      options_(options),
      no_memory_(absl::ResourceExhaustedError("out of memory")),
      bad_(std::move(bad)),
      newest_(newest),
      log_bytes_before_(-log_bytes) {}

absl::Status Snapshots::Start() {
  absl::StatusOr<std::thread> background =
      thread::Start([this] { RunInBackground(); });
  if (!background.ok()) return background.status();
  background_ = *std::move(background);
  return absl::OkStatus();
}

Snapshots::~Snapshots() { Stop(); }

void Snapshots::Stop() {
  {
    thread::MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (background_.joinable()) background_.join();
}

void Snapshots::AddTo(StoreStats& stats) const {
  thread::MutexLock lock(mutex_);
  stats.snapshot_lsn = newest_.lsn;
  stats.snapshot_age = AgeOf(newest_.written);
  if (duration_) {
    stats.snapshot_duration =
        std::chrono::duration_cast<std::chrono::microseconds>(*duration_);
  }
  stats.snapshot_being_written = writing_;
  stats.snapshot_status = last_status_;
}

absl::StatusOr<Lsn> Snapshots::Write() {
  {
    thread::MutexLock lock(mutex_);
    while (writing_) changed_.Wait(mutex_);
    if (stopping_) return absl::UnavailableError("the store is closed");
    // Of an empty store too, which has no commit.
    if (newest_.lsn == View(engine_).state().lsn) return newest_.lsn;
    writing_ = true;
  }
  const int64_t log_bytes = engine_.log_bytes();
  const Clock::time_point began = Clock::now();
  const absl::StatusOr<Lsn> lsn = WriteFile();
  const Clock::time_point ended = Clock::now();
  // It took the place of a bad one, perhaps.
  if (lsn.ok()) std::erase(bad_, *lsn);
  // What could not be removed costs room only; the next snapshot tries again.
  const absl::Status status = lsn.ok() ? Prune() : lsn.status();
  {
    thread::MutexLock lock(mutex_);
    writing_ = false;
    // Also after an error: the next try is not due at once.
    last_ = Clock::now();
    log_bytes_before_ = log_bytes;
    if (lsn.ok()) {
      newest_ = {.lsn = *lsn, .written = ended};
      duration_ = ended - began;
    }
    last_status_ = status;
    changed_.NotifyAll();
  }
  Tell(lsn, status, ended - began);
  return lsn;
}

absl::StatusOr<Lsn> Snapshots::WriteFile() const {
  try {
    return WriteSnapshotFile(
        folder_, store_, engine_, options_.snapshot_compression, stopping_,
        [this](Lsn written) {
          // No crash may leave one that is newer than the log.
          return engine_.WaitDurable(written, std::nullopt);
        });
  } catch (const std::bad_alloc&) {
    return no_memory_;
  }
}

absl::Status Snapshots::Prune() const {
  try {
    return recovery::PruneFiles(folder_, store_, options_.snapshots_kept, bad_);
  } catch (const std::bad_alloc&) {
    return no_memory_;
  }
}

void Snapshots::Tell(const absl::StatusOr<Lsn>& lsn, const absl::Status& pruned,
                     Clock::duration took) const {
  const txn::Notifier& notifier = engine_.notifier();
  if (!lsn.ok()) {
    // Given up, as the store closes, it has not failed.
    if (absl::IsCancelled(lsn.status())) return;
    notifier.Tell(Severity::kError, NoticeKind::kSnapshotFailed, [&] {
      return absl::StrCat(
          "no snapshot was written: ", std::string(lsn.status().message()),
          "; those before stay, with the log behind them, which grows until "
          "one succeeds");
    });
    return;
  }
  notifier.Tell(Severity::kInfo, NoticeKind::kSnapshotWritten, [&] {
    return absl::StrCat(folder_.path(), "/", snapshot::SnapshotName(*lsn),
                        ": written in ", txn::DurationText(took),
                        "; the next opening begins there");
  });
  if (pruned.ok()) return;
  notifier.Tell(Severity::kWarning, NoticeKind::kOldFilesRemain, [&] {
    return absl::StrCat(
        "the snapshot of LSN ", *lsn,
        " is complete, but older files that it replaces are still there: ",
        std::string(pruned.message()),
        "; they take room, and the next snapshot tries again");
  });
}

bool Snapshots::IsDue() const {
  if (engine_.durable_lsn() <= newest_.lsn) return false;
  const bool by_time = options_.snapshot_interval.count() > 0 &&
                       Clock::now() - last_ >= options_.snapshot_interval;
  const bool by_bytes =
      options_.snapshot_log_bytes > 0 &&
      engine_.log_bytes() - log_bytes_before_ >= options_.snapshot_log_bytes;
  return by_time || by_bytes;
}

void Snapshots::LogGrew() {
  if (options_.snapshot_log_bytes == 0) return;
  thread::MutexLock lock(mutex_);
  if (!writing_ && IsDue()) changed_.NotifyAll();
}

void Snapshots::RunInBackground() {
  thread::MutexLock lock(mutex_);
  while (!stopping_) {
    if (!writing_ && IsDue()) {
      mutex_.unlock();
      // Stats() tells. The next one may succeed; until then the log grows.
      Write().IgnoreError();
      mutex_.lock();
      continue;
    }
    thread::Deadline next;
    if (options_.snapshot_interval.count() > 0) {
      next = std::max(last_ + options_.snapshot_interval,
                      Clock::now() + std::chrono::seconds(1));
    }
    changed_.Wait(mutex_, next);
  }
}

}  // namespace orderstore::store
