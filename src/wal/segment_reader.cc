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
  if (io::AllZeros(rest.substr(0, io::kSectorBytes)) && io::AllZeros(rest)) {
    return false;
  }
  if (ended_) {
    return Damage("bytes that are not zero follow the last frame");
  }
  const std::optional<FrameHeader> frame = DecodeFrameHeader(rest.data());
  if (!frame) {
    if (!IsTornHeader()) return Damage("the frame's header is damaged");
    torn_bytes_ = static_cast<int64_t>(rest.find_last_not_of('\0') + 1);
    return false;
  }
  if (!Follows(*frame)) {
    return Damage("the frame does not follow the one before");
  }
  const size_t bytes = SectorsOf(frame->payload_bytes) * io::kSectorBytes;
  payload_.clear();
  DecodePayload(*frame, rest.data(), payload_);
  if (!FindMarks(rest.substr(0, bytes)).all_there() ||
      io::Checksum(payload_) != frame->payload_checksum ||
      !IsPadded(*frame, rest.data())) {
    if (!IsTorn(*frame)) return Damage("the frame's payload is damaged");
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
         frame.previous == chain_ &&
         FitsBehind(frame, lsn_, bytes_.size() / io::kSectorBytes);
}

bool SegmentReader::IsTorn(const FrameHeader& frame) const {
  const std::string_view rest = bytes_.substr(static_cast<size_t>(offset_));
  const size_t bytes = SectorsOf(frame.payload_bytes) * io::kSectorBytes;
  const Marks marks = FindMarks(rest.substr(0, bytes));
  return marks.some_zero && !marks.some_other &&
         io::AllZeros(rest.substr(bytes));
}

bool SegmentReader::IsTornHeader() const {
  const std::string_view rest = bytes_.substr(static_cast<size_t>(offset_));
  const size_t longest =
      std::min(rest.size(), kFrameSectorsMax * io::kSectorBytes);
  // Every frame has the marks of one sector at least.
  return FindMarks(rest.substr(0, io::kSectorBytes)).some_zero &&
         !FindMarks(rest.substr(0, longest)).some_other &&
         io::AllZeros(rest.substr(longest)) && !LaterLsn(offset_);
}

std::optional<Lsn> SegmentReader::LaterLsn(int64_t offset) const {
  std::optional<Lsn> lsn;
  for (size_t at = static_cast<size_t>(offset) + io::kSectorBytes;
       at < bytes_.size(); at += io::kSectorBytes) {
    const std::optional<FrameHeader> frame = DecodeFrameHeader(&bytes_[at]);
    if (frame && frame->segment == header_.number &&
        frame->sector == at / io::kSectorBytes) {
      lsn = std::max(lsn.value_or(0), frame->last_lsn);
    }
  }
  return lsn;
}

absl::Status SegmentReader::DamageAt(int64_t offset, Lsn lsn,
                                     std::string_view what) const {
  const std::optional<Lsn> later = LaterLsn(offset);
  const std::string to =
      later && *later > lsn ? absl::StrCat("to at least ", *later) : "on";
  return absl::DataLossError(
      absl::StrCat(path_, " at offset ", offset, ": ", std::string(what),
                   "; transactions from LSN ", lsn, " ", to, " are at risk"));
}

}  // namespace orderstore::wal
