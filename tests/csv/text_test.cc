#include "csv/text.h"

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using namespace std::string_literals;

std::string Repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(ColumnTextTest, Utf8OfEveryLengthIsGood) {
  for (const char* text : {"", "a", "0012345678905", "é", "€", "😀",
                           "a longer text with é and € and 😀 in it"}) {
    EXPECT_TRUE(IsColumnText(text)) << text;
  }
}

TEST(ColumnTextTest, BytesThatAreNotUtf8AreBadWhereverTheyStand) {
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x80\x80",
        "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    for (int before = 0; before < 20; ++before) {
      const std::string text = Repeat("x", before) + bad;
      EXPECT_FALSE(IsColumnText(text)) << before;
      EXPECT_FALSE(IsColumnText(text + "after it")) << before;
    }
  }
}

TEST(ColumnTextTest, NulIsBadWhereverItStands) {
  for (size_t size = 1; size < 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\0';
      EXPECT_FALSE(IsColumnText(text)) << at << " of " << size;
    }
  }
}

TEST(ColumnTextTest, TheMostIs255CharactersNotBytes) {
  for (const char* character : {"a", "é", "€", "😀"}) {
    EXPECT_TRUE(IsColumnText(Repeat(character, 255))) << character;
    EXPECT_FALSE(IsColumnText(Repeat(character, 256))) << character;
  }
}

TEST(ParseIdTest, IdsAreDigitsInRange) {
  EXPECT_EQ(ParseId("1"), 1);
  EXPECT_EQ(ParseId("2147483647"), 2147483647);
  EXPECT_EQ(ParseId("007"), 7);
  EXPECT_EQ(ParseId("0000000000000000000000000000042"), 42);
}

TEST(ParseIdTest, AnythingElseIsNone) {
  for (const char* text :
       {"", "0", "000", "-1", "+1", "1.0", "1e3", "0x1", "1 2", " 1", "a",
        "2147483648", "4294967297", "18446744073709551617", "٣"}) {
    EXPECT_EQ(ParseId(text), std::nullopt) << text;
  }
}

TEST(PrintableTest, ControlAndForeignBytesAreEscaped) {
  EXPECT_EQ(Printable("a,é 😀"), "a,é 😀");
  EXPECT_EQ(Printable("a\n\x1b[2J\x7f\0b"s), "a\\x0a\\x1b[2J\\x7f\\x00b");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(Printable("\xFF\xC3"), "\\xff\\xc3");
}

TEST(PrintableTest, LongTextIsCutAtACharacter) {
  EXPECT_EQ(Printable("abcdef", 3), "abc...");
  EXPECT_EQ(Printable("ééé", 3), "éé...");
  EXPECT_EQ(Printable("abc", 3), "abc");
}

TEST(AppendFieldTest, QuotesOnlyWhereCsvNeedsThem) {
  const auto field = [](std::string_view text) {
    std::string line = "x,";
    AppendField(text, line);
    return line;
  };
  EXPECT_EQ(field("plain text"), "x,plain text");
  EXPECT_EQ(field(""), "x,");
  EXPECT_EQ(field("a,b"), "x,\"a,b\"");
  EXPECT_EQ(field("a\"b"), "x,\"a\"\"b\"");
  EXPECT_EQ(field("a\nb"), "x,\"a\nb\"");
  EXPECT_EQ(field("a\rb"), "x,\"a\rb\"");
}

}  // namespace
}  // namespace orderstore::csv
