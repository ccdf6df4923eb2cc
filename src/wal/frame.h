// Frames and segments of the log as bytes: see FORMAT.md.
//
// A frame is one write. Its header and payload lie in blocks of 512 bytes, the
// last byte of each being kMark, up to the end of a sector of 4096: a block
// without its mark was never written.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_WAL_FRAME_H_
#define ORDERSTORE_WAL_FRAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/schema_revision.h"

namespace orderstore::wal {

// Log sequence number of a record; see orderstore/ids.h.
using Lsn = uint64_t;

inline constexpr uint32_t kFormatVersion = 1;

inline constexpr size_t kBlockBytes = 512;
inline constexpr size_t kBlockPayload = kBlockBytes - 1;
inline constexpr char kMark = '\xa5';
inline constexpr size_t kFrameHeaderBytes = 64;
// A frame has at most this many sectors.
inline constexpr size_t kFrameSectorsMax = 256;
// The smallest segment: header, two sectors of frames, the last frame.
inline constexpr int64_t kSegmentBytesMin = 4 * int64_t{io::kSectorBytes};
// A file that is longer is no segment.
inline constexpr int64_t kSegmentBytesMax = int64_t{1} << 30;

// Header and payload that fit into so many sectors.
constexpr size_t FrameRoom(size_t sectors) {
  return sectors * (io::kSectorBytes / kBlockBytes) * kBlockPayload;
}
// The largest payload of a frame of so many sectors.
constexpr size_t PayloadRoom(size_t sectors) {
  return FrameRoom(sectors) - kFrameHeaderBytes;
}
constexpr size_t SectorsOf(size_t payload_bytes) {
  return (payload_bytes + kFrameHeaderBytes + FrameRoom(1) - 1) / FrameRoom(1);
}

enum class FrameKind : uint8_t {
  kRecords = 1,  // a piece of the stream of records
  kNext = 2,     // the last of a segment: the log goes on in the next one
  kClose = 3,    // the store was closed here
};

struct FrameHeader {
  FrameKind kind = FrameKind::kRecords;
  // The payload ends in the middle of a record.
  bool unfinished = false;
  uint32_t payload_bytes = 0;
  // So many bytes of the payload belong to a record that began before.
  uint32_t continued_bytes = 0;
  // Where the frame lies: which segment, sectors from its begin.
  uint32_t segment = 0;
  uint32_t sector = 0;
  // Of the records that end in the frame; last + 1 and last when none does.
  Lsn first_lsn = 0;
  Lsn last_lsn = 0;
  // The chain before the frame.
  uint64_t previous = 0;
  uint64_t payload_checksum = 0;
  // Over all of the above; the chain after the frame.
  uint64_t checksum = 0;

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

// Writes the frame to `to`, which has SectorsOf(payload.size()) sectors.
// Completes `header`: payload_bytes and both checksums.
void EncodeFrame(FrameHeader& header, std::string_view payload, char* to);

// The header at `from`, a whole block; none if it is damaged or absent.
std::optional<FrameHeader> DecodeFrameHeader(const char* from);

// Whether the frame may come in a segment of so many sectors, behind `lsn`.
bool FitsBehind(const FrameHeader& frame, Lsn lsn, size_t segment_sectors);

// What is in the place of the marks of blocks. A torn write leaves zeros beside
// marks, and nothing else.
struct Marks {
  bool some_zero = false;
  bool some_other = false;  // neither zero nor a mark

  bool all_there() const { return !some_zero && !some_other; }
};
// Of whole blocks.
Marks FindMarks(std::string_view blocks);

// Whether the frame's sectors have zeros behind the payload.
bool IsPadded(const FrameHeader& header, const char* from);

// Appends the payload of the frame at `from` to `payload`.
void DecodePayload(const FrameHeader& header, const char* from,
                   std::string& payload);

struct SegmentHeader {
  io::Uuid store;
  SchemaRevision schema = kSchemaRevisionNew;
  uint32_t number = 0;
  int64_t bytes = 0;
  // The record that ends first in the segment, or would.
  Lsn first_lsn = 1;
  // The chain before the first frame.
  uint64_t chain = 0;

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// Writes the header's sector.
void EncodeSegmentHeader(const SegmentHeader& header, char* to);

// DataLoss: damaged. FailedPrecondition: another format (UnknownFormat), or a
// schema revision that nobody knows (SchemaMismatch).
// `sector` has kSectorBytes; messages name `path`.
absl::StatusOr<SegmentHeader> DecodeSegmentHeader(std::string_view sector,
                                                  const std::string& path);

// The chain before a store's first frame.
uint64_t FirstChain(const io::Uuid& store);

// ---- Names ----
// Ten digits and `.log`.
std::string SegmentName(uint32_t number);
// None if it is no segment's name.
std::optional<uint32_t> SegmentNumber(std::string_view name);

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_FRAME_H_
