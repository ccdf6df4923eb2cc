// Rejected rows, as the tests of the import expect them.

#ifndef ORDERSTORE_TESTS_CSV_EXPECTED_REJECTS_H_
#define ORDERSTORE_TESTS_CSV_EXPECTED_REJECTS_H_

#include <cstdint>
#include <ostream>

#include "csv/import.h"

namespace orderstore::csv {

inline void PrintTo(const Reject& reject, std::ostream* out) {
  *out << static_cast<int>(reject.table) << ":" << reject.line << " "
       << NameOf(reject.reason);
}

inline Reject CustomerReject(int64_t line, Reason reason) {
  return {Table::kCustomers, reason, line};
}
inline Reject OrderReject(int64_t line, Reason reason) {
  return {Table::kOrders, reason, line};
}
inline Reject BarcodeReject(int64_t line, Reason reason) {
  return {Table::kBarcodes, reason, line};
}

}  // namespace orderstore::csv

#endif  // ORDERSTORE_TESTS_CSV_EXPECTED_REJECTS_H_
