#include "disk/simulated_disk.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

namespace orderstore::disk {
namespace {

using thread::MutexLock;

constexpr size_t kNameBytesMax = 255;
constexpr size_t kTraceLines = 100;
constexpr int kFlags = O_ACCMODE | O_CREAT | O_EXCL | O_DIRECT | O_DSYNC;

}  // namespace

SimulatedDisk::SimulatedDisk(uint64_t seed, DiskOptions options)
    : options_(options), dice_(seed) {
  folders_[kRoot];
}

void SimulatedDisk::Refuse(const std::string& what) {
  std::fprintf(stderr, "simulated disk: %s\n", what.c_str());
  std::abort();
}

// ---- Every call ------------------------------------------------------------

SimulatedDisk::Verdict SimulatedDisk::Begin(Call call, std::string path,
                                            bool changes, int64_t offset,
                                            size_t bytes) {
  ++calls_;
  ++calls_of_[static_cast<size_t>(call)];
  if (changes) ++changes_;
  const FaultPlan::Verdict fault = faults_.Judge(call, path);
  const bool cut = changes && changes_ == cut_at_change_;
  trace_.push_back({.number = calls_,
                    .change = changes ? changes_ : 0,
                    .call = call,
                    .path = std::move(path),
                    .offset = offset,
                    .bytes = bytes,
                    .result = 0,
                    .cut = cut});
  if (trace_.size() > kTraceLines) trace_.pop_front();
  // What the power cut interrupts does not fail as well.
  return {
      .error = cut ? 0 : fault.error, .bytes_max = fault.bytes_max, .cut = cut};
}

int64_t SimulatedDisk::End(const Verdict& verdict, int64_t result) {
  if (verdict.cut) {
    off_ = true;
    result = -EIO;
  }
  trace_.back().result = result;
  return result;
}

int SimulatedDisk::MakeFolder(const std::string& path) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kMakeFolder, path, true);
  return EndInt(verdict, MakeFolderAt(path, verdict));
}

int SimulatedDisk::OpenFolder(const std::string& path) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kOpenFolder, path, false);
  return EndInt(verdict, OpenFolderAt(path, verdict));
}

void SimulatedDisk::CheckFlags(int flags) {
  if ((flags & ~kFlags) != 0) {
    Refuse("open flags that it does not have: " +
           std::to_string(flags & ~kFlags));
  }
  if ((flags & O_EXCL) != 0 && (flags & O_CREAT) == 0) {
    Refuse("O_EXCL without O_CREAT");
  }
}

int SimulatedDisk::Open(int folder, const std::string& name, int flags) {
  const MutexLock lock(mutex_);
  CheckFlags(flags);
  if (off_) return -EIO;
  const bool creates =
      (flags & O_CREAT) != 0 && NodeOf(folder, name) == -ENOENT;
  const Verdict verdict = Begin(Call::kOpen, PathOf(folder, name), creates);
  return EndInt(verdict, OpenName(folder, name, flags, verdict));
}

int SimulatedDisk::List(int folder, std::vector<std::string>& names) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kList, PathOf(folder), false);
  return EndInt(verdict, ListNames(folder, names, verdict));
}

int SimulatedDisk::Rename(int folder, const std::string& from,
                          const std::string& to) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict =
      Begin(Call::kRename, PathOf(folder, from) + " to " + to, true);
  return EndInt(verdict, RenameName(folder, from, to, verdict));
}

int SimulatedDisk::Remove(int folder, const std::string& name) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kRemove, PathOf(folder, name), true);
  return EndInt(verdict, RemoveName(folder, name, verdict));
}

int64_t SimulatedDisk::Size(int file) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kSize, PathOf(file), false);
  if (verdict.error != 0) return End(verdict, -verdict.error);
  const auto opened = descriptors_.find(file);
  if (opened == descriptors_.end()) return End(verdict, -EBADF);
  const Node node = opened->second.node;
  return End(verdict, IsFolder(node) ? static_cast<int64_t>(kBlockBytes)
                                     : static_cast<int64_t>(
                                           files_.at(node).bytes().size()));
}

int64_t SimulatedDisk::ModifiedTime(int) { return -ENOSYS; }

int64_t SimulatedDisk::Read(int file, char* to, size_t bytes, int64_t offset) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict =
      Begin(Call::kRead, PathOf(file), false, offset, bytes);
  return End(verdict, ReadBytes(file, to, bytes, offset, verdict));
}

int64_t SimulatedDisk::Write(int file, const char* from, size_t bytes,
                             int64_t offset) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict =
      Begin(Call::kWrite, PathOf(file), true, offset, bytes);
  return End(verdict, WriteBytes(file, {from, bytes}, offset, verdict));
}

int SimulatedDisk::Sync(int file) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kSync, PathOf(file), true);
  return EndInt(verdict, SyncBytes(file, verdict));
}

int SimulatedDisk::SyncFolder(int folder) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kSyncFolder, PathOf(folder), true);
  return EndInt(verdict, SyncNames(folder, verdict));
}

int SimulatedDisk::Lock(int file) {
  const MutexLock lock(mutex_);
  if (off_) return -EIO;
  const Verdict verdict = Begin(Call::kLock, PathOf(file), false);
  return EndInt(verdict, LockFile(file, verdict));
}

void SimulatedDisk::Close(int descriptor) {
  const MutexLock lock(mutex_);
  if (descriptor < first_descriptor_) return;
  const auto opened = descriptors_.find(descriptor);
  if (opened == descriptors_.end()) {
    Refuse("closed twice or never opened: " + std::to_string(descriptor));
  }
  const auto held = locks_.find(opened->second.node);
  if (held != locks_.end() && held->second == descriptor) locks_.erase(held);
  descriptors_.erase(opened);
}

// ---- Nodes and descriptors -------------------------------------------------

Node SimulatedDisk::Find(std::string_view path) const {
  if (path.empty()) return -ENOENT;
  std::vector<Node> way = {kRoot};
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    const auto folder = folders_.find(way.back());
    if (folder == folders_.end()) return -ENOTDIR;
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (way.size() > 1) way.pop_back();
      continue;
    }
    if (name.size() > kNameBytesMax) return -ENAMETOOLONG;
    const auto found = folder->second.names().find(name);
    if (found == folder->second.names().end()) return -ENOENT;
    way.push_back(found->second);
  }
  return way.back();
}

Node SimulatedDisk::FolderOf(int descriptor) const {
  const auto opened = descriptors_.find(descriptor);
  if (opened == descriptors_.end()) return -EBADF;
  return IsFolder(opened->second.node) ? opened->second.node : -ENOTDIR;
}

int SimulatedDisk::CheckName(const std::string& name) {
  if (name.find('/') != name.npos || name == "." || name == "..") {
    Refuse("not a name in a folder: " + name);
  }
  return name.size() > kNameBytesMax ? -ENAMETOOLONG : 0;
}

Node SimulatedDisk::NodeOf(int folder, const std::string& name) const {
  if (name.empty()) return -ENOENT;
  const Node node = FolderOf(folder);
  if (node < 0) return node;
  if (const int error = CheckName(name); error < 0) return error;
  const SimulatedFolder::Names& names = folders_.at(node).names();
  const auto found = names.find(name);
  return found == names.end() ? -ENOENT : found->second;
}

bool SimulatedDisk::IsNamed(Node node) const {
  if (node == kRoot) return true;
  for (const auto& [number, folder] : folders_) {
    for (const auto& [name, named] : folder.names()) {
      if (named == node) return true;
    }
  }
  return false;
}

std::string SimulatedDisk::PathOf(int descriptor, std::string_view name) const {
  const auto opened = descriptors_.find(descriptor);
  std::string path = opened == descriptors_.end()
                         ? "descriptor " + std::to_string(descriptor)
                         : opened->second.path;
  if (!name.empty()) path.append("/").append(name);
  return path;
}

int SimulatedDisk::AddDescriptor(Node node, int flags, std::string path) {
  const int number = next_descriptor_++;
  descriptors_[number] = {
      .node = node, .flags = flags, .path = std::move(path)};
  return number;
}

void SimulatedDisk::DropDescriptors() {
  descriptors_.clear();
  locks_.clear();
  first_descriptor_ = next_descriptor_;
}

void SimulatedDisk::DropUnreachable() {
  std::set<Node> reachable;
  for (const auto& [node, folder] : folders_) {
    reachable.merge(folder.Reachable());
  }
  for (const auto& [number, descriptor] : descriptors_) {
    reachable.insert(descriptor.node);
  }
  std::erase_if(files_, [&reachable](const auto& file) {
    return !reachable.contains(file.first);
  });
}

int64_t SimulatedDisk::Used() const {
  std::set<Node> nodes;
  for (const auto& [node, folder] : folders_) {
    for (const auto& [name, named] : folder.names()) nodes.insert(named);
  }
  for (const auto& [number, descriptor] : descriptors_) {
    nodes.insert(descriptor.node);
  }
  size_t bytes = 0;
  for (const auto& [node, file] : files_) {
    if (nodes.contains(node)) bytes += file.allocated_bytes();
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace orderstore::disk
