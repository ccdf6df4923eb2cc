// Reads a store's log as committed transactions, one after the other: for
// people who want to know what happened, and for followers that keep a copy.
//
//   absl::StatusOr<ChangeLog> log = ChangeLog::Open("shop", applied_lsn);
//   if (!log.ok()) return log.status();  // OutOfRange: copy the store anew
//   if (log->store_uuid() != copied_uuid) return refuse();
//   for (;;) {
//     absl::StatusOr<std::optional<LoggedTransaction>> next = log->Next();
//     if (!next.ok()) return next.status();
//     if (!*next) {
//       wait_a_little();  // that is all for now
//       continue;
//     }
//     apply(**next);  // and remember (*next)->lsn together with it
//   }
//
// Works beside a process that has the store open to write, without its lock,
// and changes nothing in the folder. What Next returns is on stable storage: no
// crash of the writer takes it back, so a copy never gets ahead of the store.
//
// The log reaches back to the oldest snapshot that is kept, mostly some
// transactions further. Whoever follows, and falls behind so far that the
// writer has removed what comes next, gets OutOfRange and has to begin anew,
// with a copy of the store as of some LSN (Store::OpenReadOnly, Store::Backup).
// Options::snapshots_kept, snapshot_interval and snapshot_log_bytes say how
// long there is time.
//
// Thread-safety: one thread at a time; it may be moved to another thread.
// Different ChangeLogs of one store do not know of each other.
//
// Costs: memory of one segment of the log (Options::segment_bytes), and of one
// transaction: about 80 bytes a change beside its texts. A call of Next that
// finds nothing new reads one sector of 4096 bytes; the first one that finds
// something new reads the last segment from its begin.

#ifndef ORDERSTORE_CHANGE_LOG_H_
#define ORDERSTORE_CHANGE_LOG_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/export.h"
#include "orderstore/ids.h"
#include "orderstore/logged_transaction.h"

namespace orderstore {

namespace recovery {
class LogFollower;
}

class ORDERSTORE_EXPORT ChangeLog {
 public:
  // The log of the store in `folder`, from the transaction after `after` on; 0
  // is the state of an empty store. O(segments), and reads one of them.
  //
  //   OutOfRange          the log does not reach back so far; the message names
  //                       the oldest LSN that it has
  //   FailedPrecondition  the log ends before `after`: what has been applied is
  //                       not of this store, or of a time that it was set back
  //                       from; or another format or schema revision
  //   NotFound            there is no store
  //   DataLoss            the log is damaged; the message names file, offset
  //                       and LSNs. `orderstore verify` tells more
  //   PermissionDenied, ResourceExhausted, InvalidArgument, Unavailable
  //                       from the file system
  static absl::StatusOr<ChangeLog> Open(const std::string& folder, Lsn after);

  // The same, from the oldest transaction that the log has.
  static absl::StatusOr<ChangeLog> OpenOldest(const std::string& folder);

  ChangeLog(ChangeLog&&) noexcept;
  ChangeLog& operator=(ChangeLog&&) noexcept;
  ~ChangeLog();

  // The store's UUID, 36 characters: a copy of the store's folder has the same,
  // Store::Backup gives another.
  const std::string& store_uuid() const;

  // The LSN that Next returned last; before, the one that it begins after.
  Lsn lsn() const;

  // The transaction after lsn(); none at the durable end of the log, where a
  // later call may find more. O(bytes of the transaction). Does not wait for a
  // commit; it waits some milliseconds, 0.2 s at most, where a writer is just
  // at work on what it reads.
  //
  // Errors as Open's; OutOfRange: the writer has removed what comes next. After
  // an error lsn() is as before, and Next may be called again.
  absl::StatusOr<std::optional<LoggedTransaction>> Next();

 private:
  explicit ChangeLog(std::unique_ptr<recovery::LogFollower> follower);

  static absl::StatusOr<ChangeLog> OpenAt(const std::string& folder,
                                          std::optional<Lsn> after);

  std::unique_ptr<recovery::LogFollower> follower_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_CHANGE_LOG_H_
