// Tables::Check finds every kind of damage. Each test damages one thing.

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "orderstore/records.h"
#include "table/tables.h"
#include "table/tables_fixture.h"

namespace orderstore::table {
namespace {

// Customer 1 with order 1 of barcodes 1 and 2, customer 2 with order 2 of
// barcode 3 and order 3 of none; barcodes 4, and 5 that is used, on no order.
class CheckTest : public TablesTest {
 protected:
  CheckTest() {
    Begin();
    InsertCustomer(1, "ann@x");
    InsertCustomer(2, "bob@x");
    InsertOrder(1, 1);
    InsertOrder(2, 2);
    InsertOrder(3, 2);
    InsertBarcode(1, "A", 1);
    InsertBarcode(2, "B", 1, /*used=*/true);
    InsertBarcode(3, "C", 2);
    InsertBarcode(4, "D", 0);
    InsertBarcode(5, "E", 0, /*used=*/true);
    Commit();
    CollectAll();
  }

  void ExpectDataLoss(const std::string& part) {
    ExpectDataLoss(part, newest());
  }
  void ExpectDataLoss(const std::string& part, const CommitState& state) {
    const absl::Status status = tables->Check(state);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    const std::string message(status.message());
    EXPECT_NE(message.find("check: "), std::string::npos) << message;
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }

  uint64_t Hash(const char* text) const { return tables->Hash(text); }
  BarcodeRow& BarcodeAt(uint32_t id) {
    return tables->barcodes.rows[BarcodeSlot(id)];
  }
  ChildIndex::Anchor& BarcodesOf(uint32_t order) {
    return tables->orders.ids[order].children;
  }
  ChildIndex::Anchor& OrdersOf(uint32_t customer) {
    return tables->customers.ids[customer].children;
  }
};

TEST_F(CheckTest, WholeTablesPass) {
  EXPECT_TRUE(tables->Check(newest()).ok()) << tables->Check(newest());
}

// ---- Hash indexes ----------------------------------------------------------

TEST_F(CheckTest, FindsABarcodeThatIsNotInTheIndexOfValues) {
  tables->barcodes.by_value.Erase(Hash("B"), BarcodeSlot(2));
  ExpectDataLoss("barcode 2 is not found by its value");
}

TEST_F(CheckTest, FindsACustomerThatIsNotInTheIndexOfEmails) {
  tables->customers.by_email.Erase(Hash("bob@x"), CustomerSlot(2));
  ExpectDataLoss("customer 2 is not found by email");
}

TEST_F(CheckTest, FindsSuperfluousEntriesOfHashIndexes) {
  tables->barcodes.by_value.Insert(Hash("nobody"), BarcodeSlot(2));
  ExpectDataLoss("the index of barcode values has 6 entries for 5 slots");
  tables->barcodes.by_value.Erase(Hash("nobody"), BarcodeSlot(2));
  tables->customers.by_email.Insert(Hash("nobody"), CustomerSlot(2));
  ExpectDataLoss("the index of emails has 3 entries for 2 slots");
}

TEST_F(CheckTest, FindsTwoRowsOfOneKey) {
  Begin();
  InsertBarcode(6, "A", 0);
  Commit();
  ExpectDataLoss("is not found by its value");
}

// ---- Id directories --------------------------------------------------------

TEST_F(CheckTest, FindsIdsThatLeadToOtherRows) {
  tables->barcodes.ids[4].slot = BarcodeSlot(5);
  ExpectDataLoss("barcode 4 leads to barcode 5");
  tables->barcodes.ids[4].slot = BarcodeSlot(5) - 1;
  ASSERT_TRUE(tables->Check(newest()).ok());
  tables->orders.ids[3].slot = OrderSlot(2);
  ExpectDataLoss("order 3 leads to order 2");
  tables->orders.ids[3].slot = OrderSlot(2) + 1;
  ASSERT_TRUE(tables->Check(newest()).ok());
  tables->customers.ids[2].slot = CustomerSlot(1);
  ExpectDataLoss("customer 2 leads to customer 1");
}

TEST_F(CheckTest, FindsIdsThatLeadNowhere) {
  const uint32_t barcode = BarcodeSlot(4);
  tables->barcodes.ids[4].slot = 0;
  ExpectDataLoss("the index of barcode values has 5 entries for 4 slots");
  tables->barcodes.ids[4].slot = barcode;
  const uint32_t order = OrderSlot(3);
  tables->orders.ids[3].slot = 0;
  ExpectDataLoss("the rows count to customers 2, orders 2");
  tables->orders.ids[3].slot = order;
  tables->orders.ids[1].slot = 0;
  ExpectDataLoss("barcode 1 is on order 1, which does not exist");
}

TEST_F(CheckTest, FindsOrdersWithoutTheirCustomer) {
  tables->customers.ids[1].slot = 0;
  ExpectDataLoss("order 1 is customer 1's, who does not exist");
}

// ---- Children --------------------------------------------------------------

TEST_F(CheckTest, FindsAChildThatIsNotInItsParentsList) {
  tables->orders.barcodes.Remove(BarcodesOf(1), BarcodeAt(2).position);
  ExpectDataLoss("barcode 2 is not once in the list of order 1");
}

TEST_F(CheckTest, FindsAnOrderThatIsNotInItsCustomersList) {
  tables->customers.orders.Remove(OrdersOf(2),
                                  tables->orders.rows[OrderSlot(3)].position);
  ExpectDataLoss("order 3 is not once in the list of customer 2");
}

TEST_F(CheckTest, FindsAChildThatIsInTheListTwice) {
  tables->orders.barcodes.Insert(BarcodesOf(1), BarcodeSlot(2));
  ExpectDataLoss("barcode 2 is not once in the list of order 1");
}

TEST_F(CheckTest, FindsChildrenOfOthersInAList) {
  tables->orders.barcodes.Insert(BarcodesOf(2), BarcodeSlot(2));
  ExpectDataLoss("the list of parent 2 has 1 entries of others");
  tables->orders.barcodes.Remove(BarcodesOf(2), 1);
  ASSERT_TRUE(tables->Check(newest()).ok());
  tables->customers.orders.Insert(OrdersOf(1), OrderSlot(3));
  ExpectDataLoss("the list of parent 1 has 1 entries of others");
}

TEST_F(CheckTest, FindsAChildWhosePositionIsAnothers) {
  std::swap(BarcodeAt(1).position, BarcodeAt(2).position);
  ExpectDataLoss("barcode 1 is not once in the list of order 1");
}

TEST_F(CheckTest, FindsChunksThatCountWrong) {
  Begin();
  InsertOrder(4, 1);
  for (uint32_t id = 100; id < 100 + 1016 + 1; ++id) {
    InsertBarcode(id, "L" + std::to_string(id), 4);
  }
  Commit();
  ASSERT_TRUE(tables->Check(newest()).ok());
  tables->orders.barcodes.AddCurrent(BarcodesOf(4), 1016, false, -1,
                                     newest().tick);
  ExpectDataLoss(
      "chunk 1 of the list of parent 4 counts wrong: off by -1 and 0");
  tables->orders.barcodes.AddCurrent(BarcodesOf(4), 1016, true, 1,
                                     newest().tick);
  ExpectDataLoss(
      "chunk 1 of the list of parent 4 counts wrong: off by -1 and 1");
}

// ---- Counts and analytics --------------------------------------------------

TEST_F(CheckTest, FindsWrongTicketCounts) {
  ++tables->customers.rows[CustomerSlot(2)].word;
  ExpectDataLoss("customer 2 has 1 tickets, and a ticket count of 2");
}

TEST_F(CheckTest, FindsEveryWrongCountOfTheState) {
  for (int64_t Counts::*count :
       {&Counts::customers, &Counts::orders, &Counts::barcodes,
        &Counts::unassigned_barcodes, &Counts::unused_barcodes}) {
    CommitState state = newest();
    ++(state.counts.*count);
    ExpectDataLoss(
        "the rows count to customers 2, orders 3, barcodes 5, "
        "unassigned 2, unused 3; the state says ",
        state);
  }
}

TEST_F(CheckTest, FindsRowsThatChangedWithoutTheirCounts) {
  BarcodeAt(1).word = BarcodeRow::WordOf(1, /*used=*/true);
  ExpectDataLoss("unused 2; the state says");
}

TEST_F(CheckTest, FindsBarcodesThatAreWronglyUnassigned) {
  UnassignedIndex& unassigned = tables->barcodes.unassigned;
  unassigned.End(4, newest().tick);
  ExpectDataLoss("the index of unassigned barcodes is wrong about barcode 4");
  unassigned.Begin(4);
  ASSERT_TRUE(tables->Check(newest()).ok());
  unassigned.Begin(3);
  ExpectDataLoss("the index of unassigned barcodes is wrong about barcode 3");
}

TEST_F(CheckTest, FindsBarcodesThatOldViewsWouldMiss) {
  UnassignedIndex& unassigned = tables->barcodes.unassigned;
  unassigned.Forget(4);
  ExpectDataLoss("the index of unassigned barcodes is wrong about barcode 4");
  unassigned.Begin(4);
  Begin();
  changes.SetBarcode(BarcodeSlot(4), BarcodeRow::WordOf(3, false), 300);
  Commit();
  ASSERT_TRUE(tables->Check(newest()).ok());
  unassigned.Forget(4);  // its older version is unassigned
  ExpectDataLoss("the index of unassigned barcodes is wrong about barcode 4");
}

TEST_F(CheckTest, FindsBarcodesThatAreWronglyAvailable) {
  UnassignedIndex& unassigned = tables->barcodes.unassigned;
  unassigned.SetAvailable(4, false);
  ExpectDataLoss("the index of unassigned barcodes is wrong about barcode 4");
  unassigned.SetAvailable(4, true);
  ASSERT_TRUE(tables->Check(newest()).ok());
  unassigned.SetAvailable(5, true);  // it is used
  ExpectDataLoss("the index of unassigned barcodes is wrong about barcode 5");
}

TEST_F(CheckTest, FindsEveryWrongListOfTopCustomers) {
  const TopList right = *newest().top;
  ASSERT_EQ(right.best.size(), 2);
  const auto expect_wrong = [&](const std::function<void(TopList&)>& damage) {
    auto top = std::make_shared<TopList>(right);
    damage(*top);
    CommitState state = newest();
    state.top = top;
    ExpectDataLoss("the list of top customers is not that of the rows", state);
  };
  expect_wrong([](TopList& top) { ++top.best[0].ticket_count; });
  expect_wrong([](TopList& top) { top.best.pop_back(); });
  expect_wrong([](TopList& top) { std::swap(top.best[0], top.best[1]); });
  expect_wrong([](TopList& top) { top.best.push_back({CustomerId(3), 0}); });
  expect_wrong([](TopList& top) { top.has_all = false; });
}

TEST_F(CheckTest, FindsAWrongRanking) {
  tables->ranking.Change(3, 0, 9);
  ExpectDataLoss("the ranking of customers is not that of their counts");
  tables->ranking.Change(3, 9, 0);
  EXPECT_TRUE(tables->Check(newest()).ok());
}

}  // namespace
}  // namespace orderstore::table
