#include "sql/import.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "orderstore/read_view.h"
#include "sql/row_format.h"
#include "sql/target.h"

namespace orderstore::sql {
namespace {

// A row's times, as they stand there.
struct Times {
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> updated_at;
};

template <typename Row>
std::string ValuesOf(const Row& row) {
  InsertFormat format("(");
  std::string values;
  format.Begin(values);
  AppendRow(row, format, values);
  return values + ")";
}

class Importer {
 public:
  Importer(const ReadRows& source, const ImportOptions& options, Store& store)
      : source_(source), options_(options), store_(store) {}

  absl::StatusOr<ImportReport> Run() {
    absl::StatusOr<Transaction> txn = store_.Begin();
    if (!txn.ok()) return txn.status();
    txn_ = &*txn;
    // The same state: nobody else can commit.
    const ReadView before = store_.OpenReadView(ReadLevel::kLatest);
    before_ = &before;
    for (const Table table : kTables) {
      absl::Status status =
          source_(table, [&](const TextRow& row) { return Take(table, row); });
      if (!status.ok()) return status;
    }
    report_.imported = !options_.strict || report_.rejects.empty();
    if (!report_.imported) {
      txn->Abort();
      report_.lsn = before.lsn();
      return std::move(report_);
    }
    const absl::StatusOr<Lsn> lsn = txn->Commit();
    if (!lsn.ok()) return lsn.status();
    report_.lsn = *lsn;
    return std::move(report_);
  }

 private:
  // What became of a row: taken, rejected for a reason, or an error that ends
  // the import.
  struct Outcome {
    std::optional<Reason> reason = {};
    bool is_unchanged = false;
    absl::Status error = {};
    std::string stored = {};  // Reject's
  };
  static Outcome Rejected(Reason reason) { return {.reason = reason}; }

  absl::Status Take(Table table, const TextRow& row) {
    constexpr int64_t kRowsBetween = 1024;
    if (++rows_ % kRowsBetween == 0) {
      if (options_.progress) options_.progress(rows_);
      if (options_.cancelled != nullptr && *options_.cancelled) {
        return absl::CancelledError("the import was cancelled");
      }
    }
    mapped_ = {};
    Outcome outcome = Insert(table, row);
    if (!outcome.error.ok()) return outcome.error;
    Remember(table, row, outcome);
    TableReport& report = report_.tables[static_cast<size_t>(table)];
    if (outcome.reason) {
      ++report.rejected;
      report_.rejects.push_back({table, *outcome.reason, row.line,
                                 std::string(row.raw),
                                 std::move(outcome.stored)});
      return absl::OkStatus();
    }
    ++report.accepted;
    if (outcome.is_unchanged) {
      ++report.unchanged;
      return absl::OkStatus();
    }
    report_.mapped.name += mapped_.name;
    report_.mapped.is_used += mapped_.is_used;
    report_.mapped.created_at += mapped_.created_at;
    report_.mapped.updated_at += mapped_.updated_at;
    return absl::OkStatus();
  }

  // Rows that name one that was refused are not for what the store has under
  // its id.
  void Remember(Table table, const TextRow& row, const Outcome& outcome) {
    if (table == Table::kBarcodes || !row.fields[0]) return;
    const std::optional<int32_t> id = ReadId(*row.fields[0]);
    if (!id) return;
    Seen& seen = table == Table::kCustomers ? customers_ : orders_;
    (outcome.reason ? seen.rejected : seen.accepted).insert(*id);
  }

  Outcome Insert(Table table, const TextRow& row) {
    if (row.is_broken) return Rejected(Reason::kWrongFieldCount);
    switch (table) {
      case Table::kCustomers:
        return InsertCustomer(row);
      case Table::kOrders:
        return InsertOrder(row);
      case Table::kBarcodes:
        break;
    }
    return InsertBarcode(row);
  }

  // The last two of a table's columns.
  std::optional<Reason> ReadTimes(const TextRow& row, size_t first,
                                  Times& times) {
    const auto read = [](const std::optional<std::string_view>& text,
                         std::optional<Timestamp>& time) {
      if (text) time = ReadTime(*text);
      return !text || time;
    };
    if (!read(row.fields[first], times.created_at) ||
        !read(row.fields[first + 1], times.updated_at)) {
      return Reason::kBadTime;
    }
    mapped_.created_at = times.created_at ? 0 : 1;
    mapped_.updated_at = times.updated_at ? 0 : 1;
    return std::nullopt;
  }
  // What a row that is new gets.
  static std::optional<Timestamp> CreatedAt(const Times& times) {
    return times.created_at ? times.created_at : times.updated_at;
  }
  static std::optional<Timestamp> UpdatedAt(const Times& times) {
    return times.updated_at ? times.updated_at : times.created_at;
  }
  template <typename Row>
  static bool HasTimes(const Row& row, const Times& times) {
    return row.created_at == times.created_at.value_or(row.created_at) &&
           row.updated_at == times.updated_at.value_or(row.updated_at);
  }

  // What an insert's error says of the row; `is_there` is the store's row of
  // its id, `same` whether that is as it should be, `is_taken` whether another
  // has its text.
  Outcome OutcomeOf(const absl::Status& status, bool is_there, bool same,
                    bool is_taken, Reason unknown) const {
    if (status.ok()) return {};
    if (absl::IsInvalidArgument(status)) return Rejected(Reason::kBadText);
    if (absl::IsNotFound(status)) return Rejected(unknown);
    if (!absl::IsAlreadyExists(status)) return {.error = status};
    if (is_there && same) return {.is_unchanged = true};
    return Rejected(is_there || is_taken ? Reason::kConflict
                                         : Reason::kDuplicateRow);
  }

  template <typename Row>
  static Outcome WithStored(Outcome outcome, const std::optional<Row>& there) {
    if (outcome.reason == Reason::kConflict && there) {
      outcome.stored = ValuesOf(*there);
    }
    return outcome;
  }

  Outcome InsertCustomer(const TextRow& row) {
    const auto& [id_text, email, name, created, updated, none] = row.fields;
    if (!id_text || !email) return Rejected(Reason::kMissingValue);
    const std::optional<int32_t> id = ReadId(*id_text);
    if (!id) return Rejected(Reason::kBadId);
    Times times;
    if (const auto reason = ReadTimes(row, 3, times)) return Rejected(*reason);
    mapped_.name = name ? 0 : 1;
    const CustomerId key(*id);
    const absl::Status status =
        txn_->InsertCustomer({.email = *email,
                              .name = name.value_or(""),
                              .id = key,
                              .created_at = CreatedAt(times),
                              .updated_at = UpdatedAt(times)})
            .status();
    if (!absl::IsAlreadyExists(status)) {
      return OutcomeOf(status, false, false, false, Reason::kUnknownCustomer);
    }
    const std::optional<Customer> old = before_->FindCustomer(key);
    const std::optional<Customer> owner = before_->FindCustomerByEmail(*email);
    return WithStored(
        OutcomeOf(status, old.has_value(),
                  old && old->email == *email &&
                      old->name == name.value_or("") && HasTimes(*old, times),
                  owner.has_value(), Reason::kUnknownCustomer),
        old ? old : owner);
  }

  Outcome InsertOrder(const TextRow& row) {
    const auto& [id_text, customer_text, created, updated, none, none2] =
        row.fields;
    if (!id_text || !customer_text) return Rejected(Reason::kMissingValue);
    const std::optional<int32_t> id = ReadId(*id_text);
    const std::optional<int32_t> customer = ReadId(*customer_text);
    if (!id || !customer) return Rejected(Reason::kBadId);
    Times times;
    if (const auto reason = ReadTimes(row, 2, times)) return Rejected(*reason);
    const OrderId key(*id);
    if (customers_.WasRefused(*customer) && !before_->FindOrder(key)) {
      return Rejected(Reason::kUnknownCustomer);
    }
    const absl::Status status =
        txn_->InsertOrder({.customer_id = CustomerId(*customer),
                           .id = key,
                           .created_at = CreatedAt(times),
                           .updated_at = UpdatedAt(times)})
            .status();
    if (!absl::IsAlreadyExists(status)) {
      return OutcomeOf(status, false, false, false, Reason::kUnknownCustomer);
    }
    const std::optional<Order> old = before_->FindOrder(key);
    return WithStored(OutcomeOf(status, old.has_value(),
                                old && old->customer_id.value() == *customer &&
                                    HasTimes(*old, times),
                                false, Reason::kUnknownCustomer),
                      old);
  }

  Outcome InsertBarcode(const TextRow& row) {
    const auto& [id_text, value, order_text, used_text, created, updated] =
        row.fields;
    if (!id_text || !value) return Rejected(Reason::kMissingValue);
    const std::optional<int32_t> id = ReadId(*id_text);
    std::optional<OrderId> order;
    if (order_text) {
      const std::optional<int32_t> number = ReadId(*order_text);
      if (!number) return Rejected(Reason::kBadId);
      order = OrderId(*number);
    }
    if (!id) return Rejected(Reason::kBadId);
    const std::optional<bool> used =
        used_text ? ReadBool(*used_text) : std::optional(false);
    if (!used) return Rejected(Reason::kBadBool);
    Times times;
    if (const auto reason = ReadTimes(row, 4, times)) return Rejected(*reason);
    mapped_.is_used = used_text ? 0 : 1;
    const BarcodeId key(*id);
    if (order && orders_.WasRefused(order->value()) &&
        !before_->FindBarcode(key)) {
      return Rejected(Reason::kUnknownOrder);
    }
    const absl::Status status =
        txn_->InsertBarcode({.value = *value,
                             .order_id = order,
                             .is_used = *used,
                             .id = key,
                             .created_at = CreatedAt(times),
                             .updated_at = UpdatedAt(times)})
            .status();
    if (!absl::IsAlreadyExists(status)) {
      return OutcomeOf(status, false, false, false, Reason::kUnknownOrder);
    }
    const std::optional<Barcode> old = before_->FindBarcode(key);
    const std::optional<Barcode> owner = before_->FindBarcodeByValue(*value);
    return WithStored(
        OutcomeOf(status, old.has_value(),
                  old && old->value == *value && old->order_id == order &&
                      old->is_used == *used && HasTimes(*old, times),
                  owner.has_value(), Reason::kUnknownOrder),
        old ? old : owner);
  }

  const ReadRows& source_;
  const ImportOptions& options_;
  Store& store_;
  Transaction* txn_ = nullptr;
  const ReadView* before_ = nullptr;
  // Ids of the source's rows.
  struct Seen {
    absl::flat_hash_set<int32_t> accepted;
    absl::flat_hash_set<int32_t> rejected;

    bool WasRefused(int32_t id) const {
      return rejected.contains(id) && !accepted.contains(id);
    }
  };
  Seen customers_;
  Seen orders_;
  ImportReport report_;
  ImportReport::Mapped mapped_;  // of the row at hand
  int64_t rows_ = 0;
};

// Columns that the table has, of the store's.
absl::StatusOr<Layout> LayoutOn(Connection& server, const std::string& schema,
                                Table table,
                                std::vector<std::string>& columns) {
  const absl::StatusOr<std::vector<std::string>> there =
      FindColumns(server, schema, table);
  if (!there.ok()) return there.status();
  const std::vector<std::string> known =
      absl::StrSplit(std::string(ColumnsOf(table)), ", ");
  for (const std::string& column : known) {
    if (std::find(there->begin(), there->end(), column) != there->end()) {
      columns.push_back(column);
    }
  }
  absl::StatusOr<Layout> layout = LayoutOf(table, columns);
  if (layout.ok()) return layout;
  return absl::FailedPreconditionError(absl::StrCat(
      Qualified(schema, table), ": ", std::string(layout.status().message())));
}

}  // namespace

std::string_view NameOf(Reason reason) {
  constexpr std::array<std::string_view, kReasons> kNames = {
      "wrong_field_count", "missing_value", "bad_id",        "bad_text",
      "bad_boolean",       "bad_time",      "duplicate_row", "unknown_customer",
      "unknown_order",     "conflict"};
  return kNames[static_cast<size_t>(reason)];
}

absl::StatusOr<ImportReport> Import(const ReadRows& source,
                                    const ImportOptions& options,
                                    Store& store) {
  return Importer(source, options, store).Run();
}

absl::Status ReadServer(
    Connection& server, const std::string& schema,
    const std::function<absl::Status(const ReadRows&)>& read) {
  for (const Table table : kTables) {
    const auto columns = FindColumns(server, schema, table);
    if (!columns.ok()) return columns.status();
  }
  absl::Status status = BeginReading(server, schema);
  if (!status.ok()) return status;
  status = read([&](Table table, const TakeRow& take) {
    std::vector<std::string> columns;
    const absl::StatusOr<Layout> layout =
        LayoutOn(server, schema, table, columns);
    if (!layout.ok()) return layout.status();
    CopyLine reader(*layout);
    int64_t number = 0;
    return server.CopyOut(
        absl::StrCat("COPY (SELECT ", absl::StrJoin(columns, ", "), " FROM ",
                     Qualified(schema, table), " ORDER BY id) TO STDOUT"),
        [&](std::string_view line) {
          return take(reader.Read(++number, line));
        });
  });
  return status.ok() ? server.Execute("COMMIT") : status;
}

}  // namespace orderstore::sql
