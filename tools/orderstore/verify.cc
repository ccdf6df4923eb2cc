#include "verify.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/text.h"
#include "message.h"
#include "orderstore/verify.h"
#include "problem_text.h"

namespace orderstore::tools {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kVerifyFooter[] = R"(
Reads every byte of every file of the store: the file STORE, the segments of the
log, and all snapshots, also those that opening does not need. Checks every
checksum and the chain of the log, loads each snapshot past every constraint of
the schema, repeats the log from each of them and compares what comes out.
Changes nothing, and works while another process writes to the store. Takes the
memory of one open store, and the time of some openings.

Standard output, a line each:
  problem FILE at offset N: WHAT; at risk: LSN A to B
  warning FILE: WHAT           harmless: a crash's temporary file, a strange one
  NAME VALUE                   store (its UUID), files, bytes, newest_lsn (that
                               any file tells of), opens (yes or no), open_lsn
                               (what opening finds), salvage_lsn (what
                               `orderstore salvage` would save), problems
An LSN is a transaction's number; those at risk cannot be read because of the
problem. With --json one object, with the same and a list of all files. With
--quiet a sound store is passed over in silence, warnings too, and another one
is told of as without: whatever is printed, cron mails.

Exit codes: 0 the store is sound; 3 there are problems; 1 it could not be looked
at: no store, no right to read it, an error of the disk; 2 wrong usage; 4 it is
of a format, or a revision of the schema, that this program does not know.

Examples:
  orderstore verify shop
  orderstore verify --quiet shop
  orderstore verify shop --json | jq -r '.problems[].file'
)";

struct VerifyCommandOptions {
  std::string folder;
  bool json = false;
  bool quiet = false;
};

int64_t BytesOf(const VerifyReport& report) {
  int64_t bytes = 0;
  for (const VerifiedFile& file : report.files) bytes += file.bytes;
  return bytes;
}

std::string TextResult(const VerifyReport& report) {
  std::string text;
  for (const Problem& problem : report.problems) {
    text += ProblemLine("problem", problem);
  }
  for (const Problem& warning : report.warnings) {
    text += ProblemLine("warning", warning);
  }
  absl::StrAppend(&text, "store ", report.store_uuid, "\nfiles ",
                  report.files.size(), "\nbytes ", BytesOf(report),
                  "\nnewest_lsn ", report.newest_lsn, "\nopens ",
                  report.opens ? "yes" : "no", "\n");
  if (report.opens) absl::StrAppend(&text, "open_lsn ", report.open_lsn, "\n");
  if (report.provable_lsn) {
    absl::StrAppend(&text, "salvage_lsn ", *report.provable_lsn, "\n");
  }
  absl::StrAppend(&text, "problems ", report.problems.size(), "\n");
  return text;
}

const char* NameOf(VerifiedFile::Kind kind) {
  switch (kind) {
    case VerifiedFile::Kind::kIdentity:
      return "identity";
    case VerifiedFile::Kind::kSegment:
      return "segment";
    case VerifiedFile::Kind::kSnapshot:
      return "snapshot";
  }
  return "";
}

std::string JsonResult(const VerifyReport& report) {
  Json files = Json::array();
  for (const VerifiedFile& file : report.files) {
    files.push_back({{"name", file.name},
                     {"kind", NameOf(file.kind)},
                     {"bytes", file.bytes},
                     {"first_lsn", file.first_lsn},
                     {"last_lsn", file.last_lsn},
                     {"sound", file.is_sound}});
  }
  const Json null = nullptr;
  return JsonLine(
      {{"store", report.store_uuid},
       {"sound", report.is_sound()},
       {"opens", report.opens},
       {"open_lsn", report.opens ? Json(report.open_lsn) : null},
       {"open_error", report.opens ? null : Json(report.open_error)},
       {"salvage_lsn", report.provable_lsn ? Json(*report.provable_lsn) : null},
       {"newest_lsn", report.newest_lsn},
       {"torn_bytes", report.torn_bytes},
       {"unfinished_bytes", report.unfinished_bytes},
       {"problems", ProblemsJson(report.problems)},
       {"warnings", ProblemsJson(report.warnings)},
       {"files", files}});
}

// What salvage would save, and what would be lost.
std::string SalvageText(const VerifyReport& report, Lsn lsn) {
  std::optional<Lsn> newest = report.newest_lsn;
  for (const Problem& problem : report.problems) {
    if (problem.lsns) newest = NewestOf(newest, *problem.lsns);
  }
  const std::string saved =
      absl::StrCat("`orderstore salvage` would save ", StateText(lsn));
  if (newest == lsn) return saved + ", the newest that any file tells of";
  return absl::StrCat(saved, ", without ", RangeText({lsn + 1, newest}),
                      newest ? "" : "; nobody knows how many there were");
}

// What it means, for people.
void PrintMeaning(const std::string& folder, const VerifyReport& report) {
  const std::string before =
      absl::StrCat("orderstore: ", csv::Printable(folder), ": ");
  const int64_t cut = report.torn_bytes + report.unfinished_bytes;
  if (cut > 0) {
    PrintMessage(absl::StrCat(
        before, "a crash left ", Counted(cut, "byte", "bytes"),
        " of transactions that were not committed; the next opening cuts them "
        "off"));
  }
  if (report.is_sound()) return;
  std::string meaning =
      absl::StrCat(before, Counted(static_cast<int64_t>(report.problems.size()),
                                   "problem", "problems"));
  if (report.opens) {
    absl::StrAppend(&meaning, "; the store opens, with LSN ", report.open_lsn,
                    "; write a snapshot, or a backup, while it does");
  } else if (report.provable_lsn) {
    absl::StrAppend(&meaning, "; the store does not open; ",
                    SalvageText(report, *report.provable_lsn));
  } else {
    absl::StrAppend(&meaning,
                    "; the store does not open, and nothing of it is proven: "
                    "restore a backup");
  }
  PrintMessage(meaning);
}

ExitCode Verify(const VerifyCommandOptions& options) {
  const absl::StatusOr<VerifyReport> report = VerifyStore(options.folder);
  if (!report.ok()) {
    return PrintError(report.status(), "the store was not verified");
  }
  if (options.quiet && report->is_sound()) return kDone;
  PrintMeaning(options.folder, *report);
  const ExitCode code =
      PrintResult(options.json ? JsonResult(*report) : TextResult(*report),
                  "the store is as it was");
  if (code != kDone) return code;
  return report->is_sound() ? kDone : kProblems;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<VerifyCommandOptions>();
  CLI::App* const command = app.add_subcommand(
      "verify", "Look at every byte of a store, and name all that is wrong.");
  command->add_option("DIR", options->folder, "Folder of the store")
      ->required()
      ->transform(FolderPath());
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command
      ->add_flag("-q,--quiet", options->quiet,
                 "Print nothing if the store is sound")
      ->disable_flag_override();
  command->footer(kVerifyFooter);
  command->callback([options, &exit_code] { exit_code = Verify(*options); });
}

}  // namespace orderstore::tools
