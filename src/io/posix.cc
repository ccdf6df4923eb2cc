#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <string_view>

#include "io/file_system.h"

namespace orderstore::io {
namespace {

template <typename Result>
Result OrErrno(Result result) {
  return result < 0 ? static_cast<Result>(-errno) : result;
}

class PosixFileSystem : public FileSystem {
 public:
  int MakeFolder(const std::string& path) override {
    return OrErrno(::mkdir(path.c_str(), 0700));
  }

  int OpenFolder(const std::string& path) override {
    return OrErrno(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  int Open(int folder, const std::string& name, int flags) override {
    // O_NONBLOCK: a pipe of that name is not waited for. It changes nothing for
    // regular files.
    return OrErrno(::openat(folder, name.c_str(),
                            flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  }

  int List(int folder, std::vector<std::string>& names) override {
    // A descriptor of its own: fdopendir takes it over, with its position.
    const int own = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return -errno;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own),
                                                     &::closedir);
    if (stream == nullptr) {
      const int error = errno;
      ::close(own);
      return -error;
    }
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) return -errno;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }

  int Rename(int folder, const std::string& from,
             const std::string& to) override {
    return OrErrno(::renameat(folder, from.c_str(), folder, to.c_str()));
  }

  int Remove(int folder, const std::string& name) override {
    return OrErrno(::unlinkat(folder, name.c_str(), 0));
  }

  int64_t Size(int file) override {
    struct stat found = {};
    if (::fstat(file, &found) < 0) return -errno;
    return found.st_size;
  }

  int64_t ModifiedTime(int file) override {
    struct stat found = {};
    if (::fstat(file, &found) < 0) return -errno;
    const timespec& time = found.st_mtim;
    // One before 1970 would look like an error.
    if (time.tv_sec < 0) return 0;
    constexpr int64_t kSecondsMax =
        std::numeric_limits<int64_t>::max() / 1'000'000 - 1;
    return std::min<int64_t>(time.tv_sec, kSecondsMax) * 1'000'000 +
           time.tv_nsec / 1'000;
  }

  int64_t Read(int file, char* to, size_t bytes, int64_t offset) override {
    return OrErrno<int64_t>(::pread(file, to, bytes, offset));
  }

  int64_t Write(int file, const char* from, size_t bytes,
                int64_t offset) override {
    return OrErrno<int64_t>(::pwrite(file, from, bytes, offset));
  }

  int Sync(int file) override { return OrErrno(::fdatasync(file)); }

  int SyncFolder(int folder) override { return OrErrno(::fsync(folder)); }

  int Lock(int file) override {
    return OrErrno(::flock(file, LOCK_EX | LOCK_NB));
  }

  int GiveToOwner(int folder, int file) override {
    if (::geteuid() != 0) return 0;
    struct stat owner = {};
    struct stat now = {};
    if (::fstat(folder, &owner) < 0 || ::fstat(file, &now) < 0) return -errno;
    if (now.st_uid == owner.st_uid && now.st_gid == owner.st_gid) return 0;
    // Somebody from outside this user namespace: not user_namespaces(7)'s id
    // for all of them, who may be another user in here.
    constexpr uid_t kOverflowId = 65534;
    if (owner.st_uid == kOverflowId || owner.st_gid == kOverflowId) return 0;
    return OrErrno(::fchown(file, owner.st_uid, owner.st_gid));
  }

  void Close(int descriptor) override { ::close(descriptor); }
};

}  // namespace

FileSystem& Posix() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace orderstore::io
