// Writes frames into pre-written segments, one after the other.
//
// A segment is made before it is needed: a temporary file of zeros, synced.
// Beginning it (Rotate) gives it a header and its name, durably, and only then
// ends the one before with a frame that names it. Its last sector is kept for
// that frame.
//
// Thread-safety: Prepare and Unprepare by one thread at a time, everything else
// by one thread at a time; the two may be different threads.

#ifndef ORDERSTORE_WAL_SEGMENT_WRITER_H_
#define ORDERSTORE_WAL_SEGMENT_WRITER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/sector_buffer.h"
#include "io/uuid.h"
#include "thread/mutex.h"
#include "wal/frame.h"
#include "wal/log_reader.h"

namespace orderstore::wal {

class SegmentWriter {
 public:
  static constexpr int64_t kSegmentBytesMin = wal::kSegmentBytesMin;

  // The first segment of a new store, whose state is that of `lsn`. The folder
  // outlives the writer.
  static absl::StatusOr<std::unique_ptr<SegmentWriter>> Create(
      const io::Folder& folder, const io::Uuid& store, SchemaRevision schema,
      int64_t segment_bytes, Lsn lsn);

  // Goes on at the end of a log, once its end is durable: the process before
  // may have ended, or its write failed, with the last frame or a name only in
  // the page cache. So the folder is synced and the last frame written again
  // with the bytes it has. A torn frame is wiped out, as far as a frame can
  // reach, and a segment that was not begun is removed.
  static absl::StatusOr<std::unique_ptr<SegmentWriter>> Resume(
      const io::Folder& folder, const io::Uuid& store, int64_t segment_bytes,
      const LogEnd& end);

  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  // Of segments that begin from now on; at first, of the log before.
  void SetSchema(SchemaRevision schema) { schema_ = schema; }

  // Makes one more segment. ResourceExhausted: the disk is full; nothing is
  // left of it. After another error a later call may succeed too.
  absl::Status Prepare();

  // Takes back the segment that was prepared last. Precondition: there is one,
  // and nobody prepares another.
  absl::Status Unprepare();
  size_t prepared() const {
    thread::MutexLock lock(mutex_);
    return prepared_.size();
  }
  // The sectors that each new segment has for frames.
  size_t segment_sectors() const { return SectorsFor(segment_bytes_); }

  // Sectors for frames in the current segment.
  size_t sectors_left() const { return sectors_left_; }
  // Of all frames, written since the writer was made.
  size_t sectors_written() const { return sectors_written_; }
  // Where the next frame goes.
  uint32_t segment() const { return number_; }
  Lsn lsn() const { return lsn_; }

  // Writes a frame, durably. Completes `header`, of which the caller sets what
  // describes the payload. Precondition: it fits into sectors_left().
  // Any error is final: nobody knows what is on the disk.
  absl::Status Write(FrameHeader header, std::string_view payload);

  // Goes on in a segment that was prepared. Precondition: there is one.
  absl::Status Rotate(std::string_view state);

 private:
  struct Prepared {
    io::File file;
    uint32_t number;
  };

  SegmentWriter(const io::Folder& folder, const io::Uuid& store,
                SchemaRevision schema, int64_t segment_bytes);

  static std::string TemporaryName(uint32_t number);
  absl::StatusOr<io::File> MakeZeros(const std::string& name) const;
  // Gives a prepared segment its header and name, durably.
  absl::Status Begin(Prepared& segment, uint64_t chain);
  // Resume's steps.
  absl::Status SecureNames(const LogEnd& end);
  absl::Status SecureLastFrame(const LogEnd::LastFrame& frame);
  absl::Status WipeOut(const LogEnd& end);
  // The frame in the buffer, sealed: where it lies and what was before.
  FrameHeader Encode(FrameHeader header, std::string_view payload);
  absl::Status WriteEncoded(const FrameHeader& header);
  static size_t SectorsFor(int64_t segment_bytes);

  const io::Folder& folder_;
  const io::Uuid store_;
  const int64_t segment_bytes_;

  // The writing thread's.
  SchemaRevision schema_;
  std::optional<io::File> file_;
  uint32_t number_ = 0;
  uint32_t sector_ = 0;
  size_t sectors_left_ = 0;
  size_t sectors_written_ = 0;
  uint64_t chain_;
  Lsn lsn_ = 0;
  io::SectorBuffer buffer_;

  mutable thread::Mutex mutex_;
  std::deque<Prepared> prepared_ ABSL_GUARDED_BY(mutex_);
  uint32_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_SEGMENT_WRITER_H_
