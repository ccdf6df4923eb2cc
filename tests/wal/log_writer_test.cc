#include "wal/log_writer.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/seeded_random.h"
#include "store/session.h"
#include "wal/log_writer_fixture.h"

namespace orderstore::wal {
namespace {

using disk::Call;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST_F(LogWriterTest, ACommitIsOneCall) {
  UseSegments(256 * kSector);
  StartNew(kNever);
  for (const size_t bytes : {0u, 100u, 4008u, 4009u, 100'000u}) {
    ASSERT_TRUE(Append(bytes).ok());
    const int64_t writes = Writes();
    const int64_t calls = disk().CallCount();
    ASSERT_TRUE(Wait(lsn()).ok());
    EXPECT_EQ(Writes(), writes + 1);
    EXPECT_EQ(disk().CallCount(), calls + 1);
    EXPECT_EQ(log().durable_lsn(), lsn());
    EXPECT_EQ(observer().durable(), lsn());
  }
  EXPECT_EQ(Read().records, Records(bodies()));
}

TEST_F(LogWriterTest, AnAwaitedRecordCostsNothingMore) {
  UseSegments(256 * kSector);
  StartNew(kNever);
  ASSERT_TRUE(Commit(10).ok());
  const int64_t calls = disk().CallCount();
  EXPECT_TRUE(Wait(0).ok());
  EXPECT_TRUE(Wait(lsn()).ok());
  EXPECT_TRUE(log().FlushLater(lsn()).ok());
  EXPECT_EQ(disk().CallCount(), calls);
}

TEST_F(LogWriterTest, RecordsThatWaitTogetherShareAFrame) {
  UseSegments(256 * kSector);
  StartNew(kNever);
  for (const size_t bytes : {100u, 0u, 300u}) ASSERT_TRUE(Append(bytes).ok());
  const int64_t writes = Writes();
  // The first one's wait writes them all.
  ASSERT_TRUE(Wait(1).ok());
  EXPECT_EQ(Writes(), writes + 1);
  EXPECT_EQ(log().durable_lsn(), 3u);
  EXPECT_EQ(observer().calls(), 1);
  EXPECT_EQ(Read().records, Records({100, 0, 300}));
  EXPECT_EQ(log().written_bytes(), kSector);
}

TEST_F(LogWriterTest, RecordsSpanFramesAndSegments) {
  StartNew(kNever);
  for (const size_t bytes : {100u, 20'000u, 0u, 9'000u, 50u}) {
    ASSERT_TRUE(Append(bytes).ok());
  }
  ASSERT_TRUE(Wait(lsn()).ok());
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records, Records(bodies()));
  EXPECT_GT(read.end.segment, 3u);
  ASSERT_FALSE(read.states.empty());
  EXPECT_EQ(read.states.back(), "state 3");
}

TEST_F(LogWriterTest, ARecordIsDurableWithItsFrameNotWithItsBatch) {
  StartNew(kNever);
  // A frame of two sectors, then one behind a rotation.
  ASSERT_TRUE(Append(100).ok());
  ASSERT_TRUE(Append(9'000).ok());
  gates().Shut(Gate::kFrames);
  std::thread leader([&] { EXPECT_TRUE(Wait(2).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  EXPECT_EQ(log().durable_lsn(), 0u);
  gates().LetOneThrough(Gate::kFrames);
  // Served by the leader in the middle of its batch.
  EXPECT_TRUE(Wait(1).ok());
  EXPECT_EQ(log().durable_lsn(), 1u);
  EXPECT_EQ(log().exposure().transactions, 1u);
  gates().Open(Gate::kFrames);
  leader.join();
  EXPECT_EQ(log().durable_lsn(), 2u);
}

// ---- Deadlines -------------------------------------------------------------

TEST_F(LogWriterTest, AWaitEndsAtItsDeadline) {
  StartNew(kNever);
  gates().Shut(Gate::kFrames);
  ASSERT_TRUE(Append(100).ok());
  // Whoever has a deadline does not lead: the disk may stall.
  const absl::Status status =
      log().WaitDurable(1, Clock::now() + std::chrono::milliseconds(5));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("LSN 1 was not durable until the deadline; it is up to "
                        "0 now"));
  // But it has asked for it.
  gates().AwaitWrite(Gate::kFrames);
  gates().Open(Gate::kFrames);
  EXPECT_TRUE(log().WaitDurable(1, Clock::now() + kLong).ok());
}

TEST_F(LogWriterTest, AWaiterWithADeadlineIsServedByTheLeader) {
  StartNew(kNever);
  ASSERT_TRUE(Append(100).ok());
  gates().Shut(Gate::kFrames);
  std::thread leader([&] { EXPECT_TRUE(Wait(1).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  ASSERT_TRUE(Append(100).ok());
  std::thread waiter(
      [&] { EXPECT_TRUE(log().WaitDurable(2, Clock::now() + kLong).ok()); });
  EXPECT_EQ(log().WaitDurable(2, Clock::now()).code(),
            absl::StatusCode::kDeadlineExceeded);
  gates().Open(Gate::kFrames);
  leader.join();
  waiter.join();
  EXPECT_EQ(log().durable_lsn(), 2u);
}

TEST_F(LogWriterTest, RecordsStillToComeCanBeAwaited) {
  StartNew(kNever);
  EXPECT_EQ(log().WaitDurable(2, Clock::now()).code(),
            absl::StatusCode::kDeadlineExceeded);
  std::thread waiter([&] { EXPECT_TRUE(Wait(2).ok()); });
  std::thread timed(
      [&] { EXPECT_TRUE(log().WaitDurable(2, Clock::now() + kLong).ok()); });
  ASSERT_TRUE(Commit(10).ok());
  ASSERT_TRUE(Commit(10).ok());
  waiter.join();
  timed.join();
}

// ---- FlushLater ------------------------------------------------------------

TEST_F(LogWriterTest, FlushLaterReturnsAtOnceAndTheRecordBecomesDurable) {
  StartNew({.flush_delay_max = std::chrono::milliseconds(1)});
  gates().Shut(Gate::kFrames);
  ASSERT_TRUE(Append(100).ok());
  EXPECT_TRUE(log().FlushLater(lsn()).ok());
  // Nobody waits, and it is written all the same.
  gates().AwaitWrite(Gate::kFrames);
  gates().Open(Gate::kFrames);
  EXPECT_TRUE(log().WaitDurable(1, Clock::now() + kLong).ok());
}

TEST_F(LogWriterTest, FlushLaterDoesNotWriteBeforeTheDelay) {
  StartNew(kNever);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Append(100).ok());
    EXPECT_TRUE(log().FlushLater(lsn()).ok());
  }
  EXPECT_EQ(log().durable_lsn(), 0u);
  // One wait writes them all.
  EXPECT_TRUE(Wait(1).ok());
  EXPECT_EQ(log().durable_lsn(), 10u);
}

TEST_F(LogWriterTest, FlushLaterFlushesWhatCameWhileAnotherWrote) {
  StartNew({.flush_delay_max = std::chrono::milliseconds(1)});
  gates().Shut(Gate::kFrames);
  ASSERT_TRUE(Append(100).ok());
  std::thread leader([&] { EXPECT_TRUE(Wait(1).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  ASSERT_TRUE(Append(100).ok());
  EXPECT_TRUE(log().FlushLater(lsn()).ok());
  gates().Open(Gate::kFrames);
  leader.join();
  EXPECT_TRUE(log().WaitDurable(2, Clock::now() + kLong).ok());
}

TEST_F(LogWriterTest, FlushLaterWaitsWhenTooMuchIsUnwritten) {
  LogOptions options = kNever;
  options.unflushed_bytes_max = 1000;
  StartNew(options);
  ASSERT_TRUE(Append(1000 - 16).ok());
  EXPECT_TRUE(log().FlushLater(lsn()).ok());
  EXPECT_EQ(log().durable_lsn(), 0u);
  ASSERT_TRUE(Append(0).ok());
  EXPECT_TRUE(log().FlushLater(lsn()).ok());
  EXPECT_EQ(log().durable_lsn(), 2u);
}

TEST_F(LogWriterTest, ASegmentBeingMadeDoesNotHoldAFlushBack) {
  StartNew({.flush_delay_max = std::chrono::milliseconds(1)});
  gates().Shut(Gate::kZeros);
  // Two thirds of the segment are taken: the next one is being made.
  ASSERT_TRUE(Commit(PayloadRoom(1) - 16).ok());
  ASSERT_TRUE(Append(100).ok());
  gates().AwaitWrite(Gate::kZeros);
  EXPECT_TRUE(log().FlushLater(lsn()).ok());
  EXPECT_TRUE(log().WaitDurable(2, Clock::now() + kLong).ok());
  gates().Open(Gate::kZeros);
}

// ---- Exposure --------------------------------------------------------------

TEST_F(LogWriterTest, ExposureIsWhatACrashCouldLose) {
  StartNew(kNever);
  EXPECT_EQ(log().exposure().transactions, 0u);
  EXPECT_EQ(log().exposure().bytes, 0);
  EXPECT_EQ(log().exposure().age.count(), 0);
  ASSERT_TRUE(Append(100).ok());
  const auto before = Clock::now();
  ASSERT_TRUE(Append(200).ok());
  while (Clock::now() < before + std::chrono::microseconds(100)) {
  }
  LogWriter::Exposure exposure = log().exposure();
  EXPECT_EQ(exposure.transactions, 2u);
  EXPECT_EQ(exposure.bytes, 16 + 100 + 16 + 200);
  EXPECT_GE(exposure.age, std::chrono::microseconds(100));
  EXPECT_LT(exposure.age, std::chrono::hours(1));

  gates().Shut(Gate::kFrames);
  std::thread leader([&] { EXPECT_TRUE(Wait(2).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  EXPECT_EQ(log().exposure().transactions, 2u);
  EXPECT_GE(log().exposure().age, exposure.age);
  gates().Open(Gate::kFrames);
  leader.join();
  EXPECT_EQ(log().exposure().transactions, 0u);
  EXPECT_EQ(log().exposure().bytes, 0);
  EXPECT_EQ(log().exposure().age.count(), 0);
}

// ---- Times -----------------------------------------------------------------

TEST_F(LogWriterTest, EachWriteThatMakesRecordsDurableIsTimed) {
  UseSegments(256 * kSector);
  StartNew(kNever);
  EXPECT_EQ(log().sync_times().count(), 0);
  ASSERT_TRUE(Commit(100).ok());
  ASSERT_TRUE(Append(100).ok());
  ASSERT_TRUE(Commit(100).ok());
  EXPECT_EQ(log().sync_times().count(), 2) << "two records in one write";
  EXPECT_GT(log().sync_times().sum.count(), 0);
  ASSERT_TRUE(log().Close().ok());
  EXPECT_EQ(log().sync_times().count(), 2) << "the closing frame is none";
}

TEST_F(LogWriterTest, AWriteAsSlowAsTheThresholdIsToldOf) {
  using std::chrono::microseconds;
  for (const microseconds threshold :
       {microseconds(1), microseconds(0), microseconds(3'600'000'000)}) {
    SCOPED_TRACE(threshold.count());
    Stop();
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    UseSegments(256 * kSector);
    LogOptions options = kNever;
    options.slow_write = threshold;
    StartNew(options);
    ASSERT_TRUE(Append(100).ok());
    gates().Shut(Gate::kFrames);
    std::thread leader([&] { EXPECT_TRUE(Wait(1).ok()); });
    gates().AwaitWrite(Gate::kFrames);
    const Clock::time_point until = Clock::now() + microseconds(2);
    while (Clock::now() < until) {
    }
    EXPECT_EQ(observer().slow_writes(), 0);
    gates().Open(Gate::kFrames);
    leader.join();
    EXPECT_EQ(observer().slow_writes(), threshold == microseconds(1) ? 1 : 0);
    EXPECT_EQ(observer().failures(), 0);
  }
}

// ---- Room ------------------------------------------------------------------

TEST_F(LogWriterTest, SegmentsAreMadeAhead) {
  StartNew(kNever);
  gates().Shut(Gate::kZeros);
  ASSERT_TRUE(Commit(PayloadRoom(1) - 16).ok());
  ASSERT_TRUE(Commit(1).ok());
  gates().AwaitWrite(Gate::kZeros);
  gates().Open(Gate::kZeros);
  ASSERT_TRUE(Commit(2).ok());
  EXPECT_EQ(Read().records, Records(bodies()));
}

TEST_F(LogWriterTest, AReservedRecordNeverLacksRoom) {
  for (const uint64_t seed : TestSeeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    StartNew(kNever, /*checks_disk=*/false);
    const int32_t largest =
        random.Pick(std::vector<int32_t>{10, 600, 4024, 5000, 30'000});
    int64_t reserved = 0;
    for (int batch = 0; batch < 10; ++batch) {
      const int records = random.Below(12);
      for (int i = 0; i < records; ++i) {
        const auto bytes = static_cast<size_t>(random.Below(largest));
        // No more space than there is now, if that is enough.
        disk().SetCapacity(disk().UsedBytes() +
                           random.Below(3) * kSegmentBytes);
        const absl::Status status = Append(bytes);
        if (!status.ok()) {
          ASSERT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
          continue;
        }
        const int64_t record = static_cast<int64_t>(bytes) + 16;
        reserved += (record + 4023) / 4024;
      }
      // Sometimes one that is not used.
      if (random.OneIn(4)) log().Reserve(5000).IgnoreError();
      ASSERT_TRUE(Wait(lsn()).ok());
      ASSERT_LE(log().written_bytes(), reserved * kSector);
    }
    const ReadResult read = Read();
    ASSERT_TRUE(read.status.ok()) << read.status;
    ASSERT_EQ(read.records, Records(bodies()));
  }
}

TEST_F(LogWriterTest, AFullDiskRefusesTheWholeRecordUntilThereIsSpace) {
  StartNew(kNever);
  ASSERT_TRUE(Commit(100).ok());
  disk().SetCapacity(disk().UsedBytes() + 2 * kSegmentBytes);
  const absl::Status status = Append(40'000);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("later commits succeed once that is mended"));
  EXPECT_TRUE(log().status().ok());
  // What fits goes on, in the space that was given back.
  EXPECT_THAT(Names(), SizeIs(2));
  ASSERT_TRUE(Commit(8'000).ok());
  while (true) {
    const absl::Status full = Commit(100);
    if (full.ok()) continue;
    EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
    break;
  }
  disk().SetCapacity(int64_t{1} << 40);
  ASSERT_TRUE(Commit(40'000).ok());
  EXPECT_EQ(Read().records, Records(bodies()));
}

TEST_F(LogWriterTest, ReservedRoomIsNotGivenBackBeforeItIsUsed) {
  StartNew(kNever);
  // Three segments for the record, and nothing more: making another one ahead
  // fails, and gives back what is not needed.
  disk().SetCapacity(disk().UsedBytes() + 3 * kSegmentBytes);
  for (int i = 0; i < 50; ++i) {
    SCOPED_TRACE(i);
    ASSERT_TRUE(log().Reserve(30'000).ok());
    if (i % 2 == 0) std::this_thread::yield();
  }
  ASSERT_TRUE(Append(30'000).ok());
  ASSERT_TRUE(Wait(lsn()).ok());
  EXPECT_EQ(Read().records, Records(bodies()));
}

// ---- Close -----------------------------------------------------------------

TEST_F(LogWriterTest, CloseWritesWhatIsLeftAndOneClosingFrame) {
  StartNew(kNever);
  ASSERT_TRUE(Append(100).ok());
  ASSERT_TRUE(log().Close().ok());
  EXPECT_EQ(log().durable_lsn(), 1u);
  EXPECT_THAT(Names(), ElementsAre("0000000001.log"));
  ReadResult read = Read();
  EXPECT_TRUE(read.end.closed);
  EXPECT_EQ(read.records, Records({100}));
  EXPECT_THAT(read.states, ElementsAre("state 1"));
  EXPECT_EQ(log().Reserve(1).code(), absl::StatusCode::kUnavailable);

  // Opened and closed without a change, there is no second one.
  Kill();
  ASSERT_TRUE(Restart(kNever).ok());
  ASSERT_TRUE(log().Close().ok());
  read = Read();
  EXPECT_THAT(read.states, SizeIs(1));
  EXPECT_EQ(read.end.offset, 3 * kSector);
}

TEST_F(LogWriterTest, CloseRemovesPreparedSegments) {
  StartNew(kNever);
  ASSERT_TRUE(log().Reserve(30'000).ok());
  EXPECT_GT(Names().size(), 2u);
  ASSERT_TRUE(log().Close().ok());
  EXPECT_THAT(Names(), ElementsAre("0000000001.log"));
}

TEST_F(LogWriterTest, AClosingFrameMayNeedTheNextSegment) {
  StartNew(kNever);
  ASSERT_TRUE(Commit(PayloadRoom(1) - 16).ok());
  ASSERT_TRUE(Commit(PayloadRoom(1) - 16).ok());
  ASSERT_TRUE(log().Close().ok());
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_TRUE(read.end.closed);
  EXPECT_EQ(read.end.segment, 2u);
  EXPECT_EQ(read.records, Records(bodies()));
}

TEST_F(LogWriterTest, CloseWakesWhoWaitsForRecordsThatNeverCome) {
  StartNew(kNever);
  ASSERT_TRUE(Commit(1).ok());
  std::vector<std::thread> waiters;
  for (const thread::Deadline deadline :
       {thread::Deadline(), thread::Deadline(Clock::now() + kLong)}) {
    waiters.emplace_back([this, deadline] {
      const absl::Status status = log().WaitDurable(9, deadline);
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    });
  }
  ASSERT_TRUE(log().Close().ok());
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_TRUE(Wait(1).ok());
}

TEST_F(LogWriterTest, ALogThatIsNotClosedGoesOnAtTheNextOpen) {
  StartNew(kNever);
  ASSERT_TRUE(Commit(100).ok());
  ASSERT_TRUE(Append(200).ok());
  ASSERT_TRUE(log().Reserve(30'000).ok());
  Kill();
  EXPECT_EQ(Read().records, Records({100}));
  EXPECT_FALSE(Read().end.closed);
  // Segments that were prepared are still there, and not in the way.
  ASSERT_TRUE(Restart(kNever).ok());
  ASSERT_TRUE(Commit(30'000).ok());
  EXPECT_EQ(Read().records, Records({100, 30'000}));
}

TEST_F(LogWriterTest, AStateCanTakeThePlaceOfTheDurableOne) {
  StartNew(kNever);
  ASSERT_TRUE(Commit(1).ok());
  const int64_t calls = observer().calls();
  EXPECT_TRUE(log().ReplaceState(1, observer().StateOf(1)));
  EXPECT_FALSE(log().ReplaceState(2, observer().StateOf(2)));
  ASSERT_TRUE(log().Close().ok());
  EXPECT_TRUE(log().ReplaceState(1, observer().StateOf(1)));
  EXPECT_EQ(observer().calls(), calls) << "who replaces it knows";
}

TEST_F(LogWriterTest, AStateThatTookThePlaceOfAnAppendedOneIsToldOf) {
  StartNew(kNever);
  ASSERT_TRUE(Append(1).ok());
  ASSERT_TRUE(Append(1).ok());
  const void* state = observer().StateOf(2);
  EXPECT_FALSE(log().ReplaceState(2, state));
  ASSERT_TRUE(Wait(2).ok());
  EXPECT_EQ(observer().state(), state);
}

TEST_F(LogWriterTest, AStateThatTookThePlaceOfOneBeingWrittenIsToldOf) {
  StartNew(kNever);
  ASSERT_TRUE(Append(1).ok());
  gates().Shut(Gate::kFrames);
  Session other;
  other.Start([this] { EXPECT_TRUE(Wait(1).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  EXPECT_FALSE(log().ReplaceState(1, observer().StateOf(1)));
  const void* state = observer().StateOf(1);
  EXPECT_FALSE(log().ReplaceState(1, state)) << "and another, of that one";
  gates().Open(Gate::kFrames);
  other.Finish();
  EXPECT_EQ(observer().state(), state);
}

TEST_F(LogWriterTest, AStateThatTookThePlaceOfALostOneIsNotToldOf) {
  StartNew(kNever);
  ASSERT_TRUE(Commit(1).ok());
  ASSERT_TRUE(Append(1).ok());
  gates().Shut(Gate::kFrames);
  Session other;
  other.Start([this] { EXPECT_FALSE(Wait(2).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  disk().AddFault({.call = Call::kWrite,
                   .path_part = SegmentName(1),
                   .nth = 1,
                   .error = EIO});
  const int64_t calls = observer().calls();
  EXPECT_FALSE(log().ReplaceState(2, observer().StateOf(2)));
  gates().Open(Gate::kFrames);
  other.Finish();
  EXPECT_FALSE(log().Close().ok());
  EXPECT_EQ(observer().calls(), calls);
}

}  // namespace
}  // namespace orderstore::wal
