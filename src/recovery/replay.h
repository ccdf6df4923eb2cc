// Repeats the transactions of a log on an engine: the inverse of commit.
//
// Every change goes through the statements that made it, so that each
// constraint of the schema is checked again, however good the checksums are.

#ifndef ORDERSTORE_RECOVERY_REPLAY_H_
#define ORDERSTORE_RECOVERY_REPLAY_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "txn/engine.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

// Reads the log to its end and repeats what is newer than the engine's state.
// Returns how many transactions that were. DataLoss: the log is damaged, lacks
// transactions between the engine's state and its end or ends before that
// state, a change breaks a constraint, or the result is not what an end or
// closing frame says; the message names file and offset.
absl::StatusOr<int64_t> Replay(wal::LogReader& log, txn::Engine& engine);

// So many transactions of the log are repeated as one of the engine's.
inline constexpr int kTransactionsAtOnce = 256;

// Repeats one transaction, the body of a record, within a replay. Any error:
// the record makes no sense, or breaks a constraint; some of its changes may
// have been made.
absl::Status ApplyRecord(std::string_view body, txn::Writer& writer);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_REPLAY_H_
