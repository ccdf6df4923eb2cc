#include "csv/comparison.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "csv/made_up_texts.h"
#include "orderstore/records.h"

namespace orderstore::csv {

namespace {

constexpr size_t kBatchRows = 256;

template <typename Key>
using Keys = std::array<Key, kBatchRows>;
template <typename Row>
using Found = std::array<std::optional<Row>, kBatchRows>;

// Calls `fn` for batches of `rows` while it goes well.
template <typename Row, typename Fn>
absl::Status ForEachBatch(std::span<Row> rows, const Fn& fn) {
  while (!rows.empty()) {
    const auto batch = rows.first(std::min(kBatchRows, rows.size()));
    if (absl::Status status = fn(batch); !status.ok()) return status;
    rows = rows.subspan(batch.size());
  }
  return absl::OkStatus();
}

// Adds `more` to `rejects`; both are in line order.
void MergeRejects(const std::vector<Reject>& more,
                  std::vector<Reject>& rejects) {
  std::vector<Reject> merged;
  std::ranges::merge(rejects, more, std::back_inserter(merged), {},
                     &Reject::line, &Reject::line);
  rejects = std::move(merged);
}

int64_t Size(size_t size) { return static_cast<int64_t>(size); }

std::string StoredText(const Customer& row) {
  std::string text = "customer " + std::to_string(row.id.value());
  text.append(" with email ").append(row.email);
  return row.name.empty() ? text + " and no name"
                          : text.append(" and name ").append(row.name);
}

std::string StoredText(const Order& row) {
  return "order " + std::to_string(row.id.value()) + " of customer " +
         std::to_string(row.customer_id.value());
}

std::string StoredText(const Barcode& row) {
  std::string text(row.value);
  return row.order_id
             ? text + " on order " + std::to_string(row.order_id->value())
             : text + " on no order";
}

}  // namespace

template <typename Row>
void Comparison::Tell(Table table, int64_t line, const Row& stored) {
  int& told = told_[static_cast<size_t>(table)];
  if (told == kConflictsTold) return;
  ++told;
  conflicts_.push_back({table, line, StoredText(stored)});
}

// ---- Customers -------------------------------------------------------------

absl::Status Comparison::CompareCustomers(CustomerRows& rows) {
  has_customers_file_ = true;
  std::vector<CustomerRow> fresh;
  std::vector<Reject> conflicts;
  absl::Status status = ForEachBatch(
      std::span<const CustomerRow>(rows.accepted),
      [&](std::span<const CustomerRow> batch) {
        const size_t before = fresh.size();
        CompareBatch(batch, fresh, conflicts);
        return steps_.Done(Size(batch.size() - (fresh.size() - before)));
      });
  if (!status.ok()) return status;
  rows.accepted = std::move(fresh);
  MergeRejects(conflicts, rows.rejects);
  file_customers_ = rows.ids;
  return absl::OkStatus();
}

void Comparison::CompareBatch(std::span<const CustomerRow> rows,
                              std::vector<CustomerRow>& fresh,
                              std::vector<Reject>& rejects) {
  Keys<CustomerId> ids;
  Keys<std::string_view> emails;
  for (size_t i = 0; i < rows.size(); ++i) {
    ids[i] = CustomerId(rows[i].customer_id);
    emails[i] = rows[i].email;
  }
  Found<Customer> by_id;
  Found<Customer> by_email;
  store_.FindCustomers(std::span(ids).first(rows.size()), by_id);
  store_.FindCustomersByEmail(std::span(emails).first(rows.size()), by_email);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (by_id[i] && by_id[i]->email == rows[i].email &&
        by_id[i]->name == rows[i].name) {
      ++unchanged_customers_;
    } else if (by_id[i] || by_email[i]) {
      rejects.push_back({Table::kCustomers, Reason::kConflict, rows[i].line});
      Tell(Table::kCustomers, rows[i].line,
           by_id[i] ? *by_id[i] : *by_email[i]);
      refused_customers_.Insert(rows[i].customer_id);
    } else {
      fresh.push_back(rows[i]);
    }
  }
}

// ---- Orders ----------------------------------------------------------------

absl::Status Comparison::CompareOrders(OrderRows& rows) {
  std::vector<OrderRow> all;
  std::ranges::merge(rows.accepted, rows.unknown_customers,
                     std::back_inserter(all), {}, &OrderRow::line,
                     &OrderRow::line);
  std::erase_if(rows.rejects, [](const Reject& reject) {
    return reject.reason == Reason::kUnknownCustomer;
  });
  rows.accepted.clear();
  rows.unknown_customers.clear();
  rows.customers.clear();
  rows.ids = IdSet();
  std::vector<Reject> rejects;
  absl::Status status = ForEachBatch(
      std::span<const OrderRow>(all), [&](std::span<const OrderRow> batch) {
        const size_t before = rows.accepted.size();
        CompareBatch(batch, rows, rejects);
        return steps_.Done(
            Size(batch.size() - (rows.accepted.size() - before)));
      });
  if (!status.ok()) return status;
  MergeRejects(rejects, rows.rejects);
  return absl::OkStatus();
}

void Comparison::CompareBatch(std::span<const OrderRow> rows, OrderRows& result,
                              std::vector<Reject>& rejects) {
  Keys<OrderId> ids;
  Keys<CustomerId> customer_ids;
  for (size_t i = 0; i < rows.size(); ++i) {
    ids[i] = OrderId(rows[i].order_id);
    customer_ids[i] = CustomerId(rows[i].customer_id);
  }
  Found<Order> stored;
  Found<Customer> customers;
  store_.FindOrders(std::span(ids).first(rows.size()), stored);
  store_.FindCustomers(std::span(customer_ids).first(rows.size()), customers);
  for (size_t i = 0; i < rows.size(); ++i) {
    const OrderRow& row = rows[i];
    const auto reject = [&](Reason reason) {
      rejects.push_back({Table::kOrders, reason, row.line});
    };
    if (stored[i] && stored[i]->customer_id == customer_ids[i]) {
      unchanged_orders_.push_back(row);
      result.ids.Insert(row.order_id);
    } else if (!IsKnownCustomer(row.customer_id, customers[i].has_value())) {
      reject(Reason::kUnknownCustomer);
      if (stored[i]) refused_orders_.Insert(row.order_id);
    } else if (stored[i] || (!has_customers_file_ && !customers[i] &&
                             !MakeUp(row.customer_id, result.customers))) {
      reject(Reason::kConflict);
      refused_orders_.Insert(row.order_id);
      if (stored[i]) {
        Tell(Table::kOrders, row.line, *stored[i]);
      } else if (const auto owner = store_.FindCustomerByEmail(
                     MadeUpTexts(row.customer_id).email())) {
        Tell(Table::kOrders, row.line, *owner);
      }
    } else {
      result.accepted.push_back(row);
      result.ids.Insert(row.order_id);
    }
  }
}

bool Comparison::IsKnownCustomer(int32_t customer_id, bool is_stored) const {
  if (!has_customers_file_) return true;
  return (is_stored || file_customers_.Contains(customer_id)) &&
         !refused_customers_.Contains(customer_id);
}

bool Comparison::MakeUp(int32_t customer_id, std::vector<int32_t>& customers) {
  if (made_up_customers_.Contains(customer_id)) return true;
  if (impossible_customers_.Contains(customer_id)) return false;
  const MadeUpTexts texts(customer_id);
  if (store_.FindCustomerByEmail(texts.email())) {
    impossible_customers_.Insert(customer_id);
    return false;
  }
  made_up_customers_.Insert(customer_id);
  customers.push_back(customer_id);
  return true;
}

// ---- Barcodes --------------------------------------------------------------

absl::Status Comparison::CompareBarcodes(Duplicates policy,
                                         const OrderRows& orders,
                                         BarcodeRows& rows) {
  const absl::StatusOr<IdSet> known = KnownOrders(orders, rows.rows);
  if (!known.ok()) return known.status();
  MarkDuplicates(policy, *known, rows.rows);
  std::vector<BarcodeRow> kept;
  kept.reserve(rows.rows.size());
  absl::Status status = ForEachBatch(
      std::span<BarcodeRow>(rows.rows), [&](std::span<BarcodeRow> batch) {
        const int64_t before = unchanged_barcodes_;
        CompareBatch(batch, *known, kept);
        return steps_.Done(unchanged_barcodes_ - before);
      });
  if (!status.ok()) return status;
  rows.rows = std::move(kept);
  return absl::OkStatus();
}

absl::StatusOr<IdSet> Comparison::KnownOrders(
    const OrderRows& orders, std::span<const BarcodeRow> rows) {
  IdSet known = orders.ids;
  IdSet looked_for;
  std::vector<OrderId> others;
  for (const BarcodeRow& row : rows) {
    if (row.order_id != 0 && !known.Contains(row.order_id) &&
        !refused_orders_.Contains(row.order_id) &&
        looked_for.Insert(row.order_id)) {
      others.emplace_back(row.order_id);
    }
  }
  absl::Status status = ForEachBatch(
      std::span<const OrderId>(others), [&](std::span<const OrderId> batch) {
        Found<Order> found;
        store_.FindOrders(batch, found);
        for (size_t i = 0; i < batch.size(); ++i) {
          if (found[i]) known.Insert(batch[i].value());
        }
        return steps_.GoOn();
      });
  if (!status.ok()) return status;
  return known;
}

void Comparison::CompareBatch(std::span<BarcodeRow> rows,
                              const IdSet& known_orders,
                              std::vector<BarcodeRow>& kept) {
  Keys<std::string_view> values;
  Found<Barcode> stored;
  for (size_t i = 0; i < rows.size(); ++i) values[i] = rows[i].barcode();
  store_.FindBarcodesByValue(std::span(values).first(rows.size()), stored);
  for (size_t i = 0; i < rows.size(); ++i) {
    BarcodeRow& row = rows[i];
    if (!row.reason) {
      const bool is_unchanged =
          stored[i] &&
          (row.order_id == 0 || stored[i]->order_id == OrderId(row.order_id));
      if (is_unchanged) {
        ++unchanged_barcodes_;
        if (row.order_id != 0) {
          orders_of_unchanged_barcodes_.Insert(row.order_id);
        }
        continue;
      }
      if (row.order_id != 0 && !known_orders.Contains(row.order_id)) {
        row.reason = Reason::kUnknownOrder;
      } else if (stored[i]) {
        row.reason = Reason::kConflict;
        Tell(Table::kBarcodes, row.line, *stored[i]);
      }
    }
    kept.push_back(row);
  }
}

}  // namespace orderstore::csv
