// Every question of the C API, held against the C++ API's answer on the same
// state, of views and of transactions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

constexpr int32_t kRows = 100;  // more than the portions that are converted

std::vector<int32_t> Range(int32_t first, int32_t last) {
  std::vector<int32_t> numbers;
  for (int32_t i = first; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

template <typename RowId>
std::vector<RowId> IdsOf(const std::vector<int32_t>& numbers) {
  std::vector<RowId> ids;
  for (const int32_t number : numbers) ids.emplace_back(number);
  return ids;
}

// Rows found by many keys: what is missing is zeros.
template <typename CRow, typename Row>
void ExpectFound(const std::vector<CRow>& rows,
                 const std::vector<std::optional<Row>>& expected) {
  ASSERT_EQ(rows.size(), expected.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    if (expected[i]) {
      ExpectRow(rows[i], *expected[i]);
    } else {
      EXPECT_EQ(rows[i].id, 0);
    }
  }
}

// All rows of a scan by pages of `page_size`.
template <typename CRow, typename Read>
std::vector<CRow> ReadAll(const orderstore_reader_t* reader, Read read,
                          size_t page_size) {
  std::vector<CRow> all;
  std::vector<CRow> page(page_size);
  size_t count = page_size;
  while (count == page_size) {
    const int32_t after = all.empty() ? 0 : all.back().id;
    EXPECT_THAT(read(reader, after, page.data(), page_size, &count), Works());
    if (count > page_size) break;
    all.insert(all.end(), page.begin(),
               page.begin() + static_cast<ptrdiff_t>(count));
  }
  return all;
}

// Rows of a list that fits.
template <typename CRow, typename List>
std::vector<CRow> Listed(List list) {
  std::vector<CRow> rows(1000);
  size_t count = 0;
  EXPECT_THAT(list(rows.data(), rows.size(), &count), Works());
  rows.resize(std::min(count, rows.size()));
  return rows;
}

// Both readers are of the same state.
class Comparison {
 public:
  Comparison(const orderstore_reader_t* reader, const Reader& expected)
      : reader_(reader), expected_(expected) {}

  void Run() const {
    CompareState();
    CompareSingleRows();
    CompareManyRows();
    CompareRowsOfParents();
    CompareScans();
    CompareTop();
  }

 private:
  void CompareState() const {
    uint64_t lsn = 0;
    EXPECT_THAT(orderstore_get_lsn(reader_, &lsn), Works());
    EXPECT_EQ(lsn, expected_.lsn());
    orderstore_counts counts = {};
    EXPECT_THAT(orderstore_get_counts(reader_, &counts), Works());
    ExpectCounts(counts, expected_.Counts());
    orderstore_digests digests = {};
    EXPECT_THAT(orderstore_get_digests(reader_, &digests), Works());
    EXPECT_EQ(digests.customers, expected_.Digests().customers);
    EXPECT_EQ(digests.orders, expected_.Digests().orders);
    EXPECT_EQ(digests.barcodes, expected_.Digests().barcodes);
    orderstore_next_ids next_ids = {};
    EXPECT_THAT(orderstore_get_next_ids(reader_, &next_ids), Works());
    EXPECT_EQ(next_ids.customers, expected_.NextIds().customers);
    EXPECT_EQ(next_ids.orders, expected_.NextIds().orders);
    EXPECT_EQ(next_ids.barcodes, expected_.NextIds().barcodes);
  }

  // The row that was found, or zeros, which it had not before.
  template <typename CRow, typename Row>
  static void ExpectOne(orderstore_code code, const CRow& row,
                        const std::optional<Row>& expected) {
    if (expected) {
      EXPECT_THAT(code, Works());
      ExpectRow(row, *expected);
    } else {
      EXPECT_THAT(code, Fails(ORDERSTORE_NOT_FOUND, "no such row"));
      EXPECT_EQ(row.id, 0);
      EXPECT_EQ(row.updated_at_us, 0);
    }
  }

  void CompareSingleRows() const {
    for (const int32_t id : Range(-1, kRows + 2)) {
      SCOPED_TRACE(id);
      const std::string email = EmailOf(id);
      const std::string value = ValueOf(id);
      orderstore_customer customer = {};
      customer.id = -9;
      customer.updated_at_us = -9;
      orderstore_order order = {};
      order.id = -9;
      order.updated_at_us = -9;
      orderstore_barcode barcode = {};
      barcode.id = -9;
      barcode.updated_at_us = -9;
      orderstore_code code = orderstore_find_customer(reader_, id, &customer);
      ExpectOne(code, customer, expected_.FindCustomer(CustomerId(id)));
      code = orderstore_find_customer_by_email(reader_, Text(email), &customer);
      ExpectOne(code, customer, expected_.FindCustomerByEmail(email));
      code = orderstore_find_order(reader_, id, &order);
      ExpectOne(code, order, expected_.FindOrder(OrderId(id)));
      code = orderstore_find_barcode(reader_, id, &barcode);
      ExpectOne(code, barcode, expected_.FindBarcode(BarcodeId(id)));
      code = orderstore_find_barcode_by_value(reader_, Text(value), &barcode);
      ExpectOne(code, barcode, expected_.FindBarcodeByValue(value));
      CompareTickets(id);
    }
  }

  void CompareTickets(int32_t id) const {
    const std::optional<int64_t> expected =
        expected_.TicketCount(CustomerId(id));
    int64_t tickets = -9;
    const orderstore_code code =
        orderstore_get_ticket_count(reader_, id, &tickets);
    if (expected) {
      EXPECT_THAT(code, Works());
    } else {
      EXPECT_THAT(code, Fails(ORDERSTORE_NOT_FOUND, "no such row"));
    }
    EXPECT_EQ(tickets, expected.value_or(0));
  }

  void CompareManyRows() const {
    const std::vector<int32_t> numbers = Range(-1, kRows + 2);
    const size_t count = numbers.size();
    std::vector<std::string> emails;
    std::vector<std::string> values;
    for (const int32_t number : numbers) {
      emails.push_back(EmailOf(number));
      values.push_back(ValueOf(number));
    }
    const std::vector<std::string_view> email_views(emails.begin(),
                                                    emails.end());
    const std::vector<std::string_view> value_views(values.begin(),
                                                    values.end());
    std::vector<orderstore_text> email_texts;
    std::vector<orderstore_text> value_texts;
    for (size_t i = 0; i < count; ++i) {
      email_texts.push_back(Text(emails[i]));
      value_texts.push_back(Text(values[i]));
    }

    std::vector<orderstore_customer> customers(count);
    std::vector<std::optional<Customer>> expected_customers(count);
    EXPECT_THAT(orderstore_find_customers(reader_, numbers.data(), count,
                                          customers.data()),
                Works());
    expected_.FindCustomers(IdsOf<CustomerId>(numbers), expected_customers);
    ExpectFound(customers, expected_customers);
    EXPECT_THAT(orderstore_find_customers_by_email(reader_, email_texts.data(),
                                                   count, customers.data()),
                Works());
    expected_.FindCustomersByEmail(email_views, expected_customers);
    ExpectFound(customers, expected_customers);

    std::vector<orderstore_order> orders(count);
    std::vector<std::optional<Order>> expected_orders(count);
    EXPECT_THAT(
        orderstore_find_orders(reader_, numbers.data(), count, orders.data()),
        Works());
    expected_.FindOrders(IdsOf<OrderId>(numbers), expected_orders);
    ExpectFound(orders, expected_orders);

    std::vector<orderstore_barcode> barcodes(count);
    std::vector<std::optional<Barcode>> expected_barcodes(count);
    EXPECT_THAT(orderstore_find_barcodes(reader_, numbers.data(), count,
                                         barcodes.data()),
                Works());
    expected_.FindBarcodes(IdsOf<BarcodeId>(numbers), expected_barcodes);
    ExpectFound(barcodes, expected_barcodes);
    EXPECT_THAT(orderstore_find_barcodes_by_value(reader_, value_texts.data(),
                                                  count, barcodes.data()),
                Works());
    expected_.FindBarcodesByValue(value_views, expected_barcodes);
    ExpectFound(barcodes, expected_barcodes);
  }

  void CompareRowsOfParents() const {
    for (const int32_t id : Range(0, kRows + 1)) {
      SCOPED_TRACE(id);
      ExpectRows(
          Listed<orderstore_order>([&](auto rows, auto room, auto count) {
            return orderstore_orders_of(reader_, id, rows, room, count);
          }),
          expected_.OrdersOf(CustomerId(id)));
      const auto compare = [&](int32_t c_filter, BarcodeFilter filter) {
        ExpectRows(
            Listed<orderstore_barcode>([&](auto rows, auto room, auto count) {
              return orderstore_barcodes_of(reader_, id, c_filter, rows, room,
                                            count);
            }),
            expected_.BarcodesOf(OrderId(id), filter));
      };
      compare(ORDERSTORE_BARCODES_ALL, BarcodeFilter::kAll);
      compare(ORDERSTORE_BARCODES_USED, BarcodeFilter::kUsed);
      compare(ORDERSTORE_BARCODES_UNUSED, BarcodeFilter::kUnused);
    }
  }

  void CompareScans() const {
    // Less than a portion, one, and more; and all at once.
    for (const size_t page_size :
         std::initializer_list<size_t>{1, 7, 32, 33, 64, 1000}) {
      SCOPED_TRACE(page_size);
      ExpectRows(ReadAll<orderstore_customer>(
                     reader_, orderstore_read_customers, page_size),
                 RowsOf(expected_.Customers()));
      ExpectRows(
          ReadAll<orderstore_order>(reader_, orderstore_read_orders, page_size),
          RowsOf(expected_.Orders()));
      ExpectRows(ReadAll<orderstore_barcode>(reader_, orderstore_read_barcodes,
                                             page_size),
                 RowsOf(expected_.Barcodes()));
      ExpectRows(ReadAll<orderstore_barcode>(
                     reader_, orderstore_read_unassigned_barcodes, page_size),
                 RowsOf(expected_.UnassignedBarcodes()));
    }
  }

  void CompareTop() const {
    for (const size_t k : std::initializer_list<size_t>{0, 1, 5, 100, 101}) {
      SCOPED_TRACE(k);
      std::vector<orderstore_customer_tickets> top(k);
      size_t count = 99;
      EXPECT_THAT(orderstore_top_customers(reader_, k, top.data(), &count),
                  Works());
      ASSERT_LE(count, k);
      top.resize(count);
      ExpectRows(top, expected_.TopCustomers(k));
    }
  }

 public:
  static std::string EmailOf(int32_t id) { return Numbered("e", id); }
  static std::string ValueOf(int32_t id) { return Numbered("v", id); }

 private:
  const orderstore_reader_t* const reader_;
  const Reader& expected_;
};

class ReadsTest : public CStoreTest {
 protected:
  // A hundred customers, some with orders, some of these with barcodes; some
  // rows are gone again.
  void SetUp() override {
    Transaction txn = cpp().Begin().value();
    for (const int32_t i : Range(1, kRows)) Fill(txn, i);
    for (const int32_t id : {1, 50, kRows}) {
      ASSERT_THAT(txn.DeleteBarcode(BarcodeId(id)), IsOk());
    }
    ASSERT_THAT(txn.Commit(), IsOk());
  }
  static void Fill(Transaction& txn, int32_t i) {
    const std::string email = Comparison::EmailOf(i);
    const std::string value = Comparison::ValueOf(i);
    ASSERT_THAT(txn.InsertCustomer({.email = email, .name = "N"}), IsOk());
    ASSERT_THAT(
        txn.InsertOrder({.customer_id = CustomerId(i % 7 == 0 ? 1 : i)}),
        IsOk());
    NewBarcode barcode{.value = value};
    if (i % 3 != 0) barcode.order_id = OrderId(i % 5 == 0 ? 1 : i);
    barcode.is_used = i % 4 == 0;
    ASSERT_THAT(txn.InsertBarcode(barcode), IsOk());
  }
};

TEST_F(ReadsTest, AViewAnswersAsInCpp) {
  const ViewHandle view = View();
  const ReadView expected = cpp().OpenReadView();
  Comparison(orderstore_view_reader(view.get()), expected).Run();
}

TEST_F(ReadsTest, ATransactionAnswersAsInCppAndSeesItsWrites) {
  const TxnHandle txn = Begin();
  const orderstore_new_customer row = CCustomer("e101");
  ASSERT_THAT(orderstore_insert_customer(txn.get(), &row, nullptr), Works());
  ASSERT_THAT(orderstore_redeem(txn.get(), Text("v2")), Works());
  ASSERT_THAT(orderstore_delete_barcode(txn.get(), 3), Works());
  const orderstore_reader_t* reader = orderstore_txn_reader(txn.get());
  Comparison(reader, txn->transaction).Run();
  orderstore_customer own = {};
  EXPECT_THAT(orderstore_find_customer_by_email(reader, Text("e101"), &own),
              Works());
}

TEST_F(ReadsTest, AViewStaysAsItIsWhileRowsChange) {
  const ViewHandle view = View();
  const ReadView before = cpp().OpenReadView();
  ASSERT_THAT(cpp().Transact([](Transaction& txn) { return txn.Redeem("v2"); }),
              IsOk());
  const orderstore_reader_t* reader = orderstore_view_reader(view.get());
  Comparison(reader, before).Run();
  orderstore_barcode row = {};
  ASSERT_THAT(orderstore_find_barcode_by_value(reader, Text("v2"), &row),
              Works());
  EXPECT_EQ(row.is_used, 0);
}

TEST_F(ReadsTest, AListThatHasNoRoomSaysHowManyThereAre) {
  const ViewHandle view = View();
  const orderstore_reader_t* reader = orderstore_view_reader(view.get());
  const std::vector<Order> all = cpp().OpenReadView().OrdersOf(CustomerId(1));
  ASSERT_GT(all.size(), 2);
  std::vector<orderstore_order> rows(2);
  size_t count = 0;
  EXPECT_THAT(orderstore_orders_of(reader, 1, rows.data(), 2, &count),
              Fails(ORDERSTORE_OUT_OF_RANGE, "more rows"));
  EXPECT_EQ(count, all.size());
  ExpectRows(rows, std::vector<Order>(all.begin(), all.begin() + 2));
  count = 0;
  EXPECT_THAT(orderstore_orders_of(reader, 1, nullptr, 0, &count),
              Fails(ORDERSTORE_OUT_OF_RANGE, "more rows"));
  EXPECT_EQ(count, all.size());
  EXPECT_THAT(orderstore_barcodes_of(reader, 1, ORDERSTORE_BARCODES_ALL,
                                     nullptr, 0, &count),
              Fails(ORDERSTORE_OUT_OF_RANGE, "more rows"));
  EXPECT_GT(count, 0);
  // Nothing needs no room.
  EXPECT_THAT(orderstore_orders_of(reader, 999, nullptr, 0, &count), Works());
  EXPECT_EQ(count, 0);
}

// ---- Wrong arguments -------------------------------------------------------

TEST_F(ReadsTest, ArraysThatAreNullHaveNoElements) {
  const ViewHandle view = View();
  const orderstore_reader_t* reader = orderstore_view_reader(view.get());
  const int32_t id = 1;
  const orderstore_text text = Text("x");
  orderstore_customer customer = {};
  orderstore_order order = {};
  orderstore_barcode barcode = {};
  size_t count = 0;
  const auto refused = Fails(ORDERSTORE_INVALID_ARGUMENT, "NULL for an array");
  EXPECT_THAT(orderstore_find_customers(reader, nullptr, 1, &customer),
              refused);
  EXPECT_THAT(orderstore_find_customers(reader, &id, 1, nullptr), refused);
  EXPECT_THAT(orderstore_find_customers_by_email(reader, nullptr, 1, &customer),
              refused);
  EXPECT_THAT(orderstore_find_customers_by_email(reader, &text, 1, nullptr),
              refused);
  EXPECT_THAT(orderstore_find_orders(reader, nullptr, 1, &order), refused);
  EXPECT_THAT(orderstore_find_barcodes(reader, &id, 1, nullptr), refused);
  EXPECT_THAT(orderstore_find_barcodes_by_value(reader, nullptr, 1, &barcode),
              refused);
  EXPECT_THAT(orderstore_orders_of(reader, 1, nullptr, 1, &count), refused);
  EXPECT_THAT(orderstore_barcodes_of(reader, 1, ORDERSTORE_BARCODES_ALL,
                                     nullptr, 1, &count),
              refused);
  EXPECT_THAT(orderstore_read_customers(reader, 0, nullptr, 1, &count),
              refused);
  EXPECT_THAT(orderstore_read_orders(reader, 0, nullptr, 1, &count), refused);
  EXPECT_THAT(orderstore_read_barcodes(reader, 0, nullptr, 1, &count), refused);
  EXPECT_THAT(
      orderstore_read_unassigned_barcodes(reader, 0, nullptr, 1, &count),
      refused);
  EXPECT_THAT(orderstore_top_customers(reader, 1, nullptr, &count), refused);
  // Of no elements, they may be.
  EXPECT_THAT(orderstore_find_customers(reader, nullptr, 0, nullptr), Works());
  EXPECT_THAT(orderstore_find_barcodes_by_value(reader, nullptr, 0, nullptr),
              Works());
  EXPECT_THAT(orderstore_read_orders(reader, 0, nullptr, 0, &count), Works());
  EXPECT_EQ(count, 0);
}

TEST_F(ReadsTest, TextsWithoutAnAddressAreRefused) {
  const ViewHandle view = View();
  const orderstore_reader_t* reader = orderstore_view_reader(view.get());
  const orderstore_text texts[] = {Text("v2"), UnsoundText()};
  std::vector<orderstore_customer> customers(2);
  std::vector<orderstore_barcode> barcodes(2);
  EXPECT_THAT(orderstore_find_customer_by_email(reader, UnsoundText(),
                                                customers.data()),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "email"));
  EXPECT_THAT(
      orderstore_find_barcode_by_value(reader, UnsoundText(), barcodes.data()),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "value"));
  EXPECT_THAT(
      orderstore_find_customers_by_email(reader, texts, 2, customers.data()),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "NULL for their address"));
  EXPECT_THAT(
      orderstore_find_barcodes_by_value(reader, texts, 2, barcodes.data()),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "NULL for their address"));
  // The empty text is a text: that of no row.
  EXPECT_THAT(
      orderstore_find_barcode_by_value(reader, {nullptr, 0}, barcodes.data()),
      Fails(ORDERSTORE_NOT_FOUND, "no such row"));
}

TEST_F(ReadsTest, LevelsAndFiltersThatThereAreNotAreRefused) {
  const ViewHandle view = View();
  for (const int32_t wrong : {-1, 3}) {
    orderstore_view_t* opened = view.get();
    EXPECT_THAT(orderstore_view_open(store_.get(), wrong, &opened),
                Fails(ORDERSTORE_INVALID_ARGUMENT, "read level"));
    EXPECT_EQ(opened, nullptr);
    size_t count = 0;
    EXPECT_THAT(orderstore_barcodes_of(orderstore_view_reader(view.get()), 1,
                                       wrong, nullptr, 0, &count),
                Fails(ORDERSTORE_INVALID_ARGUMENT, "filter"));
  }
}

}  // namespace
}  // namespace orderstore
