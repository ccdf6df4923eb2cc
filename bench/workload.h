// The one data set that every benchmark works on, a function of the number of
// customers alone: about 9.6 rows a customer.
//
//   customers  emails of some 25 characters, names
//   orders     skewed: most customers have one, a few have hundreds; 2.1 on
//              average, in random order of customers
//   barcodes   EAN-13 with right check digits; 1 to 5 an order, 3 on average,
//              of which 30% are used; 3% are unassigned, spread among them
//
// Row i of a table (counted from 0) has the id i + 1 once it is loaded in
// order. Texts past the end of the data set are as good as those within and
// occur in it nowhere: they serve as misses and as new rows.

#ifndef ORDERSTORE_BENCH_WORKLOAD_H_
#define ORDERSTORE_BENCH_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orderstore/ids.h"

namespace orderstore::bench {

// A small generator (SplitMix64) whose sequence is the same everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // Uniform in [0, n).
  uint64_t Below(uint64_t n) { return Next() % n; }
  // Uniform in (0, 1].
  double Unit();

 private:
  uint64_t state_;
};

// Many texts, one after the other in one piece of memory, so that reading them
// in order costs no cache misses that would blur what is measured.
class TextColumn {
 public:
  void Append(std::string_view text);
  std::string_view operator[](size_t i) const {
    return std::string_view(bytes_).substr(ends_[i], ends_[i + 1] - ends_[i]);
  }
  size_t size() const { return ends_.size() - 1; }

 private:
  std::string bytes_;
  std::vector<uint32_t> ends_ = {0};  // of the text before; first: the start
};

// Text number n, for any n in [0, 10^12).
std::string EmailNumber(uint64_t n);
std::string NameNumber(uint64_t n);
std::string BarcodeValueNumber(uint64_t n);

// Where the numbers of texts that are not in the data set start. (No data set
// comes near the first.)
inline constexpr uint64_t kMissNumber = 100'000'000;
inline constexpr uint64_t kSaleNumber = 200'000'000;
inline constexpr uint64_t kStockNumber = 300'000'000;

// Keys to look up, in random order.
struct Queries {
  static constexpr size_t kSize = size_t{1} << 20;
  // Where the keys to warm up with begin, before those from `begin` on are
  // measured: so far away that the caches have none of the answers.
  static constexpr size_t WarmUpBegin(size_t begin) {
    return begin + kSize / 2;
  }

  TextColumn emails;
  TextColumn missing_emails;
  TextColumn barcode_values;
  TextColumn missing_barcode_values;
  std::vector<CustomerId> customer_ids;
  std::vector<OrderId> order_ids;
  std::vector<BarcodeId> barcode_ids;
  std::vector<CustomerId> missing_customer_ids;
  std::vector<OrderId> missing_order_ids;
  std::vector<BarcodeId> missing_barcode_ids;
};

class Workload {
 public:
  explicit Workload(int32_t customers);

  int32_t customers() const { return static_cast<int32_t>(emails_.size()); }
  int32_t orders() const {
    return static_cast<int32_t>(order_customers_.size());
  }
  int32_t barcodes() const {
    return static_cast<int32_t>(barcode_orders_.size());
  }
  int64_t rows() const { return int64_t{customers()} + orders() + barcodes(); }

  std::string_view email(size_t i) const { return emails_[i]; }
  std::string_view name(size_t i) const { return names_[i]; }
  CustomerId order_customer(size_t i) const { return order_customers_[i]; }
  std::string_view barcode_value(size_t i) const { return values_[i]; }
  // The order with id 0 stands for none: the barcode is unassigned.
  OrderId barcode_order(size_t i) const { return barcode_orders_[i]; }
  bool barcode_used(size_t i) const { return barcode_used_[i]; }

  // The barcodes of order i are rows [first, second), unassigned ones between.
  std::pair<size_t, size_t> BarcodesOfOrder(size_t i) const {
    return {order_ends_[i], order_ends_[i + 1]};
  }

  // Values of all barcodes that are assigned and unused, in random order.
  const TextColumn& redeemable() const { return redeemable_; }
  // Made when they are first asked for: most processes load and ask for none,
  // and they take longer to make than a small data set.
  const Queries& queries() const;

 private:
  void MakeCustomers(int32_t customers);
  void MakeOrders(Random& random);
  void MakeBarcodes(Random& random);
  void MakeRedeemable(Random& random);
  Queries MakeQueries(Random random) const;

  TextColumn emails_;
  TextColumn names_;
  std::vector<CustomerId> order_customers_;
  std::vector<uint32_t> order_ends_;
  TextColumn values_;
  std::vector<OrderId> barcode_orders_;
  std::vector<bool> barcode_used_;
  TextColumn redeemable_;
  Random random_;  // as all of the above have left it
  mutable std::once_flag queries_once_;
  mutable Queries queries_;  // written by the call of queries_once_
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_WORKLOAD_H_
