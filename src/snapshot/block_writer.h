// The file of a snapshot while it is written: header, blocks one after the
// other, trailer. A block is written and synced while the next one is collected
// and encoded.
//
// Each block is synced, not all at the end: a commit's write to the log, which
// mostly goes to the same disk, waits until the disk has stored what it holds
// of the snapshot (the flush of its O_DSYNC is of the whole device), and so for
// one block, not for all of them.
//
//   BlockWriter writer(file, description);
//   status = writer.Begin();
//   status = writer.Add(columns);  // some times
//   status = writer.End();
//
// Thread-safety: one thread at a time.
// Lifetimes: the file outlives the writer. Its destruction waits for the last
// write.

#ifndef ORDERSTORE_SNAPSHOT_BLOCK_WRITER_H_
#define ORDERSTORE_SNAPSHOT_BLOCK_WRITER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "io/file.h"
#include "io/sector_buffer.h"
#include "snapshot/columns.h"
#include "snapshot/format.h"
#include "snapshot/snapshot.h"

struct ZSTD_CCtx_s;

namespace orderstore::snapshot {

class BlockWriter {
 public:
  BlockWriter(const io::File& file, const Description& description);
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  ~BlockWriter();

  // Each returns the first error of any write so far. After one, the writer can
  // only be destroyed.
  absl::Status Begin();
  // The rows of one block. Precondition: there is one, and they fit.
  absl::Status Add(const Columns& columns);
  // Writes the trailer. When it returns, everything is durable.
  absl::Status End();

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  // Stores the body in `to`, and its size in `header`.
  absl::Status Store(const Columns& columns, BlockHeader& header, char* to);
  // Writes the first bytes of the buffer to the end of the file, durably,
  // beside what comes next.
  absl::Status Write(size_t bytes);
  absl::Status Wait();

  const io::File& file_;
  const Description description_;
  // One is filled while the other is written.
  std::array<io::SectorBuffer, 2> buffers_;
  size_t filling_ = 0;
  std::future<absl::Status> writing_;
  int64_t offset_ = 0;

  // Compression; null without.
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
  std::unique_ptr<char[]> body_;

  Trailer trailer_;
};

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_BLOCK_WRITER_H_
