#include "salvage.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/text.h"
#include "interrupt.h"
#include "message.h"
#include "orderstore/salvage.h"
#include "outputs.h"
#include "problem_text.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kSalvageFooter[] = R"(
Writes the newest state that the files in DIR prove to NEWDIR, as a store of its
own: a good snapshot and the log behind it, up to the first hole. That is the
state after one commit and all before it, never a mixture. Transactions behind a
hole are not applied, but named. Changes nothing in DIR, which NEWDIR is not in;
close the store first. Interrupted, it leaves the folder empty; killed, one that
cannot be opened: remove it.

Standard output, a line each:
  problem FILE at offset N: WHAT; at risk: LSN A to B   what is damaged
  lost LSN A to B         transactions that are nowhere; `and on`: where the end
                          of the log is damaged, nobody knows how many
  unapplied LSN A to B    transactions that are there, behind a hole
  NAME VALUE              lsn (of the state that was saved), snapshot_lsn (that
                          it comes from), newest_lsn (that any file tells of),
                          customers, orders, barcodes, store, new_store (UUIDs)
With --json one object.

Exit codes: 0 everything was saved; 3 something was lost; 1 nothing was saved:
no state is proven, or an error; 2 wrong usage; 4 the store's format, or its
revision of the schema, is not known.

Example, whose second line is for when you accept what was lost:
  orderstore salvage shop shop-saved
  mv shop shop-damaged && mv shop-saved shop
)";

struct SalvageCommandOptions {
  std::string folder;
  std::string new_folder;
  bool json = false;
};

std::string TextResult(const SalvageReport& report) {
  std::string text;
  for (const Problem& problem : report.problems) {
    text += ProblemLine("problem", problem);
  }
  for (const LsnRange& range : report.lost) {
    absl::StrAppend(&text, "lost ", RangeText(range), "\n");
  }
  for (const LsnRange& range : report.unapplied) {
    absl::StrAppend(&text, "unapplied ", RangeText(range), "\n");
  }
  absl::StrAppend(&text, "lsn ", report.lsn, "\nsnapshot_lsn ",
                  report.snapshot_lsn, "\nnewest_lsn ", report.newest_lsn);
  absl::StrAppend(&text, "\ncustomers ", report.counts.customers, "\norders ",
                  report.counts.orders, "\nbarcodes ", report.counts.barcodes,
                  "\nstore ", report.store_uuid, "\nnew_store ",
                  report.new_store_uuid, "\n");
  return text;
}

std::string JsonResult(const SalvageReport& report) {
  return JsonLine({{"store", report.store_uuid},
                   {"new_store", report.new_store_uuid},
                   {"whole", report.is_whole()},
                   {"lsn", report.lsn},
                   {"snapshot_lsn", report.snapshot_lsn},
                   {"newest_lsn", report.newest_lsn},
                   {"customers", report.counts.customers},
                   {"orders", report.counts.orders},
                   {"barcodes", report.counts.barcodes},
                   {"lost", RangesJson(report.lost)},
                   {"unapplied", RangesJson(report.unapplied)},
                   {"problems", ProblemsJson(report.problems)}});
}

// Which transactions were not saved.
std::string LossText(const SalvageReport& report) {
  std::optional<Lsn> last = report.lsn;
  for (const auto* ranges : {&report.unapplied, &report.lost}) {
    for (const LsnRange& range : *ranges) {
      last = NewestOf(last, range);
    }
  }
  return absl::StrCat(RangeText({report.lsn + 1, last}),
                      last == report.lsn + 1 ? " is" : " are", " not in it",
                      last ? "" : "; nobody knows how many there were");
}

ExitCode Salvage(const SalvageCommandOptions& options) {
  const absl::Status usage =
      CheckFolderOutsideStore("NEWDIR", options.new_folder, options.folder);
  if (!usage.ok()) return PrintUsageError(usage, "orderstore salvage");
  CatchInterrupts();
  const absl::StatusOr<SalvageReport> report =
      SalvageStore(options.folder, options.new_folder, &InterruptFlag());
  if (absl::IsCancelled(report.status())) {
    return PrintInterrupted("nothing was saved");
  }
  if (!report.ok()) return PrintError(report.status(), "nothing was saved");
  if (!report->is_whole()) {
    PrintMessage(absl::StrCat("orderstore: ", csv::Printable(options.folder),
                              ": ", StateText(report->lsn), " was saved; ",
                              LossText(*report)));
  }
  const ExitCode code =
      PrintResult(options.json ? JsonResult(*report) : TextResult(*report),
                  "what could be saved is saved");
  if (code != kDone) return code;
  return report->is_whole() ? kDone : kProblems;
}

}  // namespace

void AddSalvageCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<SalvageCommandOptions>();
  CLI::App* const command = app.add_subcommand(
      "salvage", "Save what can be proven of a damaged store into a new one.");
  command->add_option("DIR", options->folder, "Folder of the damaged store")
      ->required()
      ->transform(FolderPath());
  command
      ->add_option("NEWDIR", options->new_folder,
                   "A new or empty folder for the new store")
      ->required()
      ->transform(FolderPath());
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command->footer(kSalvageFooter);
  command->callback([options, &exit_code] { exit_code = Salvage(*options); });
}

}  // namespace orderstore::tools
