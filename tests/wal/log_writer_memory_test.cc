// The log writer when the system gives no memory: nobody waits for ever, and
// what is told is so.

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scarcity.h"
#include "store/session.h"
#include "wal/log_writer_fixture.h"

namespace orderstore::wal {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

class LogWriterMemoryTest : public LogWriterTest {
 protected:
  static constexpr int64_t kLargeSegment = 16 * kSector;

  void SetUp() override {
    if (!kMemoryIsOurs)
      GTEST_SKIP() << "the sanitizer's memory is never scarce";
    UseSegments(kLargeSegment);
    // An observer that looks at the disk would need memory for it.
    StartNew(kNever, /*checks_disk=*/false);
  }

  void ExpectFailedWithoutMemory(Lsn lsn) {
    EXPECT_EQ(log().status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(std::string(log().status().message()),
                HasSubstr("there was no memory to write a commit"));
    EXPECT_EQ(Wait(lsn).code(), StatusCode::kUnknown);
    EXPECT_EQ(Wait(lsn + 1).code(), StatusCode::kUnavailable);
    EXPECT_EQ(log().Reserve(10).code(), StatusCode::kUnavailable);
    EXPECT_EQ(observer().failures(), 1);
    EXPECT_EQ(log().Close().code(), StatusCode::kUnavailable);
  }
};

TEST_F(LogWriterMemoryTest, ARecordIsRefusedBeforeItIsAppended) {
  ASSERT_TRUE(Commit(100).ok());
  {
    const Scarcity scarcity(0);
    EXPECT_THROW(log().Reserve(5'000).IgnoreError(), std::bad_alloc);
  }
  EXPECT_TRUE(log().status().ok());
  ASSERT_TRUE(Commit(5'000).ok());
  EXPECT_TRUE(log().Close().ok());
  EXPECT_EQ(Read().records, Records(bodies()));
}

TEST_F(LogWriterMemoryTest, AReservedRecordIsAppendedWithoutMemory) {
  const std::string body = BodyOf(1, 5'000);
  const void* state = observer().StateOf(1);
  ASSERT_TRUE(log().Reserve(body.size()).ok());
  {
    const Scarcity scarcity(0);
    log().Append(1, body, state);
  }
  EXPECT_FALSE(Scarcity::HasStruck());
  EXPECT_TRUE(Wait(1).ok());
}

TEST_F(LogWriterMemoryTest, WhereALeaderTookTheMemoryTheLogFails) {
  ASSERT_TRUE(Append(100).ok());
  const std::string body = BodyOf(2, 5'000);
  const void* state = observer().StateOf(2);
  ASSERT_TRUE(log().Reserve(body.size()).ok());
  ASSERT_TRUE(Wait(1).ok());
  Session other;
  // Before it is appended, or after.
  other.Start([this] { EXPECT_EQ(Wait(2).code(), StatusCode::kUnknown); });
  {
    const Scarcity scarcity(0);
    log().Append(2, body, state);
  }
  EXPECT_TRUE(Scarcity::HasStruck());
  other.Finish();
  EXPECT_EQ(log().durable_lsn(), 1);
  ExpectFailedWithoutMemory(2);
}

TEST_F(LogWriterMemoryTest, AWriteWithoutMemoryFailsTheLog) {
  ASSERT_TRUE(Append(100).ok());
  {
    // The simulated disk needs some, too.
    const Scarcity scarcity(0);
    EXPECT_THROW(Wait(1).IgnoreError(), std::bad_alloc)
        << "there is none to say what has happened";
  }
  ExpectFailedWithoutMemory(1);
}

TEST_F(LogWriterMemoryTest, ASegmentWithoutMemoryIsMadeLater) {
  // More than is left of the first one.
  const size_t bytes = 2 * kLargeSegment;
  StatusCode code = StatusCode::kOk;
  std::string message;
  message.reserve(500);
  {
    const Scarcity scarcity(0);
    const absl::Status status = log().Reserve(bytes);
    code = status.code();
    message.assign(status.message().data(), status.message().size());
  }
  EXPECT_EQ(code, StatusCode::kResourceExhausted);
  EXPECT_THAT(message, HasSubstr("no memory to make a file"));
  EXPECT_TRUE(log().status().ok());
  ASSERT_TRUE(Commit(bytes).ok());
  EXPECT_TRUE(log().Close().ok());
  EXPECT_EQ(Read().records, Records(bodies()));
}

}  // namespace
}  // namespace orderstore::wal
