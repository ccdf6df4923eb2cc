// What a test does to a disk and learns about it, past the calls of the
// program.

#include <iterator>
#include <system_error>
#include <utility>

#include "disk/simulated_disk.h"

namespace orderstore::disk {
namespace {

using thread::MutexLock;

std::string LastName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

// ---- Power -----------------------------------------------------------------

void SimulatedDisk::CutPowerAt(int64_t nth) {
  const MutexLock lock(mutex_);
  cut_at_change_ = nth == 0 ? 0 : changes_ + nth;
}

void SimulatedDisk::CutPower() {
  const MutexLock lock(mutex_);
  off_ = true;
}

bool SimulatedDisk::off() const {
  const MutexLock lock(mutex_);
  return off_;
}

void SimulatedDisk::Restart(Survival survival) {
  const MutexLock lock(mutex_);
  Start(Left(dice_.Next(), survival));
}

void SimulatedDisk::RestartProgram() {
  const MutexLock lock(mutex_);
  DropDescriptors();
  cut_at_change_ = 0;
  off_ = false;
}

DiskImage SimulatedDisk::AfterCut(uint64_t seed, Survival survival) const {
  const MutexLock lock(mutex_);
  return Left(seed, survival);
}

DiskImage SimulatedDisk::Image() const {
  const MutexLock lock(mutex_);
  return Left(0, Survival::kNothing);
}

void SimulatedDisk::Load(const DiskImage& image) {
  const MutexLock lock(mutex_);
  Start(image);
}

DiskImage SimulatedDisk::Left(uint64_t seed, Survival survival) const {
  Dice dice(seed);
  if (survival == Survival::kBySeed) {
    constexpr Survival kOutcomes[] = {Survival::kNothing, Survival::kEverything,
                                      Survival::kSome, Survival::kSome};
    survival = kOutcomes[dice.Below(std::size(kOutcomes))];
  }
  const SimulatedFile::Cut cut = {.survival = survival,
                                  .tears_sectors = options_.tears_sectors,
                                  .leaves_garbage = options_.leaves_garbage};
  DiskImage image;
  AddLeft(kRoot, "", cut, dice, image);
  return image;
}

void SimulatedDisk::AddLeft(Node folder, const std::string& path,
                            const SimulatedFile::Cut& cut, Dice& dice,
                            DiskImage& image) const {
  const SimulatedFolder::Names names =
      folders_.at(folder).AfterCut(cut.survival, dice);
  for (const auto& [name, node] : names) {
    const std::string inner = path + "/" + name;
    if (IsFolder(node)) {
      image.folders.insert(inner);
      AddLeft(node, inner, cut, dice, image);
    } else {
      image.files[inner] = files_.at(node).AfterCut(cut, dice);
    }
  }
}

void SimulatedDisk::Start(const DiskImage& image) {
  DropDescriptors();
  folders_.clear();
  files_.clear();
  folders_[kRoot];
  // A folder sorts before what is in it.
  for (const std::string& path : image.folders) {
    const Node node = next_node_++;
    SimulatedFolder& parent = FolderAround(path);
    folders_[node];
    parent.Add(LastName(path), node);
    parent.Sync();
  }
  for (const auto& [path, bytes] : image.files) PutFile(path, bytes);
  cut_at_change_ = 0;
  off_ = false;
}

// ---- Faults ----------------------------------------------------------------

void SimulatedDisk::AddFault(Fault fault) {
  const MutexLock lock(mutex_);
  faults_.Add(std::move(fault));
}

void SimulatedDisk::FailCall(int64_t nth, int error, bool lasting) {
  AddFault({.nth = nth, .lasting = lasting, .error = error});
}

void SimulatedDisk::FailCall(Call call, int64_t nth, int error, bool lasting) {
  AddFault({.call = call, .nth = nth, .lasting = lasting, .error = error});
}

void SimulatedDisk::ShortCall(Call call, int64_t nth, size_t bytes_max,
                              bool lasting) {
  AddFault(
      {.call = call, .nth = nth, .lasting = lasting, .bytes_max = bytes_max});
}

void SimulatedDisk::ClearFaults() {
  const MutexLock lock(mutex_);
  faults_.Clear();
}

void SimulatedDisk::SetCapacity(int64_t bytes) {
  const MutexLock lock(mutex_);
  capacity_bytes_ = bytes;
}

int64_t SimulatedDisk::UsedBytes() const {
  const MutexLock lock(mutex_);
  return Used();
}

void SimulatedDisk::DropCache() {
  const MutexLock lock(mutex_);
  for (auto& [node, file] : files_) file.DropCache();
}

// ---- Files at rest ---------------------------------------------------------

bool SimulatedDisk::Exists(const std::string& path) const {
  const MutexLock lock(mutex_);
  return Find(path) >= 0;
}

std::vector<std::string> SimulatedDisk::List(const std::string& folder) const {
  const MutexLock lock(mutex_);
  const Node node = Find(folder);
  if (node < 0 || !IsFolder(node)) Refuse("not a folder: " + folder);
  std::vector<std::string> names;
  for (const auto& [name, unused] : folders_.at(node).names()) {
    names.push_back(name);
  }
  return names;
}

std::string SimulatedDisk::Bytes(const std::string& path) const {
  const MutexLock lock(mutex_);
  return FileAt(path).bytes();
}

void SimulatedDisk::SetBytes(const std::string& path, std::string bytes) {
  const MutexLock lock(mutex_);
  PutFile(path, std::move(bytes));
}

void SimulatedDisk::FlipBit(const std::string& path, int64_t bit) {
  const MutexLock lock(mutex_);
  std::string bytes = FileAt(path).bytes();
  if (bit < 0 || static_cast<size_t>(bit / 8) >= bytes.size()) {
    Refuse(path + " has no bit " + std::to_string(bit));
  }
  char& byte = bytes[static_cast<size_t>(bit / 8)];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit % 8));
  PutFile(path, std::move(bytes));
}

void SimulatedDisk::SpoilSector(const std::string& path, int64_t offset) {
  const MutexLock lock(mutex_);
  const Node node = Find(path);
  if (!files_.contains(node)) Refuse("there is no " + path);
  constexpr auto kSector = static_cast<int64_t>(kSectorBytes);
  spoiled_[node].insert(offset / kSector * kSector);
}

void SimulatedDisk::TruncateFile(const std::string& path, int64_t bytes) {
  const MutexLock lock(mutex_);
  std::string left = FileAt(path).bytes();
  left.resize(static_cast<size_t>(bytes));
  PutFile(path, std::move(left));
}

void SimulatedDisk::RemoveFile(const std::string& path) {
  const MutexLock lock(mutex_);
  FileAt(path);
  SimulatedFolder& folder = FolderAround(path);
  folder.Remove(LastName(path));
  folder.Sync();
}

const SimulatedFile& SimulatedDisk::FileAt(const std::string& path) const {
  const Node node = Find(path);
  if (node < 0 || IsFolder(node)) Refuse("not a file: " + path);
  return files_.at(node);
}

SimulatedFolder& SimulatedDisk::FolderAround(const std::string& path) {
  const size_t slash = path.rfind('/');
  const Node node =
      slash == path.npos ? kRoot : Find(path.substr(0, slash + 1));
  if (node < 0 || !IsFolder(node)) Refuse("not in a folder: " + path);
  return folders_.at(node);
}

void SimulatedDisk::PutFile(const std::string& path, std::string bytes) {
  Node node = Find(path);
  SimulatedFolder& folder = FolderAround(path);
  if (node < 0) {
    node = next_node_++;
    files_[node];
    folder.Add(LastName(path), node);
  } else if (IsFolder(node)) {
    Refuse("not a file: " + path);
  }
  files_.at(node).SetBytes(std::move(bytes));
  folder.Sync();
}

// ---- What happened ---------------------------------------------------------

int64_t SimulatedDisk::CallCount() const {
  const MutexLock lock(mutex_);
  return calls_;
}

int64_t SimulatedDisk::CallCount(Call call) const {
  const MutexLock lock(mutex_);
  return calls_of_[static_cast<size_t>(call)];
}

int64_t SimulatedDisk::ChangeCount() const {
  const MutexLock lock(mutex_);
  return changes_;
}

int SimulatedDisk::OpenDescriptors() const {
  const MutexLock lock(mutex_);
  return static_cast<int>(descriptors_.size());
}

std::string SimulatedDisk::Trace() const {
  const MutexLock lock(mutex_);
  std::string text;
  for (const TraceLine& line : trace_) {
    text += "call " + std::to_string(line.number);
    if (line.change != 0) text += ", change " + std::to_string(line.change);
    text.append(": ").append(NameOf(line.call)).append(" ").append(line.path);
    if (line.call == Call::kRead || line.call == Call::kWrite) {
      text += ", " + std::to_string(line.bytes) + " bytes at " +
              std::to_string(line.offset);
    }
    text += ": ";
    if (line.cut) {
      text += "power cut";
    } else if (line.result < 0) {
      text += std::generic_category().message(static_cast<int>(-line.result));
    } else {
      text += std::to_string(line.result);
    }
    text += "\n";
  }
  return text;
}

}  // namespace orderstore::disk
