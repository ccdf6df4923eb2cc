// kill -9 at any moment while sessions commit, over and over in one folder:
// what was answered as durable is there afterwards, every transaction whole or
// not at all, and none without those before it.

#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "tools/command.h"
#include "tools/shell_process.h"

namespace orderstore {
namespace {

// One transaction: the barcodes that it inserts, and its LSN once it is known.
struct Transacted {
  std::vector<std::string> values;
  uint64_t lsn = 0;
};

// One line to a session, whose reply is one line too.
struct Command {
  enum class Kind {
    kStatement,   // ok
    kCommit,      // committed LSN: of its transaction
    kSyncCommit,  // the same, and it is durable
    kSync,        // committed LSN: all up to there is durable
    kSnapshot,    // ok LSN: the same
  };
  std::string text;
  Kind kind = Kind::kStatement;
  size_t transaction = 0;
};

// What a session is told, and what it has answered.
struct Session {
  std::string name;
  std::vector<Command> commands;
  std::vector<Transacted> transactions;
  size_t answered = 0;  // commands
};

class ShellKillTest : public testing::Test {
 protected:
  static constexpr int kSessions = 4;
  static constexpr int kTransactions = 120;  // of a session, at most

  int Roll(int sides) {
    return std::uniform_int_distribution<int>(0, sides - 1)(random_);
  }

  Session NewSession(int round, int number) {
    Session session;
    session.name = std::string(1, static_cast<char>('a' + number));
    const auto add = [&](const std::string& text, Command::Kind kind) {
      session.commands.push_back({session.name + ": " + text + "\n", kind,
                                  session.transactions.size()});
    };
    for (int t = 0; t < kTransactions; ++t) {
      if (Roll(8) == 0) add("sync", Command::Kind::kSync);
      if (Roll(50) == 0) add("snapshot", Command::Kind::kSnapshot);
      Transacted transaction;
      const int size = 1 + Roll(4);
      if (size > 1) add("begin", Command::Kind::kStatement);
      for (int i = 0; i < size; ++i) {
        transaction.values.push_back(session.name + std::to_string(round) +
                                     "." + std::to_string(t) + "." +
                                     std::to_string(i));
        add("barcode " + transaction.values.back(),
            size > 1 ? Command::Kind::kStatement : Command::Kind::kCommit);
      }
      if (size > 1 && Roll(4) == 0) {
        add("commit sync", Command::Kind::kSyncCommit);
      } else if (size > 1) {
        add("commit", Command::Kind::kCommit);
      }
      session.transactions.push_back(std::move(transaction));
    }
    return session;
  }

  // Runs sessions and kills the shell: after so many lines that it has been
  // sent, wherever it is with them, or so many replies.
  void RunAndKill(int round) {
    const bool async = round % 2 == 1;
    const bool by_replies = Roll(2) == 0;
    const int most = kSessions * kTransactions * 2;
    const int lines = Roll(3) == 0 ? Roll(most) : Roll(most / 10);
    SCOPED_TRACE(std::string(async ? "async" : "sync") + ", killed after " +
                 std::to_string(lines) + (by_replies ? " replies" : " lines"));
    sessions_.clear();
    durable_ = 0;
    for (int s = 0; s < kSessions; ++s) {
      sessions_.push_back(NewSession(round, s));
    }
    // Without a word, it is sync.
    std::vector<std::string> arguments;
    if (async || Roll(2) == 0) {
      arguments = {"--durability", async ? "async" : "sync"};
    }
    arguments.emplace_back("shop");
    ShellProcess shell(arguments, folder_);
    std::thread sender([&] { SendInTurns(shell, by_replies ? -1 : lines); });
    for (int i = 0; TakeReply(shell, /*is_durable=*/!async); ++i) {
      if (by_replies && i == lines) shell.Kill(SIGKILL);
    }
    sender.join();
  }

  // Line by line of each session, so that they run at the same time. Kills the
  // shell after so many lines, if it is not negative.
  void SendInTurns(ShellProcess& shell, int kill_after) const {
    bool is_more = true;
    for (size_t at = 0; is_more; ++at) {
      is_more = false;
      for (const Session& session : sessions_) {
        if (at >= session.commands.size()) continue;
        if (kill_after-- == 0) shell.Kill(SIGKILL);
        shell.Write(session.commands[at].text);
        is_more = true;
      }
    }
    // Whatever is left to do is done, unless a reply kills it.
    shell.EndInput();
  }

  // The next reply of any session; false: the output has ended. `is_durable`:
  // what is answered as committed is so.
  bool TakeReply(ShellProcess& shell, bool is_durable) {
    const std::optional<std::string> line = shell.NextLine();
    if (!line) return false;
    const auto number = static_cast<size_t>(line->front() - 'a');
    if (number >= sessions_.size() || line->substr(1, 2) != ": ") {
      ADD_FAILURE() << *line;
      return false;
    }
    Session& session = sessions_[number];
    const Command& command = session.commands.at(session.answered++);
    const bool is_transaction = command.kind == Command::Kind::kCommit ||
                                command.kind == Command::Kind::kSyncCommit;
    const bool commits = is_transaction || command.kind == Command::Kind::kSync;
    const std::string status = commits ? "committed " : "ok ";
    const std::string reply = line->substr(3) + " ";
    EXPECT_EQ(reply.substr(0, status.size()), status) << command.text;
    if (command.kind == Command::Kind::kStatement) return true;
    const uint64_t lsn = std::stoull(reply.substr(status.size()));
    if (is_transaction) {
      session.transactions[command.transaction].lsn = lsn;
    }
    if (is_durable || command.kind != Command::Kind::kCommit) {
      durable_ = std::max(durable_, lsn);
    }
    return true;
  }

  // The barcodes in the store, once it is found to be sound.
  void Load(std::set<std::string>& found) {
    const Outcome outcome = RunScript(
        folder_, "printf 'check\\ndump\\n' | \"$ORDERSTORE\" shell shop");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out;
    ASSERT_EQ(outcome.out.substr(0, 3), "ok\n");
    for (size_t at = 0;
         (at = outcome.out.find("\nbarcode ", at)) != std::string::npos;) {
      at += 9;
      found.insert(outcome.out.substr(at, outcome.out.find(' ', at) - at));
    }
  }

  // Holds what is there against what was before the round, and what the round
  // was answered.
  void ExpectHolds() {
    std::set<std::string> found;
    ASSERT_NO_FATAL_FAILURE(Load(found));
    std::set<std::string> expected = held_;
    std::map<uint64_t, bool> is_there;  // transactions with an LSN
    for (const Session& session : sessions_) {
      bool was_there = true;
      for (const Transacted& transaction : session.transactions) {
        const std::vector<std::string>& values = transaction.values;
        const auto count = static_cast<size_t>(std::count_if(
            values.begin(), values.end(),
            [&](const std::string& value) { return found.contains(value); }));
        const bool whole = count == values.size();
        EXPECT_TRUE(count == 0 || whole) << values.front();
        EXPECT_TRUE(was_there || !whole)
            << values.front() << " is there without the one before";
        was_there = whole;
        if (whole) expected.insert(values.begin(), values.end());
        if (transaction.lsn == 0) continue;
        is_there[transaction.lsn] = whole;
        EXPECT_TRUE(whole || transaction.lsn > durable_)
            << values.front() << " was durable, with LSN " << transaction.lsn;
        acknowledged_ += transaction.lsn <= durable_ ? 1 : 0;
      }
    }
    EXPECT_EQ(found, expected) << "what was there before, and the round's";
    EXPECT_TRUE(std::is_partitioned(is_there.begin(), is_there.end(),
                                    [](const auto& at) { return at.second; }))
        << "a transaction is there without one before it";
    held_ = std::move(found);
  }

  static constexpr unsigned kSeed = 20240501;
  std::mt19937 random_{kSeed};
  const TestFolder folder_;
  std::set<std::string> held_;  // after the last round
  int acknowledged_ = 0;        // transactions
  // ---- Of this round. ----
  std::vector<Session> sessions_;
  uint64_t durable_ = 0;  // the newest LSN that was answered as durable
};

TEST_F(ShellKillTest, WhatWasDurableIsThereAfterwardsInOrder) {
  const int rounds = static_cast<int>(Scaled(40));
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " +
                 std::to_string(round));
    ASSERT_NO_FATAL_FAILURE(RunAndKill(round));
    ASSERT_NO_FATAL_FAILURE(ExpectHolds());
  }
  EXPECT_GT(acknowledged_, 0);
}

}  // namespace
}  // namespace orderstore
