#include "txn/engine.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "txn/state_summary.h"

namespace orderstore::txn {
namespace {

using table::CommitState;
using table::Garbage;
using table::Tables;
using table::ViewSlot;

// Garbage is collected in batches of about this size: each looks at the slots
// of all readers, which takes cache lines away from them. As much stays behind,
// some 20 us of small transactions: longer than a lookup in a view of its own.
constexpr size_t kCollectBatch = 64;
constexpr size_t kKeep = 64;
// What one transaction collects at most: less than 0.5 ms. A large one leaves
// the rest to those after it.
constexpr size_t kCollectMax = 4096;

// Without a listener no clock is to be read.
std::chrono::microseconds IfHeard(const Options& options,
                                  std::chrono::microseconds threshold) {
  return options.logger ? threshold : std::chrono::microseconds(0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const Options& options) {
  absl::StatusOr<std::unique_ptr<Tables>> tables = Tables::Create(options);
  if (!tables.ok()) return tables.status();
  return std::unique_ptr<Engine>(new Engine(*std::move(tables), options));
}

Engine::Engine(std::unique_ptr<Tables> tables, const Options& options)
    : tables_(std::move(tables)),
      memory_bytes_max_(options.memory_bytes_max),
      durability_(options.durability),
      log_options_{.flush_delay_max = options.async_delay_max,
                   .unflushed_bytes_max = options.async_bytes_max,
                   .slow_write = IfHeard(options, options.slow_sync)},
      notifier_(options.logger),
      slow_transaction_(IfHeard(options, options.slow_transaction)),
      no_memory_to_wait_(absl::UnknownError(
          "it is not known whether the transaction is durable: there was no "
          "memory to wait for the disk; it is committed, and Sync makes it "
          "durable")),
      writer_(*tables_, options.memory_bytes_max) {}

Engine::~Engine() {
  bool view_open = false;
  tables_->views.ForEach([&](ViewSlot& slot) {
    view_open |= slot.pin.load(std::memory_order_acquire) != ViewSlot::kFree;
  });
  if (view_open || lock_.Held()) {
    std::fprintf(stderr,
                 "orderstore: a store is destroyed while a %s is open\n",
                 view_open ? "read view" : "transaction");
    std::abort();
  }
}

// ---- Opening ---------------------------------------------------------------

void Engine::BeginReplay() { writer_.Begin(latest(), Writer::Mode::kReplay); }

void Engine::EndReplay(Lsn lsn) {
  tables_->states.MakeDurable(PublishChanges(lsn));
  // Nobody sees older versions: a long log must take no more memory than it
  // took when it was written.
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  tables_->Collect(tables_->states.durable_tick(), /*keep=*/0, kAll);
}

absl::Status Engine::Load(const std::function<absl::StatusOr<CommitState>(
                              Tables& tables, table::Tick tick)>& load) {
  absl::StatusOr<CommitState> state = load(*tables_, latest().tick + 1);
  if (state.ok()) {
    state->top = tables_->ranking.Publish();
    tables_->states.MakeDurable(Publish(*std::move(state)));
    tables_->limbo.Drain();
  }
  return state.status();
}

absl::Status Engine::StartLog(std::unique_ptr<wal::SegmentWriter> segments,
                              bool closed) {
  auto log = std::make_unique<wal::LogWriter>(
      std::move(segments), log_options_, *this,
      tables_->states.durable_line().node(), closed);
  if (absl::Status status = log->Start(); !status.ok()) return status;
  log_ = std::move(log);
  shows_durable_ = durability_ == Durability::kSync;
  return absl::OkStatus();
}

// ---- Transactions ----------------------------------------------------------

absl::Status Engine::Begin(thread::Deadline deadline) {
  if (read_only_) {
    return absl::PermissionDeniedError(
        "the store is open to read only; nothing was begun");
  }
  switch (lock_.Lock(deadline)) {
    case WriterLock::Outcome::kHeldByThisThread:
      return absl::FailedPreconditionError(
          "this thread has an open transaction of this store; commit or abort "
          "it before it begins another one");
    case WriterLock::Outcome::kDeadline:
      return absl::DeadlineExceededError(
          "another transaction was open until the deadline; nothing was begun");
    case WriterLock::Outcome::kLocked:
      break;
  }
  absl::Cleanup unlock = [this] { lock_.Unlock(); };
  if (absl::Status status = CheckWritable(); !status.ok()) return status;
  tables_->ReserveForAnEnd();
  if (watches_slow()) began_ = Clock::now();
  misused_.store(false, std::memory_order_relaxed);
  broke_off_ = false;
  writer_.Begin(latest(), log_ != nullptr ? Writer::Mode::kLogged
                                          : Writer::Mode::kUnlogged);
  std::move(unlock).Cancel();
  return absl::OkStatus();
}

absl::Status Engine::CheckWritable() const {
  if (closed_) return absl::UnavailableError("the store is closed");
  return log_ != nullptr ? log_->status() : absl::OkStatus();
}

absl::Status Engine::CheckUse() {
  if (!lock_.HeldByThisThread()) {
    misused_.store(true, std::memory_order_relaxed);
  } else if (broke_off_) {
    return absl::FailedPreconditionError(
        "a statement of the transaction broke off, as without memory; it can "
        "only abort now");
  } else if (!misused_.load(std::memory_order_relaxed)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "the transaction belongs to the thread that began it, and another "
      "thread used it; it can only abort now");
}

absl::StatusOr<Lsn> Engine::Commit(std::optional<Durability> asked) {
  Course course = NoteWork();
  absl::StatusOr<Lsn> lsn = End(asked, course);
  Tell(course, &lsn);
  return lsn;
}

void Engine::Abort() {
  Course course = NoteWork();
  Undo();
  NoteRelease(course);
  Tell(course, nullptr);
}

absl::StatusOr<Lsn> Engine::End(std::optional<Durability> asked,
                                Course& course) {
  const Lsn began_on = writer_.state().lsn;
  absl::StatusOr<Lsn> lsn = PublishOrUndo();
  NoteRelease(course);
  if (log_ == nullptr) return lsn;
  if (lsn.ok()) {
    absl::Status durable = WaitFor(*lsn, asked.value_or(durability_));
    NoteEnd(course);
    if (!durable.ok()) return durable;
  } else if (durability_ == Durability::kSync) {
    // The error may tell of what the transaction began on. If the log has
    // failed, it is refused all the same.
    WaitFor(began_on, Durability::kSync).IgnoreError();
    NoteEnd(course);
  }
  return lsn;
}

absl::StatusOr<Lsn> Engine::PublishOrUndo() {
  absl::Cleanup undo = [this] { Undo(); };
  table::Changes& changes = writer_.changes();
  Lsn lsn = changes.state().lsn;
  if (misused_.load(std::memory_order_relaxed)) {
    return absl::FailedPreconditionError(
        "another thread used the transaction; it was aborted");
  }
  if (broke_off_) {
    return absl::FailedPreconditionError(
        "a statement of the transaction broke off, as without memory; it was "
        "aborted");
  }
  // Statements may have failed and been undone: their tick is not used again.
  if (changes.empty()) return lsn;
  if (log_ != nullptr) {
    absl::Status status = log_->Reserve(writer_.body().size());
    TellOfRoom(status);
    if (!status.ok()) return status;
  }
  ++lsn;
  const size_t size = changes.size();
  const table::PublishedState* state = PublishChanges(lsn);
  std::move(undo).Cancel();
  if (log_ != nullptr) {
    log_->Append(lsn, writer_.body(), state);
  } else {
    tables_->states.MakeDurable(state);
  }
  CollectAfter(size);
  EndWriting();
  return lsn;
}

absl::Status Engine::WaitFor(Lsn lsn, Durability durability) {
  try {
    return durability == Durability::kSync
               ? log_->WaitDurable(lsn, std::nullopt)
               : log_->FlushLater(lsn);
  } catch (const std::bad_alloc&) {
    return no_memory_to_wait_;
  }
}

void Engine::Undo() noexcept {
  try {
    UndoChanges();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr,
                 "orderstore: there is no memory to undo a transaction\n");
    std::abort();
  }
  EndWriting();
}

void Engine::UndoChanges() {
  table::Changes& changes = writer_.changes();
  if (!changes.touched()) return;
  const size_t size = changes.size();
  const table::Tick tick = changes.tick();
  // With its top list, which the rows have again.
  CommitState state = latest();
  const Lsn lsn = state.lsn;
  changes.UndoTo({.steps = 0, .state = state});
  state.tick = tick;
  const table::PublishedState* published = Publish(std::move(state));
  changes.Finish();
  // While the state before is not durable, this one is not either; the log
  // tells when both are.
  if (log_ == nullptr || log_->ReplaceState(lsn, published)) {
    tables_->states.MakeDurable(published);
  }
  CollectAfter(size);
}

const table::PublishedState* Engine::PublishChanges(Lsn lsn) {
  table::Changes& changes = writer_.changes();
  CommitState state = changes.state();
  state.lsn = lsn;
  state.top = tables_->ranking.Publish();
  const table::PublishedState* published = Publish(std::move(state));
  changes.Finish();
  return published;
}

const table::PublishedState* Engine::Publish(CommitState state) {
  const table::Tick end = state.tick;
  tables_->collector.Reserve(1);
  const table::StatePublisher::Published published =
      tables_->states.Publish(std::move(state));
  tables_->collector.Add(
      {.begin = published.before->state.tick,
       .end = end,
       .kind = Garbage::Kind::kCommitState,
       .item = reinterpret_cast<uint64_t>(published.before)});
  return published.now;
}

bool Engine::Collect(size_t items) noexcept {
  try {
    return tables_->Collect(tables_->states.durable_tick(), kKeep, items);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void Engine::CollectAfter(size_t changes) noexcept {
  // More than was made, so that what a closed view left behind goes too.
  const uint64_t added = tables_->collector.added();
  collect_items_ += 2 * (changes + (added - added_before_)) + 16;
  added_before_ = added;
  if (tables_->collector.waiting() + tables_->limbo.size() <
      kKeep + kCollectBatch) {
    return;
  }
  const size_t items = std::min(collect_items_, kCollectMax);
  const bool more = Collect(items);
  if (tables_->collector.blocked()) return;
  collect_items_ = more ? collect_items_ - items : 0;
}

// ---- Durability ------------------------------------------------------------

void Engine::Durable(const void* state) {
  tables_->states.MakeDurable(static_cast<const table::PublishedState*>(state));
  if (watch_log_) watch_log_();
}

std::string Engine::Describe(const void* state) const {
  return StateSummary::Of(
             static_cast<const table::PublishedState*>(state)->state)
      .Encode();
}

Lsn Engine::durable_lsn() const { return tables_->states.durable_line().lsn(); }

absl::Status Engine::WaitDurable(Lsn lsn, thread::Deadline deadline) {
  if (log_ != nullptr) return log_->WaitDurable(lsn, deadline);
  return latest_lsn() >= lsn
             ? absl::OkStatus()
             : absl::FailedPreconditionError("LSN " + std::to_string(lsn) +
                                             " is not committed");
}

absl::Status Engine::Close() {
  if (lock_.Lock(std::nullopt) != WriterLock::Outcome::kLocked) {
    return absl::FailedPreconditionError(
        "this thread has an open transaction of this store; commit or abort it "
        "before the store is closed");
  }
  const absl::Cleanup unlock = [this] { lock_.Unlock(); };
  // Also if the log has no memory to close, and is to be closed again.
  closed_ = true;
  if (!close_status_) {
    close_status_ = log_ != nullptr ? log_->Close() : absl::OkStatus();
  }
  return *close_status_;
}

// ---- Views -----------------------------------------------------------------

void Engine::CloseView(ViewSlot* slot) {
  const bool leaves_some = table::ViewRegistry::Close(slot);
  if (leaves_some) {
    // An exchange: who takes the mark synchronizes with every view that set it.
    orphans_.exchange(true, std::memory_order_acq_rel);
  }
  // A little of those of another view, too, if the writer left some.
  bool go_on = true;
  while (go_on && orphans_.load(std::memory_order_relaxed) && lock_.TryLock()) {
    go_on = CollectOrphans() && leaves_some;
    lock_.Unlock();
  }
}

void Engine::EndWriting() noexcept {
  constexpr int kSlicesMax = 4;
  bool go_on = true;
  for (int slices = 0; go_on && slices < kSlicesMax; ++slices) {
    // Once more for a view that closed before the lock was free.
    if (slices > 0 &&
        (!orphans_.load(std::memory_order_relaxed) || !lock_.TryLock())) {
      return;
    }
    go_on = CollectOrphans();
    lock_.Unlock();
  }
}

bool Engine::CollectOrphans() noexcept {
  constexpr size_t kSlice = 1024;  // some 0.1 ms
  if (!orphans_.load(std::memory_order_relaxed) ||
      !orphans_.exchange(false, std::memory_order_acq_rel)) {
    return true;
  }
  const bool more = Collect(kSlice);
  const bool blocked = tables_->collector.blocked();
  if (more || blocked) orphans_.store(true, std::memory_order_release);
  return !blocked;
}

// ---- Watching --------------------------------------------------------------

Engine::Course Engine::NoteWork() {
  if (!watches_slow()) return {};
  return {.began = began_,
          .changes = writer_.changes().size(),
          .bytes = writer_.body().size()};
}

void Engine::TellOfRoom(const absl::Status& reserved) {
  const size_t bytes = writer_.body().size();
  const bool was_refused = refused_bytes_ && bytes >= *refused_bytes_;
  if (reserved.ok() && was_refused) {
    refused_bytes_.reset();
    notifier_.Tell(Severity::kInfo, NoticeKind::kRoomAgain, [] {
      return std::string("there is room for commits again");
    });
  } else if (absl::IsResourceExhausted(reserved) && !was_refused) {
    refused_bytes_ = bytes;
    notifier_.Tell(Severity::kError, NoticeKind::kDiskFull, [&] {
      return absl::StrCat("a commit was refused whole: ",
                          std::string(reserved.message()));
    });
  }
}

void Engine::Tell(const Course& course,
                  const absl::StatusOr<Lsn>* ended) const {
  if (!watches_slow()) return;
  const Clock::duration took = course.ended - course.began;
  if (took < slow_transaction_) return;
  notifier_.Tell(Severity::kWarning, NoticeKind::kSlowTransaction, [&] {
    std::string ending = "was aborted";
    if (ended != nullptr && !ended->ok()) {
      ending =
          absl::StrCat("failed to commit (",
                       absl::StatusCodeToString(ended->status().code()), ")");
    } else if (ended != nullptr) {
      ending = course.changes == 0 ? "changed nothing"
                                   : absl::StrCat("has LSN ", **ended);
    }
    return absl::StrCat(
        "a transaction took ", DurationText(took),
        ": it kept others from writing for ",
        DurationText(course.released - course.began), ", and waited ",
        DurationText(course.ended - course.released),
        " for the disk. Changes of rows: ", course.changes,
        ", bytes for the log: ", log_ != nullptr ? course.bytes : size_t{0},
        ". It ", ending);
  });
}

void Engine::WroteSlowly(std::chrono::nanoseconds took) {
  notifier_.Tell(Severity::kWarning, NoticeKind::kSlowSync, [&] {
    return absl::StrCat("a write of the log took ", DurationText(took),
                        " to be durable; commits wait for it. The disk is "
                        "slow, or busy with something else");
  });
}

void Engine::Failed(const absl::Status& failure) {
  notifier_.Tell(Severity::kError, NoticeKind::kLogFailed, [&] {
    return absl::StrCat(
        std::string(failure.message()),
        ". Until then nothing can be committed, and read views go on; after "
        "it, commits that were not acknowledged may be there");
  });
}

StoreStats Engine::Stats() {
  StoreStats stats;
  ViewSlot* own = OpenView(ReadLevel::kLatest);
  stats.lsn = own->state->lsn;
  stats.counts = own->state->counts;
  stats.oldest_read_view_lsn = stats.lsn;
  // When the state of the oldest view was replaced.
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t behind_since = kNever;
  tables_->views.ForEach([&](ViewSlot& slot) {
    const uint64_t pin = slot.pin.load(std::memory_order_acquire);
    if (&slot == own || pin == ViewSlot::kFree || pin == ViewSlot::kPinsAll) {
      return;
    }
    ++stats.read_views_open;
    stats.oldest_read_view_lsn = std::min(
        stats.oldest_read_view_lsn, slot.lsn.load(std::memory_order_relaxed));
    const int64_t replaced = table::ReplacedAt(slot);
    if (replaced != 0) behind_since = std::min(behind_since, replaced);
  });
  CloseView(own);
  if (behind_since != kNever) {
    const Clock::duration lag = Clock::now().time_since_epoch() -
                                std::chrono::nanoseconds(behind_since);
    stats.oldest_read_view_lag =
        std::chrono::duration_cast<std::chrono::microseconds>(lag);
  }
  tables_->AddTo(stats);
  stats.durable_lsn = durable_lsn();
  if (log_ != nullptr) {
    stats.has_log = true;
    stats.log_status = log_->status();
    stats.sync_times = log_->sync_times();
    const wal::LogWriter::Exposure exposure = log_->exposure();
    stats.unsynced_transactions = static_cast<int64_t>(exposure.transactions);
    stats.unsynced_bytes = exposure.bytes;
    stats.unsynced_age = exposure.age;
    stats.log_bytes = log_->written_bytes();
  }
  stats.memory_bytes_max = memory_bytes_max_;
  return stats;
}

absl::Status Engine::Check(thread::Deadline deadline) {
  switch (lock_.Lock(deadline)) {
    case WriterLock::Outcome::kHeldByThisThread:
      return absl::FailedPreconditionError(
          "this thread has an open transaction of this store; commit or abort "
          "it before the check");
    case WriterLock::Outcome::kDeadline:
      return absl::DeadlineExceededError(
          "another transaction was open until the deadline; nothing was "
          "checked");
    case WriterLock::Outcome::kLocked:
      break;
  }
  const absl::Cleanup end = [this] { EndWriting(); };
  absl::Status status = tables_->Check(latest());
  // Views that closed meanwhile could not collect.
  while (orphans_.load(std::memory_order_relaxed) && CollectOrphans()) {
  }
  return status;
}

}  // namespace orderstore::txn
