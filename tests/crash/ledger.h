// Which states of a store may be there after a crash or a fault: the last one
// that was acknowledged, or one of those that were begun after it, as far as
// nobody was told that they do not hold.
//
//   Ledger ledger;
//   ...
//   ModelTransaction model(ledger.StateAt(txn->lsn()));
//   ...                                        // statements on txn and model
//   ledger.Commit(*store, *txn, model.state(), Durability::kSync);
//   ...                                        // a crash, and an open
//   std::string error = ledger.CheckRecovered(*store);
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TESTS_CRASH_LEDGER_H_
#define ORDERSTORE_TESTS_CRASH_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "orderstore/store.h"
#include "store/model_state.h"
#include "thread/mutex.h"

namespace orderstore {

class Ledger {
 public:
  // Of an empty store.
  Ledger();

  // Ends `txn`, which leads to the rows of `after`, and takes down what its
  // answer promises.
  absl::StatusOr<Lsn> Commit(Store& store, Transaction& txn, State after,
                             Durability wanted);
  // Whatever happens, the state of this LSN, or a later one, is there.
  void Acknowledge(Lsn lsn);

  // Of a commit that was not refused, and none before the acknowledged one. An
  // LSN that nobody committed has no rows, as the comparison will say.
  State StateAt(Lsn lsn) const;
  Lsn acknowledged() const;

  // The store that was opened is one that may be there, and consistent in
  // itself; it is the one that must be there from now on. Returns what is
  // wrong, or nothing.
  std::string CheckRecovered(const Store& store);
  // What a view of an open store shows is what was committed as its LSN.
  std::string CheckView(const ReadView& view) const;

 private:
  struct Candidate {
    State state;
    uint64_t attempt = 0;  // the commit that may have led to it
  };

  mutable thread::Mutex mutex_;
  // By LSN: from the last that must be there, to the last that was begun.
  std::map<Lsn, Candidate> states_ ABSL_GUARDED_BY(mutex_);
  Lsn acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t attempts_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CRASH_LEDGER_H_
