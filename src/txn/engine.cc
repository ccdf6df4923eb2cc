#include "txn/engine.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

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

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const Options& options) {
  if (options.memory_bytes_max < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("Options::memory_bytes_max is ", options.memory_bytes_max,
                     "; it is a number of bytes, or 0 for no limit"));
  }
  absl::StatusOr<std::unique_ptr<Tables>> tables = Tables::Create(options);
  if (!tables.ok()) return tables.status();
  return std::unique_ptr<Engine>(new Engine(*std::move(tables), options));
}

Engine::Engine(std::unique_ptr<Tables> tables, const Options& options)
    : tables_(std::move(tables)),
      memory_bytes_max_(options.memory_bytes_max),
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

// ---- Transactions ----------------------------------------------------------

absl::Status Engine::Begin(
    std::optional<std::chrono::steady_clock::time_point> deadline) {
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
  misused_.store(false, std::memory_order_relaxed);
  writer_.Begin(newest());
  return absl::OkStatus();
}

absl::Status Engine::CheckUse() {
  if (!lock_.HeldByThisThread()) {
    misused_.store(true, std::memory_order_relaxed);
  } else if (!misused_.load(std::memory_order_relaxed)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "the transaction belongs to the thread that began it, and another "
      "thread used it; it can only abort now");
}

absl::StatusOr<Lsn> Engine::Commit() {
  if (misused_.load(std::memory_order_relaxed)) {
    Abort();
    return absl::FailedPreconditionError(
        "another thread used the transaction; it was aborted");
  }
  table::Changes& changes = writer_.changes();
  Lsn lsn = changes.state().lsn;
  if (!changes.empty()) {
    CommitState state = changes.state();
    lsn = ++state.lsn;
    state.top = tables_->ranking.Publish();
    const size_t size = changes.size();
    changes.Finish();
    Publish(std::move(state));
    CollectAfter(size);
  } else if (changes.touched()) {
    // Statements failed and were undone: their tick is not used again.
    Abort();
    return lsn;
  }
  EndWriting();
  return lsn;
}

void Engine::Abort() {
  table::Changes& changes = writer_.changes();
  if (changes.touched()) {
    const size_t size = changes.size();
    const table::Tick tick = changes.tick();
    CommitState state = newest();
    changes.UndoTo({.steps = 0, .state = state});
    changes.Finish();
    state.tick = tick;
    state.top = tables_->ranking.Publish();
    Publish(std::move(state));
    CollectAfter(size);
  }
  EndWriting();
}

void Engine::Publish(CommitState state) {
  const table::Tick end = state.tick;
  const table::PublishedState* old = tables_->states.Publish(std::move(state));
  tables_->collector.Add({.begin = old->state.tick,
                          .end = end,
                          .kind = Garbage::Kind::kCommitState,
                          .item = reinterpret_cast<uint64_t>(old)});
}

void Engine::CollectAfter(size_t changes) {
  // More than was made, so that what a closed view left behind goes too.
  const uint64_t added = tables_->collector.added();
  collect_items_ += 2 * (changes + (added - added_before_)) + 16;
  added_before_ = added;
  if (tables_->collector.waiting() + tables_->limbo.size() <
      kKeep + kCollectBatch) {
    return;
  }
  const size_t items = std::min(collect_items_, kCollectMax);
  const bool more = tables_->Collect(newest().tick, kKeep, items);
  collect_items_ = more ? collect_items_ - items : 0;
}

// ---- Views -----------------------------------------------------------------

void Engine::CloseView(ViewSlot* slot) {
  if (table::ViewRegistry::Close(slot)) {
    orphans_.store(true, std::memory_order_release);
  }
  // Those of another view too, if the writer left some.
  while (orphans_.load(std::memory_order_relaxed) && lock_.TryLock()) {
    CollectOrphans();
    lock_.Unlock();
  }
}

void Engine::EndWriting() {
  constexpr int kSlicesMax = 4;
  for (int slices = 1;; ++slices) {
    CollectOrphans();
    lock_.Unlock();
    // Once more for a view that closed before the lock was free.
    if (slices == kSlicesMax || !orphans_.load(std::memory_order_relaxed) ||
        !lock_.TryLock()) {
      return;
    }
  }
}

void Engine::CollectOrphans() {
  constexpr size_t kSlice = 1024;  // some 0.1 ms
  if (!orphans_.load(std::memory_order_relaxed) ||
      !orphans_.exchange(false, std::memory_order_acquire)) {
    return;
  }
  if (tables_->Collect(newest().tick, kKeep, kSlice)) {
    orphans_.store(true, std::memory_order_release);
  }
}

// ---- Statistics ------------------------------------------------------------

StoreStats Engine::Stats() {
  StoreStats stats;
  ViewSlot* own = OpenView();
  stats.lsn = own->state->lsn;
  stats.counts = own->state->counts;
  stats.oldest_read_view_lsn = stats.lsn;
  tables_->views.ForEach([&](ViewSlot& slot) {
    const uint64_t pin = slot.pin.load(std::memory_order_acquire);
    if (&slot == own || pin == ViewSlot::kFree || pin == ViewSlot::kPinsAll) {
      return;
    }
    ++stats.read_views_open;
    stats.oldest_read_view_lsn = std::min(
        stats.oldest_read_view_lsn, slot.lsn.load(std::memory_order_relaxed));
  });
  CloseView(own);
  tables_->AddTo(stats);
  stats.memory_bytes_max = memory_bytes_max_;
  return stats;
}

absl::Status Engine::Check() {
  if (lock_.Lock(std::nullopt) != WriterLock::Outcome::kLocked) {
    return absl::FailedPreconditionError(
        "this thread has an open transaction of this store; commit or abort it "
        "before the check");
  }
  absl::Status status = tables_->Check(newest());
  lock_.Unlock();
  return status;
}

}  // namespace orderstore::txn
