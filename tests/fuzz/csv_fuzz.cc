// Imports arbitrary bytes as CSV files and holds the result against what the
// import promises, then imports them again; then other files into the same
// store, in the same way. The first byte chooses the options; the rest are sets
// of files, parted by the byte 0x1D: the orders, the barcodes and, if there is
// a third part, the customers, parted by the byte 0x1E.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv/import.h"
#include "csv/input.h"
#include "csv/rejects.h"
#include "csv/scanner.h"
#include "orderstore/store.h"

namespace orderstore::csv {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string> Parts(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The scanner leaves out nothing but line ends and blank lines.
void RequireEveryByteIsScanned(std::string_view text) {
  Scanner scanner(text, 4);
  const char* at = text.data();
  int64_t line = 0;
  while (scanner.Next()) {
    Require(scanner.line() > line);
    line = scanner.line();
    Require(scanner.raw().data() >= at);
    for (const char* c = at; c != scanner.raw().data(); ++c) {
      Require(std::string_view(" \t\r\n\xEF\xBB\xBF").find(*c) !=
              std::string_view::npos);
    }
    at = scanner.raw().data() + scanner.raw().size();
    Require(at <= text.data() + text.size());
  }
}

int64_t New(const RowCounts& rows) { return rows.accepted - rows.unchanged; }

void RequireCountsAgree(const ImportReport& report, const Counts& before,
                        const Store& store, bool has_customers) {
  const Counts counts = store.OpenReadView().Counts();
  if (!report.imported) {
    Require(counts == before);
    return;
  }
  Require(counts.orders == before.orders + New(report.orders));
  Require(counts.barcodes == before.barcodes + New(report.barcodes));
  if (has_customers) {
    Require(counts.customers == before.customers + New(report.customers));
  } else {
    Require(counts.customers >= before.customers);
  }
  const int64_t rejected = report.customers.rejected + report.orders.rejected +
                           report.barcodes.rejected;
  Require(static_cast<int64_t>(report.rejects.size()) == rejected);
}

void RequireRejectsAreInOrder(const ImportReport& report,
                              const Sources& sources) {
  RejectedRows rows(sources);
  const Reject* last = nullptr;
  for (const Reject& reject : report.rejects) {
    Require(last == nullptr || last->table < reject.table ||
            (last->table == reject.table && last->line < reject.line));
    Require(!rows.TextOf(reject).empty());
    last = &reject;
  }
}

void RequireAgainChangesNothing(const ImportReport& first,
                                const Sources& sources,
                                const ImportOptions& options, Store& store) {
  const Digests before = store.OpenReadView().Digests();
  const absl::StatusOr<ImportReport> again = Import(sources, options, store);
  Require(again.ok());
  Require(again->imported == first.imported);
  Require(again->lsn == first.lsn);
  Require(again->rejects == first.rejects);
  Require(again->orders_without_barcodes == first.orders_without_barcodes);
  Require(again->barcodes.accepted == first.barcodes.accepted);
  if (again->imported) {
    Require(again->customers.unchanged == first.customers.accepted);
    Require(again->orders.unchanged == first.orders.accepted);
    Require(again->barcodes.unchanged == first.barcodes.accepted);
  }
  Require(store.OpenReadView().Digests() == before);
}

// What an import never takes away: a row's id and key, and where it belongs.
struct Rows {
  std::vector<OwnedCustomer> customers;
  std::vector<Order> orders;
  std::vector<OwnedBarcode> barcodes;
};

Rows RowsOf(const Store& store) {
  Rows rows;
  const ReadView view = store.OpenReadView();
  for (const Customer& row : view.Customers()) {
    rows.customers.push_back(ToOwned(row));
  }
  for (const Order& row : view.Orders()) rows.orders.push_back(row);
  for (const Barcode& row : view.Barcodes()) {
    rows.barcodes.push_back(ToOwned(row));
  }
  return rows;
}

void RequireStillThere(const Rows& rows, const Store& store) {
  const ReadView view = store.OpenReadView();
  for (const OwnedCustomer& row : rows.customers) {
    const std::optional<Customer> now = view.FindCustomer(row.id);
    Require(now && ToOwned(*now) == row);
  }
  for (const Order& row : rows.orders) Require(view.FindOrder(row.id) == row);
  for (const OwnedBarcode& row : rows.barcodes) {
    std::optional<Barcode> now = view.FindBarcode(row.id);
    Require(now && now->value == row.value && now->is_used == row.is_used);
    Require(!row.order_id || now->order_id == row.order_id);
  }
}

void ImportSet(std::string_view text, const ImportOptions& options,
               Store& store) {
  std::vector<std::string> parts = Parts(text, '\x1E');
  parts.resize(std::max<size_t>(parts.size(), 2));
  for (const std::string& part : parts) RequireEveryByteIsScanned(part);

  Input orders = Input::FromText("orders", parts[0]);
  Input barcodes = Input::FromText("barcodes", parts[1]);
  std::optional<Input> customers;
  if (parts.size() > 2) customers = Input::FromText("customers", parts[2]);
  const Sources sources = {.customers = customers ? &*customers : nullptr,
                           .orders = &orders,
                           .barcodes = &barcodes};
  const Counts before = store.OpenReadView().Counts();
  const Digests digests = store.OpenReadView().Digests();
  const Rows rows = RowsOf(store);
  const absl::StatusOr<ImportReport> report = Import(sources, options, store);
  RequireStillThere(rows, store);
  if (!report.ok()) {
    Require(report.status().code() == absl::StatusCode::kInvalidArgument);
    Require(store.OpenReadView().Digests() == digests);
    return;
  }
  RequireCountsAgree(*report, before, store, customers.has_value());
  RequireRejectsAreInOrder(*report, sources);
  Require(store.Check().ok());
  RequireAgainChangesNothing(*report, sources, options, store);
}

void Run(uint8_t choice, std::string_view text) {
  ImportOptions options;
  options.duplicates = static_cast<Duplicates>(choice % 3);
  options.strict = choice >= 0x80;
  const std::unique_ptr<Store> store = *Store::OpenInMemory();
  std::vector<std::string> sets = Parts(text, '\x1D');
  sets.resize(std::min<size_t>(sets.size(), 3));
  for (const std::string& set : sets) ImportSet(set, options, *store);
}

}  // namespace
}  // namespace orderstore::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  orderstore::csv::Run(data[0],
                       {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
