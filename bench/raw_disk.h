// The disk without a store: what its writes and reads cost at best, for the
// limits that the store is judged by. All files are in the scratch folder.

#ifndef ORDERSTORE_BENCH_RAW_DISK_H_
#define ORDERSTORE_BENCH_RAW_DISK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "latency_histogram.h"

namespace orderstore::bench {

// Memory for O_DIRECT, all of it written to.
class DiskBuffer {
 public:
  explicit DiskBuffer(size_t bytes);

  char* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(char* data) const;
  };
  std::unique_ptr<char[], Free> data_;
  size_t size_;
};

// Whether the file system of the scratch folder takes O_DIRECT. If not, files
// that ask for it are written to and read without.
bool TakesDirectWrites();

// A file of the scratch folder, removed at the end of its life.
class RawFile {
 public:
  // `flags` of open(2), with O_CREAT implied.
  RawFile(const char* name, int flags);
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile();

  void Write(int64_t offset, const char* from, size_t bytes);
  void Read(int64_t offset, char* to, size_t bytes);
  void Sync();  // fdatasync
  // What was written goes from the page cache.
  void DropFromPageCache();

 private:
  std::string path_;
  int file_;
};

// Writes that are durable one by one: O_DIRECT and O_DSYNC into a file already
// written, one behind the other, from the start again at its end.
class RawLog {
 public:
  RawLog();

  // Returns the seconds that `count` writes of `bytes` take.
  double Write(size_t bytes, int64_t count, LatencyHistogram& latencies);

 private:
  RawFile file_;
  const DiskBuffer buffer_;
  int64_t offset_ = 0;
};

// The seconds that it takes to write a new file of `bytes`, rounded up to MiB,
// by O_DIRECT in pieces of 1 MiB, and to sync it.
double WriteNewFile(int64_t bytes);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_RAW_DISK_H_
