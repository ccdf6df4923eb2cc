// The engine when the system gives no memory: the right to write is given back,
// a commit is there or is not, and a view closes all the same.

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "orderstore/options.h"
#include "orderstore/records.h"
#include "scarcity.h"
#include "table/view_registry.h"
#include "txn/engine.h"

namespace orderstore::txn {
namespace {

class EngineMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!kMemoryIsOurs)
      GTEST_SKIP() << "the sanitizer's memory is never scarce";
  }

  void Begin() {
    const absl::Status status = engine_->Begin(std::nullopt);
    ASSERT_TRUE(status.ok()) << status;
  }
  Writer& writer() { return engine_->writer(); }

  // Ann's order 1 with the barcodes "0", "1", ...
  void PutBarcodes(int count) {
    Begin();
    ASSERT_TRUE(writer().FindOrCreateCustomer("ann@x", "Ann").ok());
    ASSERT_TRUE(writer().InsertOrder({.customer_id = CustomerId(1)}).ok());
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Insert(std::to_string(i)));
    ASSERT_TRUE(engine_->Commit(std::nullopt).ok());
  }
  bool Insert(const std::string& value) {
    return writer()
        .InsertBarcode({.value = value, .order_id = OrderId(1)})
        .ok();
  }

  // Nobody writes, and the rows are sound.
  void ExpectIdle(Lsn lsn, int64_t barcodes) {
    EXPECT_FALSE(engine_->HeldByThisThread());
    EXPECT_EQ(engine_->Stats().lsn, lsn);
    EXPECT_EQ(engine_->Stats().counts.barcodes, barcodes);
    const absl::Status check = engine_->Check();
    EXPECT_TRUE(check.ok()) << check;
  }
  int64_t versions() const { return engine_->tables().versions.in_use(); }

  const std::unique_ptr<Engine> engine_ = Engine::Create(Options()).value();
};

TEST_F(EngineMemoryTest, BeginThrowsAndLetsOthersWrite) {
  {
    const Scarcity scarcity(0);
    EXPECT_THROW(engine_->Begin(std::nullopt).IgnoreError(), std::bad_alloc);
  }
  EXPECT_FALSE(engine_->HeldByThisThread());
  PutBarcodes(1);
  ExpectIdle(1, 1);
}

// Each allocation of a commit fails once.
TEST_F(EngineMemoryTest, ACommitThatThrowsIsAborted) {
  PutBarcodes(3);
  int failures = 0;
  for (bool done = false; !done; ++failures) {
    Begin();
    ASSERT_TRUE(Insert("new"));
    ASSERT_TRUE(writer().Redeem("0").ok());
    ASSERT_TRUE(writer().DeleteBarcode(BarcodeId(2)).ok());
    {
      const Scarcity scarcity(failures);
      try {
        done = engine_->Commit(std::nullopt).ok();
      } catch (const std::bad_alloc&) {
      }
    }
    ExpectIdle(done ? 2 : 1, 3);
    EXPECT_EQ(engine_->Stats().counts.unused_barcodes, done ? 2 : 3);
    ASSERT_LT(failures, 100);
  }
  EXPECT_GT(failures, 1) << "it never allocated";
}

TEST_F(EngineMemoryTest, ASmallTransactionAbortsWithoutMemory) {
  PutBarcodes(10);
  Begin();
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Insert("new" + std::to_string(i)));
  }
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(writer().Redeem(std::to_string(i)).ok());
  }
  ASSERT_TRUE(writer().DeleteBarcode(BarcodeId(2)).ok());
  {
    const Scarcity scarcity(0);
    engine_->Abort();
  }
  EXPECT_FALSE(Scarcity::HasStruck());
  ExpectIdle(1, 10);
  EXPECT_EQ(engine_->Stats().counts.unused_barcodes, 10);
}

// The index of values has one segment at first, which splits in two as it
// fills.
TEST_F(EngineMemoryTest, ASplitUnderWayNeedsNoMemoryForAnAbort) {
  PutBarcodes(100);
  int strikes = 0;
  for (int there = 101; there <= 200; ++there) {
    Begin();
    ASSERT_TRUE(Insert(std::to_string(there)));
    ASSERT_TRUE(engine_->Commit(std::nullopt).ok());
    Begin();
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(Insert("new" + std::to_string(i)));
    }
    {
      const Scarcity scarcity(0);
      engine_->Abort();
    }
    if (Scarcity::HasStruck()) ++strikes;
    ExpectIdle(engine_->latest_lsn(), there);
  }
  EXPECT_GT(strikes, 0) << "no split was under way";
}

TEST_F(EngineMemoryTest, CheckThrowsAndLetsOthersWrite) {
  PutBarcodes(1);
  {
    const Scarcity scarcity(0);
    EXPECT_THROW(engine_->Check().IgnoreError(), std::bad_alloc);
  }
  ExpectIdle(1, 1);
}

// It closes in a destructor. What it leaves, the next ones free, but for the
// piece that it was at.
TEST_F(EngineMemoryTest, AViewClosesWithoutMemoryForWhatItHeld) {
  PutBarcodes(5000);
  table::ViewSlot* view = engine_->OpenView(ReadLevel::kLatest);
  Begin();
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(writer().Redeem(std::to_string(i)).ok());
  }
  ASSERT_TRUE(engine_->Commit(std::nullopt).ok());
  {
    const Scarcity scarcity(0);
    engine_->CloseView(view);
  }
  EXPECT_TRUE(Scarcity::HasStruck());
  EXPECT_FALSE(engine_->HeldByThisThread());
  EXPECT_GT(versions(), 1000);
  for (int i = 0; i < 10; ++i) {
    engine_->CloseView(engine_->OpenView(ReadLevel::kLatest));
  }
  constexpr int64_t kYoungest = 64;
  EXPECT_LE(versions(), kYoungest + 1);
  ExpectIdle(2, 5000);
}

using EngineMemoryDeathTest = EngineMemoryTest;

TEST_F(EngineMemoryDeathTest, AnAbortThatNeedsMoreMemoryEndsTheProcess) {
  Begin();
  ASSERT_TRUE(writer().FindOrCreateCustomer("ann@x", "Ann").ok());
  ASSERT_TRUE(writer().InsertOrder({.customer_id = CustomerId(1)}).ok());
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(Insert(std::to_string(i)));
  EXPECT_DEATH(
      {
        const Scarcity scarcity(0);
        engine_->Abort();
      },
      "no memory to undo a transaction");
  engine_->Abort();
  ExpectIdle(0, 0);
}

}  // namespace
}  // namespace orderstore::txn
