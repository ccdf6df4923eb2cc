#include "snapshot/block_writer.h"

#include <zstd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/checksum.h"

namespace orderstore::snapshot {
namespace {

constexpr int kCompressionLevel = 1;

size_t BufferBytes(bool compressed) {
  return kBlockHeaderBytes + StoredBytesMax(kBodyBytesMax, compressed);
}

}  // namespace

void BlockWriter::FreeContext::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

BlockWriter::BlockWriter(const io::File& file, const Description& description)
    : file_(file),
      description_(description),
      buffers_{io::SectorBuffer(BufferBytes(description.compressed)),
               io::SectorBuffer(BufferBytes(description.compressed))} {
  if (!description.compressed) return;
  context_.reset(ZSTD_createCCtx());
  body_ = std::make_unique_for_overwrite<char[]>(kBodyBytesMax);
}

BlockWriter::~BlockWriter() { Wait().IgnoreError(); }

absl::Status BlockWriter::Begin() {
  trailer_.chain = EncodeHeader(description_, buffers_[filling_].data());
  return Write(io::kSectorBytes);
}

absl::Status BlockWriter::Add(const Columns& columns) {
  char* const to = buffers_[filling_].data();
  BlockHeader header = {
      .number = static_cast<uint32_t>(trailer_.blocks),
      .table = columns.table(),
      .rows = static_cast<uint32_t>(columns.rows()),
      .first_id = columns.ids().front(),
      .last_id = columns.ids().back(),
      .body_bytes = static_cast<uint32_t>(columns.body_bytes())};
  absl::Status status = Store(columns, header, to + kBlockHeaderBytes);
  if (!status.ok()) return status;
  header.stored_checksum =
      io::Checksum({to + kBlockHeaderBytes, header.stored_bytes});
  EncodeBlockHeader(header, to);
  const auto bytes = static_cast<size_t>(header.file_bytes());
  const size_t used = kBlockHeaderBytes + header.stored_bytes;
  std::memset(to + used, 0, bytes - used);

  ++trailer_.blocks;
  trailer_.rows[IndexOf(columns.table())] +=
      static_cast<int64_t>(columns.rows());
  trailer_.chain = ChainBlock(trailer_.chain, header);
  return Write(bytes);
}

absl::Status BlockWriter::Store(const Columns& columns, BlockHeader& header,
                                char* to) {
  char* const body = description_.compressed ? body_.get() : to;
  if (!SaveColumns(columns, {body, header.body_bytes})) {
    return absl::InternalError(
        absl::StrCat("cannot archive a block of ", file_.path()));
  }
  header.stored_bytes = header.body_bytes;
  if (!description_.compressed) return absl::OkStatus();
  const size_t stored = ZSTD_compressCCtx(
      context_.get(), to, StoredBytesMax(header.body_bytes, true), body,
      header.body_bytes, kCompressionLevel);
  if (ZSTD_isError(stored) != 0) {
    return absl::InternalError(absl::StrCat("cannot compress a block of ",
                                            file_.path(), ": ",
                                            ZSTD_getErrorName(stored)));
  }
  header.stored_bytes = static_cast<uint32_t>(stored);
  return absl::OkStatus();
}

absl::Status BlockWriter::End() {
  EncodeTrailer(trailer_, buffers_[filling_].data());
  const absl::Status status = Write(io::kSectorBytes);
  return status.ok() ? Wait() : status;
}

absl::Status BlockWriter::Write(size_t bytes) {
  if (absl::Status status = Wait(); !status.ok()) return status;
  const auto write = [&file = file_, at = offset_,
                      from = buffers_[filling_].first(bytes)] {
    const absl::Status status = file.WriteAt(at, from);
    return status.ok() ? file.Sync() : status;
  };
  offset_ += static_cast<int64_t>(bytes);
  filling_ = 1 - filling_;
  // If the system has no other thread, this one writes, as it waits.
  writing_ = std::async(write);
  return absl::OkStatus();
}

absl::Status BlockWriter::Wait() {
  return writing_.valid() ? writing_.get() : absl::OkStatus();
}

}  // namespace orderstore::snapshot
