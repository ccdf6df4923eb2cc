// Rows for a server: some, and those that a careless reader takes for something
// else.

#ifndef ORDERSTORE_TESTS_SQL_SAMPLE_ROWS_H_
#define ORDERSTORE_TESTS_SQL_SAMPLE_ROWS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "orderstore/store.h"

namespace orderstore {

inline Timestamp At(int64_t micros) {
  return Timestamp(std::chrono::microseconds(micros));
}

// One of each, with gaps in the ids.
inline void PutSome(Store& store) {
  ASSERT_TRUE(store
                  .Transact([](Transaction& txn) -> absl::Status {
                    const Timestamp time = At(1'777'660'205'120'000);
                    absl::Status status =
                        txn.InsertCustomer({.email = "ann@example.com",
                                            .name = "Ann\tBee",
                                            .id = CustomerId(7),
                                            .created_at = time,
                                            .updated_at = time})
                            .status();
                    status.Update(txn.InsertOrder({.customer_id = CustomerId(7),
                                                   .id = OrderId(3),
                                                   .created_at = time,
                                                   .updated_at = time})
                                      .status());
                    status.Update(txn.InsertBarcode({.value = "00123",
                                                     .order_id = OrderId(3),
                                                     .is_used = true,
                                                     .id = BarcodeId(1),
                                                     .created_at = time,
                                                     .updated_at = time})
                                      .status());
                    status.Update(txn.InsertBarcode({.value = "A'b",
                                                     .id = BarcodeId(9),
                                                     .created_at = time,
                                                     .updated_at = time})
                                      .status());
                    return status;
                  })
                  .ok());
}

// What a careless reader would take for something else.
inline void PutHostile(Store& store, bool with_ends = true) {
  std::vector<std::string> texts = {"\\.",
                                    "\\N",
                                    "\\",
                                    "\\\\n",
                                    "NULL",
                                    "null",
                                    "''",
                                    "'; DROP TABLE x; --",
                                    "\"",
                                    ",",
                                    "a\tb",
                                    "a\nb",
                                    "\r\n",
                                    "\v\f\b",
                                    "\x01\x1f\x7f",
                                    " ",
                                    " a ",
                                    "$orderstore$",
                                    "$$",
                                    "{}",
                                    "%s%n",
                                    "\\x41",
                                    "E'\\n'",
                                    "-- ",
                                    "/*",
                                    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xab",
                                    [] {
                                      std::string longest;
                                      for (int i = 0; i < 255; ++i)
                                        longest += "\xf0\x9f\x8e\xab";
                                      return longest;
                                    }()};
  if (with_ends) texts.emplace_back("\\.\n\\.\n");
  ASSERT_TRUE(
      store
          .Transact([&](Transaction& txn) -> absl::Status {
            absl::Status status;
            int32_t id = 0;
            for (const std::string& text : texts) {
              id += 3;
              status.Update(txn.InsertCustomer({.email = text,
                                                .name = id % 2 ? text : "",
                                                .id = CustomerId(id)})
                                .status());
              status.Update(txn.InsertOrder({.customer_id = CustomerId(id),
                                             .id = OrderId(id + 1),
                                             .created_at = kTimestampMin,
                                             .updated_at = kTimestampMax})
                                .status());
              status.Update(
                  txn.InsertBarcode(
                         {.value = text,
                          .order_id = id % 2 ? std::optional(OrderId(id + 1))
                                             : std::nullopt,
                          .is_used = id % 2 == 1,
                          .created_at = At(-id * 1'000'007)})
                      .status());
            }
            return status;
          })
          .ok());
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_SQL_SAMPLE_ROWS_H_
