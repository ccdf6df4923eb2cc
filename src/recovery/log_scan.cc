#include "recovery/log_scan.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/coding.h"
#include "recovery/frame_scan.h"
#include "recovery/problem_of.h"
#include "txn/redo.h"
#include "txn/state_summary.h"
#include "wal/frame.h"
#include "wal/record_stream.h"
#include "wal/segment_reader.h"

namespace orderstore::recovery {
namespace {

using wal::FrameKind;

bool MakesSense(std::string_view body) {
  txn::RedoReader reader(body);
  while (reader.Next()) {
  }
  return reader.done();
}

class LogScanner {
 public:
  LogScanner(const io::Folder& folder, const io::Uuid& store,
             const LogVisitor& visit)
      : folder_(folder), store_(store), visit_(visit) {}

  absl::StatusOr<LogScan> Run();

 private:
  // ---- Segments ----
  absl::Status ScanSegment();
  // Reads the file into bytes_ and its header into header_. False: there is
  // nothing in it that could be of use.
  absl::StatusOr<bool> ReadSegment();
  // All that can be read.
  absl::Status ReadBytes(const io::File& file);
  absl::StatusOr<bool> ReadHeader();
  // Finds out what the segment's frames follow.
  void Link();
  void LinkByChain();
  // The segment before has no frame that names this one.
  bool IsUnused() const;
  void AddMissing(uint32_t first, uint32_t last);
  void EndSegment(int64_t offset);
  void Finish();

  // ---- Frames ----
  int64_t Walk();
  // Goes past what is no whole frame that follows; the next offset, or none if
  // the segment ends here.
  std::optional<int64_t> PassDamage(int64_t offset,
                                    const std::optional<FoundFrame>& found);
  int64_t PassPayload(const FoundFrame& found);
  std::optional<int64_t> PassHeader(int64_t offset);
  // Goes on with a frame that follows nothing.
  void BeginAt(const FoundFrame& found);
  // Whether a crash left what is at the offset, as SegmentReader decides it.
  bool IsTorn(int64_t offset);
  bool Follows(const wal::FrameHeader& frame) const {
    const int64_t bytes = header_ ? header_->bytes : size_;
    return !chain_ ||
           (frame.previous == *chain_ &&
            wal::FitsBehind(frame, lsn_.value_or(frame.first_lsn - 1),
                            static_cast<size_t>(bytes / kSector)));
  }
  void Take(const FoundFrame& found);
  void TakeRecords(const FoundFrame& found);
  void TakeState(const FoundFrame& found);
  void Emit(const FoundFrame& found, const wal::RecordStream::Record& record);

  // ---- Problems ----
  // What comes next does not follow what was.
  void Break() {
    broken_ = true;
    stream_.Break();
  }
  void LoseChain() {
    Break();
    chain_.reset();
  }
  // The transactions behind the last one, up to those before `next`; none if
  // there are none between.
  std::optional<LsnRange> Between(std::optional<Lsn> next) const;
  void AddProblem(std::string file, std::optional<int64_t> offset,
                  std::string what, std::optional<LsnRange> lsns);
  void AddProblemHere(std::optional<int64_t> offset, std::string what,
                      std::optional<LsnRange> lsns) {
    has_damage_ = true;
    AddProblem(wal::SegmentName(number_), offset, std::move(what), lsns);
  }
  // Now it is known where the transactions end that are at risk.
  void CloseRanges(Lsn next);

  const io::Folder& folder_;
  const io::Uuid store_;
  const LogVisitor& visit_;
  LogScan scan_;
  // Problems whose last LSN is not known yet.
  std::vector<size_t> open_;

  // ---- The log so far ----
  // Of the last frame; none: what comes next has nothing to follow.
  std::optional<uint64_t> chain_;
  // The last record that ended, as frames say; none: not known.
  std::optional<Lsn> lsn_;
  wal::RecordStream stream_;
  // The next record begins a stretch.
  bool broken_ = true;
  // What comes now is this store's.
  bool proven_ = true;

  // ---- The segment ----
  uint32_t number_ = 0;
  bool is_first_ = true;
  bool is_last_ = false;
  int64_t size_ = 0;  // of the file
  // All of it, but for what is beyond a segment's end.
  std::string bytes_;
  std::optional<wal::SegmentHeader> header_;
  bool has_damage_ = false;
  // The last frame read says that the log goes on.
  bool goes_on_ = false;
  int64_t torn_bytes_ = 0;
  // Where the frames of the segment before end, if nothing says that the log
  // goes on behind them.
  std::optional<int64_t> open_end_;
};

// ---- Problems --------------------------------------------------------------

std::optional<LsnRange> LogScanner::Between(std::optional<Lsn> next) const {
  const Lsn first = lsn_.value_or(scan_.newest_lsn) + 1;
  if (!next) return LsnRange{first, std::nullopt};
  if (*next <= first) return std::nullopt;
  return LsnRange{first, *next - 1};
}

void LogScanner::AddProblem(std::string file, std::optional<int64_t> offset,
                            std::string what, std::optional<LsnRange> lsns) {
  if (lsns && !lsns->last) open_.push_back(scan_.problems.size());
  scan_.problems.push_back({std::move(file), offset, lsns, std::move(what)});
}

void LogScanner::CloseRanges(Lsn next) {
  for (const size_t index : open_) {
    std::optional<LsnRange>& lsns = scan_.problems[index].lsns;
    if (next > lsns->first) {
      lsns->last = next - 1;
    } else {
      lsns.reset();
    }
  }
  open_.clear();
}

// ---- Segments --------------------------------------------------------------

absl::StatusOr<LogScan> LogScanner::Run() {
  absl::StatusOr<std::vector<uint32_t>> numbers =
      wal::LogReader::ListSegments(folder_);
  if (!numbers.ok()) return numbers.status();
  if (numbers->empty()) {
    AddProblem(wal::SegmentName(1), std::nullopt,
               "is missing: there is no segment of the log",
               LsnRange{1, std::nullopt});
  }
  for (size_t i = 0; i < numbers->size(); ++i) {
    is_first_ = i == 0;
    is_last_ = i + 1 == numbers->size();
    const uint32_t next = number_ + 1;
    number_ = (*numbers)[i];
    if (!is_first_ && number_ != next) AddMissing(next, number_ - 1);
    if (absl::Status status = ScanSegment(); !status.ok()) return status;
    if (!is_last_ || !goes_on_) continue;
    // A writer may have made the next segments since the folder was listed.
    absl::StatusOr<std::vector<uint32_t>> now =
        wal::LogReader::ListSegments(folder_);
    if (!now.ok()) return now.status();
    std::copy_if(now->begin(), now->end(), std::back_inserter(*numbers),
                 [&](uint32_t number) { return number > number_; });
  }
  if (!numbers->empty()) Finish();
  return std::move(scan_);
}

void LogScanner::AddMissing(uint32_t first, uint32_t last) {
  AddProblem(wal::SegmentName(first), std::nullopt,
             first == last
                 ? "is missing, and later segments are there"
                 : absl::StrCat("and those up to ", wal::SegmentName(last),
                                " are missing, and later ones are "
                                "there"),
             Between(std::nullopt));
  goes_on_ = false;
  open_end_.reset();
  LoseChain();
}

absl::Status LogScanner::ScanSegment() {
  header_.reset();
  has_damage_ = false;
  absl::StatusOr<bool> useful = ReadSegment();
  if (!useful.ok()) return useful.status();
  scan_.segments.push_back({.number = number_, .bytes = size_});
  if (!*useful) {
    goes_on_ = false;
    open_end_.reset();
    LoseChain();
    return absl::OkStatus();
  }
  if (IsUnused()) {
    scan_.unused_segment = number_;
    scan_.segments.back().has_header = true;
    scan_.segments.back().first_lsn = header_->first_lsn;
    scan_.segments.back().last_lsn = header_->first_lsn - 1;
    return absl::OkStatus();
  }
  Link();
  ScannedSegment& segment = scan_.segments.back();
  segment.has_header = header_.has_value();
  if (header_) scan_.schema = header_->schema;
  const int64_t end = Walk();
  segment.last_lsn = lsn_.value_or(0);
  EndSegment(end);
  return absl::OkStatus();
}

absl::StatusOr<bool> LogScanner::ReadSegment() {
  bytes_.clear();
  size_ = 0;
  absl::StatusOr<io::File> file = folder_.OpenToRead(wal::SegmentName(number_));
  const absl::StatusOr<int64_t> size =
      file.ok() ? file->Size() : absl::StatusOr<int64_t>(file.status());
  if (absl::IsUnavailable(size.status())) {
    AddProblemHere(0, std::string(size.status().message()),
                   Between(std::nullopt));
    return false;
  }
  if (!size.ok()) return size.status();
  if (*size > wal::kSegmentBytesMax) {
    AddProblemHere(wal::kSegmentBytesMax,
                   absl::StrCat("the file has ", *size,
                                " bytes, more than a segment may have"),
                   Between(std::nullopt));
    return false;
  }
  bytes_.resize(static_cast<size_t>(*size));
  size_ = *size;
  if (absl::Status status = ReadBytes(*file); !status.ok()) return status;
  if (*size < kSector) {
    AddProblemHere(*size, "the file ends in the segment's header",
                   Between(std::nullopt));
    return false;
  }
  return ReadHeader();
}

absl::Status LogScanner::ReadBytes(const io::File& file) {
  absl::Status status = file.ReadAt(0, bytes_);
  if (!absl::IsUnavailable(status)) return status;
  // Some of it cannot be read; each sector by itself then.
  const absl::Status failure = status;
  std::optional<int64_t> first;
  int64_t sectors = 0;
  for (size_t at = 0; at < bytes_.size(); at += io::kSectorBytes) {
    const size_t size = std::min(io::kSectorBytes, bytes_.size() - at);
    const std::span<char> sector(&bytes_[at], size);
    status = file.ReadAt(static_cast<int64_t>(at), sector);
    if (status.ok()) continue;
    if (!absl::IsUnavailable(status)) return status;
    // Neither a frame nor the zeros behind the last one.
    std::fill(sector.begin(), sector.end(), '\xff');
    ++sectors;
    if (!first) first = static_cast<int64_t>(at);
  }
  if (first) {
    AddProblemHere(
        *first,
        absl::StrCat(sectors, sectors == 1 ? " sector" : " sectors",
                     " cannot be read: ", std::string(failure.message())),
        std::nullopt);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> LogScanner::ReadHeader() {
  const std::string path = wal::SegmentName(number_);
  absl::StatusOr<wal::SegmentHeader> header = wal::DecodeSegmentHeader(
      std::string_view(bytes_).substr(0, io::kSectorBytes),
      absl::StrCat(folder_.path(), "/", path));
  if (absl::IsFailedPrecondition(header.status())) return header.status();
  if (!header.ok()) {
    const Problem problem = ProblemOf(header.status(), folder_.path(), path);
    AddProblemHere(problem.offset, problem.what, Between(std::nullopt));
    return true;
  }
  if (header->store != store_) {
    AddProblemHere(
        0,
        absl::StrCat("belongs to the store ", header->store.ToString(),
                     ", not to ", store_.ToString()),
        Between(std::nullopt));
    return false;
  }
  if (header->number != number_) {
    AddProblemHere(
        0, absl::StrCat("is segment ", header->number, " under another name"),
        Between(std::nullopt));
    return false;
  }
  header_ = *header;
  if (size_ > header->bytes) bytes_.resize(static_cast<size_t>(header->bytes));
  return true;
}

bool LogScanner::IsUnused() const {
  return open_end_ && is_last_ && header_ && header_->bytes == size_ &&
         header_->first_lsn - 1 == lsn_ &&
         io::AllZeros(std::string_view(bytes_).substr(io::kSectorBytes));
}

void LogScanner::Link() {
  if (!header_) {
    LinkByChain();
    return;
  }
  const bool follows =
      goes_on_ && chain_ == header_->chain && lsn_ == header_->first_lsn - 1;
  if (open_end_) {
    AddProblem(wal::SegmentName(number_ - 1), open_end_,
               "the log ends here, and later segments go on",
               Between(header_->first_lsn));
  } else if (goes_on_ && chain_ && !follows) {
    AddProblemHere(0, "the segment does not follow the one before",
                   Between(header_->first_lsn));
  }
  if (!follows) Break();
  // The chain leads back from here, so what was before is the store's too.
  if (!broken_) scan_.stretches.back().proven = true;
  // Nothing was before the first of all.
  if (number_ == 1) stream_.DropUnfinished();
  CloseRanges(header_->first_lsn);
  chain_ = header_->chain;
  lsn_ = header_->first_lsn - 1;
  proven_ = true;
  scan_.newest_lsn = std::max(scan_.newest_lsn, header_->first_lsn - 1);
  scan_.segments.back().first_lsn = header_->first_lsn;
  scan_.has_begin |= is_first_ && header_->first_lsn == 1;
}

void LogScanner::LinkByChain() {
  if (is_first_ && number_ == 1) {
    chain_ = wal::FirstChain(store_);
    stream_.DropUnfinished();
    lsn_.reset();
  } else if (!goes_on_ || !chain_) {
    LoseChain();
    proven_ = false;
    lsn_.reset();
  }
  scan_.segments.back().first_lsn = lsn_.value_or(0) + 1;
}

void LogScanner::EndSegment(int64_t offset) {
  const bool is_cut = header_ && size_ < header_->bytes;
  if (header_ && size_ != header_->bytes) {
    AddProblemHere(std::min(size_, header_->bytes),
                   absl::StrCat("the file has ", size_,
                                " bytes, and should have ", header_->bytes),
                   is_cut && !goes_on_ ? Between(std::nullopt) : std::nullopt);
  }
  if (is_cut && !goes_on_) LoseChain();
  open_end_.reset();
  if (!goes_on_ && !has_damage_) open_end_ = offset;
  if (!goes_on_ && has_damage_ && !is_last_) LoseChain();
}

void LogScanner::Finish() {
  scan_.torn_bytes = torn_bytes_;
  // Whatever was lost before: nothing of that is left in the stream.
  scan_.unfinished_bytes = stream_.unfinished_bytes();
  if (goes_on_) {
    AddProblem(wal::SegmentName(number_ + 1), std::nullopt,
               absl::StrCat("is missing, and ", wal::SegmentName(number_),
                            " goes on in it"),
               Between(std::nullopt));
  }
}

// ---- Frames ----------------------------------------------------------------

int64_t LogScanner::Walk() {
  goes_on_ = false;
  torn_bytes_ = 0;
  int64_t offset = kSector;
  for (;;) {
    const std::string_view rest =
        std::string_view(bytes_).substr(static_cast<size_t>(offset));
    if (rest.size() < io::kSectorBytes || io::AllZeros(rest)) return offset;
    if (goes_on_) {
      AddProblemHere(offset, "bytes that are not zero follow the last frame",
                     std::nullopt);
      return offset;
    }
    const std::optional<FoundFrame> found = FrameAt(bytes_, number_, offset);
    if (found && found->whole && Follows(found->header)) {
      Take(*found);
      offset += found->bytes;
      continue;
    }
    const std::optional<int64_t> next = PassDamage(offset, found);
    if (!next) return offset;
    offset = std::min(*next, static_cast<int64_t>(bytes_.size()));
  }
}

std::optional<int64_t> LogScanner::PassDamage(
    int64_t offset, const std::optional<FoundFrame>& found) {
  if (found && found->whole) {
    AddProblemHere(offset, "the frame does not follow the one before",
                   Between(found->header.first_lsn));
    BeginAt(*found);
    if (Follows(found->header)) return offset;
    // It is none that anybody wrote.
    LoseChain();
    return offset + found->bytes;
  }
  // EndSegment says so.
  const bool is_cut = found && found->bytes > size_ - offset;
  if (is_cut && header_ && size_ < header_->bytes) return std::nullopt;
  if (IsTorn(offset)) return std::nullopt;
  if (found && Follows(found->header)) return PassPayload(*found);
  return PassHeader(offset);
}

int64_t LogScanner::PassPayload(const FoundFrame& found) {
  const wal::FrameHeader& frame = found.header;
  std::optional<LsnRange> lsns;
  if (frame.kind == FrameKind::kRecords) {
    const Lsn last = frame.last_lsn + (frame.unfinished ? 1 : 0);
    lsns = {frame.first_lsn, std::max(frame.first_lsn, last)};
    Break();
  }
  AddProblemHere(found.offset, "the frame's payload is damaged", lsns);
  goes_on_ = frame.kind == FrameKind::kNext;
  chain_ = frame.checksum;
  lsn_ = frame.last_lsn;
  scan_.newest_lsn = std::max(scan_.newest_lsn, frame.last_lsn);
  return found.offset + found.bytes;
}

std::optional<int64_t> LogScanner::PassHeader(int64_t offset) {
  const std::optional<FoundFrame> behind =
      WholeFrameBehind(bytes_, number_, offset);
  AddProblemHere(offset, "the frame's header is damaged",
                 Between(behind ? std::optional<Lsn>(behind->header.first_lsn)
                                : std::nullopt));
  LoseChain();
  if (!behind) return std::nullopt;
  BeginAt(*behind);
  return behind->offset;
}

void LogScanner::BeginAt(const FoundFrame& found) {
  Break();
  chain_ = found.header.previous;
  lsn_ = found.header.first_lsn - 1;
  proven_ = header_.has_value();
}

bool LogScanner::IsTorn(int64_t offset) {
  if (!header_ || has_damage_ || size_ != header_->bytes) return false;
  wal::SegmentReader reader(bytes_, *header_, "");
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) more = reader.Next();
  if (!more.ok() || reader.offset() != offset) return false;
  torn_bytes_ = reader.torn_bytes();
  return torn_bytes_ > 0;
}

void LogScanner::Take(const FoundFrame& found) {
  const wal::FrameHeader& frame = found.header;
  if (!lsn_) scan_.segments.back().first_lsn = frame.first_lsn;
  scan_.has_begin |= is_first_ && !lsn_ && proven_ && frame.first_lsn == 1;
  CloseRanges(frame.first_lsn);
  chain_ = frame.checksum;
  lsn_ = frame.last_lsn;
  scan_.newest_lsn = std::max(scan_.newest_lsn, frame.last_lsn);
  if (frame.kind == FrameKind::kRecords) {
    TakeRecords(found);
  } else {
    TakeState(found);
  }
}

void LogScanner::TakeRecords(const FoundFrame& found) {
  const wal::FrameHeader& frame = found.header;
  stream_.Add(frame, found.payload);
  while (const auto record = stream_.Next()) Emit(found, *record);
  if (stream_.problem().empty()) return;
  AddProblemHere(
      found.offset, stream_.problem(),
      LsnRange{frame.first_lsn, std::max(frame.first_lsn, frame.last_lsn)});
  Break();
}

void LogScanner::Emit(const FoundFrame& found,
                      const wal::RecordStream::Record& record) {
  if (!MakesSense(record.body)) {
    AddProblemHere(found.offset, "the record makes no sense",
                   LsnRange{record.lsn, record.lsn});
    broken_ = true;
    return;
  }
  if (broken_) {
    scan_.stretches.push_back({record.lsn, record.lsn, proven_});
  }
  broken_ = false;
  scan_.stretches.back().last = record.lsn;
  visit_(scan_.stretches.size() - 1, {.kind = wal::LogItem::Kind::kRecord,
                                      .lsn = record.lsn,
                                      .bytes = record.body,
                                      .segment = number_,
                                      .offset = found.offset});
}

void LogScanner::TakeState(const FoundFrame& found) {
  std::string_view state = found.payload;
  if (found.header.kind == FrameKind::kNext) {
    goes_on_ = true;
    io::Decoder next(state);
    if (next.Fixed<uint32_t>() != number_ + 1) {
      AddProblemHere(found.offset,
                     "the frame names a segment that is not the next",
                     std::nullopt);
    }
    state = next.rest();
  } else {
    // A closed store has no transaction under way.
    stream_.DropUnfinished();
  }
  if (!txn::StateSummary::Decode(state)) {
    AddProblemHere(found.offset, "the state makes no sense", std::nullopt);
  } else if (!broken_) {
    visit_(scan_.stretches.size() - 1, {.kind = wal::LogItem::Kind::kState,
                                        .lsn = found.header.last_lsn,
                                        .bytes = state,
                                        .segment = number_,
                                        .offset = found.offset});
  }
}

}  // namespace

absl::StatusOr<LogScan> ScanLog(const io::Folder& folder, const io::Uuid& store,
                                const LogVisitor& visit) {
  return LogScanner(folder, store, visit).Run();
}

}  // namespace orderstore::recovery
