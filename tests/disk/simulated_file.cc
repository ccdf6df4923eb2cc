#include "disk/simulated_file.h"

#include <algorithm>

namespace orderstore::disk {

void SimulatedFile::Write(size_t offset, std::string_view bytes, Dice& dice) {
  if (bytes.empty()) return;
  const size_t end = offset + bytes.size();
  for (size_t sector = offset / kSectorBytes; sector * kSectorBytes < end;
       ++sector) {
    const auto [place, fresh] = unsynced_.try_emplace(sector);
    if (!fresh && dice.OneIn(2)) {
      place->second.earlier = SectorOf(bytes_, sector);
    }
  }
  if (end > bytes_.size()) bytes_.resize(end);
  bytes_.replace(offset, bytes.size(), bytes);
  if (end > medium_size_) length_is_unsynced_ = true;
  Allocate(offset, bytes.size());
}

void SimulatedFile::PutSector(std::string& to, size_t sector,
                              std::string_view bytes) {
  const size_t begin = sector * kSectorBytes;
  if (to.size() < begin + bytes.size()) to.resize(begin + bytes.size());
  to.replace(begin, bytes.size(), bytes);
}

void SimulatedFile::Persist(size_t sector) {
  PutSector(medium_, sector, SectorOf(bytes_, sector));
}

void SimulatedFile::Sync() {
  size_t end = medium_size_;
  for (const auto& [sector, unsynced] : unsynced_) {
    Persist(sector);
    end = std::max(end, std::min((sector + 1) * kSectorBytes, bytes_.size()));
  }
  unsynced_.clear();
  // A length that a failed sync dropped grows only with what is written anew.
  medium_size_ = length_is_unsynced_ ? bytes_.size() : end;
  length_is_unsynced_ = false;
  if (medium_.size() < medium_size_) medium_.resize(medium_size_);
}

void SimulatedFile::SyncRange(size_t offset, size_t size) {
  if (size == 0) return;
  const size_t end = offset + size;
  for (size_t sector = offset / kSectorBytes; sector * kSectorBytes < end;
       ++sector) {
    if (unsynced_.erase(sector) != 0) Persist(sector);
  }
  medium_size_ = std::max(medium_size_, std::min(end, bytes_.size()));
  if (medium_.size() < medium_size_) medium_.resize(medium_size_);
  if (medium_size_ == bytes_.size()) length_is_unsynced_ = false;
}

void SimulatedFile::FailSync(Dice& dice) {
  const std::vector<bool> leaves = dice.Some(unsynced_.size());
  const std::vector<bool> goes_out = dice.Some(unsynced_.size());
  size_t i = 0;
  for (auto place = unsynced_.begin(); place != unsynced_.end(); ++i) {
    if (leaves[i] && goes_out[i]) Persist(place->first);
    place = leaves[i] ? unsynced_.erase(place) : std::next(place);
  }
  if (!length_is_unsynced_) return;
  const size_t fate = dice.Below(3);
  if (fate == 0) return;
  if (fate == 1) medium_size_ = bytes_.size();
  if (medium_.size() < medium_size_) medium_.resize(medium_size_);
  length_is_unsynced_ = false;
}

void SimulatedFile::DropCache() {
  std::string seen = medium_;
  seen.resize(bytes_.size());
  for (const auto& [sector, unsynced] : unsynced_) {
    PutSector(seen, sector, SectorOf(bytes_, sector));
  }
  bytes_ = std::move(seen);
}

std::string SimulatedFile::AfterCut(const Cut& cut, Dice& dice) const {
  std::string left = medium_;
  left.resize(std::max(bytes_.size(), medium_.size()));
  const std::vector<bool> kept =
      cut.survival == Survival::kSome
          ? dice.Some(unsynced_.size())
          : std::vector<bool>(unsynced_.size(),
                              cut.survival == Survival::kEverything);
  size_t i = 0;
  for (const auto& [sector, unsynced] : unsynced_) {
    PutSector(left, sector,
              kept[i++] ? Kept(sector, unsynced, cut, dice)
                        : Lost(sector, cut, dice));
  }
  left.resize(LengthAfterCut(cut, dice));
  return left;
}

size_t SimulatedFile::LengthAfterCut(const Cut& cut, Dice& dice) const {
  if (!length_is_unsynced_ || cut.survival == Survival::kNothing) {
    return medium_size_;
  }
  if (cut.survival == Survival::kEverything) return bytes_.size();
  switch (dice.Below(3)) {
    case 0:
      return medium_size_;
    case 1:
      return bytes_.size();
    default:
      return medium_size_ + dice.Below(bytes_.size() - medium_size_ + 1);
  }
}

std::string SimulatedFile::Lost(size_t sector, const Cut& cut,
                                Dice& dice) const {
  std::string bytes(SectorOf(bytes_, sector).size(), '\0');
  const size_t begin = sector * kSectorBytes;
  if (begin < medium_.size()) {
    const std::string_view old = SectorOf(medium_, sector);
    bytes.replace(0, std::min(old.size(), bytes.size()), old);
  }
  if (cut.leaves_garbage && begin >= medium_size_ &&
      cut.survival == Survival::kSome) {
    for (char& byte : bytes) byte = static_cast<char>(dice.Next());
  }
  return bytes;
}

std::string SimulatedFile::Kept(size_t sector, const Unsynced& unsynced,
                                const Cut& cut, Dice& dice) const {
  std::string bytes(SectorOf(bytes_, sector));
  if (cut.survival != Survival::kSome) return bytes;
  if (!unsynced.earlier.empty() && dice.OneIn(4)) {
    bytes.replace(0, unsynced.earlier.size(), unsynced.earlier);
  }
  if (cut.tears_sectors && dice.OneIn(4)) {
    const size_t whole = dice.Below(bytes.size());
    bytes.resize(whole);
    bytes += Lost(sector, cut, dice).substr(whole);
  }
  return bytes;
}

void SimulatedFile::SetBytes(std::string bytes) {
  medium_ = bytes;
  medium_size_ = bytes.size();
  bytes_ = std::move(bytes);
  unsynced_.clear();
  length_is_unsynced_ = false;
  allocated_.assign((bytes_.size() + kBlockBytes - 1) / kBlockBytes, true);
  blocks_ = allocated_.size();
}

void SimulatedFile::Allocate(size_t offset, size_t size) {
  const size_t end = (offset + size + kBlockBytes - 1) / kBlockBytes;
  if (allocated_.size() < end) allocated_.resize(end);
  for (size_t block = offset / kBlockBytes; block < end; ++block) {
    if (!allocated_[block]) ++blocks_;
    allocated_[block] = true;
  }
}

size_t SimulatedFile::Fitting(size_t offset, size_t size,
                              size_t free_bytes) const {
  const size_t end = offset + size;
  for (size_t block = offset / kBlockBytes; block * kBlockBytes < end;
       ++block) {
    if (IsAllocated(block)) continue;
    if (free_bytes < kBlockBytes) {
      return std::max(block * kBlockBytes, offset) - offset;
    }
    free_bytes -= kBlockBytes;
  }
  return size;
}

}  // namespace orderstore::disk
