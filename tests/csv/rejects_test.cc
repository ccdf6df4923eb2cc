#include <string>
#include <vector>

#include "csv/expected_rejects.h"
#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::ElementsAre;
using testing::Pair;

class RejectsTest : public testing::Test {
 protected:
  std::string Written(const std::vector<Reject>& rejects) {
    absl::StatusOr<OutputFile> file = OutputFile::Create(folder_ / "out");
    EXPECT_TRUE(WriteRejects(rejects, sources_, *file).ok());
    EXPECT_TRUE(file->Publish().ok());
    return folder_.Get("out");
  }

  TestFolder folder_;
  Input orders_ = Input::FromText("data/orders,old.csv",
                                  "order_id,customer_id\nx, 1 \r\n\n\"2\n\",x");
  Input barcodes_ = Input::FromText("barcodes.csv",
                                    "\xEF\xBB\xBF"
                                    "barcode,order_id\n\"a,1\nb \"\"\n,2\n");
  const Sources sources_ = {.orders = &orders_, .barcodes = &barcodes_};
};

TEST_F(RejectsTest, NoRejectsAreAHeader) {
  EXPECT_EQ(Written({}), "file,line,reason,row\n");
}

TEST_F(RejectsTest, RowsAreAsTheyStandInTheFile) {
  EXPECT_EQ(Written({{Table::kOrders, Reason::kBadId, 2},
                     {Table::kOrders, Reason::kBadId, 4},
                     {Table::kBarcodes, Reason::kWrongFieldCount, 2},
                     {Table::kBarcodes, Reason::kWrongFieldCount, 3},
                     {Table::kBarcodes, Reason::kMissingBarcode, 4}}),
            "file,line,reason,row\n"
            "\"data/orders,old.csv\",2,bad_id,\"x, 1 \"\n"
            "\"data/orders,old.csv\",4,bad_id,\"\"\"2\n\"\",x\"\n"
            "barcodes.csv,2,wrong_field_count,\"\"\"a,1\"\n"
            "barcodes.csv,3,wrong_field_count,\"b \"\"\"\"\"\n"
            "barcodes.csv,4,missing_barcode,\",2\"\n");
}

TEST_F(RejectsTest, ReasonsAreCountedInTheirOrder) {
  EXPECT_THAT(
      CountByReason({{{Table::kBarcodes, Reason::kUnknownOrder, 2},
                      {Table::kBarcodes, Reason::kBadId, 3},
                      {Table::kBarcodes, Reason::kUnknownOrder, 4}}}),
      ElementsAre(Pair(Reason::kBadId, 1), Pair(Reason::kUnknownOrder, 2)));
}

TEST_F(RejectsTest, EveryReasonHasItsName) {
  EXPECT_EQ(NameOf(Reason::kWrongFieldCount), "wrong_field_count");
  EXPECT_EQ(NameOf(Reason::kBadCustomer), "bad_customer");
  EXPECT_EQ(NameOf(Reason::kIncompleteOrder), "incomplete_order");
  EXPECT_EQ(NameOf(Reason::kMissingBarcode), "missing_barcode");
  EXPECT_EQ(NameOf(Reason::kBadId), "bad_id");
  EXPECT_EQ(NameOf(Reason::kBadText), "bad_text");
  EXPECT_EQ(NameOf(Reason::kDuplicateCustomer), "duplicate_customer");
  EXPECT_EQ(NameOf(Reason::kDuplicateOrder), "duplicate_order");
  EXPECT_EQ(NameOf(Reason::kDuplicateBarcode), "duplicate_barcode");
  EXPECT_EQ(NameOf(Reason::kUnknownCustomer), "unknown_customer");
  EXPECT_EQ(NameOf(Reason::kUnknownOrder), "unknown_order");
  EXPECT_EQ(NameOf(Reason::kConflict), "conflict");
}

}  // namespace
}  // namespace orderstore::csv
