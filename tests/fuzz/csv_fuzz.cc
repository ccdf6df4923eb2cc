// Imports arbitrary bytes as CSV files and holds the result against what the
// import promises, then imports them again. The first byte chooses the options;
// the rest are the orders, the barcodes and, if there is a third part, the
// customers, parted by the byte 0x1E.

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

std::vector<std::string> Parts(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const size_t end = text.find('\x1E');
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

void RequireCountsAgree(const ImportReport& report, const Store& store,
                        bool has_customers) {
  const Counts counts = store.OpenReadView().Counts();
  if (!report.imported) {
    Require(counts == Counts());
    return;
  }
  Require(counts.orders == report.orders.accepted);
  Require(counts.barcodes == report.barcodes.accepted);
  if (has_customers) Require(counts.customers == report.customers.accepted);
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

void Run(uint8_t choice, std::string_view text) {
  std::vector<std::string> parts = Parts(text);
  parts.resize(std::max<size_t>(parts.size(), 2));
  for (const std::string& part : parts) RequireEveryByteIsScanned(part);

  Input orders = Input::FromText("orders", parts[0]);
  Input barcodes = Input::FromText("barcodes", parts[1]);
  std::optional<Input> customers;
  if (parts.size() > 2) customers = Input::FromText("customers", parts[2]);
  const Sources sources = {.customers = customers ? &*customers : nullptr,
                           .orders = &orders,
                           .barcodes = &barcodes};
  ImportOptions options;
  options.duplicates = static_cast<Duplicates>(choice % 3);
  options.strict = choice >= 0x80;
  const std::unique_ptr<Store> store = *Store::OpenInMemory();
  const absl::StatusOr<ImportReport> report = Import(sources, options, *store);
  if (!report.ok()) {
    Require(report.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  RequireCountsAgree(*report, *store, customers.has_value());
  RequireRejectsAreInOrder(*report, sources);
  Require(store->Check().ok());
  RequireAgainChangesNothing(*report, sources, options, *store);
}

}  // namespace
}  // namespace orderstore::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  orderstore::csv::Run(data[0],
                       {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
