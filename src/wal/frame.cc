#include "wal/frame.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "io/checksum.h"
#include "io/coding.h"

namespace orderstore::wal {
namespace {

constexpr uint32_t kFrameMagic = 0x7266534f;            // "OSfr"
constexpr uint64_t kSegmentMagic = 0x3130676f6c2d534f;  // "OS-log01"
// Offsets in a frame header.
constexpr size_t kKindAt = 4;
constexpr size_t kFlagsAt = 5;
constexpr size_t kZerosAt = 6;
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

// Offsets in a segment header; what is between is zero.
constexpr size_t kVersionAt = 8;
constexpr size_t kSchemaRevisionAt = 12;
constexpr size_t kStoreAt = 16;
constexpr size_t kNumberAt = 32;
constexpr size_t kBytesAt = 40;
constexpr size_t kSegmentFirstLsnAt = 48;
constexpr size_t kChainAt = 56;
constexpr size_t kSegmentChecksumAt = 72;
constexpr size_t kSegmentHeaderBytes = 80;
static_assert(kStoreAt + io::Uuid::kBytes == kNumberAt);
static_assert(kSegmentChecksumAt + sizeof(uint64_t) == kSegmentHeaderBytes);

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
  io::PutFixed(to + kZerosAt, uint16_t{0});
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
  if (kind < 1 || kind > 3 || flags > kUnfinished ||
      io::GetFixed<uint16_t>(from + kZerosAt) != 0) {
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
  if (header.kind != FrameKind::kRecords &&
      (header.unfinished || header.continued_bytes > 0)) {
    return std::nullopt;
  }
  return header;
}

bool FitsBehind(const FrameHeader& frame, Lsn lsn, size_t segment_sectors) {
  const bool is_next = frame.kind == FrameKind::kNext;
  return frame.first_lsn == lsn + 1 &&
         (frame.kind == FrameKind::kRecords ? frame.last_lsn >= lsn
                                            : frame.last_lsn == lsn) &&
         // The last sector is for the frame that names the next segment.
         frame.sector + SectorsOf(frame.payload_bytes) <=
             segment_sectors - (is_next ? 0 : 1);
}

Marks FindMarks(std::string_view blocks) {
  Marks marks;
  for (size_t at = kBlockPayload; at < blocks.size(); at += kBlockBytes) {
    marks.some_zero |= blocks[at] == 0;
    marks.some_other |= blocks[at] != 0 && blocks[at] != kMark;
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
  io::PutFixed(to + kVersionAt, kFormatVersion);
  io::PutFixed(to + kSchemaRevisionAt, static_cast<uint32_t>(header.schema));
  std::memcpy(to + kStoreAt, header.store.bytes.data(), io::Uuid::kBytes);
  io::PutFixed(to + kNumberAt, header.number);
  io::PutFixed(to + kBytesAt, header.bytes);
  io::PutFixed(to + kSegmentFirstLsnAt, header.first_lsn);
  io::PutFixed(to + kChainAt, header.chain);
  io::PutFixed(to + kSegmentChecksumAt, io::Checksum({to, kSegmentChecksumAt}));
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
  if (io::GetFixed<uint64_t>(from + kSegmentChecksumAt) !=
      io::Checksum({from, kSegmentChecksumAt})) {
    return damaged("has a wrong checksum");
  }
  if (!io::AllZeros(sector.substr(kSegmentHeaderBytes))) {
    return damaged("is followed by bytes that are not zero");
  }
  const auto version = io::GetFixed<uint32_t>(from + kVersionAt);
  if (version != kFormatVersion) {
    return UnknownFormat(absl::StrCat(
        path, " has format version ", version, ", and this program reads ",
        kFormatVersion, "; open it with the program that wrote it"));
  }
  SegmentHeader header;
  const auto revision = io::GetFixed<uint32_t>(from + kSchemaRevisionAt);
  const std::optional<SchemaRevision> schema = SchemaRevisionOf(revision);
  if (!schema) {
    return SchemaMismatch(absl::StrCat(
        path, " has schema revision ", revision,
        ", and this program knows 1 to ", kSchemaRevisions.size(),
        "; `orderstore migrate DIR downgrade ",
        std::string(IdOf(kSchemaRevisions.back())),
        "` of the program that wrote it makes it one that this one reads"));
  }
  header.schema = *schema;
  std::memcpy(header.store.bytes.data(), from + kStoreAt, io::Uuid::kBytes);
  header.number = io::GetFixed<uint32_t>(from + kNumberAt);
  header.bytes = io::GetFixed<int64_t>(from + kBytesAt);
  header.first_lsn = io::GetFixed<uint64_t>(from + kSegmentFirstLsnAt);
  header.chain = io::GetFixed<uint64_t>(from + kChainAt);
  if (header.number == 0 || header.first_lsn == 0 ||
      header.bytes < kSegmentBytesMin || header.bytes > kSegmentBytesMax ||
      header.bytes % int64_t{io::kSectorBytes} != 0) {
    return damaged("makes no sense");
  }
  return header;
}

uint64_t FirstChain(const io::Uuid& store) {
  return io::Checksum(store.view());
}

std::string SegmentName(uint32_t number) {
  return absl::StrCat(absl::Dec(number, absl::kZeroPad10), ".log");
}

std::optional<uint32_t> SegmentNumber(std::string_view name) {
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || number == 0 || SegmentName(number) != name) {
    return std::nullopt;
  }
  return number;
}

}  // namespace orderstore::wal
