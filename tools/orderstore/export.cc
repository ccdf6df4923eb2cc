#include "export.h"

#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "check_copy.h"
#include "csv/output_file.h"
#include "csv/text.h"
#include "export_to.h"
#include "follow.h"
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
and changes nothing in it; of a snapshot file, what it has.

SQL, which plain psql loads without edits: the tables, their rows as COPY,
constraints and indexes, the sequences, and a check that all rows came, in one
transaction that the first error ends. A script that was cut off loads nothing,
and psql ends with 3. The same state gives the same bytes. Options have the
words of pg_dump:
  --schema-only   no rows
  --data-only     the rows alone, into tables that are there and empty
  --clean         DROP the tables first; with --if-exists those that are there
  --inserts       INSERT statements instead of COPY: slow, but any database has
                  them
  --stamp         also make alembic_version, with the store's revision
CSV: --file names a new or empty folder for customers.csv, orders.csv and
barcodes.csv, with headers, as PostgreSQL's COPY ... WITH (FORMAT csv, HEADER)
reads them: NULL is an empty field, an empty text is "". A text in which a line
is \. alone comes through, but PostgreSQL before 18 takes that for the end.

--to URI loads a server: a URI (postgresql://host/database) or key=value words
as psql takes them, with the environment (PGHOST, ...) and ~/.pgpass for the
rest. All rows go as COPY BINARY in one transaction. Tables that are there are
filled whatever their constraints, indexes and defaults are called; those with
rows are refused, but with --replace, or with --upsert, which leaves other rows
alone and gives those of the same id the store's values. --fast-load drops their
own constraints and indexes and makes them again, which is several times as fast
for many rows. Then the server counts its rows and computes a digest of each
table (with --upsert of the store's rows in it), finds rows that refer to none,
tells which ids its sequences give next, and only if all agrees with the store,
commits. Printed are `lsn N` and a line for each table: its name, rows, digest
and next id. Interrupted, it leaves the server as it was.
Where Alembic keeps the schema (alembic_version), its revision has to be one
that `orderstore migrate` knows, and rows alone are loaded. With --stamp an
export that makes the tables also makes alembic_version.

Rights: --check needs SELECT on tables and sequences, a load also INSERT and
UPDATE; --replace also TRUNCATE, and that no other table refers to these;
--fast-load to own them; what makes tables, and --follow, CREATE on the schema;
scripts, --upsert and --follow TEMPORARY on the database. Triggers of the tables
find names of no schema but their own: search_path is empty. A password comes
from PGPASSWORD or ~/.pgpass; nobody is asked, and no message has the password
of a URI in it.

--partition-by makes tables in partitions, as SQL or with --to:
  order-month      a partition for each month of orders; barcodes have the
                   order's time as order_created_at, 'infinity' if unassigned
  customer-hash:N  N partitions by customer; barcodes have customer_id, 0 if
                   unassigned
A table barcode_values, kept by triggers, holds that barcodes are unique. Who
drops or truncates a partition frees its values by
  DELETE FROM barcode_values v WHERE NOT EXISTS
    (SELECT FROM barcodes b WHERE b.barcode_value = v.barcode_value)
Such tables are loaded once; later months go to the partition `rest`. They are
of no revision, and nothing for Alembic.

--follow keeps the tables a copy of a store that is written to: it loads them
first, then applies what the log has, each transaction exactly once, until it is
interrupted or the connection breaks, and prints `lsn N lag S s` when something
was applied, at most once a second. How far it is stands in the table
orderstore_applied, and changes together with the rows; it goes on from there,
whatever ended it. --since-lsn N does so once, up to the log's end, for tables
that were loaded from the state of LSN N (a script tells its LSN in its first
line), which they have to prove the first time; with --follow it begins there.
Refused are a copy of another store, one that the log does not reach back to,
and tables with other rows: --resync loads the tables anew. A store that was set
back to a copy of its files needs --resync too: its log is another one from
there on, and nobody can tell that.

--check compares the tables with the store, row by row, and changes nothing: a
copy that follows the log as of the LSN that it has, also while it does. Of
tables in partitions the key is not looked at. Printed are the server's lines as
after a load, `difference TABLE: ...` for what is not the store's, with the
first ids, and `equal yes` or `equal no`.

--file appears whole or not at all, readable by its owner only, and not in the
store's folder.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged, or the
server has other rows than it should; 4 the store's format, or its revision of
the schema or that in alembic_version, is not known.

Examples:
  orderstore export shop | psql -d tickets
  orderstore export shop --clean --if-exists --schema shop --file shop.sql
  orderstore export shop --format csv --file shop-csv
  orderstore export shop/00000000000000000042.snapshot --file monday.sql
  orderstore export shop --to postgresql:///tickets --replace --fast-load
  orderstore export shop --to postgresql:///tickets --follow
  orderstore export shop --to postgresql:///tickets --check
)";

constexpr char kNothingWritten[] = "nothing was written";

enum class Format { kSql, kCsv };

struct ExportOptions {
  std::optional<std::string> file;
  std::optional<std::string> uri;
  std::optional<std::string> partition_by;
  // What --to takes, and of it the folder, the schema and more for SQL too.
  ExportToOptions to;
  int format = static_cast<int>(Format::kSql);
  bool schema_only = false;
  bool data_only = false;
  sql::DumpOptions dump;
};

absl::Status WriteSql(const sql::DumpOptions& options, const Store& store,
                      csv::OutputFile& file) {
  const ReadView view = store.OpenReadView();
  sql::DumpOptions dump = options;
  dump.revision = store.schema_revision();
  return sql::WriteDump(view, dump, [&](std::string_view bytes) {
    file.Append(bytes);
    return CaughtSignal() == 0 ? file.status() : absl::CancelledError();
  });
}

// ---- CSV -------------------------------------------------------------------

ExitCode WriteCsvFiles(const ExportOptions& options, const Store& store) {
  absl::Status status = MakeEmptyFolder(*options.file);
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
          ? CheckFolderOutsideStore("--file", *options.file, options.to.folder)
          : absl::InvalidArgumentError(
                "--format csv needs --file, the folder for its files");
  if (usage.ok() &&
      (options.schema_only || options.data_only || options.dump.inserts ||
       options.dump.clean || options.dump.if_exists || options.to.stamp ||
       options.partition_by || options.to.schema != ExportToOptions().schema)) {
    usage = absl::InvalidArgumentError(
        "--schema-only, --data-only, --inserts, --clean, --if-exists, --stamp, "
        "--partition-by and --schema are for SQL");
  }
  if (!usage.ok()) return PrintUsageError(usage, "orderstore export");
  CatchInterrupts();
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.to.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.to.folder, kNothingWritten);
  }
  return WriteCsvFiles(options, **store);
}

// ----------------------------------------------------------------------------

// What is for a server, and what is not.
absl::Status CheckTarget(const ExportOptions& options) {
  const ExportToOptions& to = options.to;
  const bool is_file = options.file || options.schema_only ||
                       options.data_only || options.dump.inserts ||
                       options.dump.clean || options.dump.if_exists ||
                       options.format != static_cast<int>(Format::kSql);
  if (options.uri && is_file) {
    return absl::InvalidArgumentError(
        "of the other options, only --schema, --stamp and --partition-by go "
        "with --to");
  }
  const bool follows = to.follow || to.since_lsn || to.resync;
  if (!options.uri && (to.replace || to.upsert || to.fast_load || to.check ||
                       to.json || follows)) {
    return absl::InvalidArgumentError(
        "--replace, --upsert, --fast-load, --check, --follow, --since-lsn, "
        "--resync and --json are for --to");
  }
  if (to.check && (to.replace || to.upsert || to.fast_load || to.stamp ||
                   options.partition_by || follows)) {
    return absl::InvalidArgumentError(
        "--check changes nothing: only --schema and --json go with it");
  }
  if (follows && (to.replace || to.upsert || options.partition_by)) {
    return absl::InvalidArgumentError(
        "a copy that follows the log is loaded with --resync, not with "
        "--replace, --upsert or --partition-by");
  }
  if (to.resync && (!to.follow || to.since_lsn)) {
    return absl::InvalidArgumentError("--resync is for --follow alone");
  }
  if (to.stamp && options.partition_by) {
    return absl::InvalidArgumentError(
        "Alembic's revisions have no partitions: --stamp and --partition-by do "
        "not go together");
  }
  return sql::CheckSchemaName(to.schema);
}

// Of SQL to a file.
absl::Status CheckSql(const ExportOptions& options) {
  if (options.dump.if_exists && !options.dump.clean) {
    return absl::InvalidArgumentError("--if-exists is for --clean");
  }
  if (options.data_only &&
      (options.dump.clean || options.to.stamp || options.partition_by)) {
    return absl::InvalidArgumentError(
        "--clean, --stamp and --partition-by are for tables, not for "
        "--data-only");
  }
  return absl::OkStatus();
}

ExitCode ExportSql(ExportOptions& options) {
  const absl::Status usage = CheckSql(options);
  if (!usage.ok()) return PrintUsageError(usage, "orderstore export");
  options.dump.schema = options.to.schema;
  options.dump.stamp = options.to.stamp;
  options.dump.partition_by = options.to.partition_by;
  options.dump.with_schema = !options.data_only;
  options.dump.with_data = !options.schema_only;
  return WriteStore({.folder = options.to.folder, .output = options.file},
                    "export", "--file",
                    [&](const Store& store, csv::OutputFile& file) {
                      return WriteSql(options.dump, store, file);
                    });
}

ExitCode Export(ExportOptions& options) {
  absl::Status usage = CheckTarget(options);
  if (options.partition_by) {
    options.to.partition_by = sql::ParsePartitionBy(*options.partition_by);
    if (!options.to.partition_by) {
      usage.Update(absl::InvalidArgumentError(absl::StrCat(
          "--partition-by: '", csv::Printable(*options.partition_by),
          "' is not order-month or customer-hash:N, N from 1 to ",
          sql::kPartitionsMax)));
    }
  }
  if (!usage.ok()) return PrintUsageError(usage, "orderstore export");
  if (options.uri) {
    options.to.uri = *options.uri;
    if (options.to.check) return CheckCopy(options.to);
    return options.to.follow || options.to.since_lsn ? Follow(options.to)
                                                     : ExportTo(options.to);
  }
  return options.format == static_cast<int>(Format::kCsv) ? ExportCsv(options)
                                                          : ExportSql(options);
}

// The options of --to.
void AddServerOptions(CLI::App& command, ExportOptions& options) {
  ExportToOptions& to = options.to;
  command.add_option("--to", options.uri, "Load a server: its database")
      ->option_text("URI");
  const auto add_flag = [&](const char* name, bool& flag, const char* text) {
    return command.add_flag(name, flag, text)->disable_flag_override();
  };
  CLI::Option* const replace = add_flag(
      "--replace", to.replace, "With --to: in place of the rows there");
  CLI::Option* const upsert =
      add_flag("--upsert", to.upsert, "With --to: among the rows there")
          ->excludes(replace);
  add_flag("--fast-load", to.fast_load,
           "With --to: drop constraints and indexes meanwhile")
      ->excludes(upsert);
  add_flag("--follow", to.follow, "With --to: keep the tables a copy");
  command
      .add_option("--since-lsn", to.since_lsn,
                  "With --to: apply the log behind this LSN")
      ->option_text("LSN")
      ->transform(WholeNumber(0, INT64_MAX));
  add_flag("--resync", to.resync, "With --follow: load the tables anew");
  add_flag("--check", to.check, "With --to: compare, and change nothing");
  add_flag("--json", to.json, "With --to: print JSON objects");
}

// The options of SQL.
void AddSqlOptions(CLI::App& command, ExportOptions& options) {
  const auto add_flag = [&](const char* name, bool& flag, const char* text) {
    return command.add_flag(name, flag, text)->disable_flag_override();
  };
  CLI::Option* const schema_only = add_flag(
      "-s,--schema-only", options.schema_only, "The tables without rows");
  add_flag("-a,--data-only", options.data_only, "The rows without tables")
      ->excludes(schema_only);
  add_flag("--inserts", options.dump.inserts, "INSERT instead of COPY");
  add_flag("-c,--clean", options.dump.clean, "DROP the tables first");
  add_flag("--if-exists", options.dump.if_exists,
           "With --clean: DROP TABLE IF EXISTS");
  add_flag("--stamp", options.to.stamp, "Write alembic_version");
  command
      .add_option("--partition-by", options.partition_by,
                  "Orders and barcodes in partitions")
      ->option_text("order-month|customer-hash:N");
}

}  // namespace

void AddExportCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* const command = app.add_subcommand(
      "export", "Write a store for PostgreSQL, as SQL or CSV, or to a server.");
  command
      ->add_option("DIR", options->to.folder,
                   "Folder of the store, or NAME.snapshot, a snapshot file")
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
      ->add_option("-n,--schema", options->to.schema,
                   "Schema of the tables (public); made if it is missing")
      ->option_text("NAME");
  AddSqlOptions(*command, *options);
  AddServerOptions(*command, *options);
  command->footer(kExportFooter);
  command->callback([options, &exit_code] { exit_code = Export(*options); });
}

}  // namespace orderstore::tools
