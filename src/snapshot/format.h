// The fixed parts of a snapshot as bytes: header, headers of blocks, trailer.
// See FORMAT.md; what is in a block is in columns.h.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SNAPSHOT_FORMAT_H_
#define ORDERSTORE_SNAPSHOT_FORMAT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "orderstore/records.h"
#include "snapshot/snapshot.h"

namespace orderstore::snapshot {

inline constexpr uint32_t kFormatVersion = 1;

// As blocks name them, in the order in which they come.
enum class TableKind : uint8_t { kCustomers = 1, kOrders = 2, kBarcodes = 3 };
inline constexpr size_t kTables = 3;

constexpr size_t IndexOf(TableKind table) {
  return static_cast<size_t>(table) - 1;
}
std::string_view NameOf(TableKind table);

// A block has at most so many rows, and at most so many bytes before they are
// compressed: it stays in a processor's cache, and whoever reads it knows how
// much memory it takes.
inline constexpr size_t kBlockRowsMax = size_t{1} << 14;
inline constexpr size_t kBodyBytesMax = size_t{1} << 20;

// The most bytes that one text takes.
inline constexpr size_t kTextBytesMax = size_t{4} * kTextCharactersMax;

// Bytes of a row, but for its text.
constexpr size_t RowBytes(TableKind table) {
  switch (table) {
    case TableKind::kCustomers:
      return 4 + 8 + 8 + 2 + 2;  // id, times, sizes of email and name
    case TableKind::kOrders:
      return 4 + 4 + 8 + 8;  // id, word, times
    case TableKind::kBarcodes:
      return 4 + 4 + 8 + 8 + 2;  // id, word, times, size of the value
  }
  return 0;
}
// The most bytes of text that a row has.
constexpr size_t RowTextBytesMax(TableKind table) {
  switch (table) {
    case TableKind::kCustomers:
      return 2 * kTextBytesMax;
    case TableKind::kOrders:
      return 0;
    case TableKind::kBarcodes:
      return kTextBytesMax;
  }
  return 0;
}

// What cereal puts first: the byte order.
inline constexpr size_t kArchiveHeadBytes = 1;

constexpr size_t BodyBytes(TableKind table, size_t rows, size_t text_bytes) {
  return kArchiveHeadBytes + rows * RowBytes(table) + text_bytes;
}
static_assert(BodyBytes(TableKind::kCustomers, 1, 0) == 25);
static_assert(BodyBytes(TableKind::kOrders, 1, 0) == 25);
static_assert(BodyBytes(TableKind::kBarcodes, 1, 0) == 27);

// ---- Header: one sector ----------------------------------------------------

// Writes the sector and returns its checksum.
uint64_t EncodeHeader(const Description& description, char* to);

// DataLoss: damaged. FailedPrecondition: another format version or byte order
// (UnknownFormat), or a schema revision that nobody knows (SchemaMismatch).
// `sector` has kSectorBytes; messages name `path`.
absl::StatusOr<Description> DecodeHeader(std::string_view sector,
                                         const std::string& path);

// ---- Blocks ----------------------------------------------------------------

inline constexpr size_t kBlockHeaderBytes = 64;

struct BlockHeader {
  uint32_t number = 0;  // 0, 1, 2, ... in the file
  TableKind table = TableKind::kCustomers;
  uint32_t rows = 0;
  uint32_t first_id = 0;
  uint32_t last_id = 0;
  uint32_t body_bytes = 0;    // as archived
  uint32_t stored_bytes = 0;  // as they stand in the file, without padding
  uint64_t stored_checksum = 0;
  // Over all of the above.
  uint64_t checksum = 0;

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;

  size_t text_bytes() const { return body_bytes - BodyBytes(table, rows, 0); }
  // Sectors in the file, in bytes.
  int64_t file_bytes() const;
};

// Completes `header`: its checksum.
void EncodeBlockHeader(BlockHeader& header, char* to);

// The header at `from`, kBlockHeaderBytes; what is wrong with it if there is
// none. Its sizes are within what a block may have.
struct DecodedBlockHeader {
  BlockHeader header;
  const char* error = nullptr;
};
DecodedBlockHeader DecodeBlockHeader(const char* from, bool compressed);

// The most bytes that a block's body is stored in.
size_t StoredBytesMax(size_t body_bytes, bool compressed);

// The checksum over the checksums of the file's header and the headers of its
// blocks so far; begins as that of the file's header.
uint64_t ChainBlock(uint64_t before, const BlockHeader& header);

// ---- Trailer: one sector ---------------------------------------------------

struct Trailer {
  uint64_t blocks = 0;
  std::array<int64_t, kTables> rows = {};
  // ChainBlock of all blocks.
  uint64_t chain = 0;

  friend bool operator==(const Trailer&, const Trailer&) = default;
};

void EncodeTrailer(const Trailer& trailer, char* to);

// None if the sector is no whole trailer.
std::optional<Trailer> DecodeTrailer(std::string_view sector);

// ---- Messages ----
// `PATH at offset N: WHAT`.
absl::Status Damage(const std::string& path, int64_t offset,
                    std::string_view what);

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_FORMAT_H_
