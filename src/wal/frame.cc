#include "wal/frame.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "io/checksum.h"
#include "io/coding.h"

namespace orderstore::wal {
namespace {

constexpr uint32_t kFrameMagic = 0x7266534f;            // "OSfr"
constexpr uint64_t kSegmentMagic = 0x3130676f6c2d534f;  // "OS-log01"
constexpr size_t kSegmentHeaderBytes = 80;

// Offsets in a frame header.
constexpr size_t kKindAt = 4;
constexpr size_t kFlagsAt = 5;
constexpr size_t kPayloadBytesAt = 8;
constexpr size_t kContinuedBytesAt = 12;
constexpr size_t kSegmentAt = 16;
constexpr size_t kSectorAt = 20;
constexpr size_t kFirstLsnAt = 24;
constexpr size_t kLastLsnAt = 32;
constexpr size_t kPreviousAt = 40;
constexpr size_t kPayloadChecksumAt = 48;
constexpr size_t kChecksumAt = 56;
static_assert(kChecksumAt + sizeof(uint64_t) == kFrameHeaderBytes);

constexpr uint8_t kUnfinished = 1;

// Calls fn(at in the blocks, size) for the pieces of header and payload from
// `begin` to `end` of them.
template <typename Fn>
void ForEachPiece(size_t begin, size_t end, Fn fn) {
  while (begin < end) {
    const size_t block = begin / kBlockPayload;
    const size_t size = std::min(end, (block + 1) * kBlockPayload) - begin;
    fn(begin + block, size);
    begin += size;
  }
}

}  // namespace

void EncodeFrame(FrameHeader& header, std::string_view payload, char* to) {
  header.payload_bytes = static_cast<uint32_t>(payload.size());
  header.payload_checksum = io::Checksum(payload);
  io::PutFixed(to, kFrameMagic);
  io::PutFixed(to + kKindAt, header.kind);
  to[kFlagsAt] = header.unfinished ? kUnfinished : 0;
  io::PutFixed(to + kFlagsAt + 1, uint16_t{0});
  io::PutFixed(to + kPayloadBytesAt, header.payload_bytes);
  io::PutFixed(to + kContinuedBytesAt, header.continued_bytes);
  io::PutFixed(to + kSegmentAt, header.segment);
  io::PutFixed(to + kSectorAt, header.sector);
  io::PutFixed(to + kFirstLsnAt, header.first_lsn);
  io::PutFixed(to + kLastLsnAt, header.last_lsn);
  io::PutFixed(to + kPreviousAt, header.previous);
  io::PutFixed(to + kPayloadChecksumAt, header.payload_checksum);
  header.checksum = io::Checksum({to, kChecksumAt});
  io::PutFixed(to + kChecksumAt, header.checksum);

  const char* from = payload.data();
  const size_t used = kFrameHeaderBytes + payload.size();
  ForEachPiece(kFrameHeaderBytes, used, [&](size_t at, size_t size) {
    std::memcpy(to + at, from, size);
    from += size;
  });
  const size_t room = FrameRoom(SectorsOf(payload.size()));
  ForEachPiece(used, room,
               [&](size_t at, size_t size) { std::memset(to + at, 0, size); });
  for (size_t at = 0; at < room / kBlockPayload; ++at) {
    to[at * kBlockBytes + kBlockPayload] = kMark;
  }
}

std::optional<FrameHeader> DecodeFrameHeader(const char* from) {
  if (io::GetFixed<uint32_t>(from) != kFrameMagic) return std::nullopt;
  FrameHeader header;
  header.checksum = io::GetFixed<uint64_t>(from + kChecksumAt);
  if (header.checksum != io::Checksum({from, kChecksumAt})) {
    return std::nullopt;
  }
  const auto kind = io::GetFixed<uint8_t>(from + kKindAt);
  const auto flags = io::GetFixed<uint8_t>(from + kFlagsAt);
  if (kind < 1 || kind > 3 || flags > kUnfinished) {
    return std::nullopt;
  }
  header.kind = static_cast<FrameKind>(kind);
  header.unfinished = flags == kUnfinished;
  header.payload_bytes = io::GetFixed<uint32_t>(from + kPayloadBytesAt);
  header.continued_bytes = io::GetFixed<uint32_t>(from + kContinuedBytesAt);
  header.segment = io::GetFixed<uint32_t>(from + kSegmentAt);
  header.sector = io::GetFixed<uint32_t>(from + kSectorAt);
  header.first_lsn = io::GetFixed<uint64_t>(from + kFirstLsnAt);
  header.last_lsn = io::GetFixed<uint64_t>(from + kLastLsnAt);
  header.previous = io::GetFixed<uint64_t>(from + kPreviousAt);
  header.payload_checksum = io::GetFixed<uint64_t>(from + kPayloadChecksumAt);
  if (header.payload_bytes > PayloadRoom(kFrameSectorsMax) ||
      header.continued_bytes > header.payload_bytes) {
    return std::nullopt;
  }
  return header;
}

Marks FindMarks(const FrameHeader& header, const char* from) {
  Marks marks;
  const size_t room = FrameRoom(SectorsOf(header.payload_bytes));
  for (size_t at = 0; at < room / kBlockPayload; ++at) {
    const char mark = from[at * kBlockBytes + kBlockPayload];
    marks.some_zero |= mark == 0;
    marks.some_wrong |= mark != kMark;
  }
  return marks;
}

bool IsPadded(const FrameHeader& header, const char* from) {
  bool zeros = true;
  ForEachPiece(kFrameHeaderBytes + header.payload_bytes,
               FrameRoom(SectorsOf(header.payload_bytes)),
               [&](size_t at, size_t size) {
                 zeros &= std::all_of(from + at, from + at + size,
                                      [](char byte) { return byte == 0; });
               });
  return zeros;
}

void DecodePayload(const FrameHeader& header, const char* from,
                   std::string& payload) {
  ForEachPiece(
      kFrameHeaderBytes, kFrameHeaderBytes + header.payload_bytes,
      [&](size_t at, size_t size) { payload.append(from + at, size); });
}

// ---- Segments --------------------------------------------------------------

void EncodeSegmentHeader(const SegmentHeader& header, char* to) {
  std::memset(to, 0, io::kSectorBytes);
  io::PutFixed(to, kSegmentMagic);
  io::PutFixed(to + 8, kFormatVersion);
  io::PutFixed(to + 12, header.schema_revision);
  std::memcpy(to + 16, header.store.bytes.data(), io::Uuid::kBytes);
  io::PutFixed(to + 32, header.number);
  io::PutFixed(to + 40, header.bytes);
  io::PutFixed(to + 48, header.first_lsn);
  io::PutFixed(to + 56, header.chain);
  io::PutFixed(to + 72, io::Checksum({to, kSegmentHeaderBytes - 8}));
}

absl::StatusOr<SegmentHeader> DecodeSegmentHeader(std::string_view sector,
                                                  const std::string& path) {
  const auto damaged = [&path](const char* what) {
    return absl::DataLossError(
        absl::StrCat(path, " at offset 0: the segment's header ", what));
  };
  const char* from = sector.data();
  if (sector.size() < io::kSectorBytes) return damaged("is cut off");
  if (io::GetFixed<uint64_t>(from) != kSegmentMagic) {
    return damaged("does not begin as one");
  }
  if (io::GetFixed<uint64_t>(from + 72) !=
      io::Checksum({from, kSegmentHeaderBytes - 8})) {
    return damaged("has a wrong checksum");
  }
  if (sector.find_first_not_of('\0', kSegmentHeaderBytes) !=
      std::string_view::npos) {
    return damaged("is followed by bytes that are not zero");
  }
  const auto version = io::GetFixed<uint32_t>(from + 8);
  if (version != kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " has format version ", version, ", and this program reads ",
        kFormatVersion, "; open it with the program that wrote it"));
  }
  SegmentHeader header;
  header.schema_revision = io::GetFixed<uint32_t>(from + 12);
  if (header.schema_revision != kSchemaRevision) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " has schema revision ", header.schema_revision,
                     ", and this program knows ", kSchemaRevision));
  }
  std::memcpy(header.store.bytes.data(), from + 16, io::Uuid::kBytes);
  header.number = io::GetFixed<uint32_t>(from + 32);
  header.bytes = io::GetFixed<int64_t>(from + 40);
  header.first_lsn = io::GetFixed<uint64_t>(from + 48);
  header.chain = io::GetFixed<uint64_t>(from + 56);
  return header;
}

uint64_t FirstChain(const io::Uuid& store) {
  return io::Checksum(store.view());
}

std::string SegmentName(uint32_t number) {
  return absl::StrFormat("%010d.log", number);
}

std::optional<uint32_t> SegmentNumber(std::string_view name) {
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || SegmentName(number) != name) return std::nullopt;
  return number;
}

}  // namespace orderstore::wal
