// The log, as commit knows it: append these bytes, tell me when they are safe.
//
//   log.Reserve(bytes);             // may refuse: the disk is full
//   log.Append(lsn, body, &state);  // cannot
//   log.WaitDurable(lsn, {});       // or log.FlushLater(lsn)
//
// Group commit: whoever waits while nobody writes becomes the leader and writes
// what all have appended, in one frame mostly; who comes meanwhile waits for
// the next. (DeWitt et al., "Implementation techniques for main memory database
// systems", 1984.) One thread alone pays one write and no hand-over. For who
// came during a write, a thread of the log's own leads the next one, and goes
// on as long as others come meanwhile: nobody is to be woken between two
// writes. It leads for those with a deadline, too, for a write cannot be left.
// Among several, a leader first waits for those who are about to come, 100
// microseconds at most. Whom a write served, it wakes without holding the
// mutex; each sleeps by itself and leaves without taking it, or one would wait
// for the other.
//
// A write that fails is final: what is durable is unknown then, and the log
// takes nothing more. So it is where a write, or a record, gets no memory.
//
// Thread-safety: Reserve and Append by one thread at a time, everything else by
// any thread at any time.

#ifndef ORDERSTORE_WAL_LOG_WRITER_H_
#define ORDERSTORE_WAL_LOG_WRITER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "orderstore/sync_times.h"
#include "thread/event.h"
#include "thread/mutex.h"
#include "wal/segment_writer.h"
#include "wal/sync_recorder.h"

namespace orderstore::wal {

// Times are such that they can be compared with a clock's and added to them.
struct LogOptions {
  // The longest that FlushLater waits, and the most bytes it leaves unwritten.
  std::chrono::microseconds flush_delay_max{10'000};
  int64_t unflushed_bytes_max = int64_t{4} << 20;
  // The observer hears of a write that takes so long or longer; 0: of none.
  std::chrono::microseconds slow_write{0};
};

// What the log tells about the states that records lead to, and about itself.
class LogObserver {
 public:
  virtual ~LogObserver() = default;
  // All records up to `state`'s are durable. In the order of the records, by
  // one thread at a time, before anybody who waits for it returns; of a state
  // that took another's place meanwhile, soon after that.
  virtual void Durable(const void* state) = 0;
  // What end and closing frames carry about `state`: at most 1 KiB.
  virtual std::string Describe(const void* state) const = 0;

  // ---- By whoever has written, without any lock, when all whom that served
  // are awake. Others may be writing meanwhile. ----
  // Of a batch, the write that took longest took LogOptions::slow_write or
  // longer.
  virtual void WroteSlowly(std::chrono::nanoseconds /*took*/) {}
  // The log has failed, as status() says. Once.
  virtual void Failed(const absl::Status& /*failure*/) {}
};

class LogWriter {
 public:
  // `state` is that of the log's last record, or of an empty store. The
  // observer outlives the writer. `closed`: the log's last frame says so.
  LogWriter(std::unique_ptr<SegmentWriter> segments, const LogOptions& options,
            LogObserver& observer, const void* state, bool closed);
  // Starts the log's own threads; before anything else. ResourceExhausted: the
  // system has none, and the writer is of no use.
  absl::Status Start();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  // What was appended and not waited for may be lost; see Close.
  ~LogWriter();

  // ---- Commit ----
  // Promises room for a record, until the next call of Reserve or Append.
  // ResourceExhausted: the disk is full, or a segment got no memory.
  // Unavailable: the log has failed, as status() says then, or a segment could
  // not be made. Throws std::bad_alloc. Nothing has changed, and if the log has
  // not failed, a later call may succeed.
  absl::Status Reserve(size_t body_bytes);
  // Adds a record, for which room was reserved. `state` is what it leads to;
  // it lives until a later one is durable. Where a leader took the memory that
  // was reserved, and there is none now, the log fails.
  void Append(Lsn lsn, std::string_view body, const void* state);

  // `state` says the same as that of the last record, `lsn`, and takes its
  // place; by who appends. True: it is durable. False: the observer hears when
  // it is.
  bool ReplaceState(Lsn lsn, const void* state);

  // ---- Durability ----
  // Waits until all records up to `lsn` are durable, also if it is still to
  // come. Unknown: the log has failed; it is not known whether they are
  // durable. Unavailable: it has failed, or was closed, before the last of them
  // came. DeadlineExceeded.
  absl::Status WaitDurable(Lsn lsn, thread::Deadline deadline);
  // Makes sure that what is up to `lsn` becomes durable within the delay. Waits
  // only if more than the bytes allowed are unwritten. Errors: WaitDurable's.
  absl::Status FlushLater(Lsn lsn);
  Lsn durable_lsn() const;
  // OK, or why the log has failed (Unavailable). Costs one load while it has
  // not.
  absl::Status status() const;

  // What a crash now could lose.
  struct Exposure {
    Lsn transactions = 0;
    int64_t bytes = 0;
    std::chrono::microseconds age{0};  // of the oldest
  };
  Exposure exposure() const;

  // Bytes of frames written, for the choice when to write a snapshot.
  int64_t written_bytes() const {
    return written_bytes_.load(std::memory_order_relaxed);
  }

  // Of the writes that made records durable.
  SyncTimes sync_times() const { return sync_recorder_.Read(); }

  // Writes what is left and a closing frame. The log takes nothing more, and
  // who waits for records still to come gets Unavailable. After an error,
  // durable_lsn() says what is durable. Throws std::bad_alloc, and may be
  // called again then.
  absl::Status Close();

 private:
  using Clock = std::chrono::steady_clock;

  // Records that were appended and are not being written yet.
  struct Batch {
    struct End {
      size_t at;  // where in `records` the record ends
      Lsn lsn;
      const void* state;
    };
    std::string records;
    std::vector<End> ends;
    size_t sectors = 0;  // reserved for them
    Clock::time_point began;
  };
  // How far a batch has been written, and the last frame of it.
  struct Progress {
    size_t at = 0;            // bytes of records written
    size_t ended = 0;         // records whose end was written
    size_t bytes = 0;         // of records in the last frame
    size_t sectors = 0;       // of the last frame
    Clock::duration took{0};  // to write the last frame
  };
  // A thread in WaitDurable: on its stack, and on waiters_ or about to be
  // woken. It sleeps without the mutex, and leaves without it if it was
  // served.
  struct Waiter {
    explicit Waiter(Lsn awaited) : lsn(awaited) {}

    const Lsn lsn;
    thread::Event woken;
    // Changed before it is woken:
    bool durable = false;    // what it waited for
    Waiter* next = nullptr;  // to be woken with it
  };

  bool HasRoom(size_t sectors) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return free_sectors_ >= promised_sectors_ + sectors;
  }
  // Memory for a record, as long as no leader comes.
  void ReserveMemory(size_t record_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddRecord(Lsn lsn, std::string_view body, const void* state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Precondition: appended, and not durable.
  bool IsBeingWritten(Lsn lsn) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has what is pending written as soon as the leader there is, if any, is
  // done.
  void FlushNow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is told about `lsn` once the log takes nothing more.
  absl::Status Undecided(Lsn lsn) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fail(absl::Status failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Waits a little, as the leader, for those who took part in the last batch or
  // came while it was written: mostly they come again, one soon after the
  // other. Gives the mutex back meanwhile. Precondition as WriteBatch, which
  // follows.
  void Gather() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes all that was appended, as the leader, and wakes others. Gives the
  // mutex back meanwhile. Precondition: nobody writes; something is pending.
  void WriteBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes the next frame of the batch, and tells the observer. An error is the
  // failure of the log.
  absl::Status WriteFrame(const Batch& batch, Progress& progress);
  // The same; the error is that of the write. Throws std::bad_alloc.
  absl::Status TryWriteFrame(const Batch& batch, Progress& progress);
  // Tells the observer of replacement_, whose record is durable now. Gives the
  // mutex back meanwhile.
  void TellOfReplacement() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts the frame as durable.
  void Count(const Batch& batch, const Progress& progress)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes those from waiters_ for whom it is decided what they wait for.
  Waiter* TakeServed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Without the mutex, which who wakes up may want at once. Null: nobody.
  static void Wake(Waiter* served);
  // Tells the observer what the batch was like: the longest write, and whether
  // the log has failed. Without the mutex.
  void Tell(Clock::duration longest, const absl::Status& failure);

  // Makes segments until there is room. Gives the mutex back meanwhile.
  absl::Status MakeRoom(size_t sectors) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives space back that was taken for a record that did not fit after all.
  void ShrinkRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Make one more segment, and take one back. Without the mutex; they throw
  // nothing, for who calls them has to take it again.
  absl::Status MakeSegment();
  void DropSegment();
  // The log's own threads. One flushes commits that nobody waits for, and leads
  // for those who cannot or who came during a write; the other, which may be
  // busy for as long as a segment takes to write, makes segments ahead.
  void RunFlusher();
  void RunPreparer();
  void StopThreads();
  absl::Status WriteClosingFrame();

  const LogOptions options_;
  LogObserver& observer_;
  // Worded while there is memory.
  const absl::Status no_memory_to_write_;
  const absl::Status no_memory_for_room_;

  // The leader's: whoever set writing_. Under the mutex, anybody's while nobody
  // writes.
  const std::unique_ptr<SegmentWriter> segments_;
  const void* written_state_;
  bool closed_frame_last_;

  mutable thread::Mutex mutex_;
  Batch pending_ ABSL_GUARDED_BY(mutex_);
  Batch spare_ ABSL_GUARDED_BY(mutex_);           // empty; keeps its memory
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;  // there is a leader
  // What took the place of the last state that is being written; null: nothing.
  const void* replacement_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Records that the next leader expects.
  size_t expected_ ABSL_GUARDED_BY(mutex_) = 0;
  bool preparing_ ABSL_GUARDED_BY(mutex_) = false;
  Lsn appended_lsn_ ABSL_GUARDED_BY(mutex_);
  Lsn durable_lsn_ ABSL_GUARDED_BY(mutex_);
  // Invariant: promised <= free, the sectors in the current segment and those
  // prepared. What was promised is reserved by the last Reserve, pending, or
  // being written.
  size_t free_sectors_ ABSL_GUARDED_BY(mutex_);
  size_t promised_sectors_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t reserved_sectors_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t unflushed_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Clock::time_point writing_began_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> written_bytes_ = 0;  // changed by the leader
  SyncRecorder sync_recorder_;              // the same
  std::atomic<bool> failed_ = false;  // stored under the mutex; !failure_.ok()
  std::vector<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
  // The largest LSN that was waited for before it was appended.
  Lsn awaited_lsn_ ABSL_GUARDED_BY(mutex_) = 0;
  thread::CondVar prepared_;  // preparing_ has become false

  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool flush_asked_ ABSL_GUARDED_BY(mutex_) = false;  // within the delay
  bool flush_now_ ABSL_GUARDED_BY(mutex_) = false;
  bool prepare_asked_ ABSL_GUARDED_BY(mutex_) = false;
  Clock::time_point prepare_again_ ABSL_GUARDED_BY(mutex_);
  thread::CondVar flusher_wanted_;
  thread::CondVar preparer_wanted_;
  std::thread flusher_;
  std::thread preparer_;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_LOG_WRITER_H_
