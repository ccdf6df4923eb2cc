#include "snapshot/format.h"

#include <zstd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "io/checksum.h"
#include "io/coding.h"
#include "io/sector_buffer.h"

namespace orderstore::snapshot {
namespace {

using io::GetFixed;
using io::PutFixed;

constexpr std::string_view kHeaderMagic = "OS-snap1";
constexpr std::string_view kTrailerMagic = "OS-snapE";
constexpr uint32_t kBlockMagic = 0x6b62534f;  // "OSbk"
constexpr uint32_t kByteOrder = 0x01020304;
constexpr uint32_t kOtherByteOrder = 0x04030201;
constexpr uint32_t kCompressed = 1;

// Offsets in the header.
constexpr size_t kVersionAt = 8;
constexpr size_t kByteOrderAt = 12;
constexpr size_t kSchemaAt = 16;
constexpr size_t kFlagsAt = 20;
constexpr size_t kStoreAt = 24;
constexpr size_t kLsnAt = 40;
constexpr size_t kCountsAt = 48;
constexpr size_t kDigestsAt = 88;
constexpr size_t kSequencesAt = 112;
constexpr size_t kHeaderBytes = 136;
static_assert(kCountsAt + 5 * sizeof(int64_t) == kDigestsAt);
static_assert(kSequencesAt + 3 * sizeof(int64_t) == kHeaderBytes);

// Of header and trailer: the end of the sector, in every version.
constexpr size_t kSectorChecksumAt = io::kSectorBytes - sizeof(uint64_t);

// Offsets in a block's header.
constexpr size_t kNumberAt = 4;
constexpr size_t kTableAt = 8;
constexpr size_t kRowsAt = 12;
constexpr size_t kFirstIdAt = 16;
constexpr size_t kLastIdAt = 20;
constexpr size_t kBodyBytesAt = 24;
constexpr size_t kStoredBytesAt = 28;
constexpr size_t kStoredChecksumAt = 32;
constexpr size_t kBlockFieldsEnd = 40;
constexpr size_t kBlockChecksumAt = 56;
static_assert(kBlockChecksumAt + sizeof(uint64_t) == kBlockHeaderBytes);

// Offsets in the trailer.
constexpr size_t kBlocksAt = 8;
constexpr size_t kTableRowsAt = 16;
constexpr size_t kChainAt = 40;
constexpr size_t kTrailerBytes = 48;
static_assert(kTableRowsAt + kTables * sizeof(int64_t) == kChainAt);

constexpr int64_t kIdEnd = int64_t{1} << 31;

void PutMagic(char* to, std::string_view magic) {
  std::memcpy(to, magic.data(), magic.size());
}

uint64_t SealSector(char* sector) {
  const uint64_t checksum = io::Checksum({sector, kSectorChecksumAt});
  PutFixed(sector + kSectorChecksumAt, checksum);
  return checksum;
}

bool IsSealed(std::string_view sector) {
  return GetFixed<uint64_t>(sector.data() + kSectorChecksumAt) ==
         io::Checksum(sector.substr(0, kSectorChecksumAt));
}

bool HasZeros(std::string_view sector, size_t begin) {
  return io::AllZeros(sector.substr(begin, kSectorChecksumAt - begin));
}

bool IsCount(int64_t count) { return count >= 0 && count < kIdEnd; }

bool MakesSense(const Description& description) {
  const Counts& counts = description.counts;
  for (const int64_t count :
       {counts.customers, counts.orders, counts.barcodes,
        counts.unassigned_barcodes, counts.unused_barcodes}) {
    if (!IsCount(count)) return false;
  }
  for (const int64_t next :
       {description.next_customer_id, description.next_order_id,
        description.next_barcode_id}) {
    if (next < 1 || next > kIdEnd) return false;
  }
  return counts.customers < description.next_customer_id &&
         counts.orders < description.next_order_id &&
         counts.barcodes < description.next_barcode_id &&
         counts.unassigned_barcodes <= counts.barcodes &&
         counts.unused_barcodes <= counts.barcodes;
}

}  // namespace

std::string_view NameOf(TableKind table) {
  constexpr std::string_view kNames[kTables] = {"customers", "orders",
                                                "barcodes"};
  return kNames[IndexOf(table)];
}

absl::Status Damage(const std::string& path, int64_t offset,
                    std::string_view what) {
  return absl::DataLossError(
      absl::StrCat(path, " at offset ", offset, ": ", std::string(what)));
}

// ---- Header ----------------------------------------------------------------

uint64_t EncodeHeader(const Description& description, char* to) {
  std::memset(to, 0, io::kSectorBytes);
  PutMagic(to, kHeaderMagic);
  PutFixed(to + kVersionAt, kFormatVersion);
  PutFixed(to + kByteOrderAt, kByteOrder);
  PutFixed(to + kSchemaAt, static_cast<uint32_t>(description.schema));
  PutFixed(to + kFlagsAt, description.compressed ? kCompressed : uint32_t{0});
  std::memcpy(to + kStoreAt, description.store.bytes.data(), io::Uuid::kBytes);
  PutFixed(to + kLsnAt, description.lsn);
  const Counts& counts = description.counts;
  PutFixed(to + kCountsAt, counts.customers);
  PutFixed(to + kCountsAt + 8, counts.orders);
  PutFixed(to + kCountsAt + 16, counts.barcodes);
  PutFixed(to + kCountsAt + 24, counts.unassigned_barcodes);
  PutFixed(to + kCountsAt + 32, counts.unused_barcodes);
  PutFixed(to + kDigestsAt, description.digests.customers);
  PutFixed(to + kDigestsAt + 8, description.digests.orders);
  PutFixed(to + kDigestsAt + 16, description.digests.barcodes);
  PutFixed(to + kSequencesAt, description.next_customer_id);
  PutFixed(to + kSequencesAt + 8, description.next_order_id);
  PutFixed(to + kSequencesAt + 16, description.next_barcode_id);
  return SealSector(to);
}

absl::StatusOr<Description> DecodeHeader(std::string_view sector,
                                         const std::string& path) {
  const char* from = sector.data();
  if (!sector.starts_with(kHeaderMagic)) {
    return Damage(path, 0, "this is no snapshot's header");
  }
  if (GetFixed<uint32_t>(from + kByteOrderAt) == kOtherByteOrder) {
    return UnknownFormat(
        absl::StrCat(path,
                     " was written in the other byte order; open it on a "
                     "machine like the one that wrote it"));
  }
  if (!IsSealed(sector)) {
    return Damage(path, 0, "the header has a wrong checksum");
  }
  const auto version = GetFixed<uint32_t>(from + kVersionAt);
  if (version != kFormatVersion) {
    return UnknownFormat(absl::StrCat(
        path, " has format version ", version, ", and this program reads ",
        kFormatVersion, "; open it with the program that wrote it"));
  }
  const auto revision = GetFixed<uint32_t>(from + kSchemaAt);
  const std::optional<SchemaRevision> schema = SchemaRevisionOf(revision);
  if (!schema) {
    return SchemaMismatch(
        absl::StrCat(path, " has schema revision ", revision,
                     ", and this program knows 1 to ", kSchemaRevisions.size(),
                     "; open it with the program that wrote it"));
  }
  Description description;
  description.schema = *schema;
  const auto flags = GetFixed<uint32_t>(from + kFlagsAt);
  description.compressed = flags == kCompressed;
  std::memcpy(description.store.bytes.data(), from + kStoreAt,
              io::Uuid::kBytes);
  description.lsn = GetFixed<Lsn>(from + kLsnAt);
  description.counts = {
      .customers = GetFixed<int64_t>(from + kCountsAt),
      .orders = GetFixed<int64_t>(from + kCountsAt + 8),
      .barcodes = GetFixed<int64_t>(from + kCountsAt + 16),
      .unassigned_barcodes = GetFixed<int64_t>(from + kCountsAt + 24),
      .unused_barcodes = GetFixed<int64_t>(from + kCountsAt + 32)};
  description.digests = {
      .customers = GetFixed<uint64_t>(from + kDigestsAt),
      .orders = GetFixed<uint64_t>(from + kDigestsAt + 8),
      .barcodes = GetFixed<uint64_t>(from + kDigestsAt + 16)};
  description.next_customer_id = GetFixed<int64_t>(from + kSequencesAt);
  description.next_order_id = GetFixed<int64_t>(from + kSequencesAt + 8);
  description.next_barcode_id = GetFixed<int64_t>(from + kSequencesAt + 16);
  if (GetFixed<uint32_t>(from + kByteOrderAt) != kByteOrder ||
      flags > kCompressed || !HasZeros(sector, kHeaderBytes) ||
      !MakesSense(description)) {
    return Damage(path, 0, "the header makes no sense");
  }
  return description;
}

// ---- Blocks ----------------------------------------------------------------

int64_t BlockHeader::file_bytes() const {
  return static_cast<int64_t>(
      io::RoundUpToSectors(kBlockHeaderBytes + stored_bytes));
}

void EncodeBlockHeader(BlockHeader& header, char* to) {
  std::memset(to, 0, kBlockHeaderBytes);
  PutFixed(to, kBlockMagic);
  PutFixed(to + kNumberAt, header.number);
  PutFixed(to + kTableAt, static_cast<uint32_t>(header.table));
  PutFixed(to + kRowsAt, header.rows);
  PutFixed(to + kFirstIdAt, header.first_id);
  PutFixed(to + kLastIdAt, header.last_id);
  PutFixed(to + kBodyBytesAt, header.body_bytes);
  PutFixed(to + kStoredBytesAt, header.stored_bytes);
  PutFixed(to + kStoredChecksumAt, header.stored_checksum);
  header.checksum = io::Checksum({to, kBlockChecksumAt});
  PutFixed(to + kBlockChecksumAt, header.checksum);
}

DecodedBlockHeader DecodeBlockHeader(const char* from, bool compressed) {
  const auto wrong = [](const char* what) {
    return DecodedBlockHeader{.header = {}, .error = what};
  };
  if (GetFixed<uint32_t>(from) != kBlockMagic) {
    return wrong("a block should begin here");
  }
  BlockHeader header;
  header.checksum = GetFixed<uint64_t>(from + kBlockChecksumAt);
  if (header.checksum != io::Checksum({from, kBlockChecksumAt})) {
    return wrong("the block's header has a wrong checksum");
  }
  header.number = GetFixed<uint32_t>(from + kNumberAt);
  const auto table = GetFixed<uint32_t>(from + kTableAt);
  header.table = static_cast<TableKind>(table);
  header.rows = GetFixed<uint32_t>(from + kRowsAt);
  header.first_id = GetFixed<uint32_t>(from + kFirstIdAt);
  header.last_id = GetFixed<uint32_t>(from + kLastIdAt);
  header.body_bytes = GetFixed<uint32_t>(from + kBodyBytesAt);
  header.stored_bytes = GetFixed<uint32_t>(from + kStoredBytesAt);
  header.stored_checksum = GetFixed<uint64_t>(from + kStoredChecksumAt);
  if (table < 1 || table > kTables || header.rows < 1 ||
      header.rows > kBlockRowsMax || header.first_id < 1 ||
      header.last_id >= kIdEnd || header.last_id < header.first_id ||
      header.last_id - header.first_id < header.rows - 1 ||
      !io::AllZeros(
          {from + kBlockFieldsEnd, kBlockChecksumAt - kBlockFieldsEnd})) {
    return wrong("the block's header makes no sense");
  }
  const size_t bytes_min = BodyBytes(header.table, header.rows, 0);
  const size_t text_max = header.rows * RowTextBytesMax(header.table);
  if (header.body_bytes < bytes_min || header.body_bytes > kBodyBytesMax ||
      header.body_bytes - bytes_min > text_max || header.stored_bytes < 1 ||
      header.stored_bytes > StoredBytesMax(header.body_bytes, compressed) ||
      (!compressed && header.stored_bytes != header.body_bytes)) {
    return wrong("the block's sizes make no sense");
  }
  return {.header = header};
}

size_t StoredBytesMax(size_t body_bytes, bool compressed) {
  return compressed ? ZSTD_compressBound(body_bytes) : body_bytes;
}

uint64_t ChainBlock(uint64_t before, const BlockHeader& header) {
  char both[2 * sizeof(uint64_t)];
  PutFixed(both, before);
  PutFixed(both + sizeof(uint64_t), header.checksum);
  return io::Checksum({both, sizeof both});
}

// ---- Trailer ---------------------------------------------------------------

void EncodeTrailer(const Trailer& trailer, char* to) {
  std::memset(to, 0, io::kSectorBytes);
  PutMagic(to, kTrailerMagic);
  PutFixed(to + kBlocksAt, trailer.blocks);
  for (size_t i = 0; i < kTables; ++i) {
    PutFixed(to + kTableRowsAt + i * sizeof(int64_t), trailer.rows[i]);
  }
  PutFixed(to + kChainAt, trailer.chain);
  SealSector(to);
}

std::optional<Trailer> DecodeTrailer(std::string_view sector) {
  if (!sector.starts_with(kTrailerMagic) || !IsSealed(sector) ||
      !HasZeros(sector, kTrailerBytes)) {
    return std::nullopt;
  }
  const char* from = sector.data();
  Trailer trailer;
  trailer.blocks = GetFixed<uint64_t>(from + kBlocksAt);
  for (size_t i = 0; i < kTables; ++i) {
    trailer.rows[i] =
        GetFixed<int64_t>(from + kTableRowsAt + i * sizeof(int64_t));
  }
  trailer.chain = GetFixed<uint64_t>(from + kChainAt);
  return trailer;
}

}  // namespace orderstore::snapshot
