// What a Store is made of: the tables, the published state, and the one
// transaction that may be open.
//
// Commit: Changes has put everything into the tables under the transaction's
// tick, which no view sees. Commit completes the new state (LSN, top list) and
// publishes it with one pointer; from then on new views see it all. Afterwards
// it collects garbage, about as much as the transaction made.
//
// Abort undoes the changes and publishes the old state under the new tick, so
// that rows which the transaction touched are read in place again.
//
// Thread-safety: views may be opened and closed by any thread; Begin waits for
// the writer lock; what the lock's holder alone may call says so.

#ifndef ORDERSTORE_TXN_ENGINE_H_
#define ORDERSTORE_TXN_ENGINE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/options.h"
#include "orderstore/stats.h"
#include "table/tables.h"
#include "txn/writer.h"
#include "txn/writer_lock.h"

namespace orderstore::txn {

class Engine {
 public:
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const Options& options);

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  // Ends the process with a message if a view or a transaction is open.
  ~Engine();

  // ---- Transactions ----
  absl::Status Begin(
      std::optional<std::chrono::steady_clock::time_point> deadline);
  // OK if this thread has the open transaction. Otherwise that transaction,
  // used by the wrong thread, can no longer commit.
  absl::Status CheckUse();
  // By the lock's holder. Both end the transaction.
  absl::StatusOr<Lsn> Commit();
  void Abort();

  bool HeldByThisThread() const { return lock_.HeldByThisThread(); }
  // The open transaction; the lock's holder's.
  Writer& writer() { return writer_; }

  // ---- Views ----
  table::ViewSlot* OpenView() { return tables_->views.Open(tables_->states); }
  void CloseView(table::ViewSlot* slot);

  const table::Tables& tables() const { return *tables_; }

  StoreStats Stats();
  absl::Status Check();

 private:
  Engine(std::unique_ptr<table::Tables> tables, const Options& options);

  // Makes `state` the one that new views open on.
  void Publish(table::CommitState state);
  // Collects in proportion to what transactions have changed.
  void CollectAfter(size_t changes);
  // Frees a slice of what only closed views kept, if there is any. By the
  // lock's holder: the closing thread, or else the writer, some slices at the
  // end of each transaction.
  void CollectOrphans();
  // Gives the lock back.
  void EndWriting();
  const table::CommitState& newest() const { return tables_->states.newest(); }

  // Constant after construction; all that readers use of it.
  const std::unique_ptr<table::Tables> tables_;
  const int64_t memory_bytes_max_;

  alignas(table::kCacheLineBytes) WriterLock lock_;

  // The lock's holder's.
  Writer writer_;
  size_t collect_items_ = 0;   // how much the next collection may do
  uint64_t added_before_ = 0;  // garbage, by the transactions before

  // Another thread used the open transaction.
  std::atomic<bool> misused_ = false;

  // A view has closed that kept garbage. Loaded by every view that closes, so
  // nothing that each transaction stores may be near.
  alignas(table::kCacheLineBytes) std::atomic<bool> orphans_ = false;
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_ENGINE_H_
