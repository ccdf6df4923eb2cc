#include "csv/import.h"

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "csv/barcode_rows.h"
#include "csv/comparison.h"
#include "csv/customer_rows.h"
#include "csv/id_set.h"
#include "csv/import_steps.h"
#include "csv/made_up_texts.h"
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

// The barcode rows, each with its reason if it has one, and what follows.
struct DecidedBarcodes {
  BarcodeRows read;
  IdSet orders = {};  // with a barcode
  int64_t accepted = 0;

  // Fills in what follows.
  void AddUp() {
    for (const BarcodeRow& row : read.rows) {
      if (row.reason) continue;
      ++accepted;
      if (row.order_id != 0) orders.Insert(row.order_id);
    }
  }
};

using ReadBarcodeRows = absl::StatusOr<BarcodeRows>;

absl::StatusOr<DecidedBarcodes> Decide(ReadBarcodeRows read,
                                       const IdSet& orders, Duplicates policy) {
  if (!read.ok()) return read.status();
  DecidedBarcodes decided{.read = *std::move(read)};
  MarkDuplicates(policy, orders, decided.read.rows);
  MarkUnknownOrders(orders, decided.read.rows);
  decided.AddUp();
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
      : sources_(sources), options_(options), store_(store), steps_(options) {}

  // A second thread reads the barcodes, while this one reads the others.
  absl::StatusOr<ImportReport> Run() {
    std::future<ReadBarcodeRows> reading =
        std::async([this]() -> ReadBarcodeRows {
          absl::Status status = sources_.barcodes->Load(options_.is_cancelled);
          if (!status.ok()) return status;
          return ReadBarcodes(*sources_.barcodes);
        });
    if (absl::Status status = ReadParents(); !status.ok()) return status;
    absl::StatusOr<Transaction> txn = store_.Begin();
    if (!txn.ok()) return txn.status();
    return txn->Counts() == orderstore::Counts()
               ? ImportIntoEmpty(reading, *txn)
               : ImportBesideRows(reading, *txn);
  }

 private:
  // Then the second thread decides on the barcodes, while this one inserts
  // customers and orders.
  absl::StatusOr<ImportReport> ImportIntoEmpty(
      std::future<ReadBarcodeRows>& reading, Transaction& txn) {
    std::future<absl::StatusOr<DecidedBarcodes>> deciding =
        std::async([this, &reading] {
          return Decide(reading.get(), orders_.ids, options_.duplicates);
        });
    if (absl::Status status = InsertParents(txn); !status.ok()) return status;
    const absl::StatusOr<DecidedBarcodes> barcodes = deciding.get();
    if (!barcodes.ok()) return barcodes.status();
    ImportReport report = Report(*barcodes);
    if (!report.imported) return report;
    return Finish(*barcodes, txn, std::move(report));
  }

  // All is compared before anything is inserted.
  absl::StatusOr<ImportReport> ImportBesideRows(
      std::future<ReadBarcodeRows>& reading, Transaction& txn) {
    Comparison comparison(txn, steps_);
    absl::Status status;
    if (customers_.has_value()) {
      status = comparison.CompareCustomers(*customers_);
    }
    if (status.ok()) status = comparison.CompareOrders(orders_);
    if (!status.ok()) return status;
    ReadBarcodeRows read = reading.get();
    if (!read.ok()) return read.status();
    DecidedBarcodes barcodes{.read = *std::move(read)};
    status =
        comparison.CompareBarcodes(options_.duplicates, orders_, barcodes.read);
    if (!status.ok()) return status;
    barcodes.AddUp();
    ImportReport report = Report(barcodes);
    report.conflicts = comparison.conflicts();
    AddUnchanged(comparison, barcodes.orders, txn, report);
    AddVerdict(report);
    if (!report.imported) {
      // The report tells of the store's rows: a commit without changes returns
      // once no crash takes those back.
      const absl::StatusOr<Lsn> lsn = txn.Commit();
      if (!lsn.ok()) return lsn.status();
      report.lsn = *lsn;
      return report;
    }
    if (status = InsertParents(txn); !status.ok()) return status;
    return Finish(barcodes, txn, std::move(report));
  }

  absl::StatusOr<ImportReport> Finish(const DecidedBarcodes& barcodes,
                                      Transaction& txn, ImportReport report) {
    if (absl::Status status = InsertBarcodes(barcodes, txn); !status.ok()) {
      return status;
    }
    const absl::StatusOr<Lsn> lsn = txn.Commit();
    if (!lsn.ok()) return lsn.status();
    report.lsn = *lsn;
    return report;
  }

  absl::Status ReadParents() {
    if (sources_.customers != nullptr) {
      absl::Status status = sources_.customers->Load(options_.is_cancelled);
      if (!status.ok()) return status;
      absl::StatusOr<CustomerRows> customers =
          ReadCustomers(*sources_.customers);
      if (!customers.ok()) return customers.status();
      customers_ = *std::move(customers);
    }
    absl::Status status = sources_.orders->Load(options_.is_cancelled);
    if (!status.ok()) return status;
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
    const auto rows = static_cast<int64_t>(batches.size());
    absl::Status status = batches.Insert();
    return status.ok() ? steps_.Done(rows) : status;
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
    AddVerdict(report);
    return report;
  }

  void AddVerdict(ImportReport& report) const {
    report.imported =
        !options_.strict ||
        (report.rejects.empty() && report.orders_without_barcodes.empty());
  }

  // Counts the unchanged rows as accepted ones. `new_on` are the orders that
  // new barcodes are on.
  static void AddUnchanged(const Comparison& comparison, const IdSet& new_on,
                           const Reader& store, ImportReport& report) {
    const auto add = [](int64_t unchanged, RowCounts& counts) {
      counts.accepted += unchanged;
      counts.rejected -= unchanged;
      counts.unchanged = unchanged;
    };
    add(comparison.unchanged_customers(), report.customers);
    add(std::ssize(comparison.unchanged_orders()), report.orders);
    add(comparison.unchanged_barcodes(), report.barcodes);
    std::vector<OrderWithoutBarcodes>& without = report.orders_without_barcodes;
    const IdSet& unchanged_on = comparison.orders_of_unchanged_barcodes();
    for (const OrderRow& row : comparison.unchanged_orders()) {
      const OrderId id(row.order_id);
      if (!new_on.Contains(row.order_id) &&
          !unchanged_on.Contains(row.order_id) &&
          store.BarcodesOf(id).empty()) {
        without.push_back({id, row.line});
      }
    }
    std::ranges::sort(without, {}, &OrderWithoutBarcodes::line);
  }

  static RowCounts Counts(int64_t rows, size_t accepted) {
    const auto accepted_rows = static_cast<int64_t>(accepted);
    return {.accepted = accepted_rows, .rejected = rows - accepted_rows};
  }

  const Sources sources_;
  const ImportOptions& options_;
  Store& store_;
  ImportSteps steps_;

  std::optional<CustomerRows> customers_;  // if there is a customers file
  OrderRows orders_;
};

}  // namespace

absl::StatusOr<ImportReport> Import(const Sources& sources,
                                    const ImportOptions& options,
                                    Store& store) {
  return Importer(sources, options, store).Run();
}

}  // namespace orderstore::csv
