// A store on which the command meets what an administrator does: it is there
// with some rows, and should be as it was after whatever went wrong.
//
//   TEST_F(OperatingTest, WhatGoesWrongIsNamed) {
//     ...
//     EXPECT_EQ(Run("report shop").exit_code, 1);
//     ...
//     ExpectAsItWas();
//     ExpectWorkGoesOn();
//   }

#ifndef ORDERSTORE_TESTS_TOOLS_OPERATING_FIXTURE_H_
#define ORDERSTORE_TESTS_TOOLS_OPERATING_FIXTURE_H_

#include <filesystem>
#include <map>
#include <string>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"

namespace orderstore {

class OperatingTest : public testing::Test {
 protected:
  OperatingTest() {
    folder_.Put("o.csv", "order_id,customer_id\n1,10\n2,11\n");
    folder_.Put("b.csv", "barcode,order_id\na,1\nb,2\nc,\n");
    folder_.Put("more.csv", "order_id,customer_id\n3,10\n");
    folder_.Put("new.csv", "barcode,order_id\nd,3\n");
    EXPECT_EQ(Run("import shop o.csv b.csv").exit_code, 0);
    before_ = Run("report shop").out;
  }

  Outcome Run(const std::string& arguments) {
    return RunCommand(folder_, arguments);
  }

  // The bytes of the store's files, but for the process id in LOCK.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& file :
         std::filesystem::directory_iterator(folder_ / "shop")) {
      const std::string name = file.path().filename().string();
      if (name != "LOCK") files[name] = folder_.Get("shop/" + name);
    }
    return files;
  }

  // Sound, and with the rows of the first import alone.
  void ExpectAsItWas() {
    EXPECT_EQ(Run("verify --quiet shop").exit_code, 0);
    EXPECT_EQ(Run("report shop").out, before_);
  }
  // Rows are taken, and are there afterwards.
  void ExpectWorkGoesOn() {
    const Outcome outcome = Run("import shop more.csv new.csv");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(Run("report shop").out, testing::HasSubstr("\nbarcodes 4\n"));
    EXPECT_EQ(Run("verify --quiet shop").exit_code, 0);
  }

  const TestFolder folder_;
  std::string before_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_TOOLS_OPERATING_FIXTURE_H_
