#include "store/store_copy.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "recovery/identity.h"
#include "recovery/recover.h"
#include "snapshot/snapshot.h"
#include "store/snapshots.h"
#include "wal/segment_writer.h"

namespace orderstore::store {

namespace {

// Removes what a copy may have made: STORE before what it needs.
void Clear(const io::Folder& folder) {
  folder.Remove(recovery::kIdentityName).IgnoreError();
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (recovery::IsLeftover(name) || wal::SegmentNumber(name) ||
        snapshot::SnapshotLsn(name)) {
      folder.Remove(name).IgnoreError();
    }
  }
}

absl::StatusOr<StoreCopy> WriteFiles(const io::Folder& folder,
                                     txn::Engine& engine,
                                     const std::atomic<bool>* cancelled) {
  // A store of its own from now on, so it has its own UUID.
  const io::Uuid store = io::Uuid::Random();
  const std::atomic<bool> never = false;
  absl::StatusOr<Lsn> lsn =
      WriteSnapshotFile(folder, store, engine, /*compressed=*/false,
                        cancelled == nullptr ? never : *cancelled);
  if (!lsn.ok()) return lsn.status();
  absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> segments =
      wal::SegmentWriter::Create(folder, store, engine.schema(),
                                 wal::SegmentWriter::kSegmentBytesMin, *lsn);
  if (!segments.ok()) return segments.status();
  absl::Status status = recovery::WriteIdentity(folder, store);
  if (!status.ok()) return status;
  return StoreCopy{store, *lsn};
}

}  // namespace

absl::Status CheckIsEmpty(const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    // Of a copy that was cut off.
    if (recovery::IsLeftover(name)) continue;
    return absl::AlreadyExistsError(
        absl::StrCat(folder.path(), " is not empty: it has ", name,
                     "; a copy of a store goes to a new or an empty folder"));
  }
  return absl::OkStatus();
}

absl::StatusOr<StoreCopy> WriteStoreCopy(io::FileSystem& file_system,
                                         const std::string& path,
                                         txn::Engine& engine,
                                         const std::atomic<bool>* cancelled) {
  absl::StatusOr<io::Folder> folder = io::Folder::OpenOrMake(file_system, path);
  if (!folder.ok()) return folder.status();
  absl::Status status = CheckIsEmpty(*folder);
  if (!status.ok()) return status;
  Clear(*folder);
  // Who made the folder may not have come to make its name durable.
  status = folder->SyncParent();
  if (!status.ok()) return status;
  absl::StatusOr<StoreCopy> copy = WriteFiles(*folder, engine, cancelled);
  if (!copy.ok()) Clear(*folder);
  return copy;
}

}  // namespace orderstore::store
