// All that is on a simulated disk once it is off: every folder and every file,
// by its absolute path. A value: copy it, compare it, damage it, load it.

#ifndef ORDERSTORE_TESTS_DISK_DISK_IMAGE_H_
#define ORDERSTORE_TESTS_DISK_DISK_IMAGE_H_

#include <map>
#include <set>
#include <string>

namespace orderstore::disk {

struct DiskImage {
  std::set<std::string> folders;             // without the root, "/"
  std::map<std::string, std::string> files;  // their bytes

  bool operator==(const DiskImage&) const = default;
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_DISK_IMAGE_H_
