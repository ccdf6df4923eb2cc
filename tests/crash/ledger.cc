#include "crash/ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "crash/workload.h"

namespace orderstore {

Ledger::Ledger() {
  thread::MutexLock lock(mutex_);
  states_[0] = {};
}

absl::StatusOr<Lsn> Ledger::Commit(Store& store, Transaction& txn, State after,
                                   Durability wanted) {
  after.lsn = txn.lsn() + 1;
  uint64_t attempt = 0;
  {
    // Before the commit: while the store is this transaction's.
    thread::MutexLock lock(mutex_);
    attempt = ++attempts_;
    states_[after.lsn] = {after, attempt};
  }
  absl::StatusOr<Lsn> lsn = txn.Commit(wanted);
  if (lsn.ok()) {
    Acknowledge(wanted == Durability::kSync ? *lsn : store.durable_lsn());
  } else if (!absl::IsUnknown(lsn.status())) {
    // Nothing of it holds, now or later.
    thread::MutexLock lock(mutex_);
    const auto at = states_.find(after.lsn);
    if (at != states_.end() && at->second.attempt == attempt) states_.erase(at);
  }
  return lsn;
}

void Ledger::Acknowledge(Lsn lsn) {
  thread::MutexLock lock(mutex_);
  if (lsn <= acknowledged_) return;
  acknowledged_ = lsn;
  states_.erase(states_.begin(), states_.lower_bound(lsn));
}

State Ledger::StateAt(Lsn lsn) const {
  thread::MutexLock lock(mutex_);
  const auto found = states_.find(lsn);
  return found == states_.end() ? State() : found->second.state;
}

Lsn Ledger::acknowledged() const {
  thread::MutexLock lock(mutex_);
  return acknowledged_;
}

std::string Ledger::CheckRecovered(const Store& store) {
  const ReadView view = store.OpenReadView();
  const Lsn lsn = view.lsn();
  std::string error = CheckView(view);
  if (!error.empty()) return error;
  if (store.OpenReadView(ReadLevel::kLatest).lsn() != lsn) {
    return "not all that was recovered is durable";
  }
  if (absl::Status status = store.Check(); !status.ok()) {
    return absl::StrCat("LSN ", lsn, ": ", status.ToString());
  }
  thread::MutexLock lock(mutex_);
  Candidate found = std::move(states_.at(lsn));
  states_.clear();
  states_[lsn] = std::move(found);
  acknowledged_ = lsn;
  return "";
}

std::string Ledger::CheckView(const ReadView& view) const {
  const Lsn lsn = view.lsn();
  thread::MutexLock lock(mutex_);
  if (lsn < acknowledged_) {
    return absl::StrCat("LSN ", acknowledged_, " was acknowledged, and ", lsn,
                        " is the last there is");
  }
  const auto expected = states_.find(lsn);
  if (expected == states_.end()) {
    return absl::StrCat("LSN ", lsn, " is there and was never begun");
  }
  const std::string error =
      CompareRows(ReadState(view), expected->second.state);
  return error.empty() ? "" : absl::StrCat("LSN ", lsn, ": ", error);
}

}  // namespace orderstore
