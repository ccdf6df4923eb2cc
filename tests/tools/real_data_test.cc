// `orderstore process` on orders and barcodes as people wrote them, against
// results that three other programs agree on. Skipped where that data is not.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tools/command.h"

namespace orderstore {
namespace {

using nlohmann::json;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::filesystem::path> Sets() {
  std::vector<std::filesystem::path> sets;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(ORDERSTORE_SHARED_DATA, error)) {
    if (std::filesystem::exists(entry.path() / "expected.json")) {
      sets.push_back(entry.path());
    }
  }
  std::sort(sets.begin(), sets.end());
  return sets;
}

class RealDataTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (Sets().empty()) GTEST_SKIP() << "no data in " ORDERSTORE_SHARED_DATA;
  }

  // The policy as it is called in the command, the results and file names.
  static std::string policy() { return GetParam(); }
  static std::string result_key() {
    std::string key = GetParam();
    std::replace(key.begin(), key.end(), '-', '_');
    return key;
  }
  static std::string suffix() {
    return policy() == "drop-all" ? "_drop_all.csv" : ".csv";
  }

  Outcome Process(const std::filesystem::path& set) {
    return RunCommand(folder_, "process '" + (set / "orders.csv").string() +
                                   "' '" + (set / "barcodes.csv").string() +
                                   "' --output o.csv --unassigned u.csv "
                                   "--rejects r.csv --json --duplicates " +
                                   policy());
  }

  TestFolder folder_;
};

TEST_P(RealDataTest, FilesMatchByteForByte) {
  for (const std::filesystem::path& set : Sets()) {
    SCOPED_TRACE(set);
    EXPECT_EQ(Process(set).exit_code, 0);
    EXPECT_EQ(folder_.Get("o.csv"),
              ReadFile(set / ("expected_orders" + suffix())));
    EXPECT_EQ(folder_.Get("u.csv"),
              ReadFile(set / ("expected_unused" + suffix())));
  }
}

TEST_P(RealDataTest, CountsAndTopMatch) {
  for (const std::filesystem::path& set : Sets()) {
    SCOPED_TRACE(set);
    const json all = json::parse(ReadFile(set / "expected.json"));
    const json& expected = all[result_key()];
    const json report = json::parse(Process(set).out);
    EXPECT_EQ(report["barcodes"]["rows"], all["input"]["barcode_rows"]);
    EXPECT_EQ(report["orders"]["rows"], all["input"]["order_rows"]);
    EXPECT_EQ(report["orders"]["accepted"],
              all["input"]["valid_distinct_orders"]);
    EXPECT_EQ(report["assigned_barcodes"], expected["sold_barcodes"]);
    EXPECT_EQ(report["unassigned_barcodes"], expected["unused_barcodes"]);
    EXPECT_EQ(report["orders_without_barcodes"],
              expected["orders_without_barcodes"].size());
    json top = json::array();
    for (const json& customer : report["top_customers"]) {
      top.push_back({std::to_string(customer["customer_id"].get<int>()),
                     customer["ticket_count"]});
    }
    EXPECT_EQ(top, expected["top5"]);
    for (const char* table : {"orders", "barcodes"}) {
      EXPECT_EQ(report[table]["accepted"].get<int>() +
                    report[table]["rejected"].get<int>(),
                report[table]["rows"].get<int>());
    }
  }
}

TEST_P(RealDataTest, RejectsMatchLineByLine) {
  using Rejects =
      std::map<std::string, std::vector<std::pair<int, std::string>>>;
  for (const std::filesystem::path& set : Sets()) {
    SCOPED_TRACE(set);
    const json report = json::parse(Process(set).out);
    Rejects rejects;
    std::istringstream text(folder_.Get("r.csv"));
    std::string line;
    std::getline(text, line);
    EXPECT_EQ(line, "file,line,reason,row");
    while (std::getline(text, line)) {
      // FILE,LINE,REASON,"A,B": no file of a set is quoted, every row is.
      std::istringstream fields(line);
      std::string file, number, reason, row;
      std::getline(fields, file, ',');
      std::getline(fields, number, ',');
      std::getline(fields, reason, ',');
      std::getline(fields, row);
      std::erase_if(row, [](char c) { return c == '"' || c == ' '; });
      rejects[reason].emplace_back(std::stoi(number), row);
    }
    const json all = json::parse(ReadFile(set / "expected.json"));
    Rejects expected;
    json counts = json::object();
    for (const auto& [reason, rows] : all[result_key()]["rejected"].items()) {
      for (const json& row : rows) {
        expected[reason].emplace_back(
            row[0].get<int>(),
            row[1].get<std::string>() + "," + row[2].get<std::string>());
      }
      counts[reason] = rows.size();
    }
    EXPECT_EQ(rejects, expected);
    EXPECT_EQ(report["rejects"], counts);
  }
}

TEST_P(RealDataTest, OrdersWithoutBarcodesAreNamed) {
  for (const std::filesystem::path& set : Sets()) {
    SCOPED_TRACE(set);
    const json all = json::parse(ReadFile(set / "expected.json"));
    const std::string messages = Process(set).err;
    for (const json& order : all[result_key()]["orders_without_barcodes"]) {
      EXPECT_NE(messages.find("warning: order " + order.get<std::string>() +
                              " has no barcodes\n"),
                std::string::npos)
          << order;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, RealDataTest,
                         testing::Values("keep-first", "drop-all"),
                         [](const auto& policy) {
                           return std::string(policy.param) == "drop-all"
                                      ? "DropAll"
                                      : "KeepFirst";
                         });

}  // namespace
}  // namespace orderstore
