// Reads arbitrary snapshots, holds what is read against what the reader
// promises, and loads them into an engine.
//
// The input is a snapshot without its padding and with what stands in the way
// of a fuzzer left out: magics, versions and checksums are put in, right.
//
//   input  = choices (1 byte) header (136 bytes) trailer (48) block*
//   block  = header (64 bytes) size (2) bytes
//
// Choices: bit 0, the blocks' bytes are bodies that are compressed here, not
// what is stored; bit 1, numbers, sizes, sums and digests are made to agree;
// bit 2, the input is a file as it stands.

#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fuzz/one_file.h"
#include "io/checksum.h"
#include "io/coding.h"
#include "io/file.h"
#include "io/sector_buffer.h"
#include "recovery/load_snapshot.h"
#include "snapshot/columns.h"
#include "snapshot/format.h"
#include "snapshot/row_block.h"
#include "snapshot/snapshot.h"
#include "snapshot/snapshot_reader.h"
#include "table/rows.h"
#include "txn/engine.h"

namespace orderstore::snapshot {
namespace {

constexpr uint8_t kCompress = 1;
constexpr uint8_t kAgree = 2;
constexpr uint8_t kAsItStands = 4;

constexpr size_t kHeaderBytes = 136;
constexpr size_t kTrailerBytes = 48;
constexpr size_t kSealAt = io::kSectorBytes - sizeof(uint64_t);

void Require(bool holds) {
  if (!holds) std::abort();
}

// The store of all files.
const io::Uuid kStore =
    *io::Uuid::Parse("01234567-89ab-4cde-8f01-23456789abcd");

// Takes bytes off the front; zeros where there are no more.
std::string Take(std::string_view& input, size_t size) {
  std::string taken(input.substr(0, size));
  input.remove_prefix(taken.size());
  taken.resize(size);
  return taken;
}

uint64_t Seal(std::string& sector) {
  sector.resize(io::kSectorBytes);
  const uint64_t checksum =
      io::Checksum(std::string_view(sector).substr(0, kSealAt));
  io::PutFixed(&sector[kSealAt], checksum);
  return checksum;
}

std::string Compress(const std::string& body) {
  std::string stored(ZSTD_compressBound(body.size()), '\0');
  stored.resize(
      ZSTD_compress(stored.data(), stored.size(), body.data(), body.size(), 1));
  return stored;
}

// Builds the file that an input stands for.
class Builder {
 public:
  explicit Builder(std::string_view input) {
    choices_ = static_cast<uint8_t>(Take(input, 1)[0]);
    if ((choices_ & kAsItStands) != 0) {
      file_ = input;
      return;
    }
    // Magic, version, byte order, schema and store are those of a good file.
    std::string header(io::kSectorBytes, '\0');
    EncodeHeader({.store = kStore}, header.data());
    const std::string given = Take(input, kHeaderBytes);
    trailer_ = Take(input, kTrailerBytes);
    header.resize(kHeaderBytes);
    header.replace(20, 4, given, 20, 4);
    header.replace(40, std::string::npos, given, 40);
    if ((choices_ & kCompress) != 0) header[20] = 1;

    uint32_t number = 0;
    while (!input.empty()) AddBlock(input, number++);
    if ((choices_ & kAgree) != 0) {
      for (size_t i = 0; i < kTables; ++i) {
        io::PutFixed(&header[48 + 8 * i], rows_[i]);
        io::PutFixed(&header[112 + 8 * i], int64_t{1} << 31);  // next id
      }
      io::PutFixed(&header[88], digests_.customers);
      io::PutFixed(&header[96], digests_.orders);
      io::PutFixed(&header[104], digests_.barcodes);
      io::PutFixed(&header[72], unassigned_);
      io::PutFixed(&header[80], unused_);
    }
    AddSums(header, number);
  }

  const std::string& file() const { return file_; }

 private:
  void AddBlock(std::string_view& input, uint32_t number) {
    std::string header = Take(input, kBlockHeaderBytes);
    const std::string size = Take(input, 2);
    std::string body = Take(
        input,
        std::min<size_t>(io::GetFixed<uint16_t>(size.data()), input.size()));
    const auto body_bytes = static_cast<uint32_t>(body.size());
    const std::string stored =
        (choices_ & kCompress) != 0 ? Compress(body) : body;
    header.replace(0, 4, "OSbk");
    io::PutFixed(&header[28], static_cast<uint32_t>(stored.size()));
    if ((choices_ & kAgree) != 0) {
      io::PutFixed(&header[4], number);
      io::PutFixed(&header[24], body_bytes);
      const auto rows = io::GetFixed<uint32_t>(&header[12]);
      if (rows >= 1 && body.size() >= 1 + size_t{4} * rows) {
        header.replace(16, 4, body, 1, 4);
        header.replace(20, 4, body, 1 + size_t{4} * (rows - 1), 4);
      }
      const auto table = io::GetFixed<uint32_t>(&header[8]);
      rows_[(table - 1) % kTables] += rows;
    }
    io::PutFixed(&header[32], io::Checksum(stored));
    std::fill_n(header.begin() + 40, 16, '\0');
    io::PutFixed(&header[56],
                 io::Checksum(std::string_view(header).substr(0, 56)));
    if ((choices_ & kAgree) != 0) AddUp(header, body);
    headers_ += header.substr(56);
    blocks_ += header + stored;
    blocks_.resize(io::RoundUpToSectors(blocks_.size()));
  }

  // What the file's header is to say of these rows, if they are some.
  void AddUp(const std::string& header, const std::string& body) {
    const DecodedBlockHeader decoded =
        DecodeBlockHeader(header.data(), (choices_ & kCompress) != 0);
    if (decoded.error != nullptr) return;
    RowBlock block;
    if (block.Decode(decoded.header, body) != nullptr) return;
    block.AddDigest(digests_);
    if (block.table() != TableKind::kBarcodes) return;
    for (const uint32_t word : block.words()) {
      if (table::BarcodeRow::OrderOf(word) == 0) ++unassigned_;
      if (!table::BarcodeRow::IsUsed(word)) ++unused_;
    }
  }

  void AddSums(std::string& header, uint32_t blocks) {
    uint64_t chain = Seal(header);
    for (size_t at = 0; at < headers_.size(); at += 8) {
      chain = ChainBlock(chain,
                         {.checksum = io::GetFixed<uint64_t>(&headers_[at])});
    }
    trailer_.replace(0, 8, "OS-snapE");
    if ((choices_ & kAgree) != 0) {
      io::PutFixed(&trailer_[8], uint64_t{blocks});
      for (size_t i = 0; i < kTables; ++i) {
        io::PutFixed(&trailer_[16 + 8 * i], rows_[i]);
      }
    }
    io::PutFixed(&trailer_[40], chain);
    Seal(trailer_);
    file_ = header + blocks_ + trailer_;
  }

  uint8_t choices_;
  std::string trailer_;
  std::string headers_;  // the blocks' checksums
  std::string blocks_;
  int64_t rows_[kTables] = {};
  Digests digests_;
  int64_t unassigned_ = 0;
  int64_t unused_ = 0;
  std::string file_;
};

void RequireError(const absl::Status& status) {
  Require(status.code() == absl::StatusCode::kDataLoss ||
          status.code() == absl::StatusCode::kFailedPrecondition);
  Require(status.message().find("shop/any") != std::string_view::npos);
}

void RequireText(std::string_view text, bool may_be_empty) {
  Require(text.size() <= kTextBytesMax && (may_be_empty || !text.empty()));
}

// What RowBlock promises, and that it can be archived to the same bytes.
void RequireGood(const RowBlock& block, const BlockHeader& header) {
  Require(block.rows() == header.rows && block.table() == header.table);
  Columns columns(block.table(), block.rows(), header.text_bytes());
  uint32_t before = 0;
  for (size_t i = 0; i < block.rows(); ++i) {
    const uint32_t id = block.ids()[i];
    Require(id > before && id <= 0x7fffffff);
    before = id;
    columns.Add(id, block.words().empty() ? 0 : block.words()[i],
                block.created_at()[i], block.updated_at()[i]);
    if (block.table() == TableKind::kCustomers) {
      RequireText(block.email(i), false);
      RequireText(block.name(i), true);
      columns.AddText(block.text(i), block.name(i).size());
    } else if (block.table() == TableKind::kBarcodes) {
      RequireText(block.value(i), false);
      columns.AddText(block.value(i), 0);
    } else {
      Require(block.words()[i] - 1 < 0x7fffffff);
    }
  }
  std::string body(header.body_bytes, '\0');
  Require(SaveColumns(columns, body));
  Columns again(block.table(), block.rows(), header.text_bytes());
  again.SetSizes(block.rows(), header.text_bytes());
  Require(LoadColumns(body, again));
  Require(again.text() == columns.text());
}

// Loads it: not if a block is bad. What loads is consistent, and what the
// header says.
void RequireLoadsWell(const SnapshotReader& reader, bool blocks_are_good) {
  const std::unique_ptr<txn::Engine> engine = *txn::Engine::Create({});
  const absl::Status status = recovery::LoadSnapshot(reader, *engine);
  if (!status.ok()) {
    Require(engine->tables().states.latest().counts == Counts());
    return RequireError(status);
  }
  Require(blocks_are_good);
  Require(engine->Check().ok());
  const Description& description = reader.description();
  Require(Description::Of(engine->tables().states.latest(), description.store,
                          description.schema,
                          description.compressed) == description);
}

void Run(std::string_view input) {
  OneFile files(Builder(input).file());
  const io::Folder folder = io::Folder::Open(files, "shop").value();
  const absl::StatusOr<SnapshotReader> reader =
      SnapshotReader::Open(folder, "any", kStore);
  if (!reader.ok()) return RequireError(reader.status());
  bool all_good = true;
  BlockMemory memory;
  RowBlock block;
  for (size_t i = 0; i < reader->blocks().size(); ++i) {
    const absl::Status status = reader->ReadBlock(i, memory, block);
    all_good &= status.ok();
    if (status.ok()) {
      RequireGood(block, reader->blocks()[i]);
    } else {
      RequireError(status);
    }
  }
  RequireLoadsWell(*reader, all_good);
}

}  // namespace
}  // namespace orderstore::snapshot

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  orderstore::snapshot::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
