#include "csv/header.h"

#include <array>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kWanted = {"order_id", "customer_id"};

absl::StatusOr<Header> Read(std::string text) {
  return ReadHeader(Input::FromText("orders.csv", std::move(text)), kWanted);
}

std::string ErrorOf(std::string text) {
  const absl::StatusOr<Header> header = Read(std::move(text));
  EXPECT_EQ(header.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(header.status().message());
}

TEST(HeaderTest, ColumnsStandInAnyOrder) {
  EXPECT_THAT(Read("order_id,customer_id\n")->positions, ElementsAre(0, 1));
  EXPECT_THAT(Read("customer_id,order_id")->positions, ElementsAre(1, 0));
}

TEST(HeaderTest, BlanksQuotesAndAByteOrderMarkAreNoPartOfNames) {
  EXPECT_THAT(Read("\xEF\xBB\xBF order_id\t, \"customer_id\" \r\n")->positions,
              ElementsAre(0, 1));
}

TEST(HeaderTest, OtherColumnsAreIgnoredButCounted) {
  const absl::StatusOr<Header> header = Read("a,order_id,b,customer_id,a\n");
  EXPECT_THAT(header->positions, ElementsAre(1, 3));
  EXPECT_EQ(header->field_count, 5u);
}

TEST(HeaderTest, EmptyLinesBeforeItAreNoHeader) {
  EXPECT_THAT(Read("\n\norder_id,customer_id\n")->positions, ElementsAre(0, 1));
}

// ---- Errors ----

TEST(HeaderTest, MissingColumnsAreNamed) {
  EXPECT_EQ(ErrorOf("order_id,customer\n"),
            "orders.csv:1: the header has no column customer_id: "
            "order_id,customer; the columns order_id,customer_id are needed");
  EXPECT_THAT(ErrorOf("\na,b\n"),
              HasSubstr("orders.csv:2: the header has no column "
                        "order_id,customer_id: a,b"));
}

TEST(HeaderTest, NamesAreComparedExactlyAndAnotherCaseIsPointedOut) {
  EXPECT_EQ(ErrorOf("Order_ID,customer_id\n"),
            "orders.csv:1: the header has no column order_id: "
            "Order_ID,customer_id (Order_ID is not order_id: case matters); "
            "the columns order_id,customer_id are needed");
  EXPECT_THAT(ErrorOf("ORDER_ID,CUSTOMER_ID\n"),
              HasSubstr("(ORDER_ID is not order_id: case matters);"));
}

TEST(HeaderTest, OtherSeparatorsArePointedOut) {
  EXPECT_EQ(ErrorOf("order_id;customer_id\n"),
            "orders.csv:1: the header has no column order_id,customer_id: "
            "order_id;customer_id (it has semicolons; fields are separated by "
            "commas); the columns order_id,customer_id are needed");
  EXPECT_THAT(ErrorOf("order_id\tcustomer_id\n"),
              HasSubstr("(it has tabs; fields are separated by commas);"));
  EXPECT_THAT(ErrorOf("\"order_id\";\"customer_id\"\n"),
              HasSubstr("do not pair: \"order_id\";\"customer_id\" (it has "
                        "semicolons; fields are separated by commas);"));
}

TEST(HeaderTest, HeadersThatAreJustOthersGetNoHint) {
  EXPECT_THAT(ErrorOf("a;b,c\n"), HasSubstr(": a;b,c; the columns"));
  EXPECT_THAT(ErrorOf("order id,customer_id\n"),
              HasSubstr(": order id,customer_id; the columns"));
}

TEST(HeaderTest, AColumnNamedTwiceIsAnError) {
  EXPECT_THAT(ErrorOf("order_id,customer_id,order_id\n"),
              HasSubstr("the header names the column order_id twice"));
}

TEST(HeaderTest, AnEmptyFileIsAnError) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("orders.csv:1: the file is empty"));
  EXPECT_THAT(ErrorOf("\n \n"), HasSubstr("the file is empty"));
}

TEST(HeaderTest, BrokenQuotesAreAnError) {
  EXPECT_THAT(ErrorOf("\"order_id,customer_id\n1,2\n"),
              HasSubstr("the header's quotes do not pair: \"order_id"));
}

TEST(HeaderTest, TextOfTheFileIsEscapedInMessages) {
  EXPECT_THAT(ErrorOf("\x1b[31morder_id\n"), HasSubstr("\\x1b[31morder_id"));
}

}  // namespace
}  // namespace orderstore::csv
