// The statements that the domain lives on: finding or creating the customer,
// assigning barcodes from the stock, redeeming each exactly once.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/transaction.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<BarcodeId> IdsOf(const std::vector<Barcode>& rows) {
  std::vector<BarcodeId> ids;
  for (const Barcode& row : rows) ids.push_back(row.id);
  return ids;
}

// ---- FindOrCreateCustomer --------------------------------------------------

class FindOrCreateTest : public StoreTest {};

TEST_F(FindOrCreateTest, CreatesWhoIsMissing) {
  Transaction txn = Begin();
  const auto ann = txn.FindOrCreateCustomer("ann@x", "Ann");
  ASSERT_THAT(ann, IsOk());
  EXPECT_EQ(txn.FindCustomer(*ann)->email, "ann@x");
  EXPECT_EQ(txn.FindCustomer(*ann)->name, "Ann");
}

TEST_F(FindOrCreateTest, FindsWhoIsThereAndKeepsTheName) {
  const CustomerId ann = PutCustomer("ann@x", "Ann");
  const ReadView before = View();
  Transaction txn = Begin();
  EXPECT_THAT(txn.FindOrCreateCustomer("ann@x", "Other"), IsOkAndHolds(ann));
  EXPECT_EQ(txn.FindCustomer(ann), before.FindCustomer(ann));
  EXPECT_THAT(txn.Commit(), IsOkAndHolds(before.lsn()));
}

TEST_F(FindOrCreateTest, FindsWhoWasCreatedInTheSameTransaction) {
  Transaction txn = Begin();
  const CustomerId ann = txn.FindOrCreateCustomer("ann@x", "Ann").value();
  EXPECT_THAT(txn.FindOrCreateCustomer("ann@x", "Ann"), IsOkAndHolds(ann));
  ASSERT_THAT(txn.DeleteCustomer(ann), IsOk());
  EXPECT_THAT(txn.FindOrCreateCustomer("ann@x", "Ann"),
              IsOkAndHolds(CustomerId(ann.value() + 1)));
}

// ---- AssignBarcodes --------------------------------------------------------

class AssignTest : public StoreTest {
 protected:
  const CustomerId ann_ = PutCustomer("ann@x");
  const OrderId order_ = PutOrder(ann_);
};

TEST_F(AssignTest, TakesTheLowestIds) {
  Transaction txn = Begin();
  for (int32_t id : {9, 4, 7, 2, 100}) {
    ASSERT_THAT(
        txn.InsertBarcode({.value = std::to_string(id), .id = BarcodeId(id)}),
        IsOk());
  }
  const auto taken = txn.AssignBarcodes(order_, 3);
  ASSERT_THAT(taken, IsOk());
  EXPECT_THAT(IdsOf(*taken),
              ElementsAre(BarcodeId(2), BarcodeId(4), BarcodeId(7)));
  for (const Barcode& row : *taken) EXPECT_EQ(txn.FindBarcode(row.id), row);
  EXPECT_EQ(IdsOf(txn.BarcodesOf(order_)), IdsOf(*taken));
  EXPECT_EQ(txn.TicketCount(ann_), 3);
  EXPECT_EQ(txn.Counts().unassigned_barcodes, 2);
}

TEST_F(AssignTest, ABarcodeThatComesBackIsTakenByItsId) {
  for (const char* value : {"T1", "T2", "T3"}) PutBarcode(value);
  Transaction txn = Begin();
  ASSERT_THAT(txn.AssignBarcodes(order_, 2), IsOk());
  ASSERT_THAT(
      txn.UpdateBarcode(BarcodeId(1), {.order_id = std::optional<OrderId>()}),
      IsOk());
  const auto taken = txn.AssignBarcodes(order_, 2);
  ASSERT_THAT(taken, IsOk());
  EXPECT_THAT(IdsOf(*taken), ElementsAre(BarcodeId(1), BarcodeId(3)));
}

TEST_F(AssignTest, PassesOverUsedOnes) {
  PutBarcode("used", {}, /*used=*/true);
  PutBarcode("fresh");
  Transaction txn = Begin();
  const auto taken = txn.AssignBarcodes(order_, 1);
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->front().value, "fresh");
  ExpectRefused(txn, kNotFound, "1",
                [&] { return txn.AssignBarcodes(order_, 1); });
  // Once unused again it can be taken.
  ASSERT_THAT(txn.Unredeem("used"), IsOk());
  EXPECT_THAT(txn.AssignBarcodes(order_, 1), IsOk());
}

TEST_F(AssignTest, TooFewLeftTakesNone) {
  PutBarcode("T1");
  PutBarcode("T2");
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "3",
                [&] { return txn.AssignBarcodes(order_, 3); });
  EXPECT_THAT(txn.AssignBarcodes(order_, 2), IsOk());
}

TEST_F(AssignTest, NeedsAnOrder) {
  PutBarcode("T1");
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "99",
                [&] { return txn.AssignBarcodes(OrderId(99), 1); });
}

TEST_F(AssignTest, NoneIsFine) {
  Transaction txn = Begin();
  EXPECT_THAT(txn.AssignBarcodes(order_, 0), IsOkAndHolds(IsEmpty()));
}

TEST_F(AssignTest, AbortPutsThemBack) {
  PutBarcode("T1");
  PutBarcode("T2");
  {
    Transaction txn = Begin();
    ASSERT_THAT(txn.AssignBarcodes(order_, 2), IsOk());
  }
  Transaction txn = Begin();
  const auto taken = txn.AssignBarcodes(order_, 1);
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->front().id, BarcodeId(1));
}

// ---- AssignBarcode ---------------------------------------------------------

TEST_F(AssignTest, TakesTheOneNamed) {
  PutBarcode("T1");
  PutBarcode("T2");
  Transaction txn = Begin();
  EXPECT_THAT(txn.AssignBarcode("T2", order_), IsOk());
  EXPECT_EQ(txn.FindBarcodeByValue("T2")->order_id, order_);
  EXPECT_EQ(txn.FindBarcodeByValue("T1")->order_id, std::nullopt);
}

TEST_F(AssignTest, NeedsTheBarcodeAndTheOrder) {
  PutBarcode("T1");
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "none-such",
                [&] { return txn.AssignBarcode("none-such", order_); });
  ExpectRefused(txn, kNotFound, "99",
                [&] { return txn.AssignBarcode("T1", OrderId(99)); });
}

TEST_F(AssignTest, RefusesASoldOne) {
  PutBarcode("sold-one", order_);
  const OrderId other = PutOrder(ann_);
  Transaction txn = Begin();
  ExpectRefused(txn, kFailedPrecondition, "sold-one",
                [&] { return txn.AssignBarcode("sold-one", other); });
  ExpectRefused(txn, kFailedPrecondition, "sold-one",
                [&] { return txn.AssignBarcode("sold-one", order_); });
}

TEST_F(AssignTest, RefusesAUsedOne) {
  PutBarcode("used-one", {}, /*used=*/true);
  Transaction txn = Begin();
  ExpectRefused(txn, kFailedPrecondition, "used-one",
                [&] { return txn.AssignBarcode("used-one", order_); });
}

// ---- Redeem and Unredeem ---------------------------------------------------

class RedeemTest : public StoreTest {
 protected:
  const OrderId order_ = PutOrder(PutCustomer("ann@x"));
  const BarcodeId ticket_ = PutBarcode("T-1", order_);
};

TEST_F(RedeemTest, MarksTheBarcodeUsed) {
  const Timestamp before = BarcodeNow("T-1").updated_at;
  Redeem("T-1");
  const ReadView view = View();
  EXPECT_TRUE(view.FindBarcode(ticket_)->is_used);
  EXPECT_GT(view.FindBarcode(ticket_)->updated_at, before);
  EXPECT_EQ(view.Counts().unused_barcodes, 0);
  EXPECT_THAT(view.BarcodesOf(order_, BarcodeFilter::kUnused), IsEmpty());
}

TEST_F(RedeemTest, SecondRedeemIsRefusedAndSaysWhenTheFirstWas) {
  const Timestamp when =
      std::chrono::sys_days(std::chrono::year(2024) / 5 / 17) +
      std::chrono::hours(12) + std::chrono::minutes(34) +
      std::chrono::seconds(56) + std::chrono::microseconds(789012);
  Transaction txn = Begin();
  ASSERT_THAT(txn.UpdateBarcode(ticket_, {.is_used = true, .updated_at = when}),
              IsOk());
  for (const char* part : {"T-1", "2024-05-17", "12:34:56", "789012"}) {
    ExpectRefused(txn, kFailedPrecondition, part,
                  [&] { return txn.Redeem("T-1"); });
  }
}

TEST_F(RedeemTest, OnlyTheFirstOfTwoTransactionsRedeems) {
  Redeem("T-1");
  Transaction txn = Begin();
  ExpectRefused(txn, kFailedPrecondition, "T-1",
                [&] { return txn.Redeem("T-1"); });
}

TEST_F(RedeemTest, UnassignedBarcodeIsRefused) {
  PutBarcode("stock");
  Transaction txn = Begin();
  ExpectRefused(txn, kFailedPrecondition, "stock",
                [&] { return txn.Redeem("stock"); });
}

TEST_F(RedeemTest, MissingBarcodeIsRefused) {
  Transaction txn = Begin();
  ExpectRefused(txn, kNotFound, "none-such",
                [&] { return txn.Redeem("none-such"); });
  ExpectRefused(txn, kNotFound, "none-such",
                [&] { return txn.Unredeem("none-such"); });
}

TEST_F(RedeemTest, UnredeemMakesItUnusedAgain) {
  Redeem("T-1");
  Unredeem("T-1");
  EXPECT_FALSE(BarcodeNow("T-1").is_used);
  Redeem("T-1");
  EXPECT_TRUE(BarcodeNow("T-1").is_used);
}

TEST_F(RedeemTest, UnredeemOfAnUnusedOneChangesNothing) {
  const ReadView before = View();
  Transaction txn = Begin();
  EXPECT_THAT(txn.Unredeem("T-1"), IsOk());
  EXPECT_EQ(txn.FindBarcode(ticket_), before.FindBarcode(ticket_));
  EXPECT_THAT(txn.Commit(), IsOkAndHolds(before.lsn()));
}

TEST_F(RedeemTest, AbortedRedeemLeavesItUnused) {
  const ReadView before = View();
  {
    Transaction txn = Begin();
    ASSERT_THAT(txn.Redeem("T-1"), IsOk());
  }
  const ReadView after = View();
  EXPECT_EQ(after.FindBarcode(ticket_), before.FindBarcode(ticket_));
  Redeem("T-1");
}

// ---- The ranking -----------------------------------------------------------

class RankingTest : public StoreTest {};

TEST_F(RankingTest, TiesGoToTheLowerIdAndNobodyWithoutTickets) {
  const CustomerId a = PutCustomer("a@x");
  const CustomerId b = PutCustomer("b@x");
  const CustomerId c = PutCustomer("c@x");
  PutOrder(PutCustomer("no tickets@x"));
  PutBarcode("T1", PutOrder(c));
  PutBarcode("T2", PutOrder(a));
  const OrderId of_b = PutOrder(b);
  PutBarcode("T3", of_b);
  PutBarcode("T4", of_b);
  EXPECT_THAT(View().TopCustomers(10),
              ElementsAre(CustomerTickets{b, 2}, CustomerTickets{a, 1},
                          CustomerTickets{c, 1}));
  EXPECT_THAT(View().TopCustomers(2),
              ElementsAre(CustomerTickets{b, 2}, CustomerTickets{a, 1}));
  EXPECT_THAT(View().TopCustomers(0), IsEmpty());
}

// Rankings up to 100 and longer ones are kept in different ways.
TEST_F(RankingTest, LongRankingsAgreeWithShortOnes) {
  constexpr int32_t kCustomers = 250;
  Transaction txn = Begin();
  std::vector<CustomerTickets> expected;
  for (int32_t i = 1; i <= kCustomers; ++i) {
    const CustomerId customer =
        txn.InsertCustomer({.email = std::to_string(i), .name = "N"}).value();
    const OrderId order = txn.InsertOrder({.customer_id = customer}).value();
    for (int32_t n = 0; n < i; ++n) {
      ASSERT_THAT(txn.InsertBarcode({.value = Concat(std::to_string(i), "-",
                                                     std::to_string(n)),
                                     .order_id = order}),
                  IsOk());
    }
    expected.insert(expected.begin(), CustomerTickets{customer, i});
  }
  ASSERT_THAT(txn.Commit(), IsOk());
  const ReadView view = View();
  for (size_t k : std::vector<size_t>{1, 99, 100, 101, 250}) {
    EXPECT_EQ(view.TopCustomers(k),
              std::vector(expected.begin(),
                          expected.begin() + static_cast<ptrdiff_t>(k)));
  }
  EXPECT_EQ(view.TopCustomers(100'000), expected);
}

// The list of the first 100 is refilled from below when those above it go.
TEST_F(RankingTest, WhoWasBelowTheListMovesUp) {
  constexpr int32_t kCustomers = 150;
  std::vector<OrderId> orders;
  for (int32_t i = 0; i < kCustomers; ++i) {
    orders.push_back(PutOrder(PutCustomer(Numbered("c", i))));
    PutBarcode(Numbered("T", i), orders.back());
  }
  // The lower ids rank first and lose their tickets one after the other.
  for (int32_t i = 0; i < kCustomers; ++i) {
    Transaction txn = Begin();
    ASSERT_THAT(txn.DeleteBarcode(BarcodeId(i + 1)), IsOk());
    ASSERT_THAT(txn.Commit(), IsOk());
    const std::vector<CustomerTickets> top = View().TopCustomers(100);
    ASSERT_EQ(top.size(),
              static_cast<size_t>(std::min(100, kCustomers - 1 - i)));
    for (size_t rank = 0; rank < top.size(); ++rank) {
      ASSERT_EQ(top[rank].customer_id,
                CustomerId(i + 2 + static_cast<int32_t>(rank)));
    }
  }
}

}  // namespace
}  // namespace orderstore
