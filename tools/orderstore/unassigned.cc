#include "unassigned.h"

#include "csv/unassigned_barcodes.h"
#include "rows_command.h"

namespace orderstore::tools {

namespace {

constexpr char kUnassignedFooter[] = R"(
Header barcode; one line a barcode that is not sold, in id order. For the same
files it is what `orderstore process` writes to --unassigned.
)";

absl::Status WriteUnassigned(const Store& store, csv::OutputFile& file) {
  const ReadView view = store.OpenReadView();
  return csv::WriteUnassignedBarcodes(view, file);
}

}  // namespace

void AddUnassignedCommand(CLI::App& app, ExitCode& exit_code) {
  AddRowsCommand(app, exit_code, "unassigned",
                 "Write a store's unassigned barcodes as CSV.",
                 kUnassignedFooter, WriteUnassigned);
}

}  // namespace orderstore::tools
