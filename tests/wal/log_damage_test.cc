// Every bit of a small log flipped, every length of its files, and random
// bytes: it is refused with the place, or says exactly what it said before.

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "wal/log_fixture.h"
#include "wal/memory_files.h"

namespace orderstore::wal {
namespace {

class LogDamageTest : public LogTest {
 protected:
  // Two segments: many records of a frame, one over a rotation, a closing
  // frame, and a last frame with sectors behind it.
  LogDamageTest() {
    Create();
    const std::string body = BodyOf(4, 4500);
    const std::string record = RecordOf(4, body);
    Write({100, 0, 200});
    EXPECT_TRUE(WriteFrame(record.substr(0, 4000), 3, 0, true).ok());
    Rotate();
    EXPECT_TRUE(WriteFrame(record.substr(4000), 4, 516).ok());
    WriteClosing();
    for (uint32_t number : {1u, 2u}) {
      files_.files[SegmentName(number)] = disk().Bytes(PathOf(number));
    }
    folder_in_memory_.emplace(OpenShop(files_));
    whole_ = ReadFolder(*folder_in_memory_);
    EXPECT_TRUE(whole_.status.ok()) << whole_.status;
    EXPECT_EQ(whole_.records, Records({100, 0, 200, 4500}));
  }

  // Whether the log is refused. If not, it says what it said before.
  bool IsRefused(const std::string& name) {
    const ReadResult read = ReadFolder(*folder_in_memory_);
    if (read.status.ok()) {
      EXPECT_EQ(read.records, whole_.records);
      EXPECT_EQ(read.states, whole_.states);
      EXPECT_EQ(read.end.lsn, whole_.end.lsn);
      EXPECT_EQ(read.end.offset, whole_.end.offset);
      return false;
    }
    EXPECT_THAT(read.status, IsDamage(name));
    EXPECT_THAT(read.status, IsDamage(" at offset "));
    // What was handed out before the damage is right.
    EXPECT_LE(read.records.size(), whole_.records.size());
    for (size_t i = 0; i < read.records.size(); ++i) {
      EXPECT_EQ(read.records[i], whole_.records[i]);
    }
    return true;
  }

  MemoryFiles files_;
  std::optional<io::Folder> folder_in_memory_;
  ReadResult whole_;
};

TEST_F(LogDamageTest, EveryFlippedBitIsFoundOrIsBehindTheEnd) {
  const auto end = static_cast<size_t>(whole_.end.offset);
  ASSERT_LT(end, size_t{kSegmentBytes});
  // With sanitizers, one of so many.
  const auto step = static_cast<size_t>(100 / Scaled(100));
  for (auto& [name, bytes] : files_.files) {
    const bool last = name == SegmentName(2);
    for (size_t bit = 0; bit < bytes.size() * 8; bit += step) {
      const size_t at = bit / 8;
      // Of zeros that no frame has, one bit a byte.
      if (last && at >= end && bit % 8 != at % 8) continue;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit % 8));
      // What is behind the end looks like a frame that was torn, but for a
      // mark that no write leaves.
      const bool harmless = last && at >= end && at % 512 != 511;
      ASSERT_EQ(IsRefused(name), !harmless) << name << " bit " << bit;
      if (HasFailure()) FAIL() << name << " bit " << bit;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit % 8));
    }
  }
}

TEST_F(LogDamageTest, EveryOtherLengthIsFound) {
  const auto step = static_cast<size_t>(100 / Scaled(100));
  for (auto& [name, bytes] : files_.files) {
    const std::string whole = bytes;
    for (size_t size = 0; size < whole.size(); size += step) {
      bytes.assign(whole, 0, size);
      ASSERT_TRUE(IsRefused(name)) << name << " of " << size << " bytes";
    }
    bytes = whole + '\0';
    EXPECT_TRUE(IsRefused(name));
    bytes = whole + std::string(4096, '\0');
    EXPECT_TRUE(IsRefused(name));
    bytes = whole;
  }
}

// The ambiguity that FORMAT.md names: zeros in the last frame look like a write
// that was cut off; everywhere else they are found.
TEST_F(LogDamageTest, AZeroedBlockIsFoundButInTheLastFrame) {
  const auto last = static_cast<size_t>(whole_.end.last_frame.offset);
  for (auto& [name, bytes] : files_.files) {
    const std::string whole = bytes;
    for (size_t at = 0; at < whole.size(); at += kBlockBytes) {
      const std::string block = whole.substr(at, kBlockBytes);
      if (io::AllZeros(block)) continue;
      bytes.replace(at, kBlockBytes, kBlockBytes, '\0');
      const ReadResult read = ReadFolder(*folder_in_memory_);
      if (name == SegmentName(2) && at >= last) {
        EXPECT_TRUE(read.status.ok()) << read.status;
        EXPECT_EQ(read.records, whole_.records);
        EXPECT_FALSE(read.end.closed);
        EXPECT_GT(read.end.torn_bytes, 0);
      } else {
        EXPECT_THAT(read.status, IsDamage(" at offset ")) << name << at;
      }
      bytes = whole;
    }
  }
}

TEST_F(LogDamageTest, RandomBytesAreFoundAndNeverCrash) {
  const auto count = static_cast<uint64_t>(Scaled(3000));
  for (const uint64_t seed : TestSeeds(count)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::string& bytes = files_.files[SegmentName(random.OneIn(2) ? 1 : 2)];
    const std::string whole = bytes;
    const auto size = random.OneTo(random.OneIn(2) ? 20 : 5000);
    const auto at = static_cast<size_t>(
        random.Below(static_cast<int32_t>(whole.size() - size)));
    for (size_t i = at; i < at + size; ++i) {
      bytes[i] = static_cast<char>(random.Below(256));
    }
    const ReadResult read = ReadFolder(*folder_in_memory_);
    for (size_t i = 0; i < read.records.size(); ++i) {
      ASSERT_EQ(read.records[i], whole_.records[i]);
    }
    if (read.status.ok()) {
      ASSERT_EQ(read.end.lsn, read.records.size());
      ASSERT_GE(read.end.lsn, 4u);
    }
    bytes = whole;
  }
}

}  // namespace
}  // namespace orderstore::wal
