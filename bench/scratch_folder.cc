#include "scratch_folder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "checks.h"
#include "fixtures.h"

namespace orderstore::bench {
namespace {

// Empty until it is made.
std::string& Path() {
  static auto& path = *new std::string;
  return path;
}

std::string Make() {
  std::error_code error;
  std::filesystem::path parent = GlobalSettings().folder;
  if (parent.empty()) {
    parent = std::filesystem::read_symlink("/proc/self/exe", error);
    Require(!error, "cannot read /proc/self/exe");
    parent = parent.parent_path();
  }
  std::string path = parent / "orderstore_bench-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    Fail("cannot make a folder in " + parent.string() + "; --folder=DIR");
  }
  // A server that runs as another user has its folder in it.
  Require(chmod(path.c_str(), 0711) == 0, "cannot let others pass a folder");
  return path;
}

// Counts the pages of the file, and those of them in the page cache.
void AddCachedPages(int file, size_t size, int64_t& pages, int64_t& cached) {
  if (size == 0) return;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> in_core((size + page - 1) / page);
  void* const map = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  Require(map != MAP_FAILED, "cannot map a file of the scratch folder");
  Require(mincore(map, size, in_core.data()) == 0, "mincore failed");
  munmap(map, size);
  pages += static_cast<int64_t>(in_core.size());
  for (unsigned char in : in_core) cached += in & 1;
}

}  // namespace

std::string FreshPath(std::string_view name) {
  static int count = 0;
  if (Path().empty()) Path() = Make();
  return Path() + '/' + std::to_string(++count) + '-' + std::string(name);
}

void RemovePath(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  Require(!error, "cannot remove what a benchmark wrote");
}

double DropFromPageCache(const std::string& folder) {
  int64_t pages = 0;
  int64_t left = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    Require(file >= 0, "cannot open a file of the scratch folder");
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    AddCachedPages(file, entry.file_size(), pages, left);
    close(file);
  }
  return pages == 0 ? 0
                    : static_cast<double>(left) / static_cast<double>(pages);
}

void RemoveScratchFolder() {
  if (Path().empty()) return;
  RemovePath(Path());
  Path().clear();
}

}  // namespace orderstore::bench
