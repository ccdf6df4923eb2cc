// Reads the frames of one segment, and tells where they end: at zeros, at a
// frame that a crash tore, or not at all because something is damaged. The
// rules are in FORMAT.md.
//
//   SegmentReader reader(bytes, header, path, position);
//   for (;;) {
//     absl::StatusOr<bool> more = reader.Next();
//     if (!more.ok()) return more.status();  // damage
//     if (!*more) break;
//     use(reader.frame(), reader.payload());
//   }
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_WAL_SEGMENT_READER_H_
#define ORDERSTORE_WAL_SEGMENT_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "wal/frame.h"

namespace orderstore::wal {

class SegmentReader {
 public:
  // `bytes` is the whole segment, whose header is `header`; it outlives the
  // reader. Messages name `path`.
  SegmentReader(std::string_view bytes, const SegmentHeader& header,
                std::string path);

  // Reads the next frame; false where they end. DataLoss: there is damage; the
  // message names offset and LSNs at risk.
  absl::StatusOr<bool> Next();

  // The frame read last, until Next.
  const FrameHeader& frame() const { return frame_; }
  std::string_view payload() const { return payload_; }
  int64_t frame_offset() const { return frame_offset_; }

  // Where the next frame begins, or would.
  int64_t offset() const { return offset_; }
  uint64_t chain() const { return chain_; }
  Lsn lsn() const { return lsn_; }
  // After the end: bytes of a torn frame that stand at offset().
  int64_t torn_bytes() const { return torn_bytes_; }

  // DataLoss, naming path, offset and the LSNs at risk: of what is at offset(),
  // and of the frame read last.
  absl::Status Damage(std::string_view what) const {
    return DamageAt(offset_, lsn_ + 1, what);
  }
  absl::Status FrameDamage(std::string_view what) const {
    return DamageAt(frame_offset_, frame_.first_lsn, what);
  }

 private:
  // `lsn` is the first at risk.
  absl::Status DamageAt(int64_t offset, Lsn lsn, std::string_view what) const;
  // Whether `frame` may come next.
  bool Follows(const FrameHeader& frame) const;
  // Whether a crash tore what is at offset(): a frame with this header, or one
  // whose header cannot be read.
  bool IsTorn(const FrameHeader& frame) const;
  bool IsTornHeader() const;
  // The largest LSN of a frame behind the offset; none if there is no frame.
  std::optional<Lsn> LaterLsn(int64_t offset) const;
  size_t SectorsLeft() const {
    return (bytes_.size() - static_cast<size_t>(offset_)) / io::kSectorBytes;
  }

  const std::string_view bytes_;
  const SegmentHeader header_;
  const std::string path_;

  FrameHeader frame_;
  std::string payload_;
  int64_t frame_offset_ = 0;
  int64_t offset_ = io::kSectorBytes;
  uint64_t chain_;
  Lsn lsn_;
  bool ended_ = false;  // by a frame that says so
  int64_t torn_bytes_ = 0;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_SEGMENT_READER_H_
