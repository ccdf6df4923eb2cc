// The calls of a simulated disk that are about bytes.

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "disk/simulated_disk.h"

namespace orderstore::disk {
namespace {

// What direct reads and writes are aligned to.
constexpr size_t kDirectBytes = 4096;

bool Reads(int flags) { return (flags & O_ACCMODE) != O_WRONLY; }

bool IsAligned(const char* memory, size_t bytes, int64_t offset) {
  return reinterpret_cast<uintptr_t>(memory) % kDirectBytes == 0 &&
         bytes % kDirectBytes == 0 &&
         static_cast<size_t>(offset) % kDirectBytes == 0;
}

}  // namespace

int64_t SimulatedDisk::ReadBytes(int file, char* to, size_t bytes,
                                 int64_t offset, const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  if (offset < 0) return -EINVAL;
  const auto opened = descriptors_.find(file);
  if (opened == descriptors_.end() || !Reads(opened->second.flags)) {
    return -EBADF;
  }
  const Descriptor& descriptor = opened->second;
  if (IsFolder(descriptor.node)) return -EISDIR;
  if ((descriptor.flags & O_DIRECT) != 0 && !IsAligned(to, bytes, offset)) {
    return -EINVAL;
  }
  const std::string& from = files_.at(descriptor.node).bytes();
  const auto begin = static_cast<size_t>(offset);
  if (begin >= from.size()) return 0;
  const size_t wanted =
      std::min({bytes, verdict.bytes_max, from.size() - begin});
  const size_t read = Readable(descriptor.node, offset, wanted);
  if (read == 0 && wanted > 0) return -EIO;
  std::memcpy(to, from.data() + begin, read);
  return static_cast<int64_t>(read);
}

size_t SimulatedDisk::Readable(Node node, int64_t offset, size_t bytes) const {
  const auto spoiled = spoiled_.find(node);
  if (spoiled == spoiled_.end()) return bytes;
  constexpr auto kSector = static_cast<int64_t>(kSectorBytes);
  const auto first = spoiled->second.lower_bound(offset / kSector * kSector);
  if (first == spoiled->second.end()) return bytes;
  const int64_t before = std::max<int64_t>(*first - offset, 0);
  return std::min(bytes, static_cast<size_t>(before));
}

int64_t SimulatedDisk::WriteBytes(int file, std::string_view bytes,
                                  int64_t offset, const Verdict& verdict) {
  if (verdict.error != 0 && verdict.error != EIO) return -verdict.error;
  if (offset < 0) return -EINVAL;
  const auto opened = descriptors_.find(file);
  if (opened == descriptors_.end() || !OpensToWrite(opened->second.flags)) {
    return -EBADF;
  }
  const int flags = opened->second.flags;
  if ((flags & O_DIRECT) != 0 &&
      !IsAligned(bytes.data(), bytes.size(), offset)) {
    return -EINVAL;
  }
  SimulatedFile& written = files_.at(opened->second.node);
  const auto begin = static_cast<size_t>(offset);
  if (verdict.error != 0) {
    FailWrite(written, flags, bytes, begin);
    return -verdict.error;
  }
  bytes = bytes.substr(0, verdict.bytes_max);
  if (bytes.empty()) return 0;
  if (capacity_bytes_ != std::numeric_limits<int64_t>::max()) {
    const int64_t free_bytes = std::max<int64_t>(capacity_bytes_ - Used(), 0);
    bytes = bytes.substr(0, written.Fitting(begin, bytes.size(),
                                            static_cast<size_t>(free_bytes)));
    if (bytes.empty()) return -ENOSPC;
  }
  written.Write(begin, bytes, dice_);
  if ((flags & O_DSYNC) != 0 && !verdict.cut) {
    written.SyncRange(begin, bytes.size());
  }
  return static_cast<int64_t>(bytes.size());
}

void SimulatedDisk::FailWrite(SimulatedFile& file, int flags,
                              std::string_view bytes, size_t offset) {
  const bool synchronous = (flags & O_DSYNC) != 0;
  if ((flags & O_DIRECT) == 0) {
    file.Write(offset, bytes.substr(0, dice_.Below(bytes.size() + 1)), dice_);
    if (synchronous) file.FailSync(dice_);
    return;
  }
  const std::vector<bool> chosen = dice_.Some(bytes.size() / kSectorBytes);
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!chosen[i]) continue;
    const size_t begin = i * kSectorBytes;
    file.Write(offset + begin, bytes.substr(begin, kSectorBytes), dice_);
    if (synchronous && dice_.OneIn(2)) {
      file.SyncRange(offset + begin, kSectorBytes);
    }
  }
}

int64_t SimulatedDisk::SyncBytes(int file, const Verdict& verdict) {
  const auto opened = descriptors_.find(file);
  if (opened == descriptors_.end()) {
    return verdict.error != 0 ? -verdict.error : -EBADF;
  }
  const Node node = opened->second.node;
  if (IsFolder(node)) Refuse("Sync of a folder: " + PathOf(file));
  if (verdict.cut) return -EIO;
  if (verdict.error != 0) {
    if (verdict.error != EINTR) files_.at(node).FailSync(dice_);
    return -verdict.error;
  }
  files_.at(node).Sync();
  return 0;
}

int64_t SimulatedDisk::LockFile(int file, const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  const auto opened = descriptors_.find(file);
  if (opened == descriptors_.end()) return -EBADF;
  const auto [holder, taken] = locks_.try_emplace(opened->second.node, file);
  return taken || holder->second == file ? 0 : -EWOULDBLOCK;
}

}  // namespace orderstore::disk
