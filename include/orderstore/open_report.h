// What opening a store found and did: Store::open_report().

#ifndef ORDERSTORE_OPEN_REPORT_H_
#define ORDERSTORE_OPEN_REPORT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orderstore/ids.h"
#include "orderstore/records.h"

namespace orderstore {

struct OpenReport {
  // The store is new: its folder was empty or not there.
  bool created = false;
  // The last session ended with a clean close, as far as opening looked:
  // OpenAsOf and OpenSnapshot do not look there, and have true.
  bool closed_cleanly = true;

  Lsn lsn = 0;    // of the state that was found
  Counts counts;  // as of `lsn`

  // The snapshot that was loaded; its LSN is 0 if there is none.
  Lsn snapshot_lsn = 0;
  // When that was written, as its file tells; none: it does not.
  std::optional<Timestamp> snapshot_time;
  // Snapshots that were found damaged, and why; what is older served.
  std::vector<std::string> bad_snapshots;
  // Transactions that were replayed from the log.
  int64_t replayed = 0;

  // What a crash left of transactions that nobody was told of as committed: of
  // a torn write, and of a transaction written in part. It was cut off.
  int64_t torn_bytes = 0;
  int64_t unfinished_bytes = 0;
  // Temporary files that were removed.
  int removed_files = 0;

  // How long it took to load the snapshot, to replay the log, and in all.
  std::chrono::duration<double> snapshot_seconds{0};
  std::chrono::duration<double> replay_seconds{0};
  std::chrono::duration<double> total_seconds{0};
};

}  // namespace orderstore

#endif  // ORDERSTORE_OPEN_REPORT_H_
