// What checkouts get as input, made before the clock starts: a buyer, of whom
// every fifth is new, and three barcodes that are new.

#ifndef ORDERSTORE_BENCH_CHECKOUT_INPUT_H_
#define ORDERSTORE_BENCH_CHECKOUT_INPUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "subjects/sale.h"
#include "workload.h"

namespace orderstore::bench {

inline constexpr size_t kTickets = 3;

// The buyers of `n` checkouts. Every fifth is new.
class Buyers {
 public:
  Buyers(const Workload& data, uint64_t first_new, uint64_t begin, size_t n) {
    for (uint64_t i = begin; i < begin + n; ++i) {
      Random random(first_new + i);
      if (random.Below(5) == 0) {
        emails_.Append(EmailNumber(first_new + i));
        names_.Append(NameNumber(first_new + i));
      } else {
        const auto row = random.Below(static_cast<uint64_t>(data.customers()));
        emails_.Append(data.email(row));
        names_.Append(data.name(row));
      }
    }
  }
  Buyer operator[](size_t i) const { return {emails_[i], names_[i]}; }

 private:
  TextColumn emails_;
  TextColumn names_;
};

// The input of the `n` checkouts from number `begin` on. Texts that are new
// have numbers from `first_new` on.
class CheckoutInput {
 public:
  CheckoutInput(const Workload& data, uint64_t first_new, uint64_t begin,
                size_t n)
      : size_(n), buyers_(data, first_new, begin, n) {
    for (uint64_t i = begin * kTickets; i < (begin + n) * kTickets; ++i) {
      values_.Append(BarcodeValueNumber(first_new + i));
    }
  }

  size_t size() const { return size_; }
  Buyer buyer(size_t i) const { return buyers_[i]; }
  std::array<std::string_view, kTickets> values(size_t i) const {
    return {values_[i * kTickets], values_[i * kTickets + 1],
            values_[i * kTickets + 2]};
  }

 private:
  size_t size_;
  Buyers buyers_;
  TextColumn values_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_CHECKOUT_INPUT_H_
