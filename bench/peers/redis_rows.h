// Rows in Redis: as in row_coding.h, but a barcode, whose value is its key, has
// its id where others have the value.

#ifndef ORDERSTORE_BENCH_PEERS_REDIS_ROWS_H_
#define ORDERSTORE_BENCH_PEERS_REDIS_ROWS_H_

#include <cstdint>
#include <string_view>

#include "orderstore/records.h"
#include "peers/row_coding.h"

namespace orderstore::bench {

// A number as its bytes, which live as long as it does.
template <typename Number>
std::string_view BytesOf(const Number& number) {
  return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

inline std::string_view EncodeBarcode(int32_t id, OrderId order, bool is_used,
                                      int64_t now, RowBytes& bytes) {
  return bytes.Barcode(BytesOf(id), order, is_used, now, now);
}

// The row's value is `value`.
inline void DecodeBarcode(std::string_view value, std::string_view bytes,
                          Barcode& row) {
  DecodeRow(0, bytes, row);
  row.id = BarcodeId(TakeNumber<int32_t>(row.value));
  row.value = value;
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_REDIS_ROWS_H_
