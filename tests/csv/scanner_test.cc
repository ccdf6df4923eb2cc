#include "csv/scanner.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Record {
  int64_t line;
  std::string raw;
  std::vector<std::string> fields;
  bool is_broken = false;

  friend bool operator==(const Record&, const Record&) = default;
  friend void PrintTo(const Record& record, std::ostream* out) {
    *out << record.line << (record.is_broken ? " broken" : "") << " <"
         << record.raw << ">";
    for (const std::string& field : record.fields) *out << " [" << field << "]";
  }
};

std::vector<Record> Scan(std::string_view text) {
  // At the end of its memory, so that a sanitizer sees a step too far.
  const auto exact = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), exact.get());
  Scanner scanner({exact.get(), text.size()}, 10);
  std::vector<Record> records;
  while (scanner.Next()) {
    Record record{scanner.line(), std::string(scanner.raw()), {}};
    record.is_broken = scanner.has_broken_quotes();
    for (size_t i = 0; i < scanner.field_count(); ++i) {
      record.fields.emplace_back(scanner.field(i));
    }
    records.push_back(record);
  }
  return records;
}

// The fields of the only record of `text`.
std::vector<std::string> FieldsOf(std::string_view text) {
  const std::vector<Record> records = Scan(text);
  EXPECT_EQ(records.size(), 1u) << text;
  return records.empty() ? std::vector<std::string>() : records[0].fields;
}

TEST(ScannerTest, LinesAreRecordsAndCommasPartFields) {
  EXPECT_THAT(Scan("a,b\n1,2\n"), ElementsAre(Record{1, "a,b", {"a", "b"}},
                                              Record{2, "1,2", {"1", "2"}}));
}

TEST(ScannerTest, NoTextHasNoRecords) {
  EXPECT_THAT(Scan(""), IsEmpty());
  EXPECT_THAT(Scan("\n"), IsEmpty());
  EXPECT_THAT(Scan("\xEF\xBB\xBF"), IsEmpty());
}

TEST(ScannerTest, TheLastLineEndMayBeMissing) {
  EXPECT_THAT(FieldsOf("1,2"), ElementsAre("1", "2"));
  EXPECT_THAT(FieldsOf("1,"), ElementsAre("1", ""));
  EXPECT_THAT(FieldsOf("1,2\r"), ElementsAre("1", "2"));
  EXPECT_THAT(FieldsOf("1,\"2\"\r"), ElementsAre("1", "2"));
  EXPECT_THAT(FieldsOf("1,\"2\""), ElementsAre("1", "2"));
}

TEST(ScannerTest, CrlfEndsLinesAndIsNoPartOfThem) {
  EXPECT_THAT(Scan("1,2\r\n\"3\",\"4\"\r\n"),
              ElementsAre(Record{1, "1,2", {"1", "2"}},
                          Record{2, "\"3\",\"4\"", {"3", "4"}}));
}

TEST(ScannerTest, ACrInsideOfALineIsText) {
  EXPECT_THAT(FieldsOf("1\r2,3\n"), ElementsAre("1\r2", "3"));
}

TEST(ScannerTest, AByteOrderMarkIsPassedOver) {
  EXPECT_THAT(FieldsOf("\xEF\xBB\xBF"
                       "a,b\n"),
              ElementsAre("a", "b"));
  EXPECT_THAT(FieldsOf("\xEF\xBB\xBF\"a\",b\n"), ElementsAre("a", "b"));
}

TEST(ScannerTest, EmptyAndBlankLinesAreNumberedButNoRecords) {
  EXPECT_THAT(Scan("\n1\n\r\n \t \n2\n\n"),
              ElementsAre(Record{2, "1", {"1"}}, Record{5, "2", {"2"}}));
}

TEST(ScannerTest, AQuotedEmptyFieldIsARecord) {
  EXPECT_THAT(Scan("\"\"\n"), ElementsAre(Record{1, "\"\"", {""}}));
}

TEST(ScannerTest, BlanksAroundFieldsAreTrimmedAndThoseInsideKept) {
  EXPECT_THAT(FieldsOf(" a b ,\tc\t, ,d\n"), ElementsAre("a b", "c", "", "d"));
  EXPECT_THAT(FieldsOf(" \"a\" ,\t\" b \"\t\n"), ElementsAre("a", "b"));
}

TEST(ScannerTest, QuotedFieldsMayHoldCommasQuotesAndLineEnds) {
  EXPECT_THAT(Scan("\"a,b\",\"c \"\"d\"\"\",\"e\r\nf\ng\"\n2\n"),
              ElementsAre(Record{1,
                                 "\"a,b\",\"c \"\"d\"\"\",\"e\r\nf\ng\"",
                                 {"a,b", "c \"d\"", "e\r\nf\ng"}},
                          Record{4, "2", {"2"}}));
}

TEST(ScannerTest, AQuoteInsideOfAnUnquotedFieldStandsForItself) {
  EXPECT_THAT(FieldsOf("5\" pipe,a\"\"b\n"), ElementsAre("5\" pipe", "a\"\"b"));
}

TEST(ScannerTest, AnEscapedQuoteAloneIsAField) {
  EXPECT_THAT(FieldsOf("\"\"\"\",x\n"), ElementsAre("\"", "x"));
}

TEST(ScannerTest, AQuoteThatNeverEndsCostsOneLine) {
  EXPECT_THAT(
      Scan("1,2\n\"3,4\n5,6\n"),
      ElementsAre(Record{1, "1,2", {"1", "2"}}, Record{2, "\"3,4", {}, true},
                  Record{3, "5,6", {"5", "6"}}));
  EXPECT_THAT(Scan("1,\""), ElementsAre(Record{1, "1,\"", {}, true}));
}

TEST(ScannerTest, TextAfterAClosingQuoteCostsOneLine) {
  EXPECT_THAT(Scan("\"1\"2,3\n4,5\n"),
              ElementsAre(Record{1, "\"1\"2,3", {}, true},
                          Record{2, "4,5", {"4", "5"}}));
}

TEST(ScannerTest, ABrokenQuoteDoesNotTakeTheQuotedRowsAfterIt) {
  EXPECT_THAT(
      Scan("\"1,2\n3,4\n\"5\",\"6\n7\"\n8,9\n"),
      ElementsAre(Record{1, "\"1,2", {}, true}, Record{2, "3,4", {"3", "4"}},
                  Record{3, "\"5\",\"6\n7\"", {"5", "6\n7"}},
                  Record{5, "8,9", {"8", "9"}}));
}

TEST(ScannerTest, ABrokenFieldAfterAGoodOneOfManyLinesCostsTheFirstLine) {
  EXPECT_THAT(
      Scan("\"1\n2\",\"3\"4\n5\n"),
      ElementsAre(Record{1, "\"1", {}, true}, Record{2, "2\",\"3\"4", {}, true},
                  Record{3, "5", {"5"}}));
}

TEST(ScannerTest, FieldsPastTheMostAreCountedOnly) {
  Scanner scanner("1,\"a\"\"b\",3,4\n", 1);
  ASSERT_TRUE(scanner.Next());
  EXPECT_EQ(scanner.field_count(), 4u);
  EXPECT_EQ(scanner.field(0), "1");
  EXPECT_THAT(scanner.ReleaseJoined(), IsEmpty());
}

TEST(ScannerTest, JoinedTextsOutliveTheScanner) {
  std::deque<std::string> joined;
  std::string_view field;
  {
    Scanner scanner("\"a\"\"b\"\n", 1);
    ASSERT_TRUE(scanner.Next());
    field = scanner.field(0);
    joined = scanner.ReleaseJoined();
  }
  EXPECT_EQ(field, "a\"b");
}

TEST(ScannerTest, SkipToFindsTheRecordsOfALineAgain) {
  const std::string text = "h\n1\n\n\"2\n3\"\n\"x\n4\n";
  Scanner scanner(text, 1);
  scanner.SkipTo(2);
  ASSERT_TRUE(scanner.Next());
  EXPECT_EQ(scanner.raw(), "1");
  scanner.SkipTo(4);
  ASSERT_TRUE(scanner.Next());
  EXPECT_EQ(scanner.raw(), "\"2\n3\"");
  scanner.SkipTo(6);
  ASSERT_TRUE(scanner.Next());
  EXPECT_EQ(scanner.raw(), "\"x");
  EXPECT_EQ(scanner.line(), 6);
}

// Each line here begins a record that goes on to the end of the text and is
// broken there. Scanned anew from every line, half a million of them would
// take hours.
TEST(ScannerTest, QuotesBrokenOnEveryLineTakeLinearTime) {
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "a\",\"\n";
  text += "a\",\"x";
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Record> records = Scan(text);
  EXPECT_EQ(records.size(), 500'001u);
  EXPECT_TRUE(records.front().is_broken);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace orderstore::csv
