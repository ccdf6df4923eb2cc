#include "sql/load.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sql/applied.h"
#include "sql/copy_binary.h"
#include "sql/dump.h"
#include "sql/proof.h"
#include "sql/revisions.h"
#include "sql/row_digest.h"
#include "sql/rows_of.h"
#include "sql/sequences.h"
#include "sql/stamp.h"
#include "sql/target.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

class Loader {
 public:
  Loader(const Reader& reader, Connection& server, const LoadOptions& options)
      : reader_(reader), server_(server), options_(options) {}

  absl::StatusOr<LoadReport> Run() {
    absl::Status status = CheckSchemaName(options_.schema);
    if (status.ok() && options_.fast_load && is_upsert()) {
      status = absl::InvalidArgumentError(
          "an upsert needs the keys that a fast load drops");
    }
    if (!status.ok()) return status;
    const auto began = Clock::now();
    server_.CancelWhen(options_.cancelled);
    status = server_.Execute("BEGIN");
    if (status.ok()) status = Fill();
    server_.CancelWhen(nullptr);
    if (!status.ok()) {
      // A lost connection has done it.
      server_.Execute("ROLLBACK").IgnoreError();
      return status;
    }
    status = server_.Commit();
    if (!status.ok()) return status;
    report_.lsn = reader_.lsn();
    for (const Table table : kTables) {
      // The planner's statistics: the load holds without them.
      server_.Execute("ANALYZE " + Qualified(options_.schema, table))
          .IgnoreError();
    }
    report_.load_seconds = Clock::now() - began - report_.proof_seconds;
    return report_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Tables that were made have no rows to go among, and no keys yet.
  bool is_upsert() const {
    return options_.existing == LoadOptions::Existing::kUpsert &&
           !report_.made_tables;
  }

  absl::Status Fill() {
    absl::Status status = Prepare();
    if (!status.ok()) return status;
    Dependents dependents;
    if (options_.fast_load && !report_.made_tables) {
      absl::StatusOr<Dependents> found =
          FindDependents(server_, options_.schema);
      if (!found.ok()) return found.status();
      dependents = *std::move(found);
      status = ExecuteAll(dependents.drop);
    }
    for (size_t i = 0; i < kTables.size() && status.ok(); ++i) {
      status = takes_binary_[i] && !is_upsert()
                   ? Copy(kTables[i], options_.schema, report_.tables[i])
                   : CopyByStage(kTables[i], report_.tables[i]);
    }
    if (status.ok()) status = MakeConstraints(dependents);
    if (status.ok()) status = Mark();
    if (status.ok()) Tell("proving the rows");
    const auto proof_began = Clock::now();
    for (size_t i = 0; i < kTables.size() && status.ok(); ++i) {
      status = Prove(kTables[i], report_.tables[i]);
    }
    if (status.ok()) status = ProveKeys();
    report_.proof_seconds = Clock::now() - proof_began;
    if (status.ok()) status = server_.Execute(DropTables("pg_temp", true));
    if (status.ok()) status = server_.Execute("SET CONSTRAINTS ALL IMMEDIATE");
    for (size_t i = 0; i < kTables.size() && status.ok(); ++i) {
      status = MoveSequence(kTables[i], report_.tables[i]);
    }
    return status;
  }

  // And indexes: of tables that were made, or those that were dropped.
  absl::Status MakeConstraints(const Dependents& dropped) {
    if (report_.made_tables || !dropped.create.empty()) {
      Tell("making constraints and indexes");
    }
    if (!report_.made_tables) return ExecuteAll(dropped.create);
    return server_.Execute(FinishTables(options_.partition_by,
                                        options_.revision, options_.schema));
  }

  // Writes what tells others of the tables.
  absl::Status Mark() {
    absl::Status status;
    if (options_.stamp && !report_.stamp) {
      report_.stamp = options_.revision;
      status = server_.Execute(WriteStamp(options_.revision, options_.schema));
    }
    if (status.ok() && options_.followed_store) {
      status = server_.Execute(WriteApplied(
          {.store_uuid = *options_.followed_store, .lsn = reader_.lsn()},
          options_.schema));
    }
    return status;
  }

  // Finds the tables empty, empties them or makes them.
  absl::Status Prepare() {
    const absl::StatusOr<Target> target = FindTarget(server_, options_.schema);
    if (!target.ok()) return target.status();
    report_.made_tables = !target->has_tables;
    absl::Status status = CheckMarks();
    if (!status.ok()) return status;
    if (report_.made_tables) {
      const absl::StatusOr<std::string> statements =
          MakeTables(reader_, options_.partition_by, options_.schema);
      return statements.ok() ? server_.Execute(*statements)
                             : statements.status();
    }
    takes_binary_ = target->takes_binary;
    // Readers go on, unless what belongs to the tables changes.
    status =
        LockTables(server_, options_.schema,
                   options_.fast_load ||
                           options_.existing == LoadOptions::Existing::kReplace
                       ? "ACCESS EXCLUSIVE"
                       : "SHARE ROW EXCLUSIVE");
    if (!status.ok()) return status;
    const absl::StatusOr<int64_t> rows = CountRows(server_, options_.schema);
    if (!rows.ok()) return rows.status();
    report_.rows_before = *rows;
    if (*rows == 0 || is_upsert()) return absl::OkStatus();
    if (options_.existing == LoadOptions::Existing::kRefuse) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the tables of the schema ", QuotedName(options_.schema), " have ",
          *rows, " rows; nothing was changed; ",
          options_.followed_store
              ? "--resync puts the store's in their place"
              : "--replace puts the store's in their place, --upsert among "
                "them"));
    }
    return server_.Execute("TRUNCATE " + TableNames(options_.schema));
  }

  // What others say of the tables.
  absl::Status CheckMarks() {
    const absl::StatusOr<std::optional<SchemaRevision>> stamp =
        ReadStamp(server_, options_.schema);
    if (!stamp.ok()) return stamp.status();
    report_.stamp = *stamp;
    const std::string schema = QuotedName(options_.schema);
    if (*stamp && report_.made_tables) {
      return SchemaMismatch(absl::StrCat(
          schema, ".alembic_version has revision ", std::string(IdOf(**stamp)),
          ", and the tables are not there; nothing was changed"));
    }
    if (options_.stamp && !*stamp && !report_.made_tables) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the tables of the schema ", schema,
          " were there, and nobody knows which revision they have; nothing was "
          "changed; `alembic stamp REVISION` says it"));
    }
    if (options_.partition_by && !report_.made_tables) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the tables of the schema ", schema,
          " are there, and a load makes no partitions of them; nothing was "
          "changed; drop them, or name another schema"));
    }
    const absl::StatusOr<std::optional<Applied>> applied =
        ReadApplied(server_, options_.schema);
    if (!applied.ok() || !*applied) return applied.status();
    if (is_upsert()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the tables of the schema ", schema,
          " are kept as a copy of the store ", (*applied)->store_uuid,
          "; nothing was changed; --replace ends that"));
    }
    return server_.Execute(ForgetApplied(options_.schema));
  }

  void Tell(std::string_view stage) {
    if (options_.stage) options_.stage(stage);
  }

  absl::Status ExecuteAll(const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) {
      absl::Status status = server_.Execute(sql);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // ---- Rows ----

  // By way of a table with the types that the bytes have, and with no other
  // rows. It stays until the rows are proven.
  absl::Status CopyByStage(Table table, TableProof& proof) {
    const std::string columns(ColumnsOf(table));
    absl::Status status = server_.Execute(CreateTable("pg_temp", table));
    if (status.ok()) status = Copy(table, "pg_temp", proof);
    if (!status.ok()) return status;
    Tell("moving rows into their table");
    return server_.Execute(absl::StrCat(
        "INSERT INTO ", Qualified(options_.schema, table), " (", columns,
        ") OVERRIDING SYSTEM VALUE SELECT ", columns, " FROM ",
        Qualified("pg_temp", table), is_upsert() ? OnConflict(table) : ""));
  }

  // A row that is there takes the values of the one of its id.
  static std::string OnConflict(Table table) {
    const std::vector<std::string> columns =
        absl::StrSplit(std::string(ColumnsOf(table)), ", ");
    std::vector<std::string> values;
    for (const std::string& column : columns) {
      // Identities that are always generated take none.
      if (column == "id") continue;
      values.push_back(absl::StrCat(column, " = EXCLUDED.", column));
    }
    return absl::StrCat(" ON CONFLICT (id) DO UPDATE SET ",
                        absl::StrJoin(values, ", "));
  }

  absl::Status Copy(Table table, const std::string& schema, TableProof& proof) {
    absl::Status status = server_.BeginCopyIn(CopyStatement(
        schema, table, ColumnsWithKey(table, options_.partition_by)));
    if (!status.ok()) return status;
    status = VisitRows(reader_, table, [&](auto rows) {
      return SendRows(std::move(rows), proof);
    });
    if (!status.ok()) {
      server_.AbortCopyIn().IgnoreError();
      return status;
    }
    return server_.EndCopyIn().status();
  }

  template <typename Row>
  absl::Status SendRows(Scan<Row> rows, TableProof& proof) {
    constexpr size_t kPieceBytes = size_t{256} << 10;
    RowDigest digest;
    std::string bytes(kCopyHeader);
    for (const Row& row : rows) {
      const size_t begin = bytes.size();
      AppendCopyRow(row, bytes);
      digest.Add(std::string_view(bytes).substr(begin));
      if constexpr (std::is_same_v<Row, Barcode>) {
        if (options_.partition_by) {
          bytes.resize(begin);
          AppendCopyRow(row, *options_.partition_by, OrderOf(reader_, row),
                        bytes);
        }
      }
      ++proof.rows;
      ++sent_;
      if (bytes.size() < kPieceBytes) continue;
      absl::Status status = Send(bytes);
      if (!status.ok()) return status;
    }
    bytes += kCopyTrailer;
    proof.digest = digest.ToString();
    return Send(bytes);
  }

  absl::Status Send(std::string& bytes) {
    if (options_.cancelled != nullptr &&
        options_.cancelled->load(std::memory_order_relaxed)) {
      return absl::CancelledError("the load was cancelled");
    }
    absl::Status status = server_.PutCopy(bytes);
    bytes.clear();
    if (options_.progress) options_.progress(sent_);
    return status;
  }

  // ---- Proof ----

  absl::Status Prove(Table table, const TableProof& sent) {
    const absl::StatusOr<TableProof> found =
        ProofOf(server_, options_.schema, table,
                is_upsert() ? absl::StrCat(" WHERE id IN (SELECT id FROM ",
                                           Qualified("pg_temp", table), ")")
                            : "");
    if (!found.ok()) return found.status();
    if (found->rows == sent.rows && found->digest == sent.digest) {
      return absl::OkStatus();
    }
    return absl::DataLossError(absl::StrCat(
        Qualified(options_.schema, table), " has ", found->rows,
        " rows with digest ", found->digest, ", and was sent ", sent.rows,
        " with digest ", sent.digest, "; nothing was changed"));
  }

  // No rollback takes it back; but a sequence only moves on, so that it does no
  // harm if the load comes to nothing.
  absl::Status MoveSequence(Table table, TableProof& proof) {
    const int64_t next = Of(reader_.NextIds(), table);
    const auto sequence = FindSequence(server_, options_.schema, table);
    if (!sequence.ok() || !*sequence) return sequence.status();
    absl::Status status = server_.Execute(
        sql::MoveSequence(**sequence, options_.schema, table, next - 1));
    if (!status.ok()) return status;
    const absl::StatusOr<int64_t> found = NextIdOf(server_, **sequence);
    if (!found.ok()) return found.status();
    proof.next_id = *found;
    if (*found >= next) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(
        Qualified(options_.schema, table), " would give the id ",
        *proof.next_id, " next, and the store ", next, "; nothing was loaded"));
  }

  absl::Status ProveKeys() {
    const absl::StatusOr<int64_t> lost =
        CountLostRows(server_, options_.schema);
    if (!lost.ok()) return lost.status();
    if (*lost == 0) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(
        *lost,
        " rows refer to others that are not there; nothing was changed"));
  }

  const Reader& reader_;
  Connection& server_;
  const LoadOptions& options_;
  LoadReport report_;
  std::array<bool, kTables.size()> takes_binary_ = {true, true, true};
  int64_t sent_ = 0;
};

}  // namespace

absl::StatusOr<LoadReport> Load(const Reader& reader, Connection& server,
                                const LoadOptions& options) {
  return Loader(reader, server, options).Run();
}

}  // namespace orderstore::sql
