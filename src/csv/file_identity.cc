#include "csv/file_identity.h"

#include <filesystem>
#include <system_error>

namespace orderstore::csv {

std::optional<FileIdentity> IdentityOf(const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return std::nullopt;
  return FileIdentity{file.st_dev, file.st_ino, ""};
}

std::optional<FileIdentity> IdentityOf(const std::string& path) {
  struct stat file;
  if (stat(path.c_str(), &file) == 0) return IdentityOf(file);
  const std::string target = TargetOf(path);
  if (stat(FolderOf(target).c_str(), &file) != 0) return std::nullopt;
  return FileIdentity{file.st_dev, file.st_ino,
                      std::filesystem::path(target).filename().string()};
}

std::string TargetOf(const std::string& path) {
  constexpr int kLinksMax = 40;  // as the kernel follows
  std::filesystem::path target = path;
  std::error_code error;
  for (int links = 0; links < kLinksMax; ++links) {
    if (!std::filesystem::is_symlink(target, error)) break;
    const std::filesystem::path next =
        std::filesystem::read_symlink(target, error);
    if (error) break;
    target = target.parent_path() / next;
  }
  return target.string();
}

std::string FolderOf(const std::string& path) {
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace orderstore::csv
