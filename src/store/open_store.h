// A store that is open: its engine, its folder, and who keeps both in step.
// Store is this, seen from outside.

#ifndef ORDERSTORE_STORE_OPEN_STORE_H_
#define ORDERSTORE_STORE_OPEN_STORE_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/open_report.h"
#include "orderstore/options.h"
#include "orderstore/schema_revision.h"
#include "orderstore/store.h"
#include "recovery/recover.h"
#include "store/snapshots.h"
#include "txn/engine.h"
#include "wal/segment_writer.h"

namespace orderstore::store {

class OpenStore {
 public:
  // As Store's functions of these names, on any file system, which outlives the
  // store.
  static absl::StatusOr<std::unique_ptr<Store>> Open(
      io::FileSystem& file_system, const std::string& folder,
      const Options& options);
  static absl::StatusOr<std::unique_ptr<Store>> OpenReadOnly(
      io::FileSystem& file_system, const std::string& folder,
      const Options& options, std::optional<Lsn> as_of = {});
  static absl::StatusOr<std::unique_ptr<Store>> OpenSnapshot(
      io::FileSystem& file_system, const std::string& path,
      const Options& options);
  static absl::StatusOr<std::unique_ptr<Store>> OpenInMemory(
      const Options& options);

  // As MigrateStore.
  static absl::StatusOr<SchemaRevision> Migrate(io::FileSystem& file_system,
                                                const std::string& folder,
                                                SchemaRevision to,
                                                const Options& options);

  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;
  ~OpenStore();

  txn::Engine& engine() { return *engine_; }
  const OpenReport& report() const { return report_; }

  absl::Status Close();
  StoreStats Stats() const;
  absl::StatusOr<Lsn> WriteSnapshot();
  absl::StatusOr<Lsn> Backup(const std::string& folder,
                             const std::atomic<bool>* cancelled);

 private:
  // What a store on disk has beside its engine.
  struct Files {
    io::Folder folder;
    std::optional<io::File> lock;  // none: open to read only
    io::Uuid store;
  };

  OpenStore() = default;
  static std::unique_ptr<Store> Wrap(std::unique_ptr<OpenStore> opened);

  // Fills the engine from the folder, or makes a new store in it.
  absl::Status OpenFiles(const Options& options);
  absl::Status CreateFiles(const Options& options);
  absl::Status RecoverFiles(const Options& options);
  // Where the log goes on, once `recovered` is the engine's.
  absl::StatusOr<std::unique_ptr<wal::SegmentWriter>> TakeRecovered(
      recovery::Recovered& recovered, const Options& options);
  // `path` is the folder or the snapshot file, for the logger.
  void TakeReadOnly(recovery::Recovered recovered, const std::string& path,
                    std::chrono::steady_clock::time_point began);
  absl::StatusOr<SchemaRevision> MigrateFiles(SchemaRevision to,
                                              const Options& options);
  void TakeReport(OpenReport report);
  absl::Status RemoveLeftovers();
  // `log_bytes` of the log are behind the newest snapshot; `bad` are those that
  // cannot be read.
  absl::Status StartSnapshots(const Options& options, int64_t log_bytes,
                              std::vector<Lsn> bad);

  // Constant once the store is open. The files come first: the engine's log
  // lives in the folder.
  std::optional<Files> files_;
  std::unique_ptr<txn::Engine> engine_;
  OpenReport report_;
  // As the report's snapshot_time, by a clock that nobody sets.
  std::optional<std::chrono::steady_clock::time_point> snapshot_written_;
  // After the engine: gone before it. Null: in memory, or to read only.
  std::unique_ptr<Snapshots> snapshots_;
};

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_OPEN_STORE_H_
