// The life of a transaction and of a read view: begin, commit, abort, move,
// threads, deadlines, and how long their string_views live.

#include "orderstore/transaction.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/stats.h"
#include "orderstore/store.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using testing::IsEmpty;

// Runs `fn` on a thread of its own, to its end.
template <typename Fn>
void OnAnotherThread(Fn fn) {
  std::thread thread(std::move(fn));
  thread.join();
}

std::chrono::steady_clock::time_point Now() {
  return std::chrono::steady_clock::now();
}

class TransactionTest : public StoreTest {
 protected:
  // Every statement fails and every read is empty.
  void ExpectEnded(Transaction& txn) {
    const auto refused = FailsWithCode(kFailedPrecondition);
    EXPECT_THAT(txn.InsertCustomer({.email = "z@x", .name = "N"}), refused);
    EXPECT_THAT(txn.FindOrCreateCustomer("z@x", "N"), refused);
    EXPECT_THAT(txn.UpdateCustomer(CustomerId(1), {.name = "M"}), refused);
    EXPECT_THAT(txn.DeleteCustomer(CustomerId(1)), refused);
    EXPECT_THAT(txn.InsertOrder({.customer_id = CustomerId(1)}), refused);
    EXPECT_THAT(txn.UpdateOrder(OrderId(1), {}), refused);
    EXPECT_THAT(txn.DeleteOrder(OrderId(1)), refused);
    EXPECT_THAT(txn.InsertBarcode({.value = "Z"}), refused);
    EXPECT_THAT(txn.UpdateBarcode(BarcodeId(1), {.is_used = true}), refused);
    EXPECT_THAT(txn.DeleteBarcode(BarcodeId(1)), refused);
    EXPECT_THAT(txn.InsertCustomers({}), refused);
    EXPECT_THAT(txn.InsertOrders({}), refused);
    EXPECT_THAT(txn.InsertBarcodes(std::vector<NewBarcode>()), refused);
    EXPECT_THAT(txn.InsertBarcodes(OrderId(1), {}), refused);
    EXPECT_THAT(txn.AssignBarcodes(OrderId(1), 0), refused);
    EXPECT_THAT(txn.AssignBarcode("T1", OrderId(1)), refused);
    EXPECT_THAT(txn.Redeem("T1"), refused);
    EXPECT_THAT(txn.Unredeem("T1"), refused);
    ExpectReadsNothing(txn);
  }

  static void ExpectReadsNothing(const Reader& reader) {
    EXPECT_EQ(reader.FindCustomer(CustomerId(1)), std::nullopt);
    EXPECT_EQ(reader.FindCustomerByEmail("ann@x"), std::nullopt);
    EXPECT_EQ(reader.FindOrder(OrderId(1)), std::nullopt);
    EXPECT_EQ(reader.FindBarcode(BarcodeId(1)), std::nullopt);
    EXPECT_EQ(reader.FindBarcodeByValue("T1"), std::nullopt);
    const std::vector<BarcodeId> ids = {BarcodeId(1)};
    std::vector<std::optional<Barcode>> rows = {Barcode{}};
    reader.FindBarcodes(ids, rows);
    EXPECT_EQ(rows[0], std::nullopt);
    EXPECT_THAT(reader.OrdersOf(CustomerId(1)), IsEmpty());
    EXPECT_THAT(reader.BarcodesOf(OrderId(1)), IsEmpty());
    EXPECT_TRUE(ContentsOf(reader) == Contents());
    EXPECT_EQ(reader.TicketCount(CustomerId(1)), std::nullopt);
  }

  // Customer 1 with order 1 with barcode 1.
  void PutOneOfEach() {
    PutBarcode("T1", PutOrder(PutCustomer("ann@x", "Ann")));
  }
};

// ---- LSNs ------------------------------------------------------------------

TEST_F(TransactionTest, EmptyStoreIsAtLsnZero) {
  EXPECT_EQ(View().lsn(), 0u);
  EXPECT_EQ(View().Counts(), Counts());
  EXPECT_THAT(Begin().Commit(), IsOkAndHolds(0u));
}

TEST_F(TransactionTest, CommitsThatChangeSomethingDrawOneLsnEach) {
  for (Lsn lsn = 1; lsn <= 3; ++lsn) {
    Transaction txn = Begin();
    EXPECT_EQ(txn.lsn(), lsn - 1);
    ASSERT_THAT(txn.InsertBarcode({.value = std::to_string(lsn)}), IsOk());
    EXPECT_EQ(txn.lsn(), lsn - 1);
    EXPECT_THAT(txn.Commit(), IsOkAndHolds(lsn));
    EXPECT_EQ(View().lsn(), lsn);
    EXPECT_EQ(store_->Stats().lsn, lsn);
  }
}

TEST_F(TransactionTest, AbortsAndEmptyAndFailedOnesDrawNone) {
  PutOneOfEach();
  const Lsn lsn = View().lsn();
  Begin().Abort();
  { Transaction dropped = Begin(); }
  {
    Transaction txn = Begin();
    ASSERT_THAT(txn.Redeem("T1"), IsOk());
    txn.Abort();
  }
  EXPECT_THAT(Begin().Commit(), IsOkAndHolds(lsn));
  Transaction txn = Begin();
  EXPECT_THAT(txn.Redeem("none"), FailsWithCode(kNotFound));
  EXPECT_THAT(txn.DeleteCustomer(CustomerId(1)),
              FailsWithCode(kFailedPrecondition));
  EXPECT_THAT(txn.Commit(), IsOkAndHolds(lsn));
  EXPECT_EQ(View().lsn(), lsn);
}

// ---- Ends ------------------------------------------------------------------

TEST_F(TransactionTest, GoesOnAfterAFailedStatement) {
  Transaction txn = Begin();
  ASSERT_THAT(txn.InsertBarcode({.value = "T1"}), IsOk());
  EXPECT_THAT(txn.InsertBarcode({.value = "T1"}),
              FailsWithCode(kAlreadyExists));
  ASSERT_THAT(txn.InsertBarcode({.value = "T2"}), IsOk());
  ASSERT_THAT(txn.Commit(), IsOkAndHolds(1u));
  EXPECT_EQ(View().Counts().barcodes, 2);
}

TEST_F(TransactionTest, DestructionAborts) {
  { ASSERT_THAT(Begin().InsertBarcode({.value = "T1"}), IsOk()); }
  EXPECT_EQ(View().Counts().barcodes, 0);
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(TransactionTest, AbortRestoresEveryKindOfChange) {
  PutOneOfEach();
  PutBarcode("T2");
  const Contents before = ContentsOf(View());
  Transaction txn = Begin();
  ASSERT_THAT(txn.FindOrCreateCustomer("bob@x", "Bob"), IsOk());
  ASSERT_THAT(txn.InsertOrder({.customer_id = CustomerId(2)}), IsOk());
  ASSERT_THAT(txn.UpdateCustomer(CustomerId(1), {.email = "new@x"}), IsOk());
  ASSERT_THAT(txn.UpdateOrder(OrderId(1), {.customer_id = CustomerId(2)}),
              IsOk());
  ASSERT_THAT(txn.Redeem("T1"), IsOk());
  ASSERT_THAT(txn.UpdateBarcode(BarcodeId(1), {.value = "renamed"}), IsOk());
  ASSERT_THAT(txn.AssignBarcodes(OrderId(2), 1), IsOk());
  ASSERT_THAT(txn.DeleteBarcode(BarcodeId(1)), IsOk());
  ASSERT_THAT(txn.DeleteOrder(OrderId(1)), IsOk());
  ASSERT_THAT(txn.DeleteCustomer(CustomerId(1)), IsOk());
  txn.Abort();
  const ReadView view = View();
  EXPECT_TRUE(ContentsOf(view) == before);
  EXPECT_EQ(view.FindCustomerByEmail("ann@x")->id, CustomerId(1));
  EXPECT_EQ(view.FindBarcodeByValue("T1")->id, BarcodeId(1));
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(TransactionTest, EndedOnesRefuseEverything) {
  PutOneOfEach();
  Transaction committed = Begin();
  ASSERT_THAT(committed.Redeem("T1"), IsOk());
  ASSERT_THAT(committed.Commit(), IsOk());
  ExpectEnded(committed);
  EXPECT_THAT(committed.Commit(), FailsWithCode(kFailedPrecondition));
  Transaction aborted = Begin();
  aborted.Abort();
  ExpectEnded(aborted);
  EXPECT_THAT(aborted.Commit(), FailsWithCode(kFailedPrecondition));
  aborted.Abort();
  committed.Abort();
  EXPECT_TRUE(BarcodeNow("T1").is_used);
}

TEST_F(TransactionTest, EndedOneDoesNotTouchTheNext) {
  PutOneOfEach();
  Transaction first = Begin();
  ASSERT_THAT(first.Commit(), IsOk());
  Transaction second = Begin();
  ASSERT_THAT(second.Redeem("T1"), IsOk());
  first.Abort();
  ExpectEnded(first);
  { const Transaction gone = std::move(first); }
  EXPECT_THAT(second.Commit(), IsOk());
  EXPECT_TRUE(BarcodeNow("T1").is_used);
}

// ---- Moves -----------------------------------------------------------------

TEST_F(TransactionTest, MovedOneGoesOnAndTheOldOneHasEnded) {
  PutOneOfEach();
  Transaction first = Begin();
  ASSERT_THAT(first.Redeem("T1"), IsOk());
  Transaction second = std::move(first);
  ExpectEnded(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_THAT(first.Commit(), FailsWithCode(kFailedPrecondition));
  EXPECT_TRUE(second.FindBarcodeByValue("T1")->is_used);
  EXPECT_THAT(second.Commit(), IsOk());
}

TEST_F(TransactionTest, AssignmentAbortsTheOneAssignedTo) {
  const std::unique_ptr<Store> other = OpenStore();
  Transaction txn = other->Begin().value();
  ASSERT_THAT(txn.InsertBarcode({.value = "lost"}), IsOk());
  txn = Begin();
  ASSERT_THAT(txn.InsertBarcode({.value = "kept"}), IsOk());
  ASSERT_THAT(txn.Commit(), IsOk());
  EXPECT_EQ(other->OpenReadView().Counts().barcodes, 0);
  EXPECT_EQ(View().Counts().barcodes, 1);
  EXPECT_THAT(other->Begin(), IsOk());
}

TEST_F(TransactionTest, MovedViewsReadOnAndOldOnesReadNothing) {
  PutOneOfEach();
  ReadView first = View();
  ReadView second = std::move(first);
  ExpectReadsNothing(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.Counts().barcodes, 1);
  ReadView third = View();
  EXPECT_EQ(store_->Stats().read_views_open, 2);
  third = std::move(second);
  EXPECT_EQ(store_->Stats().read_views_open, 1);
  EXPECT_EQ(third.Counts().barcodes, 1);
  OnAnotherThread([view = std::move(third)] {
    EXPECT_EQ(view.FindBarcodeByValue("T1")->id, BarcodeId(1));
  });
  EXPECT_EQ(store_->Stats().read_views_open, 0);
}

// ---- One writer at a time --------------------------------------------------

TEST_F(TransactionTest, SecondBeginOnTheSameThreadIsAnError) {
  Transaction txn = Begin();
  EXPECT_THAT(store_->Begin(), FailsWithCode(kFailedPrecondition));
  EXPECT_THAT(store_->Begin(Now() + std::chrono::hours(1)),
              FailsWithCode(kFailedPrecondition));
  EXPECT_THAT(store_->Transact([](Transaction&) { return absl::OkStatus(); }),
              FailsWithCode(kFailedPrecondition));
  EXPECT_THAT(store_->Check(), FailsWithCode(kFailedPrecondition));
  ASSERT_THAT(txn.InsertBarcode({.value = "T1"}), IsOk());
  EXPECT_THAT(txn.Commit(), IsOkAndHolds(1u));
  EXPECT_THAT(store_->Begin(), IsOk());
}

TEST_F(TransactionTest, TwoStoresHaveAWriterEach) {
  const std::unique_ptr<Store> other = OpenStore();
  Transaction txn = Begin();
  EXPECT_THAT(other->Begin(), IsOk());
}

TEST_F(TransactionTest, BeginGivesUpAtItsDeadline) {
  Transaction txn = Begin();
  OnAnotherThread([this] {
    EXPECT_THAT(store_->Begin(Now()), FailsWithCode(kDeadlineExceeded));
    EXPECT_THAT(store_->Begin(Now() + std::chrono::milliseconds(1)),
                FailsWithCode(kDeadlineExceeded));
  });
  ASSERT_THAT(txn.Commit(), IsOk());
  OnAnotherThread([this] {
    EXPECT_THAT(store_->Begin(Now() + std::chrono::hours(1)), IsOk());
  });
}

TEST_F(TransactionTest, WaitingBeginReadsWhatTheOtherCommitted) {
  Transaction txn = Begin();
  std::thread waiter([this] {
    Transaction next = Begin();
    EXPECT_EQ(next.lsn(), 1u);
    EXPECT_EQ(next.Counts().barcodes, 1);
  });
  ASSERT_THAT(txn.InsertBarcode({.value = "T1"}), IsOk());
  ASSERT_THAT(txn.Commit(), IsOk());
  waiter.join();
}

// ---- Another thread's transaction ------------------------------------------

TEST_F(TransactionTest, AnotherThreadsStatementsAreRefused) {
  PutOneOfEach();
  Transaction txn = Begin();
  ASSERT_THAT(txn.Redeem("T1"), IsOk());
  OnAnotherThread([&] { ExpectEnded(txn); });
  // From then on it can only abort.
  EXPECT_THAT(txn.InsertBarcode({.value = "T2"}),
              FailsWithCode(kFailedPrecondition));
  EXPECT_THAT(txn.Commit(), FailsWithCode(kFailedPrecondition));
  EXPECT_FALSE(BarcodeNow("T1").is_used);
  Redeem("T1");
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_F(TransactionTest, AnotherThreadsCommitIsRefusedAndUndoesIt) {
  PutOneOfEach();
  {
    Transaction txn = Begin();
    ASSERT_THAT(txn.Redeem("T1"), IsOk());
    OnAnotherThread(
        [&] { EXPECT_THAT(txn.Commit(), FailsWithCode(kFailedPrecondition)); });
    EXPECT_THAT(txn.Commit(), FailsWithCode(kFailedPrecondition));
  }
  EXPECT_FALSE(BarcodeNow("T1").is_used);
  Redeem("T1");
}

TEST_F(TransactionTest, AnotherThreadMayDestroyIt) {
  PutOneOfEach();
  auto txn = std::make_unique<Transaction>(Begin());
  ASSERT_THAT(txn->Redeem("T1"), IsOk());
  OnAnotherThread([&] { txn.reset(); });
  EXPECT_FALSE(BarcodeNow("T1").is_used);
  Redeem("T1");
}

// ---- Transact --------------------------------------------------------------

TEST_F(TransactionTest, TransactCommitsOnOk) {
  EXPECT_THAT(store_->Transact([](Transaction& txn) {
    return txn.InsertBarcode({.value = "T1"}).status();
  }),
              IsOkAndHolds(1u));
  EXPECT_EQ(View().Counts().barcodes, 1);
}

TEST_F(TransactionTest, TransactAbortsOnAnErrorAndReturnsIt) {
  EXPECT_THAT(store_->Transact([](Transaction& txn) {
    EXPECT_THAT(txn.InsertBarcode({.value = "T1"}), IsOk());
    return absl::UnavailableError("the till is closed");
  }),
              FailsWith(absl::StatusCode::kUnavailable, "the till is closed"));
  EXPECT_EQ(View().Counts().barcodes, 0);
  EXPECT_EQ(View().lsn(), 0u);
}

TEST_F(TransactionTest, TransactFailsWhenItsTransactionWasEndedInside) {
  EXPECT_THAT(store_->Transact([](Transaction& txn) {
    txn.Abort();
    return absl::OkStatus();
  }),
              FailsWithCode(kFailedPrecondition));
}

// ---- How long strings live -------------------------------------------------

TEST_F(TransactionTest, ViewsKeepTheirStringsWhileRowsComeAndGo) {
  const std::string long_email(200, 'e');
  const CustomerId ann = PutCustomer("ann@x", "Ann");
  const CustomerId bob = PutCustomer(long_email, std::string(255, 'n'));
  const BarcodeId ticket = PutBarcode("T1");
  const ReadView view = View();
  const Customer ann_row = *view.FindCustomer(ann);
  const Customer bob_row = *view.FindCustomer(bob);
  const Barcode ticket_row = *view.FindBarcode(ticket);
  const OwnedCustomer ann_copy = ToOwned(ann_row);
  const OwnedCustomer bob_copy = ToOwned(bob_row);
  const OwnedBarcode ticket_copy = ToOwned(ticket_row);
  for (int round = 0; round < 200; ++round) {
    const std::string text(static_cast<size_t>(round + 1), 'x');
    Transaction txn = Begin();
    ASSERT_THAT(txn.UpdateCustomer(ann, {.email = text, .name = text}), IsOk());
    ASSERT_THAT(txn.DeleteCustomer(bob), IsOk());
    ASSERT_THAT(
        txn.InsertCustomer({.email = long_email, .name = text, .id = bob}),
        IsOk());
    ASSERT_THAT(txn.DeleteBarcode(ticket), IsOk());
    ASSERT_THAT(txn.InsertBarcode({.value = text, .id = ticket}), IsOk());
    if (round % 3 != 0) {
      ASSERT_THAT(txn.Commit(), IsOk());
    }
  }
  EXPECT_EQ(ToOwned(ann_row), ann_copy);
  EXPECT_EQ(ToOwned(bob_row), bob_copy);
  EXPECT_EQ(ToOwned(ticket_row), ticket_copy);
  EXPECT_EQ(view.FindCustomer(ann), ann_row);
  EXPECT_EQ(view.FindCustomerByEmail(long_email), bob_row);
  EXPECT_EQ(view.FindBarcodeByValue("T1"), ticket_row);
}

TEST_F(TransactionTest, TransactionsKeepTheirStringsWhileTheyRename) {
  Transaction txn = Begin();
  const BarcodeId id = txn.InsertBarcode({.value = "T0"}).value();
  std::vector<std::string_view> seen = {txn.FindBarcode(id)->value};
  for (int i = 1; i < 300; ++i) {
    if (i % 2 == 0) {
      ASSERT_THAT(txn.UpdateBarcode(id, {.value = Numbered("T", i)}), IsOk());
    } else {
      ASSERT_THAT(txn.DeleteBarcode(id), IsOk());
      ASSERT_THAT(txn.InsertBarcode({.value = Numbered("T", i), .id = id}),
                  IsOk());
    }
    seen.push_back(txn.FindBarcode(id)->value);
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], Numbered("T", static_cast<int64_t>(i)));
  }
}

// A statement may be given text that the transaction itself returned.
TEST_F(TransactionTest, StatementsTakeTextOfTheStoreItself) {
  PutOneOfEach();
  Transaction txn = Begin();
  const Customer ann = *txn.FindCustomer(CustomerId(1));
  ASSERT_THAT(
      txn.UpdateCustomer(ann.id, {.email = ann.name, .name = ann.email}),
      IsOk());
  EXPECT_EQ(txn.FindCustomerByEmail("Ann")->name, "ann@x");
  const Barcode ticket = *txn.FindBarcodeByValue("T1");
  ASSERT_THAT(txn.DeleteBarcode(ticket.id), IsOk());
  ASSERT_THAT(txn.InsertBarcode({.value = ticket.value}), IsOk());
  EXPECT_EQ(txn.FindBarcodeByValue("T1")->id, BarcodeId(2));
}

// ---- Misuse that ends the process ------------------------------------------

using TransactionDeathTest = TransactionTest;

TEST_F(TransactionDeathTest, DestroyingAStoreUnderAnOpenViewEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        std::unique_ptr<Store> store = OpenStore();
        const ReadView view = store->OpenReadView();
        store.reset();
      },
      "[Rr]ead ?[Vv]iew");
}

TEST_F(TransactionDeathTest, DestroyingAStoreUnderATransactionEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        std::unique_ptr<Store> store = OpenStore();
        const Transaction txn = store->Begin().value();
        store.reset();
      },
      "[Tt]ransaction");
}

}  // namespace
}  // namespace orderstore
