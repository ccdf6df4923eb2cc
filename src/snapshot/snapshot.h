// What a snapshot is of: the whole state of a store as of one LSN, in one file
// that never changes. FORMAT.md describes the file byte by byte.
//
//   absl::Status status =
//       WriteSnapshot(folder, SnapshotName(lsn) + kTemporarySuffix,
//                     Description::Of(*view.state, store, schema, compressed),
//                     tables, view, cancelled);
//   ...
//   absl::StatusOr<SnapshotReader> reader =
//       SnapshotReader::Open(folder, SnapshotName(lsn), store);
//
// Whoever writes it gives it a temporary name first, and renames it when it is
// whole and the log has its LSN: that belongs to the one who keeps the folder.
//
// Thread-safety: values.

#ifndef ORDERSTORE_SNAPSHOT_SNAPSHOT_H_
#define ORDERSTORE_SNAPSHOT_SNAPSHOT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/uuid.h"
#include "orderstore/ids.h"
#include "orderstore/records.h"
#include "orderstore/schema_revision.h"
#include "table/commit_state.h"

namespace orderstore::snapshot {

struct Description {
  io::Uuid store;
  SchemaRevision schema = kSchemaRevisionNew;
  Lsn lsn = 0;
  Counts counts;
  Digests digests;
  // The next ids that the sequences give; 2^31 when they are exhausted.
  int64_t next_customer_id = 1;
  int64_t next_order_id = 1;
  int64_t next_barcode_id = 1;
  // Whether the blocks of rows are compressed (zstd).
  bool compressed = false;

  friend bool operator==(const Description&, const Description&) = default;

  static Description Of(const table::CommitState& state, const io::Uuid& store,
                        SchemaRevision schema, bool compressed);
};

// ---- Names ----
// Twenty digits and `.snapshot`.
std::string SnapshotName(Lsn lsn);
// None if it is no snapshot's name.
std::optional<Lsn> SnapshotLsn(std::string_view name);
// Behind the name of one that is being written.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_SNAPSHOT_H_
