// What a checkout gave, the same for every subject.

#ifndef ORDERSTORE_BENCH_SUBJECTS_SALE_H_
#define ORDERSTORE_BENCH_SUBJECTS_SALE_H_

#include <string_view>

#include "orderstore/ids.h"

namespace orderstore::bench {

// Who buys.
struct Buyer {
  std::string_view email;
  std::string_view name;
};

struct Sale {
  CustomerId customer;
  OrderId order;
  BarcodeId first_barcode;
  BarcodeId last_barcode;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_SUBJECTS_SALE_H_
