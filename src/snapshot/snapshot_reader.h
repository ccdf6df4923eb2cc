// Reads a snapshot, block by block, from several threads if need be.
//
//   absl::StatusOr<SnapshotReader> reader =
//       SnapshotReader::Open(folder, SnapshotName(lsn), store);
//   BlockMemory memory;
//   RowBlock block;
//   for (size_t i = 0; i < reader->blocks().size(); ++i) {
//     absl::Status status = reader->ReadBlock(i, memory, block);
//     ...
//   }
//
// Nothing is believed before its checksum: a damaged file is DataLoss, naming
// file, offset and what is wrong. A file that nobody damaged but that makes no
// sense is DataLoss too. Memory is bounded by what a block may take.
//
// What a reader does not know is whether the rows have the digests of the
// description: whoever reads all blocks compares them (RowBlock::Digest).
//
// Thread-safety: const methods may be called from any thread.
// Lifetimes: the file system outlives the reader; the folder need not.

#ifndef ORDERSTORE_SNAPSHOT_SNAPSHOT_READER_H_
#define ORDERSTORE_SNAPSHOT_SNAPSHOT_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "snapshot/columns.h"
#include "snapshot/format.h"
#include "snapshot/row_block.h"
#include "snapshot/snapshot.h"

namespace orderstore::snapshot {

// What reading a block takes besides; one that is used for many blocks, one
// after the other, asks the system for it once.
struct BlockMemory {
  Room<char> stored;
  Room<char> decompressed;
};

class SnapshotReader {
 public:
  // Checks everything but the blocks' bodies. O(blocks).
  //
  // No `store`: it may be any store's.
  //
  // NotFound: there is no such file. DataLoss: it is damaged or cannot be read,
  // or is another store's, or its name is that of another LSN.
  // FailedPrecondition: DecodeHeader's. Others: of io/error.h.
  static absl::StatusOr<SnapshotReader> Open(
      const io::Folder& folder, const std::string& name,
      const std::optional<io::Uuid>& store);

  const Description& description() const { return description_; }
  const std::string& path() const { return file_.path(); }

  // Customers, orders, barcodes, each in the order of their ids.
  std::span<const BlockHeader> blocks() const { return blocks_; }

  // Of a block in the file.
  int64_t OffsetOf(size_t block) const { return offsets_[block]; }

  // Fills `to`, which on an error is not to be looked at. DataLoss: the block
  // is damaged, or cannot be read. Others: of io/error.h. Precondition: there
  // is such a block.
  absl::Status ReadBlock(size_t block, BlockMemory& memory, RowBlock& to) const;

 private:
  SnapshotReader(io::File file, int64_t bytes)
      : file_(std::move(file)), bytes_(bytes) {}

  absl::StatusOr<std::string> ReadSector(int64_t offset) const;
  absl::Status ReadBytes(int64_t offset, std::span<char> to) const;
  // Reads the headers of all blocks, as the trailer says they are.
  absl::Status ReadHeaders(const Trailer& trailer, uint64_t chain);
  // What is wrong with a block after the blocks so far; null if nothing is.
  const char* CheckOrder(const BlockHeader& header) const;
  absl::Status CheckRows(const Trailer& trailer) const;

  io::File file_;
  int64_t bytes_;  // the file's size
  Description description_;
  std::vector<BlockHeader> blocks_;
  std::vector<int64_t> offsets_;  // of the blocks
};

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_SNAPSHOT_READER_H_
