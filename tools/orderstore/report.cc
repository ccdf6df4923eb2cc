#include "report.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "import_report.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

constexpr char kReportFooter[] = R"(
Reads the newest durable state, also while another process writes to the store,
and changes nothing.

Standard output: lines `CUSTOMER TICKETS`, most tickets first, among equals the
lower id first; then lines `NAME N`: unassigned, unused, customers, orders,
barcodes and lsn. With --json one object.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged; 4 its
format, or its revision of the schema, is not known.

Examples:
  orderstore report shop
  orderstore report shop --top 20 --json
)";

struct ReportOptions {
  std::string folder;
  size_t top = 5;
  bool json = false;
};

std::string ReportText(const ReadView& view,
                       const std::vector<CustomerTickets>& top) {
  const Counts counts = view.Counts();
  return absl::StrCat(TextResult(counts, top), "unused ",
                      counts.unused_barcodes, "\ncustomers ", counts.customers,
                      "\norders ", counts.orders, "\nbarcodes ",
                      counts.barcodes, "\nlsn ", view.lsn(), "\n");
}

std::string ReportJson(const ReadView& view,
                       const std::vector<CustomerTickets>& top) {
  const Counts counts = view.Counts();
  nlohmann::ordered_json json = {
      {"lsn", view.lsn()},
      {"customers", counts.customers},
      {"orders", counts.orders},
      {"barcodes", counts.barcodes},
      {"assigned_barcodes", counts.barcodes - counts.unassigned_barcodes},
      {"unassigned_barcodes", counts.unassigned_barcodes},
      {"unused_barcodes", counts.unused_barcodes}};
  json["top_customers"] = nlohmann::ordered_json::array();
  for (const CustomerTickets& customer : top) {
    json["top_customers"].push_back(
        {{"customer_id", customer.customer_id.value()},
         {"ticket_count", customer.ticket_count}});
  }
  return json.dump() + "\n";
}

ExitCode Report(const ReportOptions& options) {
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, "nothing was read");
  }
  const ReadView view = (*store)->OpenReadView();
  const std::vector<CustomerTickets> top = view.TopCustomers(options.top);
  return PrintResult(
      options.json ? ReportJson(view, top) : ReportText(view, top),
      "the store is as it was");
}

}  // namespace

void AddReportCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* const command = app.add_subcommand(
      "report",
      "Print a store's customers with the most tickets, how many barcodes are\n"
      "unassigned, and how many rows there are.");
  command
      ->add_option("DIR", options->folder,
                   "Folder of the store, or NAME.snapshot, a snapshot file")
      ->required()
      ->transform(FolderPath());
  command->add_option("--top", options->top, "How many customers to print (5)")
      ->option_text("K")
      ->transform(WholeNumber(0, INT32_MAX));
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command->footer(kReportFooter);
  command->callback([options, &exit_code] { exit_code = Report(*options); });
}

}  // namespace orderstore::tools
