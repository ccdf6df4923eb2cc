// The rows of the three tables, as the read API returns them and as the write
// API takes them.
//
//   customers  id, email (unique), name
//   orders     id, customer_id -> customers.id
//   barcodes   id, value (unique), order_id -> orders.id or none, is_used
//
// every row with created_at and updated_at.
//
// Lifetimes: `Customer` and `Barcode` are light structs. Their string_views
// point into the store and live until the ReadView that returned them is
// destroyed, or the Transaction ends, by Commit, Abort or its destruction;
// `ToOwned` copies a row that has to live longer. The string_views in `New...`
// and `...Update` are read during the call only.
//
// Text is valid UTF-8 of at most 255 characters (code points) without NUL.
// Emails and barcode values are not empty; a name may be. They are compared
// byte by byte: `00123` is not `123`, `A@x` is not `a@x`.
//
// Timestamps are UTC microseconds between kTimestampMin and kTimestampMax: from
// the first that PostgreSQL's TIMESTAMP has to the last that 64 bits of
// microseconds since 1970 hold.

#ifndef ORDERSTORE_RECORDS_H_
#define ORDERSTORE_RECORDS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "orderstore/ids.h"

namespace orderstore {

// A moment, in microseconds since 1970, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// 4714-11-24 00:00:00 BC and 294247-01-10 04:00:54.775807.
inline constexpr Timestamp kTimestampMin{
    std::chrono::microseconds(-210'866'803'200'000'000)};
inline constexpr Timestamp kTimestampMax = Timestamp::max();

// The most characters that an email, a name or a barcode value may have.
inline constexpr int kTextCharactersMax = 255;

// ---- Rows, as read ---------------------------------------------------------

// A row of customers.
struct Customer {
  CustomerId id;
  std::string_view email;
  std::string_view name;
  Timestamp created_at;
  Timestamp updated_at;

  friend bool operator==(const Customer&, const Customer&) = default;
};

// A row of orders.
struct Order {
  OrderId id;
  CustomerId customer_id;
  Timestamp created_at;
  Timestamp updated_at;

  friend bool operator==(const Order&, const Order&) = default;
};

// A row of barcodes.
struct Barcode {
  BarcodeId id;
  std::string_view value;
  std::optional<OrderId> order_id;  // none: unassigned, not sold yet
  bool is_used = false;             // true: redeemed
  Timestamp created_at;
  Timestamp updated_at;

  friend bool operator==(const Barcode&, const Barcode&) = default;
};

// A row of customers, with its text.
struct OwnedCustomer {
  CustomerId id;
  std::string email;
  std::string name;
  Timestamp created_at;
  Timestamp updated_at;

  friend bool operator==(const OwnedCustomer&, const OwnedCustomer&) = default;
};

// A row of barcodes, with its text.
struct OwnedBarcode {
  BarcodeId id;
  std::string value;
  std::optional<OrderId> order_id;
  bool is_used = false;
  Timestamp created_at;
  Timestamp updated_at;

  friend bool operator==(const OwnedBarcode&, const OwnedBarcode&) = default;
};

// A copy that needs neither the view nor the store.
inline OwnedCustomer ToOwned(const Customer& row) {
  return {row.id, std::string(row.email), std::string(row.name), row.created_at,
          row.updated_at};
}

// A copy that needs neither the view nor the store.
inline OwnedBarcode ToOwned(const Barcode& row) {
  return {row.id,      std::string(row.value), row.order_id,
          row.is_used, row.created_at,         row.updated_at};
}

// ---- Rows, as written ------------------------------------------------------

// A row to insert. Without an id, the table's sequence gives the next one. A
// given id moves the sequence past it. Without timestamps, both are the
// transaction's time.

struct NewCustomer {
  std::string_view email;
  std::string_view name = {};
  std::optional<CustomerId> id = {};
  std::optional<Timestamp> created_at = {};
  std::optional<Timestamp> updated_at = {};
};

struct NewOrder {
  CustomerId customer_id;
  std::optional<OrderId> id = {};
  std::optional<Timestamp> created_at = {};
  std::optional<Timestamp> updated_at = {};
};

struct NewBarcode {
  std::string_view value;
  std::optional<OrderId> order_id = {};
  bool is_used = false;
  std::optional<BarcodeId> id = {};
  std::optional<Timestamp> created_at = {};
  std::optional<Timestamp> updated_at = {};
};

// Columns to change. One left out keeps its value. Without updated_at, a row
// that changes gets the transaction's time, or one microsecond past its old
// updated_at when that is later, kTimestampMax at most. An update that changes
// no column leaves the row as it is.

struct CustomerUpdate {
  std::optional<std::string_view> email = {};
  std::optional<std::string_view> name = {};
  std::optional<Timestamp> updated_at = {};
};

struct OrderUpdate {
  std::optional<CustomerId> customer_id = {};
  std::optional<Timestamp> updated_at = {};
};

struct BarcodeUpdate {
  std::optional<std::string_view> value = {};
  // `std::optional<OrderId>()` inside makes the barcode unassigned.
  std::optional<std::optional<OrderId>> order_id = {};

  std::optional<bool> is_used = {};
  std::optional<Timestamp> updated_at = {};
};

// ---- Analytics -------------------------------------------------------------

// How many rows there are, as of one LSN.
struct Counts {
  int64_t customers = 0;
  int64_t orders = 0;
  int64_t barcodes = 0;
  int64_t unassigned_barcodes = 0;  // order_id is none
  int64_t unused_barcodes = 0;      // is_used is false

  friend bool operator==(const Counts&, const Counts&) = default;
};

// The id that each table's sequence gives next; 2147483648 if it has given its
// last.
struct NextIds {
  int64_t customers = 1;
  int64_t orders = 1;
  int64_t barcodes = 1;

  friend bool operator==(const NextIds&, const NextIds&) = default;
};

// A checksum of the rows of each table, as of one LSN, whatever their order:
// stores with equal rows have equal digests. Differing rows have equal ones by
// accident once in 2^64 times.
struct Digests {
  uint64_t customers = 0;
  uint64_t orders = 0;
  uint64_t barcodes = 0;

  friend bool operator==(const Digests&, const Digests&) = default;
};

// One line of TopCustomers: a customer and the number of barcodes on its
// orders.
struct CustomerTickets {
  CustomerId customer_id;
  int64_t ticket_count = 0;

  friend bool operator==(const CustomerTickets&,
                         const CustomerTickets&) = default;
};

}  // namespace orderstore

#endif  // ORDERSTORE_RECORDS_H_
