#include "snapshot/snapshot_reader.h"

#include <zstd.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/checksum.h"
#include "io/coding.h"

namespace orderstore::snapshot {
namespace {

constexpr auto kSector = static_cast<int64_t>(io::kSectorBytes);

// Decompresses to exactly `to`; false if `stored` is not the compressed form of
// so many bytes.
bool Decompress(std::string_view stored, std::span<char> to) {
  // The size that it claims is compared with the one that the header allows
  // before anything is done with it.
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != to.size()) {
    return false;
  }
  return ZSTD_decompress(to.data(), to.size(), stored.data(), stored.size()) ==
         to.size();
}

// Another snapshot may serve if the disk fails to read this one.
absl::Status DamageIfUnreadable(const absl::Status& status,
                                const std::string& path, int64_t offset) {
  if (!absl::IsUnavailable(status)) return status;
  return Damage(path, offset, std::string(status.message()));
}

}  // namespace

absl::StatusOr<SnapshotReader> SnapshotReader::Open(
    const io::Folder& folder, const std::string& name,
    const std::optional<io::Uuid>& store) {
  absl::StatusOr<io::File> file = folder.OpenToRead(name);
  if (!file.ok()) {
    return DamageIfUnreadable(file.status(), folder.path() + "/" + name, 0);
  }
  const absl::StatusOr<int64_t> bytes = file->Size();
  if (!bytes.ok()) return DamageIfUnreadable(bytes.status(), file->path(), 0);
  SnapshotReader reader(*std::move(file), *bytes);
  const std::string& path = reader.path();
  if (*bytes < 2 * kSector || *bytes % kSector != 0) {
    return Damage(path, *bytes, "the file is cut off");
  }

  const absl::StatusOr<std::string> first = reader.ReadSector(0);
  if (!first.ok()) return first.status();
  absl::StatusOr<Description> description = DecodeHeader(*first, path);
  if (!description.ok()) return description.status();
  if (store && description->store != *store) {
    return Damage(path, 0,
                  absl::StrCat("this is a snapshot of the store ",
                               description->store.ToString(), ", not of ",
                               store->ToString()));
  }
  if (SnapshotLsn(name).value_or(description->lsn) != description->lsn) {
    return Damage(path, 0,
                  absl::StrCat("this is a snapshot of LSN ", description->lsn));
  }
  reader.description_ = *description;

  const int64_t end = *bytes - kSector;
  const absl::StatusOr<std::string> last = reader.ReadSector(end);
  if (!last.ok()) return last.status();
  const std::optional<Trailer> trailer = DecodeTrailer(*last);
  if (!trailer) {
    return Damage(path, end, "the trailer is damaged, or the file is cut off");
  }
  absl::Status status = reader.ReadHeaders(
      *trailer, io::GetFixed<uint64_t>(&first->back() + 1 - sizeof(uint64_t)));
  if (status.ok()) status = reader.CheckRows(*trailer);
  if (!status.ok()) return status;
  return reader;
}

absl::Status SnapshotReader::ReadHeaders(const Trailer& trailer,
                                         uint64_t chain) {
  const int64_t end = bytes_ - kSector;
  int64_t offset = kSector;
  while (offset < end) {
    std::array<char, kBlockHeaderBytes> bytes;
    if (absl::Status status = ReadBytes(offset, bytes); !status.ok()) {
      return status;
    }
    const DecodedBlockHeader decoded =
        DecodeBlockHeader(bytes.data(), description_.compressed);
    const char* error = decoded.error;
    if (error == nullptr) error = CheckOrder(decoded.header);
    if (error == nullptr && decoded.header.file_bytes() > end - offset) {
      error = "the block does not end before the trailer";
    }
    if (error != nullptr) return Damage(path(), offset, error);
    chain = ChainBlock(chain, decoded.header);
    blocks_.push_back(decoded.header);
    offsets_.push_back(offset);
    offset += decoded.header.file_bytes();
  }
  if (blocks_.size() != trailer.blocks || chain != trailer.chain) {
    return Damage(path(), end, "the trailer is not of these blocks");
  }
  return absl::OkStatus();
}

const char* SnapshotReader::CheckOrder(const BlockHeader& header) const {
  if (header.number != blocks_.size()) {
    return "another block should be here";
  }
  if (blocks_.empty()) return nullptr;
  const BlockHeader& before = blocks_.back();
  const bool follows = header.table == before.table
                           ? header.first_id > before.last_id
                           : header.table > before.table;
  return follows ? nullptr : "the block does not follow the one before";
}

absl::Status SnapshotReader::CheckRows(const Trailer& trailer) const {
  std::array<int64_t, kTables> rows = {};
  std::array<int64_t, kTables> last_ids = {};
  for (const BlockHeader& block : blocks_) {
    rows[IndexOf(block.table)] += block.rows;
    last_ids[IndexOf(block.table)] = block.last_id;
  }
  const std::array<int64_t, kTables> counts = {description_.counts.customers,
                                               description_.counts.orders,
                                               description_.counts.barcodes};
  const std::array<int64_t, kTables> ends = {description_.next_customer_id,
                                             description_.next_order_id,
                                             description_.next_barcode_id};
  if (rows != trailer.rows || rows != counts) {
    return Damage(path(), bytes_ - kSector,
                  "header, blocks and trailer differ in their numbers of rows");
  }
  for (size_t i = 0; i < kTables; ++i) {
    if (last_ids[i] < ends[i]) continue;
    return Damage(path(), 0, "there are rows past the header's next ids");
  }
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadBlock(size_t block, BlockMemory& memory,
                                       RowBlock& to) const {
  const BlockHeader& header = blocks_[block];
  const int64_t offset = offsets_[block];
  const auto bytes =
      static_cast<size_t>(header.file_bytes()) - kBlockHeaderBytes;
  memory.stored.Reserve(bytes);
  char* const read = memory.stored.get();
  absl::Status status = ReadBytes(
      offset + static_cast<int64_t>(kBlockHeaderBytes), {read, bytes});
  if (!status.ok()) return status;
  const std::string_view stored(read, header.stored_bytes);
  if (io::Checksum(stored) != header.stored_checksum) {
    return Damage(path(), offset, "the block has a wrong checksum");
  }
  if (!io::AllZeros({read + stored.size(), bytes - stored.size()})) {
    return Damage(path(), offset, "bytes that are not zero follow the block");
  }

  std::string_view body = stored;
  if (description_.compressed) {
    memory.decompressed.Reserve(header.body_bytes);
    char* const decompressed = memory.decompressed.get();
    if (!Decompress(stored, {decompressed, header.body_bytes})) {
      return Damage(path(), offset, "the block cannot be decompressed");
    }
    body = {decompressed, header.body_bytes};
  }
  const char* const error = to.Decode(header, body);
  return error == nullptr ? absl::OkStatus() : Damage(path(), offset, error);
}

absl::StatusOr<std::string> SnapshotReader::ReadSector(int64_t offset) const {
  std::string sector(io::kSectorBytes, '\0');
  if (absl::Status status = ReadBytes(offset, sector); !status.ok()) {
    return status;
  }
  return sector;
}

absl::Status SnapshotReader::ReadBytes(int64_t offset,
                                       std::span<char> to) const {
  absl::Status status = file_.ReadAt(offset, to);
  // It had this size before.
  if (absl::IsOutOfRange(status)) {
    return Damage(path(), offset, "the file was cut off as it was read");
  }
  return DamageIfUnreadable(status, path(), offset);
}

}  // namespace orderstore::snapshot
