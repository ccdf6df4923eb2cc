#include "wal/segment_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/checksum.h"
#include "io/coding.h"

namespace orderstore::wal {
SegmentReader::SegmentReader(std::string_view bytes,
                             const SegmentHeader& header, std::string path)
    : bytes_(bytes),
      header_(header),
      path_(std::move(path)),
      chain_(header.chain),
      lsn_(header.first_lsn - 1) {}

absl::StatusOr<bool> SegmentReader::Next() {
  const std::string_view rest = bytes_.substr(static_cast<size_t>(offset_));
  if (io::AllZeros(rest.substr(0, io::kSectorBytes)) && io::AllZeros(rest))
    return false;
  if (ended_) {
    return Damage(offset_, "bytes that are not zero follow the last frame");
  }
  const std::optional<FrameHeader> frame = DecodeFrameHeader(rest.data());
  if (!frame) {
    if (LaterLsn() > 0 || !IsTorn()) {
      return Damage(offset_, "the frame's header is damaged");
    }
    torn_bytes_ = static_cast<int64_t>(rest.find_last_not_of('\0') + 1);
    return false;
  }
  if (!Follows(*frame)) {
    return Damage(offset_, "the frame does not follow the one before");
  }
  const size_t bytes = SectorsOf(frame->payload_bytes) * io::kSectorBytes;
  payload_.clear();
  DecodePayload(*frame, rest.data(), payload_);
  const Marks marks = FindMarks(*frame, rest.data());
  if (marks.some_wrong || io::Checksum(payload_) != frame->payload_checksum ||
      !IsPadded(*frame, rest.data())) {
    if (!marks.some_zero || !io::AllZeros(rest.substr(bytes))) {
      return Damage(offset_, "the frame's payload is damaged");
    }
    torn_bytes_ = static_cast<int64_t>(bytes);
    return false;
  }
  frame_ = *frame;
  frame_offset_ = offset_;
  offset_ += static_cast<int64_t>(bytes);
  chain_ = frame->checksum;
  lsn_ = frame->last_lsn;
  ended_ = frame->kind == FrameKind::kNext;
  return true;
}

bool SegmentReader::Follows(const FrameHeader& frame) const {
  return frame.segment == header_.number &&
         frame.sector == static_cast<uint64_t>(offset_) / io::kSectorBytes &&
         frame.previous == chain_ && frame.first_lsn == lsn_ + 1 &&
         frame.last_lsn >= lsn_ &&
         SectorsOf(frame.payload_bytes) <= SectorsLeft();
}

// Only for a frame whose header cannot be read: its length is unknown.
bool SegmentReader::IsTorn() const {
  const std::string_view rest = bytes_.substr(static_cast<size_t>(offset_));
  const size_t longest =
      std::min(rest.size(), kFrameSectorsMax * io::kSectorBytes);
  return rest[kBlockPayload] == 0 && io::AllZeros(rest.substr(longest));
}

Lsn SegmentReader::LaterLsn() const {
  Lsn lsn = 0;
  for (size_t at = static_cast<size_t>(offset_) + io::kSectorBytes;
       at < bytes_.size(); at += io::kSectorBytes) {
    const std::optional<FrameHeader> frame = DecodeFrameHeader(&bytes_[at]);
    if (frame && frame->segment == header_.number &&
        frame->sector == at / io::kSectorBytes) {
      lsn = std::max(lsn, frame->last_lsn);
    }
  }
  return lsn;
}

absl::Status SegmentReader::Damage(int64_t offset,
                                   std::string_view what) const {
  const Lsn later = LaterLsn();
  std::string risk = absl::StrCat("transactions from LSN ", lsn_ + 1);
  if (later > lsn_ + 1) {
    absl::StrAppend(&risk, " to at least ", later);
  } else {
    absl::StrAppend(&risk, " on");
  }
  return absl::DataLossError(absl::StrCat(path_, " at offset ", offset, ": ",
                                          std::string(what), "; ", risk,
                                          " are at risk"));
}

}  // namespace orderstore::wal
