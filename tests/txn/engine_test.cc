#include "txn/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "orderstore/options.h"
#include "orderstore/records.h"
#include "scale.h"
#include "store/session.h"
#include "table/commit_state.h"
#include "table/view_registry.h"

namespace orderstore::txn {
namespace {

using table::Tick;
using table::ViewSlot;

class EngineTest : public testing::Test {
 protected:
  void Begin() {
    const absl::Status status = engine_->Begin(std::nullopt);
    ASSERT_TRUE(status.ok()) << status;
  }
  Lsn Commit() { return engine_->Commit(std::nullopt).value(); }
  Writer& writer() { return engine_->writer(); }

  // One order with `count` barcodes "0", "1", ...
  void PutBarcodes(int count) {
    Begin();
    const CustomerId customer =
        writer().FindOrCreateCustomer("ann@x", "Ann").value();
    const OrderId order =
        writer().InsertOrder({.customer_id = customer}).value();
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(
          writer()
              .InsertBarcode({.value = std::to_string(i), .order_id = order})
              .ok());
    }
    Commit();
    count_ = count;
  }
  // Changes every barcode, in one transaction.
  void ChangeAll(bool used) {
    Begin();
    for (int i = 0; i < count_; ++i) {
      const std::string value = std::to_string(i);
      ASSERT_TRUE(
          (used ? writer().Redeem(value) : writer().Unredeem(value)).ok());
    }
    Commit();
  }

  Tick tick() const { return engine_->tables().states.latest().tick; }
  int64_t versions() const { return engine_->tables().versions.in_use(); }

  const std::unique_ptr<Engine> engine_ = Engine::Create(Options()).value();
  int count_ = 0;
};

// ---- Transactions ----------------------------------------------------------

TEST_F(EngineTest, CommitPublishesTheNextLsnAndTick) {
  const Tick before = tick();
  Begin();
  ASSERT_TRUE(writer().FindOrCreateCustomer("ann@x", "Ann").ok());
  EXPECT_EQ(tick(), before);
  EXPECT_EQ(Commit(), 1);
  EXPECT_EQ(tick(), before + 1);
  EXPECT_EQ(engine_->Stats().lsn, 1);
  EXPECT_FALSE(engine_->HeldByThisThread());
}

TEST_F(EngineTest, TransactionsThatChangeNothingTakeNoTick) {
  const Tick before = tick();
  Begin();
  EXPECT_EQ(Commit(), 0);
  Begin();
  engine_->Abort();
  EXPECT_EQ(tick(), before);
}

// Rows that the transaction touched keep its tick: it must not come again.
TEST_F(EngineTest, AbortPublishesTheOldStateUnderATickOfItsOwn) {
  PutBarcodes(1);
  const Tick before = tick();
  Begin();
  ASSERT_TRUE(writer().Redeem("0").ok());
  engine_->Abort();
  EXPECT_EQ(tick(), before + 1);
  EXPECT_EQ(engine_->Stats().lsn, 1);
  EXPECT_EQ(engine_->Stats().counts.unused_barcodes, 1);
  Begin();
  ASSERT_TRUE(writer().Redeem("0").ok());
  EXPECT_EQ(Commit(), 2);
  EXPECT_EQ(tick(), before + 2);
}

TEST_F(EngineTest, UndoneStatementsUseTheirTickUpEvenIfNothingElseHappens) {
  PutBarcodes(1);
  const Tick before = tick();
  Begin();
  const std::vector<NewBarcode> rows = {
      {.value = "new", .order_id = OrderId(1)},
      {.value = "0", .order_id = OrderId(1)}};
  EXPECT_EQ(writer().InsertBarcodes(rows).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Commit(), 1);
  EXPECT_EQ(tick(), before + 1);
  EXPECT_TRUE(engine_->Check().ok()) << engine_->Check();
}

TEST_F(EngineTest, ASecondBeginOnTheThreadIsRefused) {
  Begin();
  EXPECT_EQ(engine_->Begin(std::nullopt).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(engine_->CheckUse().ok()) << "the first one goes on";
  engine_->Abort();
  Begin();
  engine_->Abort();
}

TEST_F(EngineTest, BeginGivesUpAtTheDeadline) {
  Begin();
  Session other;
  other.Run([&] {
    const absl::Status status =
        engine_->Begin(std::chrono::steady_clock::time_point::min());
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  });
  EXPECT_TRUE(engine_->CheckUse().ok());
  engine_->Abort();
}

TEST_F(EngineTest, CheckWaitsForOthersButNotForTheOwnTransaction) {
  Begin();
  EXPECT_EQ(engine_->Check().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(engine_->CheckUse().ok());
  Session other;
  other.Start([&] { EXPECT_TRUE(engine_->Check().ok()); });
  ASSERT_TRUE(writer().FindOrCreateCustomer("ann@x", "Ann").ok());
  EXPECT_EQ(Commit(), 1);
  other.Finish();
}

// ---- Misuse ----------------------------------------------------------------

TEST_F(EngineTest, AnotherThreadsUseIsRefusedAndTheTransactionCanOnlyAbort) {
  PutBarcodes(1);
  Begin();
  ASSERT_TRUE(writer().Redeem("0").ok());
  Session other;
  other.Run([&] {
    EXPECT_EQ(engine_->CheckUse().code(),
              absl::StatusCode::kFailedPrecondition);
  });
  EXPECT_EQ(engine_->CheckUse().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(engine_->Commit(std::nullopt).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(engine_->HeldByThisThread());
  EXPECT_EQ(engine_->Stats().counts.unused_barcodes, 1) << "it was undone";
  EXPECT_EQ(engine_->Stats().lsn, 1);
}

TEST_F(EngineTest, MisuseIsForgottenWithItsTransaction) {
  Begin();
  Session other;
  other.Run([&] { EXPECT_FALSE(engine_->CheckUse().ok()); });
  engine_->Abort();
  Begin();
  EXPECT_TRUE(engine_->CheckUse().ok());
  ASSERT_TRUE(writer().FindOrCreateCustomer("ann@x", "Ann").ok());
  EXPECT_EQ(Commit(), 1);
}

TEST_F(EngineTest, AnotherThreadMayAbort) {
  PutBarcodes(1);
  Begin();
  ASSERT_TRUE(writer().Redeem("0").ok());
  Session other;
  other.Run([&] { engine_->Abort(); });
  EXPECT_FALSE(engine_->HeldByThisThread());
  EXPECT_EQ(engine_->Stats().counts.unused_barcodes, 1);
  EXPECT_TRUE(engine_->Check().ok()) << engine_->Check();
}

// ---- Memory comes back -----------------------------------------------------

// The youngest pieces of garbage wait for those of transactions to come.
constexpr int64_t kYoungest = 64;

TEST_F(EngineTest, AClosedViewsVersionsGoWithoutAnotherTransaction) {
  PutBarcodes(5000);
  ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  ChangeAll(true);
  EXPECT_GE(versions(), 5000);
  engine_->CloseView(view);
  EXPECT_LE(versions(), kYoungest);
}

TEST_F(EngineTest, AViewClosedByAnotherThreadGivesItsVersionsBack) {
  PutBarcodes(5000);
  ViewSlot* view = nullptr;
  Session other;
  other.Run([&] { view = engine_->OpenView(ReadLevel::kLatest); });
  ChangeAll(true);
  other.Run([&] { engine_->CloseView(view); });
  EXPECT_LE(versions(), kYoungest);
}

TEST_F(EngineTest, VersionsMoveOnToTheViewThatStillNeedsThem) {
  PutBarcodes(3000);
  ViewSlot* old_view = engine_->OpenView(ReadLevel::kLatest);
  ViewSlot* same_view = engine_->OpenView(ReadLevel::kLatest);
  ChangeAll(true);
  ViewSlot* new_view = engine_->OpenView(ReadLevel::kLatest);
  ChangeAll(false);
  EXPECT_GE(versions(), 6000);
  engine_->CloseView(new_view);
  EXPECT_LE(versions(), 3000 + kYoungest);
  EXPECT_GE(versions(), 3000);
  engine_->CloseView(old_view);
  EXPECT_LE(versions(), 3000 + kYoungest);
  EXPECT_GE(versions(), 3000);
  engine_->CloseView(same_view);
  EXPECT_LE(versions(), kYoungest);
}

TEST_F(EngineTest, AViewClosedDuringATransactionGivesItsVersionsBackAtItsEnd) {
  PutBarcodes(1000);
  for (const bool commits : {true, false}) {
    for (const bool changes : {true, false}) {
      ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
      ChangeAll(true);
      ChangeAll(false);
      Begin();
      if (changes) {
        ASSERT_TRUE(writer().Redeem("0").ok());
      }
      engine_->CloseView(view);
      commits ? (void)Commit() : engine_->Abort();
      // The transaction's own wait for a batch.
      EXPECT_LT(versions(), 100) << commits << changes;
      Begin();
      ASSERT_TRUE(writer().Unredeem("0").ok());
      Commit();
    }
  }
}

// Nobody pays for all that another's view has held: a transaction's end and the
// closing of other views free a slice each.
TEST_F(EngineTest,
       OthersFreeALittleEachOfWhatAViewHeldThatClosedBesideAWriter) {
  constexpr int64_t kSlice = 1024;
  PutBarcodes(10'000);
  ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  ChangeAll(true);
  ASSERT_GE(versions(), 10'000);
  Begin();
  engine_->CloseView(view);
  engine_->Abort();
  for (int closed = 0; versions() > kYoungest; ++closed) {
    const int64_t before = versions();
    ASSERT_GT(before, 10'000 - 4 * kSlice - closed * kSlice - kSlice);
    engine_->CloseView(engine_->OpenView(ReadLevel::kLatest));
    ASSERT_LT(versions(), before);
    ASSERT_GE(versions(), before - kSlice);
  }
}

// A view is closed beside the end of a transaction: one of the two gives its
// versions back, whatever comes first.
TEST_F(EngineTest, AViewClosedBesideACommitGivesItsVersionsBack) {
  PutBarcodes(200);
  Session other;
  const int64_t rounds = std::max<int64_t>(Scaled(3000), 200);
  for (int64_t round = 0; round < rounds && !HasFailure(); ++round) {
    ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
    ChangeAll(round % 2 == 0);
    Begin();
    std::atomic<bool> closing = false;
    other.Start([&] {
      closing = true;
      engine_->CloseView(view);
    });
    while (!closing.load()) std::this_thread::yield();
    Commit();
    other.Finish();
    ASSERT_LT(versions(), 100) << "round " << round;
  }
}

TEST_F(EngineTest, ViewsThatPinnedNothingCloseWithoutTheWritersLock) {
  PutBarcodes(1);
  ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  Session other;
  other.Run([&] { Begin(); });
  engine_->CloseView(view);
  other.Run([&] { engine_->Abort(); });
}

TEST_F(EngineTest, StatsCountOpenViewsAndTheOldestLsn) {
  PutBarcodes(1);
  EXPECT_EQ(engine_->Stats().read_views_open, 0);
  EXPECT_EQ(engine_->Stats().oldest_read_view_lsn, 1);
  ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  ChangeAll(true);
  ViewSlot* next = engine_->OpenView(ReadLevel::kLatest);
  EXPECT_EQ(engine_->Stats().lsn, 2);
  EXPECT_EQ(engine_->Stats().read_views_open, 2);
  EXPECT_EQ(engine_->Stats().oldest_read_view_lsn, 1);
  engine_->CloseView(view);
  EXPECT_EQ(engine_->Stats().oldest_read_view_lsn, 2);
  engine_->CloseView(next);
}

TEST_F(EngineTest, TheOldestViewLagsSinceATransactionThatItDoesNotSee) {
  using std::chrono::microseconds;
  const auto lag = [this] { return engine_->Stats().oldest_read_view_lag; };
  PutBarcodes(1);
  EXPECT_EQ(lag(), microseconds(0)) << "no view is open";
  ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  EXPECT_EQ(lag(), microseconds(0)) << "it shows the newest state";
  // It grows, whatever comes behind, and whoever opens a view.
  std::vector<ViewSlot*> others;
  microseconds before{0};
  for (const bool used : {true, false, true}) {
    ChangeAll(used);
    others.push_back(engine_->OpenView(ReadLevel::kLatest));
    const microseconds last = std::exchange(before, lag());
    EXPECT_GE(before, last);
    while (lag() <= before) {
    }
  }
  EXPECT_LT(lag(), std::chrono::hours(1));
  const int64_t since = table::ReplacedAt(*view);
  engine_->CloseView(view);
  // The next oldest counts from a later one on.
  EXPECT_GE(table::ReplacedAt(*others[0]), since);
  for (ViewSlot* other : others) engine_->CloseView(other);
  EXPECT_EQ(lag(), microseconds(0));
}

TEST_F(EngineTest, AnAbortedTransactionThatChangedSomethingLetsAViewLag) {
  PutBarcodes(1);
  ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  Begin();
  engine_->Abort();
  EXPECT_EQ(table::ReplacedAt(*view), 0) << "it changed nothing";
  Begin();
  ASSERT_TRUE(writer().Redeem("0").ok());
  engine_->Abort();
  EXPECT_GT(table::ReplacedAt(*view), 0);
  while (engine_->Stats().oldest_read_view_lag.count() == 0) {
  }
  EXPECT_EQ(engine_->Stats().oldest_read_view_lsn, engine_->Stats().lsn);
  engine_->CloseView(view);
}

// ---- Errors that end the process -------------------------------------------

TEST_F(EngineTest, DestructionUnderAViewOrATransactionEndsTheProcess) {
  EXPECT_DEATH(
      {
        auto engine = Engine::Create(Options()).value();
        engine->OpenView(ReadLevel::kLatest);
      },
      "while a read view is open");
  EXPECT_DEATH(
      {
        auto engine = Engine::Create(Options()).value();
        (void)engine->Begin(std::nullopt);
      },
      "while a transaction is open");
}

}  // namespace
}  // namespace orderstore::txn
