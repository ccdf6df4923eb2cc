// What is asserted holds however slow the machine is: latencies are compared
// with the least that they can be, due times with what they have to be.

#include "open_loop.h"

#include <chrono>
#include <cstdint>

#include "gtest/gtest.h"

namespace orderstore::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr int64_t kRate = 200;
constexpr nanoseconds kInterval = std::chrono::milliseconds(5);

// Does what takes so long.
void Work(nanoseconds time) {
  const Clock::time_point end = Clock::now() + time;
  while (Clock::now() < end) {
  }
}

TEST(OpenLoopTest, AStallIsFeltByAllThatAreDueMeanwhile) {
  constexpr int kDueMeanwhile = 10;
  OpenLoop loop(kRate);
  loop.WaitForNext();
  Work(kDueMeanwhile * kInterval);
  EXPECT_GE(loop.LatencyNs(), (kDueMeanwhile * kInterval).count());
  for (int left = kDueMeanwhile - 1; left > 0; --left) {
    loop.WaitForNext();
    EXPECT_GE(loop.LatencyNs(), (left * kInterval).count());
  }
}

TEST(OpenLoopTest, DueTimesAreFixedWhateverOperationsTake) {
  OpenLoop loop(kRate);
  loop.WaitForNext();
  const Clock::time_point first = loop.due();
  for (int i = 1; i < 10; ++i) {
    if (i % 4 == 0) Work(2 * kInterval);
    loop.WaitForNext();
    EXPECT_EQ(loop.due() - first, i * kInterval);
  }
}

TEST(OpenLoopTest, NoOperationIsBeforeItIsDue) {
  OpenLoop loop(kRate);
  for (int i = 0; i < 10; ++i) {
    loop.WaitForNext();
    EXPECT_GE(Clock::now(), loop.due());
    EXPECT_GE(loop.LatencyNs(), 0);
  }
}

}  // namespace
}  // namespace orderstore::bench
