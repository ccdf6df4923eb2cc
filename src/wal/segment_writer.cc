#include "wal/segment_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/coding.h"

namespace orderstore::wal {
namespace {

// Zeros are written in pieces of this size.
constexpr size_t kZerosBytes = size_t{1} << 20;

}  // namespace

SegmentWriter::SegmentWriter(const io::Folder& folder, const io::Uuid& store,
                             SchemaRevision schema, int64_t segment_bytes)
    : folder_(folder),
      store_(store),
      segment_bytes_(segment_bytes),
      schema_(schema),
      chain_(FirstChain(store)),
      buffer_(kFrameSectorsMax * io::kSectorBytes) {}

size_t SegmentWriter::SectorsFor(int64_t segment_bytes) {
  // Without the header and the last frame.
  return static_cast<size_t>(segment_bytes) / io::kSectorBytes - 2;
}

absl::StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(
    const io::Folder& folder, const io::Uuid& store, SchemaRevision schema,
    int64_t segment_bytes, Lsn lsn) {
  std::unique_ptr<SegmentWriter> writer(
      new SegmentWriter(folder, store, schema, segment_bytes));
  writer->lsn_ = lsn;
  absl::Status status = writer->Prepare();
  if (!status.ok()) return status;
  thread::MutexLock lock(writer->mutex_);
  Prepared first = std::move(writer->prepared_.front());
  writer->prepared_.pop_front();
  status = writer->Begin(first, writer->chain_);
  if (!status.ok()) return status;
  writer->file_ = std::move(first.file);
  writer->number_ = first.number;
  writer->sector_ = 1;
  writer->sectors_left_ = writer->segment_sectors();
  return writer;
}

absl::StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Resume(
    const io::Folder& folder, const io::Uuid& store, int64_t segment_bytes,
    const LogEnd& end) {
  std::unique_ptr<SegmentWriter> writer(
      new SegmentWriter(folder, store, end.schema, segment_bytes));
  absl::StatusOr<io::File> file = folder.OpenToWrite(
      SegmentName(end.segment), io::Folder::Writes::kSynchronous);
  if (!file.ok()) return file.status();
  writer->file_ = *std::move(file);
  writer->number_ = end.segment;
  writer->sector_ =
      static_cast<uint32_t>(static_cast<size_t>(end.offset) / io::kSectorBytes);
  const size_t used = writer->sector_ - 1;
  const size_t all = writer->SectorsFor(end.segment_bytes);
  writer->sectors_left_ = all - std::min(all, used);
  writer->chain_ = end.chain;
  writer->lsn_ = end.lsn;
  {
    thread::MutexLock lock(writer->mutex_);
    writer->next_number_ = end.segment + 1;
  }
  absl::Status status = writer->SecureNames(end);
  if (status.ok()) status = writer->SecureLastFrame(end.last_frame);
  if (status.ok()) status = writer->WipeOut(end);
  if (!status.ok()) return status;
  return writer;
}

absl::Status SegmentWriter::SecureNames(const LogEnd& end) {
  absl::Status status;
  if (end.unused_segment) {
    status = folder_.Remove(SegmentName(*end.unused_segment));
  }
  return status.ok() ? folder_.Sync() : status;
}

absl::Status SegmentWriter::SecureLastFrame(const LogEnd::LastFrame& frame) {
  if (frame.bytes == 0) return absl::OkStatus();
  const std::string name = SegmentName(frame.segment);
  absl::StatusOr<io::File> from = folder_.OpenToRead(name);
  if (!from.ok()) return from.status();
  absl::StatusOr<io::File> to =
      folder_.OpenToWrite(name, io::Folder::Writes::kSynchronous);
  if (!to.ok()) return to.status();
  absl::Status status =
      from->ReadAt(frame.offset, {buffer_.data(), frame.bytes});
  return status.ok() ? to->WriteAt(frame.offset, buffer_.first(frame.bytes))
                     : status;
}

absl::Status SegmentWriter::WipeOut(const LogEnd& end) {
  const size_t bytes =
      std::min(static_cast<size_t>(end.segment_bytes - end.offset),
               kFrameSectorsMax * io::kSectorBytes);
  if (end.torn_bytes == 0) return absl::OkStatus();
  absl::StatusOr<io::File> from = folder_.OpenToRead(SegmentName(end.segment));
  if (!from.ok()) return from.status();
  // The first block last: while the others go, its header says what they were,
  // and once they are gone, it is no frame's, whatever becomes of it.
  io::SectorBuffer left(bytes);
  absl::Status status = from->ReadAt(end.offset, {left.data(), kBlockBytes});
  if (status.ok()) status = file_->WriteAt(end.offset, left.first(bytes));
  if (!status.ok()) return status;
  std::memset(left.data(), 0, kBlockBytes);
  return file_->WriteAt(end.offset, left.first(io::kSectorBytes));
}

// ---- Making segments -------------------------------------------------------

std::string SegmentWriter::TemporaryName(uint32_t number) {
  return SegmentName(number) + ".tmp";
}

absl::Status SegmentWriter::Prepare() {
  uint32_t number = 0;
  {
    thread::MutexLock lock(mutex_);
    number = next_number_;
  }
  const std::string name = TemporaryName(number);
  absl::StatusOr<io::File> file = MakeZeros(name);
  if (!file.ok()) {
    // If it cannot be removed either, the next try or the next open does it.
    folder_.Remove(name).IgnoreError();
    return file.status();
  }
  thread::MutexLock lock(mutex_);
  prepared_.push_back({*std::move(file), number});
  ++next_number_;
  return absl::OkStatus();
}

absl::Status SegmentWriter::Unprepare() {
  std::string name;
  {
    thread::MutexLock lock(mutex_);
    name = TemporaryName(prepared_.back().number);
    prepared_.pop_back();
    --next_number_;
  }
  return folder_.Remove(name);
}

absl::StatusOr<io::File> SegmentWriter::MakeZeros(
    const std::string& name) const {
  // What an earlier try left that could not be removed.
  absl::Status left = folder_.Remove(name);
  if (!left.ok() && !absl::IsNotFound(left)) return left;
  absl::StatusOr<io::File> file =
      folder_.Create(name, io::Folder::Writes::kDirect);
  if (!file.ok()) return file;
  const io::SectorBuffer zeros(
      std::min(kZerosBytes, static_cast<size_t>(segment_bytes_)));
  for (int64_t done = 0; done < segment_bytes_;) {
    const auto bytes =
        std::min(segment_bytes_ - done, static_cast<int64_t>(zeros.size()));
    absl::Status status =
        file->WriteAt(done, zeros.first(static_cast<size_t>(bytes)));
    if (!status.ok()) return status;
    done += bytes;
  }
  if (absl::Status status = file->Sync(); !status.ok()) return status;
  return folder_.OpenToWrite(name, io::Folder::Writes::kSynchronous);
}

absl::Status SegmentWriter::Begin(Prepared& segment, uint64_t chain) {
  io::SectorBuffer sector(io::kSectorBytes);
  EncodeSegmentHeader({.store = store_,
                       .schema = schema_,
                       .number = segment.number,
                       .bytes = segment_bytes_,
                       .first_lsn = lsn_ + 1,
                       .chain = chain},
                      sector.data());
  absl::Status status = segment.file.WriteAt(0, sector.first(io::kSectorBytes));
  if (!status.ok()) return status;
  const std::string name = SegmentName(segment.number);
  status = folder_.Rename(TemporaryName(segment.number), name);
  if (!status.ok()) return status;
  segment.file.SetPath(absl::StrCat(folder_.path(), "/", name));
  return folder_.Sync();
}

// ---- Frames ----------------------------------------------------------------

FrameHeader SegmentWriter::Encode(FrameHeader header,
                                  std::string_view payload) {
  header.segment = number_;
  header.sector = sector_;
  header.first_lsn = lsn_ + 1;
  header.previous = chain_;
  EncodeFrame(header, payload, buffer_.data());
  return header;
}

absl::Status SegmentWriter::WriteEncoded(const FrameHeader& header) {
  const size_t sectors = SectorsOf(header.payload_bytes);
  absl::Status status =
      file_->WriteAt(int64_t{sector_} * int64_t{io::kSectorBytes},
                     buffer_.first(sectors * io::kSectorBytes));
  if (!status.ok()) return status;
  sector_ += static_cast<uint32_t>(sectors);
  chain_ = header.checksum;
  lsn_ = header.last_lsn;
  return absl::OkStatus();
}

absl::Status SegmentWriter::Write(FrameHeader header,
                                  std::string_view payload) {
  header = Encode(header, payload);
  if (absl::Status status = WriteEncoded(header); !status.ok()) return status;
  sectors_left_ -= SectorsOf(payload.size());
  sectors_written_ += SectorsOf(payload.size());
  return absl::OkStatus();
}

absl::Status SegmentWriter::Rotate(std::string_view state) {
  std::optional<Prepared> next;
  {
    thread::MutexLock lock(mutex_);
    next = std::move(prepared_.front());
    prepared_.pop_front();
  }
  std::string payload;
  io::AppendFixed(payload, next->number);
  payload += state;
  // Both name each other: the frame the segment, the segment the chain.
  const FrameHeader last =
      Encode({.kind = FrameKind::kNext, .last_lsn = lsn_}, payload);
  absl::Status status = Begin(*next, last.checksum);
  if (status.ok()) status = WriteEncoded(last);
  if (!status.ok()) return status;
  file_ = std::move(next->file);
  number_ = next->number;
  sector_ = 1;
  sectors_left_ = segment_sectors();
  return absl::OkStatus();
}

}  // namespace orderstore::wal
