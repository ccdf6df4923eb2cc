#include "log.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "change_text.h"
#include "csv/text.h"
#include "message.h"
#include "orderstore/change_log.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kLogFooter[] = R"(
Prints the durable transactions that the store's log has, oldest first, also
while another process writes to the store, and changes nothing. The log begins
somewhere before the oldest snapshot that is kept; what is older is gone, and
standard error has the first LSN that is there, unless --from asks for later.

An LSN, log sequence number, is a transaction's: 1, 2, 3, ... without holes.
--from and --to are LSNs, both included. Behind the end there is nothing to
print, which is no error: whoever polls asks for the last LSN seen and one more.
A --from that is further behind the end is answered the same, but standard error
names the end: it may be another store, or one that was set back to a backup.

For people, a line a change, with the columns as they are after it:
  12 insert barcode 7 barcode_value=00123 order_id=- is_used=false ...
  13 update barcode 7 order_id=4 is_used=false updated_at=...
  14 delete order 3
An update names the columns that the log has: a text that is not there has
stayed as it was. Texts with blanks or control characters stand in double
quotes, with \" \\ \n \r and \xNN inside.

With --json, one object a transaction and line:
  {"lsn":13,"time":T,"changes":[{"change":"update","table":"barcodes",
   "row":{"id":7,"order_id":4,"is_used":false,"updated_at":T}}]}
`time` is the newest updated_at in it; null if it only deleted. Without an order
order_id is null.

Exit codes: 0 done; 1 failed: no store, or --from, or all up to --to, is gone
(the message has the oldest LSN); 2 wrong usage; 3 the log is damaged (what is
before that is printed); 4 its format, or its revision of the schema, is not
known.

Examples:
  orderstore log shop --from 2 --to 20
  orderstore log shop --json | jq -c 'select(.lsn > 1000)'
)";

// Results are printed in pieces of about this size.
constexpr size_t kPieceBytes = size_t{1} << 16;

constexpr char kNothingPrinted[] = "nothing was printed";
constexpr char kPrintedSoFar[] = "the transactions before that are printed";

// The LSN that the log ends with.
absl::StatusOr<Lsn> FindEnd(const LogOptions& options) {
  absl::StatusOr<ChangeLog> log = ChangeLog::OpenOldest(options.folder);
  if (!log.ok()) return log.status();
  for (;;) {
    const auto next = log->Next();
    if (!next.ok()) return next.status();
    if (!*next) return log->lsn();
  }
}

ExitCode PrintTransactions(const LogOptions& options, ChangeLog& log) {
  std::string text;
  ExitCode code = kDone;
  while (code == kDone && (!options.to || log.lsn() < *options.to)) {
    const auto next = log.Next();
    if (!next.ok() || !*next) {
      code = PrintResult(text, kPrintedSoFar);
      if (code != kDone || next.ok()) return code;
      return PrintStoreError(next.status(), options.folder, kPrintedSoFar);
    }
    if (options.json) {
      AppendJson(**next, text);
    } else {
      AppendLines(**next, text);
    }
    if (text.size() < kPieceBytes) continue;
    code = PrintResult(text, kPrintedSoFar);
    text.clear();
  }
  return code == kDone ? PrintResult(text, kPrintedSoFar) : code;
}

ExitCode PrintFrom(const LogOptions& options, Lsn from) {
  absl::StatusOr<ChangeLog> log = ChangeLog::Open(options.folder, from - 1);
  if (log.ok()) return PrintTransactions(options, *log);
  // The log ends before that, or it cannot be read at all.
  if (absl::IsFailedPrecondition(log.status())) {
    if (const absl::StatusOr<Lsn> end = FindEnd(options); end.ok()) {
      PrintMessage(absl::StrCat("orderstore: ", csv::Printable(options.folder),
                                ": the log ends with LSN ", *end,
                                "; there is no LSN ", from, " yet"));
      return kDone;
    }
  }
  return PrintStoreError(log.status(), options.folder, kNothingPrinted);
}

ExitCode PrintFromOldest(const LogOptions& options) {
  absl::StatusOr<ChangeLog> log = ChangeLog::OpenOldest(options.folder);
  if (!log.ok()) {
    return PrintStoreError(log.status(), options.folder, kNothingPrinted);
  }
  const Lsn gone = log->lsn();
  const bool is_all_gone = options.to && *options.to <= gone;
  if (gone > 0) {
    PrintMessage(absl::StrCat("orderstore: ", csv::Printable(options.folder),
                              ": the log begins with LSN ", gone + 1,
                              "; what is older is gone",
                              is_all_gone ? "; nothing was printed" : ""));
  }
  return is_all_gone ? kFailed : PrintTransactions(options, *log);
}

}  // namespace

ExitCode PrintLog(const LogOptions& options) {
  if (options.from && options.to && *options.from > *options.to) {
    PrintMessage(UsageMessage("--from is greater than --to", "orderstore log"));
    return kUsage;
  }
  return options.from ? PrintFrom(options, *options.from)
                      : PrintFromOldest(options);
}

void AddLogCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* const command =
      app.add_subcommand("log", "Print what a store's transactions changed.");
  command->add_option("DIR", options->folder, "Folder of the store")
      ->required()
      ->transform(FolderPath());
  command
      ->add_option("--from", options->from,
                   "The first transaction (the oldest there is)")
      ->option_text("LSN")
      ->transform(WholeNumber(1, UINT64_MAX));
  command
      ->add_option("--to", options->to,
                   "The last transaction (the newest durable one)")
      ->option_text("LSN")
      ->transform(WholeNumber(1, UINT64_MAX));
  command->add_flag("--json", options->json, "Print one JSON object each")
      ->disable_flag_override();
  command->footer(kLogFooter);
  command->callback([options, &exit_code] { exit_code = PrintLog(*options); });
}

}  // namespace orderstore::tools
