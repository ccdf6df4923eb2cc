#include "export_to.h"

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "csv/text.h"
#include "interrupt.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "problem_text.h"
#include "progress.h"
#include "proof_text.h"
#include "sql/connection.h"
#include "sql/load.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kNothingLoaded[] = "nothing was loaded";
constexpr char kAllOrNothing[] =
    "the server has all or nothing: its rows tell which";

std::string TextResult(const sql::LoadReport& report) {
  std::string text = absl::StrCat("lsn ", report.lsn, "\n");
  for (size_t i = 0; i < sql::kTables.size(); ++i) {
    text += ProofLine(sql::kTables[i], report.tables[i]);
  }
  return text;
}

std::string JsonResult(const sql::LoadReport& report) {
  Json tables = Json::object();
  for (size_t i = 0; i < sql::kTables.size(); ++i) {
    tables[std::string(sql::NameOf(sql::kTables[i]))] =
        ProofJson(report.tables[i]);
  }
  return JsonLine(
      {{"lsn", report.lsn},
       {"load_seconds", report.load_seconds.count()},
       {"proof_seconds", report.proof_seconds.count()},
       {"made_tables", report.made_tables},
       {"alembic_version",
        report.stamp ? Json(std::string(IdOf(*report.stamp))) : Json()},
       {"rows_before", report.rows_before},
       {"tables", tables}});
}

int64_t AllRows(const Counts& counts) {
  return counts.customers + counts.orders + counts.barcodes;
}

// What was done beside the rows.
void PrintWhatWasDone(const ExportToOptions& options,
                      const sql::Connection& server,
                      const sql::LoadReport& report) {
  const std::string schema = csv::Printable(options.schema);
  PrintMessage(absl::StrCat(
      "orderstore: ", csv::Printable(server.Description()), ", schema ", schema,
      ": ",
      report.made_tables ? "made the tables, and loaded their rows"
                         : "loaded rows into the tables that were there",
      absl::StrFormat(", in %.1f s, and proved them in %.1f s",
                      report.load_seconds.count(),
                      report.proof_seconds.count())));
  if (report.stamp) {
    PrintMessage(absl::StrCat("orderstore: ", schema, ".alembic_version ",
                              report.made_tables ? "was written: " : "stays: ",
                              std::string(IdOf(*report.stamp))));
  }
}

}  // namespace

absl::StatusOr<sql::LoadReport> LoadServer(
    const ExportToOptions& options, const Store& store,
    const std::optional<std::string>& followed_store, sql::Connection& server) {
  using Existing = sql::LoadOptions::Existing;
  const ReadView view = store.OpenReadView();
  Progress progress("rows loaded", AllRows(view.Counts()));
  return sql::Load(
      view, server,
      {.schema = options.schema,
       .revision = store.schema_revision(),
       .stamp = options.stamp,
       .partition_by = options.partition_by,
       .followed_store = followed_store,
       .existing = options.replace  ? Existing::kReplace
                   : options.upsert ? Existing::kUpsert
                                    : Existing::kRefuse,
       .fast_load = options.fast_load,
       .progress = [&](int64_t rows) { progress.Show(rows); },
       .stage = [&](std::string_view what) { progress.ShowStage(what); },
       .cancelled = &InterruptFlag()});
}

ExitCode ExportTo(const ExportToOptions& options) {
  CatchInterrupts();
  // Before the long work.
  absl::StatusOr<sql::Connection> server = sql::Connection::Open(options.uri);
  if (!server.ok()) return PrintError(server.status(), kNothingLoaded);
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, kNothingLoaded);
  }
  const absl::StatusOr<sql::LoadReport> report =
      LoadServer(options, **store, std::nullopt, *server);
  if (absl::IsCancelled(report.status()) && CaughtSignal() != 0) {
    return PrintInterrupted("nothing was loaded, the server is as it was");
  }
  if (absl::IsUnknown(report.status())) {
    return PrintError(report.status(), kAllOrNothing);
  }
  if (!report.ok()) return PrintCopyError(report.status(), kNothingLoaded);
  PrintWhatWasDone(options, *server, *report);
  return PrintResult(options.json ? JsonResult(*report) : TextResult(*report),
                     "the server is loaded");
}

}  // namespace orderstore::tools
