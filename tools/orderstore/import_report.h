// What `process` and `import` say about an import.

#ifndef ORDERSTORE_TOOLS_IMPORT_REPORT_H_
#define ORDERSTORE_TOOLS_IMPORT_REPORT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "csv/import.h"
#include "csv/output_file.h"
#include "csv/rejects.h"
#include "exit_code.h"
#include "orderstore/records.h"

namespace orderstore::tools {

// Rejected rows and orders without barcodes are named one by one up to so many.
inline constexpr size_t kMessagesMax = 20;

// Prints on standard error: rejected rows, orders without barcodes, and for
// each file rows = accepted + rejected, and how many the store had.
// `rejects_path` is where all rejects are written, if anywhere.
void PrintMessages(const csv::ImportReport& report, const csv::Sources& sources,
                   const std::optional<std::string>& rejects_path);

// The results: lines `CUSTOMER TICKETS`, then `unassigned N`.
std::string TextResult(const Counts& counts,
                       const std::vector<CustomerTickets>& top);

// The results and all counts as one JSON object and a line end; the counts of
// the customers file if there is one. With kStored also what an import into a
// store on disk has: the LSN, and how many rows are unchanged.
enum class ImportInto { kMemory, kStored };
std::string JsonResult(const csv::ImportReport& report,
                       const csv::Sources& sources, const Counts& counts,
                       const std::vector<CustomerTickets>& top,
                       ImportInto into = ImportInto::kMemory);

// Of an import that --strict refused, writes the rejects where that is asked
// for, and nothing else. Returns kFailed.
ExitCode ReportRefusal(const csv::ImportReport& report,
                       const csv::Sources& sources,
                       std::optional<csv::OutputFile>& rejects);

// Of an import that failed, or was cancelled by a signal.
ExitCode PrintImportError(const absl::Status& status, std::string_view after);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_IMPORT_REPORT_H_
