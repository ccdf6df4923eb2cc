#include "check_copy.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "interrupt.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/change_log.h"
#include "orderstore/store.h"
#include "problem_text.h"
#include "proof_text.h"
#include "sql/applied.h"
#include "sql/check.h"
#include "sql/connection.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

using Json = nlohmann::ordered_json;
using sql::CheckReport;
using sql::TableCheck;

constexpr char kNotChecked[] = "the tables were not checked";

std::string TextResult(const CheckReport& report) {
  std::string text = absl::StrCat("lsn ", report.lsn, "\n");
  for (size_t i = 0; i < sql::kTables.size(); ++i) {
    text += ProofLine(sql::kTables[i], report.tables[i].server);
  }
  for (const std::string& difference : report.Differences()) {
    absl::StrAppend(&text, "difference ", difference, "\n");
  }
  return text + (report.is_equal() ? "equal yes\n" : "equal no\n");
}

std::string JsonResult(const CheckReport& report) {
  Json tables = Json::object();
  for (size_t i = 0; i < sql::kTables.size(); ++i) {
    const TableCheck& table = report.tables[i];
    tables[std::string(sql::NameOf(sql::kTables[i]))] = {
        {"store", ProofJson(table.store)},
        {"server", ProofJson(table.server)},
        {"differing_rows", table.differing},
        {"examples", table.examples}};
  }
  return JsonLine({{"lsn", report.lsn},
                   {"equal", report.is_equal()},
                   {"lost_rows", report.lost_rows},
                   {"tables", tables}});
}

// The store that the tables are to have the rows of.
absl::StatusOr<std::unique_ptr<Store>> OpenCopied(
    const std::string& folder, const std::optional<sql::Applied>& applied) {
  // A snapshot file is what it is.
  if (!applied || IsSnapshotFile(folder)) return OpenToRead(folder);
  const absl::StatusOr<ChangeLog> log = ChangeLog::OpenOldest(folder);
  if (!log.ok()) return log.status();
  if (log->store_uuid() != applied->store_uuid) {
    return absl::FailedPreconditionError(
        absl::StrCat("the tables are a copy of the store ", applied->store_uuid,
                     ", and this is the store ", log->store_uuid()));
  }
  absl::StatusOr<std::unique_ptr<Store>> store =
      Store::OpenAsOf(folder, applied->lsn);
  if (!absl::IsOutOfRange(store.status())) return store;
  return absl::OutOfRangeError(
      absl::StrCat(std::string(store.status().message()),
                   ", as the copy is; --follow brings it on if the log goes on "
                   "from there, and "
                   "--resync loads it anew"));
}

}  // namespace

ExitCode CheckCopy(const ExportToOptions& options) {
  CatchInterrupts();
  absl::StatusOr<sql::Connection> server = sql::Connection::Open(options.uri);
  if (!server.ok()) return PrintError(server.status(), kNotChecked);
  server->CancelWhen(&InterruptFlag());
  absl::Status status = sql::BeginCheck(*server, options.schema);
  absl::StatusOr<std::optional<sql::Applied>> applied;
  if (status.ok()) {
    applied = sql::ReadApplied(*server, options.schema);
    status = applied.status();
  }
  const auto print = [](const absl::Status& failed) {
    return absl::IsCancelled(failed) && CaughtSignal() != 0
               ? PrintInterrupted(kNotChecked)
               : PrintError(failed, kNotChecked);
  };
  if (!status.ok()) return print(status);
  // After the server's state: what a follower has applied, the store has.
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenCopied(options.folder, *applied);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, kNotChecked);
  }
  const absl::StatusOr<CheckReport> report =
      sql::Check((*store)->OpenReadView(), *server, options.schema);
  if (!report.ok()) return print(report.status());
  const ExitCode code =
      PrintResult(options.json ? JsonResult(*report) : TextResult(*report),
                  "nothing was changed");
  if (code != kDone) return code;
  return report->is_equal() ? kDone : kProblems;
}

}  // namespace orderstore::tools
