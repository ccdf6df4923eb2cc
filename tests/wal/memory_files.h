// A file system of one folder in memory, to be read: for tests that read a log
// some hundred thousand times.
//
// Thread-safety: const methods of the files; one thread at a time.

#ifndef ORDERSTORE_TESTS_WAL_MEMORY_FILES_H_
#define ORDERSTORE_TESTS_WAL_MEMORY_FILES_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/file_system.h"

namespace orderstore::wal {

class MemoryFiles : public io::FileSystem {
 public:
  // Bytes by name; to be changed between reads.
  std::map<std::string, std::string> files;

  int OpenFolder(const std::string&) override { return 0; }
  int List(int, std::vector<std::string>& names) override {
    for (const auto& [name, bytes] : files) names.push_back(name);
    return 0;
  }
  int Open(int, const std::string& name, int) override {
    const auto found = files.find(name);
    if (found == files.end()) return -ENOENT;
    const auto free = std::find(open_.begin(), open_.end(), nullptr);
    const auto number = static_cast<int>(free - open_.begin()) + 1;
    if (free == open_.end()) open_.push_back(nullptr);
    open_[static_cast<size_t>(number - 1)] = &found->second;
    return number;
  }
  int64_t Size(int file) override {
    return static_cast<int64_t>(BytesOf(file).size());
  }
  int64_t ModifiedTime(int) override { return 0; }
  int64_t Read(int file, char* to, size_t bytes, int64_t offset) override {
    const std::string& from = BytesOf(file);
    const size_t at = std::min(static_cast<size_t>(offset), from.size());
    const size_t size = std::min(bytes, from.size() - at);
    from.copy(to, size, at);
    return static_cast<int64_t>(size);
  }
  void Close(int file) override {
    if (file > 0) open_[static_cast<size_t>(file - 1)] = nullptr;
  }

  int MakeFolder(const std::string&) override { return -EROFS; }
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
  const std::string& BytesOf(int file) const {
    return *open_[static_cast<size_t>(file - 1)];
  }

  std::vector<const std::string*> open_;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_TESTS_WAL_MEMORY_FILES_H_
