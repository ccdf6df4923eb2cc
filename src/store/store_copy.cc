#include "store/store_copy.h"

#include <atomic>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "recovery/identity.h"
#include "store/snapshots.h"
#include "wal/segment_writer.h"

namespace orderstore::store {

absl::Status CheckIsEmpty(const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names.status();
  if (names->empty()) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(folder.path(), " is not empty: it has ", names->front(),
                   "; a copy of a store goes to a new or an empty folder"));
}

absl::StatusOr<StoreCopy> WriteStoreCopy(io::FileSystem& file_system,
                                         const std::string& path,
                                         txn::Engine& engine) {
  absl::StatusOr<io::Folder> folder = io::Folder::OpenOrMake(file_system, path);
  if (!folder.ok()) return folder.status();
  absl::Status status = CheckIsEmpty(*folder);
  // Who made the folder may not have come to make its name durable.
  if (status.ok()) status = folder->SyncParent();
  if (!status.ok()) return status;
  // A store of its own from now on, so it has its own UUID.
  const io::Uuid store = io::Uuid::Random();
  const std::atomic<bool> never = false;
  absl::StatusOr<Lsn> lsn =
      WriteSnapshotFile(*folder, store, engine, SnapshotPlace::kElsewhere,
                        /*compressed=*/false, never);
  if (!lsn.ok()) return lsn.status();
  absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> segments =
      wal::SegmentWriter::Create(*folder, store,
                                 wal::SegmentWriter::kSegmentBytesMin, *lsn);
  if (!segments.ok()) return segments.status();
  status = recovery::WriteIdentity(*folder, store);
  if (status.ok()) return StoreCopy{store, *lsn};
  // It may have its name, and only that not be durable.
  folder->Remove(recovery::kIdentityName).IgnoreError();
  return status;
}

}  // namespace orderstore::store
