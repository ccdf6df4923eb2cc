#include "scratch_folder.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

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

void RemoveScratchFolder() {
  if (Path().empty()) return;
  RemovePath(Path());
  Path().clear();
}

}  // namespace orderstore::bench
