// `orderstore export --to`: what it prints, and what the server has then.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "sql/database.h"

namespace orderstore {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class ExportToTest : public testing::Test {
 protected:
  ExportToTest() {
    database_.folder().Put("o.csv", "order_id,customer_id\n2,11\n1,10\n");
    database_.folder().Put("b.csv", "barcode,order_id\nz,1\ny,2\nu,\n");
    EXPECT_EQ(
        database_.Run("\"$ORDERSTORE\" import shop o.csv b.csv").exit_code, 0);
  }

  // The database comes from the environment, or from the URI.
  Outcome Export(const std::string& options,
                 const std::string& uri = "postgresql://") {
    return database_.Run("\"$ORDERSTORE\" export shop --to '" + uri + "' " +
                         options);
  }

  const Database database_;
};

TEST_F(ExportToTest, LoadsTheServerAndPrintsTheProof) {
  const Outcome outcome = Export("");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out,
              MatchesRegex("lsn 1\ncustomers 2 -?[0-9]+\norders 2 -?[0-9]+\n"
                           "barcodes 3 -?[0-9]+\n"));
  EXPECT_EQ(
      database_.Query("SELECT barcode_value, order_id FROM barcodes ORDER "
                      "BY id"),
      "z|1\ny|2\nu|\n");
}

TEST_F(ExportToTest, AgainItReplacesIfItIsToldTo) {
  EXPECT_EQ(Export("", database_.uri()).exit_code, 0);
  const Outcome again = Export("", database_.uri());
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.out, "");
  EXPECT_THAT(again.err,
              HasSubstr("have 7 rows; nothing was changed; --replace "
                        "puts the store's in their place"));
  const Outcome replaced = Export("--replace --fast-load --json");
  EXPECT_EQ(replaced.exit_code, 0);
  const auto json = nlohmann::json::parse(replaced.out);
  EXPECT_EQ(json["lsn"], 1);
  EXPECT_EQ(json["made_tables"], false);
  EXPECT_EQ(json["rows_before"], 7);
  EXPECT_EQ(json["tables"]["barcodes"]["rows"], 3);
  EXPECT_TRUE(json["tables"]["barcodes"]["digest"].is_string());
}

TEST_F(ExportToTest, ASchemaOfItsOwn) {
  EXPECT_EQ(Export("--schema shop").exit_code, 0);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM shop.orders"), "2\n");
}

}  // namespace
}  // namespace orderstore
