// Imports into a store that holds rows: each rule of import.h by a name.

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "csv/expected_rejects.h"
#include "csv/import.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {

void PrintTo(const RowCounts& counts, std::ostream* out) {
  *out << counts.accepted << " accepted, " << counts.unchanged
       << " of them unchanged, " << counts.rejected << " rejected";
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RowCounts Rows(int64_t fresh, int64_t unchanged, int64_t rejected) {
  return {.accepted = fresh + unchanged,
          .rejected = rejected,
          .unchanged = unchanged};
}

// The files of a first import, which each test changes and imports again.
class ImportAgainTest : public testing::Test {
 protected:
  ImportAgainTest() : store_(*Store::OpenInMemory()) {
    Orders("1,10\n2,11\n");
    Barcodes("a,1\nb,2\nc,\n");
  }

  void Customers(const std::string& rows) {
    customers_ =
        Input::FromText("customers.csv", "customer_id,email,name\n" + rows);
  }
  void Orders(const std::string& rows) {
    orders_ = Input::FromText("orders.csv", "order_id,customer_id\n" + rows);
  }
  void Barcodes(const std::string& rows) {
    barcodes_ = Input::FromText("barcodes.csv", "barcode,order_id\n" + rows);
  }

  absl::StatusOr<ImportReport> TryImport() {
    return csv::Import({.customers = customers_ ? &*customers_ : nullptr,
                        .orders = &orders_,
                        .barcodes = &barcodes_},
                       options_, *store_);
  }
  ImportReport Import() {
    const absl::StatusOr<ImportReport> report = TryImport();
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(store_->Check().ok()) << store_->Check();
    return report.ok() ? *report : ImportReport();
  }

  void Do(const std::function<absl::Status(Transaction&)>& change) {
    const absl::StatusOr<Lsn> lsn = store_->Transact(change);
    ASSERT_TRUE(lsn.ok()) << lsn.status();
  }

  // What the store has where rows conflict with it.
  std::vector<std::string> StoredOf(const ImportReport& report) {
    const Sources sources = {.customers = customers_ ? &*customers_ : nullptr,
                             .orders = &orders_,
                             .barcodes = &barcodes_};
    std::vector<std::string> texts;
    for (const Conflict& conflict : report.conflicts) {
      texts.push_back(sources.of(conflict.table).name() + ":" +
                      std::to_string(conflict.line) + " " + conflict.stored);
    }
    return texts;
  }

  Lsn LatestLsn() { return store_->OpenReadView().lsn(); }
  Digests DigestsOfStore() { return store_->OpenReadView().Digests(); }
  std::optional<OrderId> OrderOf(std::string_view value) {
    const ReadView view = store_->OpenReadView();
    const auto row = view.FindBarcodeByValue(value);
    return row ? row->order_id : OrderId();
  }
  std::string EmailOf(int32_t customer) {
    const ReadView view = store_->OpenReadView();
    const auto row = view.FindCustomer(CustomerId(customer));
    return row ? std::string(row->email) : "none";
  }

  std::unique_ptr<Store> store_;
  ImportOptions options_;
  std::optional<Input> customers_;
  Input orders_ = Input::FromText("orders.csv", "");
  Input barcodes_ = Input::FromText("barcodes.csv", "");
};

// ---- Unchanged ----

TEST_F(ImportAgainTest, TheSameFilesChangeNothingAndKeepTheLsn) {
  Customers("10,ann@x,Ann\n11,bob@x,\n");
  ASSERT_EQ(Import().lsn, 1u);
  const Digests before = DigestsOfStore();
  const ImportReport again = Import();
  EXPECT_TRUE(again.imported);
  EXPECT_EQ(again.lsn, 1u);
  EXPECT_EQ(LatestLsn(), 1u);
  EXPECT_EQ(DigestsOfStore(), before);
  EXPECT_EQ(again.customers, Rows(0, 2, 0));
  EXPECT_EQ(again.orders, Rows(0, 2, 0));
  EXPECT_EQ(again.barcodes, Rows(0, 3, 0));
  EXPECT_THAT(again.rejects, IsEmpty());
  EXPECT_THAT(again.orders_without_barcodes, IsEmpty());
}

TEST_F(ImportAgainTest, BadRowsAreRejectedAgainForTheSameReasons) {
  Customers("10,ann@x,Ann\n10,bob@x,Bob\n");
  Orders("1,10\n1,10\n2,11\n3,10\nx,10\n");
  Barcodes("a,1\na,1\nb,2\nc,9\nd,1\n,1\n");
  const ImportReport first = Import();
  const ImportReport again = Import();
  EXPECT_EQ(again.rejects, first.rejects);
  EXPECT_EQ(again.orders_without_barcodes, first.orders_without_barcodes);
  EXPECT_EQ(again.lsn, first.lsn);
  EXPECT_EQ(again.orders.accepted, first.orders.accepted);
  EXPECT_EQ(again.orders.unchanged, first.orders.accepted);
}

TEST_F(ImportAgainTest, ABarcodeSoldMeanwhileIsUnchangedWithoutAnOrder) {
  Import();
  Do([](Transaction& txn) { return txn.AssignBarcode("c", OrderId(2)); });
  const ImportReport again = Import();
  EXPECT_EQ(again.barcodes, Rows(0, 3, 0));
  EXPECT_EQ(again.lsn, 2u);
  EXPECT_EQ(OrderOf("c"), OrderId(2));
}

TEST_F(ImportAgainTest, ABarcodeRedeemedMeanwhileIsUnchanged) {
  Import();
  Do([](Transaction& txn) { return txn.Redeem("a"); });
  EXPECT_EQ(Import().barcodes, Rows(0, 3, 0));
  const ReadView view = store_->OpenReadView();
  EXPECT_TRUE(view.FindBarcodeByValue("a")->is_used);
}

TEST_F(ImportAgainTest, WithoutACustomersFileCustomersAreAsTheStoreHasThem) {
  Import();
  Do([](Transaction& txn) {
    return txn.UpdateCustomer(CustomerId(10),
                              {.email = "ann@x", .name = "Ann"});
  });
  Orders("1,10\n2,11\n3,10\n");
  const ImportReport again = Import();
  EXPECT_THAT(again.rejects, IsEmpty());
  EXPECT_EQ(again.orders, Rows(1, 2, 0));
  EXPECT_EQ(EmailOf(10), "ann@x");
}

// ---- New ----

TEST_F(ImportAgainTest, NewRowsAreAddedBesideTheOld) {
  Import();
  Orders("1,10\n2,11\n3,12\n");
  Barcodes("a,1\nd,3\nb,2\ne,1\nf,\n");
  const ImportReport again = Import();
  EXPECT_EQ(again.lsn, 2u);
  EXPECT_EQ(again.orders, Rows(1, 2, 0));
  EXPECT_EQ(again.barcodes, Rows(3, 2, 0));
  EXPECT_EQ(OrderOf("d"), OrderId(3));
  EXPECT_EQ(OrderOf("e"), OrderId(1));
  EXPECT_EQ(OrderOf("f"), std::nullopt);
  EXPECT_EQ(EmailOf(12), "customer-12@import.invalid");
}

TEST_F(ImportAgainTest, FilesOfNewRowsAloneMayNameRowsOfTheStore) {
  Import();
  Customers("12,cy@x,Cy\n");
  Orders("3,12\n4,10\n");
  Barcodes("d,3\ne,1\nf,4\n");
  const ImportReport again = Import();
  EXPECT_THAT(again.rejects, IsEmpty());
  EXPECT_EQ(again.customers, Rows(1, 0, 0));
  EXPECT_EQ(again.orders, Rows(2, 0, 0));
  EXPECT_EQ(again.barcodes, Rows(3, 0, 0));
}

TEST_F(ImportAgainTest, WhatNeitherFileNorStoreHasIsUnknown) {
  Import();
  Customers("12,cy@x,Cy\n");
  Orders("3,13\n4,12\n");
  Barcodes("d,3\ne,9\nf,4\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(2, Reason::kUnknownCustomer),
                          BarcodeReject(2, Reason::kUnknownOrder),
                          BarcodeReject(3, Reason::kUnknownOrder)));
}

// ---- Conflicts ----

TEST_F(ImportAgainTest, AChangedCustomerConflicts) {
  Customers("10,ann@x,Ann\n11,bob@x,Bob\n12,cy@x,Cy\n");
  Import();
  Customers("10,anne@x,Ann\n11,bob@x,Robert\n12,cy@x,Cy\n");
  const ImportReport again = Import();
  EXPECT_EQ(again.customers, Rows(0, 1, 2));
  EXPECT_THAT(again.rejects, ElementsAre(CustomerReject(2, Reason::kConflict),
                                         CustomerReject(3, Reason::kConflict)));
  EXPECT_EQ(again.lsn, 1u);
  EXPECT_EQ(EmailOf(10), "ann@x");
}

TEST_F(ImportAgainTest, ANewCustomerWithTheEmailOfAnotherConflicts) {
  Customers("10,ann@x,Ann\n11,bob@x,Bob\n");
  Import();
  Customers("12,ann@x,Ann\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(CustomerReject(2, Reason::kConflict)));
  EXPECT_EQ(EmailOf(12), "none");
}

TEST_F(ImportAgainTest, AMadeUpCustomerConflictsWithAStatedOne) {
  Import();
  Customers("10,ann@x,Ann\n11,customer-11@import.invalid,Customer 11\n");
  const ImportReport again = Import();
  EXPECT_EQ(again.customers, Rows(0, 1, 1));
  EXPECT_THAT(again.rejects, ElementsAre(CustomerReject(2, Reason::kConflict)));
}

TEST_F(ImportAgainTest, ACustomerWhoseMadeUpEmailIsAnothersConflicts) {
  Import();
  Do([](Transaction& txn) {
    return txn
        .InsertCustomer({.email = "customer-12@import.invalid",
                         .name = "Eve",
                         .id = CustomerId(90)})
        .status();
  });
  Orders("3,12\n4,12\n5,10\n");
  Barcodes("d,3\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(2, Reason::kConflict),
                          OrderReject(3, Reason::kConflict),
                          BarcodeReject(2, Reason::kUnknownOrder)));
  EXPECT_EQ(EmailOf(12), "none");
}

TEST_F(ImportAgainTest, AnOrderOfAnotherCustomerConflicts) {
  Import();
  Orders("1,11\n2,11\n3,12\n");
  const ImportReport again = Import();
  EXPECT_EQ(again.orders, Rows(1, 1, 1));
  EXPECT_THAT(again.rejects, ElementsAre(OrderReject(2, Reason::kConflict)));
  // What the store has is unchanged, whoever the order is of.
  EXPECT_EQ(again.barcodes, Rows(0, 3, 0));
}

TEST_F(ImportAgainTest, AConflictingOrderMakesNoCustomer) {
  Import();
  Orders("1,77\n");
  EXPECT_THAT(Import().rejects, ElementsAre(OrderReject(2, Reason::kConflict)));
  EXPECT_EQ(EmailOf(77), "none");
  EXPECT_EQ(LatestLsn(), 1u);
}

TEST_F(ImportAgainTest, NewBarcodesAreNotPutOnAConflictingOrder) {
  Import();
  Orders("1,11\n");
  Barcodes("a,1\nd,1\nb,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(2, Reason::kConflict),
                          BarcodeReject(3, Reason::kUnknownOrder),
                          BarcodeReject(4, Reason::kUnknownOrder)));
}

TEST_F(ImportAgainTest, NewOrdersAreNotGivenToAConflictingCustomer) {
  Import();
  Customers("10,ann@x,Ann\n");
  Orders("1,10\n3,10\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(CustomerReject(2, Reason::kConflict),
                          OrderReject(3, Reason::kUnknownCustomer)));
}

TEST_F(ImportAgainTest, ABarcodeOnAnotherOrderConflicts) {
  Import();
  Barcodes("a,2\nb,2\nc,1\n");
  const ImportReport again = Import();
  EXPECT_EQ(again.barcodes, Rows(0, 1, 2));
  EXPECT_THAT(again.rejects, ElementsAre(BarcodeReject(2, Reason::kConflict),
                                         BarcodeReject(4, Reason::kConflict)));
  EXPECT_EQ(OrderOf("a"), OrderId(1));
  EXPECT_EQ(OrderOf("c"), std::nullopt);
}

TEST_F(ImportAgainTest, CopiesInAFileAreDecidedOnBeforeTheStoreIsAsked) {
  Import();
  Barcodes("a,2\na,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(BarcodeReject(2, Reason::kConflict),
                          BarcodeReject(3, Reason::kDuplicateBarcode)));
}

TEST_F(ImportAgainTest, PreferSoldKnowsTheOrdersOfTheStore) {
  options_.duplicates = Duplicates::kPreferSold;
  Import();
  Orders("");
  Barcodes("d,9\nd,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(BarcodeReject(2, Reason::kDuplicateBarcode)));
  EXPECT_EQ(OrderOf("d"), OrderId(1));
}

TEST_F(ImportAgainTest, AConflictTellsWhatTheStoreHas) {
  Customers("10,ann@x,Ann\n11,bob@x,\n");
  Import();
  Customers("10,anne@x,Ann\n12,bob@x,Eve\n11,bob@y,Bob\n");
  Orders("2,10\n1,11\n2,13\n");
  Barcodes("a,2\nc,1\n");
  const ImportReport again = Import();
  EXPECT_THAT(StoredOf(again),
              ElementsAre("customers.csv:2 customer 10 with email ann@x and "
                          "name Ann",
                          "customers.csv:3 customer 11 with email bob@x and no "
                          "name",
                          "customers.csv:4 customer 11 with email bob@x and no "
                          "name"));
  customers_.reset();
  EXPECT_THAT(StoredOf(Import()),
              ElementsAre("orders.csv:2 order 2 of customer 11",
                          "orders.csv:3 order 1 of customer 10"));
  Orders("");
  EXPECT_THAT(StoredOf(Import()), ElementsAre("barcodes.csv:2 a on order 1",
                                              "barcodes.csv:3 c on no order"));
  EXPECT_EQ(LatestLsn(), 1u);
}

TEST_F(ImportAgainTest, AMadeUpEmailThatIsTakenTellsWhose) {
  Import();
  Do([](Transaction& txn) {
    return txn
        .InsertCustomer({.email = "customer-12@import.invalid",
                         .name = "Eve",
                         .id = CustomerId(90)})
        .status();
  });
  Orders("3,12\n");
  EXPECT_THAT(StoredOf(Import()),
              ElementsAre("orders.csv:2 customer 90 with email "
                          "customer-12@import.invalid and name Eve"));
}

TEST_F(ImportAgainTest, OfManyConflictsTheFirstOfEachTableAreTold) {
  std::string orders;
  std::string barcodes;
  for (int i = 1; i <= 30; ++i) {
    orders += std::to_string(i) + ",10\n";
    barcodes += "v" + std::to_string(i) + "," + std::to_string(i) + "\n";
  }
  Orders(orders);
  Barcodes(barcodes);
  Import();
  orders.clear();
  barcodes.clear();
  for (int i = 1; i <= 30; ++i) {
    orders += std::to_string(i) + (i > 25 ? ",10\n" : ",11\n");
    barcodes += "v" + std::to_string(i) + ",30\n";
  }
  Orders(orders);
  Barcodes(barcodes);
  const ImportReport again = Import();
  EXPECT_EQ(again.rejects.size(), 25u + 29u);
  const std::vector<std::string> stored = StoredOf(again);
  ASSERT_EQ(stored.size(), 40u);
  EXPECT_EQ(stored[19], "orders.csv:21 order 20 of customer 10");
  EXPECT_EQ(stored[39], "barcodes.csv:21 v20 on order 20");
}

// ---- Strict ----

TEST_F(ImportAgainTest, StrictImportsTheSameFilesAgain) {
  options_.strict = true;
  Import();
  const ImportReport again = Import();
  EXPECT_TRUE(again.imported);
  EXPECT_EQ(again.lsn, 1u);
}

TEST_F(ImportAgainTest, StrictImportsNothingBesideAConflict) {
  Import();
  options_.strict = true;
  Orders("1,11\n3,12\n");
  Barcodes("d,3\n");
  const ImportReport again = Import();
  EXPECT_FALSE(again.imported);
  EXPECT_THAT(again.rejects, ElementsAre(OrderReject(2, Reason::kConflict)));
  EXPECT_EQ(again.lsn, 1u);
  EXPECT_EQ(LatestLsn(), 1u);
}

TEST_F(ImportAgainTest, AnOrderHasBarcodesIfTheStoreSaysSo) {
  Orders("1,10\n2,11\n3,10\n4,10\n");
  EXPECT_EQ(Import().orders_without_barcodes.size(), 2u);
  Do([](Transaction& txn) { return txn.AssignBarcode("c", OrderId(3)); });
  EXPECT_THAT(Import().orders_without_barcodes,
              ElementsAre(OrderWithoutBarcodes{OrderId(4), 5}));
  Barcodes("d,4\n");
  EXPECT_THAT(Import().orders_without_barcodes, IsEmpty());
}

// ---- Many rows, progress, cancelling ----

TEST_F(ImportAgainTest, ThousandsOfRowsAreTheirBatchesSum) {
  std::string orders;
  std::string barcodes;
  for (int i = 1; i <= 3000; ++i) {
    const std::string id = std::to_string(i);
    orders += id + "," + std::to_string(i % 700 + 1) + "\n";
    barcodes += "v" + id + "," + id + "\n";
  }
  Orders(orders);
  Barcodes(barcodes);
  Import();
  Orders(orders + "3001,1\n");
  Barcodes(barcodes + "v3001,3001\n");
  int64_t shown = 0;
  options_.progress = [&](int64_t rows) { shown = rows; };
  const ImportReport again = Import();
  EXPECT_EQ(again.orders, Rows(1, 3000, 0));
  EXPECT_EQ(again.barcodes, Rows(1, 3000, 0));
  EXPECT_EQ(shown, 6002);
}

TEST_F(ImportAgainTest, ACancelledImportChangesNothing) {
  Import();
  Orders("3,10\n");
  Barcodes("d,3\n");
  for (int calls = 0; calls < 4; ++calls) {
    options_.is_cancelled = [left = calls]() mutable { return left-- <= 0; };
    EXPECT_EQ(TryImport().status().code(), absl::StatusCode::kCancelled)
        << "after " << calls << " calls";
    EXPECT_EQ(LatestLsn(), 1u);
  }
  options_.is_cancelled = nullptr;
  EXPECT_EQ(Import().lsn, 2u);
}

}  // namespace
}  // namespace orderstore::csv
