// A follower that ends before its time, while it sends rows and at COMMIT. The
// server has then applied a transaction whole, or nothing of it, says which,
// and the next follower goes on from there.

#include <signal.h>

#include <string>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "sql/database.h"
#include "sql/held_load.h"
#include "tools/running_command.h"

namespace orderstore {
namespace {

using testing::HasSubstr;

enum class End { kKill, kSession };

class FollowStagesTest : public testing::TestWithParam<std::tuple<Stage, End>> {
 protected:
  // A copy of a store that has since got the barcodes 2000 and behind.
  FollowStagesTest() {
    Do("generate --customers 200 few && \"$ORDERSTORE\" import shop "
       "few/orders.csv few/barcodes.csv > /dev/null");
    begin_ = LastLsn();
    EXPECT_LT(begin_.size(), 10u);
    holds_.Release();
    Do("export shop --to '" + holds_.uri() + "' > /dev/null");
    Do(Follow());
    database_.Run(
        "(for i in $(seq 2000); do echo \"barcode new$i\"; done) | "
        "\"$ORDERSTORE\" shell --durability async shop > /dev/null");
    holds_.HoldRows();
  }

  std::string Follow() const {
    return "export shop --to '" + holds_.uri() + "' --since-lsn " + begin_;
  }
  void Do(const std::string& arguments) {
    const Outcome outcome = database_.Run("\"$ORDERSTORE\" " + arguments);
    ASSERT_EQ(outcome.exit_code, 0) << arguments << ": " << outcome.err;
  }
  std::string LastLsn() const {
    const Outcome stats = database_.Run("\"$ORDERSTORE\" stats shop --json");
    return nlohmann::json::parse(stats.out)["lsn"].dump();
  }
  // How far the copy is, and its rows.
  std::string State() const {
    return database_.Query(
        "SELECT lsn FROM orderstore_applied; SELECT count(*), "
        "md5(string_agg(t::text, '' ORDER BY id)) FROM barcodes t");
  }

  const Database database_;
  Holds holds_{database_};
  std::string begin_;
};

std::string CaseName(
    const testing::TestParamInfo<FollowStagesTest::ParamType>& tested) {
  const auto [stage, end] = tested.param;
  return std::string(stage == Stage::kRows ? "Rows" : "Commit") +
         (end == End::kKill ? "Killed" : "SessionEnded");
}

INSTANTIATE_TEST_SUITE_P(
    Ends, FollowStagesTest,
    testing::Combine(testing::Values(Stage::kRows, Stage::kCommit),
                     testing::Values(End::kKill, End::kSession)),
    CaseName);

TEST_P(FollowStagesTest, WhatIsAppliedIsAppliedOnce) {
  const auto [stage, end] = GetParam();
  const std::string before = State();
  ASSERT_THAT(before, HasSubstr(begin_ + "\n"));
  {
    RunningCommand command(database_.folder(), Follow());
    holds_.HoldAt(stage);
    if (end == End::kKill) {
      command.Signal(SIGKILL);
    } else {
      holds_.EndSession();
    }
    EXPECT_NE(command.Wait().exit_code, 0);
  }
  holds_.Release();
  holds_.AwaitEnd();
  // A server that was asked to commit does so, whoever asked is there or not.
  if (stage == Stage::kCommit && end == End::kKill) {
    EXPECT_NE(State(), before);
  } else {
    EXPECT_EQ(State(), before);
  }
  Do(Follow());
  EXPECT_THAT(State(), HasSubstr(LastLsn() + "\n"));
  Do("export shop --to '" + holds_.uri() + "' --check");
}

}  // namespace
}  // namespace orderstore
