#include "import_inputs.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "argument.h"
#include "interrupt.h"
#include "progress.h"

namespace orderstore::tools {

namespace {

constexpr std::string_view kStandardInput = "-";

absl::Status OpenInput(const std::string& path,
                       std::optional<csv::Input>& input) {
  absl::StatusOr<csv::Input> opened = path == kStandardInput
                                          ? csv::Input::OpenStandardInput()
                                          : csv::Input::Open(path);
  if (!opened.ok()) return opened.status();
  input.emplace(*std::move(opened));
  return absl::OkStatus();
}

void AddPolicy(CLI::App& command, csv::Duplicates& duplicates) {
  const auto number = [](csv::Duplicates policy) {
    return static_cast<int>(policy);
  };
  command
      .add_option("--duplicates", duplicates,
                  "Which rows of the same barcode stay (keep-first)")
      ->option_text("keep-first|drop-all|prefer-sold")
      ->transform(
          OneOf({{"keep-first", number(csv::Duplicates::kKeepFirst)},
                 {"drop-all", number(csv::Duplicates::kDropAll)},
                 {"prefer-sold", number(csv::Duplicates::kPreferSold)}}));
}

}  // namespace

const char kInputHelp[] = R"(
Input is CSV (RFC 4180) in UTF-8: comma, double quotes, LF or CRLF, with or
without a byte order mark or a last line end. The first line names the columns,
in any order; columns not named here are ignored. Spaces and tabs around names
and fields are trimmed. Lines that are empty or blank are no rows.
  ORDERS     order_id,customer_id
  BARCODES   barcode,order_id; no order_id: the barcode is unassigned
  CUSTOMERS  customer_id,email,name; the name may be empty
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
)";

void AddImportArguments(CLI::App& command, ImportRequest& request) {
  command.add_option("ORDERS", request.orders, "CSV file of orders")
      ->required()
      ->transform(InputPath());
  command.add_option("BARCODES", request.barcodes, "CSV file of barcodes")
      ->required()
      ->transform(InputPath());
  command.add_option("--customers", request.customers, "CSV file of customers")
      ->option_text("FILE")
      ->transform(InputPath());
  command.add_option("--rejects", request.rejects, "Write the rejected rows")
      ->option_text("FILE")
      ->transform(OutputPath());
  command.add_option("--top", request.top, "How many customers to print (5)")
      ->option_text("K")
      ->transform(WholeNumber(0, INT32_MAX));
  AddPolicy(command, request.duplicates);
  command
      .add_flag("--strict", request.strict,
                "Import nothing if a row is bad or an order has no barcodes, "
                "and\nwrite nothing but --rejects")
      ->disable_flag_override();
  command.add_flag("--json", request.json, "Print one JSON object")
      ->disable_flag_override();
}

absl::Status CheckStandardInput(const ImportRequest& request) {
  const int count = (request.orders == kStandardInput ? 1 : 0) +
                    (request.barcodes == kStandardInput ? 1 : 0) +
                    (request.customers == kStandardInput ? 1 : 0);
  if (count <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "only one input can be '-', standard input");
}

absl::Status OpenInputs(const ImportRequest& request, ImportInputs& inputs) {
  absl::Status status = OpenInput(request.orders, inputs.orders);
  status.Update(OpenInput(request.barcodes, inputs.barcodes));
  if (request.customers) {
    status.Update(OpenInput(*request.customers, inputs.customers));
  }
  return status;
}

absl::StatusOr<csv::ImportReport> RunImport(const ImportRequest& request,
                                            const csv::Sources& sources,
                                            Store& store) {
  Progress progress("rows imported");
  const csv::ImportOptions options = {
      .duplicates = request.duplicates,
      .strict = request.strict,
      .progress = [&progress](int64_t rows) { progress.Show(rows); },
      .is_cancelled = [] { return CaughtSignal() != 0; }};
  return csv::Import(sources, options, store);
}

}  // namespace orderstore::tools
