// Reads all that is left of a log, damaged or not: names everything that is
// wrong, and finds the stretches of transactions between.
//
// LogReader stops at the first damage, as whoever opens a store has to. A scan
// goes on behind it: with the frame whose header tells its length, or with the
// next sector at which a whole frame of this segment begins. What does not
// provably follow what was before begins a new stretch; whether there is a
// state to apply it to is for others to find out.
//
// Proof that a frame follows another is the chain: its header holds the
// checksum of the header before, back to the store's UUID.
//
//   S1  Transactions of a stretch follow each other by LSN, and by the chain.
//   S2  A stretch is proven if its segments are the store's: by the header of
//       one of them, or by the chain.
//   S3  A log in which nothing is wrong has one stretch, or none, and what
//       LogReader reads is what it has.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_RECOVERY_LOG_SCAN_H_
#define ORDERSTORE_RECOVERY_LOG_SCAN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/ids.h"
#include "orderstore/problem.h"
#include "orderstore/schema_revision.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

struct Stretch {
  Lsn first = 0;
  Lsn last = 0;
  bool proven = true;

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

struct ScannedSegment {
  uint32_t number = 0;
  int64_t bytes = 0;
  // Of whole records that end in it; last is first - 1 if there is none.
  Lsn first_lsn = 1;
  Lsn last_lsn = 0;
  // Its header could be read, and is this segment's of this store.
  bool has_header = false;
};

struct LogScan {
  std::vector<Problem> problems;
  std::vector<Stretch> stretches;
  std::vector<ScannedSegment> segments;
  // The newest LSN that anything in the log tells of.
  Lsn newest_lsn = 0;
  // Of the newest segment in use whose header can be read.
  std::optional<SchemaRevision> schema;
  // The log goes back to the empty store.
  bool has_begin = false;
  // Of a crash: what nobody was told of as committed. No problem.
  int64_t torn_bytes = 0;
  int64_t unfinished_bytes = 0;
  std::optional<uint32_t> unused_segment;
};

// Called for each record and each state, in order, with the index of their
// stretch. A state is of the LSN before the stretch's next record.
using LogVisitor = std::function<void(size_t stretch, const wal::LogItem&)>;

// Scans the log of `store`. Reads every byte of every segment. Errors, after
// which nothing is known: NotFound, a segment has vanished;
// FailedPrecondition, another format or schema revision; those of io/error.h.
absl::StatusOr<LogScan> ScanLog(const io::Folder& folder, const io::Uuid& store,
                                const LogVisitor& visit);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_LOG_SCAN_H_
