// From slots to the rows of the public API. The text stays where it is.

#ifndef ORDERSTORE_TXN_ROWS_OUT_H_
#define ORDERSTORE_TXN_ROWS_OUT_H_

#include <chrono>
#include <optional>

#include "orderstore/records.h"
#include "table/rows.h"

namespace orderstore::txn {

inline Timestamp ToTimestamp(int64_t micros) {
  return Timestamp(std::chrono::microseconds(micros));
}

inline CustomerId IdOf(const table::CustomerRow& row) {
  return CustomerId(static_cast<int32_t>(row.id));
}
inline BarcodeId IdOf(const table::BarcodeRow& row) {
  return BarcodeId(static_cast<int32_t>(row.id));
}

inline Customer ToCustomer(const table::CustomerRow& row,
                           const table::Words& words,
                           const table::BlockPool& text) {
  return {IdOf(row), row.Email(text), row.Name(text),
          ToTimestamp(row.created_at), ToTimestamp(words.updated_at)};
}

inline Order ToOrder(const table::OrderRow& row, const table::Words& words) {
  return {OrderId(static_cast<int32_t>(row.id)),
          CustomerId(static_cast<int32_t>(words.word)),
          ToTimestamp(row.created_at), ToTimestamp(words.updated_at)};
}

inline Barcode ToBarcode(const table::BarcodeRow& row,
                         const table::Words& words,
                         const table::BlockPool& text) {
  const uint32_t order = table::BarcodeRow::OrderOf(words.word);
  return {IdOf(row),
          row.text.Get(text),
          order == 0 ? std::nullopt
                     : std::optional(OrderId(static_cast<int32_t>(order))),
          table::BarcodeRow::IsUsed(words.word),
          ToTimestamp(row.created_at),
          ToTimestamp(words.updated_at)};
}

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_ROWS_OUT_H_
