#include "txn/text_check.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace orderstore::txn {
namespace {

using std::string_literals::operator""s;

bool IsText(std::string_view text) {
  return CheckText("column", text, Empty::kRefused).ok();
}

void ExpectRefused(std::string_view text, std::string_view why) {
  const absl::Status status = CheckText("email", text, Empty::kAllowed);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string message(status.message());
  EXPECT_NE(message.find(why), std::string::npos) << message;
  EXPECT_EQ(message.rfind("email '", 0), 0) << message;
}

std::string Encoded(uint32_t code_point) {
  std::string text;
  const auto add = [&text](uint32_t byte) {
    text.push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0 | code_point >> 6);
    add(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    add(0xe0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  } else {
    add(0xf0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3f));
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  }
  return text;
}

// ---- UTF-8 -----------------------------------------------------------------

TEST(CheckTextTest, EveryCodePointButNulAndSurrogatesIsText) {
  for (uint32_t code_point = 1; code_point <= 0x10ffff; ++code_point) {
    const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    ASSERT_EQ(IsText(Encoded(code_point)), !surrogate)
        << std::hex << code_point;
  }
  for (const uint32_t code_point : {0x110000u, 0x13ffffu, 0x1fffffu}) {
    EXPECT_FALSE(IsText(Encoded(code_point)));
  }
}

TEST(CheckTextTest, TheFirstAndLastOfEverySizeAreText) {
  for (const char* text :
       {"\x01", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf",
        "\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80",
        "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsText(text)) << Quoted(text);
  }
}

TEST(CheckTextTest, OverlongFormsSurrogatesAndWhatIsBeyondAreRefused) {
  for (const char* text :
       {"\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff"}) {
    ExpectRefused(text, "is not valid UTF-8");
    ExpectRefused("a"s + text + "b", "is not valid UTF-8");
  }
}

// Every pair of bytes, and every lead with too few continuations.
TEST(CheckTextTest, TwoBytesAreTextAsTheTableOfTheRfcSays) {
  for (int first = 1; first < 256; ++first) {
    for (int second = 1; second < 256; ++second) {
      const std::string text = {static_cast<char>(first),
                                static_cast<char>(second)};
      const bool expected = first < 0x80 ? second < 0x80
                                         : first >= 0xc2 && first <= 0xdf &&
                                               second >= 0x80 && second <= 0xbf;
      ASSERT_EQ(IsText(text), expected) << std::hex << first << " " << second;
    }
  }
}

TEST(CheckTextTest, ThreeAndFourBytesAreTextAsTheTableOfTheRfcSays) {
  const auto in = [](int byte, int first, int last) {
    return byte >= first && byte <= last;
  };
  for (int lead = 0xe0; lead < 256; ++lead) {
    for (int second = 1; second < 256; ++second) {
      const bool three = (lead == 0xe0 && in(second, 0xa0, 0xbf)) ||
                         (lead == 0xed && in(second, 0x80, 0x9f)) ||
                         (lead != 0xe0 && lead != 0xed &&
                          in(lead, 0xe1, 0xef) && in(second, 0x80, 0xbf));
      const bool four = (lead == 0xf0 && in(second, 0x90, 0xbf)) ||
                        (in(lead, 0xf1, 0xf3) && in(second, 0x80, 0xbf)) ||
                        (lead == 0xf4 && in(second, 0x80, 0x8f));
      const std::string two = {static_cast<char>(lead),
                               static_cast<char>(second)};
      ASSERT_EQ(IsText(two + "\x80"), three) << std::hex << lead << second;
      ASSERT_EQ(IsText(two + "\xbf"), three);
      ASSERT_EQ(IsText(two + "\x80\xbf"), four) << std::hex << lead << second;
      ASSERT_FALSE(IsText(two));
      ASSERT_FALSE(IsText(two + "\x7f"));
      ASSERT_FALSE(IsText(two + "\xc0"));
      ASSERT_EQ(IsText(two + "\x80\x7f"), three) << "three bytes and one";
      ASSERT_FALSE(IsText(two + "\x80\x80\x80"));
    }
  }
}

TEST(CheckTextTest, ContinuationsWithoutALeadAreRefused) {
  for (int byte = 0x80; byte <= 0xbf; ++byte) {
    EXPECT_FALSE(IsText(std::string(1, static_cast<char>(byte))));
    EXPECT_FALSE(IsText("a" + std::string(1, static_cast<char>(byte))));
  }
}

TEST(CheckTextTest, TextThatEndsWithinACharacterIsRefused) {
  for (const uint32_t code_point : {0xe9u, 0x20acu, 0x1f600u}) {
    const std::string whole = "ab" + Encoded(code_point);
    EXPECT_TRUE(IsText(whole));
    for (size_t size = 3; size < whole.size(); ++size) {
      ExpectRefused(whole.substr(0, size), "is not valid UTF-8");
    }
  }
}

// ---- Length, NUL, empty ----------------------------------------------------

TEST(CheckTextTest, LengthIsCountedInCharacters) {
  for (const uint32_t code_point : {0x61u, 0xe9u, 0x20acu, 0x1f600u}) {
    std::string text;
    for (int i = 0; i < 255; ++i) text += Encoded(code_point);
    EXPECT_TRUE(IsText(text));
    ExpectRefused(text + "a", "has more than 255 characters");
    ExpectRefused("a" + text, "has more than 255 characters");
  }
}

TEST(CheckTextTest, NulIsRefusedWhereverItIs) {
  ExpectRefused("\0"s, "contains a NUL byte");
  ExpectRefused("\0a"s, "contains a NUL byte");
  ExpectRefused("a\0"s, "contains a NUL byte");
  ExpectRefused("\xc3\xa9\0"s, "contains a NUL byte");
  ExpectRefused(std::string(300, 'a') + "\0"s, "contains a NUL byte");
}

// Text is looked at some bytes at a time; no place in them is overlooked.
TEST(CheckTextTest, ABadByteIsFoundWhereverItIs) {
  for (size_t size = 1; size <= 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (const char good : {'\x01', '\x7f'}) {
        std::string text(size, good);
        EXPECT_TRUE(IsText(text));
        text[at] = '\0';
        ExpectRefused(text, "contains a NUL byte");
        for (const char bad : {'\x80', '\x81', '\xff'}) {
          text[at] = bad;
          ExpectRefused(text, "is not valid UTF-8");
        }
      }
    }
  }
}

TEST(CheckTextTest, OtherControlCharactersAreText) {
  EXPECT_TRUE(IsText("a\tb\r\nc\x1b\x7f"));
}

TEST(CheckTextTest, EmptyTextIsRefusedOnlyWhereItMayNotBe) {
  EXPECT_TRUE(CheckText("name", "", Empty::kAllowed).ok());
  const absl::Status status = CheckText("email", "", Empty::kRefused);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()), "email '' is empty");
}

// ---- Messages --------------------------------------------------------------

TEST(QuotedTest, ShowsTextAsItIs) {
  EXPECT_EQ(Quoted("ann@example.com"), "'ann@example.com'");
  EXPECT_EQ(Quoted("B\xc3\xb6"
                   "b"),
            "'B\xc3\xb6"
            "b'");
  EXPECT_EQ(Quoted(""), "''");
}

TEST(QuotedTest, EscapesControlBytesAndQuotes) {
  EXPECT_EQ(Quoted("a\nb\x1b"), "'a\\nb\\x1b'");
  EXPECT_EQ(Quoted("a\0z"s), "'a\\x00z'");
  EXPECT_EQ(Quoted("it's"), "'it\\'s'");
  EXPECT_EQ(Quoted("\x7f"), "'\\x7f'");
}

TEST(QuotedTest, CutsLongText) {
  EXPECT_EQ(Quoted(std::string(64, 'a')), "'" + std::string(64, 'a') + "'");
  EXPECT_EQ(Quoted(std::string(65, 'a')), "'" + std::string(64, 'a') + "'...");
}

}  // namespace
}  // namespace orderstore::txn
