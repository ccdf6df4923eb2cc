// The calls of a simulated disk that are about names.

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <vector>

#include "disk/simulated_disk.h"

namespace orderstore::disk {
int64_t SimulatedDisk::MakeFolderAt(const std::string& path,
                                    const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  if (const Node found = Find(path); found >= 0) return -EEXIST;
  const size_t end = path.find_last_not_of('/');
  if (end == path.npos) return -ENOENT;  // "", for "/" is there
  const size_t slash = path.rfind('/', end);
  const std::string name = slash == path.npos
                               ? path.substr(0, end + 1)
                               : path.substr(slash + 1, end - slash);
  const Node parent =
      slash == path.npos ? kRoot : Find(path.substr(0, slash + 1));
  if (parent < 0) return parent;
  if (!IsFolder(parent)) return -ENOTDIR;
  if (const int error = CheckName(name); error < 0) return error;
  const Node node = next_node_++;
  folders_[node];
  folders_[parent].Add(name, node);
  return 0;
}

int64_t SimulatedDisk::OpenFolderAt(const std::string& path,
                                    const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  const Node node = Find(path);
  if (node < 0) return node;
  if (!IsFolder(node)) return -ENOTDIR;
  return AddDescriptor(node, O_RDONLY, path);
}

int64_t SimulatedDisk::OpenName(int folder, const std::string& name, int flags,
                                const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  Node node = NodeOf(folder, name);
  if (node >= 0) {
    if ((flags & O_EXCL) != 0) return -EEXIST;
    if (IsFolder(node)) {
      if (OpensToWrite(flags) || (flags & O_CREAT) != 0) return -EISDIR;
      if ((flags & O_DIRECT) != 0) return -EINVAL;
    }
  } else {
    if (node != -ENOENT || (flags & O_CREAT) == 0 || name.empty()) return node;
    const Node parent = FolderOf(folder);
    if (parent < 0) return parent;
    if (!IsNamed(parent)) return -ENOENT;
    node = next_node_++;
    files_[node];
    folders_[parent].Add(name, node);
  }
  if ((flags & O_DIRECT) != 0 && !options_.direct_writes) return -EINVAL;
  if (verdict.cut) return -EIO;
  return AddDescriptor(node, flags, PathOf(folder, name));
}

int64_t SimulatedDisk::ListNames(int folder, std::vector<std::string>& names,
                                 const Verdict& verdict) {
  const Node node = FolderOf(folder);
  if (node < 0) return verdict.error != 0 ? -verdict.error : node;
  for (const auto& [name, unused] : folders_[node].names()) {
    if (verdict.error != 0 && dice_.OneIn(2)) return -verdict.error;
    names.push_back(name);
  }
  return -verdict.error;
}

int64_t SimulatedDisk::RenameName(int folder, const std::string& from,
                                  const std::string& to,
                                  const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  const Node node = NodeOf(folder, from);
  if (node < 0) return node;
  const Node replaced = NodeOf(folder, to);
  if (replaced < 0 && (replaced != -ENOENT || to.empty())) return replaced;
  if (replaced >= 0) {
    if (IsFolder(replaced) && !IsFolder(node)) return -EISDIR;
    if (!IsFolder(replaced) && IsFolder(node)) return -ENOTDIR;
    if (replaced != node && IsFolder(replaced) &&
        !folders_[replaced].names().empty()) {
      return -ENOTEMPTY;
    }
  }
  folders_[FolderOf(folder)].Rename(from, to);
  return 0;
}

int64_t SimulatedDisk::RemoveName(int folder, const std::string& name,
                                  const Verdict& verdict) {
  if (verdict.error != 0) return -verdict.error;
  const Node node = NodeOf(folder, name);
  if (node < 0) return node;
  if (IsFolder(node)) return -EISDIR;
  folders_[FolderOf(folder)].Remove(name);
  return 0;
}

int64_t SimulatedDisk::SyncNames(int folder, const Verdict& verdict) {
  const Node node = FolderOf(folder);
  if (node == -ENOTDIR) Refuse("SyncFolder of a file: " + PathOf(folder));
  if (node < 0) return verdict.error != 0 ? -verdict.error : node;
  if (verdict.cut) return -EIO;
  if (verdict.error != 0) {
    if (verdict.error != EINTR) folders_[node].FailSync(dice_);
    return -verdict.error;
  }
  folders_[node].Sync();
  DropUnreachable();
  return 0;
}

}  // namespace orderstore::disk
