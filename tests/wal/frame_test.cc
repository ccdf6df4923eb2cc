#include "wal/frame.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/sector_buffer.h"
#include "wal/log_fixture.h"
#include "wal/segment_image.h"

namespace orderstore::wal {
namespace {

using testing::HasSubstr;

// FORMAT.md, "Frames" and "Segments".
static_assert(kBlockBytes == 512 && kBlockPayload == 511 && kMark == '\xa5');
static_assert(kFrameHeaderBytes == 64 && kFrameSectorsMax == 256);
static_assert(PayloadRoom(1) == 8 * 511 - 64);
static_assert(PayloadRoom(256) == 256 * 8 * 511 - 64);
static_assert(SectorsOf(0) == 1 && SectorsOf(PayloadRoom(1)) == 1);
static_assert(SectorsOf(PayloadRoom(1) + 1) == 2);
static_assert(SectorsOf(PayloadRoom(256)) == 256);
static_assert(kFormatVersion == 1);
static_assert(kSegmentBytesMin == 16384);

constexpr FrameHeader kHeader{.segment = 3,
                              .sector = 9,
                              .first_lsn = 5,
                              .last_lsn = 8,
                              .previous = 0x0123456789abcdef};

std::string Encode(FrameHeader& header, std::string_view payload) {
  std::string bytes(SectorsOf(payload.size()) * io::kSectorBytes, '?');
  EncodeFrame(header, payload, bytes.data());
  return bytes;
}

// Around every edge of a block or sector.
std::vector<size_t> PayloadSizes() {
  std::vector<size_t> sizes = {0, 1};
  for (size_t blocks = 1; blocks <= 17; ++blocks) {
    const size_t full = blocks * kBlockPayload - kFrameHeaderBytes;
    sizes.insert(sizes.end(), {full - 1, full, full + 1});
  }
  const size_t largest = PayloadRoom(kFrameSectorsMax);
  sizes.insert(sizes.end(), {largest - 1, largest});
  return sizes;
}

TEST(FrameTest, RoundTripsAtEverySize) {
  for (const size_t size : PayloadSizes()) {
    SCOPED_TRACE(size);
    const std::string payload = BodyOf(1, size);
    FrameHeader header = kHeader;
    header.continued_bytes = static_cast<uint32_t>(size / 2);
    header.unfinished = size % 2 == 1;
    const std::string bytes = Encode(header, payload);

    EXPECT_EQ(DecodeFrameHeader(bytes.data()), header);
    EXPECT_EQ(header.payload_bytes, size);
    std::string decoded = "before ";
    DecodePayload(header, bytes.data(), decoded);
    EXPECT_EQ(decoded, "before " + payload);
    EXPECT_TRUE(FindMarks(bytes).all_there());
    EXPECT_TRUE(IsPadded(header, bytes.data()));
  }
}

TEST(FrameTest, EveryBlockEndsInAMarkAndThePaddingIsZero) {
  FrameHeader header = kHeader;
  const std::string bytes = Encode(header, "payload");
  std::string expected(io::kSectorBytes, '\0');
  for (size_t at = 511; at < expected.size(); at += 512) expected[at] = '\xa5';
  expected.replace(0, 64, bytes, 0, 64);
  expected.replace(64, 7, "payload");
  EXPECT_EQ(bytes, expected);
}

TEST(FrameTest, ThePaddingMustBeZero) {
  FrameHeader header = kHeader;
  std::string bytes = Encode(header, "payload");
  for (const size_t at : {71u, 510u, 512u, 4094u}) {
    bytes[at] = 1;
    EXPECT_FALSE(IsPadded(header, bytes.data())) << at;
    bytes[at] = 0;
  }
}

TEST(FrameTest, EveryBitOfAHeaderCounts) {
  FrameHeader header = kHeader;
  std::string bytes = Encode(header, "payload");
  for (size_t bit = 0; bit < kFrameHeaderBytes * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(DecodeFrameHeader(bytes.data()), std::nullopt) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_EQ(DecodeFrameHeader(bytes.data()), header);
}

TEST(FrameTest, HeadersThatMakeNoSenseAreNoneWhateverTheChecksum) {
  const auto decodes = [](size_t at, auto value) {
    FrameHeader header = kHeader;
    std::string bytes = Encode(header, "payload");
    io::PutFixed(&bytes[at], value);
    ResealFrame(bytes.data());
    return DecodeFrameHeader(bytes.data()).has_value();
  };
  EXPECT_TRUE(decodes(4, uint8_t{3}));  // kind
  EXPECT_FALSE(decodes(4, uint8_t{0}));
  EXPECT_FALSE(decodes(4, uint8_t{4}));
  EXPECT_TRUE(decodes(5, uint8_t{1}));  // flags
  EXPECT_FALSE(decodes(5, uint8_t{2}));
  EXPECT_FALSE(decodes(6, uint8_t{1}));  // zeros
  EXPECT_FALSE(decodes(7, uint8_t{1}));
  EXPECT_TRUE(decodes(12, uint32_t{7}));  // continued
  EXPECT_FALSE(decodes(12, uint32_t{8}));
  // A state belongs to no record.
  EXPECT_FALSE(decodes(4, uint16_t{0x0103}));  // a closing one, unfinished
  const auto largest = static_cast<uint32_t>(PayloadRoom(kFrameSectorsMax));
  EXPECT_TRUE(decodes(8, largest));
  EXPECT_FALSE(decodes(8, largest + 1));
}

TEST(FrameTest, MarksTellZerosFromOtherBytes) {
  FrameHeader header = kHeader;
  std::string bytes = Encode(header, "payload");
  bytes[1023] = 0;
  EXPECT_TRUE(FindMarks(bytes).some_zero);
  EXPECT_FALSE(FindMarks(bytes).some_other);
  bytes[511] = '\xa4';
  EXPECT_TRUE(FindMarks(bytes).some_other);
}

// ---- Segments --------------------------------------------------------------

SegmentHeader AHeader() {
  return {.store = TestStore(),
          .number = 12,
          .bytes = 32768,
          .first_lsn = 77,
          .chain = 0xfedcba9876543210};
}

std::string Encode(const SegmentHeader& header) {
  std::string sector(io::kSectorBytes, '?');
  EncodeSegmentHeader(header, sector.data());
  return sector;
}

TEST(SegmentHeaderTest, RoundTrips) {
  const auto decoded = DecodeSegmentHeader(Encode(AHeader()), "1.log");
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, AHeader());
}

TEST(SegmentHeaderTest, EveryBitOfItsSectorCounts) {
  std::string sector = Encode(AHeader());
  for (size_t bit = 0; bit < sector.size() * 8; ++bit) {
    sector[bit / 8] = static_cast<char>(sector[bit / 8] ^ (1 << bit % 8));
    ASSERT_THAT(DecodeSegmentHeader(sector, "shop/1.log").status(),
                IsDamage("shop/1.log at offset 0"))
        << bit;
    sector[bit / 8] = static_cast<char>(sector[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_THAT(
      DecodeSegmentHeader(std::string_view(sector).substr(1), "x").status(),
      IsDamage("cut off"));
}

TEST(SegmentHeaderTest, OtherVersionsAreNoDamage) {
  std::string sector = Encode(AHeader());
  io::PutFixed(&sector[8], uint32_t{2});
  io::PutFixed(&sector[72], io::Checksum({sector.data(), 72}));
  absl::Status status = DecodeSegmentHeader(sector, "1.log").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("format version 2"));

  EXPECT_FALSE(IsSchemaMismatch(status));
  for (const SchemaRevision known : kSchemaRevisions) {
    SegmentHeader header = AHeader();
    header.schema = known;
    EXPECT_EQ(DecodeSegmentHeader(Encode(header), "1.log").value(), header);
  }
  for (const uint32_t unknown : {0U, 4U}) {
    SegmentHeader header = AHeader();
    header.schema = static_cast<SchemaRevision>(unknown);
    status = DecodeSegmentHeader(Encode(header), "1.log").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(IsSchemaMismatch(status));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("schema revision " + std::to_string(unknown)));
  }
}

TEST(SegmentHeaderTest, NumbersThatMakeNoSenseAreDamage) {
  for (const int64_t bytes : {-4096, 0, 4096, 12288, 16385}) {
    SegmentHeader header = AHeader();
    header.bytes = bytes;
    EXPECT_THAT(DecodeSegmentHeader(Encode(header), "1.log").status(),
                IsDamage("makes no sense"))
        << bytes;
  }
  SegmentHeader header = AHeader();
  header.number = 0;
  EXPECT_FALSE(DecodeSegmentHeader(Encode(header), "1.log").ok());
  header = AHeader();
  header.first_lsn = 0;
  EXPECT_FALSE(DecodeSegmentHeader(Encode(header), "1.log").ok());
}

TEST(SegmentNameTest, HasTenDigits) {
  EXPECT_EQ(SegmentName(1), "0000000001.log");
  EXPECT_EQ(SegmentName(4294967295), "4294967295.log");
  EXPECT_EQ(SegmentNumber("0000000001.log"), 1u);
  EXPECT_EQ(SegmentNumber("4294967295.log"), 4294967295u);
  for (const char* name :
       {"", ".log", "1.log", "0000000000.log", "0000000001.log.tmp",
        "0000000001", "00000000001.log", "4294967296.log", "-000000001.log",
        "+000000001.log", " 000000001.log", "0000000001.LOG", "000000000a.log",
        "LOCK", "STORE"}) {
    EXPECT_EQ(SegmentNumber(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace orderstore::wal
