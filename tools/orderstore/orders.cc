#include "orders.h"

#include <array>

#include "csv/processed_orders.h"
#include "rows_command.h"

namespace orderstore::tools {

namespace {

constexpr char kOrdersFooter[] = R"(
Header customer_id,order_id,barcode; one line an order with barcodes, by
customer and order. The third field is the list of its barcodes in id order,
between brackets: [a] or "[a, b]". For the same files it is what
`orderstore process` writes to --output.
)";

absl::Status WriteOrders(const Store& store, csv::OutputFile& file) {
  // Of the same commit: a store that is open to read only stays as it is.
  const ReadView view = store.OpenReadView();
  const ReadView other_view = store.OpenReadView();
  const std::array<const Reader*, 2> readers = {&view, &other_view};
  return csv::WriteProcessedOrders(readers, file);
}

}  // namespace

void AddOrdersCommand(CLI::App& app, ExitCode& exit_code) {
  AddRowsCommand(app, exit_code, "orders",
                 "Write a store's orders, each with its barcodes, as CSV.",
                 kOrdersFooter, WriteOrders);
}

}  // namespace orderstore::tools
