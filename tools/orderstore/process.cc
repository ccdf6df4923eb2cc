#include "process.h"

#include <array>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/file_identity.h"
#include "csv/import.h"
#include "csv/input.h"
#include "csv/output_file.h"
#include "csv/processed_orders.h"
#include "csv/rejects.h"
#include "csv/text.h"
#include "csv/unassigned_barcodes.h"
#include "message.h"
#include "orderstore/store.h"
#include "process_report.h"
#include "progress.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kFooter[] = R"(
Input is CSV (RFC 4180) in UTF-8: comma, double quotes, LF or CRLF, with or
without a byte order mark or a last line end. The first line names the columns,
in any order; columns not named here are ignored. Spaces and tabs around names
and fields are trimmed. Lines that are empty or blank are no rows.
  ORDERS     order_id,customer_id
  BARCODES   barcode,order_id       no order_id: the barcode is unassigned
  CUSTOMERS  customer_id,email,name the name may be empty
Ids are integers from 1 to 2147483647 in decimal digits (007 is 7). Barcodes are
text (007 is not 7). Without --customers, a customer comes into being with its
first accepted order; with it, its rows are the customers.

A bad row is rejected alone, for the first reason that applies:
  wrong_field_count   not as many fields as the header has, or broken quotes
  bad_customer        CUSTOMERS: no customer_id or no email
  incomplete_order    ORDERS: no order_id or no customer_id
  missing_barcode     BARCODES: no barcode
  bad_id              an id is not an integer from 1 to 2147483647
  bad_text            not UTF-8, holds a NUL, or over 255 characters
  duplicate_customer  an earlier kept row has the customer_id or the email
  duplicate_order     an earlier row has the order_id; the first is kept
  duplicate_barcode   other rows have the barcode; --duplicates says who stays:
                      keep-first   the first row
                      drop-all     none of them
                      prefer-sold  the first that names a known order, else
                                   the first
  unknown_customer    ORDERS: the customer is not in CUSTOMERS
  unknown_order       BARCODES: no such order was accepted
Rows rejected for a reason above duplicate_* take no part in deciding
duplicates. Orders without barcodes are accepted, warned of, and not in the
processed orders.

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
rejected or an order has no barcodes; 2 wrong usage.

Examples:
  orderstore process orders.csv barcodes.csv
  orderstore process orders.csv barcodes.csv --rejects rejects.csv --top 10
  orderstore process orders.csv barcodes.csv --strict --json
)";

constexpr std::string_view kNothingDone =
    "nothing was imported, nothing was written";

constexpr std::string_view kStandardInput = "-";

// The files that a run reads and writes.
struct Files {
  std::optional<csv::Input> customers;
  std::optional<csv::Input> orders;
  std::optional<csv::Input> barcodes;

  std::optional<csv::OutputFile> output;
  std::optional<csv::OutputFile> rejects;
  std::optional<csv::OutputFile> unassigned;

  csv::Sources sources() {
    return {.customers = customers ? &*customers : nullptr,
            .orders = &*orders,
            .barcodes = &*barcodes};
  }
};

absl::Status OpenInput(const std::string& path,
                       std::optional<csv::Input>& input) {
  absl::StatusOr<csv::Input> opened = path == kStandardInput
                                          ? csv::Input::OpenStandardInput()
                                          : csv::Input::Open(path);
  if (!opened.ok()) return opened.status();
  input.emplace(*std::move(opened));
  return absl::OkStatus();
}

absl::Status OpenInputs(const ProcessOptions& options, Files& files) {
  absl::Status status = OpenInput(options.orders, files.orders);
  status.Update(OpenInput(options.barcodes, files.barcodes));
  if (options.customers) {
    status.Update(OpenInput(*options.customers, files.customers));
  }
  return status;
}

absl::Status CreateOutput(const std::optional<std::string>& path,
                          std::optional<csv::OutputFile>& output) {
  if (!path) return absl::OkStatus();
  absl::StatusOr<csv::OutputFile> created = csv::OutputFile::Create(*path);
  if (!created.ok()) return created.status();
  output.emplace(*std::move(created));
  return absl::OkStatus();
}

absl::Status CreateOutputs(const ProcessOptions& options, Files& files) {
  absl::Status status = CreateOutput(options.output, files.output);
  status.Update(CreateOutput(options.rejects, files.rejects));
  status.Update(CreateOutput(options.unassigned, files.unassigned));
  return status;
}

// InvalidArgument: more than one input is standard input.
absl::Status CheckStandardInput(const ProcessOptions& options) {
  const int count = (options.orders == kStandardInput ? 1 : 0) +
                    (options.barcodes == kStandardInput ? 1 : 0) +
                    (options.customers == kStandardInput ? 1 : 0);
  if (count <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "only one input can be '-', standard input");
}

// InvalidArgument: an output is an input, another output, or where a standard
// stream goes, so that one would take the other's place.
absl::Status CheckFilesDiffer(const ProcessOptions& options,
                              const Files& files) {
  struct Named {
    std::string_view role;
    csv::FileIdentity identity;
  };
  std::vector<Named> seen;
  const auto add_stream = [&seen](std::string_view role, const char* path) {
    const std::optional<csv::FileIdentity> identity = csv::IdentityOf(path);
    if (identity) seen.push_back({role, *identity});
  };
  add_stream("standard output", "/dev/stdout");
  add_stream("standard error", "/dev/stderr");
  const auto add_input = [&seen](std::string_view role,
                                 const std::optional<csv::Input>& input) {
    if (input && input->identity()) seen.push_back({role, *input->identity()});
  };
  add_input("the orders", files.orders);
  add_input("the barcodes", files.barcodes);
  add_input("--customers", files.customers);

  const std::array<std::pair<std::string_view, std::optional<std::string>>, 3>
      outputs = {{{"--output", options.output},
                  {"--rejects", options.rejects},
                  {"--unassigned", options.unassigned}}};
  for (const auto& [role, path] : outputs) {
    if (!path) continue;
    const std::optional<csv::FileIdentity> identity = csv::IdentityOf(*path);
    if (!identity) continue;
    for (const Named& other : seen) {
      if (other.identity == *identity) {
        return absl::InvalidArgumentError(
            absl::StrCat(std::string(role), " ", csv::Printable(*path),
                         " is the same file as ", std::string(other.role)));
      }
    }
    seen.push_back({role, *identity});
  }
  return absl::OkStatus();
}

absl::StatusOr<csv::ImportReport> Import(const ProcessOptions& options,
                                         const csv::Sources& sources,
                                         Store& store) {
  Progress progress("rows imported");
  const csv::ImportOptions import_options = {
      .duplicates = options.duplicates,
      .strict = options.strict,
      .progress = [&progress](int64_t rows) { progress.Show(rows); }};
  return csv::Import(sources, import_options, store);
}

absl::Status WriteOutputs(const Store& store, const csv::ImportReport& report,
                          Files& files) {
  // Of the same commit: nobody else has this store.
  const ReadView view = store.OpenReadView();
  const ReadView other_view = store.OpenReadView();
  const std::array<const Reader*, 2> readers = {&view, &other_view};
  absl::Status status = csv::WriteProcessedOrders(readers, *files.output);
  if (files.rejects) {
    status.Update(
        csv::WriteRejects(report.rejects, files.sources(), *files.rejects));
  }
  if (files.unassigned) {
    status.Update(csv::WriteUnassignedBarcodes(view, *files.unassigned));
  }
  for (std::optional<csv::OutputFile>* file :
       {&files.output, &files.rejects, &files.unassigned}) {
    if (*file) status.Update((*file)->Flush());
  }
  return status;
}

// Puts the outputs in place. On an error, says which already are.
ExitCode PublishOutputs(Files& files) {
  std::string published;
  for (std::optional<csv::OutputFile>* file :
       {&files.output, &files.rejects, &files.unassigned}) {
    if (!*file) continue;
    if (absl::Status status = (*file)->Publish(); !status.ok()) {
      return PrintError(
          status, published.empty()
                      ? "this file is as it was"
                      : absl::StrCat("this file is as it was; already written:",
                                     published));
    }
    absl::StrAppend(&published, " ", csv::Printable((*file)->path()));
  }
  return kDone;
}

// Of an import that --strict refused, writes the rejects where that is asked
// for, and nothing else.
ExitCode ReportRefusal(const csv::ImportReport& report, Files& files) {
  std::string written = "nothing";
  if (files.rejects) {
    absl::Status status =
        csv::WriteRejects(report.rejects, files.sources(), *files.rejects);
    status.Update(files.rejects->Publish());
    if (!status.ok()) return PrintError(status, kNothingDone);
    written = csv::Printable(files.rejects->path()) + " alone";
  }
  PrintMessage(absl::StrCat(
      "orderstore: --strict: ",
      Counted(std::ssize(report.rejects), "row", "rows"), " rejected, ",
      Counted(std::ssize(report.orders_without_barcodes),
              "order without barcodes", "orders without barcodes"),
      "; nothing was imported, ", written, " was written"));
  return kFailed;
}

ExitCode PrintUsageError(const absl::Status& status) {
  PrintMessage(UsageMessage({status.message().data(), status.message().size()},
                            "orderstore process"));
  return kUsage;
}

}  // namespace

ExitCode Process(const ProcessOptions& options) {
  Files files;
  if (absl::Status status = CheckStandardInput(options); !status.ok()) {
    return PrintUsageError(status);
  }
  if (absl::Status status = OpenInputs(options, files); !status.ok()) {
    return PrintError(status, kNothingDone);
  }
  if (absl::Status status = CheckFilesDiffer(options, files); !status.ok()) {
    return PrintUsageError(status);
  }
  if (absl::Status status = CreateOutputs(options, files); !status.ok()) {
    return PrintError(status, kNothingDone);
  }

  absl::StatusOr<std::unique_ptr<Store>> store =
      Store::OpenInMemory({.huge_pages = true});
  if (!store.ok()) return PrintError(store.status(), kNothingDone);
  const absl::StatusOr<csv::ImportReport> report =
      Import(options, files.sources(), **store);
  if (!report.ok()) return PrintError(report.status(), kNothingDone);
  PrintMessages(*report, files.sources(), options.rejects);
  if (!report->imported) return ReportRefusal(*report, files);

  if (absl::Status status = WriteOutputs(**store, *report, files);
      !status.ok()) {
    return PrintError(status, "nothing was written");
  }
  if (ExitCode code = PublishOutputs(files); code != kDone) return code;
  const ReadView view = (*store)->OpenReadView();
  const std::vector<CustomerTickets> top = view.TopCustomers(options.top);
  return PrintResult(
      options.json ? JsonResult(*report, files.sources(), view.Counts(), top)
                   : TextResult(view.Counts(), top),
      "the files are written");
}

void AddProcessCommand(CLI::App& app, ExitCode& exit_code) {
  const auto number = [](csv::Duplicates policy) {
    return static_cast<int>(policy);
  };
  const CLI::Validator policy =
      OneOf({{"keep-first", number(csv::Duplicates::kKeepFirst)},
             {"drop-all", number(csv::Duplicates::kDropAll)},
             {"prefer-sold", number(csv::Duplicates::kPreferSold)}});
  auto options = std::make_shared<ProcessOptions>();
  CLI::App* const command = app.add_subcommand(
      "process",
      "Read orders and barcodes, write each order with its barcodes, print "
      "the\ncustomers with the most tickets and how many barcodes are "
      "unassigned.");
  command->add_option("ORDERS", options->orders, "CSV file of orders")
      ->required()
      ->transform(InputPath());
  command->add_option("BARCODES", options->barcodes, "CSV file of barcodes")
      ->required()
      ->transform(InputPath());
  command
      ->add_option("--customers", options->customers, "CSV file of customers")
      ->option_text("FILE")
      ->transform(InputPath());
  command
      ->add_option("--output", options->output,
                   "Where the processed orders go (processed_orders.csv)")
      ->option_text("FILE")
      ->transform(OutputPath());
  command->add_option("--rejects", options->rejects, "Write the rejected rows")
      ->option_text("FILE")
      ->transform(OutputPath());
  command
      ->add_option("--unassigned", options->unassigned,
                   "Write the unassigned barcodes")
      ->option_text("FILE")
      ->transform(OutputPath());
  command->add_option("--top", options->top, "How many customers to print (5)")
      ->option_text("K")
      ->transform(WholeNumber(0, INT32_MAX));
  command
      ->add_option("--duplicates", options->duplicates,
                   "Which rows of the same barcode stay: keep-first (default), "
                   "drop-all\nor prefer-sold")
      ->option_text("POLICY")
      ->transform(policy);
  command
      ->add_flag("--strict", options->strict,
                 "Import nothing if a row is bad or an order has no barcodes, "
                 "and\nwrite nothing but --rejects")
      ->disable_flag_override();
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command->footer(kFooter);
  command->callback([options, &exit_code] { exit_code = Process(*options); });
}

}  // namespace orderstore::tools
