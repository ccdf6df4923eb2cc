#include "wal/log_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/coding.h"

namespace orderstore::wal {
namespace {

// Sectors that a record takes at most, however records are put into frames and
// frames into segments: each sector of a frame holds at least so much of them.
size_t SectorsReserved(size_t body_bytes) {
  constexpr size_t kBytesASector = PayloadRoom(1);
  return (kRecordHeaderBytes + body_bytes + kBytesASector - 1) / kBytesASector;
}

// How long a full disk is left alone before segments are made ahead again.
constexpr std::chrono::seconds kPrepareAgain{1};

}  // namespace

LogWriter::LogWriter(std::unique_ptr<SegmentWriter> segments,
                     const LogOptions& options, LogObserver& observer,
                     const void* state, bool closed)
    : options_(options),
      observer_(observer),
      segments_(std::move(segments)),
      written_state_(state),
      closed_frame_last_(closed),
      appended_lsn_(segments_->lsn()),
      durable_lsn_(segments_->lsn()),
      free_sectors_(segments_->sectors_left()),
      background_([this] { RunInBackground(); }) {}

LogWriter::~LogWriter() { StopBackground(); }

// ---- Commit ----------------------------------------------------------------

absl::Status LogWriter::Reserve(size_t body_bytes) {
  const size_t sectors = SectorsReserved(body_bytes);
  thread::MutexLock lock(mutex_);
  if (!failure_.ok()) return failure_;
  if (!HasRoom(sectors)) {
    if (absl::Status status = MakeRoom(sectors); !status.ok()) return status;
  }
  if (!prepare_asked_ && !HasRoom(sectors + segments_->segment_sectors() / 2) &&
      Clock::now() >= prepare_again_) {
    prepare_asked_ = true;
    background_wanted_.NotifyOne();
  }
  return absl::OkStatus();
}

absl::Status LogWriter::MakeRoom(size_t sectors) {
  while (!HasRoom(sectors)) {
    if (!failure_.ok()) return failure_;
    if (preparing_) {
      prepared_.Wait(mutex_);
      continue;
    }
    preparing_ = true;
    mutex_.unlock();
    const absl::Status status = segments_->Prepare();
    mutex_.lock();
    preparing_ = false;
    prepared_.NotifyAll();
    if (!status.ok()) {
      ShrinkRoom();
      return absl::Status(
          status.code(),
          absl::StrCat("the log has no room: ", std::string(status.message()),
                       "; try again when there is space"));
    }
    free_sectors_ += segments_->segment_sectors();
  }
  return absl::OkStatus();
}

void LogWriter::ShrinkRoom() {
  const size_t sectors = segments_->segment_sectors();
  while (!preparing_ && segments_->prepared() > 1 && HasRoom(sectors)) {
    free_sectors_ -= sectors;
    preparing_ = true;
    mutex_.unlock();
    // What stays goes at the next open.
    segments_->Unprepare().IgnoreError();
    mutex_.lock();
    preparing_ = false;
    prepared_.NotifyAll();
  }
}

void LogWriter::Append(Lsn lsn, std::string_view body, const void* state) {
  thread::MutexLock lock(mutex_);
  if (pending_.ends.empty()) pending_.began = Clock::now();
  io::AppendFixed(pending_.records, uint64_t{body.size()});
  io::AppendFixed(pending_.records, lsn);
  pending_.records += body;
  pending_.ends.push_back({pending_.records.size(), lsn, state});
  const size_t sectors = SectorsReserved(body.size());
  pending_.sectors += sectors;
  promised_sectors_ += sectors;
  unflushed_bytes_ += static_cast<int64_t>(kRecordHeaderBytes + body.size());
  appended_lsn_ = lsn;
}

bool LogWriter::ReplaceState(Lsn lsn, const void* state) {
  thread::MutexLock lock(mutex_);
  if (writing_ || durable_lsn_ != lsn || !failure_.ok()) return false;
  written_state_ = state;
  return true;
}

// ---- Durability ------------------------------------------------------------

Lsn LogWriter::durable_lsn() const {
  thread::MutexLock lock(mutex_);
  return durable_lsn_;
}

absl::Status LogWriter::status() const {
  if (!failed_.load(std::memory_order_acquire)) return absl::OkStatus();
  thread::MutexLock lock(mutex_);
  return failure_;
}

int64_t LogWriter::written_bytes() const {
  thread::MutexLock lock(mutex_);
  return written_bytes_;
}

LogWriter::Exposure LogWriter::exposure() const {
  thread::MutexLock lock(mutex_);
  Exposure exposure{.transactions = appended_lsn_ - durable_lsn_,
                    .bytes = unflushed_bytes_};
  if (exposure.transactions > 0) {
    exposure.age = std::chrono::duration_cast<std::chrono::microseconds>(
        Clock::now() - (writing_ ? writing_began_ : pending_.began));
  }
  return exposure;
}

absl::Status LogWriter::Unknown() const {
  return absl::UnknownError(
      absl::StrCat("it is not known whether the transaction is durable; ",
                   std::string(failure_.message())));
}

void LogWriter::Fail(absl::Status failure) {
  failure_ = std::move(failure);
  failed_.store(true, std::memory_order_release);
}

absl::Status LogWriter::WaitDurable(Lsn lsn, thread::Deadline deadline) {
  thread::MutexLock lock(mutex_);
  for (;;) {
    if (durable_lsn_ >= lsn) return absl::OkStatus();
    if (!failure_.ok()) return Unknown();
    if (!writing_ && lsn <= appended_lsn_) {
      WriteBatch();
      continue;
    }
    Waiter self(lsn);
    waiters_.push_back(&self);
    bool in_time = true;
    while (!self.woken && in_time) {
      in_time = self.changed.Wait(mutex_, deadline);
    }
    if (self.served) {
      // Others hold its address until its turn.
      while (!self.woken) self.changed.Wait(mutex_);
      if (self.next != nullptr) Wake(self.next);
    } else if (!self.woken) {
      std::erase(waiters_, &self);
      return absl::DeadlineExceededError(absl::StrCat(
          "LSN ", lsn, " was not durable until the deadline; it is up to ",
          durable_lsn_, " now"));
    }
  }
}

absl::Status LogWriter::FlushLater() {
  Lsn lsn = 0;
  {
    thread::MutexLock lock(mutex_);
    if (!failure_.ok()) return Unknown();
    if (unflushed_bytes_ <= options_.unflushed_bytes_max) {
      if (!flush_asked_ && !pending_.ends.empty()) {
        flush_asked_ = true;
        background_wanted_.NotifyOne();
      }
      return absl::OkStatus();
    }
    lsn = appended_lsn_;
  }
  return WaitDurable(lsn, std::nullopt);
}

// ---- The leader ------------------------------------------------------------

void LogWriter::WriteBatch() {
  writing_ = true;
  writing_began_ = pending_.began;
  Batch batch = std::exchange(pending_, std::exchange(spare_, {}));
  flush_asked_ = false;
  mutex_.unlock();
  const size_t before = segments_->sectors_written();
  const absl::Status status = WriteRecords(batch);
  const size_t sectors = segments_->sectors_written() - before;
  if (status.ok()) observer_.Durable(batch.ends.back().state);
  mutex_.lock();
  writing_ = false;
  free_sectors_ -= sectors;
  promised_sectors_ -= batch.sectors;
  written_bytes_ += static_cast<int64_t>(sectors * io::kSectorBytes);
  unflushed_bytes_ -= static_cast<int64_t>(batch.records.size());
  if (status.ok()) {
    durable_lsn_ = batch.ends.back().lsn;
  } else {
    Fail(absl::UnavailableError(
        absl::StrCat("the log has failed: ", std::string(status.message()),
                     "; reopen the store to go on")));
  }
  batch.records.clear();
  batch.ends.clear();
  batch.sectors = 0;
  // The memory of a very large transaction is given back.
  constexpr size_t kKept = size_t{16} << 20;
  if (batch.records.capacity() <= kKept) spare_ = std::move(batch);
  WakeWaiters();
}

absl::Status LogWriter::WriteRecords(const Batch& batch) {
  const std::string_view records = batch.records;
  auto end = batch.ends.begin();
  size_t begin = 0;  // of the record that `end` ends
  for (size_t at = 0; at < records.size();) {
    if (segments_->sectors_left() == 0) {
      absl::Status status =
          segments_->Rotate(observer_.Describe(written_state_));
      if (!status.ok()) return status;
    }
    const size_t size = std::min(
        PayloadRoom(std::min(segments_->sectors_left(), kFrameSectorsMax)),
        records.size() - at);
    FrameHeader frame{.last_lsn = segments_->lsn()};
    if (at > begin) {
      frame.continued_bytes =
          static_cast<uint32_t>(std::min(size, end->at - at));
    }
    const void* state = written_state_;
    for (; end != batch.ends.end() && end->at <= at + size; ++end) {
      frame.last_lsn = end->lsn;
      state = end->state;
      begin = end->at;
    }
    frame.unfinished = at + size > begin;
    absl::Status status = segments_->Write(frame, records.substr(at, size));
    if (!status.ok()) return status;
    written_state_ = state;
    closed_frame_last_ = false;
    at += size;
  }
  return absl::OkStatus();
}

void LogWriter::Wake(Waiter* waiter) {
  waiter->woken = true;
  waiter->changed.NotifyOne();
}

void LogWriter::WakeWaiters() {
  WakeLeader();
  Waiter* first = nullptr;
  Waiter** link = &first;
  std::vector<Waiter*> rest;
  for (Waiter* waiter : waiters_) {
    if (waiter->lsn > durable_lsn_ && failure_.ok()) {
      rest.push_back(waiter);
      continue;
    }
    waiter->served = true;
    *link = waiter;
    link = &waiter->next;
  }
  waiters_.swap(rest);
  if (first != nullptr) Wake(first);
  if (flush_asked_) background_wanted_.NotifyOne();
}

void LogWriter::WakeLeader() {
  if (pending_.ends.empty() || !failure_.ok()) return;
  for (Waiter*& waiter : waiters_) {
    if (waiter->lsn <= durable_lsn_ || waiter->lsn > appended_lsn_) continue;
    Waiter* const leader = waiter;
    waiters_.erase(waiters_.begin() + (&waiter - waiters_.data()));
    Wake(leader);
    return;
  }
}

// ---- In the background -----------------------------------------------------

void LogWriter::RunInBackground() {
  thread::MutexLock lock(mutex_);
  while (!stopping_) {
    if (prepare_asked_ && !preparing_ && failure_.ok()) {
      // If it fails, the commit that needs the room says so.
      const bool made = MakeRoom(segments_->segment_sectors() / 2).ok();
      prepare_asked_ = false;
      prepare_again_ = Clock::now();
      if (!made) prepare_again_ += kPrepareAgain;
    } else if (flush_asked_ && !writing_ && failure_.ok()) {
      const Clock::time_point due = pending_.began + options_.flush_delay_max;
      if (Clock::now() < due) {
        background_wanted_.Wait(mutex_, due);
      } else {
        WriteBatch();
      }
    } else {
      background_wanted_.Wait(mutex_);
    }
  }
}

void LogWriter::StopBackground() {
  {
    thread::MutexLock lock(mutex_);
    stopping_ = true;
    background_wanted_.NotifyOne();
  }
  if (background_.joinable()) background_.join();
}

absl::Status LogWriter::Close() {
  StopBackground();
  Lsn lsn = 0;
  {
    thread::MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    lsn = appended_lsn_;
  }
  absl::Status status = WaitDurable(lsn, std::nullopt);
  if (status.ok() && !closed_frame_last_) status = WriteClosingFrame();
  while (segments_->prepared() > 0) status.Update(segments_->Unprepare());
  thread::MutexLock lock(mutex_);
  Fail(absl::UnavailableError("the store is closed"));
  return status;
}

absl::Status LogWriter::WriteClosingFrame() {
  const std::string state = observer_.Describe(written_state_);
  if (segments_->sectors_left() == 0) {
    // On a full disk a log may end without.
    if (segments_->prepared() == 0) return absl::OkStatus();
    absl::Status status = segments_->Rotate(state);
    if (!status.ok()) return status;
  }
  return segments_->Write(
      {.kind = FrameKind::kClose, .last_lsn = segments_->lsn()}, state);
}

}  // namespace orderstore::wal
