// The log writer when calls fail, the disk is full or the power goes off.

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/seeded_random.h"
#include "wal/log_writer_fixture.h"

namespace orderstore::wal {
namespace {

using absl::StatusCode;
using disk::Call;
using testing::HasSubstr;

class LogWriterFaultsTest : public LogWriterTest {
 protected:
  // Commits that rotate several times, some appended together, until one is
  // told that the log has failed.
  void RunWorkload() {
    acknowledged_ = 0;
    for (const size_t bytes :
         {100u, 0u, 5'000u, 20'000u, 10u, 3'000u, 9'000u, 40u}) {
      if (!Append(bytes).ok()) {
        ++refused_;
        continue;
      }
      if (bytes == 0) continue;
      const absl::Status status = Wait(lsn());
      if (status.ok()) {
        acknowledged_ = lsn();
      } else {
        EXPECT_EQ(status.code(), StatusCode::kUnknown) << status;
        ExpectFailedForGood();
      }
    }
  }

  void ExpectFailedForGood() {
    EXPECT_EQ(log().status().code(), StatusCode::kUnavailable);
    EXPECT_EQ(log().durable_lsn(), observer().durable());
    EXPECT_EQ(Wait(lsn()).code(), StatusCode::kUnknown);
    EXPECT_EQ(Wait(lsn() + 1).code(), StatusCode::kUnavailable);
    // Those of frames: segments may still be made ahead.
    const int64_t writes = gates().Writes(Gate::kFrames);
    const Lsn before = lsn();
    EXPECT_EQ(Append(10).code(), StatusCode::kUnavailable);
    EXPECT_EQ(log().FlushLater(lsn()).code(), StatusCode::kUnknown);
    EXPECT_EQ(lsn(), before);
    EXPECT_EQ(gates().Writes(Gate::kFrames), writes)
        << "a write after one that failed";
  }

  // All that was acknowledged is there, the rest whole or absent, in order; and
  // the log goes on.
  void ExpectAllAcknowledged() {
    const std::vector<size_t> appended = bodies();
    const ReadResult read = Read();
    ASSERT_TRUE(read.status.ok()) << read.status << disk().Trace();
    ASSERT_GE(read.end.lsn, acknowledged_) << disk().Trace();
    ASSERT_LE(read.records.size(), appended.size());
    std::vector<ReadRecord> expected = Records(appended);
    expected.resize(read.records.size());
    ASSERT_EQ(read.records, expected);

    const absl::Status restarted = Restart(kNever);
    ASSERT_TRUE(restarted.ok()) << restarted;
    ASSERT_TRUE(Commit(12'000).ok());
    ASSERT_EQ(Read().records.size(), read.records.size() + 1);
    ASSERT_TRUE(log().Close().ok());
  }

  void StartAgain() {
    Stop();
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    StartNew(kNever);
    refused_ = 0;
  }

  // The nth write from now on into the first segment fails, whatever is written
  // meanwhile to prepare others.
  void FailFrame(int64_t nth) {
    disk().AddFault({.call = Call::kWrite,
                     .path_part = SegmentName(1),
                     .nth = nth,
                     .error = EIO});
  }

  Lsn acknowledged_ = 0;
  int refused_ = 0;
};

TEST_F(LogWriterFaultsTest, EveryCallMayFail) {
  StartAgain();
  const int64_t before = disk().CallCount();
  RunWorkload();
  const int64_t calls = disk().CallCount() - before;
  ASSERT_EQ(acknowledged_, 8u);
  ASSERT_GT(calls, 60);
  for (const int error : {EIO, ENOSPC, EINTR}) {
    // Which call is the nth depends on the preparing thread.
    for (int64_t nth = 1; nth <= calls; ++nth) {
      SCOPED_TRACE("error " + std::to_string(error) + " at call " +
                   std::to_string(nth));
      StartAgain();
      disk().FailCall(nth, error);
      RunWorkload();
      if (error == EINTR) {
        EXPECT_EQ(acknowledged_, 8u);
      }
      disk().ClearFaults();
      if (nth % 2 == 0) {
        Kill();
      } else {
        CutPower();
      }
      ExpectAllAcknowledged();
      if (HasFailure()) return;
    }
  }
}

TEST_F(LogWriterFaultsTest, ShortWritesAreNoFailure) {
  for (const size_t bytes : {1u, 511u, 4096u, 5000u, 8192u}) {
    SCOPED_TRACE(bytes);
    StartAgain();
    // Nothing but the first one may be that short for ever.
    disk().ShortCall(Call::kWrite, 3, bytes, bytes >= 4096);
    RunWorkload();
    EXPECT_EQ(acknowledged_, 8u);
    disk().ClearFaults();
    CutPower();
    ExpectAllAcknowledged();
  }
}

TEST_F(LogWriterFaultsTest, AWriteThatGetsNowhereFails) {
  StartAgain();
  ASSERT_TRUE(Append(10).ok());
  disk().ShortCall(Call::kWrite, 1, 100, /*lasting=*/true);
  EXPECT_EQ(Wait(1).code(), StatusCode::kUnknown);
  disk().ClearFaults();
  ExpectFailedForGood();
}

TEST_F(LogWriterFaultsTest, ThePowerMayGoOffAtEveryChange) {
  bool off = true;
  for (int64_t nth = 1; off; ++nth) {
    for (const uint64_t seed : TestSeeds(3)) {
      SCOPED_TRACE("cut at change " + std::to_string(nth) + ", seed " +
                   std::to_string(seed));
      StartAgain();
      disk().CutPowerAt(nth);
      RunWorkload();
      if (!log().status().ok() || refused_ > 0) {
        off = true;
      } else {
        log().Close().IgnoreError();
        off = disk().off();
      }
      Stop();
      const disk::DiskImage after = disk().AfterCut(seed);
      disk().Load(after);
      Kill();
      ExpectAllAcknowledged();
      if (HasFailure()) return;
    }
  }
}

TEST_F(LogWriterFaultsTest, AllWhoWaitAreToldThatItIsUnknown) {
  StartAgain();
  ASSERT_TRUE(Commit(10).ok());
  gates().Shut(Gate::kFrames);
  ASSERT_TRUE(Append(10).ok());
  std::vector<std::thread> waiters;
  waiters.emplace_back([&] {
    const absl::Status status = Wait(2);
    EXPECT_EQ(status.code(), StatusCode::kUnknown);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("it is not known whether the transaction is durable; "
                          "the log has failed: cannot write 4096 bytes"));
  });
  gates().AwaitWrite(Gate::kFrames);
  ASSERT_TRUE(Append(10).ok());
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&, i] {
      const thread::Deadline deadline =
          i % 2 == 0 ? thread::Deadline() : Clock::now() + kLong;
      const Lsn awaited = i < 2 ? 3 : 4;
      EXPECT_EQ(log().WaitDurable(awaited, deadline).code(),
                awaited == 3 ? StatusCode::kUnknown : StatusCode::kUnavailable);
    });
  }
  FailFrame(1);
  gates().Open(Gate::kFrames);
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(log().durable_lsn(), 1u);
  EXPECT_TRUE(Wait(1).ok());
  EXPECT_EQ(log().exposure().transactions, 2u);
  EXPECT_EQ(log().exposure().bytes, 2 * 26);
  EXPECT_LT(log().exposure().age, std::chrono::hours(1));
  EXPECT_EQ(log().Close().code(), StatusCode::kUnavailable);
}

TEST_F(LogWriterFaultsTest, TheFailureIsToldOfOnceAndItsWriteIsNotTimed) {
  StartAgain();
  ASSERT_TRUE(Commit(10).ok());
  EXPECT_EQ(observer().failures(), 0);
  ASSERT_TRUE(Append(10).ok());
  FailFrame(1);
  EXPECT_EQ(Wait(2).code(), StatusCode::kUnknown);
  EXPECT_EQ(observer().failures(), 1);
  ExpectFailedForGood();
  EXPECT_EQ(log().Close().code(), StatusCode::kUnavailable);
  EXPECT_EQ(observer().failures(), 1);
  EXPECT_EQ(log().sync_times().count(), 1);
}

TEST_F(LogWriterFaultsTest, WhatTheFirstFramesHoldIsKnownWhenALaterOneFails) {
  StartAgain();
  ASSERT_TRUE(Append(100).ok());
  ASSERT_TRUE(Append(9'000).ok());
  gates().Shut(Gate::kFrames);
  std::thread leader([&] { EXPECT_EQ(Wait(2).code(), StatusCode::kUnknown); });
  gates().AwaitWrite(Gate::kFrames);
  gates().LetOneThrough(Gate::kFrames);
  EXPECT_TRUE(Wait(1).ok());
  gates().AwaitWrite(Gate::kFrames);
  FailFrame(1);
  gates().Open(Gate::kFrames);
  leader.join();
  EXPECT_TRUE(Wait(1).ok());
  EXPECT_EQ(log().durable_lsn(), 1u);
  CutPower();
  EXPECT_THAT(Read().lsns(), testing::ElementsAre(1));
}

TEST_F(LogWriterFaultsTest, AFailureWhileASegmentIsMadeRefusesTheRecord) {
  StartAgain();
  ASSERT_TRUE(Append(10).ok());
  gates().Shut(Gate::kZeros);
  std::thread writer([&] {
    EXPECT_EQ(log().Reserve(20'000).code(), StatusCode::kUnavailable);
  });
  gates().AwaitWrite(Gate::kZeros);
  disk().FailCall(Call::kWrite, 1, EIO);
  EXPECT_EQ(Wait(1).code(), StatusCode::kUnknown);
  gates().Open(Gate::kZeros);
  writer.join();
}

TEST_F(LogWriterFaultsTest, AFailedClosingFrameIsAnErrorButNothingIsLost) {
  StartAgain();
  ASSERT_TRUE(Append(10).ok());
  FailFrame(2);
  EXPECT_EQ(log().Close().code(), StatusCode::kUnavailable);
  EXPECT_EQ(log().durable_lsn(), 1u);
  CutPower();
  EXPECT_EQ(Read().records, Records({10}));
}

TEST_F(LogWriterFaultsTest, PreparedSegmentsThatStayAreNoErrorOfClose) {
  StartAgain();
  ASSERT_TRUE(Commit(10).ok());
  ASSERT_TRUE(log().Reserve(30'000).ok());
  disk().FailCall(Call::kRemove, 1, EIO, /*lasting=*/true);
  EXPECT_TRUE(log().Close().ok());
  disk().ClearFaults();
  Kill();
  ASSERT_TRUE(Restart(kNever).ok());
  EXPECT_TRUE(Commit(30'000).ok());
}

TEST_F(LogWriterFaultsTest, AnErrorThatIsNoFullDiskLeavesTheLogUsable) {
  StartAgain();
  disk().FailCall(Call::kSync, 1, EIO);
  const absl::Status status = log().Reserve(30'000);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(log().status().ok());
  EXPECT_TRUE(Commit(30'000).ok());
}

}  // namespace
}  // namespace orderstore::wal
