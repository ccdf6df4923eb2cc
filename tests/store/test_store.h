// What the whole-store tests share: status matchers, printing of rows, and a
// fixture whose verbs let a test read as a story.
//
//   class RedeemTest : public StoreTest {};
//
//   TEST_F(RedeemTest, TheSecondRedeemFails) {
//     PutBarcode("A", PutOrder(PutCustomer("ann@x")));
//     Transaction txn = Begin();
//     EXPECT_THAT(txn.Redeem("A"), IsOk());
//     EXPECT_THAT(txn.Redeem("A"), FailsWith(kFailedPrecondition, "A"));
//   }

#ifndef ORDERSTORE_TESTS_STORE_TEST_STORE_H_
#define ORDERSTORE_TESTS_STORE_TEST_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/options.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"

namespace orderstore {

// ---- Printing, for failure messages ----------------------------------------

template <typename Tag>
void PrintTo(Id<Tag> id, std::ostream* out) {
  *out << "#" << id.value();
}

inline std::string MicrosecondsText(Timestamp time) {
  return std::to_string(time.time_since_epoch().count()) + "us";
}

inline std::string OrderText(const std::optional<OrderId>& order) {
  return order ? std::to_string(order->value()) : "none";
}

inline void PrintTo(const OwnedCustomer& row, std::ostream* out) {
  *out << "customer " << row.id.value() << " {" << row.email << ", " << row.name
       << ", " << MicrosecondsText(row.created_at) << ", "
       << MicrosecondsText(row.updated_at) << "}";
}

inline void PrintTo(const Customer& row, std::ostream* out) {
  PrintTo(ToOwned(row), out);
}

inline void PrintTo(const Order& row, std::ostream* out) {
  *out << "order " << row.id.value() << " {customer " << row.customer_id.value()
       << ", " << MicrosecondsText(row.created_at) << ", "
       << MicrosecondsText(row.updated_at) << "}";
}

inline void PrintTo(const OwnedBarcode& row, std::ostream* out) {
  *out << "barcode " << row.id.value() << " {" << row.value << ", order "
       << OrderText(row.order_id) << (row.is_used ? ", used, " : ", unused, ")
       << MicrosecondsText(row.created_at) << ", "
       << MicrosecondsText(row.updated_at) << "}";
}

inline void PrintTo(const Barcode& row, std::ostream* out) {
  PrintTo(ToOwned(row), out);
}

inline void PrintTo(const Counts& counts, std::ostream* out) {
  *out << "{customers " << counts.customers << ", orders " << counts.orders
       << ", barcodes " << counts.barcodes << ", unassigned "
       << counts.unassigned_barcodes << ", unused " << counts.unused_barcodes
       << "}";
}

inline void PrintTo(const CustomerTickets& line, std::ostream* out) {
  *out << "{customer " << line.customer_id.value() << ": " << line.ticket_count
       << "}";
}

// ---- Text -----------------------------------------------------------------

// One text out of several pieces.
template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  std::string text;
  (text.append(std::string_view(pieces)), ...);
  return text;
}

// "T7" out of "T" and 7.
inline std::string Numbered(std::string_view stem, int64_t number) {
  return Concat(stem, std::to_string(number));
}

// ---- Status matchers -------------------------------------------------------

inline constexpr absl::StatusCode kAlreadyExists =
    absl::StatusCode::kAlreadyExists;
inline constexpr absl::StatusCode kDeadlineExceeded =
    absl::StatusCode::kDeadlineExceeded;
inline constexpr absl::StatusCode kFailedPrecondition =
    absl::StatusCode::kFailedPrecondition;
inline constexpr absl::StatusCode kInvalidArgument =
    absl::StatusCode::kInvalidArgument;
inline constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
inline constexpr absl::StatusCode kResourceExhausted =
    absl::StatusCode::kResourceExhausted;

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, negation ? "fails" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// `result` is OK and holds a value that `inner` matches.
MATCHER_P(IsOkAndHolds, inner, "is OK and holds the value") {
  *result_listener << StatusOf(arg).ToString();
  return arg.ok() &&
         ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

MATCHER_P(FailsWithCode, code,
          Concat("fails with ", absl::StatusCodeToString(code))) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

// The message contains `part`: the id, email or value that is to blame.
MATCHER_P2(FailsWith, code, part,
           Concat("fails with ", absl::StatusCodeToString(code), " and names ",
                  part)) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         std::string_view(StatusOf(arg).message().data(),
                          StatusOf(arg).message().size())
                 .find(part) != std::string_view::npos;
}

// ---- Fixture ---------------------------------------------------------------

inline std::unique_ptr<Store> OpenStore(const Options& options = {}) {
  return Store::OpenInMemory(options).value();
}

// All rows of a scan, copied out.
template <typename Row>
std::vector<Row> RowsOf(Scan<Row> scan) {
  std::vector<Row> rows;
  for (const Row& row : scan) rows.push_back(row);
  return rows;
}

// Everything a reader sees, copied out: to tell whether two states differ.
struct Contents {
  std::vector<OwnedCustomer> customers;
  std::vector<Order> orders;
  std::vector<OwnedBarcode> barcodes;
  orderstore::Counts counts;
  std::vector<CustomerTickets> top;

  friend bool operator==(const Contents&, const Contents&) = default;
};

inline Contents ContentsOf(const Reader& reader) {
  Contents contents{.customers = {},
                    .orders = RowsOf(reader.Orders()),
                    .barcodes = {},
                    .counts = reader.Counts(),
                    .top = reader.TopCustomers(1000)};
  for (const Customer& row : reader.Customers()) {
    contents.customers.push_back(ToOwned(row));
  }
  for (const Barcode& row : reader.Barcodes()) {
    contents.barcodes.push_back(ToOwned(row));
  }
  return contents;
}

// `statement()` fails with `code`, its message names `part`, and the
// transaction is as it was before it.
template <typename Fn>
void ExpectRefused(const Transaction& txn, absl::StatusCode code,
                   std::string_view part, Fn statement) {
  const Contents before = ContentsOf(txn);
  EXPECT_THAT(statement(), FailsWith(code, part));
  EXPECT_TRUE(ContentsOf(txn) == before) << "the statement left a trace";
}

class StoreTest : public ::testing::Test {
 protected:
  explicit StoreTest(const Options& options = {})
      : store_(OpenStore(options)) {}

  Transaction Begin() { return store_->Begin().value(); }
  ReadView View() const { return store_->OpenReadView(); }

  // A row as the latest commit has it.
  OwnedCustomer CustomerNow(CustomerId id) const {
    const ReadView view = View();
    return ToOwned(view.FindCustomer(id).value());
  }
  OwnedBarcode BarcodeNow(std::string_view value) const {
    const ReadView view = View();
    return ToOwned(view.FindBarcodeByValue(value).value());
  }

  // Each verb is a transaction of its own.
  CustomerId PutCustomer(std::string_view email, std::string_view name = "N") {
    Transaction txn = Begin();
    const CustomerId id =
        txn.InsertCustomer({.email = email, .name = name}).value();
    EXPECT_THAT(txn.Commit(), IsOk());
    return id;
  }
  OrderId PutOrder(CustomerId customer) {
    Transaction txn = Begin();
    const OrderId id = txn.InsertOrder({.customer_id = customer}).value();
    EXPECT_THAT(txn.Commit(), IsOk());
    return id;
  }
  BarcodeId PutBarcode(std::string_view value,
                       std::optional<OrderId> order = {}, bool used = false) {
    Transaction txn = Begin();
    const BarcodeId id =
        txn.InsertBarcode({.value = value, .order_id = order, .is_used = used})
            .value();
    EXPECT_THAT(txn.Commit(), IsOk());
    return id;
  }
  void Redeem(std::string_view value) {
    EXPECT_THAT(
        store_->Transact([&](Transaction& txn) { return txn.Redeem(value); }),
        IsOk());
  }
  void Unredeem(std::string_view value) {
    EXPECT_THAT(
        store_->Transact([&](Transaction& txn) { return txn.Unredeem(value); }),
        IsOk());
  }

  std::unique_ptr<Store> store_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_TEST_STORE_H_
