#include "import_from.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "csv/input.h"
#include "csv/output_file.h"
#include "csv/text.h"
#include "import_report.h"
#include "interrupt.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "outputs.h"
#include "problem_text.h"
#include "progress.h"
#include "sql/connection.h"
#include "sql/dump.h"
#include "sql/dump_file.h"
#include "sql/import.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

const char kImportFromHelp[] = R"(
--from reads the three tables of a PostgreSQL database instead: over a
connection, as of one moment, for postgresql://host/database or key=value words
as psql takes them; or from a plain SQL script, of pg_dump (COPY or --inserts)
or of `orderstore export`, whose path it is, or `-`. A script is parsed, never
executed: what only makes tables, sets sequences and grants rights is passed
over, any other statement is an error with its line, and so is a script that was
cut off. --schema names the tables' schema. Rows keep their ids and times. NULL
is mapped, and counted: as name to an empty one, as is_used to false, as a time
to the row's other one or the import's. For what else a store does not have, a
row is rejected:
  wrong_field_count  more or fewer values than columns, or one that is none
  missing_value      id, email, customer_id or barcode_value is NULL
  bad_id             an id is not an integer from 1 to 2147483647
  bad_text           empty, not UTF-8, or over 255 characters
  bad_boolean        is_used is neither true nor false
  bad_time           infinite, out of range, or no time
  duplicate_row      an earlier row has its id, its email or its barcode_value
  unknown_customer   an order names a customer that was not accepted
  unknown_order      a barcode names an order that was not accepted
  conflict           the store has the id otherwise, or the email or the
                     barcode_value with another id
In --rejects the file of a database's row is its table, and line its number by
id. --json: lsn; for customers, orders and barcodes an object of rows, accepted,
unchanged and rejected; mapped, unassigned_barcodes, top_customers, rejects by
reason. The sequences go on behind the largest ids. The role needs SELECT.
)";

namespace {

using Json = nlohmann::ordered_json;
using sql::Table;

constexpr char kNothingCame[] = "nothing was imported";

bool IsUri(const std::string& from) {
  return from.starts_with("postgresql:") || from.starts_with("postgres:") ||
         (from.find('=') != from.npos && access(from.c_str(), F_OK) != 0);
}

// Where a reject stands.
std::string FileOf(const ImportFromOptions& options, Table table) {
  return IsUri(options.from) ? sql::Qualified(options.schema, table)
                             : options.from;
}

std::map<std::string, int64_t> CountByReason(
    const std::vector<sql::Reject>& rejects) {
  std::map<std::string, int64_t> counts;
  for (const sql::Reject& reject : rejects) {
    ++counts[std::string(sql::NameOf(reject.reason))];
  }
  return counts;
}

// ---- Messages --------------------------------------------------------------

void PrintRejects(const ImportFromOptions& options,
                  const std::vector<sql::Reject>& rejects) {
  const size_t shown = std::min(rejects.size(), kMessagesMax);
  for (size_t i = 0; i < shown; ++i) {
    const sql::Reject& reject = rejects[i];
    PrintMessage(
        absl::StrCat(csv::Printable(FileOf(options, reject.table)), ":",
                     reject.line, ": ", std::string(sql::NameOf(reject.reason)),
                     ": ", csv::Printable(reject.raw),
                     reject.stored.empty()
                         ? ""
                         : "; the store has " + csv::Printable(reject.stored)));
  }
  if (shown == rejects.size()) return;
  PrintMessage(absl::StrCat(
      Counted(static_cast<int64_t>(rejects.size() - shown), "more row",
              "more rows"),
      " rejected (",
      options.rejects ? csv::Printable(*options.rejects) : "--rejects FILE",
      " lists all)"));
}

void PrintMapped(int64_t count, std::string_view column,
                 std::string_view value) {
  if (count == 0) return;
  PrintMessage(absl::StrCat(std::string(column), " was NULL in ",
                            Counted(count, "row", "rows"), ", now ",
                            std::string(value)));
}

void PrintMessages(const ImportFromOptions& options,
                   const sql::ImportReport& report) {
  PrintRejects(options, report.rejects);
  PrintMapped(report.mapped.name, "name", "empty");
  PrintMapped(report.mapped.is_used, "is_used", "false");
  PrintMapped(report.mapped.created_at, "created_at",
              "updated_at, or the time of the import");
  PrintMapped(report.mapped.updated_at, "updated_at",
              "created_at, or the time of the import");
  for (size_t i = 0; i < sql::kTables.size(); ++i) {
    const sql::TableReport& table = report.tables[i];
    PrintMessage(absl::StrCat(
        std::string(sql::NameOf(sql::kTables[i])), ": ",
        Counted(table.rows(), "row", "rows"), " = ", table.accepted,
        " accepted",
        table.unchanged > 0 ? absl::StrCat(" (", table.unchanged, " unchanged)")
                            : "",
        " + ", table.rejected, " rejected"));
  }
}

// ---- Results ---------------------------------------------------------------

std::string JsonResult(const sql::ImportReport& report, const Store& store,
                       size_t top) {
  const ReadView view = store.OpenReadView();
  Json json;
  json["lsn"] = report.lsn;
  for (size_t i = 0; i < sql::kTables.size(); ++i) {
    const sql::TableReport& table = report.tables[i];
    json[std::string(sql::NameOf(sql::kTables[i]))] = {
        {"rows", table.rows()},
        {"accepted", table.accepted},
        {"unchanged", table.unchanged},
        {"rejected", table.rejected}};
  }
  json["mapped"] = {{"name", report.mapped.name},
                    {"is_used", report.mapped.is_used},
                    {"created_at", report.mapped.created_at},
                    {"updated_at", report.mapped.updated_at}};
  json["unassigned_barcodes"] = view.Counts().unassigned_barcodes;
  json["top_customers"] = Json::array();
  for (const CustomerTickets& customer : view.TopCustomers(top)) {
    json["top_customers"].push_back(
        {{"customer_id", customer.customer_id.value()},
         {"ticket_count", customer.ticket_count}});
  }
  json["rejects"] = CountByReason(report.rejects);
  return JsonLine(json);
}

absl::Status WriteRejects(const ImportFromOptions& options,
                          const std::vector<sql::Reject>& rejects,
                          csv::OutputFile& file) {
  std::string line = "file,line,reason,row\n";
  for (const sql::Reject& reject : rejects) {
    file.Append(line);
    line.clear();
    csv::AppendField(FileOf(options, reject.table), line);
    absl::StrAppend(&line, ",", reject.line, ",",
                    std::string(sql::NameOf(reject.reason)), ",");
    csv::AppendField(reject.raw, line);
    line += '\n';
  }
  file.Append(line);
  return file.Publish();
}

// ---- Sources ---------------------------------------------------------------

absl::StatusOr<sql::ImportReport> RunImport(const ImportFromOptions& options,
                                            const sql::ReadRows& source,
                                            Store& store) {
  Progress progress("rows read");
  return sql::Import(source,
                     {.strict = options.strict,
                      .progress = [&](int64_t rows) { progress.Show(rows); },
                      .cancelled = &InterruptFlag()},
                     store);
}

absl::StatusOr<sql::ImportReport> FromServer(const ImportFromOptions& options,
                                             sql::Connection& server,
                                             Store& store) {
  server.CancelWhen(&InterruptFlag());
  absl::StatusOr<sql::ImportReport> report = absl::UnknownError("");
  absl::Status status =
      sql::ReadServer(server, options.schema, [&](const sql::ReadRows& source) {
        report = RunImport(options, source, store);
        return report.status();
      });
  // What was imported, is.
  return report.ok() || status.ok() ? report : status;
}

absl::StatusOr<csv::Input> LoadScript(const std::string& path) {
  absl::StatusOr<csv::Input> input =
      path == "-" ? csv::Input::OpenStandardInput() : csv::Input::Open(path);
  if (!input.ok()) return input;
  absl::Status status = input->Load([] { return CaughtSignal() != 0; });
  if (!status.ok()) return status;
  return input;
}

// What can fail before the store is opened.
struct Source {
  std::optional<sql::Connection> server;
  std::optional<csv::Input> script;
  std::optional<sql::DumpFile> dump;
};

absl::StatusOr<Source> OpenSource(const ImportFromOptions& options) {
  Source source;
  if (IsUri(options.from)) {
    absl::StatusOr<sql::Connection> server =
        sql::Connection::Open(options.from);
    if (!server.ok()) return server.status();
    source.server = *std::move(server);
    return source;
  }
  absl::StatusOr<csv::Input> script = LoadScript(options.from);
  if (!script.ok()) return script.status();
  source.script = *std::move(script);
  absl::StatusOr<sql::DumpFile> dump =
      sql::DumpFile::Parse(source.script->text(), options.schema);
  if (!dump.ok()) {
    return absl::Status(dump.status().code(),
                        absl::StrCat(csv::Printable(options.from), ": ",
                                     dump.status().message()));
  }
  source.dump = *std::move(dump);
  for (const Table table : sql::kTables) {
    if (source.dump->has(table)) continue;
    PrintMessage(absl::StrCat(csv::Printable(options.from),
                              ": warning: it has no rows of ",
                              std::string(sql::NameOf(table))));
  }
  return source;
}

absl::StatusOr<sql::ImportReport> FromSource(const ImportFromOptions& options,
                                             Source& source, Store& store) {
  if (source.server) return FromServer(options, *source.server, store);
  return RunImport(
      options,
      [&](Table table, const sql::TakeRow& take) {
        return source.dump->ReadRows(table, take);
      },
      store);
}

// ----------------------------------------------------------------------------

ExitCode Finish(const ImportFromOptions& options,
                const sql::ImportReport& report, const Store& store,
                std::optional<csv::OutputFile>& rejects) {
  PrintMessages(options, report);
  if (rejects) {
    absl::Status status = WriteRejects(options, report.rejects, *rejects);
    if (!status.ok()) {
      return PrintError(
          status, report.imported
                      ? absl::StrCat("all else was imported, LSN ", report.lsn)
                      : kNothingCame);
    }
  }
  if (!report.imported) {
    PrintMessage(absl::StrCat(
        "orderstore: --strict: ",
        Counted(static_cast<int64_t>(report.rejects.size()), "row", "rows"),
        " rejected; nothing was imported"));
    return kFailed;
  }
  PrintMessage(absl::StrCat("LSN ", report.lsn));
  const ReadView view = store.OpenReadView();
  return PrintResult(
      options.json ? JsonResult(report, store, options.top)
                   : TextResult(view.Counts(), view.TopCustomers(options.top)),
      absl::StrCat("all was imported, LSN ", report.lsn));
}

ExitCode Run(const ImportFromOptions& options, Source& source,
             std::optional<csv::OutputFile>& rejects) {
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToWrite(options.folder, Options());
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, kNothingCame);
  }
  const absl::StatusOr<sql::ImportReport> report =
      FromSource(options, source, **store);
  if (absl::IsUnknown(report.status())) {
    return PrintError(report.status(),
                      "whether all or nothing was imported shows when the "
                      "store is opened again");
  }
  if (!report.ok()) return PrintImportError(report.status(), kNothingCame);
  return Finish(options, *report, **store, rejects);
}

}  // namespace

ExitCode ImportFrom(const ImportFromOptions& options) {
  const NamedOutput output = {"--rejects", options.rejects};
  absl::Status status = sql::CheckSchemaName(options.schema);
  status.Update(CheckFilesDiffer({}, {&output, 1}));
  status.Update(CheckOutsideStore(output, options.folder));
  if (!status.ok()) return PrintUsageError(status, "orderstore import");
  CatchInterrupts();
  absl::StatusOr<Source> source = OpenSource(options);
  if (!source.ok()) return PrintImportError(source.status(), kNothingCame);
  std::optional<csv::OutputFile> rejects;
  status = CreateOutput(options.rejects, rejects);
  if (!status.ok()) return PrintError(status, kNothingCame);
  return Run(options, *source, rejects);
}

}  // namespace orderstore::tools
