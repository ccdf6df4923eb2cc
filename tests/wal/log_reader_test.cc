#include "wal/log_reader.h"

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "wal/log_fixture.h"

namespace orderstore::wal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LogReaderTest : public LogTest {
 protected:
  // A record of three frames in as many segments: LSN 2 of 1, 2, 3.
  void WriteAcrossSegments() {
    Create();
    Write({100});
    const std::string body = BodyOf(2, 9000);
    const std::string record = RecordOf(2, body);
    const size_t one = PayloadRoom(1);
    const size_t two = PayloadRoom(2);
    ASSERT_TRUE(WriteFrame(record.substr(0, one), 1, 0, true).ok());
    Rotate();
    ASSERT_TRUE(WriteFrame(record.substr(one, one), 1, one, true).ok());
    const auto rest = static_cast<uint32_t>(record.size() - 2 * one);
    ASSERT_LT(rest, two);
    const std::string third = RecordOf(3, BodyOf(3, 50));
    ASSERT_TRUE(WriteFrame(record.substr(2 * one) + third, 3, rest).ok());
    Rotate();
    Write({60, 70});
  }
  static std::vector<ReadRecord> AcrossSegments() {
    return Records({100, 9000, 50, 60, 70});
  }
};

TEST_F(LogReaderTest, AnEmptyLogEndsAtItsFirstFrame) {
  Create();
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.records, IsEmpty());
  EXPECT_EQ(read.end.segment, 1u);
  EXPECT_EQ(read.end.offset, kSector);
  EXPECT_EQ(read.end.segment_bytes, kSegmentBytes);
  EXPECT_EQ(read.end.lsn, 0u);
  EXPECT_EQ(read.end.chain, FirstChain(TestStore()));
  EXPECT_EQ(read.end.last_frame.bytes, 0u);
  EXPECT_FALSE(read.end.closed);
}

TEST_F(LogReaderTest, ReadsManyRecordsOfAFrame) {
  Create();
  Write({0, 1, 200, 0});
  Write({3});
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records, Records({0, 1, 200, 0, 3}));
  EXPECT_EQ(read.end.lsn, 5u);
  EXPECT_EQ(read.end.offset, 3 * kSector);
  EXPECT_EQ(read.end.last_frame.segment, 1u);
  EXPECT_EQ(read.end.last_frame.offset, 2 * kSector);
  EXPECT_EQ(read.end.last_frame.bytes, size_t{kSector});
}

TEST_F(LogReaderTest, ReadsRecordsThatSpanFramesAndSegments) {
  WriteAcrossSegments();
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records, AcrossSegments());
  EXPECT_THAT(read.states, ElementsAre("state", "state"));
  EXPECT_EQ(read.end.segment, 3u);
}

TEST_F(LogReaderTest, TheLastFrameMayBeInTheSegmentBefore) {
  Create();
  Write({100});
  Rotate();
  const LogEnd end = Read().end;
  EXPECT_EQ(end.segment, 2u);
  EXPECT_EQ(end.offset, kSector);
  EXPECT_EQ(end.last_frame.segment, 1u);
  EXPECT_EQ(end.last_frame.offset, 2 * kSector);
}

TEST_F(LogReaderTest, AClosedLogSaysSo) {
  Create(8 * kSector);
  Write({10});
  WriteClosing("the end");
  ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_TRUE(read.end.closed);
  EXPECT_THAT(read.states, ElementsAre("the end"));
  Resume();
  Write({20});
  read = Read();
  EXPECT_FALSE(read.end.closed);
  EXPECT_EQ(read.records, Records({10, 20}));
}

// ---- Records that a crash cut off ------------------------------------------

TEST_F(LogReaderTest, ARecordWithoutItsLastFrameIsLeftOut) {
  Create();
  Write({10});
  const std::string record = RecordOf(2, BodyOf(2, 5000));
  ASSERT_TRUE(WriteFrame(record.substr(0, 2000), 1, 0, true).ok());
  RestartProgram();
  ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records, Records({10}));
  EXPECT_EQ(read.end.unfinished_bytes, 2000);
  EXPECT_EQ(read.end.lsn, 1u);

  // A new one takes its LSN.
  Resume(8 * kSector);
  Rotate();
  Write({30});
  read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records, Records({10, 30}));
  EXPECT_EQ(read.end.unfinished_bytes, 0);
  // And is found from the middle, too.
  EXPECT_EQ(Read(1).records, Records({10, 30}));
}

TEST_F(LogReaderTest, AClosingFrameEndsWhatWasUnfinished) {
  Create(8 * kSector);
  ASSERT_TRUE(
      WriteFrame(RecordOf(1, BodyOf(1, 50)).substr(0, 20), 0, 0, true).ok());
  RestartProgram();
  Resume();
  WriteClosing();
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.end.unfinished_bytes, 0);
  ASSERT_TRUE(WriteFrame(RecordOf(1, BodyOf(1, 50)).substr(20), 1, 46).ok());
  EXPECT_THAT(Read().status, IsDamage("no begin"));
}

// ---- Beginning in the middle -----------------------------------------------

TEST_F(LogReaderTest, BeginsInTheSegmentWhereTheNextRecordBegins) {
  WriteAcrossSegments();
  const std::vector<ReadRecord> all = AcrossSegments();
  for (Lsn after = 0; after <= 5; ++after) {
    SCOPED_TRACE(after);
    const ReadResult read = Read(after);
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_EQ(read.end.lsn, 5u);
    ASSERT_FALSE(read.records.empty());
    // All that is asked for, and some before it.
    EXPECT_LE(read.records.front().lsn, after + 1);
    EXPECT_EQ(read.records,
              std::vector<ReadRecord>(
                  all.end() - static_cast<ptrdiff_t>(read.records.size()),
                  all.end()));
  }
  // Segment 2 is not enough for LSN 2, which begins in the first; it is for 3.
  EXPECT_EQ(Read(1).records.front().lsn, 1u);
  EXPECT_EQ(Read(2).records.front().lsn, 3u);
  EXPECT_EQ(Read(3).records.front().lsn, 3u);
  EXPECT_EQ(Read(4).records.front().lsn, 4u);
}

TEST_F(LogReaderTest, OldSegmentsMayBeGone) {
  WriteAcrossSegments();
  disk().RemoveFile(PathOf(1));
  EXPECT_THAT(Read(2).lsns(), ElementsAre(3, 4, 5));
  EXPECT_THAT(Read(0).lsns(), ElementsAre(3, 4, 5));
  disk().RemoveFile(PathOf(2));
  EXPECT_THAT(Read(3).lsns(), ElementsAre(4, 5));
  const absl::Status status = Read(2).status;
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("begins with LSN 4 in shop/0000000003.log; the "
                        "transactions from LSN 3 to 3 are not there"));
}

TEST_F(LogReaderTest, SkippedFramesStillEndWhatTheySay) {
  Create(8 * kSector);
  Write({10});
  Rotate();
  // Belongs to a record that began before, so they say; but ends none.
  ASSERT_TRUE(WriteFrame(std::string(100, 'x'), 2, 100, true).ok());
  EXPECT_THAT(Read(2).status, IsDamage("has not the records that it names"));
}

// ---- Segments that are missing, foreign, renamed ---------------------------

TEST_F(LogReaderTest, AFolderWithoutSegmentsIsDamaged) {
  EXPECT_THAT(Read(7).status, IsDamage("shop has no segment of the log; "
                                       "transactions from LSN 8 on"));
}

TEST_F(LogReaderTest, AMissingSegmentIsDamage) {
  WriteAcrossSegments();
  disk().RemoveFile(PathOf(2));
  EXPECT_THAT(Read().status,
              IsDamage("shop/0000000002.log is missing, and later"));
}

TEST_F(LogReaderTest, AMissingLastSegmentIsDamage) {
  WriteAcrossSegments();
  disk().RemoveFile(PathOf(3));
  const ReadResult read = Read();
  EXPECT_THAT(read.status, IsDamage("shop/0000000003.log is missing, and "
                                    "shop/0000000002.log goes on in it; "
                                    "transactions from LSN 4 on are at risk"));
  EXPECT_THAT(read.lsns(), ElementsAre(1, 2, 3));
}

TEST_F(LogReaderTest, ASegmentOfAnotherStoreIsDamage) {
  WriteAcrossSegments();
  const io::Uuid other = io::Uuid::Random();
  const absl::Status status = ReadFolder(folder(), 0, other).status;
  EXPECT_THAT(status,
              IsDamage("belongs to the store " + TestStore().ToString() +
                       ", not to " + other.ToString()));
}

TEST_F(LogReaderTest, ARenamedSegmentIsDamage) {
  WriteAcrossSegments();
  const std::string two = disk().Bytes(PathOf(2));
  disk().SetBytes(PathOf(2), disk().Bytes(PathOf(3)));
  disk().SetBytes(PathOf(3), two);
  EXPECT_THAT(Read().status,
              IsDamage("0000000003.log at offset 0: the file is segment 2 under"
                       " another name; transactions from LSN 1 on are"));
}

TEST_F(LogReaderTest, ASegmentOfAnotherLengthIsDamage) {
  WriteAcrossSegments();
  const disk::DiskImage good = disk().Image();
  for (const int64_t bytes :
       {int64_t{0}, int64_t{1}, kSector - 1, kSector, kSegmentBytes - 1,
        kSegmentBytes + 1, 2 * kSegmentBytes}) {
    disk().Load(good);
    folder_.emplace(OpenShop(disk_));
    disk().TruncateFile(PathOf(2), bytes);
    EXPECT_THAT(Read().status, IsDamage("shop/0000000002.log at offset"))
        << bytes;
  }
}

TEST_F(LogReaderTest, ASegmentFromAnotherHistoryDoesNotFollow) {
  WriteAcrossSegments();
  const std::string three = disk().Bytes(PathOf(3));
  // The same store, restored from a copy and then used otherwise.
  for (uint32_t number : {2u, 3u}) disk().RemoveFile(PathOf(number));
  disk().RemoveFile(PathOf(1));
  Create();
  Write({100});
  Rotate();
  Write({8, 9});
  Rotate();
  EXPECT_TRUE(Read().status.ok());
  disk().SetBytes(PathOf(3), three);
  EXPECT_THAT(Read().status,
              IsDamage("0000000003.log at offset 0: the segment does not "
                       "follow the one before; transactions from LSN 4 on"));
}

TEST_F(LogReaderTest, OtherFilesAreNotLookedAt) {
  WriteAcrossSegments();
  for (const char* name : {"STORE", "LOCK", "0000000004.log.tmp", "4.log",
                           "0000000000.log", "notes.txt"}) {
    disk().SetBytes(std::string("shop/") + name, "?");
  }
  EXPECT_TRUE(Read().status.ok());
}

// ---- A rotation that was cut off -------------------------------------------

TEST_F(LogReaderTest, ASegmentThatNothingNamesYetIsUnused) {
  Create();
  Write({10});
  const std::string before = disk().Bytes(PathOf(1));
  Rotate();
  disk().SetBytes(PathOf(1), before);
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records, Records({10}));
  EXPECT_EQ(read.end.unused_segment, 2u);
  EXPECT_EQ(read.end.segment, 1u);
}

TEST_F(LogReaderTest, AnUnusedSegmentWithFramesIsDamage) {
  Create();
  Write({10});
  const std::string before = disk().Bytes(PathOf(1));
  Rotate();
  Write({20});
  disk().SetBytes(PathOf(1), before);
  EXPECT_THAT(Read().status,
              IsDamage("0000000001.log at offset 8192: the log ends, and later "
                       "segments have frames, or bytes that are none, as "
                       "shop/0000000002.log; transactions from LSN 2"));
}

TEST_F(LogReaderTest, AnUnusedSegmentThatBeginsBehindAHoleIsDamage) {
  Create();
  Write({10});
  const std::string before = disk().Bytes(PathOf(1));
  Write({20});
  Rotate();
  // As zeros where the last frame was: not what a crash leaves.
  disk().SetBytes(PathOf(1), before);
  EXPECT_THAT(Read().status,
              IsDamage("0000000001.log at offset 8192: the log ends, and "
                       "shop/0000000002.log begins with LSN 3; transactions "
                       "from LSN 2 on are at risk"));
}

TEST_F(LogReaderTest, FindsSegmentsThatAWriterMakesMeanwhile) {
  Create();
  Write({10});
  Rotate();
  Write({20});
  const io::Folder folder = OpenShop(disk());
  LogReader reader = LogReader::Open(folder, TestStore(), 0).value();
  Rotate();
  Write({30});
  Lsn last = 0;
  for (;;) {
    const absl::StatusOr<std::optional<LogItem>> item = reader.Next();
    ASSERT_TRUE(item.ok()) << item.status();
    if (!*item) break;
    last = (*item)->lsn;
  }
  EXPECT_EQ(last, 3u);
}

TEST_F(LogReaderTest, TwoUnusedSegmentsAreDamage) {
  Create();
  Write({10});
  const std::string before = disk().Bytes(PathOf(1));
  Rotate();
  Rotate();
  disk().SetBytes(PathOf(1), before);
  EXPECT_THAT(Read().status, IsDamage("the log ends, and later segments"));
}

TEST_F(LogReaderTest, ADamagedUnusedSegmentIsDamage) {
  Create();
  const std::string before = disk().Bytes(PathOf(1));
  Rotate();
  disk().SetBytes(PathOf(1), before);
  disk().FlipBit(PathOf(2), 99);
  EXPECT_THAT(Read().status, IsDamage("shop/0000000002.log at offset 0"));
}

TEST_F(LogReaderTest, TheEndFrameNamesTheNextSegment) {
  Create();
  Write({10});
  std::string payload;
  io::AppendFixed(payload, uint32_t{3});
  ASSERT_TRUE(segments()
                  .Write({.kind = FrameKind::kNext, .last_lsn = 1}, payload)
                  .ok());
  EXPECT_THAT(
      Read().status,
      IsDamage("0000000001.log at offset 8192: the frame names a "
               "segment that is not the next; transactions from LSN 2"));
}

// ---- Frames whose records are not what they say ----------------------------

TEST_F(LogReaderTest, ALaterDamageNamesTheLsnsOfItsFrame) {
  Create(16 * kSector);
  Write({1, 2, 3});
  const std::string hole = RecordOf(4, "four") + RecordOf(6, "six");
  ASSERT_TRUE(WriteFrame(hole, 6).ok());
  ASSERT_TRUE(WriteFrame(RecordOf(7, "seven"), 7).ok());
  const ReadResult read = Read();
  EXPECT_THAT(read.status,
              IsDamage("shop/0000000001.log at offset 8192: the record after "
                       "LSN 4 has LSN 6; transactions from LSN 4 to at least 7 "
                       "are at risk"));
  EXPECT_THAT(read.lsns(), ElementsAre(1, 2, 3, 4));
}

TEST_F(LogReaderTest, AFrameHasTheRecordsThatItNames) {
  const std::string one = RecordOf(1, BodyOf(1, 100));
  struct Case {
    std::string payload;
    Lsn last_lsn;
    uint32_t continued;
    bool unfinished;
  };
  const std::vector<Case> wrong = {
      {one, 2, 0, false},                      // one too few
      {one, 0, 0, false},                      // one too many
      {one, 1, 0, true},                       // finished
      {one.substr(0, 50), 0, 0, false},        // unfinished
      {one.substr(0, 15), 0, 0, false},        // not even a header
      {one + "rest", 1, 0, false},             // more than a record
      {RecordOf(2, "x"), 1, 0, false},         // another LSN
      {std::string(16, '\xff'), 1, 0, false},  // longer than the log
      {"", 1, 0, false},                       // none
  };
  for (const Case& frame : wrong) {
    SCOPED_TRACE(&frame - wrong.data());
    Create();
    ASSERT_TRUE(WriteFrame(frame.payload, frame.last_lsn, frame.continued,
                           frame.unfinished)
                    .ok());
    EXPECT_THAT(Read().status, IsDamage("at offset 4096"));
    disk().RemoveFile(PathOf(1));
  }
}

TEST_F(LogReaderTest, AFrameContinuesARecordUpToItsEnd) {
  const std::string one = RecordOf(1, BodyOf(1, 100));
  const std::string two = RecordOf(2, BodyOf(2, 10));
  const auto status = [&](std::string_view rest, Lsn last_lsn,
                          uint32_t continued, bool unfinished = false) {
    Create();
    EXPECT_TRUE(WriteFrame(one.substr(0, 50), 0, 0, true).ok());
    EXPECT_TRUE(WriteFrame(rest, last_lsn, continued, unfinished).ok());
    const absl::Status read = Read().status;
    disk().RemoveFile(PathOf(1));
    return read;
  };
  EXPECT_TRUE(status(one.substr(50), 1, 66).ok());
  EXPECT_TRUE(status(one.substr(50) + two, 2, 66).ok());
  EXPECT_TRUE(status(one.substr(50, 30), 0, 30, true).ok());
  EXPECT_THAT(status(one.substr(50) + two, 2, 65), IsDamage("beyond its end"));
  EXPECT_THAT(status(one.substr(50) + two, 2, 67), IsDamage("beyond its end"));
  EXPECT_THAT(status(one.substr(50, 30), 0, 29, true), IsDamage("up to it"));
}

TEST_F(LogReaderTest, AFrameContinuesNothingAtTheBeginOfTheLog) {
  Create();
  const std::string two = RecordOf(2, BodyOf(2, 10));
  ASSERT_TRUE(WriteFrame("rest" + two, 2, 4).ok());
  EXPECT_THAT(Read().status, IsDamage());
}

// ---- Errors of calls -------------------------------------------------------

TEST_F(LogReaderTest, ACallThatFailsIsNoDamage) {
  WriteAcrossSegments();
  const int64_t before = disk().CallCount();
  ASSERT_TRUE(Read().status.ok());
  const int64_t calls = disk().CallCount() - before;
  ASSERT_GT(calls, 10);
  for (int64_t call = 1; call <= calls; ++call) {
    disk().FailCall(call, EIO);
    EXPECT_EQ(Read().status.code(), absl::StatusCode::kUnavailable) << call;
    disk().ClearFaults();
  }
  for (const disk::Call kind :
       {disk::Call::kList, disk::Call::kOpen, disk::Call::kRead}) {
    for (int64_t nth = 1; nth <= disk().CallCount(kind); ++nth) {
      disk().FailCall(kind, nth, EINTR);
      EXPECT_EQ(Read().records, AcrossSegments()) << NameOf(kind) << nth;
      disk().ClearFaults();
      if (nth == 10) break;
    }
  }
  disk().ShortCall(disk::Call::kRead, 1, 1000, /*lasting=*/true);
  EXPECT_EQ(Read().records, AcrossSegments());
}

}  // namespace
}  // namespace orderstore::wal
