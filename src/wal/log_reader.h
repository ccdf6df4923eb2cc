// Reads a log from its segments: the records in order, and the states that end
// and closing frames carry.
//
//   absl::StatusOr<LogReader> log = LogReader::Open(folder, store, lsn);
//   for (;;) {
//     absl::StatusOr<std::optional<LogItem>> item = log->Next();
//     if (!item.ok()) return item.status();  // damage, or cannot read
//     if (!*item) break;
//     apply(**item);
//   }
//   resume_at(log->end());
//
// Errors: DataLoss, damage that names file, offset and the LSNs at risk;
// FailedPrecondition, another format or schema revision; those of io/error.h.
//
// Thread-safety: one thread at a time. The folder outlives the reader.

#ifndef ORDERSTORE_WAL_LOG_READER_H_
#define ORDERSTORE_WAL_LOG_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/sector_buffer.h"
#include "io/uuid.h"
#include "wal/frame.h"
#include "wal/record_stream.h"
#include "wal/segment_reader.h"

namespace orderstore::wal {

struct LogItem {
  enum class Kind { kRecord, kState };

  Kind kind = Kind::kRecord;
  // The record's; of a state: the LSN that it is of.
  Lsn lsn = 0;
  // Live until the next call of Next.
  std::string_view bytes = {};
  // Where the frame lies that ends the item.
  uint32_t segment = 0;
  int64_t offset = 0;
};

// Where a log ends, and writing may go on.
struct LogEnd {
  uint32_t segment = 0;
  int64_t segment_bytes = 0;
  int64_t offset = 0;
  uint64_t chain = 0;
  Lsn lsn = 0;
  // The last frame is a closing one, and nothing is behind it.
  bool closed = false;
  // Of the segment.
  SchemaRevision schema = kSchemaRevisionNew;
  // Where the last frame lies. No bytes: there is none in the segments read.
  struct LastFrame {
    uint32_t segment = 0;
    int64_t offset = 0;
    size_t bytes = 0;
  };
  LastFrame last_frame;
  // Bytes of a torn frame at `offset`, and of a record whose last frame is
  // missing: neither was acknowledged.
  int64_t torn_bytes = 0;
  int64_t unfinished_bytes = 0;
  // A segment that was made, but not begun.
  std::optional<uint32_t> unused_segment;
};

// Adds to DataLoss that transactions from `first` on are at risk.
absl::Status PutAtRisk(const absl::Status& status, Lsn first);

class LogReader {
 public:
  // Reads from the record after `after` on, and from some before it, if they
  // are there; from the first there is if `after` is 0. OutOfRange: records
  // after `after` are missing, as far as the segments' headers tell; items say
  // the rest.
  static absl::StatusOr<LogReader> Open(const io::Folder& folder,
                                        const io::Uuid& store, Lsn after);

  // The numbers of the segments in the folder, in order.
  static absl::StatusOr<std::vector<uint32_t>> ListSegments(
      const io::Folder& folder);

  // The header of a segment; its file is as long as the header says. DataLoss
  // does not say what is at risk.
  static absl::StatusOr<SegmentHeader> ReadHeader(const io::Folder& folder,
                                                  const io::Uuid& store,
                                                  uint32_t number);

  // Makes durable what was read of a segment: whoever wrote it may not have
  // come to that.
  static absl::Status SyncSegment(const io::Folder& folder, uint32_t number);

  // The next item; none at the end of the log. Not after an error.
  absl::StatusOr<std::optional<LogItem>> Next();

  // Where it began to read.
  uint32_t first_segment() const { return segments_.front(); }

  // Of the segment that was read last.
  SchemaRevision schema() const { return header_.schema; }

  // After Next returned none; before, only its last_frame.
  const LogEnd& end() const { return end_; }

  // DataLoss, naming where `item` lies.
  absl::Status Damage(const LogItem& item, std::string_view what) const;

 private:
  LogReader(const io::Folder& folder, const io::Uuid& store,
            std::vector<uint32_t> segments)
      : folder_(&folder), store_(store), segments_(std::move(segments)) {}

  // Reads segments_[index_]; DataLoss puts transactions from `at_risk` on at
  // risk.
  absl::Status LoadSegment(Lsn at_risk);
  // Reads the next frame, in the next segment perhaps; false at the end.
  absl::StatusOr<bool> NextFrame();
  // Adds the segments that a writer made since the folder was listed.
  absl::Status ListNewSegments();
  // Goes on from a segment whose last frame says so.
  absl::Status NextSegment();
  // Checks that nothing is behind the log's end, and describes it.
  absl::Status Finish();
  // The next record of the frame, if it is there whole.
  absl::StatusOr<std::optional<LogItem>> TakeRecord();
  // The state in the frame's payload.
  absl::StatusOr<LogItem> TakeState() const;
  LogItem ItemAtFrame(LogItem::Kind kind, Lsn lsn,
                      std::string_view bytes) const;

  const io::Folder* folder_;
  io::Uuid store_;
  std::vector<uint32_t> segments_;
  size_t index_ = 0;

  io::SectorBuffer segment_{0};  // begins with the whole file
  SegmentHeader header_;
  std::unique_ptr<SegmentReader> frames_;  // of segment_

  RecordStream stream_;
  bool in_frame_ = false;  // stream_ may have more records of the frame
  LogEnd end_;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_LOG_READER_H_
