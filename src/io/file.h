// Open files and folders of a FileSystem: whole reads and writes, errors with
// names and offsets, descriptors that close themselves.
//
//   absl::StatusOr<Folder> folder = Folder::Open(Posix(), "shop");
//   absl::StatusOr<File> file = folder->Create("1.log.tmp",
//   Folder::Writes::kDirect); file->WriteAt(0, bytes); file->Sync();
//   folder->Rename("1.log.tmp", "1.log");
//   folder->Sync();
//
// Files are opened relative to their folder's descriptor, never through a
// symbolic link. One that root makes belongs to whom the folder belongs to: who
// has a store must be able to open it after root has written to it. Errors are
// those of error.h.
//
// Thread-safety: const methods of both may be called from any thread; writes to
// one file do not overlap.
//
// Lifetimes: a File may outlive its Folder; the FileSystem outlives both.

#ifndef ORDERSTORE_IO_FILE_H_
#define ORDERSTORE_IO_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace orderstore::io {

// What direct writes are aligned to and made of, in memory and in the file; no
// common device has larger sectors.
inline constexpr size_t kSectorBytes = 4096;

// A descriptor, closed when destroyed.
class Descriptor {
 public:
  Descriptor(FileSystem& file_system, int number)
      : file_system_(&file_system), number_(number) {}
  Descriptor(Descriptor&& other) noexcept
      : file_system_(other.file_system_),
        number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(file_system_, other.file_system_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) file_system_->Close(number_);
  }

  FileSystem& file_system() const { return *file_system_; }
  int number() const { return number_; }

 private:
  FileSystem* file_system_;
  int number_;
};

class File {
 public:
  File(Descriptor descriptor, std::string path, bool direct)
      : descriptor_(std::move(descriptor)),
        path_(std::move(path)),
        direct_(direct) {}

  // As messages show it.
  const std::string& path() const { return path_; }
  // The file was renamed.
  void SetPath(std::string path) { path_ = std::move(path); }

  absl::StatusOr<int64_t> Size() const;
  // When it was last written, in microseconds since 1970 by the clock of who
  // wrote it.
  absl::StatusOr<int64_t> ModifiedTime() const;

  // Reads all of `to`. OutOfRange: the file ends before.
  absl::Status ReadAt(int64_t offset, std::span<char> to) const;
  // Reads the whole file. ResourceExhausted: it has more than `bytes_max`.
  absl::StatusOr<std::string> ReadAll(int64_t bytes_max) const;

  // Writes all of `bytes`, or an unknown part of them if it fails. In a file
  // opened with kDirect or kSynchronous, `offset`, the address and the size are
  // multiples of kSectorBytes.
  absl::Status WriteAt(int64_t offset, std::span<const char> bytes) const;

  // Makes what was written durable. After an error it is unknown what is
  // durable, and a second try would tell nothing.
  absl::Status Sync() const;

  // Takes the lock of the file until it is closed. FailedPrecondition: another
  // open file holds it.
  absl::Status Lock() const;

 private:
  absl::Status Error(int64_t error, std::string_view what) const;

  Descriptor descriptor_;
  std::string path_;
  bool direct_;
};

class Folder {
 public:
  // Durability of what is written to a file.
  enum class Writes {
    kDirect,       // by Sync, past the page cache where the file system can
    kBuffered,     // by Sync
    kSynchronous,  // at once (O_DSYNC), past the page cache where it can
  };

  static absl::StatusOr<Folder> Open(FileSystem& file_system,
                                     const std::string& path);
  // The same, but a folder that is missing is made first.
  static absl::StatusOr<Folder> OpenOrMake(FileSystem& file_system,
                                           const std::string& path);
  // Makes the folder, durably. AlreadyExists: the path is taken.
  static absl::Status Make(FileSystem& file_system, const std::string& path);

  FileSystem& file_system() const { return descriptor_.file_system(); }
  const std::string& path() const { return path_; }

  // Its names, sorted.
  absl::StatusOr<std::vector<std::string>> List() const;

  absl::StatusOr<File> OpenToRead(const std::string& name) const;
  absl::StatusOr<File> OpenToWrite(const std::string& name,
                                   Writes writes) const;
  // AlreadyExists: the name is taken. After another error the file may be
  // there, empty.
  absl::StatusOr<File> Create(const std::string& name, Writes writes) const;
  // Opens a file to read and write, and makes it if it is not there. After an
  // error it may be there, empty. The owner of the folder who opens it just
  // between its creation by root and its being given to them gets
  // PermissionDenied; a second try helps.
  absl::StatusOr<File> OpenOrCreate(const std::string& name) const;

  absl::Status Rename(const std::string& from, const std::string& to) const;
  absl::Status Remove(const std::string& name) const;
  // Makes names durable that were created, renamed or removed.
  absl::Status Sync() const;
  // Makes the folder's own name durable. Where the folder that holds it may not
  // be read, it is someone else who made that name, and nothing is done.
  absl::Status SyncParent() const;

 private:
  Folder(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  absl::StatusOr<File> OpenFile(const std::string& name, int flags,
                                bool direct) const;
  absl::Status Error(int64_t error, std::string_view what,
                     const std::string& name) const;

  Descriptor descriptor_;
  std::string path_;
};

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_FILE_H_
