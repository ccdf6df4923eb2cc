#include "csv/import.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <future>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "csv/barcode_rows.h"
#include "csv/customer_rows.h"
#include "csv/id_set.h"
#include "csv/order_rows.h"
#include "orderstore/records.h"
#include "orderstore/transaction.h"

namespace orderstore::csv {

namespace {

// Rows are inserted so many at a time.
constexpr size_t kBatchRows = 1024;

// Collects rows and inserts them in batches.
template <typename Row>
class Batches {
 public:
  explicit Batches(Transaction& txn) : txn_(txn) { rows_.reserve(kBatchRows); }

  size_t size() const { return rows_.size(); }
  bool full() const { return rows_.size() == kBatchRows; }
  void Add(const Row& row) { rows_.push_back(row); }

  absl::Status Insert() {
    const absl::Status status = InsertRows();
    rows_.clear();
    return status;
  }

 private:
  absl::Status InsertRows() {
    if constexpr (std::is_same_v<Row, NewCustomer>) {
      return txn_.InsertCustomers(rows_).status();
    } else if constexpr (std::is_same_v<Row, NewOrder>) {
      return txn_.InsertOrders(rows_).status();
    } else {
      return txn_.InsertBarcodes(std::span<const NewBarcode>(rows_)).status();
    }
  }

  Transaction& txn_;
  std::vector<Row> rows_;
};

// The email and the name of a customer of whom only the id is known.
class MadeUpTexts {
 public:
  explicit MadeUpTexts(int32_t customer_id) {
    std::array<char, 10> digits;
    const char* const end =
        std::to_chars(digits.begin(), digits.end(), customer_id).ptr;
    const auto size = static_cast<size_t>(end - digits.data());
    email_ = Join(email_text_, "customer-", {digits.data(), size},
                  "@import.invalid");
    name_ = Join(name_text_, "Customer ", {digits.data(), size}, "");
  }

  std::string_view email() const { return {email_text_.data(), email_}; }
  std::string_view name() const { return {name_text_.data(), name_}; }

 private:
  using Text = std::array<char, 40>;

  static size_t Join(Text& text, std::string_view before,
                     std::string_view digits, std::string_view after) {
    char* end = std::copy(before.begin(), before.end(), text.begin());
    end = std::copy(digits.begin(), digits.end(), end);
    end = std::copy(after.begin(), after.end(), end);
    return static_cast<size_t>(end - text.data());
  }

  Text email_text_;
  Text name_text_;
  size_t email_;
  size_t name_;
};

// The barcode rows, each with its reason if it has one, and what follows.
struct DecidedBarcodes {
  BarcodeRows read;
  IdSet orders;  // with a barcode
  int64_t accepted = 0;
};

absl::StatusOr<DecidedBarcodes> Decide(absl::StatusOr<BarcodeRows> read,
                                       const IdSet& orders, Duplicates policy) {
  if (!read.ok()) return read.status();
  DecidedBarcodes decided{.read = *std::move(read), .orders = {}};
  MarkDuplicates(policy, orders, decided.read.rows);
  MarkUnknownOrders(orders, decided.read.rows);
  for (const BarcodeRow& row : decided.read.rows) {
    if (row.reason) continue;
    ++decided.accepted;
    if (row.order_id != 0) decided.orders.Insert(row.order_id);
  }
  return decided;
}

// Adds the rejects of barcodes: those found in reading and those decided
// after, both in line order.
void AddRejects(const BarcodeRows& barcodes, std::vector<Reject>& rejects) {
  std::vector<Reject> decided;
  for (const BarcodeRow& row : barcodes.rows) {
    if (row.reason)
      decided.push_back({Table::kBarcodes, *row.reason, row.line});
  }
  std::ranges::merge(barcodes.rejects, decided, std::back_inserter(rejects), {},
                     &Reject::line, &Reject::line);
}

class Importer {
 public:
  Importer(const Sources& sources, const ImportOptions& options, Store& store)
      : sources_(sources), options_(options), store_(store) {}

  // A second thread reads the barcodes, then decides on them, while this one
  // reads and inserts customers and orders.
  absl::StatusOr<ImportReport> Run() {
    std::future<absl::StatusOr<BarcodeRows>> reading =
        std::async(std::launch::async,
                   [this] { return ReadBarcodes(*sources_.barcodes); });
    if (absl::Status status = ReadParents(); !status.ok()) return status;
    std::future<absl::StatusOr<DecidedBarcodes>> deciding =
        std::async(std::launch::async, [this, &reading] {
          return Decide(reading.get(), orders_.ids, options_.duplicates);
        });

    absl::StatusOr<Transaction> txn = store_.Begin();
    if (!txn.ok()) return txn.status();
    if (absl::Status status = InsertParents(*txn); !status.ok()) return status;
    const absl::StatusOr<DecidedBarcodes> barcodes = deciding.get();
    if (!barcodes.ok()) return barcodes.status();
    ImportReport report = Report(*barcodes);
    if (!report.imported) return report;
    if (absl::Status status = InsertBarcodes(*barcodes, *txn); !status.ok()) {
      return status;
    }
    if (absl::StatusOr<Lsn> lsn = txn->Commit(); !lsn.ok()) return lsn.status();
    return report;
  }

 private:
  absl::Status ReadParents() {
    if (sources_.customers != nullptr) {
      absl::StatusOr<CustomerRows> customers =
          ReadCustomers(*sources_.customers);
      if (!customers.ok()) return customers.status();
      customers_ = *std::move(customers);
    }
    absl::StatusOr<OrderRows> orders = ReadOrders(
        *sources_.orders, customers_.has_value() ? &customers_->ids : nullptr);
    if (!orders.ok()) return orders.status();
    orders_ = *std::move(orders);
    return absl::OkStatus();
  }

  absl::Status InsertParents(Transaction& txn) {
    absl::Status status = customers_.has_value() ? InsertCustomers(txn)
                                                 : InsertMadeUpCustomers(txn);
    if (!status.ok()) return status;
    Batches<NewOrder> batches(txn);
    for (const OrderRow& row : orders_.accepted) {
      batches.Add({.customer_id = CustomerId(row.customer_id),
                   .id = OrderId(row.order_id)});
      if (!batches.full()) continue;
      if (status = Insert(batches); !status.ok()) return status;
    }
    return Insert(batches);
  }

  absl::Status InsertCustomers(Transaction& txn) {
    Batches<NewCustomer> batches(txn);
    for (const CustomerRow& row : customers_->accepted) {
      batches.Add({.email = row.email,
                   .name = row.name,
                   .id = CustomerId(row.customer_id)});
      if (!batches.full()) continue;
      if (absl::Status status = Insert(batches); !status.ok()) return status;
    }
    return Insert(batches);
  }

  absl::Status InsertMadeUpCustomers(Transaction& txn) {
    Batches<NewCustomer> batches(txn);
    std::vector<MadeUpTexts> texts;  // of the batch; never moves
    texts.reserve(kBatchRows);
    for (const int32_t id : orders_.customers) {
      const MadeUpTexts& made_up = texts.emplace_back(id);
      batches.Add({.email = made_up.email(),
                   .name = made_up.name(),
                   .id = CustomerId(id)});
      if (!batches.full()) continue;
      if (absl::Status status = Insert(batches); !status.ok()) return status;
      texts.clear();
    }
    return Insert(batches);
  }

  absl::Status InsertBarcodes(const DecidedBarcodes& barcodes,
                              Transaction& txn) {
    Batches<NewBarcode> batches(txn);
    for (const BarcodeRow& row : barcodes.read.rows) {
      if (row.reason) continue;
      NewBarcode barcode{.value = row.barcode()};
      if (row.order_id != 0) barcode.order_id = OrderId(row.order_id);
      batches.Add(barcode);
      if (!batches.full()) continue;
      if (absl::Status status = Insert(batches); !status.ok()) return status;
    }
    return Insert(batches);
  }

  template <typename Row>
  absl::Status Insert(Batches<Row>& batches) {
    rows_inserted_ += static_cast<int64_t>(batches.size());
    absl::Status status = batches.Insert();
    if (options_.progress) options_.progress(rows_inserted_);
    return status;
  }

  ImportReport Report(const DecidedBarcodes& barcodes) {
    ImportReport report;
    if (customers_.has_value()) {
      report.customers =
          Counts(customers_->row_count, customers_->accepted.size());
      report.rejects = customers_->rejects;
    }
    report.orders = Counts(orders_.row_count, orders_.accepted.size());
    report.rejects.insert(report.rejects.end(), orders_.rejects.begin(),
                          orders_.rejects.end());
    report.barcodes =
        Counts(barcodes.read.row_count, static_cast<size_t>(barcodes.accepted));
    AddRejects(barcodes.read, report.rejects);
    for (const OrderRow& row : orders_.accepted) {
      if (!barcodes.orders.Contains(row.order_id)) {
        report.orders_without_barcodes.push_back(
            {OrderId(row.order_id), row.line});
      }
    }
    report.imported =
        !options_.strict ||
        (report.rejects.empty() && report.orders_without_barcodes.empty());
    return report;
  }

  static RowCounts Counts(int64_t rows, size_t accepted) {
    const auto accepted_rows = static_cast<int64_t>(accepted);
    return {.accepted = accepted_rows, .rejected = rows - accepted_rows};
  }

  const Sources sources_;
  const ImportOptions& options_;
  Store& store_;

  std::optional<CustomerRows> customers_;  // if there is a customers file
  OrderRows orders_;
  int64_t rows_inserted_ = 0;
};

}  // namespace

absl::StatusOr<ImportReport> Import(const Sources& sources,
                                    const ImportOptions& options,
                                    Store& store) {
  return Importer(sources, options, store).Run();
}

}  // namespace orderstore::csv
