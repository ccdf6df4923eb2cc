#include "import.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/import.h"
#include "csv/output_file.h"
#include "csv/rejects.h"
#include "csv/text.h"
#include "import_from.h"
#include "import_inputs.h"
#include "import_report.h"
#include "interrupt.h"
#include "message.h"
#include "orderstore/store.h"
#include "outputs.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kImportFooter[] = R"(
The files may be imported again, changed or not. Their rows are compared with
the store's, in the columns that the files state. What is equal is unchanged and
counts as accepted, new rows are added, and what is different is rejected:
  conflict            CUSTOMERS: the store has the customer_id with another
                      email or name, or the email with another customer_id
                      ORDERS: the store has the order with another customer, or
                      the email that its customer would get is another's
                      BARCODES: the store has the barcode on another order or
                      on none
An empty order_id says nothing about a barcode that was sold meanwhile; no file
says whether one is used. Orders may name customers, and barcodes orders, that
only the store has. Without --customers, customers that the store lacks get
`customer-ID@import.invalid` and `Customer ID`; a customers file conflicts with
those later: `orderstore shell` changes rows one by one. An order that conflicts
gets no new barcodes (unknown_order), a customer that conflicts no new orders
(unknown_customer). An order that has barcodes in the store is not warned of.

All goes into the store in one transaction, or nothing does. An import that
finds nothing new writes nothing and keeps the store's LSN.

Standard output: lines `CUSTOMER TICKETS` of the store after the import, most
tickets first, among equals the lower id first; then `unassigned N`. With --json
one object with all counts and the LSN, in which customers is how many the store
has and customers_file counts the file's rows; unchanged are those of the
accepted rows that the store had.
Standard error: rejected rows, of a conflict also what the store has, and
warnings, 20 of each at most, and sums.
--rejects: header file,line,reason,row: the file as named here, the first line
of the row (the header is on line 1), why, and the row as it was. It appears
whole or not at all, readable by its owner only, and is neither an input nor in
the store's folder. An input may be `-`, standard input.

--strict imports nothing if a row is rejected or an order has no barcodes. Then
only --rejects is written, and standard output is empty.

SIGINT and SIGTERM end the import, with nothing of it in the store, and the
process as the signal does; once it commits, it ends as if none had come.

Exit codes: 0 done, also with rejected rows; 1 failed, or --strict and a row was
rejected or an order has no barcodes; 2 wrong usage; 3 the store is damaged;
4 its format, or its revision of the schema, is not known.

Examples:
  orderstore import shop orders.csv barcodes.csv --customers customers.csv
  orderstore import shop orders.csv barcodes.csv --rejects rejects.csv --json
  orderstore import shop --from postgresql:///tickets
  pg_dump -d tickets | orderstore import shop --from -
)";

constexpr std::string_view kNothingImported = "nothing was imported";

struct StoredImport {
  std::string folder;
  ImportRequest request;
  std::optional<std::string> from;
  std::string schema = "public";
};

// Throws a CLI::ParseError if files are missing, or given together with what
// takes their place.
void CheckArguments(const StoredImport& import, const CLI::App& command) {
  for (const char* name : {"ORDERS", "BARCODES"}) {
    if (!import.from && command.count(name) == 0) {
      throw CLI::RequiredError(name);
    }
  }
  for (const char* name : {"ORDERS", "--customers", "--duplicates"}) {
    if (import.from && command.count(name) > 0) {
      throw CLI::ExcludesError("--from", name);
    }
  }
  if (!import.from && command.count("--schema") > 0) {
    throw CLI::RequiresError("--schema", "--from");
  }
}

ImportFromOptions FromOptions(const StoredImport& import) {
  return {.folder = import.folder,
          .from = *import.from,
          .schema = import.schema,
          .rejects = import.request.rejects,
          .top = import.request.top,
          .strict = import.request.strict,
          .json = import.request.json};
}

// What went wrong in the commit may have gone right.
std::string_view AfterError(const absl::Status& status) {
  return absl::IsUnknown(status)
             ? "whether all or nothing was imported shows when the store is "
               "opened again"
             : kNothingImported;
}

ExitCode WriteRejects(const csv::ImportReport& report,
                      const csv::Sources& sources,
                      std::optional<csv::OutputFile>& rejects) {
  if (!rejects) return kDone;
  absl::Status status = csv::WriteRejects(report.rejects, sources, *rejects);
  status.Update(rejects->Publish());
  if (status.ok()) return kDone;
  return PrintError(status,
                    absl::StrCat("all else was imported, LSN ", report.lsn));
}

ExitCode PrintResults(const StoredImport& import, const Store& store,
                      const csv::ImportReport& report,
                      const csv::Sources& sources) {
  const ReadView view = store.OpenReadView();
  const std::vector<CustomerTickets> top =
      view.TopCustomers(import.request.top);
  return PrintResult(
      import.request.json
          ? JsonResult(report, sources, view.Counts(), top, ImportInto::kStored)
          : TextResult(view.Counts(), top),
      absl::StrCat("all was imported, LSN ", report.lsn));
}

void PrintIfNew(const StoredImport& import, const Store& store) {
  if (!store.open_report().created) return;
  PrintMessage(absl::StrCat("the new store in ", csv::Printable(import.folder),
                            " is empty"));
}

ExitCode Run(const StoredImport& import, ImportInputs& inputs,
             std::optional<csv::OutputFile>& rejects) {
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToWrite(import.folder, Options());
  if (!store.ok()) {
    return PrintStoreError(store.status(), import.folder, kNothingImported);
  }
  const csv::Sources sources = inputs.sources();
  const absl::StatusOr<csv::ImportReport> report =
      RunImport(import.request, sources, **store);
  if (!report.ok()) {
    const ExitCode code =
        PrintImportError(report.status(), AfterError(report.status()));
    if (!absl::IsUnknown(report.status())) PrintIfNew(import, **store);
    return code;
  }
  PrintMessages(*report, sources, import.request.rejects);
  if (!report->imported) {
    const ExitCode code = ReportRefusal(*report, sources, rejects);
    PrintIfNew(import, **store);
    return code;
  }
  PrintMessage(absl::StrCat("LSN ", report->lsn));
  if (ExitCode code = WriteRejects(*report, sources, rejects); code != kDone) {
    return code;
  }
  return PrintResults(import, **store, *report, sources);
}

ExitCode Import(const StoredImport& import) {
  absl::Status status = CheckStandardInput(import.request);
  if (!status.ok()) return PrintUsageError(status, "orderstore import");
  ImportInputs inputs;
  status = OpenInputs(import.request, inputs);
  if (!status.ok()) return PrintError(status, kNothingImported);
  const NamedOutput output = {"--rejects", import.request.rejects};
  status = CheckFilesDiffer(inputs, {&output, 1});
  status.Update(CheckOutsideStore(output, import.folder));
  if (!status.ok()) return PrintUsageError(status, "orderstore import");
  CatchInterrupts();
  std::optional<csv::OutputFile> rejects;
  status = CreateOutput(import.request.rejects, rejects);
  if (!status.ok()) return PrintError(status, kNothingImported);
  return Run(import, inputs, rejects);
}

}  // namespace

void AddImportCommand(CLI::App& app, ExitCode& exit_code) {
  auto import = std::make_shared<StoredImport>();
  CLI::App* const command = app.add_subcommand(
      "import",
      "Read orders and barcodes into a store on disk, from CSV or PostgreSQL, "
      "and\nprint the customers with the most tickets and how many barcodes "
      "are "
      "unassigned.");
  command
      ->add_option("DIR", import->folder,
                   "Folder of the store, made if it is missing")
      ->required()
      ->transform(FolderPath());
  AddImportArguments(*command, import->request);
  // With --from they are not.
  command->get_option("ORDERS")->required(false);
  command->get_option("BARCODES")->required(false);
  command
      ->add_option("--from", import->from,
                   "Read a PostgreSQL database, or a script of one")
      ->option_text("URI|FILE");
  command
      ->add_option("-n,--schema", import->schema,
                   "With --from: schema of the tables (public)")
      ->option_text("NAME");
  command->footer(std::string(kInputHelp) + kImportFromHelp + kImportFooter);
  command->callback([import, command, &exit_code] {
    CheckArguments(*import, *command);
    exit_code =
        import->from ? ImportFrom(FromOptions(*import)) : Import(*import);
  });
}

}  // namespace orderstore::tools
