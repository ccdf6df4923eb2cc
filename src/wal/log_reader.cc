#include "wal/log_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/coding.h"

namespace orderstore::wal {
namespace {

std::string PathOf(const io::Folder& folder, uint32_t segment) {
  return absl::StrCat(folder.path(), "/", SegmentName(segment));
}

std::string AtRiskFrom(Lsn lsn) {
  return absl::StrCat("; transactions from LSN ", lsn, " on are at risk");
}

// The first LSN at risk where segments[index], read for the records after
// `after`, is not there or has no good header: what is in the segment before
// may be good, and nothing tells how much that is.
Lsn FirstAtRisk(const io::Folder& folder, const io::Uuid& store,
                const std::vector<uint32_t>& segments, size_t index,
                Lsn after) {
  if (index == 0) return after + 1;
  absl::StatusOr<SegmentHeader> before =
      LogReader::ReadHeader(folder, store, segments[index - 1]);
  return before.ok() ? std::max(before->first_lsn, after + 1) : after + 1;
}

// The first segment to read for the records after `after`: the record behind
// it may begin in the segment before the one where it ends.
absl::StatusOr<size_t> FirstToRead(const io::Folder& folder,
                                   const io::Uuid& store,
                                   const std::vector<uint32_t>& segments,
                                   Lsn after) {
  for (size_t index = segments.size(); index > 0; --index) {
    absl::StatusOr<SegmentHeader> header =
        LogReader::ReadHeader(folder, store, segments[index - 1]);
    if (!header.ok()) {
      return PutAtRisk(header.status(),
                       FirstAtRisk(folder, store, segments, index - 1, after));
    }
    if (after > 0 && header->first_lsn <= after) return index - 1;
    if (index == 1 && after > 0 && header->first_lsn > after + 1) {
      return absl::OutOfRangeError(absl::StrCat(
          "the log begins with LSN ", header->first_lsn, " in ",
          PathOf(folder, segments[0]), "; the transactions from LSN ",
          after + 1, " to ", header->first_lsn - 1, " are not there"));
    }
  }
  return size_t{0};
}

}  // namespace

absl::Status PutAtRisk(const absl::Status& status, Lsn first) {
  if (!absl::IsDataLoss(status)) return status;
  return absl::DataLossError(
      absl::StrCat(std::string(status.message()), AtRiskFrom(first)));
}

// ---- Files -----------------------------------------------------------------

absl::StatusOr<std::vector<uint32_t>> LogReader::ListSegments(
    const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names.status();
  std::vector<uint32_t> numbers;
  for (const std::string& name : *names) {
    if (const auto number = SegmentNumber(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::StatusOr<SegmentHeader> LogReader::ReadHeader(const io::Folder& folder,
                                                    const io::Uuid& store,
                                                    uint32_t number) {
  absl::StatusOr<io::File> file = folder.OpenToRead(SegmentName(number));
  if (!file.ok()) return file.status();
  const auto damaged = [&](int64_t offset, const std::string& what) {
    return absl::DataLossError(
        absl::StrCat(file->path(), " at offset ", offset, ": ", what));
  };
  absl::StatusOr<int64_t> size = file->Size();
  if (!size.ok()) return size.status();
  if (*size < int64_t{io::kSectorBytes}) {
    return damaged(*size, "the file ends in the segment's header");
  }
  std::string sector(io::kSectorBytes, '\0');
  if (absl::Status status = file->ReadAt(0, sector); !status.ok()) {
    return status;
  }
  absl::StatusOr<SegmentHeader> header =
      DecodeSegmentHeader(sector, file->path());
  if (!header.ok()) return header;
  if (header->store != store) {
    return damaged(0, absl::StrCat("the segment belongs to the store ",
                                   header->store.ToString(), ", not to ",
                                   store.ToString()));
  }
  if (header->number != number) {
    return damaged(0, absl::StrCat("the file is segment ", header->number,
                                   " under another name"));
  }
  if (*size != header->bytes) {
    return damaged(std::min(*size, header->bytes),
                   absl::StrCat("the file has ", *size,
                                " bytes, and should have ", header->bytes));
  }
  return header;
}

absl::Status LogReader::SyncSegment(const io::Folder& folder, uint32_t number) {
  absl::StatusOr<io::File> file = folder.OpenToRead(SegmentName(number));
  return file.ok() ? file->Sync() : file.status();
}

absl::StatusOr<LogReader> LogReader::Open(const io::Folder& folder,
                                          const io::Uuid& store, Lsn after) {
  absl::StatusOr<std::vector<uint32_t>> segments = ListSegments(folder);
  if (!segments.ok()) return segments.status();
  if (segments->empty()) {
    return absl::DataLossError(absl::StrCat(
        folder.path(), " has no segment of the log", AtRiskFrom(after + 1)));
  }
  for (size_t i = 1; i < segments->size(); ++i) {
    const uint32_t expected = (*segments)[i - 1] + 1;
    if ((*segments)[i] != expected) {
      return absl::DataLossError(absl::StrCat(
          PathOf(folder, expected), " is missing, and later segments exist",
          AtRiskFrom(FirstAtRisk(folder, store, *segments, i, after))));
    }
  }
  absl::StatusOr<size_t> first = FirstToRead(folder, store, *segments, after);
  if (!first.ok()) return first.status();
  segments->erase(segments->begin(),
                  segments->begin() + static_cast<ptrdiff_t>(*first));
  LogReader reader(folder, store, *std::move(segments));
  absl::Status status = reader.LoadSegment(after + 1);
  if (!status.ok()) return status;
  // Nothing was before the first segment of all.
  if (reader.header_.number == 1) reader.stream_.DropUnfinished();
  return reader;
}

absl::Status LogReader::LoadSegment(Lsn at_risk) {
  const uint32_t number = segments_[index_];
  absl::StatusOr<SegmentHeader> header = ReadHeader(*folder_, store_, number);
  if (!header.ok()) return PutAtRisk(header.status(), at_risk);
  absl::StatusOr<io::File> file = folder_->OpenToRead(SegmentName(number));
  if (!file.ok()) return file.status();
  const auto size = static_cast<size_t>(header->bytes);
  if (segment_.size() < size) {
    segment_ = io::SectorBuffer(size, /*used_whole=*/true);
  }
  absl::Status status = file->ReadAt(0, {segment_.data(), size});
  if (absl::IsOutOfRange(status)) {
    return absl::DataLossError(
        absl::StrCat(file->path(), " became shorter", AtRiskFrom(at_risk)));
  }
  if (!status.ok()) return status;
  header_ = *header;
  frames_ = std::make_unique<SegmentReader>(
      std::string_view(segment_.data(), size), header_, file->path());
  return absl::OkStatus();
}

// ---- Frames ----------------------------------------------------------------

absl::StatusOr<bool> LogReader::NextFrame() {
  for (;;) {
    absl::StatusOr<bool> more = frames_->Next();
    if (!more.ok()) return more;
    if (*more) {
      end_.last_frame = {
          header_.number, frames_->frame_offset(),
          static_cast<size_t>(frames_->offset() - frames_->frame_offset())};
      return true;
    }
    const bool goes_on = frames_->frame().kind == FrameKind::kNext;
    if (absl::Status status = goes_on ? NextSegment() : Finish();
        !status.ok()) {
      return status;
    }
    if (!goes_on) return false;
  }
}

absl::Status LogReader::ListNewSegments() {
  absl::StatusOr<std::vector<uint32_t>> numbers = ListSegments(*folder_);
  if (!numbers.ok()) return numbers.status();
  for (const uint32_t number : *numbers) {
    if (number == segments_.back() + 1) segments_.push_back(number);
  }
  return absl::OkStatus();
}

absl::Status LogReader::NextSegment() {
  const uint64_t chain = frames_->chain();
  const Lsn lsn = frames_->lsn();
  if (++index_ == segments_.size()) {
    if (absl::Status status = ListNewSegments(); !status.ok()) return status;
  }
  if (index_ == segments_.size()) {
    return absl::DataLossError(
        absl::StrCat(PathOf(*folder_, segments_.back() + 1),
                     " is missing, and ", PathOf(*folder_, segments_.back()),
                     " goes on in it", AtRiskFrom(lsn + 1)));
  }
  absl::Status status = LoadSegment(lsn + 1);
  if (!status.ok()) return status;
  if (header_.chain != chain || header_.first_lsn != lsn + 1) {
    return absl::DataLossError(
        absl::StrCat(PathOf(*folder_, segments_[index_]),
                     " at offset 0: the segment does not follow the one before",
                     AtRiskFrom(lsn + 1)));
  }
  return absl::OkStatus();
}

absl::Status LogReader::Finish() {
  end_ = {.segment = segments_[index_],
          .segment_bytes = header_.bytes,
          .offset = frames_->offset(),
          .chain = frames_->chain(),
          .lsn = frames_->lsn(),
          .closed = frames_->frame().kind == FrameKind::kClose &&
                    frames_->torn_bytes() == 0,
          .schema = header_.schema,
          .last_frame = end_.last_frame,
          .torn_bytes = frames_->torn_bytes(),
          .unfinished_bytes = stream_.unfinished_bytes(),
          .unused_segment = std::nullopt};
  const size_t behind = segments_.size() - index_ - 1;
  if (behind == 0) return absl::OkStatus();
  // A rotation made it durable before the frame that would have named it.
  const uint32_t next = segments_[index_ + 1];
  absl::StatusOr<SegmentHeader> header = ReadHeader(*folder_, store_, next);
  if (!header.ok()) return PutAtRisk(header.status(), frames_->lsn() + 1);
  absl::StatusOr<io::File> file = folder_->OpenToRead(SegmentName(next));
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> bytes = file->ReadAll(header->bytes);
  if (!bytes.ok()) return bytes.status();
  const std::string_view frames =
      std::string_view(*bytes).substr(io::kSectorBytes);
  if (behind > 1 || !io::AllZeros(frames)) {
    return frames_->Damage(
        absl::StrCat("the log ends, and later segments have frames, or bytes "
                     "that are none, as ",
                     file->path()));
  }
  // All before it was durable when it got its name.
  if (header->first_lsn != frames_->lsn() + 1) {
    return frames_->Damage(absl::StrCat("the log ends, and ", file->path(),
                                        " begins with LSN ",
                                        header->first_lsn));
  }
  end_.unused_segment = next;
  return absl::OkStatus();
}

// ---- Items -----------------------------------------------------------------

absl::StatusOr<std::optional<LogItem>> LogReader::Next() {
  for (;;) {
    if (in_frame_) {
      absl::StatusOr<std::optional<LogItem>> record = TakeRecord();
      if (!record.ok() || *record) return record;
    }
    absl::StatusOr<bool> more = NextFrame();
    if (!more.ok()) return more.status();
    if (!*more) return std::optional<LogItem>();
    if (frames_->frame().kind != FrameKind::kRecords) {
      // A closed store has no transaction under way.
      if (frames_->frame().kind == FrameKind::kClose) stream_.DropUnfinished();
      absl::StatusOr<LogItem> state = TakeState();
      if (!state.ok()) return state.status();
      return std::optional<LogItem>(*state);
    }
    stream_.Add(frames_->frame(), frames_->payload());
    in_frame_ = true;
  }
}

LogItem LogReader::ItemAtFrame(LogItem::Kind kind, Lsn lsn,
                               std::string_view bytes) const {
  return {.kind = kind,
          .lsn = lsn,
          .bytes = bytes,
          .segment = header_.number,
          .offset = frames_->frame_offset()};
}

absl::StatusOr<std::optional<LogItem>> LogReader::TakeRecord() {
  if (const auto record = stream_.Next()) {
    return std::optional<LogItem>(
        ItemAtFrame(LogItem::Kind::kRecord, record->lsn, record->body));
  }
  in_frame_ = false;
  if (!stream_.problem().empty()) {
    return frames_->FrameDamage(stream_.problem());
  }
  return std::optional<LogItem>();
}

absl::StatusOr<LogItem> LogReader::TakeState() const {
  std::string_view state = frames_->payload();
  if (frames_->frame().kind == FrameKind::kNext) {
    io::Decoder next(state);
    if (next.Fixed<uint32_t>() != header_.number + 1) {
      return frames_->FrameDamage(
          "the frame names a segment that is not the next");
    }
    state = next.rest();
  }
  return ItemAtFrame(LogItem::Kind::kState, frames_->lsn(), state);
}

absl::Status LogReader::Damage(const LogItem& item,
                               std::string_view what) const {
  return absl::DataLossError(
      absl::StrCat(PathOf(*folder_, item.segment), " at offset ", item.offset,
                   ": ", std::string(what), AtRiskFrom(item.lsn)));
}

}  // namespace orderstore::wal
