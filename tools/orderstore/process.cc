#include "process.h"

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "argument.h"
#include "csv/import.h"
#include "csv/output_file.h"
#include "csv/processed_orders.h"
#include "csv/rejects.h"
#include "csv/unassigned_barcodes.h"
#include "import_report.h"
#include "interrupt.h"
#include "message.h"
#include "orderstore/store.h"
#include "outputs.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kProcessFooter[] = R"(
Standard output: lines `CUSTOMER TICKETS`, most tickets first, among equals the
lower id first; then `unassigned N`. With --json one object with all counts, in
which customers is how many there are and customers_file counts its rows.
Standard error: rejected rows and warnings, 20 of each at most, and sums.

--output     header customer_id,order_id,barcode; one line an order with
             barcodes, by customer and order. The third field is the list of
             its barcodes in file order, between brackets, a comma and a space
             between two: [a] or "[a, b]". As CSV has it, the field is in double
             quotes, and double quotes in it are doubled, if it has a comma, a
             double quote or a line end. Nothing else in a barcode is marked or
             changed: one with a comma and a space reads as two.
--rejects    header file,line,reason,row: the file as named here, the first line
             of the row (the header is on line 1), why, and the row as it was.
--unassigned header barcode; one line a barcode, in file order.
Files appear whole or not at all, readable by their owner only. Through a
symbolic link the file that it leads to is written. An input cannot be an
output. An input may be `-`, standard input.

--strict imports nothing if a row is rejected or an order has no barcodes. Then
only --rejects is written, and standard output is empty.

Exit codes: 0 done, also with rejected rows; 1 failed, or --strict and a row was
rejected or an order has no barcodes; 2 wrong usage. SIGINT and SIGTERM end it
where no file is half written, by the signal.

Examples:
  orderstore process orders.csv barcodes.csv
  orderstore process orders.csv barcodes.csv --rejects rejects.csv --top 10
  orderstore process orders.csv barcodes.csv --strict --json
)";

constexpr std::string_view kNothingProcessed =
    "nothing was imported, nothing was written";

// The files that a run writes.
struct Outputs {
  std::optional<csv::OutputFile> output;
  std::optional<csv::OutputFile> rejects;
  std::optional<csv::OutputFile> unassigned;

  std::array<std::optional<csv::OutputFile>*, 3> all() {
    return {&output, &rejects, &unassigned};
  }
};

absl::Status CheckOutputs(const ProcessOptions& options,
                          const ImportInputs& inputs) {
  const std::array<NamedOutput, 3> outputs = {
      {{"--output", options.output},
       {"--rejects", options.request.rejects},
       {"--unassigned", options.unassigned}}};
  return CheckFilesDiffer(inputs, outputs);
}

absl::Status CreateOutputs(const ProcessOptions& options, Outputs& outputs) {
  absl::Status status = CreateOutput(options.output, outputs.output);
  status.Update(CreateOutput(options.request.rejects, outputs.rejects));
  status.Update(CreateOutput(options.unassigned, outputs.unassigned));
  return status;
}

absl::Status WriteOutputs(const Store& store, const csv::ImportReport& report,
                          const csv::Sources& sources, Outputs& outputs) {
  // Of the same commit: nobody else has this store.
  const ReadView view = store.OpenReadView();
  const ReadView other_view = store.OpenReadView();
  const std::array<const Reader*, 2> readers = {&view, &other_view};
  absl::Status status = csv::WriteProcessedOrders(readers, *outputs.output);
  if (outputs.rejects) {
    status.Update(csv::WriteRejects(report.rejects, sources, *outputs.rejects));
  }
  if (outputs.unassigned) {
    status.Update(csv::WriteUnassignedBarcodes(view, *outputs.unassigned));
  }
  for (std::optional<csv::OutputFile>* file : outputs.all()) {
    if (*file) status.Update((*file)->Flush());
  }
  return status;
}

// Imports, and writes what is asked for.
ExitCode Run(const ProcessOptions& options, ImportInputs& inputs,
             Outputs& outputs) {
  absl::StatusOr<std::unique_ptr<Store>> store =
      Store::OpenInMemory({.huge_pages = true});
  if (!store.ok()) return PrintError(store.status(), kNothingProcessed);
  const csv::Sources sources = inputs.sources();
  const absl::StatusOr<csv::ImportReport> report =
      RunImport(options.request, sources, **store);
  if (!report.ok()) return PrintImportError(report.status(), kNothingProcessed);
  PrintMessages(*report, sources, options.request.rejects);
  if (!report->imported) {
    return ReportRefusal(*report, sources, outputs.rejects);
  }
  if (absl::Status status = WriteOutputs(**store, *report, sources, outputs);
      !status.ok()) {
    return PrintError(status, "nothing was written");
  }
  if (CaughtSignal() != 0) return PrintInterrupted("nothing was written");
  if (ExitCode code = PublishOutputs(outputs.all()); code != kDone) return code;
  const ReadView view = (*store)->OpenReadView();
  const std::vector<CustomerTickets> top =
      view.TopCustomers(options.request.top);
  return PrintResult(options.request.json
                         ? JsonResult(*report, sources, view.Counts(), top)
                         : TextResult(view.Counts(), top),
                     "the files are written");
}

}  // namespace

ExitCode Process(const ProcessOptions& options) {
  ImportInputs inputs;
  if (absl::Status status = CheckStandardInput(options.request); !status.ok()) {
    return PrintUsageError(status, "orderstore process");
  }
  if (absl::Status status = OpenInputs(options.request, inputs); !status.ok()) {
    return PrintError(status, kNothingProcessed);
  }
  if (absl::Status status = CheckOutputs(options, inputs); !status.ok()) {
    return PrintUsageError(status, "orderstore process");
  }
  CatchInterrupts();
  Outputs outputs;
  if (absl::Status status = CreateOutputs(options, outputs); !status.ok()) {
    return PrintError(status, kNothingProcessed);
  }
  return Run(options, inputs, outputs);
}

void AddProcessCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ProcessOptions>();
  CLI::App* const command = app.add_subcommand(
      "process",
      "Read orders and barcodes, write each order with its barcodes, print "
      "the\ncustomers with the most tickets and how many barcodes are "
      "unassigned.");
  AddImportArguments(*command, options->request);
  command
      ->add_option("--output", options->output,
                   "Where the processed orders go (processed_orders.csv)")
      ->option_text("FILE")
      ->transform(OutputPath());
  command
      ->add_option("--unassigned", options->unassigned,
                   "Write the unassigned barcodes")
      ->option_text("FILE")
      ->transform(OutputPath());
  command->footer(std::string(kInputHelp) + kProcessFooter);
  command->callback([options, &exit_code] { exit_code = Process(*options); });
}

}  // namespace orderstore::tools
