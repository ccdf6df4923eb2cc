#include "shell/conversation.h"

#include <utility>

namespace orderstore::shell {

Answer Conversation::Begin() {
  if (is_open()) {
    return Answer::Error(ErrorCode::kBusy,
                         "this session has begun before; commit or rollback");
  }
  absl::StatusOr<Transaction> txn = host_.store.Begin(Deadline());
  if (!txn.ok()) return Answer::Error(txn.status());
  txn_.emplace(*std::move(txn));
  return Answer::Ok();
}

Answer Conversation::BeginRead() {
  if (is_open()) {
    return Answer::Error(ErrorCode::kBusy,
                         "this session has begun before; commit or rollback");
  }
  view_.emplace(OpenView());
  return Answer::Ok();
}

Answer Conversation::Commit(std::optional<Durability> durability) {
  if (!is_open()) {
    return Answer::Error(ErrorCode::kNoTransaction, "nothing has begun");
  }
  if (view_) {
    view_.reset();
    return Answer::Ok();
  }
  // Also where the commit throws, it has ended.
  Transaction txn = *std::exchange(txn_, std::nullopt);
  const absl::StatusOr<Lsn> lsn =
      durability ? txn.Commit(*durability) : txn.Commit();
  return lsn.ok() ? Told(*lsn) : Answer::Error(lsn.status());
}

Answer Conversation::Rollback() {
  if (!is_open()) {
    return Answer::Error(ErrorCode::kNoTransaction, "nothing has begun");
  }
  txn_.reset();
  view_.reset();
  return Answer::Ok();
}

Answer Conversation::Write(Lines& out, const Statement& statement) {
  if (view_) {
    return Answer::Error(ErrorCode::kReadonly,
                         "this session has a read view open");
  }
  std::vector<std::string> lines;
  std::optional<Answer> answer;
  if (txn_) {
    answer = statement(*txn_, lines);
    if (answer->is_error()) return OnceDurable(*answer, txn_->lsn());
  } else {
    absl::StatusOr<Transaction> txn = host_.store.Begin(Deadline());
    if (!txn.ok()) return Answer::Error(txn.status());
    const Lsn began_on = txn->lsn();
    answer = statement(*txn, lines);
    if (answer->is_error()) {
      txn->Abort();
      return OnceDurable(*answer, began_on);
    }
    const absl::StatusOr<Lsn> lsn = txn->Commit();
    if (!lsn.ok()) return Answer::Error(lsn.status());
    answer = Told(*lsn, answer->words());
  }
  for (const std::string& line : lines) out.Add(line);
  return *answer;
}

Answer Conversation::Read(const Question& question) {
  if (txn_) {
    const Answer answer = question(*txn_);
    return answer.is_error() ? OnceDurable(answer, txn_->lsn()) : answer;
  }
  if (view_) return question(*view_);
  const ReadView view = OpenView();
  return question(view);
}

Answer Conversation::Told(Lsn lsn, std::string_view words) {
  Lsn told = host_.newest_told.load(std::memory_order_relaxed);
  while (told < lsn && !host_.newest_told.compare_exchange_weak(
                           told, lsn, std::memory_order_relaxed)) {
  }
  return Answer::Committed(lsn, words);
}

Answer Conversation::OnceDurable(Answer error, Lsn seen) {
  if (host_.durability != Durability::kSync) return error;
  const absl::Status durable = host_.store.WaitDurable(seen);
  return durable.ok() ? error : Answer::Error(durable);
}

// A kSync store's views show what is durable. A commit that did not wait for
// that, and that somebody was told of, is waited for here, so that nobody
// misses it; unless the log has failed, when reads go on without it.
ReadView Conversation::OpenView() const {
  const Lsn told = host_.newest_told.load(std::memory_order_relaxed);
  if (host_.durability == Durability::kSync &&
      told > host_.store.durable_lsn()) {
    absl::StatusOr<ReadView> view = host_.store.OpenReadView(told, Deadline());
    if (view.ok()) return *std::move(view);
  }
  return host_.store.OpenReadView();
}

}  // namespace orderstore::shell
