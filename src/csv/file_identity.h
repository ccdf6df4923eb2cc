// Which file a path leads to, through symbolic and hard links.

#ifndef ORDERSTORE_CSV_FILE_IDENTITY_H_
#define ORDERSTORE_CSV_FILE_IDENTITY_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

namespace orderstore::csv {

// For a file that does not exist yet: the folder that it would be in, and its
// name.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  std::string name;

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// None for devices, pipes and the like, which any number may share, and where
// even the folder does not exist.
std::optional<FileIdentity> IdentityOf(const std::string& path);
std::optional<FileIdentity> IdentityOf(const struct stat& file);

// The path itself or, of a symbolic link, that of the file that it leads to,
// which need not be there.
std::string TargetOf(const std::string& path);

// The folder part of a path: `.` if it has none.
std::string FolderOf(const std::string& path);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_FILE_IDENTITY_H_
