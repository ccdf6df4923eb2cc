// The system calls that touch store files, one virtual function each.
//
// Real files go through Posix(). Tests put a simulated disk in its place, which
// loses unsynced data, tears sectors, fails calls and fills up; so whatever has
// to be right about EINTR, short writes and the order of syncs stands above
// this seam, in File and Folder (file.h), and is tested with them.
//
// Every function returns what the call named beside it returns, or -errno.
//
// Thread-safety: all functions may be called from any thread.

#ifndef ORDERSTORE_IO_FILE_SYSTEM_H_
#define ORDERSTORE_IO_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace orderstore::io {

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  // mkdir(path, 0700)
  virtual int MakeFolder(const std::string& path) = 0;
  // open(path, O_DIRECTORY): a descriptor of the folder
  virtual int OpenFolder(const std::string& path) = 0;
  // openat(folder, name, flags, 0600), always with O_NOFOLLOW and O_NONBLOCK
  virtual int Open(int folder, const std::string& name, int flags) = 0;
  // The names in a folder, without `.` and `..`, appended in any order.
  virtual int List(int folder, std::vector<std::string>& names) = 0;
  // renameat(folder, from, folder, to): replaces `to`
  virtual int Rename(int folder, const std::string& from,
                     const std::string& to) = 0;
  // unlinkat(folder, name, 0)
  virtual int Remove(int folder, const std::string& name) = 0;

  // fstat: the file's length in bytes
  virtual int64_t Size(int file) = 0;
  // fstat: when its bytes were last written, in microseconds since 1970
  virtual int64_t ModifiedTime(int file) = 0;
  // pread, pwrite: may be short, may be interrupted
  virtual int64_t Read(int file, char* to, size_t bytes, int64_t offset) = 0;
  virtual int64_t Write(int file, const char* from, size_t bytes,
                        int64_t offset) = 0;
  // fdatasync
  virtual int Sync(int file) = 0;
  // fsync: makes names durable that were made, renamed or removed
  virtual int SyncFolder(int folder) = 0;
  // flock(file, LOCK_EX | LOCK_NB)
  virtual int Lock(int file) = 0;
  // fchown(file, owner and group of the folder) if root runs the process and
  // they differ and are known here, else nothing
  virtual int GiveToOwner(int folder, int file) = 0;
  // close; gives a lock back
  virtual void Close(int descriptor) = 0;
};

// The kernel's.
FileSystem& Posix();

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_FILE_SYSTEM_H_
