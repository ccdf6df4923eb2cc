// Many threads commit to one log.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "store/seeded_random.h"
#include "wal/log_writer_fixture.h"

namespace orderstore::wal {
namespace {

class LogWriterThreadsTest : public LogWriterTest {
 protected:
  struct Load {
    int threads = 4;
    int commits = 30;  // of each thread
    int32_t bytes_max = 300;
    // One in so many waits for durability; the others flush later.
    int sync_one_in = 1;
    bool deadlines = false;
  };

  // Returns the largest LSN that was acknowledged to anybody.
  Lsn Run(const Load& load, uint64_t seed) {
    std::atomic<Lsn> acknowledged = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < load.threads; ++t) {
      threads.emplace_back([&, t] {
        SeededRandom random(seed * 100 + static_cast<uint64_t>(t));
        for (int i = 0; i < load.commits; ++i) {
          if (!CommitOne(load, random, acknowledged)) return;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return acknowledged;
  }

  // The next open finds all that was acknowledged, and the rest in order.
  void ExpectAcknowledged(Lsn acknowledged, bool cuts_power) {
    if (cuts_power) {
      CutPower();
    } else {
      Kill();
    }
    const ReadResult read = Read();
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_GE(read.end.lsn, acknowledged);
    std::vector<ReadRecord> expected = Records(bodies());
    ASSERT_LE(read.records.size(), expected.size());
    expected.resize(read.records.size());
    EXPECT_EQ(read.records, expected);
  }

 private:
  // False: the log has failed.
  bool CommitOne(const Load& load, SeededRandom& random,
                 std::atomic<Lsn>& acknowledged) {
    Lsn own = 0;
    {
      // As the store's writer lock does.
      const std::lock_guard<std::mutex> lock(writer_);
      const auto bytes = static_cast<size_t>(random.Below(load.bytes_max));
      if (!Append(bytes).ok()) return log().status().ok();
      own = lsn();
    }
    if (!random.OneIn(load.sync_one_in)) return log().FlushLater(own).ok();
    thread::Deadline deadline;
    if (load.deadlines && random.OneIn(2)) {
      deadline = Clock::now() + std::chrono::microseconds(random.Below(200));
    }
    const absl::Status status = log().WaitDurable(own, deadline);
    if (status.code() == absl::StatusCode::kDeadlineExceeded) return true;
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
      return false;
    }
    EXPECT_GE(observer().durable(), own);
    EXPECT_GE(log().durable_lsn(), own);
    Lsn before = acknowledged.load();
    while (before < own && !acknowledged.compare_exchange_weak(before, own)) {
    }
    return true;
  }

  std::mutex writer_;
};

TEST_F(LogWriterThreadsTest, DurableComesInOrderAndNeverBeforeTheDisk) {
  for (const uint64_t seed : TestSeeds(4)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    StartNew(kNever);
    Run({}, seed);
    EXPECT_EQ(log().durable_lsn(), 120u);
    EXPECT_EQ(Read().records, Records(bodies()));
    Stop();
  }
}

TEST_F(LogWriterThreadsTest, MixedWaitsLoseNoWakeUp) {
  for (const uint64_t seed : TestSeeds(6)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    UseSegments(seed % 2 == 0 ? kSegmentBytes : 64 * kSector);
    StartNew({.flush_delay_max = std::chrono::microseconds(seed * 50),
              .unflushed_bytes_max = seed % 3 == 0 ? 1000 : 1 << 20},
             /*checks_disk=*/false);
    Run({.threads = 8,
         .commits = 150,
         .bytes_max = seed % 2 == 0 ? 5000 : 100,
         .sync_one_in = 2,
         .deadlines = true},
        seed);
    ASSERT_TRUE(log().Close().ok());
    EXPECT_EQ(Read().records, Records(bodies()));
    Stop();
  }
}

// A commit is seen before its record is appended: who waits for it then must
// not have to wait for the delay.
TEST_F(LogWriterThreadsTest, WhoWaitsBeforeTheRecordComesIsServedAtOnce) {
  StartNew(kNever);
  for (Lsn lsn = 1; lsn <= 50; ++lsn) {
    std::latch began(1);
    std::thread waiter([&] {
      began.count_down();
      EXPECT_TRUE(log().WaitDurable(lsn, Clock::now() + kLong).ok());
    });
    began.wait();
    std::this_thread::yield();
    ASSERT_TRUE(Append(100).ok());
    EXPECT_TRUE(log().FlushLater(lsn).ok());
    waiter.join();
  }
}

TEST_F(LogWriterThreadsTest, ThreadsShareWrites) {
  UseSegments(1024 * kSector);
  StartNew(kNever, /*checks_disk=*/false);
  gates().Shut(Gate::kFrames);
  std::vector<std::thread> threads;
  ASSERT_TRUE(Append(10).ok());
  threads.emplace_back([&] { EXPECT_TRUE(Wait(1).ok()); });
  gates().AwaitWrite(Gate::kFrames);
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(Append(10).ok());
    threads.emplace_back([this, own = lsn()] { EXPECT_TRUE(Wait(own).ok()); });
  }
  gates().Open(Gate::kFrames);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(observer().calls(), 2);
  EXPECT_EQ(log().written_bytes(), 2 * kSector);
}

TEST_F(LogWriterThreadsTest, AFailureIsFinalForAllOfThem) {
  for (const uint64_t seed : TestSeeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    StartNew({.flush_delay_max = std::chrono::microseconds(300)},
             /*checks_disk=*/false);
    SeededRandom random(seed);
    disk().FailCall(disk::Call::kWrite, 1 + random.Below(60), EIO);
    const Lsn acknowledged =
        Run({.bytes_max = 3000, .sync_one_in = 2, .deadlines = true}, seed);
    disk().ClearFaults();
    ExpectAcknowledged(acknowledged, seed % 2 == 0);
    if (HasFailure()) return;
  }
}

TEST_F(LogWriterThreadsTest, APowerCutLosesNothingAcknowledged) {
  for (const uint64_t seed : TestSeeds(40)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    disk().Load({.folders = {"/shop"}, .files = {}});
    Kill();
    StartNew({.flush_delay_max = std::chrono::microseconds(300)},
             /*checks_disk=*/false);
    SeededRandom random(seed);
    disk().CutPowerAt(1 + random.Below(200));
    const Lsn acknowledged = Run({.bytes_max = 3000, .sync_one_in = 2}, seed);
    disk().CutPowerAt(0);
    ExpectAcknowledged(acknowledged, true);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace orderstore::wal
