#include "raw_disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "checks.h"
#include "scratch_folder.h"
#include "workload.h"

namespace orderstore::bench {
namespace {

constexpr size_t kSector = 4096;
constexpr size_t kRawPiece = size_t{1} << 20;
constexpr int64_t kRawLogBytes = int64_t{64} << 20;

int OpenFile(const std::string& path, int flags) {
  const int file = open(path.c_str(), flags | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 && errno == EINVAL && (flags & O_DIRECT) != 0) {
    return OpenFile(path, flags & ~O_DIRECT);
  }
  Require(file >= 0, "cannot open a file in the scratch folder");
  return file;
}

}  // namespace

void DiskBuffer::Free::operator()(char* data) const { std::free(data); }

DiskBuffer::DiskBuffer(size_t bytes)
    : data_(static_cast<char*>(std::aligned_alloc(kSector, bytes))),
      size_(bytes) {
  Require(data_ != nullptr, "out of memory");
  // Nothing that a disk could store as less.
  Random random(bytes);
  for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
    const uint64_t word = random.Next();
    std::memcpy(data() + i, &word, sizeof(word));
  }
}

bool TakesDirectWrites() {
  const std::string path = FreshPath("direct");
  const int file = OpenFile(path, O_WRONLY | O_DIRECT);
  const bool takes = (fcntl(file, F_GETFL) & O_DIRECT) != 0;
  close(file);
  RemovePath(path);
  return takes;
}

RawFile::RawFile(const char* name, int flags)
    : path_(FreshPath(name)), file_(OpenFile(path_, flags)) {}

RawFile::~RawFile() {
  close(file_);
  RemovePath(path_);
}

void RawFile::Write(int64_t offset, const char* from, size_t bytes) {
  Require(pwrite(file_, from, bytes, offset) == static_cast<ssize_t>(bytes),
          "a write to the scratch folder failed");
}

void RawFile::Read(int64_t offset, char* to, size_t bytes) {
  Require(pread(file_, to, bytes, offset) == static_cast<ssize_t>(bytes),
          "a read from the scratch folder failed");
}

void RawFile::Sync() {
  Require(fdatasync(file_) == 0, "a sync in the scratch folder failed");
}

void RawFile::DropFromPageCache() {
  Sync();
  posix_fadvise(file_, 0, 0, POSIX_FADV_DONTNEED);
}

RawLog::RawLog()
    : file_("raw_log", O_WRONLY | O_DIRECT | O_DSYNC), buffer_(kRawPiece) {
  for (int64_t at = 0; at < kRawLogBytes; at += int64_t{kRawPiece}) {
    file_.Write(at, buffer_.data(), kRawPiece);
  }
}

double RawLog::Write(size_t bytes, int64_t count, LatencyHistogram& latencies) {
  const auto start = std::chrono::steady_clock::now();
  Stopwatch watch;
  for (int64_t i = 0; i < count; ++i) {
    if (offset_ + static_cast<int64_t>(bytes) > kRawLogBytes) offset_ = 0;
    file_.Write(offset_, buffer_.data(), bytes);
    offset_ += static_cast<int64_t>(bytes);
    latencies.Record(watch.LapNs());
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

double WriteNewFile(int64_t bytes) {
  static const auto& buffer = *new DiskBuffer(kRawPiece);
  const auto start = std::chrono::steady_clock::now();
  RawFile file("new_file", O_WRONLY | O_DIRECT);
  for (int64_t at = 0; at < bytes; at += int64_t{kRawPiece}) {
    file.Write(at, buffer.data(), kRawPiece);
  }
  file.Sync();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace orderstore::bench
