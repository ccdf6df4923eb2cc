#include "import_report.h"

#include <iterator>
#include <map>
#include <span>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "csv/text.h"
#include "message.h"
#include "nlohmann/json.hpp"

namespace orderstore::tools {

namespace {

using nlohmann::ordered_json;

std::string Place(const csv::Sources& sources, csv::Table table, int64_t line) {
  return absl::StrCat(csv::Printable(sources.of(table).name()), ":", line);
}

std::string ReasonCounts(std::span<const csv::Reject> rejects) {
  std::string list;
  for (const auto& [reason, count] : csv::CountByReason(rejects)) {
    if (!list.empty()) list += ", ";
    absl::StrAppend(&list, count, " ", std::string(csv::NameOf(reason)));
  }
  return list;
}

// What is said of a conflict beside the row: `; the store has ...`.
std::string StoredInstead(const csv::Reject& reject,
                          const std::vector<csv::Conflict>& conflicts) {
  if (reject.reason != csv::Reason::kConflict) return "";
  for (const csv::Conflict& conflict : conflicts) {
    if (conflict.table == reject.table && conflict.line == reject.line) {
      return "; the store has " + csv::Printable(conflict.stored);
    }
  }
  return "";
}

void PrintRejects(const csv::ImportReport& report, const csv::Sources& sources,
                  const std::optional<std::string>& path) {
  const std::span all(report.rejects);
  const size_t shown = std::min(all.size(), kMessagesMax);
  csv::RejectedRows rows(sources);
  for (const csv::Reject& reject : all.first(shown)) {
    PrintMessage(absl::StrCat(Place(sources, reject.table, reject.line), ": ",
                              std::string(csv::NameOf(reject.reason)), ": ",
                              csv::Printable(rows.TextOf(reject)),
                              StoredInstead(reject, report.conflicts)));
  }
  if (shown == all.size()) return;
  PrintMessage(absl::StrCat(
      Counted(static_cast<int64_t>(all.size() - shown), "more row",
              "more rows"),
      " rejected: ", ReasonCounts(all.subspan(shown)), " (",
      path ? csv::Printable(*path) : "--rejects FILE", " lists all)"));
}

void PrintOrdersWithoutBarcodes(const csv::ImportReport& report,
                                const csv::Sources& sources) {
  const std::span all(report.orders_without_barcodes);
  const size_t shown = std::min(all.size(), kMessagesMax);
  for (const csv::OrderWithoutBarcodes& order : all.first(shown)) {
    PrintMessage(absl::StrCat(Place(sources, csv::Table::kOrders, order.line),
                              ": warning: order ", order.order_id.value(),
                              " has no barcodes"));
  }
  if (shown == all.size()) return;
  PrintMessage("warning: " + Counted(static_cast<int64_t>(all.size() - shown),
                                     "more order has no barcodes",
                                     "more orders have no barcodes"));
}

void PrintSum(const csv::Input& input, const csv::RowCounts& counts) {
  PrintMessage(absl::StrCat(
      csv::Printable(input.name()), ": ", Counted(counts.rows(), "row", "rows"),
      " = ", counts.accepted, " accepted",
      counts.unchanged > 0 ? absl::StrCat(" (", counts.unchanged, " unchanged)")
                           : "",
      " + ", counts.rejected, " rejected"));
}

ordered_json CountsJson(const csv::RowCounts& counts, ImportInto into) {
  ordered_json json = {{"rows", counts.rows()}, {"accepted", counts.accepted}};
  if (into == ImportInto::kStored) json["unchanged"] = counts.unchanged;
  json["rejected"] = counts.rejected;
  return json;
}

}  // namespace

void PrintMessages(const csv::ImportReport& report, const csv::Sources& sources,
                   const std::optional<std::string>& rejects_path) {
  PrintRejects(report, sources, rejects_path);
  PrintOrdersWithoutBarcodes(report, sources);
  if (sources.customers != nullptr) {
    PrintSum(*sources.customers, report.customers);
  }
  PrintSum(*sources.orders, report.orders);
  PrintSum(*sources.barcodes, report.barcodes);
  if (!report.orders_without_barcodes.empty()) {
    PrintMessage(absl::StrCat("orders without barcodes: ",
                              report.orders_without_barcodes.size()));
  }
}

std::string TextResult(const Counts& counts,
                       const std::vector<CustomerTickets>& top) {
  std::string text;
  for (const CustomerTickets& customer : top) {
    absl::StrAppend(&text, customer.customer_id.value(), " ",
                    customer.ticket_count, "\n");
  }
  absl::StrAppend(&text, "unassigned ", counts.unassigned_barcodes, "\n");
  return text;
}

std::string JsonResult(const csv::ImportReport& report,
                       const csv::Sources& sources, const Counts& counts,
                       const std::vector<CustomerTickets>& top,
                       ImportInto into) {
  ordered_json json;
  if (into == ImportInto::kStored) json["lsn"] = report.lsn;
  json["orders"] = CountsJson(report.orders, into);
  json["barcodes"] = CountsJson(report.barcodes, into);
  if (sources.customers != nullptr) {
    json["customers_file"] = CountsJson(report.customers, into);
  }
  json["customers"] = counts.customers;
  json["assigned_barcodes"] = counts.barcodes - counts.unassigned_barcodes;
  json["unassigned_barcodes"] = counts.unassigned_barcodes;
  json["orders_without_barcodes"] = report.orders_without_barcodes.size();
  json["top_customers"] = ordered_json::array();
  for (const CustomerTickets& customer : top) {
    json["top_customers"].push_back(
        {{"customer_id", customer.customer_id.value()},
         {"ticket_count", customer.ticket_count}});
  }
  json["rejects"] = ordered_json::object();
  for (const auto& [reason, count] : csv::CountByReason(report.rejects)) {
    json["rejects"][std::string(csv::NameOf(reason))] = count;
  }
  return json.dump() + "\n";
}

ExitCode ReportRefusal(const csv::ImportReport& report,
                       const csv::Sources& sources,
                       std::optional<csv::OutputFile>& rejects) {
  std::string written = "nothing";
  if (rejects) {
    absl::Status status = csv::WriteRejects(report.rejects, sources, *rejects);
    status.Update(rejects->Publish());
    if (!status.ok())
      return PrintError(status, "nothing was imported, nothing was written");
    written = csv::Printable(rejects->path()) + " alone";
  }
  PrintMessage(absl::StrCat(
      "orderstore: --strict: ",
      Counted(std::ssize(report.rejects), "row", "rows"), " rejected, ",
      Counted(std::ssize(report.orders_without_barcodes),
              "order without barcodes", "orders without barcodes"),
      "; nothing was imported, ", written, " was written"));
  return kFailed;
}

ExitCode PrintImportError(const absl::Status& status, std::string_view after) {
  return absl::IsCancelled(status) ? PrintInterrupted(after)
                                   : PrintError(status, after);
}

}  // namespace orderstore::tools
