// An embedded, in-memory, transactional store of customers, orders and
// barcodes.
//
//   absl::StatusOr<std::unique_ptr<Store>> store = Store::OpenInMemory();
//   if (!store.ok()) return store.status();
//
//   absl::StatusOr<Lsn> lsn = (*store)->Transact([&](Transaction& txn) {
//     return txn.Redeem(scanned);
//   });
//
//   ReadView view = (*store)->OpenReadView();
//   for (const CustomerTickets& top : view.TopCustomers(5)) { ... }
//
// Thread-safety: all methods may be called from any thread at any time.
// Transactions run one at a time; a reader never waits for a writer, a writer
// never for a reader.
//
// Lifetimes: the store outlives its transactions and read views. Destroying it
// while one is open ends the process with a message.

#ifndef ORDERSTORE_STORE_H_
#define ORDERSTORE_STORE_H_

#include <chrono>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/ids.h"
#include "orderstore/options.h"
#include "orderstore/read_view.h"
#include "orderstore/stats.h"
#include "orderstore/transaction.h"

namespace orderstore {

namespace txn {
class Engine;
}

class Store {
 public:
  // An empty store that lives in memory only. InvalidArgument:
  // Options::memory_bytes_max is negative. ResourceExhausted: the address space
  // (640 GiB, of which only what holds data ever takes memory) cannot be
  // reserved: the process may not, as under `ulimit -v`, or it has none left,
  // which some 200 stores use up.
  static absl::StatusOr<std::unique_ptr<Store>> OpenInMemory(
      const Options& options = {});

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  // Begins a transaction; waits for the one that is open, if any.
  // FailedPrecondition: this thread has an open transaction of this store.
  // DeadlineExceeded: the deadline came first.
  absl::StatusOr<Transaction> Begin();
  absl::StatusOr<Transaction> Begin(
      std::chrono::steady_clock::time_point deadline);

  // Begins a transaction, calls `fn(Transaction&)`, which returns an
  // absl::Status, and commits if that is OK. Returns the commit's LSN, or the
  // error of Begin, fn or Commit, after which nothing of it holds.
  template <typename Fn>
  absl::StatusOr<Lsn> Transact(Fn&& fn) {
    absl::StatusOr<Transaction> txn = Begin();
    if (!txn.ok()) return txn.status();
    if (absl::Status status = std::forward<Fn>(fn)(*txn); !status.ok()) {
      return status;
    }
    return txn->Commit();
  }

  // A view of the latest commit. Never waits.
  ReadView OpenReadView() const;

  // Sizes and memory. Never waits.
  StoreStats Stats() const;

  // Recomputes every index, count and ranking from the rows and compares.
  // Waits for the open transaction and holds up later ones meanwhile. O(rows).
  // DataLoss: they differ; the message names the first difference.
  // FailedPrecondition: this thread has an open transaction.
  absl::Status Check() const;

 private:
  explicit Store(std::unique_ptr<txn::Engine> engine);

  const std::unique_ptr<txn::Engine> engine_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_STORE_H_
