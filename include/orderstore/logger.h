// What a store tells its host while it runs, beside what its calls return: that
// it opened and what it found, that a snapshot was written or was not, that the
// log failed, the disk is full, a transaction or a write was slow. The library
// prints nothing, but for the last words of a process that it ends.
//
//   Options options;
//   options.logger = [](const Notice& notice) {
//     // In one call, for several threads may be here.
//     std::cerr << "shop: " + std::string(NameOf(notice.severity)) + ": " +
//                      std::string(notice.message) + "\n";
//   };
//   auto store = Store::Open("shop", options);
//
// Who calls it: the thread that met the cause, which may be in Open, Commit,
// Abort, a wait for durability, WriteSnapshot, Close or the store's destructor,
// or one of the store's own threads; several at once, and before Open has
// returned. That thread goes on when the logger returns. The store's own are
// what makes kAsync commits durable and writes snapshots: a logger that may
// take long hands the notice to a thread of the host's.
//
// What it may call of the store: Stats, OpenReadView(ReadLevel) and all that a
// read view has, durable_lsn, open_report, schema_revision. These wait for
// nobody. It may not call what may wait: Begin, Transact, WaitDurable, Sync,
// OpenReadView(at_least, deadline), WriteSnapshot, Backup, Check and Close;
// what they wait for may be the thread that is in the logger. Nor may it end a
// transaction, or destroy the store. A logger that calls the store reaches it
// through a pointer that the host sets once Open has returned, and takes back
// before it destroys the store, both in a way that other threads may see
// (std::atomic<Store*>, null at first).
//
// An exception that the logger throws is caught, and lost with the notice: the
// store goes on.
//
// Lifetimes: a copy of the logger lives in the store; it is not called after
// the store is destroyed. The message is gone when the call returns.

#ifndef ORDERSTORE_LOGGER_H_
#define ORDERSTORE_LOGGER_H_

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

namespace orderstore {

// How bad it is.
enum class Severity {
  kInfo,     // all is well
  kWarning,  // nothing is lost; somebody should look at it some time
  kError,    // something does not work until somebody does something
};

// What happened.
enum class NoticeKind {
  // ---- Opening ----
  // What was opened, what was replayed, and how long it took. kInfo.
  kOpened,
  // A damaged snapshot, and what is wrong with it; an older one and the log
  // have all of it. One for each. kWarning.
  kSnapshotPassedOver,
  // A crash had left parts of transactions that nobody was told of as
  // committed; they were cut off. kWarning.
  kTailCut,

  // ---- Snapshots, in the background too ----
  // kInfo.
  kSnapshotWritten,
  // Not for one that was given up because the store closes. kError.
  kSnapshotFailed,
  // The snapshot is good, and some of the files that it replaces are still
  // there. kWarning.
  kOldFilesRemain,

  // ---- The log ----
  // For good: nothing can be committed until the store is opened again. Once.
  // kError.
  kLogFailed,
  // A commit was refused for lack of room. Once, however many are refused; and
  // again if one is refused that needs less room than each of those. kError.
  kDiskFull,
  // A commit found room that needs no less than those that were refused. kInfo.
  kRoomAgain,
  // A write that makes commits durable took Options::slow_sync or longer; of
  // several that belong together, the longest. kWarning.
  kSlowSync,

  // ---- Transactions ----
  // One took Options::slow_transaction or longer, from when Begin had the
  // right to write until Commit or Abort had nothing left to do. Says how long
  // it kept others from writing, how long it waited for the disk after that,
  // and how much it changed. kWarning.
  kSlowTransaction,
};

// What the store tells.
struct Notice {
  Severity severity;
  NoticeKind kind;
  // One sentence or two in English, without a line end of its own: what
  // happened, what holds now, and what to do, if there is anything. No rows of
  // the store are in it. Names of files are as the host and the folder have
  // them: whoever shows them at a terminal escapes control characters.
  std::string_view message;
};

// Is given each notice; see above.
using Logger = std::function<void(const Notice&)>;

// `info`, `warning`, `error`.
constexpr std::string_view NameOf(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames = {"info", "warning",
                                                      "error"};
  return kNames[static_cast<size_t>(severity)];
}

// `opened`, `snapshot-passed-over`, ...
constexpr std::string_view NameOf(NoticeKind kind) {
  constexpr std::array<std::string_view, 11> kNames = {
      "opened",          "snapshot-passed-over",
      "tail-cut",        "snapshot-written",
      "snapshot-failed", "old-files-remain",
      "log-failed",      "disk-full",
      "room-again",      "slow-sync",
      "slow-transaction"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace orderstore

#endif  // ORDERSTORE_LOGGER_H_
