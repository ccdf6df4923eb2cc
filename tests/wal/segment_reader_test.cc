#include "wal/segment_reader.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "disk/dice.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/seeded_random.h"
#include "wal/log_fixture.h"
#include "wal/segment_image.h"

namespace orderstore::wal {
namespace {

using testing::ElementsAre;

// Blocks of a frame that the disk has, from the bits of a number.
std::vector<bool> Subset(size_t blocks, uint64_t bits) {
  std::vector<bool> chosen(blocks);
  for (size_t i = 0; i < blocks; ++i) chosen[i] = (bits >> i & 1) != 0;
  return chosen;
}

TEST(SegmentReaderTest, ReadsFramesUpToZeros) {
  SegmentImage image;
  image.Add(BodyOf(1, 10), 1);
  image.Add(BodyOf(2, 5000), 4);
  image.Add("", 4);
  const ReadSegment read(image);
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.payloads, ElementsAre(BodyOf(1, 10), BodyOf(2, 5000), ""));
  EXPECT_THAT(read.lsns, ElementsAre(1, 4, 4));
  EXPECT_EQ(read.offset, static_cast<int64_t>(image.end()));
  EXPECT_EQ(read.torn_bytes, 0);
}

TEST(SegmentReaderTest, AnEmptySegmentHasNoFrames) {
  const ReadSegment read((SegmentImage()));
  EXPECT_TRUE(read.status.ok());
  EXPECT_THAT(read.payloads, ElementsAre());
}

TEST(SegmentReaderTest, AFullSegmentEndsWithItsLastFrame) {
  SegmentImage image(4);
  image.Add(BodyOf(1, PayloadRoom(2)), 1);
  image.Add("next", 1,
            [](FrameHeader& frame) { frame.kind = FrameKind::kNext; });
  const ReadSegment read(image);
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.payloads.size(), 2u);
  EXPECT_EQ(read.offset, image.header.bytes);
}

// ---- Torn ------------------------------------------------------------------

TEST(SegmentReaderTest, EverySubsetOfAOneSectorFrameIsCutOrIsAll) {
  SegmentImage whole;
  whole.Add("first", 1);
  const size_t at = whole.Add(BodyOf(2, PayloadRoom(1)), 2);
  for (uint64_t bits = 0; bits < 256; ++bits) {
    SCOPED_TRACE(bits);
    SegmentImage image = whole;
    image.Tear(at, Subset(8, bits));
    const ReadSegment read(image);
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_EQ(read.payloads.size(), bits == 255 ? 2u : 1u);
    EXPECT_EQ(read.torn_bytes == 0, bits == 0 || bits == 255);
    if (bits != 255) {
      EXPECT_EQ(read.offset, static_cast<int64_t>(at));
    }
  }
}

TEST(SegmentReaderTest, SubsetsOfLongFramesAreCut) {
  SegmentImage whole(12);
  whole.Add("first", 1);
  const size_t at = whole.Add(BodyOf(2, PayloadRoom(5)), 2);
  for (const uint64_t seed : TestSeeds(500)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    disk::Dice dice(seed);
    std::vector<bool> written = dice.Some(40);
    if (std::find(written.begin(), written.end(), false) == written.end()) {
      continue;
    }
    SegmentImage image = whole;
    image.Tear(at, written);
    const ReadSegment read(image);
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_THAT(read.lsns, ElementsAre(1));
    // What is wiped covers all that is there.
    EXPECT_TRUE(
        io::AllZeros(std::string_view(image.bytes)
                         .substr(at + static_cast<size_t>(read.torn_bytes))));
  }
}

TEST(SegmentReaderTest, BlocksWrittenInPartAreCut) {
  SegmentImage whole;
  whole.Add("first", 1);
  const size_t at = whole.Add(BodyOf(2, 6000), 2);
  for (const uint64_t seed : TestSeeds(500)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    SegmentImage image = whole;
    const auto torn = static_cast<size_t>(random.Below(16));
    for (size_t block = 0; block < 16; ++block) {
      if (block != torn && random.OneIn(2)) continue;
      const auto kept = static_cast<size_t>(random.Below(512));
      std::fill_n(
          image.bytes.begin() + static_cast<ptrdiff_t>(at + 512 * block + kept),
          512 - kept, '\0');
    }
    const ReadSegment read(image);
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_THAT(read.lsns, ElementsAre(1));
  }
}

TEST(SegmentReaderTest, ABlockThatIsMissingThoughItsBytesWereZeroIsTorn) {
  SegmentImage image;
  const size_t at = image.Add(std::string(3000, '\0'), 1);
  image.Tear(at, Subset(8, 0xf7));
  const ReadSegment read(image);
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.lsns, ElementsAre());
  EXPECT_GT(read.torn_bytes, 0);
}

TEST(SegmentReaderTest, NoWriteLeavesOtherBytesInThePlaceOfMarks) {
  SegmentImage image;
  const size_t at = image.Add(BodyOf(1, 3000), 1);
  image.Tear(at, Subset(8, 0xf7));
  image.bytes[at + 511] = '\x01';
  EXPECT_THAT(ReadSegment(image).status, IsDamage("payload is damaged"));

  // The same where the header is missing.
  image.Tear(at, Subset(8, 0xf6));
  EXPECT_TRUE(ReadSegment(image).status.ok());
  image.bytes[at + 1023] = '\x01';
  EXPECT_THAT(ReadSegment(image).status, IsDamage("header is damaged"));
}

TEST(SegmentReaderTest, NoFrameIsLongerThanTheLongest) {
  SegmentImage image(300);
  const size_t at = image.Add(BodyOf(1, 100), 1);
  image.Tear(at, Subset(8, 0));
  const size_t beyond = at + kFrameSectorsMax * io::kSectorBytes;
  image.bytes[beyond - 2] = 1;
  EXPECT_TRUE(ReadSegment(image).status.ok());
  image.bytes[beyond] = 1;
  EXPECT_THAT(ReadSegment(image).status, IsDamage("header is damaged"));
}

// ---- Damaged ---------------------------------------------------------------

TEST(SegmentReaderTest, ABadFrameBeforeAGoodOneIsDamage) {
  SegmentImage whole;
  whole.Add("first", 1);
  const size_t at = whole.Add(BodyOf(2, 3000), 2);
  whole.Add("third", 5);
  for (uint64_t bits = 0; bits < 255; ++bits) {
    SegmentImage image = whole;
    image.Tear(at, Subset(8, bits));
    const ReadSegment read(image);
    EXPECT_THAT(read.status, IsDamage("shop/7.log at offset 8192: the frame's"))
        << bits;
    EXPECT_THAT(read.status, IsDamage("transactions from LSN 2 to at least 5 "
                                      "are at risk"));
    EXPECT_THAT(read.lsns, ElementsAre(1));
  }
}

TEST(SegmentReaderTest, EveryFlippedBitOfTheLastFrameIsDamage) {
  SegmentImage image(4);
  const size_t at = image.Add(BodyOf(1, 700), 1);
  for (size_t bit = at * 8; bit < image.end() * 8; ++bit) {
    image.bytes[bit / 8] =
        static_cast<char>(image.bytes[bit / 8] ^ (1 << bit % 8));
    const ReadSegment read(image);
    ASSERT_THAT(read.status, IsDamage("at offset 4096")) << bit;
    ASSERT_THAT(read.status, IsDamage("from LSN 1 on are at risk")) << bit;
    image.bytes[bit / 8] =
        static_cast<char>(image.bytes[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(SegmentReaderTest, NothingFollowsTheFrameThatNamesTheNextSegment) {
  SegmentImage image;
  image.Add("next", 0,
            [](FrameHeader& frame) { frame.kind = FrameKind::kNext; });
  EXPECT_TRUE(ReadSegment(image).status.ok());
  image.bytes.back() = 1;
  EXPECT_THAT(ReadSegment(image).status, IsDamage("at offset 8192: bytes"));
}

TEST(SegmentReaderTest, AFrameFollowsTheOneBefore) {
  const auto read = [](const std::function<void(FrameHeader&)>& change,
                       Lsn last_lsn = 2, size_t bytes = 9) {
    SegmentImage image(4);
    image.Add("first", 1);
    image.Add(BodyOf(2, bytes), last_lsn, change);
    return ReadSegment(image).status;
  };
  const auto unchanged = [](FrameHeader&) {};
  const char kWhat[] = "at offset 8192: the frame does not follow";
  EXPECT_TRUE(read(unchanged).ok());
  EXPECT_THAT(read([](FrameHeader& f) { ++f.previous; }), IsDamage(kWhat));
  EXPECT_THAT(read([](FrameHeader& f) { ++f.segment; }), IsDamage(kWhat));
  EXPECT_THAT(read([](FrameHeader& f) { ++f.sector; }), IsDamage(kWhat));
  EXPECT_THAT(read([](FrameHeader& f) { ++f.first_lsn; }), IsDamage(kWhat));
  EXPECT_THAT(read([](FrameHeader& f) { --f.first_lsn; }), IsDamage(kWhat));
  EXPECT_THAT(read(unchanged, 0), IsDamage(kWhat));
  // States end no records.
  const auto closing = [](FrameHeader& f) { f.kind = FrameKind::kClose; };
  EXPECT_THAT(read(closing), IsDamage(kWhat));
  EXPECT_TRUE(read(closing, 1).ok());
  // The last sector is kept for the frame that names the next segment.
  EXPECT_THAT(read(unchanged, 2, PayloadRoom(2)), IsDamage(kWhat));
}

TEST(SegmentReaderTest, AFrameThatWouldPassTheEndIsDamage) {
  SegmentImage image(8);
  const size_t at = image.Add(BodyOf(1, PayloadRoom(4)), 1);
  image.bytes.resize(4 * io::kSectorBytes);
  image.header.bytes = static_cast<int64_t>(image.bytes.size());
  EXPECT_THAT(ReadSegment(image).status, IsDamage("does not follow"));
  EXPECT_EQ(at, io::kSectorBytes);
}

}  // namespace
}  // namespace orderstore::wal
