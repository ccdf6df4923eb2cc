#include "archive.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/file_identity.h"
#include "csv/input.h"
#include "csv/output_file.h"
#include "csv/system_error.h"
#include "csv/text.h"
#include "interrupt.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/migrate.h"
#include "orderstore/store.h"
#include "orderstore/verify.h"
#include "outputs.h"
#include "problem_text.h"
#include "sql/dump.h"
#include "sql/dump_file.h"
#include "sql/import.h"
#include "sql/text_row.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr char kArchiveFooter[] = R"(
Orders that were created before DATE (2026-01-01, or 2026-01-01T06:30:00Z, UTC)
go out of the store, with their barcodes, to OUT: a new store, or with --format
sql a script as `orderstore export` writes it. With them go copies of their
customers, who stay in the store.

The copy is on the disk, and read back and compared with the store row by row,
before anything is deleted; then all of it is, in one transaction, which copies
that follow the log repeat. Interrupted before that, the store is as it was, and
OUT may hold a copy.

Standard output: `lsn N`, the commit that deleted them, and how many customers,
orders and barcodes the copy has; with --json one object. Where there is none to
archive, nothing is written or deleted.

No other process may have the store open. OUT is a new or empty folder, or a new
file, not in the store's folder.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged, or the
copy is not what it should be; 4 the store's format, or its revision of the
schema, is not known.

Examples:
  orderstore archive shop --before 2025-01-01 shop-until-2024
  orderstore archive shop --before 2025-01-01 until-2024.sql --format sql
)";

constexpr char kNothingDeleted[] = "nothing was deleted";

enum class CopyFormat { kStore, kSql };

struct ArchiveOptions {
  std::string folder;
  std::string before;
  std::string to;
  int format = static_cast<int>(CopyFormat::kStore);
  bool json = false;

  bool is_sql() const { return format == static_cast<int>(CopyFormat::kSql); }
};

// Also as `log` and the shell print times.
std::optional<Timestamp> ReadDate(std::string text) {
  if (text.ends_with('Z')) text.pop_back();
  if (const size_t t = text.find('T'); t != text.npos) text[t] = ' ';
  return sql::ReadTime(text.find(' ') == text.npos ? text + " 00:00:00" : text);
}

absl::Status Interrupted() {
  return CaughtSignal() == 0 ? absl::OkStatus() : absl::CancelledError();
}

// ---- The copy --------------------------------------------------------------

// Calls `use` with each order to archive; its errors end it and are returned.
template <typename Use>
absl::Status ForEachOrder(const Reader& from, Timestamp before, Use use) {
  for (const Order& order : from.Orders()) {
    if (order.created_at >= before) continue;
    absl::Status status = use(order);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CopyOrder(const Reader& from, const Order& order,
                       Transaction& to) {
  if (!to.FindCustomer(order.customer_id)) {
    const std::optional<Customer> row = from.FindCustomer(order.customer_id);
    if (!row) return absl::DataLossError("an order has no customer");
    absl::Status status = to.InsertCustomer({.email = row->email,
                                             .name = row->name,
                                             .id = row->id,
                                             .created_at = row->created_at,
                                             .updated_at = row->updated_at})
                              .status();
    if (!status.ok()) return status;
  }
  absl::Status status = to.InsertOrder({.customer_id = order.customer_id,
                                        .id = order.id,
                                        .created_at = order.created_at,
                                        .updated_at = order.updated_at})
                            .status();
  for (const Barcode& row : from.BarcodesOf(order.id)) {
    status.Update(to.InsertBarcode({.value = row.value,
                                    .order_id = row.order_id,
                                    .is_used = row.is_used,
                                    .id = row.id,
                                    .created_at = row.created_at,
                                    .updated_at = row.updated_at})
                      .status());
  }
  return status;
}

absl::Status Fill(const Reader& from, Timestamp before, Store& to) {
  return to
      .Transact([&](Transaction& txn) {
        return ForEachOrder(from, before, [&](const Order& order) {
          absl::Status status = Interrupted();
          return status.ok() ? CopyOrder(from, order, txn) : status;
        });
      })
      .status();
}

absl::Status Differs(const Order& order) {
  return absl::DataLossError(absl::StrCat(
      "the copy of order ", order.id.value(), " is not as the store has it"));
}

// That the copy, as it was read back, has all that is to be archived, and no
// more.
absl::Status Compare(const Reader& from, Timestamp before, const Reader& copy) {
  int64_t orders = 0;
  int64_t barcodes = 0;
  absl::Status status = ForEachOrder(from, before, [&](const Order& order) {
    const auto rows = from.BarcodesOf(order.id);
    if (copy.FindOrder(order.id) != order ||
        copy.FindCustomer(order.customer_id) !=
            from.FindCustomer(order.customer_id) ||
        copy.BarcodesOf(order.id) != rows) {
      return Differs(order);
    }
    ++orders;
    barcodes += static_cast<int64_t>(rows.size());
    return Interrupted();
  });
  if (!status.ok()) return status;
  if (copy.Counts().orders == orders && copy.Counts().barcodes == barcodes) {
    return absl::OkStatus();
  }
  return absl::DataLossError("the copy has more rows than the store");
}

// ---- As a store ------------------------------------------------------------

absl::StatusOr<Counts> ArchiveToStore(const ArchiveOptions& options,
                                      SchemaRevision revision,
                                      const Reader& from, Timestamp before) {
  absl::Status status = MakeEmptyFolder(options.to);
  if (!status.ok()) return status;
  {
    absl::StatusOr<std::unique_ptr<Store>> to = Store::Open(options.to);
    if (!to.ok()) return to.status();
    status = Fill(from, before, **to);
    if (status.ok()) status = (*to)->Close();
    if (!status.ok()) return status;
  }
  const absl::StatusOr<SchemaRevision> made =
      MigrateStore(options.to, revision);
  if (!made.ok()) return made.status();
  const absl::StatusOr<VerifyReport> report = VerifyStore(options.to);
  if (!report.ok()) return report.status();
  if (!report->is_sound()) {
    return absl::DataLossError(absl::StrCat(
        csv::Printable(options.to), " is damaged as soon as it is written"));
  }
  const absl::StatusOr<std::unique_ptr<Store>> copy =
      Store::OpenReadOnly(options.to);
  if (!copy.ok()) return copy.status();
  const ReadView view = (*copy)->OpenReadView();
  status = Compare(from, before, view);
  if (!status.ok()) return status;
  return view.Counts();
}

// ---- As a script -----------------------------------------------------------

absl::Status SyncPath(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || fsync(descriptor) != 0) {
    const int error = errno;
    if (descriptor >= 0) close(descriptor);
    return csv::SystemError(error,
                            absl::StrCat("cannot sync ", csv::Printable(path)));
  }
  close(descriptor);
  return absl::OkStatus();
}

absl::Status WriteScript(const std::string& path, SchemaRevision revision,
                         const Store& archive) {
  absl::StatusOr<csv::OutputFile> file = csv::OutputFile::Create(path);
  if (!file.ok()) return file.status();
  absl::Status status = sql::WriteDump(
      archive.OpenReadView(), {.revision = revision},
      [&](std::string_view bytes) {
        file->Append(bytes);
        return CaughtSignal() == 0 ? file->status() : absl::CancelledError();
      });
  if (status.ok()) status = file->Publish();
  if (status.ok()) status = SyncPath(path);
  return status.ok() ? SyncPath(csv::FolderOf(csv::TargetOf(path))) : status;
}

absl::StatusOr<std::unique_ptr<Store>> ReadScript(const std::string& path) {
  absl::StatusOr<csv::Input> input = csv::Input::Open(path);
  if (!input.ok()) return input.status();
  absl::Status status = input->Load();
  if (!status.ok()) return status;
  const absl::StatusOr<sql::DumpFile> dump =
      sql::DumpFile::Parse(input->text(), "public");
  if (!dump.ok()) return dump.status();
  absl::StatusOr<std::unique_ptr<Store>> copy = Store::OpenInMemory();
  if (!copy.ok()) return copy;
  const absl::StatusOr<sql::ImportReport> report = sql::Import(
      [&](sql::Table table, const sql::TakeRow& take) {
        return dump->ReadRows(table, take);
      },
      {.strict = true, .cancelled = &InterruptFlag()}, **copy);
  if (!report.ok()) return report.status();
  return copy;
}

// What is there may be the only copy of what was archived before.
absl::Status CheckIsNew(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      absl::StrCat(csv::Printable(path), " is there; name a new file"));
}

absl::StatusOr<Counts> ArchiveToScript(const ArchiveOptions& options,
                                       SchemaRevision revision,
                                       const Reader& from, Timestamp before) {
  if (absl::Status status = CheckIsNew(options.to); !status.ok()) return status;
  {
    absl::StatusOr<std::unique_ptr<Store>> archive = Store::OpenInMemory();
    if (!archive.ok()) return archive.status();
    absl::Status status = Fill(from, before, **archive);
    if (status.ok()) status = WriteScript(options.to, revision, **archive);
    if (!status.ok()) return status;
  }
  const absl::StatusOr<std::unique_ptr<Store>> copy = ReadScript(options.to);
  if (!copy.ok()) return copy.status();
  const ReadView view = (*copy)->OpenReadView();
  absl::Status status = Compare(from, before, view);
  if (!status.ok()) return status;
  return view.Counts();
}

// ----------------------------------------------------------------------------

// Nobody has changed anything since: the store is this process's.
absl::StatusOr<Lsn> Delete(Store& store, const Reader& from, Timestamp before) {
  return store.Transact([&](Transaction& txn) {
    return ForEachOrder(from, before, [&](const Order& order) {
      absl::Status status = Interrupted();
      for (const Barcode& row : from.BarcodesOf(order.id)) {
        if (status.ok()) status = txn.DeleteBarcode(row.id);
      }
      return status.ok() ? txn.DeleteOrder(order.id) : status;
    });
  });
}

std::string Result(const ArchiveOptions& options, Lsn lsn,
                   const Counts& counts) {
  if (options.json) {
    return JsonLine({{"lsn", lsn},
                     {"customers", counts.customers},
                     {"orders", counts.orders},
                     {"barcodes", counts.barcodes}});
  }
  return absl::StrCat("lsn ", lsn, "\ncustomers ", counts.customers,
                      "\norders ", counts.orders, "\nbarcodes ",
                      counts.barcodes, "\n");
}

ExitCode PrintArchiveError(const absl::Status& status,
                           const ArchiveOptions& options) {
  if (absl::IsCancelled(status)) return PrintInterrupted(kNothingDeleted);
  if (absl::IsUnknown(status)) {
    return PrintError(status,
                      absl::StrCat(csv::Printable(options.to),
                                   " has a copy; whether all or nothing was "
                                   "deleted shows when the store is opened "
                                   "again"));
  }
  return PrintStoreError(status, options.folder, kNothingDeleted);
}

ExitCode Run(const ArchiveOptions& options, Timestamp before) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenToChange(options.folder);
  if (!store.ok()) return PrintArchiveError(store.status(), options);
  const ReadView view = (*store)->OpenReadView();
  const absl::Status any = ForEachOrder(
      view, before, [](const Order&) { return absl::AlreadyExistsError(""); });
  if (any.ok()) {
    return PrintResult(Result(options, view.lsn(), Counts()), kNothingDeleted);
  }
  const absl::StatusOr<Counts> counts =
      options.is_sql()
          ? ArchiveToScript(options, (*store)->schema_revision(), view, before)
          : ArchiveToStore(options, (*store)->schema_revision(), view, before);
  if (!counts.ok()) {
    // What is damaged is the copy.
    return absl::IsCancelled(counts.status())
               ? PrintInterrupted(kNothingDeleted)
               : PrintCopyError(counts.status(), kNothingDeleted);
  }
  const absl::StatusOr<Lsn> lsn = Delete(**store, view, before);
  if (!lsn.ok()) return PrintArchiveError(lsn.status(), options);
  return PrintResult(Result(options, *lsn, *counts),
                     absl::StrCat("all is archived, LSN ", *lsn));
}

ExitCode Archive(const ArchiveOptions& options) {
  const std::optional<Timestamp> before = ReadDate(options.before);
  absl::Status usage =
      options.is_sql()
          ? CheckOutsideStore({"OUT", options.to}, options.folder)
          : CheckFolderOutsideStore("OUT", options.to, options.folder);
  if (!before) {
    usage = absl::InvalidArgumentError(
        absl::StrCat("--before: '", csv::Printable(options.before),
                     "' is not a date like 2026-01-31, nor with a time like "
                     "2026-01-31T18:30:00Z"));
  }
  if (usage.ok() && !options.is_sql() && options.to.ends_with(".sql")) {
    usage = absl::InvalidArgumentError(
        "OUT is to be the folder of a store, and is called .sql; --format sql "
        "writes a script");
  }
  if (!usage.ok()) return PrintUsageError(usage, "orderstore archive");
  CatchInterrupts();
  return Run(options, *before);
}

}  // namespace

void AddArchiveCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* const command = app.add_subcommand(
      "archive", "Move older orders to a store or a script of their own.");
  command->add_option("DIR", options->folder, "Folder of the store")
      ->required()
      ->transform(FolderPath());
  command->add_option("OUT", options->to, "Where they go")
      ->required()
      ->transform(OutputPath());
  command
      ->add_option("--before", options->before,
                   "Orders that were created before it")
      ->required()
      ->option_text("DATE");
  command->add_option("--format", options->format, "What OUT is (store)")
      ->option_text("store|sql")
      ->transform(OneOf({{"store", static_cast<int>(CopyFormat::kStore)},
                         {"sql", static_cast<int>(CopyFormat::kSql)}}));
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command->footer(kArchiveFooter);
  command->callback([options, &exit_code] { exit_code = Archive(*options); });
}

}  // namespace orderstore::tools
