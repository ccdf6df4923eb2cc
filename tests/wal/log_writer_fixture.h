// A log that is being written on a simulated disk, an observer that checks what
// it is told, and the verbs of both.

#ifndef ORDERSTORE_TESTS_WAL_LOG_WRITER_FIXTURE_H_
#define ORDERSTORE_TESTS_WAL_LOG_WRITER_FIXTURE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "thread/mutex.h"
#include "wal/gated_file_system.h"
#include "wal/log_fixture.h"
#include "wal/log_writer.h"

namespace orderstore::wal {

// States are pointers to their LSNs. Durable states come in order, and the disk
// has them; Describe is asked only about the newest of them.
class CheckingObserver : public LogObserver {
 public:
  // The disk is looked at, if there is one.
  explicit CheckingObserver(const disk::SimulatedDisk* disk) : disk_(disk) {}

  const void* StateOf(Lsn lsn) {
    thread::MutexLock lock(mutex_);
    return &states_.emplace_back(lsn);
  }
  Lsn durable() const { return durable_.load(); }
  // The newest that is durable.
  const void* state() const { return state_.load(); }
  int64_t calls() const { return calls_.load(); }
  // What the log told about itself.
  int64_t slow_writes() const { return slow_writes_.load(); }
  int64_t failures() const { return failures_.load(); }

  void Durable(const void* state) override {
    EXPECT_FALSE(inside_.exchange(true)) << "two threads at once";
    const Lsn lsn = *static_cast<const Lsn*>(state);
    // Or another state took the place of the one before.
    EXPECT_GE(lsn, durable_.load() + (state == state_.load() ? 1 : 0));
    if (disk_ != nullptr) {
      const ReadResult read = ReadImage(disk_->Image());
      EXPECT_TRUE(read.status.ok()) << read.status;
      EXPECT_GE(read.end.lsn, lsn);
    }
    durable_.store(lsn);
    state_.store(state);
    ++calls_;
    inside_.store(false);
  }
  std::string Describe(const void* state) const override {
    const Lsn lsn = *static_cast<const Lsn*>(state);
    EXPECT_EQ(lsn, durable_.load());
    return absl::StrCat("state ", lsn);
  }
  void WroteSlowly(std::chrono::nanoseconds took) override {
    EXPECT_GT(took.count(), 0);
    ++slow_writes_;
  }
  void Failed(const absl::Status& failure) override {
    EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable) << failure;
    ++failures_;
  }

 private:
  const disk::SimulatedDisk* const disk_;
  thread::Mutex mutex_;
  std::deque<Lsn> states_ ABSL_GUARDED_BY(mutex_);
  std::atomic<Lsn> durable_ = 0;
  std::atomic<const void*> state_ = nullptr;
  std::atomic<int64_t> calls_ = 0;
  std::atomic<int64_t> slow_writes_ = 0;
  std::atomic<int64_t> failures_ = 0;
  std::atomic<bool> inside_ = false;
};

class LogWriterTest : public LogTest {
 protected:
  using Clock = std::chrono::steady_clock;
  using Gate = GatedFileSystem::Gate;

  static constexpr LogOptions kNever{.flush_delay_max =
                                         std::chrono::hours(24 * 365 * 100)};
  static constexpr std::chrono::minutes kLong{5};

  LogWriterTest() : gates_(disk_) { gated_.emplace(OpenShop(gates_)); }
  ~LogWriterTest() override {
    gates_.Open(Gate::kFrames);
    gates_.Open(Gate::kZeros);
  }

  GatedFileSystem& gates() { return gates_; }
  LogWriter& log() { return *log_; }
  CheckingObserver& observer() { return *observer_; }

  // ---- Opening ----
  void UseSegments(int64_t bytes) { segment_bytes_ = bytes; }
  void StartNew(const LogOptions& options = {}, bool checks_disk = true) {
    auto made = SegmentWriter::Create(*gated_, TestStore(), kSchemaRevisionNew,
                                      segment_bytes_, 0);
    ASSERT_TRUE(made.ok()) << made.status();
    StartWith(*std::move(made), options, false, checks_disk);
  }
  void StartWith(std::unique_ptr<SegmentWriter> segments,
                 const LogOptions& options, bool closed,
                 bool checks_disk = true) {
    lsn_ = segments->lsn();
    bodies_.clear();
    observer_ =
        std::make_unique<CheckingObserver>(checks_disk ? &disk_ : nullptr);
    const void* state = observer_->StateOf(lsn_);
    if (lsn_ > 0) observer_->Durable(state);
    log_ = std::make_unique<LogWriter>(std::move(segments), options, *observer_,
                                       state, closed);
    EXPECT_TRUE(log_->Start().ok());
  }
  // Opens what is there.
  absl::Status Restart(const LogOptions& options = {}) {
    const ReadResult read = Read();
    if (!read.status.ok()) return read.status;
    auto resumed =
        SegmentWriter::Resume(*gated_, TestStore(), segment_bytes_, read.end);
    if (!resumed.ok()) return resumed.status();
    StartWith(*std::move(resumed), options, read.end.closed);
    return absl::OkStatus();
  }
  // The log is destroyed, closed or not.
  void Stop() { log_.reset(); }
  // The process ends without closing the log.
  void Kill() {
    log_.reset();
    folder_.reset();
    gated_.reset();
    disk_.RestartProgram();
    Reopen();
  }
  void CutPower() {
    log_.reset();
    folder_.reset();
    gated_.reset();
    disk_.Restart();
    Reopen();
  }

  // ---- Commits ----
  Lsn lsn() const { return lsn_; }
  // Reserves and appends the next record.
  absl::Status Append(size_t bytes) {
    absl::Status status = log_->Reserve(bytes);
    if (!status.ok()) return status;
    ++lsn_;
    log_->Append(lsn_, BodyOf(lsn_, bytes), observer_->StateOf(lsn_));
    bodies_.push_back(bytes);
    return status;
  }
  absl::Status Wait(Lsn lsn) { return log_->WaitDurable(lsn, std::nullopt); }
  absl::Status Commit(size_t bytes) {
    absl::Status status = Append(bytes);
    return status.ok() ? Wait(lsn_) : status;
  }
  // What was appended since the log was opened.
  const std::vector<size_t>& bodies() const { return bodies_; }

  int64_t Writes() { return disk().CallCount(disk::Call::kWrite); }
  std::vector<std::string> Names() { return disk().List("shop"); }

 private:
  void Reopen() {
    folder_.emplace(OpenShop(disk_));
    gated_.emplace(OpenShop(gates_));
  }

  int64_t segment_bytes_ = kSegmentBytes;
  GatedFileSystem gates_;
  std::optional<io::Folder> gated_;
  std::unique_ptr<CheckingObserver> observer_;
  std::unique_ptr<LogWriter> log_;
  Lsn lsn_ = 0;
  std::vector<size_t> bodies_;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_TESTS_WAL_LOG_WRITER_FIXTURE_H_
