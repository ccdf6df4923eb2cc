// Reads arbitrary bytes as the segments of a log and replays what they say.
//
// The first byte chooses the mode and how the rest is cut into segments. In the
// mode that mends, headers, checksums, marks, lengths and the chain are made
// right first, so that the fuzzer is not stopped at the door: what it decides
// is where frames lie, what they say of their records, and the records.

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
#include "recovery/replay.h"
#include "txn/engine.h"
#include "wal/frame.h"
#include "wal/log_reader.h"
#include "wal/memory_files.h"

namespace orderstore {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
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

  absl::StatusOr<wal::LogReader> log =
      wal::LogReader::Open(*folder, TestStore(), 0);
  if (!log.ok()) return;
  std::vector<std::string> bodies;
  for (;;) {
    const auto item = log->Next();
    if (!item.ok()) break;
    if (!*item) {
      Require(log->end().lsn == bodies.size());
      Require(log->end().offset <= log->end().segment_bytes);
      RequireMiddleAgrees(*folder, bodies);
      break;
    }
    if ((*item)->kind != wal::LogItem::Kind::kRecord) continue;
    Require((*item)->lsn == bodies.size() + 1);
    bodies.emplace_back((*item)->bytes);
  }

  const auto engine = txn::Engine::Create({});
  absl::StatusOr<wal::LogReader> again =
      wal::LogReader::Open(*folder, TestStore(), 0);
  Require(again.ok());
  const absl::StatusOr<int64_t> replayed = recovery::Replay(*again, **engine);
  if (!replayed.ok()) return;
  Require(*replayed == static_cast<int64_t>(bodies.size()));
  Require((*engine)->Check().ok());
}

}  // namespace
}  // namespace orderstore

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  orderstore::Run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
