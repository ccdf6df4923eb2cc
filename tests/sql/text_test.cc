#include "sql/text.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace orderstore::sql {
namespace {

std::string CopyField(std::string_view text) {
  std::string to;
  AppendCopyField(text, to);
  return to;
}

std::string CsvField(std::string_view text) {
  std::string to;
  AppendCsvField(text, to);
  return to;
}

std::string Literal(std::string_view text) {
  std::string to;
  AppendLiteral(text, to);
  return to;
}

std::string TimeOf(int64_t micros) {
  TimeText times;
  std::string to;
  times.Append(Timestamp(std::chrono::microseconds(micros)), to);
  return to;
}

TEST(TextTest, NumbersAreDecimal) {
  std::string to;
  for (const int64_t number : {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX}) {
    AppendNumber(number, to);
    to += ' ';
  }
  EXPECT_EQ(to, "0 -1 -9223372036854775808 9223372036854775807 ");
}

TEST(TextTest, CopyEscapesWhatEndsAFieldALineOrTheData) {
  EXPECT_EQ(CopyField(""), "");
  EXPECT_EQ(CopyField("Ann Bee"), "Ann Bee");
  EXPECT_EQ(CopyField("\\."), "\\\\.");
  EXPECT_EQ(CopyField("\\N"), "\\\\N");
  EXPECT_EQ(CopyField("a\tb\nc\rd\be\ff\vg"), "a\\tb\\nc\\rd\\be\\ff\\vg");
  EXPECT_EQ(CopyField("'\"\x01\x7f\xc3\xa9"), "'\"\x01\x7f\xc3\xa9");
}

TEST(TextTest, CsvQuotesWhatIsEmptyOrEndsAField) {
  EXPECT_EQ(CsvField(""), "\"\"");
  EXPECT_EQ(CsvField("Ann Bee"), "Ann Bee");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(CsvField("a\nb"), "\"a\nb\"");
  EXPECT_EQ(CsvField("a\rb"), "\"a\rb\"");
  EXPECT_EQ(CsvField("\\."), "\"\\.\"");
  EXPECT_EQ(CsvField("\\N"), "\\N");
}

TEST(TextTest, LiteralsDoubleQuotesAndNothingElse) {
  EXPECT_EQ(Literal(""), "''");
  EXPECT_EQ(Literal("it's \\ \"x\"\n"), "'it''s \\ \"x\"\n'");
}

TEST(TextTest, NamesAreQuotedButPublic) {
  EXPECT_EQ(QuotedName("public"), "public");
  EXPECT_EQ(QuotedName("shop"), "\"shop\"");
  EXPECT_EQ(QuotedName("a\"b"), "\"a\"\"b\"");
}

TEST(TextTest, TimesAreThoseOfTheServer) {
  EXPECT_EQ(TimeOf(0), "1970-01-01 00:00:00");
  EXPECT_EQ(TimeOf(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(TimeOf(1'000'100), "1970-01-01 00:00:01.0001");
  EXPECT_EQ(TimeOf(kTimestampMin.time_since_epoch().count()),
            "4714-11-24 00:00:00 BC");
  EXPECT_EQ(TimeOf(kTimestampMax.time_since_epoch().count()),
            "294247-01-10 04:00:54.775807");
  // The last day of the year before 1, and the first of 1.
  constexpr int64_t kDay = int64_t{86'400} * 1'000'000;
  EXPECT_EQ(TimeOf(-719'162 * kDay), "0001-01-01 00:00:00");
  EXPECT_EQ(TimeOf(-719'163 * kDay), "0001-12-31 00:00:00 BC");
}

TEST(TextTest, ADayIsRememberedAndForgotten) {
  TimeText times;
  std::string to;
  for (const int64_t seconds : {0, 86'399, 86'400, 0}) {
    times.Append(Timestamp(std::chrono::seconds(seconds)), to);
    to += '|';
  }
  EXPECT_EQ(to,
            "1970-01-01 00:00:00|1970-01-01 23:59:59|1970-01-02 00:00:00|"
            "1970-01-01 00:00:00|");
}

}  // namespace
}  // namespace orderstore::sql
