// Repeats the transactions of a log on an engine: the inverse of commit.
//
// Every change goes through the statements that made it, so that each
// constraint of the schema is checked again, however good the checksums are.

#ifndef ORDERSTORE_RECOVERY_REPLAY_H_
#define ORDERSTORE_RECOVERY_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "txn/engine.h"
#include "txn/redo.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

// Repeats transactions, many at once: what they need from memory is announced
// before it is needed, and the engine makes them its state together.
//
//   Replayer replayer(engine);
//   while (next record) replayer.Add(record);
//   replayer.Flush();
class Replayer {
 public:
  explicit Replayer(txn::Engine& engine);
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  // Repeats a record's transaction, or has it wait for more to come. An error,
  // now and from then on, is that of the first that failed: failed() makes no
  // sense, or breaks a constraint. Some of its changes may have been made.
  absl::Status Add(const wal::LogItem& record);
  // Repeats what waits. Errors as Add.
  absl::Status Flush();

  // Of the transaction added last, or of the state before.
  Lsn lsn() const { return lsn_; }
  // The record, without its bytes.
  const wal::LogItem& failed() const { return failed_; }

 private:
  absl::Status RepeatAll();
  // Makes the changes of the group.
  absl::Status ApplyGroup();
  void Fail(size_t record);

  txn::Engine& engine_;
  Lsn lsn_;
  absl::Status status_;
  std::vector<wal::LogItem> waiting_;
  std::string bodies_;  // their bytes; does not grow beyond its capacity
  // Changes whose memory is announced together, and the records they are of.
  struct Change {
    txn::RedoOp op;
    size_t record;
  };
  std::vector<Change> group_;
  wal::LogItem failed_;
};

inline constexpr Lsn kNoLimit = std::numeric_limits<Lsn>::max();

// Reads the log to its end, or up to the transaction `limit`, and repeats what
// is newer than the engine's state. Returns how many transactions that were.
// DataLoss: the log is damaged, lacks transactions between the engine's state
// and its end or ends before that state, a change breaks a constraint, or the
// result is not what an end or closing frame says; the message names file and
// offset.
absl::StatusOr<int64_t> Replay(wal::LogReader& log, txn::Engine& engine,
                               Lsn limit = kNoLimit);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_REPLAY_H_
