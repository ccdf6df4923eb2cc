#include "io/file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "io/error.h"

namespace orderstore::io {
namespace {

// Calls `call()` again as long as a signal interrupts it.
template <typename Call>
auto Uninterrupted(Call call) {
  auto result = call();
  while (result == -EINTR) result = call();
  return result;
}

// How often in a row a write may get nowhere before it counts as failed.
constexpr int kIdleWritesMax = 16;

std::string FolderOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = end == path.npos ? end : path.rfind('/', end);
  if (slash == path.npos) return end == path.npos ? "/" : ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

// ---- File ------------------------------------------------------------------

absl::Status File::Error(int64_t error, std::string_view what) const {
  return CallError(static_cast<int>(-error),
                   absl::StrCat("cannot ", std::string(what), " ", path_));
}

absl::StatusOr<int64_t> File::Size() const {
  const int64_t size = Uninterrupted(
      [&] { return descriptor_.file_system().Size(descriptor_.number()); });
  if (size < 0) return Error(size, "find the size of");
  return size;
}

absl::StatusOr<int64_t> File::ModifiedTime() const {
  const int64_t time = Uninterrupted([&] {
    return descriptor_.file_system().ModifiedTime(descriptor_.number());
  });
  if (time < 0) return Error(time, "find the time of");
  return time;
}

absl::Status File::ReadAt(int64_t offset, std::span<char> to) const {
  while (!to.empty()) {
    const int64_t read = Uninterrupted([&] {
      return descriptor_.file_system().Read(descriptor_.number(), to.data(),
                                            to.size(), offset);
    });
    if (read < 0) {
      return Error(read, absl::StrCat("read at ", offset, " of"));
    }
    if (read == 0) {
      return absl::OutOfRangeError(absl::StrCat(path_, " ends at ", offset));
    }
    offset += read;
    to = to.subspan(static_cast<size_t>(read));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> File::ReadAll(int64_t bytes_max) const {
  absl::StatusOr<int64_t> size = Size();
  if (!size.ok()) return size.status();
  if (*size > bytes_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path_, " has ", *size, " bytes, more than ", bytes_max));
  }
  std::string bytes(static_cast<size_t>(*size), '\0');
  if (absl::Status status = ReadAt(0, bytes); !status.ok()) return status;
  return bytes;
}

absl::Status File::WriteAt(int64_t offset, std::span<const char> bytes) const {
  int idle = 0;
  while (!bytes.empty()) {
    int64_t written = Uninterrupted([&] {
      return descriptor_.file_system().Write(descriptor_.number(), bytes.data(),
                                             bytes.size(), offset);
    });
    // A direct write goes on at a sector.
    if (direct_ && written > 0) {
      written -= written % static_cast<int64_t>(kSectorBytes);
    }
    if (written == 0 && ++idle == kIdleWritesMax) written = -EIO;
    if (written < 0) {
      return Error(written, absl::StrCat("write ", bytes.size(), " bytes at ",
                                         offset, " of"));
    }
    if (written > 0) idle = 0;
    offset += written;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status File::Sync() const {
  const int result = Uninterrupted(
      [&] { return descriptor_.file_system().Sync(descriptor_.number()); });
  return result < 0 ? Error(result, "sync") : absl::OkStatus();
}

absl::Status File::Lock() const {
  const int result = Uninterrupted(
      [&] { return descriptor_.file_system().Lock(descriptor_.number()); });
  if (result == -EWOULDBLOCK) {
    return absl::FailedPreconditionError(absl::StrCat(path_, " is locked"));
  }
  return result < 0 ? Error(result, "lock") : absl::OkStatus();
}

// ---- Folder ----------------------------------------------------------------

absl::StatusOr<Folder> Folder::Open(FileSystem& file_system,
                                    const std::string& path) {
  const int number =
      Uninterrupted([&] { return file_system.OpenFolder(path); });
  if (number < 0) {
    return CallError(-number, absl::StrCat("cannot open the folder ", path));
  }
  return Folder(Descriptor(file_system, number), path);
}

absl::StatusOr<Folder> Folder::OpenOrMake(FileSystem& file_system,
                                          const std::string& path) {
  absl::StatusOr<Folder> folder = Open(file_system, path);
  if (!absl::IsNotFound(folder.status())) return folder;
  absl::Status made = Make(file_system, path);
  if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
  return Open(file_system, path);
}

absl::Status Folder::Make(FileSystem& file_system, const std::string& path) {
  const int made = Uninterrupted([&] { return file_system.MakeFolder(path); });
  if (made < 0) {
    return CallError(-made, absl::StrCat("cannot make the folder ", path));
  }
  absl::StatusOr<Folder> parent = Open(file_system, FolderOf(path));
  return parent.ok() ? parent->Sync() : parent.status();
}

absl::Status Folder::Error(int64_t error, std::string_view what,
                           const std::string& name) const {
  return CallError(static_cast<int>(-error),
                   absl::StrCat("cannot ", std::string(what), " ", path_,
                                name.empty() ? "" : "/", name));
}

absl::StatusOr<std::vector<std::string>> Folder::List() const {
  std::vector<std::string> names;
  const int result = Uninterrupted([&] {
    names.clear();
    return file_system().List(descriptor_.number(), names);
  });
  if (result < 0) return Error(result, "list", "");
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<File> Folder::OpenFile(const std::string& name, int flags,
                                      bool direct) const {
  const auto open = [&](int more) {
    return Uninterrupted([&] {
      return file_system().Open(descriptor_.number(), name, flags | more);
    });
  };
  int number = open(direct ? O_DIRECT : 0);
  // Some file systems know no direct writes.
  if (direct && number == -EINVAL) number = open(0);
  if (number < 0) return Error(number, "open", name);
  File file(Descriptor(file_system(), number), absl::StrCat(path_, "/", name),
            direct);
  // Only what is new: a name that was there may be a link to a file of root's.
  if ((flags & O_EXCL) == 0) return file;
  const int given = Uninterrupted(
      [&] { return file_system().GiveToOwner(descriptor_.number(), number); });
  if (given == 0) return file;
  return CallError(-given, absl::StrCat("cannot give ", file.path(),
                                        " to the owner of ", path_));
}

absl::StatusOr<File> Folder::OpenToRead(const std::string& name) const {
  return OpenFile(name, O_RDONLY, false);
}

absl::StatusOr<File> Folder::OpenToWrite(const std::string& name,
                                         Writes writes) const {
  return OpenFile(name,
                  O_WRONLY | (writes == Writes::kSynchronous ? O_DSYNC : 0),
                  writes != Writes::kBuffered);
}

absl::StatusOr<File> Folder::Create(const std::string& name,
                                    Writes writes) const {
  // Two calls: where there are no direct writes, one that makes the file and
  // opens it for them fails, but leaves the file.
  // (https://bugzilla.kernel.org/show_bug.cgi?id=218049)
  absl::StatusOr<File> made =
      OpenFile(name, O_WRONLY | O_CREAT | O_EXCL, /*direct=*/false);
  if (!made.ok() || writes == Writes::kBuffered) return made;
  return OpenToWrite(name, writes);
}

absl::StatusOr<File> Folder::OpenOrCreate(const std::string& name) const {
  for (;;) {
    absl::StatusOr<File> made =
        OpenFile(name, O_RDWR | O_CREAT | O_EXCL, /*direct=*/false);
    if (!absl::IsAlreadyExists(made.status())) return made;
    absl::StatusOr<File> old = OpenFile(name, O_RDWR, /*direct=*/false);
    // Somebody may have removed it meanwhile.
    if (!absl::IsNotFound(old.status())) return old;
  }
}

absl::Status Folder::Rename(const std::string& from,
                            const std::string& to) const {
  const int result = Uninterrupted(
      [&] { return file_system().Rename(descriptor_.number(), from, to); });
  return result < 0 ? Error(result, "rename", from) : absl::OkStatus();
}

absl::Status Folder::Remove(const std::string& name) const {
  const int result = Uninterrupted(
      [&] { return file_system().Remove(descriptor_.number(), name); });
  return result < 0 ? Error(result, "remove", name) : absl::OkStatus();
}

absl::Status Folder::SyncParent() const {
  absl::StatusOr<Folder> parent = Open(file_system(), FolderOf(path_));
  if (absl::IsPermissionDenied(parent.status())) return absl::OkStatus();
  return parent.ok() ? parent->Sync() : parent.status();
}

absl::Status Folder::Sync() const {
  const int result = Uninterrupted(
      [&] { return file_system().SyncFolder(descriptor_.number()); });
  return result < 0 ? Error(result, "sync the folder", "") : absl::OkStatus();
}

}  // namespace orderstore::io
