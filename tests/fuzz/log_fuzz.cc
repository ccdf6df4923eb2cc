// Reads arbitrary bytes as the segments of a log, scans them for what is left
// of one, and replays what they say.
//
// The first byte chooses the mode and how the rest is cut into segments. In the
// mode that mends, headers, checksums, marks, lengths and the chain are made
// right first, so that the fuzzer is not stopped at the door: what it decides
// is where frames lie, what they say of their records, and the records.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "io/checksum.h"
#include "io/coding.h"
#include "io/file.h"
#include "recovery/log_scan.h"
#include "recovery/replay.h"
#include "txn/engine.h"
#include "txn/redo.h"
#include "txn/state_summary.h"
#include "wal/frame.h"
#include "wal/log_reader.h"
#include "wal/memory_files.h"

namespace orderstore {
namespace {

void Require(bool holds, int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "line %d: this does not hold\n", line);
  std::abort();
}

io::Uuid TestStore() {
  return *io::Uuid::Parse("01234567-89ab-4def-8123-456789abcdef");
}

// A frame of the mended log as the input has it, without what is computed:
//
//   kind and flags (1), how the LSNs are counted (1), payload bytes (2),
//   continued bytes (2), payload
//
// Where the input ends, the log does.
class Mender {
 public:
  explicit Mender(std::string_view input) : input_(input) {}

  std::vector<std::string> Segments() {
    chain_ = wal::FirstChain(TestStore());
    while (!input_.Done() && segments_.size() < 6) AddSegment();
    if (segments_.empty()) AddSegment();
    return std::move(segments_);
  }

 private:
  struct Input {
    explicit Input(std::string_view bytes) : decoder(bytes) {}
    bool Done() const { return decoder.rest().empty(); }
    template <typename Number>
    Number Take() {
      return decoder.Fixed<Number>();
    }
    io::Decoder decoder;
  };

  void AddSegment() {
    number_ = static_cast<uint32_t>(segments_.size() + 1);
    std::string segment(kSegmentBytes, '\0');
    wal::EncodeSegmentHeader({.store = TestStore(),
                              .number = number_,
                              .bytes = kSegmentBytes,
                              .first_lsn = lsn_ + 1,
                              .chain = chain_},
                             segment.data());
    sector_ = 1;
    bool goes_on = true;
    while (goes_on && !input_.Done()) goes_on = AddFrame(segment);
    segments_.push_back(std::move(segment));
  }

  // False: the segment has ended.
  bool AddFrame(std::string& segment) {
    const auto what = input_.Take<uint8_t>();
    const auto count = input_.Take<uint8_t>();
    const auto asked = input_.Take<uint16_t>();
    const auto continued = input_.Take<uint16_t>();
    const size_t sectors = kSegmentBytes / io::kSectorBytes - sector_;
    if (sectors == 0) return false;
    // The last sector names the next segment, unless the fuzzer says so before.
    const bool ends = sectors == 1 || what % 16 == 2;
    const size_t room = ends ? 80 : wal::PayloadRoom(sectors - 1);
    const size_t size = std::min<size_t>(asked, room);
    std::string payload;
    if (ends) io::AppendFixed(payload, number_ + 1);
    payload +=
        input_.decoder.Bytes(std::min(size, input_.decoder.rest().size()));
    wal::FrameHeader frame{.kind = ends             ? wal::FrameKind::kNext
                                   : what % 16 == 3 ? wal::FrameKind::kClose
                                                    : wal::FrameKind::kRecords,
                           .segment = number_,
                           .sector = static_cast<uint32_t>(sector_),
                           .first_lsn = lsn_ + 1,
                           .last_lsn = lsn_,
                           .previous = chain_};
    if (frame.kind == wal::FrameKind::kRecords) {
      frame.unfinished = (what & 0x80) != 0;
      frame.continued_bytes =
          static_cast<uint32_t>(std::min<size_t>(continued, payload.size()));
      if ((what & 0x40) == 0) {
        MendRecords(frame, payload);
      } else {
        frame.last_lsn += count;
      }
    }
    wal::EncodeFrame(frame, payload, &segment[sector_ * io::kSectorBytes]);
    chain_ = frame.checksum;
    lsn_ = frame.last_lsn;
    sector_ += wal::SectorsOf(payload.size());
    return !ends;
  }

  // Makes the header say what the payload has: one record, whose body is all of
  // it, or two halves.
  void MendRecords(wal::FrameHeader& frame, std::string& payload) {
    const std::string_view all = payload;
    std::string records;
    const size_t first = frame.unfinished ? all.size() / 2 : all.size();
    for (const std::string_view body :
         {all.substr(0, first), all.substr(first)}) {
      if (body.empty() && !records.empty()) continue;
      io::AppendFixed(records, uint64_t{body.size()});
      io::AppendFixed(records, ++frame.last_lsn);
      records += body;
    }
    frame.unfinished = false;
    frame.continued_bytes = 0;
    // What does not fit any more ends the frame early, and wrongly.
    const size_t sectors = kSegmentBytes / io::kSectorBytes - sector_;
    payload = records.substr(0, wal::PayloadRoom(sectors - 1));
  }

  static constexpr int64_t kSegmentBytes = 4 * io::kSectorBytes;

  Input input_;
  std::vector<std::string> segments_;
  uint32_t number_ = 0;
  size_t sector_ = 1;
  wal::Lsn lsn_ = 0;
  uint64_t chain_ = 0;
};

// The bytes as they are, in files of so many sectors.
std::vector<std::string> RawSegments(std::string_view input, size_t sectors) {
  std::vector<std::string> segments;
  const size_t size = sectors * io::kSectorBytes;
  while (!input.empty() && segments.size() < 4) {
    segments.emplace_back(input.substr(0, size));
    input.remove_prefix(segments.back().size());
  }
  return segments;
}

// Puts zeros between the blocks that the input has: two bytes of place, then
// 512 of a block, as often as there are some.
std::vector<std::string> SparseSegment(std::string_view input) {
  std::string segment(16 * io::kSectorBytes, '\0');
  wal::EncodeSegmentHeader({.store = TestStore(),
                            .number = 1,
                            .bytes = static_cast<int64_t>(segment.size()),
                            .chain = wal::FirstChain(TestStore())},
                           segment.data());
  io::Decoder decoder(input);
  while (!decoder.rest().empty()) {
    const size_t block = 8 + decoder.Fixed<uint8_t>() % 120;
    const std::string_view bytes =
        decoder.Bytes(std::min(decoder.rest().size(), wal::kBlockBytes));
    segment.replace(block * wal::kBlockBytes, bytes.size(), bytes);
    // A header at a sector's begin gets its checksum, and blocks their marks.
    char* const at = &segment[block * wal::kBlockBytes];
    if (block % 8 == 0) io::PutFixed(at + 56, io::Checksum({at, 56}));
    if (bytes.size() == wal::kBlockBytes) at[wal::kBlockPayload] = wal::kMark;
  }
  return {segment};
}

// The records from `after` on are those that a reader from the begin gives.
void RequireMiddleAgrees(const io::Folder& folder,
                         const std::vector<std::string>& bodies) {
  for (const wal::Lsn after : {bodies.size() / 2, bodies.size()}) {
    absl::StatusOr<wal::LogReader> log =
        wal::LogReader::Open(folder, TestStore(), after);
    Require(log.ok());
    wal::Lsn last = 0;
    for (;;) {
      const auto item = log->Next();
      Require(item.ok());
      if (!*item) break;
      if ((*item)->kind != wal::LogItem::Kind::kRecord) continue;
      Require(last == 0 || (*item)->lsn == last + 1);
      last = (*item)->lsn;
      Require(last >= 1 && last <= bodies.size());
      Require((*item)->bytes == bodies[last - 1]);
    }
    Require(log->end().lsn == bodies.size());
  }
}

// Whether the body of a record is one. If so, what it says can be written down
// again, and then says the same.
bool IsChanges(std::string_view body) {
  std::vector<txn::RedoOp> ops;
  txn::RedoReader reader(body);
  while (const std::optional<txn::RedoOp> op = reader.Next()) {
    ops.push_back(*op);
  }
  if (!reader.done()) return false;
  txn::Redo redo;
  for (const txn::RedoOp& op : ops) redo.Add(op);
  txn::RedoReader again(redo.body());
  for (const txn::RedoOp& op : ops) Require(again.Next() == op);
  Require(!again.Next() && again.done());
  return true;
}

// What a LogReader reads of a log.
struct WholeLog {
  std::vector<std::string> bodies;
  bool ends = false;        // none: it was stopped by damage
  bool makes_sense = true;  // all records and states
  wal::LogEnd end;
};

WholeLog ReadLog(const io::Folder& folder) {
  WholeLog read;
  absl::StatusOr<wal::LogReader> log =
      wal::LogReader::Open(folder, TestStore(), 0);
  while (log.ok()) {
    const auto item = log->Next();
    if (!item.ok()) break;
    if (!*item) {
      read.ends = true;
      read.end = log->end();
      break;
    }
    if ((*item)->kind == wal::LogItem::Kind::kState) {
      read.makes_sense &= txn::StateSummary::Decode((*item)->bytes).has_value();
      continue;
    }
    Require((*item)->lsn == read.bodies.size() + 1);
    read.makes_sense &= IsChanges((*item)->bytes);
    read.bodies.emplace_back((*item)->bytes);
  }
  return read;
}

// The scan goes through anything. It has a problem with a log if and only if a
// reader has, and else the same records.
void RequireScanAgrees(const io::Folder& folder, const WholeLog& read) {
  std::vector<recovery::Stretch> seen;
  std::vector<std::string> bodies;
  const auto visit = [&](size_t stretch, const wal::LogItem& item) {
    if (item.kind == wal::LogItem::Kind::kState) return;
    if (stretch == seen.size()) {
      seen.push_back({item.lsn, item.lsn - 1});
      bodies.clear();
    }
    Require(stretch + 1 == seen.size());
    Require(item.lsn == ++seen.back().last);
    bodies.emplace_back(item.bytes);
  };
  const absl::StatusOr<recovery::LogScan> scan =
      recovery::ScanLog(folder, TestStore(), visit);
  if (!scan.ok()) {
    Require(absl::IsFailedPrecondition(scan.status()) && !read.ends);
    return;
  }
  Require(scan->stretches.size() == seen.size());
  for (size_t i = 0; i < seen.size(); ++i) {
    Require(scan->stretches[i].first == seen[i].first);
    Require(scan->stretches[i].last == seen[i].last);
    Require(seen[i].last <= scan->newest_lsn);
  }
  Require(scan->problems.empty() == (read.ends && read.makes_sense));
  if (!scan->problems.empty()) return;
  Require(scan->has_begin);
  Require(scan->newest_lsn == read.bodies.size());
  Require(scan->torn_bytes == read.end.torn_bytes);
  Require(scan->unfinished_bytes == read.end.unfinished_bytes);
  Require(scan->unused_segment == read.end.unused_segment);
  Require(scan->stretches.size() == (read.bodies.empty() ? 0 : 1));
  if (read.bodies.empty()) return;
  Require(scan->stretches[0] == recovery::Stretch{1, read.bodies.size(), true});
  Require(bodies == read.bodies);
}

void Run(uint8_t mode, std::string_view input) {
  wal::MemoryFiles files;
  const std::vector<std::string> segments =
      mode % 4 == 0   ? RawSegments(input, 4 + mode / 4 % 8)
      : mode % 4 == 1 ? SparseSegment(input)
                      : Mender(input).Segments();
  for (const std::string& segment : segments) {
    const auto number = static_cast<uint32_t>(files.files.size() + 1);
    files.files[wal::SegmentName(number)] = segment;
  }
  const absl::StatusOr<io::Folder> folder = io::Folder::Open(files, "shop");

  const WholeLog read = ReadLog(*folder);
  if (read.ends) {
    Require(read.end.lsn == read.bodies.size());
    Require(read.end.offset <= read.end.segment_bytes);
    RequireMiddleAgrees(*folder, read.bodies);
  }
  RequireScanAgrees(*folder, read);

  const auto engine = txn::Engine::Create({});
  absl::StatusOr<wal::LogReader> again =
      wal::LogReader::Open(*folder, TestStore(), 0);
  if (!again.ok()) return;
  const absl::StatusOr<int64_t> replayed = recovery::Replay(*again, **engine);
  if (!replayed.ok()) return;
  Require(read.ends && read.makes_sense);
  Require(*replayed == static_cast<int64_t>(read.bodies.size()));
  Require((*engine)->Check().ok());
}

}  // namespace
}  // namespace orderstore

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  orderstore::Run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
