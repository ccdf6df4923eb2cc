#include "wal/segment_writer.h"

#include <algorithm>
#include <utility>

#include "io/coding.h"

namespace orderstore::wal {
namespace {

// Zeros are written in pieces of this size.
constexpr size_t kZerosBytes = size_t{1} << 20;

}  // namespace

SegmentWriter::SegmentWriter(const io::Folder& folder, const io::Uuid& store,
                             int64_t segment_bytes)
    : folder_(folder),
      store_(store),
      segment_bytes_(segment_bytes),
      chain_(FirstChain(store)),
      buffer_(kFrameSectorsMax * io::kSectorBytes) {}

size_t SegmentWriter::SectorsFor(int64_t segment_bytes) {
  // Without the header and the last frame.
  return static_cast<size_t>(segment_bytes) / io::kSectorBytes - 2;
}

absl::StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(
    const io::Folder& folder, const io::Uuid& store, int64_t segment_bytes,
    Lsn lsn) {
  std::unique_ptr<SegmentWriter> writer(
      new SegmentWriter(folder, store, segment_bytes));
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
      new SegmentWriter(folder, store, segment_bytes));
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
  if (absl::Status status = writer->WipeOut(end); !status.ok()) return status;
  return writer;
}

absl::Status SegmentWriter::WipeOut(const LogEnd& end) {
  if (end.unused_segment) {
    absl::Status status = folder_.Remove(SegmentName(*end.unused_segment));
    if (status.ok()) status = folder_.Sync();
    if (!status.ok()) return status;
  }
  const io::SectorBuffer zeros(kZerosBytes);
  const auto torn = static_cast<int64_t>(
      io::RoundUpToSectors(static_cast<size_t>(end.torn_bytes)));
  for (int64_t done = 0; done < torn;) {
    const auto bytes =
        std::min(torn - done, static_cast<int64_t>(zeros.size()));
    absl::Status status = file_->WriteAt(
        end.offset + done, zeros.first(static_cast<size_t>(bytes)));
    if (!status.ok()) return status;
    done += bytes;
  }
  return absl::OkStatus();
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
    // If it cannot be removed either, the next open of the store does it.
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

absl::Status SegmentWriter::Begin(const Prepared& segment, uint64_t chain) {
  io::SectorBuffer sector(io::kSectorBytes);
  EncodeSegmentHeader({.store = store_,
                       .number = segment.number,
                       .bytes = segment_bytes_,
                       .first_lsn = lsn_ + 1,
                       .chain = chain},
                      sector.data());
  absl::Status status = segment.file.WriteAt(0, sector.first(io::kSectorBytes));
  if (!status.ok()) return status;
  status = folder_.Rename(TemporaryName(segment.number),
                          SegmentName(segment.number));
  return status.ok() ? folder_.Sync() : status;
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
