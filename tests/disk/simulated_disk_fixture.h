// A simulated disk with the folder `shop`, and the verbs of its tests.

#ifndef ORDERSTORE_TESTS_DISK_SIMULATED_DISK_FIXTURE_H_
#define ORDERSTORE_TESTS_DISK_SIMULATED_DISK_FIXTURE_H_

#include <fcntl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "disk/simulated_disk.h"
#include "gtest/gtest.h"
#include "io/sector_buffer.h"

namespace orderstore::disk {

class SimulatedDiskTest : public testing::Test {
 protected:
  using Files = std::map<std::string, std::string>;  // bytes by name

  // Enough for every outcome of a handful of sectors or names.
  static constexpr uint64_t kSeeds = 400;

  SimulatedDiskTest() { Start({}); }

  // Anew, with other options.
  void Start(DiskOptions options, uint64_t seed = 1) {
    disk_ = std::make_unique<SimulatedDisk>(seed, options);
    EXPECT_EQ(disk().MakeFolder("shop"), 0);
    const int root = disk().OpenFolder("/");
    EXPECT_EQ(disk().SyncFolder(root), 0);
    disk().Close(root);
    folder_ = disk().OpenFolder("shop");
    EXPECT_GE(folder_, 0);
  }
  void Restart(Survival survival = Survival::kBySeed) {
    disk().Restart(survival);
    folder_ = disk().OpenFolder("shop");
    EXPECT_GE(folder_, 0);
  }

  SimulatedDisk& disk() { return *disk_; }
  int folder() const { return folder_; }

  int Create(const std::string& name, int flags = 0) {
    const int file =
        disk().Open(folder(), name, O_RDWR | O_CREAT | O_EXCL | flags);
    EXPECT_GE(file, 0);
    return file;
  }
  int Open(const std::string& name, int flags = 0) {
    const int file = disk().Open(folder(), name, O_RDWR | flags);
    EXPECT_GE(file, 0);
    return file;
  }
  // A file whose bytes and name are durable.
  int CreateDurably(const std::string& name, std::string_view bytes,
                    int flags = 0) {
    disk().SetBytes("shop/" + name, std::string(bytes));
    return Open(name, flags);
  }
  int64_t Write(int file, int64_t offset, std::string_view bytes) {
    return disk().Write(file, bytes.data(), bytes.size(), offset);
  }
  void Put(int file, int64_t offset, std::string_view bytes) {
    EXPECT_EQ(Write(file, offset, bytes), static_cast<int64_t>(bytes.size()));
  }
  // From memory that direct writes can be made from.
  int64_t WriteSectors(int file, int64_t offset, std::string_view bytes) {
    io::SectorBuffer buffer(bytes.size());
    bytes.copy(buffer.data(), bytes.size());
    return disk().Write(file, buffer.data(), bytes.size(), offset);
  }
  std::string Read(int file, int64_t offset, size_t bytes) {
    std::string read(bytes, '?');
    const int64_t size = disk().Read(file, read.data(), bytes, offset);
    EXPECT_GE(size, 0);
    read.resize(static_cast<size_t>(size));
    return read;
  }

  // All that power cuts now may leave of a file; "gone" if it is not there.
  std::set<std::string> Outcomes(const std::string& name) {
    std::set<std::string> outcomes;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Files files = disk().AfterCut(seed).files;
      const auto found = files.find("/shop/" + name);
      outcomes.insert(found == files.end() ? "gone" : found->second);
    }
    return outcomes;
  }
  // All that power cuts now may leave in the folder.
  std::set<Files> FolderOutcomes() {
    std::set<Files> outcomes;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      Files named;
      for (const auto& [path, bytes] : disk().AfterCut(seed).files) {
        named[path.substr(std::string("/shop/").size())] = bytes;
      }
      outcomes.insert(named);
    }
    return outcomes;
  }

  static std::string Sector(char byte) {
    return std::string(kSectorBytes, byte);
  }

 private:
  std::unique_ptr<SimulatedDisk> disk_;
  int folder_ = -1;
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_SIMULATED_DISK_FIXTURE_H_
