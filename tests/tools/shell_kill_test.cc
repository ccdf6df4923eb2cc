// kill -9 while sessions commit, over and over in one folder: every transaction
// that was answered with `committed` is there afterwards, every other one whole
// or not at all.

#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "tools/command.h"
#include "tools/shell_process.h"

namespace orderstore {
namespace {

// One transaction: the barcodes that it inserts.
using Values = std::vector<std::string>;

class ShellKillTest : public testing::Test {
 protected:
  static constexpr int kSessions = 4;
  static constexpr int kTransactions = 400;  // of a session, at most

  ShellKillTest() : random_(kSeed) {}

  int Roll(int sides) {
    return std::uniform_int_distribution<int>(0, sides - 1)(random_);
  }

  // The commands of session `s`, and what each transaction of it inserts.
  std::string Script(int round, int s, std::vector<Values>& transactions) {
    const std::string name = std::string(1, static_cast<char>('a' + s));
    std::string script;
    for (int t = 0; t < kTransactions; ++t) {
      Values values;
      const int size = 1 + Roll(4);
      for (int i = 0; i < size; ++i) {
        values.push_back(name + std::to_string(round) + "." +
                         std::to_string(t) + "." + std::to_string(i));
      }
      if (size > 1) script += name + ": begin\n";
      for (const std::string& value : values) {
        script += name + ": barcode " + value + "\n";
      }
      if (size > 1) script += name + ": commit\n";
      transactions.push_back(std::move(values));
    }
    return script;
  }

  // What a store must hold, and what it may.
  struct Expected {
    std::set<std::string> committed;
    std::vector<Values> undecided;
  };

  // Runs sessions until the shell has answered `commits` times `committed`, and
  // kills it.
  void RunAndKill(int round, int commits, Expected& expected) {
    ShellProcess shell({"shop"}, folder_);
    std::vector<std::vector<Values>> transactions(kSessions);
    std::vector<std::string> scripts;
    for (int s = 0; s < kSessions; ++s) {
      scripts.push_back(Script(round, s, transactions[static_cast<size_t>(s)]));
    }
    std::thread sender([&] { SendInTurns(shell, scripts); });
    std::vector<size_t> answered(kSessions);
    for (int i = 0; i < commits; ++i) {
      ASSERT_TRUE(AwaitCommit(shell, answered));
    }
    shell.Kill(SIGKILL);
    // What had been answered before counts as well.
    while (AwaitCommit(shell, answered)) {
    }
    sender.join();
    for (size_t s = 0; s < kSessions; ++s) {
      for (size_t t = 0; t < transactions[s].size(); ++t) {
        const Values& values = transactions[s][t];
        if (t < answered[s]) {
          expected.committed.insert(values.begin(), values.end());
        } else {
          expected.undecided.push_back(values);
        }
      }
    }
  }

  // Line by line of each, so that the sessions run at the same time.
  static void SendInTurns(ShellProcess& shell,
                          std::vector<std::string> scripts) {
    bool is_more = true;
    while (is_more) {
      is_more = false;
      std::string lines;
      for (std::string& script : scripts) {
        const size_t end = script.find('\n');
        if (end == script.npos) continue;
        lines.append(script, 0, end + 1);
        script.erase(0, end + 1);
        is_more = true;
      }
      shell.Write(lines);
    }
  }

  // Counts the next `committed` for its session; false: the output has ended.
  static bool AwaitCommit(ShellProcess& shell, std::vector<size_t>& answered) {
    while (true) {
      const std::optional<std::string> line = shell.NextLine();
      if (!line) return false;
      if (line->substr(1, 12) == ": committed ") {
        ++answered[static_cast<size_t>(line->front() - 'a')];
        return true;
      }
      EXPECT_EQ(line->substr(1, 4), ": ok") << *line;
    }
  }

  void ExpectHolds(const Expected& expected) {
    const Outcome outcome = RunScript(
        folder_, "printf 'check\\ndump\\n' | \"$ORDERSTORE\" shell shop");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out;
    ASSERT_EQ(outcome.out.substr(0, 3), "ok\n");
    std::set<std::string> found;
    for (size_t at = 0;
         (at = outcome.out.find("\nbarcode ", at)) != std::string::npos;) {
      at += 9;
      found.insert(outcome.out.substr(at, outcome.out.find(' ', at) - at));
    }
    std::set<std::string> allowed = expected.committed;
    for (const std::string& value : expected.committed) {
      EXPECT_TRUE(found.contains(value)) << value << " was committed";
    }
    for (const Values& values : expected.undecided) {
      size_t count = 0;
      for (const std::string& value : values) count += found.count(value);
      EXPECT_TRUE(count == 0 || count == values.size())
          << values.front() << ": " << count << " of " << values.size();
      allowed.insert(values.begin(), values.end());
    }
    for (const std::string& value : found) {
      EXPECT_TRUE(allowed.contains(value)) << value << " is nobody's";
    }
  }

  static constexpr unsigned kSeed = 20240501;
  std::mt19937 random_;
  const TestFolder folder_;
};

TEST_F(ShellKillTest, WhatWasCommittedIsThereAfterwards) {
  const int rounds = static_cast<int>(Scaled(12));
  Expected expected;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " +
                 std::to_string(round));
    ASSERT_NO_FATAL_FAILURE(RunAndKill(round, 1 + Roll(300), expected));
    ASSERT_NO_FATAL_FAILURE(ExpectHolds(expected));
  }
  EXPECT_FALSE(expected.committed.empty());
}

}  // namespace
}  // namespace orderstore
