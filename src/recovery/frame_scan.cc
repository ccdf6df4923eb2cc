#include "recovery/frame_scan.h"

#include "io/checksum.h"

namespace orderstore::recovery {
namespace {

bool HasAllMarks(std::string_view blocks) {
  for (size_t at = wal::kBlockPayload; at < blocks.size();
       at += wal::kBlockBytes) {
    if (blocks[at] != wal::kMark) return false;
  }
  return true;
}

}  // namespace

std::optional<FoundFrame> FrameAt(std::string_view segment, uint32_t number,
                                  int64_t offset) {
  const auto size = static_cast<int64_t>(segment.size());
  if (offset + kSector > size) return std::nullopt;
  const char* from = segment.data() + offset;
  const std::optional<wal::FrameHeader> header = wal::DecodeFrameHeader(from);
  if (!header || header->segment != number ||
      int64_t{header->sector} * kSector != offset) {
    return std::nullopt;
  }
  FoundFrame found{
      .header = *header,
      .offset = offset,
      .bytes =
          static_cast<int64_t>(wal::SectorsOf(header->payload_bytes)) * kSector,
      .payload = {}};
  if (found.bytes > size - offset ||
      !HasAllMarks({from, static_cast<size_t>(found.bytes)})) {
    return found;
  }
  wal::DecodePayload(*header, from, found.payload);
  found.whole = io::Checksum(found.payload) == header->payload_checksum &&
                wal::IsPadded(*header, from) && header->first_lsn > 0 &&
                header->last_lsn >= header->first_lsn - 1;
  return found;
}

std::optional<FoundFrame> WholeFrameBehind(std::string_view segment,
                                           uint32_t number, int64_t offset) {
  const auto size = static_cast<int64_t>(segment.size());
  for (int64_t at = offset + kSector; at + kSector <= size; at += kSector) {
    std::optional<FoundFrame> found = FrameAt(segment, number, at);
    if (found && found->whole) return found;
  }
  return std::nullopt;
}

}  // namespace orderstore::recovery
