// A row outside of the subject that it was read from: what a program does with
// an answer. The caller makes the compiler fill it, by DoNotOptimize of its
// address and ClobberMemory after each copy.

#ifndef ORDERSTORE_BENCH_ROW_COPY_H_
#define ORDERSTORE_BENCH_ROW_COPY_H_

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "answers.h"
#include "orderstore/records.h"

namespace orderstore::bench {

struct RowCopy {
  int32_t id;
  int32_t parent;
  bool is_used;
  Timestamp created_at;
  Timestamp updated_at;
  std::array<char, 4 * kTextCharactersMax> text;
  std::array<char, 4 * kTextCharactersMax> name;
};

inline void CopyOut(const Customer& row, RowCopy& copy) {
  copy.id = row.id.value();
  copy.created_at = row.created_at;
  copy.updated_at = row.updated_at;
  std::memcpy(copy.text.data(), row.email.data(), row.email.size());
  std::memcpy(copy.name.data(), row.name.data(), row.name.size());
}
inline void CopyOut(const Order& row, RowCopy& copy) {
  copy.id = row.id.value();
  copy.parent = row.customer_id.value();
  copy.created_at = row.created_at;
  copy.updated_at = row.updated_at;
}
inline void CopyOut(const Barcode& row, RowCopy& copy) {
  copy.id = row.id.value();
  copy.parent = row.order_id ? row.order_id->value() : 0;
  copy.is_used = row.is_used;
  copy.created_at = row.created_at;
  copy.updated_at = row.updated_at;
  std::memcpy(copy.text.data(), row.value.data(), row.value.size());
}

// Copies the row, if there is one, and counts the answer in an AnswerSum or a
// ContentSum.
template <typename Row, typename Sum>
void Take(const std::optional<Row>& row, RowCopy& copy, Sum& sum) {
  if (row) {
    CopyOut(*row, copy);
    sum.Add(*row);
  } else {
    sum.Add(0);
  }
  benchmark::ClobberMemory();
}

// The same for each row, and how many there are.
template <typename Row, typename Sum>
void Take(const std::vector<Row>& rows, RowCopy& copy, Sum& sum) {
  sum.Add(static_cast<uint64_t>(rows.size()));
  for (const Row& row : rows) {
    CopyOut(row, copy);
    sum.Add(row);
    benchmark::ClobberMemory();
  }
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_ROW_COPY_H_
