#include "wal/log_writer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "io/coding.h"
#include "thread/start.h"
#include "wal/record_stream.h"

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

// How long a leader waits at most: for the next one to come, and in total.
constexpr std::chrono::microseconds kGatherNextMax{20};
constexpr std::chrono::microseconds kGatherMax{100};

absl::Status NoRoom(const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat("the log has no room: ", std::string(status.message()),
                   "; nothing was committed, and later commits succeed once "
                   "that is mended"));
}

}  // namespace

LogWriter::LogWriter(std::unique_ptr<SegmentWriter> segments,
                     const LogOptions& options, LogObserver& observer,
                     const void* state, bool closed)
    : options_(options),
      observer_(observer),
      no_memory_to_write_(absl::UnavailableError(
          "the log has failed: there was no memory to write a commit; reopen "
          "the store to go on")),
      no_memory_for_room_(NoRoom(absl::ResourceExhaustedError(
          "there is no memory to make a file for it"))),
      segments_(std::move(segments)),
      written_state_(state),
      closed_frame_last_(closed),
      appended_lsn_(segments_->lsn()),
      durable_lsn_(segments_->lsn()),
      free_sectors_(segments_->sectors_left()) {}

absl::Status LogWriter::Start() {
  absl::StatusOr<std::thread> flusher = thread::Start([this] { RunFlusher(); });
  if (!flusher.ok()) return flusher.status();
  flusher_ = *std::move(flusher);
  absl::StatusOr<std::thread> preparer =
      thread::Start([this] { RunPreparer(); });
  if (!preparer.ok()) return preparer.status();
  preparer_ = *std::move(preparer);
  return absl::OkStatus();
}

LogWriter::~LogWriter() { StopThreads(); }

// ---- Commit ----------------------------------------------------------------

absl::Status LogWriter::Reserve(size_t body_bytes) {
  const size_t sectors = SectorsReserved(body_bytes);
  thread::MutexLock lock(mutex_);
  promised_sectors_ -= std::exchange(reserved_sectors_, 0);
  if (absl::Status status = MakeRoom(sectors); !status.ok()) return status;
  if (!failure_.ok()) return failure_;
  ReserveMemory(kRecordHeaderBytes + body_bytes);
  reserved_sectors_ = sectors;
  promised_sectors_ += sectors;
  if (!prepare_asked_ && !HasRoom(segments_->segment_sectors() / 2) &&
      Clock::now() >= prepare_again_) {
    prepare_asked_ = true;
    preparer_wanted_.NotifyOne();
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
    absl::Status status = MakeSegment();
    mutex_.lock();
    preparing_ = false;
    prepared_.NotifyAll();
    if (!status.ok()) {
      ShrinkRoom();
      return status;
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
    DropSegment();
    mutex_.lock();
    preparing_ = false;
    prepared_.NotifyAll();
  }
}

absl::Status LogWriter::MakeSegment() {
  try {
    absl::Status status = segments_->Prepare();
    return status.ok() ? status : NoRoom(status);
  } catch (const std::bad_alloc&) {
    return no_memory_for_room_;
  }
}

void LogWriter::DropSegment() {
  try {
    segments_->Unprepare().IgnoreError();
  } catch (const std::bad_alloc&) {
    // What stays goes at the next open.
  }
}

void LogWriter::ReserveMemory(size_t record_bytes) {
  std::string& records = pending_.records;
  records.reserve(records.size() + record_bytes);
  std::vector<Batch::End>& ends = pending_.ends;
  if (ends.size() == ends.capacity()) ends.reserve(2 * ends.size() + 16);
}

void LogWriter::Append(Lsn lsn, std::string_view body, const void* state) {
  Waiter* served = nullptr;
  {
    thread::MutexLock lock(mutex_);
    appended_lsn_ = lsn;
    try {
      AddRecord(lsn, body, state);
      return;
    } catch (const std::bad_alloc&) {
      if (!failure_.ok()) return;
      Fail(no_memory_to_write_);
      served = TakeServed();
    }
  }
  Wake(served);
  observer_.Failed(no_memory_to_write_);
}

void LogWriter::AddRecord(Lsn lsn, std::string_view body, const void* state) {
  if (pending_.ends.empty()) pending_.began = Clock::now();
  io::AppendFixed(pending_.records, uint64_t{body.size()});
  io::AppendFixed(pending_.records, lsn);
  pending_.records += body;
  pending_.ends.push_back({pending_.records.size(), lsn, state});
  const size_t sectors = SectorsReserved(body.size());
  pending_.sectors += sectors;
  promised_sectors_ += sectors;
  promised_sectors_ -= std::exchange(reserved_sectors_, 0);
  unflushed_bytes_ += static_cast<int64_t>(kRecordHeaderBytes + body.size());
  if (awaited_lsn_ < lsn) return;
  const auto awaits_it = [=](Waiter* waiter) { return waiter->lsn == lsn; };
  if (std::any_of(waiters_.begin(), waiters_.end(), awaits_it)) FlushNow();
}

bool LogWriter::ReplaceState(Lsn lsn, const void* state) {
  thread::MutexLock lock(mutex_);
  if (!pending_.ends.empty()) {
    pending_.ends.back().state = state;
    return false;
  }
  if (writing_) {
    replacement_ = state;
    return false;
  }
  if (durable_lsn_ != lsn) return false;
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

LogWriter::Exposure LogWriter::exposure() const {
  thread::MutexLock lock(mutex_);
  Exposure exposure{.transactions = appended_lsn_ - durable_lsn_,
                    .bytes = unflushed_bytes_};
  if (exposure.transactions > 0) {
    exposure.age = std::chrono::duration_cast<std::chrono::microseconds>(
        Clock::now() -
        (writing_ || !failure_.ok() ? writing_began_ : pending_.began));
  }
  return exposure;
}

bool LogWriter::IsBeingWritten(Lsn lsn) const {
  return pending_.ends.empty() || lsn < pending_.ends.front().lsn;
}

void LogWriter::FlushNow() {
  flush_now_ = true;
  if (!writing_) flusher_wanted_.NotifyOne();
}

absl::Status LogWriter::Undecided(Lsn lsn) const {
  if (lsn > appended_lsn_) return failure_;
  return absl::UnknownError(
      absl::StrCat("it is not known whether the transaction is durable; ",
                   std::string(failure_.message())));
}

void LogWriter::Fail(absl::Status failure) {
  failure_ = std::move(failure);
  failed_.store(true, std::memory_order_release);
}

absl::Status LogWriter::WaitDurable(Lsn lsn, thread::Deadline deadline) {
  for (;;) {
    Waiter self(lsn);
    {
      thread::MutexLock lock(mutex_);
      if (durable_lsn_ >= lsn) return absl::OkStatus();
      if (!failure_.ok()) return Undecided(lsn);
      if (lsn <= appended_lsn_ && !writing_ && !deadline) {
        Gather();
        WriteBatch();
        continue;
      }
      if (lsn > appended_lsn_) {
        awaited_lsn_ = std::max(awaited_lsn_, lsn);
      } else if (!IsBeingWritten(lsn)) {
        FlushNow();
      }
      waiters_.push_back(&self);
    }
    if (!self.woken.Wait(deadline)) {
      {
        thread::MutexLock lock(mutex_);
        if (std::erase(waiters_, &self) > 0) {
          return absl::DeadlineExceededError(absl::StrCat(
              "LSN ", lsn, " was not durable until the deadline; it is up to ",
              durable_lsn_, " now"));
        }
      }
      self.woken.Wait(std::nullopt);  // somebody has just taken it to wake it
    }
    if (self.durable) return absl::OkStatus();
  }
}

absl::Status LogWriter::FlushLater(Lsn lsn) {
  {
    thread::MutexLock lock(mutex_);
    if (durable_lsn_ >= lsn) return absl::OkStatus();
    if (!failure_.ok()) return Undecided(lsn);
    if (unflushed_bytes_ <= options_.unflushed_bytes_max) {
      if (!flush_asked_ && !pending_.ends.empty()) {
        flush_asked_ = true;
        flusher_wanted_.NotifyOne();
      }
      return absl::OkStatus();
    }
    lsn = appended_lsn_;
  }
  return WaitDurable(lsn, std::nullopt);
}

// ---- The leader ------------------------------------------------------------

void LogWriter::Gather() {
  if (pending_.ends.size() >= expected_) return;
  writing_ = true;
  writing_began_ = pending_.began;
  Clock::time_point now = Clock::now();
  const Clock::time_point last = now + kGatherMax;
  Clock::time_point end = now + kGatherNextMax;
  size_t waiting = waiters_.size();
  do {
    mutex_.unlock();
    std::this_thread::yield();
    mutex_.lock();
    now = Clock::now();
    // Not records: who appends without waiting may do so at any time.
    if (waiters_.size() > waiting) {
      waiting = waiters_.size();
      end = std::min(last, now + kGatherNextMax);
    }
  } while (pending_.ends.size() < expected_ && now < end);
}

void LogWriter::WriteBatch() {
  writing_ = true;
  writing_began_ = pending_.began;
  Batch batch = std::exchange(pending_, std::exchange(spare_, {}));
  flush_asked_ = false;
  flush_now_ = false;
  Progress progress;
  Clock::duration longest{0};
  absl::Status failure;
  while (failure_.ok() && progress.at < batch.records.size()) {
    // Who is in an earlier frame does not wait for the later ones.
    Waiter* const served = progress.at > 0 ? TakeServed() : nullptr;
    mutex_.unlock();
    Wake(served);
    const absl::Status status = WriteFrame(batch, progress);
    mutex_.lock();
    if (status.ok()) {
      Count(batch, progress);
      longest = std::max(longest, progress.took);
    } else {
      failure = status;
      Fail(failure);
    }
  }
  TellOfReplacement();
  writing_ = false;
  expected_ = batch.ends.size() + pending_.ends.size();
  promised_sectors_ -= batch.sectors;
  batch.records.clear();
  batch.ends.clear();
  batch.sectors = 0;
  // The memory of a very large transaction is given back.
  constexpr size_t kKept = size_t{16} << 20;
  if (batch.records.capacity() <= kKept) spare_ = std::move(batch);
  if (flush_asked_ || flush_now_) flusher_wanted_.NotifyOne();
  Waiter* const served = TakeServed();
  mutex_.unlock();
  Wake(served);
  Tell(longest, failure);
  mutex_.lock();
}

void LogWriter::Tell(Clock::duration longest, const absl::Status& failure) {
  if (options_.slow_write.count() > 0 && longest >= options_.slow_write) {
    observer_.WroteSlowly(longest);
  }
  if (!failure.ok()) observer_.Failed(failure);
}

absl::Status LogWriter::WriteFrame(const Batch& batch, Progress& progress) {
  try {
    const absl::Status status = TryWriteFrame(batch, progress);
    if (status.ok()) return status;
    return absl::UnavailableError(
        absl::StrCat("the log has failed: ", std::string(status.message()),
                     "; reopen the store to go on"));
  } catch (const std::bad_alloc&) {
    return no_memory_to_write_;
  }
}

absl::Status LogWriter::TryWriteFrame(const Batch& batch, Progress& progress) {
  if (segments_->sectors_left() == 0) {
    absl::Status status = segments_->Rotate(observer_.Describe(written_state_));
    if (!status.ok()) return status;
  }
  const size_t at = progress.at;
  const size_t size = std::min(
      PayloadRoom(std::min(segments_->sectors_left(), kFrameSectorsMax)),
      batch.records.size() - at);
  FrameHeader frame{.last_lsn = segments_->lsn()};
  size_t begin =  // of the record that goes on, or begins, at `at`
      progress.ended > 0 ? batch.ends[progress.ended - 1].at : 0;
  if (at > begin) {
    frame.continued_bytes = static_cast<uint32_t>(
        std::min(size, batch.ends[progress.ended].at - at));
  }
  const void* state = nullptr;
  size_t ended = progress.ended;
  for (; ended < batch.ends.size() && batch.ends[ended].at <= at + size;
       ++ended) {
    begin = batch.ends[ended].at;
    frame.last_lsn = batch.ends[ended].lsn;
    state = batch.ends[ended].state;
  }
  frame.unfinished = at + size > begin;
  const std::string_view payload =
      std::string_view(batch.records).substr(at, size);
  const Clock::time_point began = Clock::now();
  absl::Status status = segments_->Write(frame, payload);
  const Clock::duration took = Clock::now() - began;
  if (!status.ok()) return status;
  sync_recorder_.Add(took);
  progress = {.at = at + size,
              .ended = ended,
              .bytes = size,
              .sectors = SectorsOf(size),
              .took = took};
  // Before the observer looks.
  written_bytes_ += static_cast<int64_t>(progress.sectors * io::kSectorBytes);
  closed_frame_last_ = false;
  if (state != nullptr) {
    written_state_ = state;
    observer_.Durable(state);
  }
  return absl::OkStatus();
}

void LogWriter::TellOfReplacement() {
  while (replacement_ != nullptr && failure_.ok()) {
    written_state_ = std::exchange(replacement_, nullptr);
    mutex_.unlock();
    observer_.Durable(written_state_);
    mutex_.lock();
  }
  replacement_ = nullptr;
}

void LogWriter::Count(const Batch& batch, const Progress& progress) {
  free_sectors_ -= progress.sectors;
  unflushed_bytes_ -= static_cast<int64_t>(progress.bytes);
  if (progress.ended > 0) durable_lsn_ = batch.ends[progress.ended - 1].lsn;
}

void LogWriter::Wake(Waiter* served) {
  while (served != nullptr) {
    // Who is woken leaves at once, and its Waiter is gone.
    Waiter* const next = served->next;
    served->woken.Set();
    served = next;
  }
}

LogWriter::Waiter* LogWriter::TakeServed() {
  const Lsn durable = durable_lsn_;
  const bool failed = !failure_.ok();
  Waiter* served = nullptr;
  Waiter** link = &served;
  std::erase_if(waiters_, [&](Waiter* waiter) {
    waiter->durable = waiter->lsn <= durable;
    if (!waiter->durable && !failed) return false;
    *link = waiter;
    link = &waiter->next;
    return true;
  });
  return served;
}

// ---- The log's own threads -------------------------------------------------

void LogWriter::RunFlusher() {
  thread::MutexLock lock(mutex_);
  while (!stopping_) {
    const bool asked = flush_asked_ || flush_now_;
    if (!asked || writing_ || pending_.ends.empty() || !failure_.ok()) {
      flusher_wanted_.Wait(mutex_);
      continue;
    }
    const Clock::time_point due = pending_.began + options_.flush_delay_max;
    if (flush_now_ || Clock::now() >= due) {
      if (flush_now_) Gather();
      WriteBatch();
    } else {
      flusher_wanted_.Wait(mutex_, due);
    }
  }
}

void LogWriter::RunPreparer() {
  thread::MutexLock lock(mutex_);
  while (!stopping_) {
    if (!prepare_asked_) {
      preparer_wanted_.Wait(mutex_);
      continue;
    }
    // If it fails, the commit that needs the room says so.
    const bool made = MakeRoom(segments_->segment_sectors() / 2).ok();
    prepare_asked_ = false;
    prepare_again_ = Clock::now();
    if (!made) prepare_again_ += kPrepareAgain;
  }
}

void LogWriter::StopThreads() {
  {
    thread::MutexLock lock(mutex_);
    stopping_ = true;
    flusher_wanted_.NotifyOne();
    preparer_wanted_.NotifyOne();
  }
  if (flusher_.joinable()) flusher_.join();
  if (preparer_.joinable()) preparer_.join();
}

// ---- Close -----------------------------------------------------------------

absl::Status LogWriter::Close() {
  // As it throws, too: from then on the observer hears of nothing.
  const absl::Cleanup stop = [this] { StopThreads(); };
  absl::Status status = this->status();
  if (status.ok()) {
    Lsn lsn = 0;
    {
      thread::MutexLock lock(mutex_);
      lsn = appended_lsn_;
    }
    status = WaitDurable(lsn, std::nullopt);
  }
  StopThreads();
  if (status.ok() && !closed_frame_last_) status = WriteClosingFrame();
  // What cannot be removed goes at the next open.
  while (segments_->prepared() > 0) segments_->Unprepare().IgnoreError();
  Waiter* left = nullptr;
  {
    thread::MutexLock lock(mutex_);
    if (failure_.ok()) Fail(absl::UnavailableError("the store is closed"));
    left = TakeServed();
  }
  Wake(left);
  return status;
}

absl::Status LogWriter::WriteClosingFrame() {
  const std::string state = observer_.Describe(written_state_);
  if (segments_->sectors_left() == 0) {
    // On a full disk a log may end without.
    if (segments_->prepared() == 0 && !segments_->Prepare().ok()) {
      return absl::OkStatus();
    }
    absl::Status status = segments_->Rotate(state);
    if (!status.ok()) return status;
  }
  return segments_->Write(
      {.kind = FrameKind::kClose, .last_lsn = segments_->lsn()}, state);
}

}  // namespace orderstore::wal
