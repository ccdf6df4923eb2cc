// A snapshot taken apart: its parts change, and it is put together again with
// checksums that are right.

#ifndef ORDERSTORE_TESTS_SNAPSHOT_SNAPSHOT_FILE_H_
#define ORDERSTORE_TESTS_SNAPSHOT_SNAPSHOT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/checksum.h"
#include "io/coding.h"
#include "io/file.h"
#include "io/sector_buffer.h"
#include "snapshot/columns.h"
#include "snapshot/format.h"
#include "snapshot/snapshot.h"

namespace orderstore::snapshot {

// Of a header or a trailer that was changed.
inline void SealSector(std::string& bytes, size_t offset) {
  constexpr size_t kAt = io::kSectorBytes - sizeof(uint64_t);
  io::PutFixed(&bytes[offset + kAt], io::Checksum({&bytes[offset], kAt}));
}

struct SnapshotFile {
  struct Block {
    BlockHeader header;
    std::string stored;  // the body
  };

  Description description;
  std::vector<Block> blocks;
  Trailer trailer;

  // Of a file that is whole.
  static SnapshotFile Parse(std::string_view bytes) {
    SnapshotFile file;
    file.description =
        DecodeHeader(bytes.substr(0, io::kSectorBytes), "").value();
    size_t at = io::kSectorBytes;
    const size_t end = bytes.size() - io::kSectorBytes;
    while (at < end) {
      const BlockHeader header =
          DecodeBlockHeader(&bytes[at], file.description.compressed).header;
      file.blocks.push_back(
          {header, std::string(bytes.substr(at + kBlockHeaderBytes,
                                            header.stored_bytes))});
      at += static_cast<size_t>(header.file_bytes());
    }
    file.trailer = DecodeTrailer(bytes.substr(end)).value();
    return file;
  }

  // A block of these columns, not compressed.
  static Block BlockOf(const Columns& columns) {
    const auto bytes = static_cast<uint32_t>(columns.body_bytes());
    Block block = {{.number = 0,
                    .table = columns.table(),
                    .rows = static_cast<uint32_t>(columns.rows()),
                    .first_id = columns.ids().front(),
                    .last_id = columns.ids().back(),
                    .body_bytes = bytes,
                    .stored_bytes = bytes},
                   std::string(bytes, '\0')};
    SaveColumns(columns, block.stored);
    return block;
  }

  // Makes trailer and numbers agree with the blocks.
  void Count() {
    trailer.blocks = blocks.size();
    trailer.rows = {};
    uint32_t number = 0;
    for (Block& block : blocks) {
      block.header.number = number++;
      trailer.rows[IndexOf(block.header.table)] += block.header.rows;
    }
  }

  // The file, with all checksums computed anew.
  std::string Encode() const {
    std::string bytes(io::kSectorBytes, '\0');
    Trailer end = trailer;
    end.chain = EncodeHeader(description, bytes.data());
    for (const Block& block : blocks) {
      BlockHeader header = block.header;
      header.stored_checksum = io::Checksum(block.stored);
      const size_t at = bytes.size();
      bytes.resize(at + kBlockHeaderBytes);
      EncodeBlockHeader(header, &bytes[at]);
      end.chain = ChainBlock(end.chain, header);
      bytes += block.stored;
      bytes.resize(io::RoundUpToSectors(bytes.size()));
    }
    bytes.resize(bytes.size() + io::kSectorBytes);
    EncodeTrailer(end, &bytes[bytes.size() - io::kSectorBytes]);
    return bytes;
  }
};

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_TESTS_SNAPSHOT_SNAPSHOT_FILE_H_
