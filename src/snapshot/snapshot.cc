#include "snapshot/snapshot.h"

#include <charconv>

#include "absl/strings/str_cat.h"

namespace orderstore::snapshot {

Description Description::Of(const table::CommitState& state,
                            const io::Uuid& store, SchemaRevision schema,
                            bool compressed) {
  return {.store = store,
          .schema = schema,
          .lsn = state.lsn,
          .counts = state.counts,
          .digests = state.digests,
          .next_customer_id = state.next_customer_id,
          .next_order_id = state.next_order_id,
          .next_barcode_id = state.next_barcode_id,
          .compressed = compressed};
}

std::string SnapshotName(Lsn lsn) {
  return absl::StrCat(absl::Dec(lsn, absl::kZeroPad20), ".snapshot");
}

std::optional<Lsn> SnapshotLsn(std::string_view name) {
  Lsn lsn = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), lsn);
  if (error != std::errc() || SnapshotName(lsn) != name) return std::nullopt;
  return lsn;
}

}  // namespace orderstore::snapshot
