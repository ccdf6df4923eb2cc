// What `orderstore process` says about an import.

#ifndef ORDERSTORE_TOOLS_PROCESS_REPORT_H_
#define ORDERSTORE_TOOLS_PROCESS_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "csv/import.h"
#include "csv/rejects.h"
#include "orderstore/records.h"

namespace orderstore::tools {

// Rejected rows and orders without barcodes are named one by one up to so many.
inline constexpr size_t kMessagesMax = 20;

// Prints on standard error: rejected rows, orders without barcodes, and for
// each file rows = accepted + rejected.
// `rejects_path` is where all rejects are written, if anywhere.
void PrintMessages(const csv::ImportReport& report, const csv::Sources& sources,
                   const std::optional<std::string>& rejects_path);

// The results: lines `CUSTOMER TICKETS`, then `unassigned N`.
std::string TextResult(const Counts& counts,
                       const std::vector<CustomerTickets>& top);

// The results and all counts as one JSON object and a line end; the counts of
// the customers file if there is one.
std::string JsonResult(const csv::ImportReport& report,
                       const csv::Sources& sources, const Counts& counts,
                       const std::vector<CustomerTickets>& top);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROCESS_REPORT_H_
