#include "csv/processed_orders.h"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "csv/test_folder.h"
#include "csv/unassigned_barcodes.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"

namespace orderstore::csv {
namespace {

class ProcessedOrdersTest : public testing::Test {
 protected:
  ProcessedOrdersTest() : store_(*Store::OpenInMemory()) {}

  template <typename Fn>
  void Write(Fn fn) {
    const absl::StatusOr<Lsn> lsn =
        store_->Transact([&fn](Transaction& txn) -> absl::Status {
          fn(txn);
          return absl::OkStatus();
        });
    ASSERT_TRUE(lsn.ok()) << lsn.status();
  }

  void PutOrder(int32_t order, int32_t customer) {
    Write([&](Transaction& txn) {
      if (!txn.FindCustomer(CustomerId(customer))) {
        ASSERT_TRUE(txn.InsertCustomer({.email = std::to_string(customer),
                                        .name = "",
                                        .id = CustomerId(customer)})
                        .ok());
      }
      ASSERT_TRUE(txn.InsertOrder({.customer_id = CustomerId(customer),
                                   .id = OrderId(order)})
                      .ok());
    });
  }

  // Order 0 is none.
  void PutBarcode(const std::string& value, int32_t order) {
    Write([&](Transaction& txn) {
      NewBarcode row{.value = value};
      if (order != 0) row.order_id = OrderId(order);
      ASSERT_TRUE(txn.InsertBarcode(row).ok());
    });
  }

  // Written by `threads` readers.
  std::string Processed(size_t threads = 1) {
    return Text([&](const Reader&, OutputFile& file) {
      std::vector<ReadView> views;
      std::vector<const Reader*> readers;
      views.reserve(threads);
      for (size_t i = 0; i < threads; ++i) {
        readers.push_back(&views.emplace_back(store_->OpenReadView()));
      }
      return WriteProcessedOrders(readers, file);
    });
  }
  std::string Unassigned() {
    return Text([](const Reader& reader, OutputFile& file) {
      return WriteUnassignedBarcodes(reader, file);
    });
  }

  std::unique_ptr<Store> store_;
  TestFolder folder_;

 private:
  template <typename Fn>
  std::string Text(Fn fn) {
    absl::StatusOr<OutputFile> file = OutputFile::Create(folder_ / "out");
    EXPECT_TRUE(file.ok()) << file.status();
    EXPECT_TRUE(fn(store_->OpenReadView(), *file).ok());
    EXPECT_TRUE(file->Publish().ok());
    return folder_.Get("out");
  }
};

TEST_F(ProcessedOrdersTest, AnEmptyStoreGivesHeaders) {
  EXPECT_EQ(Processed(), "customer_id,order_id,barcode\n");
  EXPECT_EQ(Unassigned(), "barcode\n");
}

TEST_F(ProcessedOrdersTest, LinesAreInNumericalOrderOfCustomerAndOrder) {
  PutOrder(20, 9);
  PutOrder(3, 10);
  PutOrder(100, 9);
  for (const auto& [value, order] :
       {std::pair("a", 100), {"b", 3}, {"c", 20}}) {
    PutBarcode(value, order);
  }
  EXPECT_EQ(Processed(),
            "customer_id,order_id,barcode\n9,20,[c]\n9,100,[a]\n10,3,[b]\n");
}

TEST_F(ProcessedOrdersTest, AListIsInTheOrderOfBarcodeIdsAndQuoted) {
  PutOrder(1, 1);
  PutOrder(2, 2147483647);
  PutBarcode("z", 1);
  PutBarcode("00", 2);
  PutBarcode("a", 1);
  PutBarcode("m", 1);
  EXPECT_EQ(Processed(),
            "customer_id,order_id,barcode\n1,1,\"[z, a, m]\"\n"
            "2147483647,2,[00]\n");
}

TEST_F(ProcessedOrdersTest, OrdersWithoutBarcodesStayOut) {
  PutOrder(1, 1);
  PutOrder(2, 1);
  PutBarcode("a", 2);
  PutBarcode("b", 0);
  EXPECT_EQ(Processed(), "customer_id,order_id,barcode\n1,2,[a]\n");
  EXPECT_EQ(Unassigned(), "barcode\nb\n");
}

TEST_F(ProcessedOrdersTest, TextThatCsvTakesForItsOwnIsQuoted) {
  for (int32_t order = 1; order <= 4; ++order) PutOrder(order, 1);
  PutBarcode("a,b", 1);
  PutBarcode("q\"\"r", 2);
  PutBarcode("plain", 3);
  PutBarcode("x\"", 3);
  PutBarcode("li\nne", 4);
  PutBarcode("c,\"d", 0);
  EXPECT_EQ(Processed(),
            "customer_id,order_id,barcode\n1,1,\"[a,b]\"\n"
            "1,2,\"[q\"\"\"\"r]\"\n1,3,\"[plain, x\"\"]\"\n"
            "1,4,\"[li\nne]\"\n");
  EXPECT_EQ(Processed(2), Processed());
  EXPECT_EQ(Processed(6), Processed());
  EXPECT_EQ(Unassigned(), "barcode\n\"c,\"\"d\"\n");
}

TEST_F(ProcessedOrdersTest, ManyRowsAgreeWithThoseFoundOneByOne) {
  constexpr uint32_t kSeed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  Write([&random](Transaction& txn) {
    for (int32_t id = 1; id <= 300; ++id) {
      ASSERT_TRUE(txn.InsertCustomer({.email = std::to_string(id),
                                      .name = "",
                                      .id = CustomerId(id)})
                      .ok());
    }
    for (int32_t id = 1; id <= 1000; ++id) {
      const auto customer = static_cast<int32_t>(random() % 300 + 1);
      ASSERT_TRUE(txn.InsertOrder({.customer_id = CustomerId(customer),
                                   .id = OrderId(id * 1000)})
                      .ok());
    }
    for (int i = 0; i < 5000; ++i) {
      std::string value(random() % 12, 'x');
      value += std::to_string(i);
      NewBarcode row{.value = value};
      const auto order = static_cast<int32_t>(random() % 1100);
      if (order != 0 && order <= 1000) row.order_id = OrderId(order * 1000);
      ASSERT_TRUE(txn.InsertBarcode(row).ok());
    }
  });
  std::string expected = "customer_id,order_id,barcode\n";
  const ReadView view = store_->OpenReadView();
  for (int32_t customer = 1; customer <= 300; ++customer) {
    for (const Order& order : view.OrdersOf(CustomerId(customer))) {
      std::string list;
      const std::vector<Barcode> barcodes = view.BarcodesOf(order.id);
      for (const Barcode& barcode : barcodes) {
        list += list.empty() ? "[" : ", ";
        list += barcode.value;
      }
      if (barcodes.empty()) continue;
      list += ']';
      if (barcodes.size() > 1) list = '"' + list + '"';
      expected += std::to_string(customer) + ',' +
                  std::to_string(order.id.value()) + ',' + list + '\n';
    }
  }
  for (const size_t threads : {1u, 2u, 3u, 8u}) {
    EXPECT_EQ(Processed(threads), expected) << threads << " threads";
  }
}

TEST_F(ProcessedOrdersTest, AFullDiskIsToldByTheWriters) {
  absl::StatusOr<OutputFile> file = OutputFile::Create("/dev/full");
  PutOrder(1, 1);
  for (int i = 0; i < 3000; ++i) {
    PutBarcode(std::string(200, 'x') + std::to_string(i), 1);
  }
  const ReadView view = store_->OpenReadView();
  const Reader* const readers[] = {&view};
  EXPECT_EQ(WriteProcessedOrders(readers, *file).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(ProcessedOrdersTest, ReadersAreOfOneCommit) {
  const ReadView before = store_->OpenReadView();
  PutOrder(1, 1);
  const ReadView after = store_->OpenReadView();
  const Reader* const readers[] = {&before, &after};
  absl::StatusOr<OutputFile> file = OutputFile::Create(folder_ / "out");
  EXPECT_EQ(WriteProcessedOrders(readers, *file).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WriteProcessedOrders({}, *file).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace orderstore::csv
