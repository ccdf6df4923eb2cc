// Writes a store's snapshots, when asked and when it is time, and removes what
// is not needed any more: older snapshots, and the log before the oldest kept.
//
// A snapshot is written from a read view, to a temporary file, and gets its
// name when its LSN is durable in the log. A crash at any point leaves the
// snapshots and the log as they were, and perhaps a temporary file.
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_STORE_SNAPSHOTS_H_
#define ORDERSTORE_STORE_SNAPSHOTS_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/options.h"
#include "orderstore/stats.h"
#include "thread/mutex.h"
#include "txn/engine.h"

namespace orderstore::store {

// Writes the state that a read view shows to a snapshot in `folder`, as one of
// the store `store`, and returns its LSN. Between the two, when its bytes are
// durable and it has no name yet, calls `before_naming` with the LSN, if there
// is one; its errors are returned. Errors leave no file, or a temporary one.
// Cancelled: `cancelled` became true.
absl::StatusOr<Lsn> WriteSnapshotFile(
    const io::Folder& folder, const io::Uuid& store, txn::Engine& engine,
    bool compressed, const std::atomic<bool>& cancelled,
    const std::function<absl::Status(Lsn)>& before_naming = {});

// How long ago that was; none: nobody knows.
std::optional<std::chrono::microseconds> AgeOf(
    std::optional<std::chrono::steady_clock::time_point> time);

class Snapshots {
 public:
  using Clock = std::chrono::steady_clock;

  // The newest snapshot that there is.
  struct Newest {
    Lsn lsn = 0;  // 0: there is none
    // When it was written; none: its file does not tell.
    std::optional<Clock::time_point> written = {};
  };

  // `log_bytes` were written since `newest`, before the store was opened; `bad`
  // are those that cannot be read. What is borrowed outlives it.
  Snapshots(const io::Folder& folder, const io::Uuid& store,
            txn::Engine& engine, const Options& options, Newest newest,
            int64_t log_bytes, std::vector<Lsn> bad);
  // Starts the thread that writes them in the background; before anything else.
  // ResourceExhausted: the system has none.
  absl::Status Start();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;
  // Gives up a snapshot that is being written.
  ~Snapshots();

  // Writes one now, unless the newest is of the durable state already, and
  // returns its LSN. Waits for one that is being written. ResourceExhausted
  // also: out of memory.
  absl::StatusOr<Lsn> Write();

  // To be called as the log grows.
  void LogGrew();

  // No more snapshots; gives up one that is being written.
  void Stop();

  // The newest snapshot, and what became of the last one that was tried.
  void AddTo(StoreStats& stats) const;

 private:
  bool IsDue() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunInBackground();
  // Writes one, and removes what the newest ones make superfluous. They throw
  // nothing: others wait for the end of it, and the background hears of none.
  absl::StatusOr<Lsn> WriteFile() const;
  absl::Status Prune() const;
  // Tells what became of one, and of the files that it replaced.
  void Tell(const absl::StatusOr<Lsn>& lsn, const absl::Status& pruned,
            Clock::duration took) const;

  const io::Folder& folder_;
  const io::Uuid store_;
  txn::Engine& engine_;
  const Options options_;
  const absl::Status no_memory_;  // worded while there is some
  std::vector<Lsn> bad_;
  std::atomic<bool> stopping_ = false;

  mutable thread::Mutex mutex_;
  thread::CondVar changed_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  Newest newest_ ABSL_GUARDED_BY(mutex_);
  // Of the last one that was written since the store was opened.
  std::optional<Clock::duration> duration_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_status_ ABSL_GUARDED_BY(mutex_);
  // As the engine counts them, from its opening on.
  int64_t log_bytes_before_ ABSL_GUARDED_BY(mutex_);
  Clock::time_point last_ ABSL_GUARDED_BY(mutex_) = Clock::now();

  std::thread background_;
};

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_SNAPSHOTS_H_
