#include "csv/order_rows.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "csv/header.h"
#include "csv/scanner.h"
#include "csv/text.h"

namespace orderstore::csv {

namespace {

constexpr std::array<std::string_view, 2> kOrderColumns = {"order_id",
                                                           "customer_id"};

class Reading {
 public:
  Reading(const Header& header, const IdSet* customers)
      : header_(header), customers_(customers) {}

  void Take(const Scanner& record) {
    ++rows_.row_count;
    OrderRow row{record.line(), 0, 0};
    if (const std::optional<Reason> reason = Check(record, row)) {
      rows_.rejects.push_back({Table::kOrders, *reason, record.line()});
      if (*reason == Reason::kUnknownCustomer) {
        rows_.unknown_customers.push_back(row);
      }
      return;
    }
    rows_.ids.Insert(row.order_id);
    if (named_customers_.Insert(row.customer_id)) {
      rows_.customers.push_back(row.customer_id);
    }
    rows_.accepted.push_back(row);
  }

  OrderRows Finish() { return std::move(rows_); }

 private:
  std::optional<Reason> Check(const Scanner& record, OrderRow& row) {
    if (record.field_count() != header_.field_count) {
      return Reason::kWrongFieldCount;
    }
    const std::string_view order = record.field(header_.positions[0]);
    const std::string_view customer = record.field(header_.positions[1]);
    if (order.empty() || customer.empty()) return Reason::kIncompleteOrder;
    const std::optional<int32_t> order_id = ParseId(order);
    const std::optional<int32_t> customer_id = ParseId(customer);
    if (!order_id || !customer_id) return Reason::kBadId;
    // Also an order that turns out to name an unknown customer takes its id.
    if (!seen_ids_.Insert(*order_id)) return Reason::kDuplicateOrder;
    row.order_id = *order_id;
    row.customer_id = *customer_id;
    if (customers_ != nullptr && !customers_->Contains(*customer_id)) {
      return Reason::kUnknownCustomer;
    }
    return std::nullopt;
  }

  const Header& header_;
  const IdSet* const customers_;
  IdSet seen_ids_;
  IdSet named_customers_;
  OrderRows rows_;
};

}  // namespace

absl::StatusOr<OrderRows> ReadOrders(Input& input, const IdSet* customers) {
  if (absl::Status status = input.Load(); !status.ok()) return status;
  const absl::StatusOr<Header> header = ReadHeader(input, kOrderColumns);
  if (!header.ok()) return header.status();
  Reading reading(*header, customers);
  Scanner scanner(input.text(), header->field_count);
  scanner.Next();
  while (scanner.Next()) reading.Take(scanner);
  return reading.Finish();
}

}  // namespace orderstore::csv
