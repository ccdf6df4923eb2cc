// A look at all files of a store: whose they are, what is wrong with each, and
// what the log has. Nothing is loaded.
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_RECOVERY_SURVEY_H_
#define ORDERSTORE_RECOVERY_SURVEY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/ids.h"
#include "orderstore/problem.h"
#include "recovery/log_scan.h"
#include "txn/state_summary.h"

namespace orderstore::recovery {

struct SurveyedSnapshot {
  Lsn lsn = 0;  // by its name
  int64_t bytes = 0;
  // What it says it is of; none if something is wrong with it.
  std::optional<txn::StateSummary> summary;
};

struct Survey {
  // The one that the identity has, unless all other files have another.
  io::Uuid store;
  bool has_identity = false;  // that can be read, and is this store's
  int64_t identity_bytes = 0;
  LogScan log;
  std::vector<SurveyedSnapshot> snapshots;  // newest first
  // Everything found wrong; the log's are among them.
  std::vector<Problem> problems;
  // The newest LSN that any file of the store tells of.
  Lsn newest_lsn = 0;
};

// None: there is no store in the folder, nor what is left of one. Errors:
// NotFound, a file vanished while it was read; FailedPrecondition, another
// format or schema revision; those of io/error.h. O(bytes).
absl::StatusOr<std::optional<Survey>> SurveyFolder(const io::Folder& folder);

// The same beside a process that may write to the store: what looks wrong is
// looked at again. Damage stays where it is; what a writer is at work on does
// not. Unavailable: files go, again and again, while they are read.
absl::StatusOr<std::optional<Survey>> SurveyBesideWriter(
    const io::Folder& folder);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_SURVEY_H_
