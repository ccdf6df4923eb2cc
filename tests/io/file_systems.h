// Tests that run on the kernel's files and on simulated ones.

#ifndef ORDERSTORE_TESTS_IO_FILE_SYSTEMS_H_
#define ORDERSTORE_TESTS_IO_FILE_SYSTEMS_H_

#include <memory>
#include <optional>
#include <string>

#include "csv/test_folder.h"
#include "disk/simulated_disk.h"
#include "gtest/gtest.h"
#include "io/file.h"
#include "io/file_system.h"

namespace orderstore::io {

enum class Files { kKernel, kSimulated, kSimulatedWithoutDirectWrites };

class EveryFileSystemTest : public testing::TestWithParam<Files> {
 protected:
  EveryFileSystemTest() {
    if (GetParam() == Files::kKernel) {
      real_.emplace();
      path_ = real_->path();
      return;
    }
    const bool direct_writes = GetParam() == Files::kSimulated;
    disk_ = std::make_unique<disk::SimulatedDisk>(
        1, disk::DiskOptions{.direct_writes = direct_writes});
    path_ = "top";
    EXPECT_EQ(disk_->MakeFolder(path_), 0);
  }

  FileSystem& file_system() { return disk_ ? *disk_ : Posix(); }
  // A folder that is there and empty.
  const std::string& path() const { return path_; }
  Folder OpenFolder() { return Folder::Open(file_system(), path_).value(); }

 private:
  std::optional<TestFolder> real_;
  std::unique_ptr<disk::SimulatedDisk> disk_;
  std::string path_;
};

inline std::string NameOf(const testing::TestParamInfo<Files>& files) {
  switch (files.param) {
    case Files::kKernel:
      return "Kernel";
    case Files::kSimulated:
      return "Simulated";
    case Files::kSimulatedWithoutDirectWrites:
      return "SimulatedWithoutDirectWrites";
  }
  return "";
}

inline const auto kEveryFileSystem = testing::Values(
    Files::kKernel, Files::kSimulated, Files::kSimulatedWithoutDirectWrites);

}  // namespace orderstore::io

#endif  // ORDERSTORE_TESTS_IO_FILE_SYSTEMS_H_
