#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shell/row_lines.h"
#include "shell/words.h"

namespace orderstore::shell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ShellWordsTest, ALineIsDividedIntoSessionAndCommand) {
  const auto session = [](std::string_view text) {
    return std::string(DivideLine(text).session);
  };
  EXPECT_EQ(session("begin"), "");
  EXPECT_EQ(session("a: begin"), "a");
  EXPECT_EQ(session("  a:\tbegin"), "a");
  EXPECT_EQ(session("A-b_9:"), "A-b_9");
  EXPECT_EQ(session("a:begin"), "");
  EXPECT_EQ(session(": begin"), "");
  EXPECT_EQ(session("a b: begin"), "");
  EXPECT_EQ(session("\xC3\xA4: begin"), "");
  EXPECT_EQ(DivideLine("  a:  b: c ").command, "b: c ");
  EXPECT_EQ(DivideLine("  dump").command, "dump");
}

TEST(ShellWordsTest, WordsArePartedByBlanks) {
  EXPECT_THAT(*ParseWords(""), IsEmpty());
  EXPECT_THAT(*ParseWords(" a\t b  "), ElementsAre("a", "b"));
  EXPECT_THAT(*ParseWords("\"a b\" \"\""), ElementsAre("a b", ""));
  EXPECT_THAT(*ParseWords(R"("\"\\\n\r\x00\xfF")"),
              ElementsAre(std::string("\"\\\n\r\0\xFF", 6)));
}

TEST(ShellWordsTest, WrongQuotesAreErrors) {
  for (const char* text :
       {"\"", "\"a", "\"a\\\"", "\"a\"b", "\"a\"\"b\"", "a\"", "a\\b", "\\",
        "\"\\q\"", "\"\\x1\"", "\"\\xg0\"", "\"\\"}) {
    EXPECT_FALSE(ParseWords(text).ok()) << text;
  }
}

TEST(ShellWordsTest, EveryTextPrintsAsAWordThatReadsAsTheText) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& text :
       {std::string("a"), std::string(), std::string("a b"), all,
        std::string("\xC2\x80\xC2\x9F\xC2\xA0\xC2"), std::string("a:"),
        std::string("ok"), std::string("-"), std::string("#")}) {
    for (const bool is_first : {false, true}) {
      std::string word;
      if (is_first) {
        word = FirstWord(text);
      } else {
        AppendWord(text, word);
      }
      EXPECT_EQ(word.find_first_of("\n\r"), word.npos);
      EXPECT_THAT(*ParseWords(word), ElementsAre(text)) << word;
    }
  }
}

TEST(ShellRowLinesTest, TimesAreIso8601) {
  using std::chrono::microseconds;
  EXPECT_EQ(TimeText(Timestamp()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(TimeText(Timestamp(microseconds(-1))),
            "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(TimeText(Timestamp(microseconds(1'709'251'199'000'001))),
            "2024-02-29T23:59:59.000001Z");
  // Julian day 0 is 4714-11-24 BC, the year -4713.
  EXPECT_EQ(TimeText(kTimestampMin), "-4713-11-24T00:00:00.000000Z");
  EXPECT_EQ(TimeText(kTimestampMax), "+294247-01-10T04:00:54.775807Z");
}

}  // namespace
}  // namespace orderstore::shell
