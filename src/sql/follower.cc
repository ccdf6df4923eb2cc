#include "sql/follower.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sql/check.h"
#include "sql/copy_binary.h"
#include "sql/row_format.h"
#include "sql/schema.h"
#include "sql/sequences.h"
#include "sql/stamp.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// So much is applied in one transaction, but for a transaction of the store
// that has more; and so much is sent at once.
constexpr size_t kChangesMax = 50'000;
constexpr size_t kStatementBytesMax = size_t{1} << 20;

// Whether it commutes with changes of other rows but for foreign keys, which
// parents-first settles.
bool CanBePutTogether(const Change& change) {
  if (const auto* customer = std::get_if<CustomerUpdated>(&change)) {
    return !customer->email && !customer->name;
  }
  if (const auto* barcode = std::get_if<BarcodeUpdated>(&change)) {
    return !barcode->value;
  }
  return std::holds_alternative<CustomerInserted>(change) ||
         std::holds_alternative<OrderInserted>(change) ||
         std::holds_alternative<OrderUpdated>(change) ||
         std::holds_alternative<BarcodeInserted>(change);
}

Customer ViewOf(const OwnedCustomer& row) {
  return {row.id, row.email, row.name, row.created_at, row.updated_at};
}
const Order& ViewOf(const Order& row) { return row; }
Barcode ViewOf(const OwnedBarcode& row) {
  return {row.id,      row.value,      row.order_id,
          row.is_used, row.created_at, row.updated_at};
}

// The columns that ApplyRows updates, of `s`.
std::string_view UpdatesOf(Table table) {
  switch (table) {
    case Table::kCustomers:
      return "updated_at = s.updated_at";
    case Table::kOrders:
      return "customer_id = s.customer_id, updated_at = s.updated_at";
    case Table::kBarcodes:
      break;
  }
  return "order_id = s.order_id, is_used = s.is_used, updated_at = "
         "s.updated_at";
}

// Appends the statement that repeats a change.
class StatementWriter {
 public:
  StatementWriter(const std::string& schema, std::string& to)
      : schema_(schema), to_(to) {}

  void operator()(const CustomerInserted& change) {
    Insert(Table::kCustomers, change.row);
  }
  void operator()(const OrderInserted& change) {
    Insert(Table::kOrders, change.row);
  }
  void operator()(const BarcodeInserted& change) {
    Insert(Table::kBarcodes, change.row);
  }
  void operator()(const CustomerUpdated& change) {
    BeginUpdate(Table::kCustomers);
    if (change.email) Set("email = ", *change.email);
    if (change.name) Set("name = ", *change.name);
    EndUpdate(change.updated_at, change.id.value());
  }
  void operator()(const OrderUpdated& change) {
    BeginUpdate(Table::kOrders);
    absl::StrAppend(&to_, "customer_id = ", change.customer_id.value(), ", ");
    EndUpdate(change.updated_at, change.id.value());
  }
  void operator()(const BarcodeUpdated& change) {
    BeginUpdate(Table::kBarcodes);
    if (change.value) Set("barcode_value = ", *change.value);
    absl::StrAppend(
        &to_, "order_id = ",
        change.order_id ? absl::StrCat(change.order_id->value()) : "NULL",
        ", is_used = ", change.is_used ? "true" : "false", ", ");
    EndUpdate(change.updated_at, change.id.value());
  }
  void operator()(const CustomerDeleted& change) {
    Delete(Table::kCustomers, change.id.value());
  }
  void operator()(const OrderDeleted& change) {
    Delete(Table::kOrders, change.id.value());
  }
  void operator()(const BarcodeDeleted& change) {
    Delete(Table::kBarcodes, change.id.value());
  }

 private:
  template <typename Row>
  void Insert(Table table, const Row& row) {
    InsertFormat format(absl::StrCat("INSERT INTO ", Qualified(schema_, table),
                                     " (", std::string(ColumnsOf(table)),
                                     ") OVERRIDING SYSTEM VALUE VALUES ("));
    format.Begin(to_);
    AppendRow(row, format, to_);
    format.End(to_);
  }
  void BeginUpdate(Table table) {
    absl::StrAppend(&to_, "UPDATE ", Qualified(schema_, table), " SET ");
  }
  void Set(const char* column, std::string_view text) {
    to_ += column;
    AppendLiteral(text, to_);
    to_ += ", ";
  }
  void EndUpdate(Timestamp updated_at, int32_t id) {
    to_ += "updated_at = '";
    TimeText().Append(updated_at, to_);
    absl::StrAppend(&to_, "' WHERE id = ", id, ";\n");
  }
  void Delete(Table table, int32_t id) {
    absl::StrAppend(&to_, "DELETE FROM ", Qualified(schema_, table),
                    " WHERE id = ", id, ";\n");
  }

  const std::string& schema_;
  std::string& to_;
};

// COPY's bytes of the rows that are new, or of those that are not.
template <typename Rows>
std::string BytesOf(const Rows& rows, bool are_new, size_t& count) {
  std::string bytes;
  count = 0;
  for (const auto& [id, changed] : rows) {
    if (changed.is_new != are_new) continue;
    AppendCopyRow(ViewOf(changed.row), bytes);
    ++count;
  }
  return bytes;
}

// The tables, of a revision that this program knows.
absl::StatusOr<Target> FindKnownTarget(Connection& server,
                                       const std::string& schema) {
  absl::StatusOr<Target> target = FindTarget(server, schema);
  if (!target.ok()) return target;
  if (!target->has_tables) return NoTables(schema);
  const auto stamp = ReadStamp(server, schema);
  if (!stamp.ok()) return stamp.status();
  return target;
}

absl::StatusOr<int64_t> CopyRows(Connection& server, const std::string& schema,
                                 Table table, const std::string& rows) {
  absl::Status status = server.BeginCopyIn(
      CopyStatement(schema, table, std::string(ColumnsOf(table))));
  if (status.ok()) status = server.PutCopy(kCopyHeader);
  if (status.ok()) status = server.PutCopy(rows);
  if (status.ok()) status = server.PutCopy(kCopyTrailer);
  if (!status.ok()) return status;
  return server.EndCopyIn();
}

}  // namespace

absl::StatusOr<Follower> Follower::Open(Connection& server,
                                        const std::string& schema,
                                        Applied from) {
  const absl::StatusOr<Target> target = FindKnownTarget(server, schema);
  if (!target.ok()) return target.status();
  for (const Table table : kTables) {
    // Gone with the session.
    absl::Status status = server.Execute(CreateTable("pg_temp", table));
    if (!status.ok()) return status;
  }
  Follower follower(server, schema, *target, std::move(from));
  for (size_t i = 0; i < kTables.size(); ++i) {
    auto sequence = FindSequence(server, schema, kTables[i]);
    if (!sequence.ok()) return sequence.status();
    follower.sequences_[i] = *std::move(sequence);
  }
  return follower;
}

// ---- Collecting ------------------------------------------------------------

absl::Status Follower::Add(const LoggedTransaction& transaction) {
  const bool as_statements = !std::all_of(
      transaction.changes.begin(), transaction.changes.end(), CanBePutTogether);
  if (!is_empty() &&
      (as_statements != as_statements_ || changes_ >= kChangesMax)) {
    if (absl::Status status = Flush(); !status.ok()) return status;
  }
  as_statements_ = as_statements;
  for (const Change& change : transaction.changes) {
    if (as_statements) {
      AppendStatement(change);
    } else {
      PutTogether(change);
    }
    if (const auto* customer = std::get_if<CustomerInserted>(&change)) {
      inserted_.customers =
          std::max<int64_t>(inserted_.customers, customer->row.id.value());
    } else if (const auto* order = std::get_if<OrderInserted>(&change)) {
      inserted_.orders =
          std::max<int64_t>(inserted_.orders, order->row.id.value());
    } else if (const auto* barcode = std::get_if<BarcodeInserted>(&change)) {
      inserted_.barcodes =
          std::max<int64_t>(inserted_.barcodes, barcode->row.id.value());
    }
  }
  changes_ += transaction.changes.size();
  added_ = transaction.lsn;
  return absl::OkStatus();
}

void Follower::AppendStatement(const Change& change) {
  // A server reads a piece whole before it does anything of it.
  if (statements_.empty() || statements_.back().size() >= kStatementBytesMax) {
    statements_.emplace_back();
  }
  std::visit(StatementWriter(schema_, statements_.back()), change);
}

void Follower::PutTogether(const Change& change) {
  if (const auto* made = std::get_if<CustomerInserted>(&change)) {
    customers_[made->row.id.value()] = {ToOwned(made->row), true};
  } else if (const auto* touched = std::get_if<CustomerUpdated>(&change)) {
    OwnedCustomer& row = customers_[touched->id.value()].row;
    row.id = touched->id;
    row.updated_at = touched->updated_at;
  } else if (const auto* ordered = std::get_if<OrderInserted>(&change)) {
    orders_[ordered->row.id.value()] = {ordered->row, true};
  } else if (const auto* moved = std::get_if<OrderUpdated>(&change)) {
    Order& row = orders_[moved->id.value()].row;
    row.id = moved->id;
    row.customer_id = moved->customer_id;
    row.updated_at = moved->updated_at;
  } else if (const auto* printed = std::get_if<BarcodeInserted>(&change)) {
    barcodes_[printed->row.id.value()] = {ToOwned(printed->row), true};
  } else if (const auto* sold = std::get_if<BarcodeUpdated>(&change)) {
    OwnedBarcode& row = barcodes_[sold->id.value()].row;
    row.id = sold->id;
    row.order_id = sold->order_id;
    row.is_used = sold->is_used;
    row.updated_at = sold->updated_at;
  }
}

// ---- Applying --------------------------------------------------------------

absl::Status Follower::Flush() {
  if (is_empty()) return absl::OkStatus();
  absl::Status status = server_->Execute("BEGIN");
  if (status.ok()) status = Apply();
  if (!status.ok()) {
    // A lost connection has done it.
    server_->Execute("ROLLBACK").IgnoreError();
    return status;
  }
  status = server_->Commit();
  if (!status.ok()) return status;

  applied_.lsn = added_;
  changes_ = 0;
  customers_.clear();
  orders_.clear();
  barcodes_.clear();
  statements_.clear();
  inserted_ = {.customers = 0, .orders = 0, .barcodes = 0};
  return absl::OkStatus();
}

absl::Status Follower::Apply() {
  // First: it keeps a second follower out.
  absl::Status status = AdvanceApplied(*server_, schema_, applied_, added_);
  if (status.ok()) status = as_statements_ ? ApplyStatements() : ApplyRows();
  return status.ok() ? MoveSequences() : status;
}

absl::Status Follower::ApplyStatements() {
  int64_t rows = 0;
  for (const std::string& piece : statements_) {
    const absl::StatusOr<int64_t> changed = server_->Change(piece);
    if (!changed.ok()) return changed.status();
    rows += *changed;
  }
  if (rows == static_cast<int64_t>(changes_)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the schema ", QuotedName(schema_), " has other rows than ",
                   "the store had at LSN ", applied_.lsn, ": ", changes_,
                   " changes found ", rows, " rows"));
}

absl::Status Follower::ApplyRows() {
  absl::Status status = Insert(Table::kCustomers, customers_);
  if (status.ok()) status = Insert(Table::kOrders, orders_);
  if (status.ok()) status = Insert(Table::kBarcodes, barcodes_);
  if (status.ok()) status = Update(Table::kCustomers, customers_);
  if (status.ok()) status = Update(Table::kOrders, orders_);
  if (status.ok()) status = Update(Table::kBarcodes, barcodes_);
  return status;
}

template <typename Row>
absl::Status Follower::Insert(Table table, const ChangedRows<Row>& rows) {
  size_t count = 0;
  const std::string bytes = BytesOf(rows, /*are_new=*/true, count);
  if (count == 0) return absl::OkStatus();
  if (target_.takes_binary[static_cast<size_t>(table)]) {
    return CheckCount(table, CopyRows(*server_, schema_, table, bytes), count);
  }
  if (absl::Status status = Stage(table, bytes); !status.ok()) return status;
  const std::string columns(ColumnsOf(table));
  return CheckCount(table,
                    server_->Change(absl::StrCat(
                        "INSERT INTO ", Qualified(schema_, table), " (",
                        columns, ") OVERRIDING SYSTEM VALUE SELECT ", columns,
                        " FROM ", Qualified("pg_temp", table))),
                    count);
}

template <typename Row>
absl::Status Follower::Update(Table table, const ChangedRows<Row>& rows) {
  size_t count = 0;
  const std::string bytes = BytesOf(rows, /*are_new=*/false, count);
  if (count == 0) return absl::OkStatus();
  if (absl::Status status = Stage(table, bytes); !status.ok()) return status;
  return CheckCount(table,
                    server_->Change(absl::StrCat(
                        "UPDATE ", Qualified(schema_, table), " t SET ",
                        std::string(UpdatesOf(table)), " FROM ",
                        Qualified("pg_temp", table), " s WHERE t.id = s.id")),
                    count);
}

absl::Status Follower::Stage(Table table, const std::string& rows) {
  const std::string stage = Qualified("pg_temp", table);
  absl::Status status = server_->Execute("TRUNCATE " + stage);
  if (status.ok()) {
    status = CopyRows(*server_, "pg_temp", table, rows).status();
  }
  // Or the planner takes it for small, however large it is.
  return status.ok() ? server_->Execute("ANALYZE " + stage) : status;
}

absl::Status Follower::CheckCount(Table table, absl::StatusOr<int64_t> found,
                                  size_t wanted) const {
  if (!found.ok()) return found.status();
  if (*found == static_cast<int64_t>(wanted)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      Qualified(schema_, table), " has other rows than the store had at LSN ",
      applied_.lsn, ": of ", wanted, " to change it has ", *found));
}

absl::Status Follower::MoveSequences() {
  for (const Table table : kTables) {
    const int64_t last = Of(inserted_, table);
    const auto& sequence = sequences_[static_cast<size_t>(table)];
    if (last == 0 || !sequence) continue;
    absl::Status status =
        server_->Execute(MoveSequence(*sequence, schema_, table, last));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// ---- Adopting --------------------------------------------------------------

absl::Status AdoptCopy(const Reader& reader, const std::string& store_uuid,
                       Connection& server, const std::string& schema) {
  // Tables that no follower writes to are no copy.
  const absl::StatusOr<Target> target = FindKnownTarget(server, schema);
  if (!target.ok()) return target.status();
  absl::Status status = server.Execute("BEGIN");
  if (status.ok()) status = LockTables(server, schema, "SHARE ROW EXCLUSIVE");
  if (status.ok()) {
    const auto applied = ReadApplied(server, schema);
    status = applied.status();
    if (applied.ok() && *applied) {
      status = absl::AbortedError(
          absl::StrCat("the schema ", QuotedName(schema),
                       " has become a copy of a store meanwhile"));
    }
  }
  if (status.ok()) {
    const absl::StatusOr<CheckReport> report = Check(reader, server, schema);
    status = report.status();
    if (report.ok() && !report->is_equal()) {
      status = absl::DataLossError(absl::StrCat(
          "the schema ", QuotedName(schema), " has other rows than the store ",
          "had at LSN ", reader.lsn(), ": ",
          absl::StrJoin(report->Differences(), "; ")));
    }
  }
  if (status.ok()) {
    status = server.Execute(
        WriteApplied({.store_uuid = store_uuid, .lsn = reader.lsn()}, schema));
  }
  if (status.ok()) return server.Commit();
  // A lost connection has done it.
  server.Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace orderstore::sql
