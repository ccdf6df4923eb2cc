// What runs transactions: the tables, the published states, the one transaction
// that may be open, and the log, if there is one.
//
// Commit: Edits has put everything into the tables under the transaction's
// tick, which no view sees, and written it down. Commit asks the log for room,
// completes the new state (LSN, top list), publishes it with one pointer and
// appends the record; nothing can refuse after the LSN is drawn. When the log
// has made the record durable, it moves the durable state. Afterwards commit
// collects garbage, about as much as the transaction made.
//
// Abort undoes the changes and publishes the old state under the new tick, so
// that rows which the transaction touched are read in place again.
//
// Without memory (std::bad_alloc) a commit that is not published yet is undone,
// and throws on; after that nothing throws: garbage waits, and the log fails if
// it cannot take the record. To undo some hundred changes, memory is taken in
// Begin; where more needs some and gets none, the process ends.
//
// Thread-safety: views may be opened and closed by any thread; Begin waits for
// the writer lock; what the lock's holder alone may call says so.

#ifndef ORDERSTORE_TXN_ENGINE_H_
#define ORDERSTORE_TXN_ENGINE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/options.h"
#include "orderstore/schema_revision.h"
#include "orderstore/stats.h"
#include "table/tables.h"
#include "thread/mutex.h"
#include "txn/notifier.h"
#include "txn/writer.h"
#include "txn/writer_lock.h"
#include "wal/log_writer.h"

namespace orderstore::txn {

class Engine : public wal::LogObserver {
 public:
  // An empty store without a log. The options are in their ranges, with times
  // that can be compared with a clock's and added to them. ResourceExhausted:
  // no address space.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const Options& options);

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  // Ends the process with a message if a view or a transaction is open.
  ~Engine() override;

  // ---- Opening; before other threads know the engine. ----
  // A transaction that repeats what was committed before, and the LSN that it
  // leads to.
  void BeginReplay();
  void EndReplay(Lsn lsn);
  // Fills the empty tables: `load` returns the state, whose tick is the one it
  // was given. An error of it leaves the engine of no use.
  absl::Status Load(const std::function<absl::StatusOr<table::CommitState>(
                        table::Tables& tables, table::Tick tick)>& load);
  // From now on, commits go to the log. ResourceExhausted: the system has no
  // thread for it; nothing has changed.
  absl::Status StartLog(std::unique_ptr<wal::SegmentWriter> segments,
                        bool closed);
  // Calls `grew` whenever the log has grown, without any lock.
  void WatchLog(std::function<void()> grew) { watch_log_ = std::move(grew); }
  // What the store's files say, or are to say. At first that of new stores.
  void SetSchema(SchemaRevision schema) { schema_ = schema; }
  SchemaRevision schema() const { return schema_; }
  // From now on, Begin fails.
  void MakeReadOnly() { read_only_ = true; }
  bool read_only() const { return read_only_; }

  // ---- Transactions ----
  absl::Status Begin(thread::Deadline deadline);
  // OK if this thread has the open transaction, and it goes on. Otherwise that
  // transaction, used by the wrong thread or broken off, can no longer commit.
  absl::Status CheckUse();
  // By the lock's holder: an exception came in the middle of a statement, which
  // may have changed one thing and not the other.
  void BreakOff() { broke_off_ = true; }
  // By the lock's holder. Both end the transaction; an exception of Commit
  // leaves nothing of it.
  absl::StatusOr<Lsn> Commit(std::optional<Durability> asked);
  void Abort();

  bool HeldByThisThread() const { return lock_.HeldByThisThread(); }
  // The open transaction; the lock's holder's.
  Writer& writer() { return writer_; }

  // ---- Durability ----
  Durability durability() const { return durability_; }
  Lsn latest_lsn() const { return tables_->states.latest_line().lsn(); }
  Lsn durable_lsn() const;
  absl::Status WaitDurable(Lsn lsn, thread::Deadline deadline);
  // Of frames since the log was opened.
  int64_t log_bytes() const { return log_ ? log_->written_bytes() : 0; }
  // Ends writing for good, with everything durable.
  absl::Status Close();

  // ---- Views ----
  table::ViewSlot* OpenView(ReadLevel level) {
    return tables_->views.Open(level == ReadLevel::kLatest || !shows_durable_
                                   ? tables_->states.latest_line()
                                   : tables_->states.durable_line());
  }
  void CloseView(table::ViewSlot* slot);

  const table::Tables& tables() const { return *tables_; }

  // ---- Watching ----
  const Notifier& notifier() const { return notifier_; }
  StoreStats Stats();
  absl::Status Check(thread::Deadline deadline = std::nullopt);

 private:
  using Clock = std::chrono::steady_clock;

  // What is worth telling of a transaction that ends, for Tell.
  struct Course {
    // Noted only where somebody wants to hear of slow ones.
    Clock::time_point began = {};
    Clock::time_point released = {};  // the writer lock
    Clock::time_point ended = {};
    size_t changes = 0;
    size_t bytes = 0;  // of its record in the log
  };

  Engine(std::unique_ptr<table::Tables> tables, const Options& options);

  // Of states that the log was given.
  void Durable(const void* state) override;
  std::string Describe(const void* state) const override;
  void WroteSlowly(std::chrono::nanoseconds took) override;
  void Failed(const absl::Status& failure) override;

  // Unavailable: the log has failed, or the store is closed.
  absl::Status CheckWritable() const;

  // Commit, without what is told.
  absl::StatusOr<Lsn> End(std::optional<Durability> asked, Course& course);
  // Publishes the transaction, and returns its LSN; or aborts it, and returns
  // the LSN that it began on if it changed nothing, or why it is refused. Gives
  // the lock back, also as it throws.
  absl::StatusOr<Lsn> PublishOrUndo();
  // Waits as long as the durability asks for. Unknown also: there is no memory
  // to wait.
  absl::Status WaitFor(Lsn lsn, Durability durability);
  // Undoes the transaction, and gives the lock back. Ends the process where it
  // gets no memory: what is half undone must not be seen.
  void Undo() noexcept;
  void UndoChanges();

  // ---- The course of a transaction ----
  bool watches_slow() const { return slow_transaction_.count() > 0; }
  // Before it ends.
  Course NoteWork();
  // After the writer lock was given back.
  void NoteRelease(Course& course) const {
    if (watches_slow()) course.ended = course.released = Clock::now();
  }
  // After the disk was waited for.
  void NoteEnd(Course& course) const {
    if (watches_slow()) course.ended = Clock::now();
  }
  // Of the transaction that is about to end: that its record got no room, or
  // that there is some again. Under the lock: the last word is how it is.
  void TellOfRoom(const absl::Status& reserved);
  // `ended`: what Commit returns; null for Abort.
  void Tell(const Course& course, const absl::StatusOr<Lsn>* ended) const;

  // Makes `state` the latest. An exception leaves all as it is.
  const table::PublishedState* Publish(table::CommitState state);
  // Publishes what the open transaction did as `lsn`. The same.
  const table::PublishedState* PublishChanges(Lsn lsn);
  // Collects up to so many pieces. Returns whether there is more to do now, and
  // is blocked() where there is no memory: garbage can wait.
  bool Collect(size_t items) noexcept;
  // Collects in proportion to what transactions have changed.
  void CollectAfter(size_t changes) noexcept;
  // Frees a slice of what only closed views kept, if there is any. By the
  // lock's holder: the closing thread, or else the writer, some slices at the
  // end of each transaction. False: a view is just being opened, and whoever
  // closes it has to try again; or there is no memory, and whoever comes next.
  bool CollectOrphans() noexcept;
  // Gives the lock back.
  void EndWriting() noexcept;
  const table::CommitState& latest() const { return tables_->states.latest(); }

  // Constant after construction; all that readers use of it.
  const std::unique_ptr<table::Tables> tables_;
  const int64_t memory_bytes_max_;
  const Durability durability_;
  const wal::LogOptions log_options_;
  const Notifier notifier_;
  const std::chrono::microseconds slow_transaction_;  // 0: nobody wants to hear
  const absl::Status no_memory_to_wait_;  // worded while there is some
  // Constant once the store is open.
  std::unique_ptr<wal::LogWriter> log_;
  std::function<void()> watch_log_;
  SchemaRevision schema_ = kSchemaRevisionNew;
  bool read_only_ = false;
  bool shows_durable_ = false;  // to views of the default level

  alignas(table::kCacheLineBytes) WriterLock lock_;

  // The lock's holder's.
  Writer writer_;
  size_t collect_items_ = 0;   // how much the next collection may do
  uint64_t added_before_ = 0;  // garbage, by the transactions before
  Clock::time_point began_;    // noted if watches_slow()
  // The size of the smallest record that was refused for lack of room since
  // one of that size found some; none: none was. So a disk that is full for
  // large ones only is told of once.
  std::optional<size_t> refused_bytes_;

  // Another thread used the open transaction.
  std::atomic<bool> misused_ = false;
  bool broke_off_ = false;  // the lock's holder's
  // The same: Close was called, and what came of it.
  bool closed_ = false;
  std::optional<absl::Status> close_status_;

  // A view has closed that kept garbage. Loaded by every view that closes, so
  // nothing that each transaction stores may be near.
  alignas(table::kCacheLineBytes) std::atomic<bool> orphans_ = false;
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_ENGINE_H_
