// `orderstore generate` as a user sees it.

#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class GenerateTest : public testing::Test {
 protected:
  Outcome Generate(const std::string& arguments) {
    return RunCommand(folder_, "generate " + arguments);
  }

  // The rows of a file, each as its fields, without the header.
  std::vector<std::vector<std::string>> Rows(const std::string& name) {
    std::istringstream text(folder_.Get(name));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(text, line);) {
      std::vector<std::string> fields(1);
      for (const char c : line) {
        if (c == ',') {
          fields.emplace_back();
        } else {
          fields.back() += c;
        }
      }
      rows.push_back(fields);
    }
    rows.erase(rows.begin());
    return rows;
  }

  std::map<std::string, int> OrdersByCustomer(const std::string& folder) {
    std::map<std::string, int> orders;
    for (const auto& row : Rows(folder + "/orders.csv")) ++orders[row.at(1)];
    return orders;
  }

  TestFolder folder_;
};

TEST_F(GenerateTest, WritesThreeFilesAndPrintsTheirRows) {
  const Outcome outcome = Generate("--customers 100 d");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out,
              MatchesRegex("customers 100\norders 210\nbarcodes [0-9]+\n"
                           "unassigned_barcodes [0-9]+\n"));
  EXPECT_EQ(Rows("d/customers.csv").size(), 100u);
  EXPECT_EQ(Rows("d/orders.csv").size(), 210u);
}

TEST_F(GenerateTest, PrintsOneJsonObject) {
  const nlohmann::json json =
      nlohmann::json::parse(Generate("--customers 10 --json d").out);
  EXPECT_EQ(json["customers"], 10);
  EXPECT_EQ(json["orders"], 21);
  EXPECT_EQ(json["barcodes"], Rows("d/barcodes.csv").size());
}

TEST_F(GenerateTest, TheSameSeedGivesTheSameBytes) {
  Generate("--customers 50 a");
  Generate("--customers 50 --seed 1 --skew 0.5 b");
  Generate("--customers 50 --seed 2 c");
  Generate("--customers 50 --skew 0.9 d");
  for (const std::string name :
       {"/customers.csv", "/orders.csv", "/barcodes.csv"}) {
    EXPECT_EQ(folder_.Get("a" + name), folder_.Get("b" + name)) << name;
  }
  EXPECT_NE(folder_.Get("a/customers.csv"), folder_.Get("c/customers.csv"));
  EXPECT_NE(folder_.Get("a/orders.csv"), folder_.Get("c/orders.csv"));
  EXPECT_NE(folder_.Get("a/barcodes.csv"), folder_.Get("c/barcodes.csv"));
  EXPECT_NE(folder_.Get("a/orders.csv"), folder_.Get("d/orders.csv"));
}

TEST_F(GenerateTest, TheBytesAreThoseOfTheFirstRelease) {
  Generate("--customers 2 --seed 7 d");
  EXPECT_EQ(folder_.Get("d/customers.csv"),
            "customer_id,email,name\n"
            "1,rani.noma.1@example.com,Rani Noma\n"
            "2,doma.melo.2@example.com,Doma Melo\n");
  EXPECT_EQ(folder_.Get("d/orders.csv"),
            "order_id,customer_id\n"
            "1,2\n"
            "2,2\n"
            "3,2\n"
            "4,1\n");
  EXPECT_EQ(folder_.Get("d/barcodes.csv"),
            "barcode,order_id\n"
            "2069427570891,3\n"
            "2031230969766,1\n"
            "2093034368633,3\n"
            "2054837767504,2\n"
            "2016641166379,1\n"
            "2078444565247,4\n"
            "2040247964114,2\n"
            "2002051362982,4\n"
            "2063854761853,4\n"
            "2025658160720,4\n"
            "2087461559597,4\n"
            "2049264958465,2\n"
            "2011068357331,3\n"
            "2072871756209,3\n"
            "2034675155077,1\n");
}

TEST_F(GenerateTest, BarcodesAreUniqueEan13) {
  Generate("--customers 1000 d");
  std::set<std::string> seen;
  int unassigned = 0;
  const auto rows = Rows("d/barcodes.csv");
  for (const auto& row : rows) {
    const std::string& code = row.at(0);
    EXPECT_TRUE(seen.insert(code).second) << code;
    ASSERT_THAT(code, MatchesRegex("[0-9]+"));
    ASSERT_EQ(code.size(), 13u);
    int sum = 0;
    for (size_t i = 0; i < 13; ++i) {
      sum += (code[i] - '0') * (i % 2 == 0 ? 1 : 3);
    }
    EXPECT_EQ(sum % 10, 0) << code;
    unassigned += row.at(1).empty() ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(rows.size()), 6495, 200);
  EXPECT_NEAR(unassigned, 195, 10);
}

TEST_F(GenerateTest, EmailsAreUniqueAndAtExampleDotCom) {
  Generate("--customers 2000 d");
  std::set<std::string> emails;
  for (const auto& row : Rows("d/customers.csv")) {
    EXPECT_THAT(row.at(1),
                MatchesRegex("[a-z]+\\.[a-z]+\\.[0-9]+@example.com"));
    EXPECT_TRUE(emails.insert(row.at(1)).second) << row.at(1);
    EXPECT_NE(row.at(2), "");
  }
}

TEST_F(GenerateTest, SkewMakesOrdersUneven) {
  Generate("--customers 5000 --skew 0 even");
  Generate("--customers 5000 --skew 0.9 uneven");
  const auto most = [](const std::map<std::string, int>& orders) {
    int count = 0;
    for (const auto& [customer, of_customer] : orders) {
      count = std::max(count, of_customer);
    }
    return count;
  };
  const auto even = OrdersByCustomer("even");
  const auto uneven = OrdersByCustomer("uneven");
  EXPECT_EQ(even.size(), 5000u) << "every customer has an order";
  EXPECT_EQ(uneven.size(), 5000u);
  EXPECT_LT(most(even), 12);
  EXPECT_GT(most(uneven), 500);
}

TEST_F(GenerateTest, ProcessTakesEveryRow) {
  Generate("--customers 300 d");
  const Outcome outcome = RunCommand(
      folder_,
      "process d/orders.csv d/barcodes.csv --customers d/customers.csv "
      "--strict --json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["customers"], 300);
}

TEST_F(GenerateTest, AnEmptyFolderIsFilled) {
  std::filesystem::create_directory(folder_ / "d");
  EXPECT_EQ(Generate("--customers 1 d").exit_code, 0);
  EXPECT_EQ(Rows("d/orders.csv").size(), 2u);
}

// ---- Errors ----

TEST_F(GenerateTest, AFolderWithSomethingInItIsRefused) {
  folder_.Put("file", "");
  const Outcome outcome = Generate("--customers 1 .");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr(". is not an empty folder; name a new one; "
                        "nothing was written"));
  EXPECT_THAT(folder_.Names(), ElementsAre("file"));
}

TEST_F(GenerateTest, AFileIsNoFolder) {
  folder_.Put("file", "");
  EXPECT_THAT(Generate("--customers 1 file").err,
              HasSubstr("file is not an empty folder"));
  folder_.Put("full", "x");
  EXPECT_THAT(Generate("--customers 1 full").err,
              HasSubstr("full is not an empty folder"));
}

TEST_F(GenerateTest, AFolderThatCannotBeMadeIsTold) {
  const Outcome outcome = Generate("--customers 1 no/d");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("cannot create no/d: No such file or directory; "
                        "nothing was written; check the path"));
}

TEST_F(GenerateTest, ANumberThatIsRefusedIsNamedWithWhatIsAllowed) {
  EXPECT_EQ(Generate("--customers 1 --skew nan d").err,
            "orderstore: --skew: 'nan' is not a number from 0 to 0.99; nothing "
            "was done; `orderstore generate --help` tells more\n");
  EXPECT_EQ(Generate("--customers 1 --seed -1 d").err,
            "orderstore: --seed: '-1' is not an integer from 0 to "
            "18446744073709551615; nothing was done; `orderstore generate "
            "--help` tells more\n");
}

TEST_F(GenerateTest, WrongUsageExitsWithTwo) {
  for (const char* arguments : {"d",
                                "--customers 0 d",
                                "--customers -1 d",
                                "--customers 300000001 d",
                                "--customers 1",
                                "--customers 1 --skew 1 d",
                                "--customers 1 --skew -1 d",
                                "--customers 1 --seed x d",
                                "--customers nan d",
                                "--customers 0x10 d",
                                "--customers 99999999999999999999 d",
                                "--customers 1 --skew nan d",
                                "--customers 1 --skew inf d",
                                "--customers 1 --skew -0.1 d",
                                "--customers 1 --skew 0.5x d",
                                "--customers 1 --seed -1 d",
                                "--customers 1 --seed 1.5 d",
                                "--customers 1 --seed nan d",
                                "--customers 1 --seed 18446744073709551616 d",
                                "--customers 1 -",
                                "--customers 1 ''"}) {
    EXPECT_EQ(Generate(arguments).exit_code, 2) << arguments;
  }
  EXPECT_FALSE(folder_.Has("d"));
}

}  // namespace
}  // namespace orderstore
