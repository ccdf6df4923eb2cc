// Small stores at rest, to be damaged: what is in them, and which of their
// bytes nobody needs.
//
//   DamagedStore store(DamagedStore::Kind::kClosed, seed);
//   std::string error = store.Try({"/shop/STORE"}, changed_image);
//
// Each has two snapshots, the log from the older one on in several segments,
// and a backup beside it.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_TESTS_CRASH_DAMAGED_STORE_H_
#define ORDERSTORE_TESTS_CRASH_DAMAGED_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "disk/disk_image.h"
#include "disk/simulated_disk.h"
#include "orderstore/store.h"
#include "store/model_state.h"
#include "wal/log_reader.h"

namespace orderstore {

class DamagedStore {
 public:
  enum class Kind {
    kClosed,    // cleanly
    kTorn,      // the power went as a frame was written, and tore it
    kRotating,  // the next segment was there, and nothing said so yet
    kBackup,    // the backup of the others
  };

  explicit DamagedStore(Kind kind);

  const disk::DiskImage& image() const { return image_; }
  // Those in the store's folder.
  std::vector<std::string> Files() const;
  const std::string& folder() const { return folder_; }
  const wal::LogEnd& end() const { return end_; }
  // Where the log ends.
  std::string last_segment() const;

  // Whether nothing is lost if these bytes of a file are others: the whole list
  // of such places. Whatever else changes, the store does not open.
  bool IsHarmless(const std::string& path, size_t begin, size_t end) const;
  // The newest snapshot, and the older one.
  const std::string& newest_snapshot() const { return newest_snapshot_; }
  const std::string& older_snapshot() const { return older_snapshot_; }

  // Opens the store with `image` in the place of its own, which differs in
  // these files. Returns what went wrong, or nothing:
  //   - opened, and `harmless`: it has exactly the acknowledged rows
  //   - refused: with a documented code, naming one of the files, and without
  //     any change on the disk
  std::string Try(const disk::DiskImage& image,
                  const std::vector<std::string>& changed, bool harmless);

  int opened() const { return opened_; }
  int refused() const { return refused_; }

 private:
  void Fill();
  void CutPower(Kind kind);
  void Describe();
  absl::StatusOr<std::unique_ptr<Store>> Open();
  std::string CheckOpened(const Store& store,
                          const std::vector<std::string>& changed,
                          bool harmless) const;
  std::string CheckRefused(const absl::Status& status,
                           const std::vector<std::string>& changed,
                           const disk::DiskImage& image);

  const Kind kind_;
  disk::SimulatedDisk disk_;
  std::string folder_ = "/shop";
  disk::DiskImage image_;
  State expected_;
  wal::LogEnd end_;
  uint32_t first_needed_ = 0;  // segment, for the newest snapshot
  std::string newest_snapshot_;
  std::string older_snapshot_;
  int opened_ = 0;
  int refused_ = 0;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CRASH_DAMAGED_STORE_H_
