// The answers of sales. Ids drawn from a sequence depend on what other
// benchmarks did to the subject before, so of those only the distance to the
// first counts.

#ifndef ORDERSTORE_BENCH_SALE_SUM_H_
#define ORDERSTORE_BENCH_SALE_SUM_H_

#include <cstdint>

#include "answers.h"
#include "subjects/sale.h"
#include "workload.h"

namespace orderstore::bench {

class SaleSum {
 public:
  explicit SaleSum(const Workload& data) : old_customers_(data.customers()) {}

  void Add(const Sale& sale) {
    if (!first_.order.valid()) first_ = sale;
    const int32_t customer = sale.customer.value();
    if (customer > old_customers_ && first_new_ == 0) first_new_ = customer;
    sum_.Add(customer > old_customers_ ? customer - first_new_ : -customer);
    sum_.Add(sale.order.value() - first_.order.value());
    sum_.Add(sale.last_barcode.value() - sale.first_barcode.value());
  }
  const AnswerSum& sum() const { return sum_; }

 private:
  int32_t old_customers_;
  int32_t first_new_ = 0;
  Sale first_;
  AnswerSum sum_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_SALE_SUM_H_
