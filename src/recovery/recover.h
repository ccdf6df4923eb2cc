// Brings a store's folder back into memory: the newest good snapshot, and the
// log behind it. Reads only: what has to be cleaned up is done afterwards, once
// it is known that nothing is damaged.

#ifndef ORDERSTORE_RECOVERY_RECOVER_H_
#define ORDERSTORE_RECOVERY_RECOVER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/open_report.h"
#include "orderstore/options.h"
#include "txn/engine.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

struct Recovered {
  // With the store's rows, and without a log.
  std::unique_ptr<txn::Engine> engine;
  OpenReport report;
  // Snapshots that cannot be read.
  std::vector<Lsn> bad_snapshots;
  // Where the log goes on.
  wal::LogEnd log_end;
  // Of the log that was read: that since the snapshot, and some before it.
  int64_t log_bytes = 0;
};

// Reads the store in `folder` as of its newest commit, or of `as_of` if it has
// come so far; then nothing can be written behind it. Errors:
//   DataLoss    something is damaged or missing, and no older snapshot with its
//               log makes up for it
//   OutOfRange  the files do not reach back to `as_of`
absl::StatusOr<Recovered> Recover(const io::Folder& folder,
                                  const io::Uuid& store, const Options& options,
                                  std::optional<Lsn> as_of = {});

// Reads one snapshot file, whatever store it is of.
absl::StatusOr<Recovered> RecoverSnapshot(const io::Folder& folder,
                                          const std::string& name,
                                          const Options& options);

// Whether a file with this name is one that was being written.
bool IsLeftover(std::string_view name);

// The names in the folder that a crash may have left and nobody needs.
absl::StatusOr<std::vector<std::string>> FindLeftovers(
    const io::Folder& folder);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_RECOVER_H_
