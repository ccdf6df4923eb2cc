#include "migrate.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/text.h"
#include "message.h"
#include "orderstore/migrate.h"
#include "orderstore/store.h"
#include "sql/dump.h"
#include "sql/revisions.h"
#include "sql/stamp.h"
#include "sql/text.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kMigrateFooter[] = R"(
The schema of a store has revisions, each the parent of the next:
  0001  the documented tables
  0002  the recommended indexes: new stores are here
  0003  customers.ticket_count, kept by triggers on a server
They say what a server has that the store is exported to; tools/alembic has the
same for a server that Alembic keeps. The rows, and what the store answers, are
the same at each.

  history             all revisions, the newest first
  current             the store's
  upgrade REVISION    `head`, `0003`, or `+1`: so many further
  downgrade REVISION  `0001`, or `-1`: so many back

A migration writes a new snapshot and begins a new file of the log; it edits
nothing in place. A crash leaves the one revision or the other. No process may
have the store open.

--sql prints the statements for a server that goes the same way, in one
transaction, and changes nothing: so it comes before the migration itself. Where
Alembic keeps the schema, they are refused unless alembic_version has the
store's revision, and change that too; --stamp also makes it.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged; 4 there is
no such revision, or the store is of one, or of a format, that is not known.

Examples:
  orderstore migrate shop current
  orderstore migrate shop upgrade head --sql | psql -d tickets
  orderstore migrate shop upgrade head
)";

constexpr char kNothingMigrated[] = "nothing was changed";

enum class Action { kHistory, kCurrent, kUpgrade, kDowngrade };

struct MigrateOptions {
  std::string folder;
  int action = 0;
  std::optional<std::string> revision;
  bool dry_run = false;
  bool sql = false;
  bool stamp = false;
  std::string schema = "public";

  Action to_do() const { return static_cast<Action>(action); }
};

// `0003 (head)`.
std::string NameOf(SchemaRevision revision) {
  std::string name(IdOf(revision));
  if (revision == kSchemaRevisions.back()) name += " (head)";
  return name;
}

std::string History(SchemaRevision current) {
  std::string text;
  std::for_each(kSchemaRevisions.rbegin(), kSchemaRevisions.rend(),
                [&](SchemaRevision revision) {
                  const std::optional<SchemaRevision> parent =
                      SchemaRevisionOf(static_cast<uint32_t>(revision) - 1);
                  absl::StrAppend(
                      &text, parent ? std::string(IdOf(*parent)) : "<base>",
                      " -> ", NameOf(revision),
                      revision == current ? " (current)" : "", ", ",
                      std::string(DescriptionOf(revision)), "\n");
                });
  return text;
}

// Where the action leads from `current`. SchemaMismatch: nowhere.
absl::StatusOr<SchemaRevision> FindTarget(const MigrateOptions& options,
                                          SchemaRevision current) {
  const std::string& wish = *options.revision;
  const bool is_up = options.to_do() == Action::kUpgrade;
  std::optional<SchemaRevision> target;
  if (wish == "head") {
    target = kSchemaRevisions.back();
  } else if (wish.size() > 1 && wish[0] == (is_up ? '+' : '-')) {
    uint8_t steps = 0;
    const char* const end = wish.data() + wish.size();
    const auto [rest, error] = std::from_chars(wish.data() + 1, end, steps);
    const int number = static_cast<int>(current) + (is_up ? steps : -steps);
    if (error == std::errc() && rest == end && number > 0) {
      target = SchemaRevisionOf(static_cast<uint32_t>(number));
    }
  } else {
    target = SchemaRevisionOf(wish);
  }
  if (target && (is_up ? *target >= current : *target <= current)) {
    return *target;
  }
  return SchemaMismatch(absl::StrCat(
      "the store is at ", std::string(IdOf(current)), ", and ",
      is_up ? "an upgrade" : "a downgrade", " to ", csv::Printable(wish),
      " leads to no revision; `history` lists them"));
}

// The statements between two revisions, as one transaction.
std::string Script(const MigrateOptions& options, SchemaRevision from,
                   SchemaRevision to) {
  std::string text = absl::StrCat(std::string(sql::kScriptBegin),
                                  "SET client_min_messages = warning;\n"
                                  "SET search_path = '';\nBEGIN;\n\n",
                                  sql::RequireStamp(from, options.schema));
  while (from != to) {
    const auto next = static_cast<SchemaRevision>(static_cast<int>(from) +
                                                  (from < to ? 1 : -1));
    absl::StrAppend(
        &text, "\n-- Running ", from < to ? "upgrade " : "downgrade ",
        std::string(IdOf(from)), " -> ", std::string(IdOf(next)), "\n\n",
        from < to ? sql::UpgradeTo(next, options.schema)
                  : sql::DowngradeFrom(from, options.schema));
    from = next;
  }
  absl::StrAppend(&text, "\n",
                  options.stamp ? sql::WriteStamp(to, options.schema)
                                : sql::MoveStamp(to, options.schema),
                  "\nCOMMIT;\n", std::string(sql::kScriptEnd));
  return text;
}

ExitCode Migrate(const MigrateOptions& options, SchemaRevision from,
                 SchemaRevision to) {
  const std::string way =
      absl::StrCat(std::string(IdOf(from)), " -> ", NameOf(to), "\n");
  if (from == to) {
    PrintMessage(absl::StrCat("orderstore: the store is at ", NameOf(from),
                              " already; nothing was changed",
                              options.sql ? ", nor does the script" : ""));
  }
  if (options.sql) {
    return PrintResult(Script(options, from, to), kNothingMigrated);
  }
  if (options.dry_run) return PrintResult(way, kNothingMigrated);
  const absl::StatusOr<SchemaRevision> before =
      MigrateStore(options.folder, to);
  if (!before.ok()) {
    return PrintStoreError(before.status(), options.folder,
                           "`orderstore migrate DIR current` tells which "
                           "revision the store has");
  }
  return PrintResult(way, "the store is migrated");
}

absl::Status CheckUsage(const MigrateOptions& options) {
  const bool moves = options.to_do() == Action::kUpgrade ||
                     options.to_do() == Action::kDowngrade;
  if (moves != options.revision.has_value()) {
    return absl::InvalidArgumentError(
        moves ? "upgrade and downgrade need a REVISION"
              : "history and current take no REVISION");
  }
  if (!moves && (options.dry_run || options.sql)) {
    return absl::InvalidArgumentError(
        "--dry-run and --sql are for upgrade and downgrade");
  }
  if (options.stamp && !options.sql) {
    return absl::InvalidArgumentError("--stamp is for --sql");
  }
  return sql::CheckSchemaName(options.schema);
}

ExitCode Run(const MigrateOptions& options) {
  absl::Status usage = CheckUsage(options);
  if (!usage.ok()) return PrintUsageError(usage, "orderstore migrate");
  absl::StatusOr<std::unique_ptr<Store>> store = OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, kNothingMigrated);
  }
  const SchemaRevision current = (*store)->schema_revision();
  // Its memory, and its files.
  store->reset();
  if (options.to_do() == Action::kHistory) {
    return PrintResult(History(current), kNothingMigrated);
  }
  if (options.to_do() == Action::kCurrent) {
    return PrintResult(NameOf(current) + "\n", kNothingMigrated);
  }
  const absl::StatusOr<SchemaRevision> to = FindTarget(options, current);
  if (!to.ok()) return PrintError(to.status(), kNothingMigrated);
  return Migrate(options, current, *to);
}

}  // namespace

void AddMigrateCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<MigrateOptions>();
  CLI::App* const command = app.add_subcommand(
      "migrate", "Take a store from one revision of the schema to another.");
  command->add_option("DIR", options->folder, "Folder of the store")
      ->required()
      ->transform(FolderPath());
  command->add_option("ACTION", options->action, "What to do")
      ->required()
      ->option_text("history|current|upgrade|downgrade")
      ->transform(OneOf({{"history", static_cast<int>(Action::kHistory)},
                         {"current", static_cast<int>(Action::kCurrent)},
                         {"upgrade", static_cast<int>(Action::kUpgrade)},
                         {"downgrade", static_cast<int>(Action::kDowngrade)}}));
  command
      ->add_option("REVISION", options->revision,
                   "Where to: head, +1, -1, 0001")
      ->option_text("REVISION");
  command
      ->add_flag("--dry-run", options->dry_run,
                 "Print from where to where, and do nothing")
      ->disable_flag_override();
  command
      ->add_flag("--sql", options->sql,
                 "Print a server's statements, and do nothing")
      ->disable_flag_override();
  command
      ->add_flag("--stamp", options->stamp, "With --sql: also alembic_version")
      ->disable_flag_override();
  command
      ->add_option("-n,--schema", options->schema,
                   "With --sql: schema of the tables (public)")
      ->option_text("NAME");
  command->footer(kMigrateFooter);
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace orderstore::tools
