// An embedded, transactional store of customers, orders and barcodes: its rows
// in memory, its log and snapshots in a folder.
//
//   absl::StatusOr<std::unique_ptr<Store>> store = Store::Open("shop");
//   if (!store.ok()) return store.status();
//
//   absl::StatusOr<Lsn> lsn = (*store)->Transact([&](Transaction& txn) {
//     return txn.Redeem(scanned);
//   });
//   // OK: no crash takes it back.
//
//   ReadView view = (*store)->OpenReadView();
//   for (const CustomerTickets& top : view.TopCustomers(5)) { ... }
//
// Thread-safety: all methods may be called from any thread at any time.
// Transactions run one at a time; a reader never waits for a writer, a writer
// never for a reader, neither for a snapshot (but a commit that waits for the
// disk shares that with it).
//
// Lifetimes: the store outlives its transactions and read views. Destroying it
// while one is open ends the process with a message.
//
// Signals: the store handles none. In a process under a limit of file sizes
// (RLIMIT_FSIZE) the kernel sends SIGXFSZ, which ends it, with a write that
// would pass the limit: ignore that signal, and it is ResourceExhausted. A
// process that is killed loses nothing that was durable.

#ifndef ORDERSTORE_STORE_H_
#define ORDERSTORE_STORE_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/export.h"
#include "orderstore/ids.h"
#include "orderstore/open_report.h"
#include "orderstore/options.h"
#include "orderstore/read_view.h"
#include "orderstore/schema_revision.h"
#include "orderstore/stats.h"
#include "orderstore/transaction.h"

namespace orderstore {

namespace store {
class OpenStore;
}

class ORDERSTORE_EXPORT Store {
 public:
  // Until when to wait; none: without end.
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  // ---- Opening ----

  // Opens the store in `folder` to read and write, or makes one if the folder
  // is empty or missing (its parent must exist). Loads the newest snapshot and
  // replays the log behind it; open_report() tells how. O(rows). A file that
  // root makes there is given to the owner and group of the folder, so that
  // the owner can open the store afterwards.
  //
  // Errors, after which the folder is as it was, but for the process id in
  // LOCK and, if the store is sound, what a crash had left half done. One that
  // was missing or empty may be there then with LOCK alone, with
  // the beginnings of a store or with an empty store: the next Open goes on
  // from each of them.
  //   DataLoss            something is damaged or missing; the message names
  //                       file, offset and the transactions at risk
  //   FailedPrecondition  a process has the store open (the message has its
  //                       pid), or wrote it with a newer format
  //                       (IsUnknownFormat), or with a schema revision that
  //                       this program does not know (IsSchemaMismatch)
  //   InvalidArgument     an option is out of range, or this is no folder, or
  //                       one of something else
  //   NotFound            the folder's parent is missing
  //   PermissionDenied, ResourceExhausted, Unavailable
  //                       from the file system, or no memory, address space
  //                       or thread
  static absl::StatusOr<std::unique_ptr<Store>> Open(
      const std::string& folder, const Options& options = {});

  // Opens the store in `folder` as it was at the newest durable commit there,
  // and changes nothing in it. Works beside a process that has it open to
  // write. Begin fails, with PermissionDenied. Errors as Open's; NotFound:
  // there is no store.
  static absl::StatusOr<std::unique_ptr<Store>> OpenReadOnly(
      const std::string& folder, const Options& options = {});

  // The same, as the store was at commit `lsn`, 0 the empty store: a point in
  // time that lies in what the folder keeps, from the oldest snapshot's LSN on.
  // OutOfRange: the files do not reach back so far, or the store ends before.
  // The revision of the schema may be that of before or after a migration at
  // that very commit.
  static absl::StatusOr<std::unique_ptr<Store>> OpenAsOf(
      const std::string& folder, Lsn lsn, const Options& options = {});

  // Opens one snapshot file, of a store's folder or copied from there, as the
  // store was at its LSN, and changes nothing. Begin fails, with
  // PermissionDenied. O(rows). Errors: NotFound, there is no such file;
  // DataLoss, it is damaged, or its name says that it is of another LSN;
  // FailedPrecondition, a newer format; those of the file system as Open's.
  static absl::StatusOr<std::unique_ptr<Store>> OpenSnapshot(
      const std::string& file, const Options& options = {});

  // An empty store that lives in memory only: durability means nothing there,
  // and every commit counts as durable. InvalidArgument: an option is out of
  // range. ResourceExhausted: the address space (640 GiB, of which only what
  // holds data ever takes memory) cannot be reserved: the process may not, as
  // under `ulimit -v`, or it has none left, which some 200 stores use up.
  static absl::StatusOr<std::unique_ptr<Store>> OpenInMemory(
      const Options& options = {});

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  // Closes the store; what could not be made durable is lost silently. Call
  // Close first to know.
  ~Store();

  // Makes all commits durable and marks the log as closed. Begin fails from
  // then on; read views go on, and new ones can be opened, until the store is
  // destroyed. Waits for the open transaction; a snapshot being written is
  // given up. Errors: WaitDurable's. FailedPrecondition: this thread has an
  // open transaction. Unavailable, ResourceExhausted: the log had failed, or
  // could not be marked as closed; what is up to durable_lsn() is durable. The
  // folder stays locked until the store is destroyed.
  absl::Status Close();

  // What opening found and did; constant.
  const OpenReport& open_report() const;

  // Constant while the store is open; see orderstore/migrate.h.
  SchemaRevision schema_revision() const;

  // ---- Writing ----

  // Begins a transaction; waits for the one that is open, if any.
  // FailedPrecondition: this thread has an open transaction of this store.
  // DeadlineExceeded: the deadline came first. Unavailable: the log has failed
  // or the store is closed. PermissionDenied: it is open to read only.
  absl::StatusOr<Transaction> Begin();
  absl::StatusOr<Transaction> Begin(
      std::chrono::steady_clock::time_point deadline);

  // Begins a transaction, calls `fn(Transaction&)`, which returns an
  // absl::Status, and commits if that is OK. Returns the commit's LSN, or the
  // error of Begin, fn or Commit, after which nothing of it holds (but see
  // Unknown at Transaction::Commit). An error of fn may tell of commits of
  // others: in a kSync store it is returned once those are durable.
  template <typename Fn>
  absl::StatusOr<Lsn> Transact(Fn&& fn) {
    absl::StatusOr<Transaction> txn = Begin();
    if (!txn.ok()) return txn.status();
    const Lsn began_on = txn->lsn();
    if (absl::Status status = std::forward<Fn>(fn)(*txn); !status.ok()) {
      txn->Abort();
      absl::Status durable = WaitIfSync(began_on);
      return durable.ok() ? status : durable;
    }
    return txn->Commit();
  }

  // ---- Durability ----

  // The newest commit that no crash takes back.
  Lsn durable_lsn() const;
  // Waits until `lsn` is durable; it may be still to come. DeadlineExceeded.
  // Unknown: the log has failed; reopen the store to learn whether it is.
  // Unavailable: the log has failed or the store was closed, and there is no
  // such LSN. FailedPrecondition: there is no such LSN yet, in a store without
  // a log: in memory, where a commit counts as durable at once, or read only.
  absl::Status WaitDurable(Lsn lsn, Deadline deadline = std::nullopt) const;
  // Makes everything committed so far durable, and returns its LSN. Errors:
  // WaitDurable's.
  absl::StatusOr<Lsn> Sync();

  // ---- Reading ----

  // A view of the newest commit that the level admits. Never waits.
  ReadView OpenReadView(ReadLevel level = ReadLevel::kDefault) const;
  // A view that shows `at_least`; waits until that is durable. Errors:
  // WaitDurable's.
  absl::StatusOr<ReadView> OpenReadView(Lsn at_least, Deadline deadline) const;

  // ---- Snapshots ----

  // Writes the state of a durable commit to a snapshot file in the store's
  // folder, and returns its LSN; the next opening begins there. Older snapshots
  // and the log before the oldest kept go. Waits for one that is being
  // written. O(rows); transactions go on meanwhile. Writes nothing if the
  // newest snapshot is of that state, or nothing was ever committed.
  // FailedPrecondition: the store has no folder, or is open to read only.
  // Unavailable: it is closed. Cancelled: it was closed meanwhile. Unknown: the
  // log has failed. DataLoss: the rows in memory are not those that were
  // committed. ResourceExhausted: the disk is full, or there is no memory. This
  // and other errors of the file system lose nothing; that older files could
  // not be removed is none, StoreStats::snapshot_status tells.
  absl::StatusOr<Lsn> WriteSnapshot();

  // Writes a copy of the store, as a read view shows it, to `folder`, which
  // must be missing or empty; returns its LSN. The copy can be opened as a
  // store of its own. With kAsync it may have what a crash takes from this
  // store. Works also when the log has failed. O(rows); transactions go on
  // meanwhile. AlreadyExists: the folder has files. NotFound: its parent
  // is missing. Cancelled: `cancelled` was given, and became true. Errors leave
  // no store there.
  absl::StatusOr<Lsn> Backup(const std::string& folder,
                             const std::atomic<bool>* cancelled = nullptr);

  // ---- Watching ----
  // Options::logger hears what happens; orderstore/prometheus.h writes what
  // Stats tells for Prometheus.

  // Sizes, memory and durability. Never waits for another thread.
  StoreStats Stats() const;

  // Recomputes every index, count, digest and ranking from the rows and
  // compares. Waits for the open transaction and holds up later ones meanwhile.
  // O(rows). DataLoss: they differ; the message names the first difference.
  // FailedPrecondition: this thread has an open transaction. DeadlineExceeded:
  // another one was open until the deadline.
  absl::Status Check(Deadline deadline = std::nullopt) const;

 private:
  friend class store::OpenStore;
  explicit Store(std::unique_ptr<store::OpenStore> opened);

  // Waits until `lsn` is durable if the store's durability is kSync.
  absl::Status WaitIfSync(Lsn lsn) const;

  const std::unique_ptr<store::OpenStore> opened_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_STORE_H_
