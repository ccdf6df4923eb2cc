#include "txn/writer_lock.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "scale.h"
#include "store/session.h"

namespace orderstore::txn {
namespace {

using Clock = std::chrono::steady_clock;
using Outcome = WriterLock::Outcome;

// A deadline that has come, and one that does not come during a test.
const Clock::time_point kPast = Clock::time_point::min();
Clock::time_point Late() { return Clock::now() + std::chrono::hours(1); }

class WriterLockTest : public testing::Test {
 protected:
  WriterLock lock_;
};

TEST_F(WriterLockTest, IsFreeAtFirstAndAgainAfterUnlock) {
  EXPECT_FALSE(lock_.Held());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
    EXPECT_TRUE(lock_.Held());
    EXPECT_TRUE(lock_.HeldByThisThread());
    lock_.Unlock();
    EXPECT_FALSE(lock_.Held());
    EXPECT_FALSE(lock_.HeldByThisThread());
  }
}

TEST_F(WriterLockTest, TheHolderIsToldSoInsteadOfWaitingForItself) {
  ASSERT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
  EXPECT_EQ(lock_.Lock(std::nullopt), Outcome::kHeldByThisThread);
  EXPECT_EQ(lock_.Lock(kPast), Outcome::kHeldByThisThread);
  EXPECT_FALSE(lock_.TryLock());
  EXPECT_TRUE(lock_.HeldByThisThread());
  lock_.Unlock();
  EXPECT_FALSE(lock_.Held()) << "it was locked once";
}

TEST_F(WriterLockTest, OthersKnowThatTheyAreNotTheHolder) {
  ASSERT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
  Session other;
  other.Run([&] {
    EXPECT_TRUE(lock_.Held());
    EXPECT_FALSE(lock_.HeldByThisThread());
    EXPECT_FALSE(lock_.TryLock());
  });
  lock_.Unlock();
}

TEST_F(WriterLockTest, TheDeadlineEndsTheWait) {
  Session other;
  other.Run([&] { ASSERT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked); });
  EXPECT_EQ(lock_.Lock(kPast), Outcome::kDeadline);
  EXPECT_EQ(lock_.Lock(Clock::now() + std::chrono::milliseconds(1)),
            Outcome::kDeadline);
  EXPECT_FALSE(lock_.HeldByThisThread());
  other.Run([&] {
    EXPECT_TRUE(lock_.HeldByThisThread());
    lock_.Unlock();
  });
}

TEST_F(WriterLockTest, AFreeLockIsTakenEvenPastTheDeadline) {
  EXPECT_EQ(lock_.Lock(kPast), Outcome::kLocked);
  lock_.Unlock();
}

TEST_F(WriterLockTest, AWaiterGetsTheLockBeforeItsDeadline) {
  ASSERT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
  Session other;
  other.Start([&] {
    EXPECT_EQ(lock_.Lock(Late()), Outcome::kLocked);
    lock_.Unlock();
  });
  lock_.Unlock();
  other.Finish();
  EXPECT_FALSE(lock_.Held());
}

TEST_F(WriterLockTest, AnyThreadMayGiveItBack) {
  ASSERT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
  Session other;
  other.Run([&] { lock_.Unlock(); });
  EXPECT_FALSE(lock_.HeldByThisThread());
  EXPECT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
  lock_.Unlock();
}

TEST_F(WriterLockTest, TryLockTakesAFreeLockOnly) {
  EXPECT_TRUE(lock_.TryLock());
  EXPECT_TRUE(lock_.HeldByThisThread());
  EXPECT_FALSE(lock_.TryLock());
  lock_.Unlock();
  EXPECT_TRUE(lock_.TryLock());
  lock_.Unlock();
}

// Each unlock lets one waiter in, whoever waits: none is forgotten.
TEST_F(WriterLockTest, EveryWaiterGetsItsTurn) {
  ASSERT_EQ(lock_.Lock(std::nullopt), Outcome::kLocked);
  int turns = 0;  // guarded by the lock
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto deadline = i % 2 == 0 ? std::optional(Late()) : std::nullopt;
      ASSERT_EQ(lock_.Lock(deadline), Outcome::kLocked);
      ++turns;
      lock_.Unlock();
    });
  }
  lock_.Unlock();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(turns, 6);
  EXPECT_FALSE(lock_.Held());
}

// Threads that wait with and without deadlines, some of which come at once.
TEST_F(WriterLockTest, OneThreadAtATimeHoldsIt) {
  const int64_t rounds = Scaled(20'000);
  int64_t turns = 0;  // guarded by the lock
  std::atomic<int64_t> locked = 0;
  std::atomic<int> inside = 0;
  std::atomic<int64_t> crowds = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int64_t i = 0; i < rounds; ++i) {
        std::optional<Clock::time_point> deadline;
        if (thread == 1) deadline = kPast;
        if (thread == 2) deadline = Clock::now() + std::chrono::microseconds(5);
        if (thread == 3 ? !lock_.TryLock()
                        : lock_.Lock(deadline) != Outcome::kLocked) {
          continue;
        }
        if (++inside != 1) ++crowds;
        ++turns;
        ++locked;
        --inside;
        lock_.Unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(crowds.load(), 0);
  EXPECT_EQ(turns, locked.load());
  EXPECT_GE(turns, rounds);
  EXPECT_FALSE(lock_.Held());
}

}  // namespace
}  // namespace orderstore::txn
