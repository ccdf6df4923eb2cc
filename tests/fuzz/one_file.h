// A file system that has one file, in memory, to be read: for fuzz targets,
// which open some ten thousand files a second.
//
//   OneFile files(bytes);
//   absl::StatusOr<io::Folder> folder = io::Folder::Open(files, "shop");
//   folder->OpenToRead("any name");
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TESTS_FUZZ_ONE_FILE_H_
#define ORDERSTORE_TESTS_FUZZ_ONE_FILE_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "io/file_system.h"

namespace orderstore {

class OneFile : public io::FileSystem {
 public:
  explicit OneFile(std::string bytes) : bytes_(std::move(bytes)) {}

  int OpenFolder(const std::string&) override { return 1; }
  int Open(int, const std::string&, int) override { return 2; }
  int64_t Size(int) override { return static_cast<int64_t>(bytes_.size()); }
  int64_t ModifiedTime(int) override { return 0; }
  int64_t Read(int, char* to, size_t bytes, int64_t offset) override {
    const size_t at = std::min(static_cast<size_t>(offset), bytes_.size());
    const size_t size = std::min(bytes, bytes_.size() - at);
    bytes_.copy(to, size, at);
    return static_cast<int64_t>(size);
  }
  void Close(int) override {}

  int MakeFolder(const std::string&) override { return -EROFS; }
  int List(int, std::vector<std::string>&) override { return -EIO; }
  int Rename(int, const std::string&, const std::string&) override {
    return -EROFS;
  }
  int Remove(int, const std::string&) override { return -EROFS; }
  int64_t Write(int, const char*, size_t, int64_t) override { return -EROFS; }
  int Sync(int) override { return -EROFS; }
  int SyncFolder(int) override { return -EROFS; }
  int Lock(int) override { return -EROFS; }
  int GiveToOwner(int, int) override { return -EROFS; }

 private:
  const std::string bytes_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_FUZZ_ONE_FILE_H_
