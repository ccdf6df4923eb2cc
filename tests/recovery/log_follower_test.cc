// What the log tells to those who read and follow it.

#include "recovery/log_follower.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "orderstore/change_log.h"
#include "recovery/history.h"
#include "store/folder_test.h"
#include "txn/redo.h"

namespace orderstore {
namespace {

using recovery::LogFollower;

class LogFollowerTest : public FolderTest {
 protected:
  absl::StatusOr<std::unique_ptr<LogFollower>> TryFollow(
      std::optional<Lsn> after) {
    return LogFollower::Open(disk_, kFolder, after);
  }
  std::unique_ptr<LogFollower> Follow(std::optional<Lsn> after) {
    return TryFollow(after).value();
  }
  // Applies what there is, and returns how many transactions that were.
  static int Drain(LogFollower& follower, State& state) {
    int count = 0;
    for (;; ++count) {
      const auto next = follower.Next();
      EXPECT_THAT(next.status(), IsOk());
      if (!next.ok() || !*next) return count;
      Apply(**next, state);
      EXPECT_EQ(follower.lsn(), state.lsn);
    }
  }
  // Snapshots until the oldest segments are gone.
  static void Prune(History& history) {
    for (int i = 0; i < 2; ++i) {
      history.Commit(60);
      ASSERT_THAT(history.store().WriteSnapshot(), IsOk());
    }
  }
};

// ---- What it reads ---------------------------------------------------------

TEST_F(LogFollowerTest, TheLogAppliedEqualsTheStoreAtEveryLsn) {
  for (const uint64_t seed : TestSeeds(5)) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const std::string folder = "/shop-" + std::to_string(seed);
    History history(disk_, folder, AnyOptions(), seed);
    history.Commit(150);
    ASSERT_GT(disk_.List(folder).size(), 5) << "several segments";
    const auto follower = LogFollower::Open(disk_, folder, 0).value();
    State state;
    for (Lsn lsn = 1; lsn <= history.last(); ++lsn) {
      Apply(follower->Next().value().value(), state);
      ASSERT_EQ(state, history.at(lsn));
    }
    EXPECT_EQ(follower->Next().value(), std::nullopt);
  }
}

TEST_F(LogFollowerTest, ItBeginsAfterAnyTransaction) {
  History history(disk_, kFolder, AnyOptions(), 1);
  history.Commit(40);
  for (Lsn after = 0; after <= history.last(); ++after) {
    const auto follower = Follow(after);
    EXPECT_EQ(follower->lsn(), after);
    State state = history.at(after);
    EXPECT_EQ(Drain(*follower, state), history.last() - after);
    EXPECT_EQ(state, history.at(history.last()));
  }
}

TEST_F(LogFollowerTest, EveryKindOfChangeIsTyped) {
  Open();
  const auto at = [](int64_t micros) {
    return Timestamp(std::chrono::microseconds(micros));
  };
  ASSERT_THAT(store_->Transact([&](Transaction& txn) {
    const CustomerId ann = txn.InsertCustomer({.email = "ann@x",
                                               .name = "Ann",
                                               .created_at = at(1),
                                               .updated_at = at(2)})
                               .value();
    txn.UpdateCustomer(ann, {.name = "Anna", .updated_at = at(3)})
        .IgnoreError();
    txn.UpdateCustomer(ann, {.updated_at = at(9)}).IgnoreError();
    const OrderId order =
        txn.InsertOrder(
               {.customer_id = ann, .created_at = at(4), .updated_at = at(4)})
            .value();
    txn.UpdateOrder(order, {.updated_at = at(5)}).IgnoreError();
    const BarcodeId barcode = txn.InsertBarcode({.value = "A",
                                                 .order_id = order,
                                                 .created_at = at(6),
                                                 .updated_at = at(6)})
                                  .value();
    txn.UpdateBarcode(barcode, {.is_used = true, .updated_at = at(7)})
        .IgnoreError();
    return txn.UpdateBarcode(barcode, {.value = "B",
                                       .order_id = std::optional<OrderId>(),
                                       .updated_at = at(8)});
  }),
              IsOk());
  ASSERT_THAT(store_->Transact([&](Transaction& txn) {
    txn.DeleteBarcode(BarcodeId(1)).IgnoreError();
    txn.DeleteOrder(OrderId(1)).IgnoreError();
    return txn.DeleteCustomer(CustomerId(1));
  }),
              IsOk());
  const auto follower = Follow(0);
  const LoggedTransaction first = follower->Next().value().value();
  EXPECT_EQ(first.time, at(9));
  using testing::ElementsAre;
  EXPECT_THAT(
      first.changes,
      ElementsAre(
          Change(
              CustomerInserted{{CustomerId(1), "ann@x", "Ann", at(1), at(2)}}),
          Change(CustomerUpdated{CustomerId(1), "ann@x", "Anna", at(3)}),
          Change(CustomerUpdated{CustomerId(1), {}, {}, at(9)}),
          Change(OrderInserted{{OrderId(1), CustomerId(1), at(4), at(4)}}),
          Change(OrderUpdated{OrderId(1), CustomerId(1), at(5)}),
          Change(BarcodeInserted{
              {BarcodeId(1), "A", OrderId(1), false, at(6), at(6)}}),
          Change(BarcodeUpdated{BarcodeId(1), {}, OrderId(1), true, at(7)}),
          Change(BarcodeUpdated{BarcodeId(1), "B", {}, true, at(8)})));
  const LoggedTransaction second = follower->Next().value().value();
  EXPECT_EQ(second.time, std::nullopt) << "a deletion has no time";
  EXPECT_THAT(second.changes,
              ElementsAre(Change(BarcodeDeleted{BarcodeId(1)}),
                          Change(OrderDeleted{OrderId(1)}),
                          Change(CustomerDeleted{CustomerId(1)})));
}

TEST_F(LogFollowerTest, BytesThatAreNoTransactionAreNotTakenForOne) {
  txn::Redo redo;
  redo.Add({.kind = txn::RedoOp::Kind::kDeleteOrder, .id = 7});
  const std::string body(redo.body());
  EXPECT_TRUE(recovery::DecodeTransaction(1, body).has_value());
  EXPECT_FALSE(recovery::DecodeTransaction(1, "").has_value());
  EXPECT_FALSE(recovery::DecodeTransaction(1, body + "\x7f").has_value());
  EXPECT_FALSE(recovery::DecodeTransaction(1, body.substr(0, 9)).has_value());
  redo.Clear();
  redo.Add({.kind = txn::RedoOp::Kind::kDeleteOrder, .id = 0});
  EXPECT_FALSE(recovery::DecodeTransaction(1, redo.body()).has_value());
}

// ---- Beside a writer -------------------------------------------------------

TEST_F(LogFollowerTest, APollFindsWhatWasCommittedSince) {
  History history(disk_, kFolder, AnyOptions(), 2);
  const auto follower = Follow(0);
  State state;
  for (int round = 0; round < 60; ++round) {
    EXPECT_EQ(Drain(*follower, state), round == 0 ? 0 : round % 5 + 1);
    EXPECT_EQ(state, history.at(history.last()));
    history.Commit((round + 1) % 5 + 1);
    if (round % 7 == 6) {
      history.Close();
      history.Open();
    }
  }
}

TEST_F(LogFollowerTest, APollThatFindsNothingReadsOneSector) {
  History history(disk_, kFolder, AnyOptions(), 2);
  history.Commit(20);
  const auto follower = Follow(0);
  State state;
  Drain(*follower, state);
  const int64_t reads = disk_.CallCount(disk::Call::kRead);
  EXPECT_EQ(follower->Next().value(), std::nullopt);
  EXPECT_EQ(disk_.CallCount(disk::Call::kRead), reads + 1);
}

TEST_F(LogFollowerTest, WhatIsNotWrittenYetIsNotThere) {
  History history(disk_, kFolder, AnyOptions(Durability::kAsync), 3);
  history.Commit(3, Durability::kSync);
  history.Commit(2, Durability::kAsync);
  const auto follower = Follow(0);
  State state;
  Drain(*follower, state);
  EXPECT_EQ(state.lsn, 3);
  ASSERT_THAT(history.store().Sync(), IsOk());
  EXPECT_EQ(Drain(*follower, state), 2);
  EXPECT_EQ(state, history.at(5));
}

TEST_F(LogFollowerTest, ItFollowsAWriterThatRotatesAndPrunes) {
  for (const uint64_t seed : TestSeeds(3)) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const TestFolder folder;
    History history(io::Posix(), folder / "shop", AnyOptions(), seed);
    std::atomic<bool> done = false;
    State state;
    int began_anew = 0;
    std::thread reader([&] {
      std::optional<ChangeLog> log;
      for (;;) {
        const bool last = done;
        if (!log) log = ChangeLog::Open(folder / "shop", state.lsn).value();
        auto next = log->Next();
        if (absl::IsOutOfRange(next.status())) {
          // As its documentation says: copy the store anew.
          log.reset();
          state = RowsOf(Store::OpenReadOnly(folder / "shop", AnyOptions())
                             .value()
                             ->OpenReadView());
          ++began_anew;
          continue;
        }
        ASSERT_THAT(next.status(), IsOk());
        if (*next) {
          Apply(**next, state);
        } else if (last) {
          return;
        }
      }
    });
    for (int round = 0; round < 12; ++round) {
      history.Commit(30);
      ASSERT_THAT(history.store().WriteSnapshot(), IsOk());
    }
    done = true;
    reader.join();
    EXPECT_EQ(state, history.at(history.last()));
    EXPECT_LT(began_anew, 12);
  }
}

TEST_F(LogFollowerTest, WhatItReturnsIsDurable) {
  // Large enough that the store makes, and syncs, no other meanwhile.
  Options options = AnyOptions();
  options.segment_bytes = 1 << 20;
  History history(disk_, kFolder, options, 4);
  history.Commit(3);
  const int64_t syncs = disk_.CallCount(disk::Call::kSync);
  const auto follower = Follow(2);
  EXPECT_TRUE(follower->Next().value().has_value());
  EXPECT_EQ(disk_.CallCount(disk::Call::kSync), syncs + 1);
  EXPECT_EQ(follower->Next().value(), std::nullopt);
  history.Commit(1);
  disk_.FailCall(disk::Call::kSync, 1, EIO);
  EXPECT_THAT(follower->Next().status(),
              FailsWith(absl::StatusCode::kUnavailable, ".log"));
  EXPECT_EQ(follower->lsn(), 3);
  EXPECT_EQ(follower->Next().value()->lsn, 4);
}

// ---- The ends of the log ---------------------------------------------------

TEST_F(LogFollowerTest, ALogThatBeginsLaterIsOutOfRange) {
  History history(disk_, kFolder, AnyOptions(), 5);
  Prune(history);
  const auto oldest = Follow(std::nullopt);
  const Lsn first = oldest->Next().value()->lsn;
  ASSERT_GT(first, 1);
  for (const Lsn after : {Lsn{0}, Lsn{1}, first - 2}) {
    EXPECT_THAT(TryFollow(after).status(),
                FailsWith(absl::StatusCode::kOutOfRange,
                          "begins with LSN " + std::to_string(first)));
  }
  State state = history.at(first - 1);
  Drain(*Follow(first - 1), state);
  EXPECT_EQ(state, history.at(history.last()));
}

TEST_F(LogFollowerTest, WhoFallsBehindAPrunedLogIsTold) {
  History history(disk_, kFolder, AnyOptions(), 6);
  history.Commit(2);
  const auto follower = Follow(0);
  State state;
  Drain(*follower, state);
  Prune(history);
  EXPECT_THAT(follower->Next().status(),
              FailsWith(absl::StatusCode::kOutOfRange, "from LSN 3 to"));
  EXPECT_EQ(follower->lsn(), 2);
}

TEST_F(LogFollowerTest, ABackupsLogBeginsWithItsLsn) {
  History history(disk_, kFolder, AnyOptions(), 7);
  history.Commit(9);
  ASSERT_THAT(history.store().Backup("/copy"), IsOk());
  EXPECT_THAT(LogFollower::Open(disk_, "/copy", 0).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "begins with LSN 10"));
  EXPECT_THAT(LogFollower::Open(disk_, "/copy", 8).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "begins with LSN 10"));
  const auto follower = LogFollower::Open(disk_, "/copy", 9).value();
  EXPECT_EQ(follower->Next().value(), std::nullopt);
  EXPECT_NE(follower->store_uuid(), Follow(0)->store_uuid());
  const auto oldest = LogFollower::Open(disk_, "/copy", std::nullopt).value();
  EXPECT_EQ(oldest->lsn(), 9);
}

TEST_F(LogFollowerTest, WhoIsAheadOfTheLogHasAnotherHistory) {
  History history(disk_, kFolder, AnyOptions(), 8);
  history.Commit(4);
  EXPECT_THAT(TryFollow(5).status(),
              FailsWith(absl::StatusCode::kFailedPrecondition, "LSN 4"));
}

// ---- Errors ----------------------------------------------------------------

TEST_F(LogFollowerTest, NoStoreIsNotFound) {
  EXPECT_THAT(TryFollow(0).status(),
              FailsWith(absl::StatusCode::kNotFound, "/shop"));
  ASSERT_EQ(disk_.MakeFolder(kFolder), 0);
  EXPECT_THAT(TryFollow(0).status(),
              FailsWith(absl::StatusCode::kNotFound, "no store"));
  EXPECT_THAT(ChangeLog::Open("/nowhere/at/all", 0).status(),
              FailsWith(absl::StatusCode::kNotFound, "/nowhere/at/all"));
}

TEST_F(LogFollowerTest, DamageIsNamedAndWhatIsBeforeItIsRead) {
  History history(disk_, kFolder, AnyOptions(), 9);
  history.Commit(100);
  history.Close();
  const std::string path = "/shop/0000000003.log";
  disk_.FlipBit(path, 8 * (4096 + 100));
  const auto follower = Follow(0);
  State state;
  absl::Status status;
  while (status.ok()) {
    const auto next = follower->Next();
    status = next.status();
    if (!next.ok()) break;
    ASSERT_TRUE(next->has_value());
    Apply(**next, state);
  }
  EXPECT_THAT(status,
              FailsWith(absl::StatusCode::kDataLoss, path + " at offset 4096"));
  EXPECT_GT(state.lsn, 0);
  EXPECT_EQ(state, history.at(state.lsn));
  EXPECT_THAT(follower->Next().status(),
              FailsWith(absl::StatusCode::kDataLoss, path));
}

TEST_F(LogFollowerTest, AnyCallMayFail) {
  History history(disk_, kFolder, AnyOptions(), 10);
  history.Commit(60);
  history.Close();
  const int64_t before = disk_.CallCount();
  State state;
  Drain(*Follow(0), state);
  const int64_t calls = disk_.CallCount() - before;
  for (int64_t nth = 1; nth <= calls; ++nth) {
    disk_.FailCall(nth, EIO);
    absl::StatusOr<std::unique_ptr<LogFollower>> follower = TryFollow(0);
    if (!follower.ok()) {
      EXPECT_EQ(follower.status().code(), absl::StatusCode::kUnavailable);
      continue;
    }
    State after;
    for (;;) {
      const auto next = (*follower)->Next();
      if (next.ok() && !*next) break;
      if (next.ok()) Apply(**next, after);
    }
    EXPECT_EQ(after, state) << "call " << nth;
    disk_.ClearFaults();
  }
  EXPECT_EQ(disk_.OpenDescriptors(), 0);
}

}  // namespace
}  // namespace orderstore
