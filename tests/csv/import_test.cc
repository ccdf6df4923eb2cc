#include "csv/import.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "csv/expected_rejects.h"
#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "no_threads.h"

namespace orderstore::csv {

namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportTest : public testing::Test {
 protected:
  ImportTest() : store_(*Store::OpenInMemory()) {}

  // The files are header and rows.
  void Customers(std::string rows) {
    customers_ = Input::FromText("customers.csv",
                                 "customer_id,email,name\n" + std::move(rows));
  }
  void Orders(std::string rows) {
    orders_ = Input::FromText("orders.csv",
                              "order_id,customer_id\n" + std::move(rows));
  }
  void Barcodes(std::string rows) {
    barcodes_ =
        Input::FromText("barcodes.csv", "barcode,order_id\n" + std::move(rows));
  }

  absl::StatusOr<ImportReport> TryImport() {
    return csv::Import({.customers = customers_ ? &*customers_ : nullptr,
                        .orders = &orders_,
                        .barcodes = &barcodes_},
                       options_, *store_);
  }

  ImportReport Import() {
    absl::StatusOr<ImportReport> report = TryImport();
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(store_->Check().ok()) << store_->Check();
    return report.ok() ? *report : ImportReport();
  }

  std::vector<std::string> BarcodesOf(int32_t order) {
    std::vector<std::string> values;
    const ReadView view = store_->OpenReadView();
    for (const auto& row : view.BarcodesOf(OrderId(order))) {
      values.emplace_back(row.value);
    }
    return values;
  }

  Counts CountsOfStore() { return store_->OpenReadView().Counts(); }

  std::unique_ptr<Store> store_;
  ImportOptions options_;
  std::optional<Input> customers_;
  Input orders_ = Input::FromText("orders.csv", "order_id,customer_id\n");
  Input barcodes_ = Input::FromText("barcodes.csv", "barcode,order_id\n");
};

TEST_F(ImportTest, RowsOfGoodFilesAreInTheStore) {
  Orders("1,10\n2,11\n3,10\n");
  Barcodes("a,1\nb,2\nc,1\nd,\n");
  const ImportReport report = Import();
  EXPECT_TRUE(report.imported);
  EXPECT_EQ(report.orders, (RowCounts{.accepted = 3, .rejected = 0}));
  EXPECT_EQ(report.barcodes, (RowCounts{.accepted = 4, .rejected = 0}));
  EXPECT_THAT(report.rejects, IsEmpty());
  EXPECT_EQ(CountsOfStore(), (Counts{.customers = 2,
                                     .orders = 3,
                                     .barcodes = 4,
                                     .unassigned_barcodes = 1,
                                     .unused_barcodes = 4}));
  EXPECT_THAT(BarcodesOf(1), ElementsAre("a", "c"));
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.FindOrder(OrderId(3))->customer_id, CustomerId(10));
  EXPECT_EQ(view.FindBarcodeByValue("d")->order_id, std::nullopt);
}

TEST_F(ImportTest, OneThreadIsEnough) {
  Orders("1,10\n2,11\n3,10\n");
  Barcodes("A,1\nB,2\nC,\n");
  const NoThreads no_threads;
  EXPECT_EQ(Import().barcodes.accepted, 3);
  EXPECT_EQ(Import().barcodes.unchanged, 3);
}

TEST_F(ImportTest, FilesWithNothingButHeadersAreFine) {
  EXPECT_TRUE(Import().imported);
  EXPECT_EQ(CountsOfStore(), Counts());
}

TEST_F(ImportTest, CustomersGetMadeUpEmailsAndNamesWithoutAFileOfThem) {
  Orders("1,42\n2,2147483647\n");
  Import();
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.FindCustomer(CustomerId(42))->email,
            "customer-42@import.invalid");
  EXPECT_EQ(view.FindCustomer(CustomerId(42))->name, "Customer 42");
  EXPECT_EQ(view.FindCustomer(CustomerId(2147483647))->email,
            "customer-2147483647@import.invalid");
}

TEST_F(ImportTest, ACustomerComesIntoBeingWithItsFirstAcceptedOrder) {
  Orders("1,10\n1,11\n0,12\n");
  Import();
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.Counts().customers, 1);
  EXPECT_TRUE(view.FindCustomer(CustomerId(10)).has_value());
}

TEST_F(ImportTest, BarcodeIdsAreInFileOrder) {
  Orders("2,1\n1,1\n");
  Barcodes("z,1\ny,2\nx,\nw,1\nz,2\nv,1\n");
  Import();
  std::string order;
  const ReadView view = store_->OpenReadView();
  std::vector<orderstore::Barcode> page(10);
  page.resize(view.ReadBarcodes(BarcodeId(), page));
  for (const auto& row : page) order += row.value;
  EXPECT_EQ(order, "zyxwv");
}

TEST_F(ImportTest, ColumnsStandInAnyOrderAndOthersAreIgnored) {
  orders_ = Input::FromText(
      "orders.csv", "note,customer_id,order_id\nx,10,1\n\"a\nb\",11,2\n");
  barcodes_ = Input::FromText("barcodes.csv",
                              "order_id , extra, barcode\r\n 2 ,, b \r\n1,,a");
  EXPECT_THAT(Import().rejects, IsEmpty());
  EXPECT_THAT(BarcodesOf(1), ElementsAre("a"));
  EXPECT_THAT(BarcodesOf(2), ElementsAre("b"));
}

TEST_F(ImportTest, ManyRowsGoInWhateverTheBatches) {
  for (const int rows : {1023, 1024, 1025, 5000}) {
    store_ = *Store::OpenInMemory();
    std::string orders;
    std::string barcodes;
    for (int i = 1; i <= rows; ++i) {
      orders += std::to_string(i) + "," + std::to_string(i * 7) + "\n";
      barcodes += "b" + std::to_string(i) + "," + std::to_string(i) + "\n";
    }
    Orders(orders);
    Barcodes(barcodes);
    int64_t progress = 0;
    options_.progress = [&](int64_t done) { progress = done; };
    EXPECT_THAT(Import().rejects, IsEmpty());
    EXPECT_EQ(CountsOfStore().barcodes, rows);
    EXPECT_EQ(progress, 3 * rows);
  }
}

// ---- Rejects ----

TEST_F(ImportTest, EachBadOrderIsLeftOutAlone) {
  Orders(
      "1\n"       // line 2
      "1,2,3\n"   // 3
      ",10\n"     // 4
      "1, \n"     // 5
      ",\n"       // 6
      "x,10\n"    // 7
      "1,-3\n"    // 8
      "0,10\n"    // 9
      "1,10\n"    // 10, good
      "1,11\n"    // 11
      "\"1,12\n"  // 12
      "2,10\n");  // 13, good
  Barcodes("a,1\nb,2\n");
  const ImportReport report = Import();
  EXPECT_THAT(report.rejects,
              ElementsAre(OrderReject(2, Reason::kWrongFieldCount),
                          OrderReject(3, Reason::kWrongFieldCount),
                          OrderReject(4, Reason::kIncompleteOrder),
                          OrderReject(5, Reason::kIncompleteOrder),
                          OrderReject(6, Reason::kIncompleteOrder),
                          OrderReject(7, Reason::kBadId),
                          OrderReject(8, Reason::kBadId),
                          OrderReject(9, Reason::kBadId),
                          OrderReject(11, Reason::kDuplicateOrder),
                          OrderReject(12, Reason::kWrongFieldCount)));
  EXPECT_EQ(report.orders, (RowCounts{.accepted = 2, .rejected = 10}));
}

TEST_F(ImportTest, EachBadBarcodeIsLeftOutAlone) {
  Orders("1,10\n");
  Barcodes(
      "a\n"             // line 2
      "a,1,1\n"         // 3
      ",1\n"            // 4
      ",\n"             // 5
      "a,1.0\n"         // 6
      "a,2147483648\n"  // 7
      "a\0b,1\n"s       // 8
      "a\xff,1\n" +     // 9
      std::string(256, 'a') +
      ",1\n" +        // 10
      "a,1\n"         // 11, good
      "a,1\n"         // 12
      "b,7\n"         // 13
      "\"c\"d,1\n" +  // 14
      std::string(255, 'a') +
      ",1\n");  // 15, good
  const ImportReport report = Import();
  EXPECT_THAT(report.rejects,
              ElementsAre(BarcodeReject(2, Reason::kWrongFieldCount),
                          BarcodeReject(3, Reason::kWrongFieldCount),
                          BarcodeReject(4, Reason::kMissingBarcode),
                          BarcodeReject(5, Reason::kMissingBarcode),
                          BarcodeReject(6, Reason::kBadId),
                          BarcodeReject(7, Reason::kBadId),
                          BarcodeReject(8, Reason::kBadText),
                          BarcodeReject(9, Reason::kBadText),
                          BarcodeReject(10, Reason::kBadText),
                          BarcodeReject(12, Reason::kDuplicateBarcode),
                          BarcodeReject(13, Reason::kUnknownOrder),
                          BarcodeReject(14, Reason::kWrongFieldCount)));
  EXPECT_EQ(report.barcodes, (RowCounts{.accepted = 2, .rejected = 12}));
}

TEST_F(ImportTest, TheFirstReasonThatAppliesIsGiven) {
  Orders("1,10\n,x\n");
  Barcodes(
      ",x\n"      // line 2: also bad_id
      "a\0,x\n"s  // 3: also bad_text
      "b\0,9\n"s  // 4: also unknown_order
      "a,1\n"     // 5
      "a,9\n");   // 6: also unknown_order
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(3, Reason::kIncompleteOrder),
                          BarcodeReject(2, Reason::kMissingBarcode),
                          BarcodeReject(3, Reason::kBadId),
                          BarcodeReject(4, Reason::kBadText),
                          BarcodeReject(6, Reason::kDuplicateBarcode)));
}

TEST_F(ImportTest, RowsThatFailEarlierTakeNoPartInDecidingDuplicates) {
  Orders("1,x\n1,10\n");
  Barcodes("a,x\na,1,1\na,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(2, Reason::kBadId),
                          BarcodeReject(2, Reason::kBadId),
                          BarcodeReject(3, Reason::kWrongFieldCount)));
  EXPECT_THAT(BarcodesOf(1), ElementsAre("a"));
}

TEST_F(ImportTest, DuplicatesAreDecidedBeforeUnknownOrders) {
  Orders("1,10\n");
  Barcodes("a,9\na,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(BarcodeReject(2, Reason::kUnknownOrder),
                          BarcodeReject(3, Reason::kDuplicateBarcode)));
  EXPECT_EQ(CountsOfStore().barcodes, 0);
}

TEST_F(ImportTest, DropAllLeavesOutEveryCopy) {
  options_.duplicates = Duplicates::kDropAll;
  Orders("1,10\n");
  Barcodes("a,9\nb,1\na,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(BarcodeReject(2, Reason::kDuplicateBarcode),
                          BarcodeReject(4, Reason::kDuplicateBarcode)));
  EXPECT_THAT(BarcodesOf(1), ElementsAre("b"));
}

TEST_F(ImportTest, PreferSoldKeepsTheCopyOfAKnownOrder) {
  options_.duplicates = Duplicates::kPreferSold;
  Orders("1,10\n");
  Barcodes("a,\na,9\na,1\nb,8\nb,9\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(BarcodeReject(2, Reason::kDuplicateBarcode),
                          BarcodeReject(3, Reason::kDuplicateBarcode),
                          BarcodeReject(5, Reason::kUnknownOrder),
                          BarcodeReject(6, Reason::kDuplicateBarcode)));
  EXPECT_THAT(BarcodesOf(1), ElementsAre("a"));
}

TEST_F(ImportTest, ABarcodeOfARejectedOrderIsOfAnUnknownOne) {
  Orders("1,x\n");
  Barcodes("a,1\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(2, Reason::kBadId),
                          BarcodeReject(2, Reason::kUnknownOrder)));
}

TEST_F(ImportTest, LinesCountEmptyOnesAndThoseInsideOfFields) {
  Orders("\n1,10\n\n\"2\n\",x\n3\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(5, Reason::kBadId),
                          OrderReject(7, Reason::kWrongFieldCount)));
}

TEST_F(ImportTest, OrdersWithoutBarcodesAreImportedAndReported) {
  Orders("3,10\n\n1,10\n2,11\n");
  Barcodes("a,1\nb,\n");
  const ImportReport report = Import();
  EXPECT_EQ(report.orders.accepted, 3);
  EXPECT_THAT(report.orders_without_barcodes,
              ElementsAre(OrderWithoutBarcodes{OrderId(3), 2},
                          OrderWithoutBarcodes{OrderId(2), 5}));
  EXPECT_TRUE(store_->OpenReadView().FindOrder(OrderId(3)).has_value());
}

// ---- A customers file ----

TEST_F(ImportTest, RowsOfACustomersFileAreTheCustomers) {
  Customers("10,ann@example.com,Ann\n11,bo@example.com,\n");
  Orders("1,10\n");
  Barcodes("a,1\n");
  const ImportReport report = Import();
  EXPECT_EQ(report.customers, (RowCounts{.accepted = 2, .rejected = 0}));
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.FindCustomerByEmail("ann@example.com")->name, "Ann");
  EXPECT_EQ(view.FindCustomer(CustomerId(11))->name, "");
}

TEST_F(ImportTest, EachBadCustomerIsLeftOutAlone) {
  Customers(
      "10,a@x\n"                    // line 2
      ",a@x,A\n"                    // 3
      "10,,A\n"                     // 4
      "x,a@x,A\n"                   // 5
      "10,a@\xff,A\n"               // 6
      "10,a@x,\xff\n"               // 7
      "10,a@x,A\n"                  // 8, good
      "10,b@x,B\n"                  // 9: the id
      "11,a@x,C\n"                  // 10: the email
      "11,b@x,\"D \"\"d\"\"\"\n");  // 11, good
  Orders("1,11\n");
  Barcodes("a,1\n");
  const ImportReport report = Import();
  EXPECT_THAT(report.rejects,
              ElementsAre(CustomerReject(2, Reason::kWrongFieldCount),
                          CustomerReject(3, Reason::kBadCustomer),
                          CustomerReject(4, Reason::kBadCustomer),
                          CustomerReject(5, Reason::kBadId),
                          CustomerReject(6, Reason::kBadText),
                          CustomerReject(7, Reason::kBadText),
                          CustomerReject(9, Reason::kDuplicateCustomer),
                          CustomerReject(10, Reason::kDuplicateCustomer)));
  EXPECT_EQ(report.customers, (RowCounts{.accepted = 2, .rejected = 8}));
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.FindCustomer(CustomerId(11))->name, "D \"d\"");
}

TEST_F(ImportTest, OnlyKeptCustomersHoldTheirEmails) {
  Customers(
      "1,a@x,\n"    // line 2, kept
      "1,b@x,\n"    // 3: the id, so b@x stays free
      "2,b@x,\n"    // 4, kept
      "3,b@x,\n"    // 5: the email, so 3 stays free
      "3,c@x,\n");  // 6, kept
  EXPECT_THAT(Import().rejects,
              ElementsAre(CustomerReject(3, Reason::kDuplicateCustomer),
                          CustomerReject(5, Reason::kDuplicateCustomer)));
  EXPECT_EQ(CountsOfStore().customers, 3);
}

TEST_F(ImportTest, OrdersOfOtherCustomersAreLeftOut) {
  Customers("10,a@x,A\n");
  Orders("1,11\n2,10\n1,10\n");
  Barcodes("a,1\nb,2\n");
  EXPECT_THAT(Import().rejects,
              ElementsAre(OrderReject(2, Reason::kUnknownCustomer),
                          OrderReject(4, Reason::kDuplicateOrder),
                          BarcodeReject(2, Reason::kUnknownOrder)));
}

TEST_F(ImportTest, RejectsAreInTheOrderCustomersOrdersBarcodes) {
  Customers("x,a@x,A\n");
  Orders("x,1\n");
  Barcodes("a,x\n");
  EXPECT_THAT(Import().rejects, ElementsAre(CustomerReject(2, Reason::kBadId),
                                            OrderReject(2, Reason::kBadId),
                                            BarcodeReject(2, Reason::kBadId)));
}

// ---- Strict ----

TEST_F(ImportTest, StrictImportsGoodFiles) {
  options_.strict = true;
  Orders("1,10\n");
  Barcodes("a,1\nb,\n");
  EXPECT_TRUE(Import().imported);
  EXPECT_EQ(CountsOfStore().barcodes, 2);
}

TEST_F(ImportTest, StrictImportsNothingBesideAReject) {
  options_.strict = true;
  Orders("1,10\n");
  Barcodes("a,1\na,1\n");
  const ImportReport report = Import();
  EXPECT_FALSE(report.imported);
  EXPECT_THAT(report.rejects,
              ElementsAre(BarcodeReject(3, Reason::kDuplicateBarcode)));
  EXPECT_EQ(CountsOfStore(), Counts());
}

TEST_F(ImportTest, StrictImportsNothingBesideAnOrderWithoutBarcodes) {
  options_.strict = true;
  Orders("1,10\n");
  const ImportReport report = Import();
  EXPECT_FALSE(report.imported);
  EXPECT_EQ(report.orders_without_barcodes.size(), 1u);
  EXPECT_EQ(CountsOfStore(), Counts());
}

TEST_F(ImportTest, TheReportHasTheLsn) {
  EXPECT_EQ(Import().lsn, 0u);
  Orders("1,10\n");
  EXPECT_EQ(Import().lsn, 1u);
}

// ---- Errors ----

TEST_F(ImportTest, ACancelledImportImportsNothing) {
  Orders("1,10\n");
  Barcodes("a,1\n");
  options_.is_cancelled = [] { return true; };
  EXPECT_EQ(TryImport().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(CountsOfStore(), Counts());
}

TEST_F(ImportTest, AColumnMissingInAnyFileImportsNothing) {
  Orders("1,10\n");
  barcodes_ = Input::FromText("barcodes.csv", "barcode\na\n");
  const absl::Status status = TryImport().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no column order_id"));
  EXPECT_EQ(CountsOfStore(), Counts());

  Barcodes("a,1\n");
  orders_ = Input::FromText("orders.csv", "order_id\n1\n");
  EXPECT_THAT(std::string(TryImport().status().message()),
              HasSubstr("no column customer_id"));
  customers_ = Input::FromText("customers.csv", "customer_id,name\n1,A\n");
  EXPECT_THAT(std::string(TryImport().status().message()),
              HasSubstr("customers.csv:1: the header has no column email"));
  EXPECT_EQ(CountsOfStore(), Counts());
}

TEST_F(ImportTest, AFileThatCannotBeReadImportsNothing) {
  Orders("1,10\n");
  barcodes_ = *Input::Open("/proc/self/mem");
  EXPECT_FALSE(TryImport().ok());
  EXPECT_EQ(CountsOfStore(), Counts());
}

TEST_F(ImportTest, AnOpenTransactionOfThisThreadIsAnError) {
  const absl::StatusOr<Transaction> txn = store_->Begin();
  EXPECT_EQ(TryImport().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ImportTest, AStoreWithoutEnoughMemoryImportsNothing) {
  store_ = *Store::OpenInMemory({.memory_bytes_max = 4 << 20});
  std::string rows;
  for (int i = 0; i < 200'000; ++i)
    rows += "barcode" + std::to_string(i) + ",\n";
  Barcodes(rows);
  EXPECT_EQ(TryImport().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CountsOfStore(), Counts());
}

}  // namespace
}  // namespace orderstore::csv
