// A log on a simulated disk, and the verbs of its tests.

#ifndef ORDERSTORE_TESTS_WAL_LOG_FIXTURE_H_
#define ORDERSTORE_TESTS_WAL_LOG_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "disk/simulated_disk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/coding.h"
#include "io/file.h"
#include "io/uuid.h"
#include "wal/frame.h"
#include "wal/log_reader.h"
#include "wal/segment_writer.h"

namespace orderstore::wal {

inline constexpr int64_t kSector = io::kSectorBytes;

// Some store's.
inline io::Uuid TestStore() {
  return *io::Uuid::Parse("01234567-89ab-4def-8123-456789abcdef");
}

// Bytes that tell their LSN and their place from others.
inline std::string BodyOf(Lsn lsn, size_t bytes) {
  std::string body(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) {
    body[i] = static_cast<char>(lsn * 31 + i * 7 + i / 251);
  }
  return body;
}

// A record as the stream has it.
inline std::string RecordOf(Lsn lsn, std::string_view body) {
  std::string record;
  io::AppendFixed(record, uint64_t{body.size()});
  io::AppendFixed(record, lsn);
  return record.append(body);
}

struct ReadRecord {
  Lsn lsn;
  std::string body;

  friend bool operator==(const ReadRecord&, const ReadRecord&) = default;
  friend void PrintTo(const ReadRecord& record, std::ostream* out) {
    *out << "LSN " << record.lsn << " of " << record.body.size() << " bytes";
  }
};

// What a log says, up to its end or to its damage.
struct ReadResult {
  absl::Status status;
  std::vector<ReadRecord> records;
  std::vector<std::string> states;
  LogEnd end;

  std::vector<Lsn> lsns() const {
    std::vector<Lsn> all;
    for (const ReadRecord& record : records) all.push_back(record.lsn);
    return all;
  }
};

inline ReadResult ReadFolder(const io::Folder& folder, Lsn after = 0,
                             const io::Uuid& store = TestStore()) {
  ReadResult result;
  absl::StatusOr<LogReader> log = LogReader::Open(folder, store, after);
  result.status = log.status();
  while (result.status.ok()) {
    absl::StatusOr<std::optional<LogItem>> item = log->Next();
    result.status = item.status();
    if (!item.ok() || !*item) break;
    if ((*item)->kind == LogItem::Kind::kRecord) {
      result.records.push_back({(*item)->lsn, std::string((*item)->bytes)});
    } else {
      result.states.emplace_back((*item)->bytes);
    }
  }
  if (result.status.ok()) result.end = log->end();
  return result;
}

// The folder `shop` of a disk.
inline io::Folder OpenShop(io::FileSystem& disk) {
  absl::StatusOr<io::Folder> folder = io::Folder::Open(disk, "shop");
  EXPECT_TRUE(folder.ok()) << folder.status();
  return *std::move(folder);
}

// What the log in a disk's image says.
inline ReadResult ReadImage(const disk::DiskImage& image) {
  disk::SimulatedDisk disk(1);
  disk.Load(image);
  const io::Folder folder = OpenShop(disk);
  return ReadFolder(folder);
}

// DataLoss, and the message names these.
MATCHER_P(IsDamage, part, "") {
  *result_listener << arg;
  return arg.code() == absl::StatusCode::kDataLoss &&
         arg.message().find(part) != std::string_view::npos;
}
MATCHER(IsDamage, "") {
  *result_listener << arg;
  return arg.code() == absl::StatusCode::kDataLoss;
}

class LogTest : public testing::Test {
 protected:
  static constexpr int64_t kSegmentBytes = 4 * kSector;

  explicit LogTest(disk::DiskOptions options = {}) : disk_(1, options) {
    EXPECT_TRUE(io::Folder::Make(disk_, "shop").ok());
    folder_.emplace(OpenShop(disk_));
  }

  disk::SimulatedDisk& disk() { return disk_; }
  const io::Folder& folder() const { return *folder_; }
  SegmentWriter& segments() { return *segments_; }

  static std::string PathOf(uint32_t segment) {
    return "shop/" + SegmentName(segment);
  }

  // ---- Writing ----
  void Create(int64_t segment_bytes = kSegmentBytes) {
    auto made = SegmentWriter::Create(
        folder(), TestStore(), SchemaRevision::kTables, segment_bytes, 0);
    ASSERT_TRUE(made.ok()) << made.status();
    segments_ = *std::move(made);
  }
  // One frame of these bytes of the stream.
  absl::Status WriteFrame(std::string_view payload, Lsn last_lsn,
                          uint32_t continued = 0, bool unfinished = false) {
    return segments_->Write({.unfinished = unfinished,
                             .continued_bytes = continued,
                             .last_lsn = last_lsn},
                            payload);
  }
  // One frame of whole records, the next ones, of these sizes.
  void Write(const std::vector<size_t>& bodies) {
    std::string payload;
    Lsn lsn = segments_->lsn();
    for (const size_t bytes : bodies) {
      ++lsn;
      payload += RecordOf(lsn, BodyOf(lsn, bytes));
    }
    const absl::Status status = WriteFrame(payload, lsn);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Rotate(std::string_view state = "state") {
    ASSERT_TRUE(segments_->Prepare().ok());
    ASSERT_TRUE(segments_->Rotate(state).ok());
  }
  void WriteClosing(std::string_view state = "closed") {
    ASSERT_TRUE(
        segments_
            ->Write({.kind = FrameKind::kClose, .last_lsn = segments_->lsn()},
                    state)
            .ok());
  }

  // ---- Ending and going on ----
  // The process ends, and another one starts.
  void RestartProgram() {
    segments_.reset();
    folder_.reset();
    disk_.RestartProgram();
    folder_.emplace(OpenShop(disk_));
  }
  void CutPower(disk::Survival survival = disk::Survival::kBySeed) {
    segments_.reset();
    folder_.reset();
    disk_.Restart(survival);
    folder_.emplace(OpenShop(disk_));
  }
  absl::Status TryResume(int64_t segment_bytes = kSegmentBytes) {
    const ReadResult read = Read();
    if (!read.status.ok()) return read.status;
    auto resumed =
        SegmentWriter::Resume(folder(), TestStore(), segment_bytes, read.end);
    if (!resumed.ok()) return resumed.status();
    segments_ = *std::move(resumed);
    return absl::OkStatus();
  }
  void Resume(int64_t segment_bytes = kSegmentBytes) {
    const absl::Status status = TryResume(segment_bytes);
    ASSERT_TRUE(status.ok()) << status;
  }

  ReadResult Read(Lsn after = 0) { return ReadFolder(folder(), after); }
  // What it says is `records` and nothing else.
  static std::vector<ReadRecord> Records(const std::vector<size_t>& bodies,
                                         Lsn first = 1) {
    std::vector<ReadRecord> records;
    for (const size_t bytes : bodies) {
      records.push_back({first, BodyOf(first, bytes)});
      ++first;
    }
    return records;
  }

  disk::SimulatedDisk disk_;
  std::optional<io::Folder> folder_;
  std::unique_ptr<SegmentWriter> segments_;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_TESTS_WAL_LOG_FIXTURE_H_
