// One session's dealings with the store: its open transaction or read view, and
// what a command without one does.
//
//   state            begin, begin read      commit, rollback    a write
//   ---------------  ---------------------  ------------------  -------------
//   none             -> transaction, view   no-transaction      commits itself
//   transaction      busy                   -> none             joins it
//   read view        busy                   -> none             readonly
//
// A write that fails has changed nothing. A commit that fails has ended the
// transaction: nothing of it holds, or, where the answer is `unknown`, nobody
// knows.
//
// Thread-safety: all calls, and the destruction, are the thread's that made the
// first, as a transaction belongs to its thread.

#ifndef ORDERSTORE_TOOLS_SHELL_CONVERSATION_H_
#define ORDERSTORE_TOOLS_SHELL_CONVERSATION_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orderstore/store.h"
#include "shell/answer.h"
#include "shell/lines.h"

namespace orderstore::shell {

// What all sessions share.
struct Host {
  Store& store;
  // The store's, as it was opened with.
  Durability durability = Durability::kSync;
  std::string folder = {};  // empty: the store lives in memory only
  // Whoever waits so long for another transaction gives up.
  std::chrono::milliseconds busy_after = std::chrono::seconds(5);
  // The newest commit that any session was told of; it only grows. Says nothing
  // of other memory, so all accesses are relaxed.
  std::atomic<Lsn> newest_told = 0;
};

class Conversation {
 public:
  // `host` outlives the conversation.
  explicit Conversation(Host& host) : host_(host) {}

  Host& host() { return host_; }
  bool has_transaction() const { return txn_.has_value(); }

  Answer Begin();
  Answer BeginRead();
  // Without a durability, the store's counts.
  Answer Commit(std::optional<Durability> durability);
  Answer Rollback();

  // Calls `statement(transaction, lines)` in the open transaction or in one of
  // its own, which is committed if the answer is no error. Then `lines`, which
  // it may fill with data lines, are added to `out`.
  using Statement =
      std::function<Answer(Transaction&, std::vector<std::string>& lines)>;
  Answer Write(Lines& out, const Statement& statement);

  // Calls `question(reader)` with the open transaction, the read view, or a
  // view of its own.
  using Question = std::function<Answer(const Reader&)>;
  Answer Read(const Question& question);

  // `committed LSN`, and remembers that it was told.
  Answer Told(Lsn lsn, std::string_view words = {});

  std::chrono::steady_clock::time_point Deadline() const {
    return std::chrono::steady_clock::now() + host_.busy_after;
  }

 private:
  // An error may tell of commits of others: in a kSync store it is told once no
  // crash takes those back.
  Answer OnceDurable(Answer error, Lsn seen);
  ReadView OpenView() const;
  bool is_open() const { return txn_.has_value() || view_.has_value(); }

  Host& host_;
  // At most one of them.
  std::optional<Transaction> txn_;
  std::optional<ReadView> view_;
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_CONVERSATION_H_
