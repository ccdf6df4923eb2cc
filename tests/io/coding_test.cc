#include "io/coding.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace orderstore::io {
namespace {

using std::string_literals::operator""s;

// The numbers at which an encoding grows by a byte, those beside them, and
// random ones of every length.
std::vector<uint64_t> Numbers() {
  std::vector<uint64_t> numbers = {0, std::numeric_limits<uint64_t>::max()};
  std::mt19937_64 random(1);
  for (int bits = 0; bits < 64; ++bits) {
    const uint64_t power = uint64_t{1} << bits;
    numbers.insert(numbers.end(), {power - 1, power, power + 1});
    for (int i = 0; i < 20; ++i) numbers.push_back(random() >> bits);
  }
  return numbers;
}

std::string Varint(uint64_t value) {
  std::string bytes;
  AppendVarint(bytes, value);
  return bytes;
}
std::string SignedVarint(int64_t value) {
  std::string bytes;
  AppendSignedVarint(bytes, value);
  return bytes;
}

// ---- Fixed width -----------------------------------------------------------

template <typename Number>
void ExpectFixedRoundTrip(Number value) {
  std::string bytes;
  AppendFixed(bytes, value);
  EXPECT_EQ(bytes.size(), sizeof value);
  EXPECT_EQ(GetFixed<Number>(bytes.data()), value);
  std::string put(1 + sizeof value, '?');
  PutFixed(put.data() + 1, value);  // anywhere, not aligned
  EXPECT_EQ(put.substr(1), bytes);
  Decoder decoder(bytes);
  EXPECT_EQ(decoder.Fixed<Number>(), value);
  EXPECT_TRUE(decoder.done());
}

TEST(CodingTest, FixedNumbersComeBack) {
  for (const uint64_t value : Numbers()) {
    ExpectFixedRoundTrip<uint64_t>(value);
    ExpectFixedRoundTrip<int64_t>(static_cast<int64_t>(value));
    ExpectFixedRoundTrip<uint32_t>(static_cast<uint32_t>(value));
    ExpectFixedRoundTrip<uint16_t>(static_cast<uint16_t>(value));
    ExpectFixedRoundTrip<uint8_t>(static_cast<uint8_t>(value));
  }
}

TEST(CodingTest, FixedNumbersAreLittleEndian) {
  std::string bytes;
  AppendFixed<uint32_t>(bytes, 0x04030201);
  AppendFixed<uint16_t>(bytes, 0x0605);
  AppendFixed<int64_t>(bytes, -2);
  EXPECT_EQ(bytes, "\1\2\3\4\5\6\xfe\xff\xff\xff\xff\xff\xff\xff");
}

// ---- Varints ---------------------------------------------------------------

TEST(CodingTest, VarintsComeBack) {
  for (const uint64_t value : Numbers()) {
    const std::string bytes = Varint(value);
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.Varint(), value);
    EXPECT_TRUE(decoder.done()) << value;
  }
}

TEST(CodingTest, SignedVarintsComeBack) {
  for (const uint64_t number : Numbers()) {
    const auto value = static_cast<int64_t>(number);
    const std::string bytes = SignedVarint(value);
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.SignedVarint(), value);
    EXPECT_TRUE(decoder.done()) << value;
  }
}

TEST(CodingTest, VarintsAreAsShortAsTheyCan) {
  EXPECT_EQ(Varint(0), "\0"s);
  EXPECT_EQ(Varint(127), "\x7f");
  EXPECT_EQ(Varint(128), "\x80\x01");
  EXPECT_EQ(Varint(300), "\xac\x02");
  EXPECT_EQ(Varint(16383), "\xff\x7f");
  EXPECT_EQ(Varint(16384), "\x80\x80\x01");
  EXPECT_EQ(Varint(std::numeric_limits<uint64_t>::max()),
            std::string(9, '\xff') + "\x01");
}

TEST(CodingTest, SmallNumbersOfEitherSignAreShort) {
  EXPECT_EQ(SignedVarint(0), "\0"s);
  EXPECT_EQ(SignedVarint(-1), "\x01");
  EXPECT_EQ(SignedVarint(1), "\x02");
  EXPECT_EQ(SignedVarint(-64), "\x7f");
  EXPECT_EQ(SignedVarint(64), "\x80\x01");
  EXPECT_EQ(SignedVarint(std::numeric_limits<int64_t>::min()),
            std::string(9, '\xff') + "\x01");
}

TEST(CodingTest, VarintsBeyond64BitsAreRefused) {
  for (const std::string& bytes :
       {std::string(9, '\xff') + "\x02", std::string(9, '\xff') + "\x7f",
        std::string(9, '\x80') + "\x02", std::string(10, '\x80') + "\x01",
        std::string(20, '\xff')}) {
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.Varint(), 0U);
    EXPECT_FALSE(decoder.ok());
  }
}

// One value has one encoding, so bytes that decode encode to themselves.
TEST(CodingTest, VarintsThatAreLongerThanTheyCouldBeAreRefused) {
  for (const std::string& bytes : {"\x80\x00"s, "\xff\x00"s, "\x80\x80\x00"s,
                                   std::string(9, '\xff') + "\0"s}) {
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.Varint(), 0U);
    EXPECT_FALSE(decoder.ok());
    Decoder signed_decoder(bytes);
    EXPECT_EQ(signed_decoder.SignedVarint(), 0);
    EXPECT_FALSE(signed_decoder.ok());
  }
}

TEST(CodingTest, VarintsThatDecodeEncodeToTheSameBytes) {
  std::mt19937_64 random(1);
  int decoded = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (size_t size = random() % 11 + 1; bytes.size() < size;) {
      const bool last = bytes.size() + 1 == size;
      bytes += static_cast<char>(random() % 128 + (last ? 0 : 128));
    }
    Decoder decoder(bytes);
    const uint64_t value = decoder.Varint();
    if (!decoder.done()) continue;
    EXPECT_EQ(Varint(value), bytes);
    ++decoded;
  }
  EXPECT_GT(decoded, 10'000);
}

// ---- Sequences -------------------------------------------------------------

std::string Sequence() {
  std::string bytes;
  AppendFixed<uint32_t>(bytes, 0xdeadbeef);
  AppendVarint(bytes, 300);
  AppendText(bytes, "");
  AppendSignedVarint(bytes, -12345);
  AppendText(bytes, "a text\0 with a zero"s);
  AppendFixed<uint64_t>(bytes, 42);
  AppendText(bytes, std::string(200, 'x'));
  bytes += "raw";
  return bytes;
}

// Whether all of the sequence is there; each value is right, or empty.
bool DecodeSequence(std::string_view bytes) {
  Decoder decoder(bytes);
  const auto first = decoder.Fixed<uint32_t>();
  EXPECT_EQ(first, decoder.ok() ? 0xdeadbeef : 0);
  const uint64_t second = decoder.Varint();
  EXPECT_EQ(second, decoder.ok() ? 300 : 0);
  EXPECT_EQ(decoder.Text(), "");
  const int64_t fourth = decoder.SignedVarint();
  EXPECT_EQ(fourth, decoder.ok() ? -12345 : 0);
  const std::string_view fifth = decoder.Text();
  EXPECT_EQ(fifth, decoder.ok() ? "a text\0 with a zero"s : "");
  const auto sixth = decoder.Fixed<uint64_t>();
  EXPECT_EQ(sixth, decoder.ok() ? 42 : 0);
  const std::string_view seventh = decoder.Text();
  EXPECT_EQ(seventh, decoder.ok() ? std::string(200, 'x') : "");
  const std::string_view eighth = decoder.Bytes(3);
  EXPECT_EQ(eighth, decoder.ok() ? "raw" : "");
  EXPECT_EQ(decoder.rest(), "");
  EXPECT_EQ(decoder.ok(), decoder.done());
  return decoder.done();
}

TEST(CodingTest, ASequenceComesBack) {
  EXPECT_TRUE(DecodeSequence(Sequence()));
}

TEST(CodingTest, EveryTruncationOfASequenceFails) {
  const std::string bytes = Sequence();
  for (size_t size = 0; size < bytes.size(); ++size) {
    // Memory of its own, so that a read past its end is found.
    const std::vector<char> part(bytes.begin(),
                                 bytes.begin() + static_cast<long>(size));
    EXPECT_FALSE(DecodeSequence({part.data(), part.size()})) << size;
  }
}

TEST(CodingTest, WhatIsLeftOverIsNotDone) {
  Decoder decoder("\x05rest");
  EXPECT_EQ(decoder.Varint(), 5U);
  EXPECT_TRUE(decoder.ok());
  EXPECT_FALSE(decoder.done());
  EXPECT_EQ(decoder.rest(), "rest");
}

TEST(CodingTest, ATextThatClaimsTooMuchIsRefused) {
  for (const uint64_t size :
       {uint64_t{4}, uint64_t{1} << 32, std::numeric_limits<uint64_t>::max()}) {
    std::string bytes = Varint(size);
    bytes += "abc";
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.Text(), "");
    EXPECT_FALSE(decoder.ok());
  }
}

TEST(CodingTest, AfterAFailureNothingIsDecoded) {
  const std::string bytes = "\1\2\3";
  Decoder decoder(bytes);
  EXPECT_EQ(decoder.Fixed<uint32_t>(), 0U);
  EXPECT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.Fixed<uint8_t>(), 0U);
  EXPECT_EQ(decoder.Varint(), 0U);
  EXPECT_EQ(decoder.SignedVarint(), 0);
  EXPECT_EQ(decoder.Text(), "");
  EXPECT_EQ(decoder.Bytes(0), "");
  EXPECT_FALSE(decoder.done());
}

}  // namespace
}  // namespace orderstore::io
