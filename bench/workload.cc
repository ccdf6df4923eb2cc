#include "workload.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace orderstore::bench {
namespace {

constexpr uint64_t kMillion = 1'000'000;

constexpr std::array<std::string_view, 16> kFirstNames = {
    "Ann",  "Boris", "Chen",  "Dalia", "Emil",   "Fatima", "Georg", "Hanna",
    "Ivan", "Julia", "Karim", "Lena",  "Miguel", "Nadia",  "Oskar", "Priya"};
constexpr std::array<std::string_view, 16> kLastNames = {
    "Adams", "Berger", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hahn",
    "Ito",   "Jansen", "Kumar", "Larsen", "Meyer", "Novak",   "Okafor", "Pohl"};
constexpr std::array<std::string_view, 4> kDomains = {
    "example.com", "example.net", "example.org", "mail.example"};

uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <typename T>
void Shuffle(Random& random, std::vector<T>& items) {
  for (size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[random.Below(i)]);
  }
}

// How many orders a customer has: P(at least k) = k^-1.66, which gives 2.1 on
// average and some hundreds for the first of a million.
int OrderCount(Random& random) {
  return static_cast<int>(
      std::min(std::pow(random.Unit(), -1.0 / 1.66), 2000.0));
}

// From 1 to 5, 3 on average.
int BarcodeCount(Random& random) {
  static constexpr std::array<int, 10> kCounts = {1, 2, 2, 3, 3, 3, 3, 4, 4, 5};
  return kCounts[random.Below(kCounts.size())];
}

}  // namespace

uint64_t Random::Next() {
  const uint64_t x = Mix(state_);
  state_ += 0x9e3779b97f4a7c15;
  return x;
}

double Random::Unit() {
  return static_cast<double>((Next() >> 11) + 1) * 0x1.0p-53;
}

void TextColumn::Append(std::string_view text) {
  bytes_.append(text);
  ends_.push_back(static_cast<uint32_t>(bytes_.size()));
}

std::string EmailNumber(uint64_t n) {
  const uint64_t mixed = Mix(n);
  std::string email;
  email += static_cast<char>('a' + mixed % 26);
  email += '.';
  for (char c : kLastNames[(mixed >> 8) % kLastNames.size()]) {
    email += static_cast<char>(c | 0x20);
  }
  email += std::to_string(n);
  email += '@';
  email += kDomains[(mixed >> 16) % kDomains.size()];
  return email;
}

std::string NameNumber(uint64_t n) {
  const uint64_t mixed = Mix(n + 1);
  std::string name(kFirstNames[mixed % kFirstNames.size()]);
  name += ' ';
  name += kLastNames[(mixed >> 8) % kLastNames.size()];
  return name;
}

// Twelve digits by a Feistel network over two halves of six, which never gives
// two numbers the same digits, and the check digit.
std::string BarcodeValueNumber(uint64_t n) {
  uint64_t left = n / kMillion;
  uint64_t right = n % kMillion;
  for (uint64_t round = 1; round <= 3; ++round) {
    left = (left + Mix(right + (round << 32))) % kMillion;
    std::swap(left, right);
  }
  uint64_t digits = left * kMillion + right;
  std::string value(13, '0');
  int sum = 0;
  for (size_t i = 12; i-- > 0; digits /= 10) {
    const int digit = static_cast<int>(digits % 10);
    value[i] = static_cast<char>('0' + digit);
    sum += i % 2 == 0 ? digit : 3 * digit;
  }
  value[12] = static_cast<char>('0' + (10 - sum % 10) % 10);
  return value;
}

Workload::Workload(int32_t customers)
    : random_(static_cast<uint64_t>(customers)) {
  MakeCustomers(customers);
  MakeOrders(random_);
  MakeBarcodes(random_);
  MakeRedeemable(random_);
}

const Queries& Workload::queries() const {
  std::call_once(queries_once_, [&] { queries_ = MakeQueries(random_); });
  return queries_;
}

void Workload::MakeCustomers(int32_t customers) {
  for (uint64_t n = 0; n < static_cast<uint64_t>(customers); ++n) {
    emails_.Append(EmailNumber(n));
    names_.Append(NameNumber(n));
  }
}

void Workload::MakeOrders(Random& random) {
  for (int32_t id = 1; id <= customers(); ++id) {
    const int count = OrderCount(random);
    order_customers_.insert(order_customers_.end(), static_cast<size_t>(count),
                            CustomerId(id));
  }
  Shuffle(random, order_customers_);
}

void Workload::MakeBarcodes(Random& random) {
  auto add = [&](OrderId order, bool used) {
    values_.Append(BarcodeValueNumber(barcode_orders_.size()));
    barcode_orders_.push_back(order);
    barcode_used_.push_back(used);
  };
  order_ends_.push_back(0);
  for (int32_t id = 1; id <= orders(); ++id) {
    const int count = BarcodeCount(random);
    for (int i = 0; i < count; ++i) {
      if (random.Below(100) < 3) add(OrderId(), false);
      add(OrderId(id), random.Below(100) < 30);
    }
    order_ends_.push_back(static_cast<uint32_t>(barcode_orders_.size()));
  }
}

void Workload::MakeRedeemable(Random& random) {
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < barcode_orders_.size(); ++i) {
    if (barcode_orders_[i].valid() && !barcode_used_[i]) rows.push_back(i);
  }
  Shuffle(random, rows);
  for (uint32_t row : rows) redeemable_.Append(values_[row]);
}

Queries Workload::MakeQueries(Random random) const {
  Queries queries;
  const auto row_below = [&](int32_t n) {
    return static_cast<int32_t>(random.Below(static_cast<uint64_t>(n)));
  };
  for (size_t i = 0; i < Queries::kSize; ++i) {
    const int32_t customer = row_below(customers());
    const int32_t barcode = row_below(barcodes());
    queries.emails.Append(email(static_cast<size_t>(customer)));
    queries.missing_emails.Append(EmailNumber(kMissNumber + i));
    queries.barcode_values.Append(barcode_value(static_cast<size_t>(barcode)));
    queries.missing_barcode_values.Append(BarcodeValueNumber(kMissNumber + i));
    queries.customer_ids.emplace_back(row_below(customers()) + 1);
    queries.order_ids.emplace_back(row_below(orders()) + 1);
    queries.barcode_ids.emplace_back(row_below(barcodes()) + 1);
  }
  // Ids right behind the last are as good as those within.
  for (size_t i = 0; i < Queries::kSize; ++i) {
    queries.missing_customer_ids.emplace_back(queries.customer_ids[i].value() +
                                              customers());
    queries.missing_order_ids.emplace_back(queries.order_ids[i].value() +
                                           orders());
    queries.missing_barcode_ids.emplace_back(queries.barcode_ids[i].value() +
                                             barcodes());
  }
  return queries;
}

}  // namespace orderstore::bench
