// The bytes of one file of a simulated disk, twice: as a reader sees them (the
// page cache), and as they are on the medium.
//
// A sector is *unsynced* from a write until a sync. Invariants:
//
//   1. A sector that is neither unsynced nor dropped has the same bytes in
//   both.
//   2. Bytes of the medium beyond its length are zeros, or unsynced ones that
//      went out early; no reader sees them before the length covers them.
//
// Not thread-safe: the disk's mutex guards it.

#ifndef ORDERSTORE_TESTS_DISK_SIMULATED_FILE_H_
#define ORDERSTORE_TESTS_DISK_SIMULATED_FILE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "disk/dice.h"
#include "disk/survival.h"

namespace orderstore::disk {

// What a device writes whole, unless it tears.
inline constexpr size_t kSectorBytes = 512;
// What a file system allocates.
inline constexpr size_t kBlockBytes = 4096;

class SimulatedFile {
 public:
  SimulatedFile() = default;
  // A file whose bytes are durable.
  explicit SimulatedFile(std::string bytes) { SetBytes(std::move(bytes)); }

  // As a reader sees them.
  const std::string& bytes() const { return bytes_; }
  // As they are on the medium.
  std::string DurableBytes() const { return medium_.substr(0, medium_size_); }

  // Into the page cache. `dice`: whether bytes of an earlier unsynced write
  // went out before.
  void Write(size_t offset, std::string_view bytes, Dice& dice);
  // Makes what was written durable, with the length.
  void Sync();
  // Makes [offset, offset + size) durable, with a length that covers it.
  void SyncRange(size_t offset, size_t size);
  // A sync that reports an error: each unsynced sector, and the length, is
  // durable, or stays unsynced, or is dropped: it looks synced, no later sync
  // writes it, and the medium keeps the old one.
  void FailSync(Dice& dice);
  // Forgets the page cache's clean pages: of dropped sectors, readers see the
  // medium's bytes from now on.
  void DropCache();

  // What a power cut now leaves, see Survival; kBySeed is not one of them.
  struct Cut {
    Survival survival = Survival::kSome;
    bool tears_sectors = false;
    bool leaves_garbage = false;
  };
  std::string AfterCut(const Cut& cut, Dice& dice) const;

  // Sets both.
  void SetBytes(std::string bytes);

  size_t allocated_bytes() const { return blocks_ * kBlockBytes; }
  // How many of the bytes that a write of [offset, offset + size) has could be
  // written with `free_bytes` to allocate.
  size_t Fitting(size_t offset, size_t size, size_t free_bytes) const;

 private:
  struct Unsynced {
    std::string earlier;  // what may have gone out before, or empty
  };

  std::string_view SectorOf(const std::string& bytes, size_t sector) const {
    return std::string_view(bytes).substr(sector * kSectorBytes, kSectorBytes);
  }
  static void PutSector(std::string& to, size_t sector, std::string_view bytes);
  void Persist(size_t sector);
  void Allocate(size_t offset, size_t size);
  bool IsAllocated(size_t block) const {
    return block < allocated_.size() && allocated_[block];
  }
  size_t LengthAfterCut(const Cut& cut, Dice& dice) const;
  std::string Lost(size_t sector, const Cut& cut, Dice& dice) const;
  std::string Kept(size_t sector, const Unsynced& unsynced, const Cut& cut,
                   Dice& dice) const;

  std::string bytes_;
  std::string medium_;  // at least medium_size_ bytes
  size_t medium_size_ = 0;
  bool length_is_unsynced_ = false;
  std::map<size_t, Unsynced> unsynced_;  // by sector

  std::vector<bool> allocated_;  // by block
  size_t blocks_ = 0;            // how many of them are
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_SIMULATED_FILE_H_
