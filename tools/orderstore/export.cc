#include "export.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/output_file.h"
#include "csv/system_error.h"
#include "csv/text.h"
#include "export_to.h"
#include "interrupt.h"
#include "message.h"
#include "outputs.h"
#include "rows_command.h"
#include "sql/dump.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kExportFooter[] = R"(
Reads the newest durable state, also while another process writes to the store,
and changes nothing in it.

SQL, which plain psql loads without edits: the tables, their rows as COPY,
constraints and indexes, the sequences, and a check that all rows came, in one
transaction that the first error ends. A script that was cut off loads nothing.
The same state gives the same bytes. Options have pg_dump's words:
  --schema-only   no rows
  --data-only     the rows alone, into tables that are there and empty
  --clean         DROP the tables first; with --if-exists those that are there
  --inserts       INSERT statements instead of COPY: slow, but any database has
                  them
CSV: --file names a new or empty folder for customers.csv, orders.csv and
barcodes.csv, with headers, as PostgreSQL's COPY ... WITH (FORMAT csv, HEADER)
reads them: NULL is an empty field, an empty text is "".

--to URI loads a server: a URI (postgresql://host/database) or key=value words as
psql takes them, with the environment (PGHOST, ...) and ~/.pgpass for the rest.
All rows go in one transaction. Tables that are there are filled whatever their
constraints, indexes and defaults are called; those with rows are refused, but
with --replace, or with --upsert, which leaves other rows alone and gives those
of the same id the store's values. --fast-load drops their own constraints and
indexes and makes them again, which is several times as fast for many rows. Then
the server counts its rows and computes a digest of each table, finds rows that
refer to none, and only if all agrees with the store, commits. Printed are
`lsn N` and a line for each table: its name, rows and digest. Interrupted, it
leaves the server as it was.

--file appears whole or not at all, readable by its owner only, and not in the
store's folder.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged.

Examples:
  orderstore export shop | psql -d tickets
  orderstore export shop --clean --if-exists --schema shop --file shop.sql
  orderstore export shop --format csv --file shop-csv
  orderstore export shop --to postgresql:///tickets --replace --fast-load
)";

constexpr char kNothingWritten[] = "nothing was written";

enum class Format { kSql, kCsv };

struct ExportOptions {
  std::string folder;
  std::optional<std::string> file;
  std::optional<std::string> uri;
  bool replace = false;
  bool upsert = false;
  bool fast_load = false;
  bool json = false;
  int format = static_cast<int>(Format::kSql);
  bool schema_only = false;
  bool data_only = false;
  sql::DumpOptions dump;
};

absl::Status WriteSql(const sql::DumpOptions& options, const Store& store,
                      csv::OutputFile& file) {
  const ReadView view = store.OpenReadView();
  return sql::WriteDump(view, options, [&](std::string_view bytes) {
    file.Append(bytes);
    return CaughtSignal() == 0 ? file.status() : absl::CancelledError();
  });
}

// ---- CSV -------------------------------------------------------------------

// Makes the folder, or finds it empty.
absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  if (errno != EEXIST) {
    return csv::SystemError(
        errno, absl::StrCat("cannot make the folder ", csv::Printable(path)));
  }
  std::error_code error;
  if (std::filesystem::is_empty(path, error) && !error) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      absl::StrCat(csv::Printable(path),
                   " is there, and is no empty folder; an export to "
                   "CSV goes to a new or an empty one"));
}

ExitCode WriteCsvFiles(const ExportOptions& options, const Store& store) {
  absl::Status status = MakeFolder(*options.file);
  if (!status.ok()) return PrintError(status, kNothingWritten);
  const ReadView view = store.OpenReadView();
  std::array<std::optional<csv::OutputFile>, sql::kTables.size()> files;
  for (size_t i = 0; i < files.size() && status.ok(); ++i) {
    const sql::Table table = sql::kTables[i];
    status = CreateOutput(absl::StrCat(*options.file, "/",
                                       std::string(sql::NameOf(table)), ".csv"),
                          files[i]);
    if (!status.ok()) break;
    status = sql::WriteCsv(view, table, [&](std::string_view bytes) {
      files[i]->Append(bytes);
      return CaughtSignal() == 0 ? files[i]->status() : absl::CancelledError();
    });
  }
  if (absl::IsCancelled(status)) return PrintInterrupted(kNothingWritten);
  if (!status.ok()) return PrintError(status, kNothingWritten);
  const std::array<std::optional<csv::OutputFile>*, files.size()> all = {
      &files[0], &files[1], &files[2]};
  return PublishOutputs(all);
}

ExitCode ExportCsv(const ExportOptions& options) {
  absl::Status usage =
      options.file
          ? CheckFolderOutsideStore("--file", *options.file, options.folder)
          : absl::InvalidArgumentError(
                "--format csv needs --file, the folder for its files");
  if (usage.ok() &&
      (options.schema_only || options.dump.inserts || options.dump.clean)) {
    usage = absl::InvalidArgumentError(
        "--schema-only, --inserts and --clean are for SQL");
  }
  if (!usage.ok()) return PrintUsageError(usage, "orderstore export");
  CatchInterrupts();
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, kNothingWritten);
  }
  return WriteCsvFiles(options, **store);
}

// ----------------------------------------------------------------------------

// What is for a server, and what is not.
absl::Status CheckTarget(const ExportOptions& options) {
  const bool is_file = options.file || options.schema_only ||
                       options.data_only || options.dump.inserts ||
                       options.dump.clean || options.dump.if_exists ||
                       options.format != static_cast<int>(Format::kSql);
  if (options.uri && is_file) {
    return absl::InvalidArgumentError(
        "of the other options, only --schema goes with --to");
  }
  if (!options.uri && (options.replace || options.upsert || options.fast_load ||
                       options.json)) {
    return absl::InvalidArgumentError(
        "--replace, --upsert, --fast-load and --json are for --to");
  }
  return sql::CheckSchemaName(options.dump.schema);
}

ExitCode Export(ExportOptions& options) {
  absl::Status target = CheckTarget(options);
  if (!target.ok()) return PrintUsageError(target, "orderstore export");
  if (options.uri) {
    return ExportTo({.folder = options.folder,
                     .uri = *options.uri,
                     .schema = options.dump.schema,
                     .replace = options.replace,
                     .upsert = options.upsert,
                     .fast_load = options.fast_load,
                     .json = options.json});
  }
  if (options.format == static_cast<int>(Format::kCsv)) {
    return ExportCsv(options);
  }
  if (options.dump.if_exists && !options.dump.clean) {
    return PrintUsageError(
        absl::InvalidArgumentError("--if-exists is for --clean"),
        "orderstore export");
  }
  options.dump.with_schema = !options.data_only;
  options.dump.with_data = !options.schema_only;
  return WriteStore({.folder = options.folder, .output = options.file},
                    "export", "--file",
                    [&](const Store& store, csv::OutputFile& file) {
                      return WriteSql(options.dump, store, file);
                    });
}

}  // namespace

void AddExportCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* const command = app.add_subcommand(
      "export", "Write a store for PostgreSQL, as SQL or CSV.");
  command->add_option("DIR", options->folder, "Folder of the store")
      ->required()
      ->transform(FolderPath());
  command
      ->add_option("-f,--file", options->file,
                   "Where it goes (standard output)")
      ->option_text("FILE")
      ->transform(OutputPath());
  command->add_option("--format", options->format, "What it is (sql)")
      ->option_text("sql|csv")
      ->transform(OneOf({{"sql", static_cast<int>(Format::kSql)},
                         {"csv", static_cast<int>(Format::kCsv)}}));
  command
      ->add_option("-n,--schema", options->dump.schema,
                   "Schema of the tables (public); made if it is missing")
      ->option_text("NAME");
  CLI::Option* const schema_only = command->add_flag(
      "-s,--schema-only", options->schema_only, "The tables without rows");
  command
      ->add_flag("-a,--data-only", options->data_only,
                 "The rows without tables")
      ->disable_flag_override()
      ->excludes(schema_only);
  schema_only->disable_flag_override();
  command
      ->add_flag("--inserts", options->dump.inserts, "INSERT instead of COPY")
      ->disable_flag_override();
  command->add_flag("-c,--clean", options->dump.clean, "DROP the tables first")
      ->disable_flag_override();
  command
      ->add_flag("--if-exists", options->dump.if_exists,
                 "With --clean: DROP TABLE IF EXISTS")
      ->disable_flag_override();
  command->add_option("--to", options->uri, "Load a server: its database")
      ->option_text("URI");
  CLI::Option* const replace =
      command
          ->add_flag("--replace", options->replace,
                     "With --to: in place of the rows that are there")
          ->disable_flag_override();
  CLI::Option* const upsert =
      command
          ->add_flag("--upsert", options->upsert,
                     "With --to: among the rows that are there")
          ->disable_flag_override()
          ->excludes(replace);
  command
      ->add_flag("--fast-load", options->fast_load,
                 "With --to: drop constraints and indexes meanwhile")
      ->disable_flag_override()
      ->excludes(upsert);
  command->add_flag("--json", options->json, "With --to: print one JSON object")
      ->disable_flag_override();
  command->footer(kExportFooter);
  command->callback([options, &exit_code] { exit_code = Export(*options); });
}

}  // namespace orderstore::tools
