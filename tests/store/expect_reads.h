// Holds every query of a reader against a model state.
//
//   ExpectReadsEqual(view, state, {.emails = every_email, ...}, random);
//
// On a difference it adds a test failure and goes on; callers look at
// testing::Test::HasFailure().

#ifndef ORDERSTORE_TESTS_STORE_EXPECT_READS_H_
#define ORDERSTORE_TESTS_STORE_EXPECT_READS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"
#include "store/model_state.h"
#include "store/seeded_random.h"
#include "store/test_store.h"

namespace orderstore {

// What is looked up besides the rows that are there: mostly misses.
struct Probes {
  std::vector<std::string> emails;
  std::vector<std::string> values;
  int32_t ids_max = 0;  // ids 1 .. ids_max of each table
};

class ReadsComparison {
 public:
  ReadsComparison(const Reader& reader, const State& state,
                  const Probes& probes, SeededRandom& random)
      : reader_(reader), state_(state), probes_(probes), random_(random) {}

  void Run() {
    CompareCounts();
    CompareCustomers();
    CompareOrders();
    CompareBarcodes();
    CompareScans();
    CompareTop();
  }

  void CompareCounts() {
    EXPECT_EQ(reader_.lsn(), state_.lsn);
    EXPECT_EQ(reader_.Counts(), state_.CountRows());
  }

  void CompareCustomers() {
    const auto ids = Ids(state_.customers, state_.next_customer_id);
    std::vector<std::optional<Customer>> rows(ids.size());
    reader_.FindCustomers(ids, rows);
    for (size_t i = 0; i < ids.size(); ++i) {
      const OwnedCustomer* expected = state_.FindCustomer(ids[i]);
      ExpectRow(rows[i], expected, ids[i]);
      ExpectRow(reader_.FindCustomer(ids[i]), expected, ids[i]);
      EXPECT_EQ(reader_.TicketCount(ids[i]), state_.TicketCount(ids[i]))
          << "tickets of customer " << ids[i].value();
      EXPECT_EQ(reader_.OrdersOf(ids[i]), state_.OrdersOf(ids[i]))
          << "orders of customer " << ids[i].value();
    }
    std::vector<std::string_view> emails = Texts(probes_.emails);
    for (const auto& [id, row] : state_.customers) emails.push_back(row.email);
    rows.assign(emails.size(), std::nullopt);
    reader_.FindCustomersByEmail(emails, rows);
    for (size_t i = 0; i < emails.size(); ++i) {
      const OwnedCustomer* expected = state_.FindCustomerByEmail(emails[i]);
      ExpectRow(rows[i], expected, emails[i]);
      ExpectRow(reader_.FindCustomerByEmail(emails[i]), expected, emails[i]);
    }
  }

  void CompareOrders() {
    const auto ids = Ids(state_.orders, state_.next_order_id);
    std::vector<std::optional<Order>> rows(ids.size());
    reader_.FindOrders(ids, rows);
    for (size_t i = 0; i < ids.size(); ++i) {
      const Order* expected = state_.FindOrder(ids[i]);
      ExpectRow(rows[i], expected, ids[i]);
      ExpectRow(reader_.FindOrder(ids[i]), expected, ids[i]);
      for (BarcodeFilter filter : {BarcodeFilter::kAll, BarcodeFilter::kUsed,
                                   BarcodeFilter::kUnused}) {
        EXPECT_EQ(Owned(reader_.BarcodesOf(ids[i], filter)),
                  state_.BarcodesOf(ids[i], filter))
            << "barcodes of order " << ids[i].value() << ", filter "
            << static_cast<int>(filter);
      }
    }
  }

  void CompareBarcodes() {
    const auto ids = Ids(state_.barcodes, state_.next_barcode_id);
    std::vector<std::optional<Barcode>> rows(ids.size());
    reader_.FindBarcodes(ids, rows);
    for (size_t i = 0; i < ids.size(); ++i) {
      const OwnedBarcode* expected = state_.FindBarcode(ids[i]);
      ExpectRow(rows[i], expected, ids[i]);
      ExpectRow(reader_.FindBarcode(ids[i]), expected, ids[i]);
    }
    std::vector<std::string_view> values = Texts(probes_.values);
    for (const auto& [id, row] : state_.barcodes) values.push_back(row.value);
    rows.assign(values.size(), std::nullopt);
    reader_.FindBarcodesByValue(values, rows);
    for (size_t i = 0; i < values.size(); ++i) {
      const OwnedBarcode* expected = state_.FindBarcodeByValue(values[i]);
      ExpectRow(rows[i], expected, values[i]);
      ExpectRow(reader_.FindBarcodeByValue(values[i]), expected, values[i]);
    }
  }

  void CompareScans() {
    std::vector<OwnedCustomer> customers;
    for (const auto& [id, row] : state_.customers) customers.push_back(row);
    EXPECT_EQ(Owned(ReadAll(&Reader::ReadCustomers)), customers);
    EXPECT_EQ(Owned(RowsOf(reader_.Customers())), customers);
    std::vector<Order> orders;
    for (const auto& [id, row] : state_.orders) orders.push_back(row);
    EXPECT_EQ(ReadAll(&Reader::ReadOrders), orders);
    EXPECT_EQ(RowsOf(reader_.Orders()), orders);
    std::vector<OwnedBarcode> barcodes;
    for (const auto& [id, row] : state_.barcodes) barcodes.push_back(row);
    EXPECT_EQ(Owned(ReadAll(&Reader::ReadBarcodes)), barcodes);
    EXPECT_EQ(Owned(RowsOf(reader_.Barcodes())), barcodes);
    const std::vector<OwnedBarcode> unassigned = state_.UnassignedBarcodes();
    EXPECT_EQ(Owned(ReadAll(&Reader::ReadUnassignedBarcodes)), unassigned);
    EXPECT_EQ(Owned(RowsOf(reader_.UnassignedBarcodes())), unassigned);
    ComparePageInTheMiddle(unassigned);
  }

  void CompareTop() {
    for (size_t k : std::initializer_list<size_t>{0, 1, 5, 100, 101, 1000}) {
      EXPECT_EQ(reader_.TopCustomers(k), state_.TopCustomers(k)) << "top " << k;
    }
  }

 private:
  // A page may begin at any id, whether or not a row has it.
  void ComparePageInTheMiddle(const std::vector<OwnedBarcode>& unassigned) {
    const BarcodeId after(random_.Below(probes_.ids_max + 1));
    std::vector<Barcode> page(random_.OneTo(5));
    page.resize(reader_.ReadUnassignedBarcodes(after, page));
    auto expected = std::find_if(
        unassigned.begin(), unassigned.end(),
        [after](const OwnedBarcode& row) { return row.id > after; });
    for (const Barcode& row : page) {
      ASSERT_NE(expected, unassigned.end()) << "after " << after.value();
      EXPECT_EQ(ToOwned(row), *expected++) << "after " << after.value();
    }
  }

  // A whole table in pages of a random size.
  template <typename Row, typename RowId>
  std::vector<Row> ReadAll(size_t (Reader::*read)(RowId after,
                                                  std::span<Row> rows) const&) {
    std::vector<Row> all;
    std::vector<Row> page(random_.OneTo(40));
    for (RowId after;;) {
      const size_t size = (reader_.*read)(after, page);
      EXPECT_LE(size, page.size());
      all.insert(all.end(), page.begin(),
                 page.begin() + static_cast<ptrdiff_t>(size));
      if (size < page.size()) return all;
      if (page.back().id <= after) {
        ADD_FAILURE() << "a page does not go on after " << after.value();
        return all;
      }
      after = page.back().id;
    }
  }

  // The ids that are there, small ones, ones drawn lately, and bad ones.
  template <typename RowId, typename Row>
  std::vector<RowId> Ids(const std::map<RowId, Row>& rows,
                         int64_t next_id) const {
    constexpr int64_t kMax = RowId::Max().value();
    std::set<int64_t> ids = {std::numeric_limits<int32_t>::min(), -1, 0, kMax};
    for (int32_t id = 1; id <= probes_.ids_max; ++id) ids.insert(id);
    for (int64_t back = 0; back < 20; ++back) {
      ids.insert(std::clamp<int64_t>(next_id - back, 1, kMax));
    }
    for (const auto& [id, row] : rows) ids.insert(id.value());
    std::vector<RowId> result;
    for (int64_t id : ids) result.push_back(RowId(static_cast<int32_t>(id)));
    return result;
  }

  static std::vector<std::string_view> Texts(
      const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
  }

  static std::vector<OwnedCustomer> Owned(const std::vector<Customer>& rows) {
    std::vector<OwnedCustomer> owned;
    for (const Customer& row : rows) owned.push_back(ToOwned(row));
    return owned;
  }
  static std::vector<OwnedBarcode> Owned(const std::vector<Barcode>& rows) {
    std::vector<OwnedBarcode> owned;
    for (const Barcode& row : rows) owned.push_back(ToOwned(row));
    return owned;
  }

  static OwnedCustomer Own(const Customer& row) { return ToOwned(row); }
  static Order Own(const Order& row) { return row; }
  static OwnedBarcode Own(const Barcode& row) { return ToOwned(row); }

  template <typename Row, typename OwnedRow, typename Key>
  static void ExpectRow(const std::optional<Row>& row, const OwnedRow* expected,
                        const Key& key) {
    const std::string name = ::testing::PrintToString(key);
    ASSERT_EQ(row.has_value(), expected != nullptr) << "looking for " << name;
    if (row) {
      EXPECT_EQ(Own(*row), *expected) << "looking for " << name;
    }
  }

  const Reader& reader_;
  const State& state_;
  const Probes& probes_;
  SeededRandom& random_;
};

inline void ExpectReadsEqual(const Reader& reader, const State& state,
                             const Probes& probes, SeededRandom& random) {
  ReadsComparison(reader, state, probes, random).Run();
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_EXPECT_READS_H_
