// Writes a snapshot from a read view, beside the writer of the tables.
//
// Thread-safety: any thread, as long as nobody else uses `view`.

#ifndef ORDERSTORE_SNAPSHOT_SNAPSHOT_WRITER_H_
#define ORDERSTORE_SNAPSHOT_SNAPSHOT_WRITER_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "io/file.h"
#include "snapshot/snapshot.h"
#include "table/tables.h"
#include "table/view_registry.h"

namespace orderstore::snapshot {

// Creates the file `name` in `folder`, writes all rows that the view sees, and
// makes its bytes durable; its name is not. O(rows).
//
// `description` is of the view's state (Description::Of). `view` is open during
// the call; the call enters and leaves its epoch every some hundred rows. Takes
// about 6 MiB of memory, and a second thread while it writes.
//
// Errors; the caller removes the file after any but AlreadyExists:
//   AlreadyExists      `name` is taken
//   Cancelled          `cancelled` became true
//   DataLoss           the rows in memory do not agree with `description`
//   ResourceExhausted  the disk is full
//   others             of io/error.h
absl::Status WriteSnapshot(const io::Folder& folder, const std::string& name,
                           const Description& description,
                           const table::Tables& tables, table::ViewSlot& view,
                           const std::atomic<bool>& cancelled);

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_SNAPSHOT_WRITER_H_
