#include "sql/dump.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sql/applied.h"
#include "sql/revisions.h"
#include "sql/row_format.h"
#include "sql/rows_of.h"
#include "sql/sequences.h"
#include "sql/stamp.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// Between the first statement and the last but one, this table has two equal
// rows, which the end of a transaction refuses.
constexpr std::string_view kBeginWhole =
    "CREATE TEMPORARY TABLE the_script_is_whole (\n"
    "    yes boolean UNIQUE DEFERRABLE INITIALLY DEFERRED\n"
    ") ON COMMIT DROP;\n"
    "INSERT INTO pg_temp.the_script_is_whole VALUES (false), (false);\n";
constexpr std::string_view kEndWhole =
    "DELETE FROM pg_temp.the_script_is_whole;\n";

// Collects bytes for an output.
class Sink {
 public:
  explicit Sink(const Output& output) : output_(output) {
    buffer_.reserve(2 * kBytes);
  }

  // To append to; EndPiece after each piece of a row or a statement.
  std::string& buffer() { return buffer_; }
  void EndPiece() {
    if (buffer_.size() >= kBytes) Flush();
  }
  void Add(std::string_view text) {
    buffer_ += text;
    EndPiece();
  }
  const absl::Status& status() const { return status_; }
  absl::Status Finish() {
    Flush();
    return status_;
  }

 private:
  static constexpr size_t kBytes = size_t{256} << 10;

  void Flush() {
    if (status_.ok() && !buffer_.empty()) status_ = output_(buffer_);
    buffer_.clear();
  }

  const Output& output_;
  std::string buffer_;
  absl::Status status_;
};

// ---- Rows ------------------------------------------------------------------

// Adds a table's rows; behind the columns of a barcode its order's key, if
// there are partitions.
class RowAdder {
 public:
  RowAdder(const Reader& reader, const std::optional<PartitionBy>& partition_by,
           Sink& sink)
      : reader_(reader), partition_by_(partition_by), sink_(sink) {}

  template <typename Format>
  void Add(Table table, Format format) {
    VisitRows(reader_, table,
              [&](auto rows) { AddRows(std::move(rows), format); });
  }

 private:
  template <typename Row, typename Format>
  void AddRows(Scan<Row> rows, Format& format) {
    std::string& to = sink_.buffer();
    for (const Row& row : rows) {
      format.Begin(to);
      AppendRow(row, format, to);
      if constexpr (std::is_same_v<Row, Barcode>) {
        if (partition_by_) {
          AppendKey(*partition_by_, OrderOf(reader_, row), format, to);
        }
      }
      format.End(to);
      sink_.EndPiece();
      if (!sink_.status().ok()) return;
    }
  }

  const Reader& reader_;
  const std::optional<PartitionBy>& partition_by_;
  Sink& sink_;
};

// ---- The script ------------------------------------------------------------

class Dump {
 public:
  Dump(const Reader& reader, const DumpOptions& options, Sink& sink)
      : reader_(reader), options_(options), sink_(sink) {}

  // Errors other than the sink's.
  absl::Status Write() {
    const absl::StatusOr<std::string> tables =
        MakeTables(reader_, options_.partition_by, schema());
    if (!tables.ok()) return tables.status();
    WriteBegin();
    sink_.Add(Marks());
    if (options_.clean) sink_.Add(Drops());
    if (options_.with_schema) sink_.Add(*tables);
    if (options_.with_data) {
      for (const Table table : kTables) WriteRows(table);
    }
    if (options_.with_schema) {
      sink_.Add("\n" + FinishTables(options_.partition_by, options_.revision,
                                    schema()));
    }
    if (options_.with_schema) sink_.Add(Stamp());
    sink_.Add("\n");
    for (const Table table : kTables) {
      sink_.Add(absl::StrCat("ANALYZE ", Qualified(schema(), table), ";\n"));
    }
    if (options_.with_data) {
      WriteChecks();
      // Last, as no rollback takes it back.
      sink_.Add("\n" + SetSequences(reader_, schema()));
    }
    sink_.Add(absl::StrCat("\n", std::string(kEndWhole), "COMMIT;\n"));
    sink_.Add(std::string(kScriptEnd));
    return absl::OkStatus();
  }

 private:
  const std::string& schema() const { return options_.schema; }

  std::string Drops() const {
    // What other options or revisions have made goes too, if it is there.
    if (options_.if_exists) {
      return DropTables(schema(), true) + DropBarcodeValues(schema(), true) +
             DropFunctions(kSchemaRevisions.back(), schema(), true);
    }
    return DropTables(schema(), false) +
           (options_.partition_by ? DropBarcodeValues(schema(), false) : "") +
           DropFunctions(options_.revision, schema(), false);
  }

  // What others say of tables that are there: rows that Alembic has under other
  // revisions are not replaced, and tables that followed a log do so no more.
  std::string Marks() const {
    return (options_.partition_by ? RequireNoStamp(schema())
                                  : RequireKnownStamp(schema())) +
           ForgetApplied(schema()) + "\n";
  }

  // What Alembic is told of the tables: nothing, if it does not know them.
  std::string Stamp() const {
    if (options_.partition_by) return "";
    return "\n" + (options_.stamp ? WriteStamp(options_.revision, schema())
                                  : MoveStamp(options_.revision, schema()));
  }

  std::string Columns(Table table) const {
    return ColumnsWithKey(table, options_.partition_by);
  }

  void WriteBegin() {
    const Counts counts = reader_.Counts();
    sink_.Add(absl::StrCat("-- An orderstore as of LSN ", reader_.lsn(),
                           ": customers ", counts.customers, ", orders ",
                           counts.orders, ", barcodes ", counts.barcodes,
                           ".\n"
                           "-- Load it with `psql -d DATABASE -f FILE`.\n"
                           "\n",
                           std::string(kScriptBegin),
                           "SET client_encoding = 'UTF8';\n"
                           "SET standard_conforming_strings = on;\n"
                           "SET TimeZone = 'UTC';\n"
                           "SET DateStyle = 'ISO';\n"
                           "SET client_min_messages = warning;\n"
                           "SET search_path = '';\n"
                           "\n"
                           "BEGIN;\n",
                           std::string(kBeginWhole), "\n"));
  }

  void WriteRows(Table table) {
    RowAdder rows(reader_, options_.partition_by, sink_);
    const std::string into =
        absl::StrCat(Qualified(schema(), table), " (", Columns(table), ")");
    if (options_.inserts) {
      sink_.Add("\n");
      rows.Add(table,
               InsertFormat(absl::StrCat("INSERT INTO ", into, " VALUES (")));
      return;
    }
    sink_.Add(absl::StrCat("\nCOPY ", into, " FROM stdin;\n"));
    rows.Add(table, LineFormat('\t', "\\N", AppendCopyField));
    sink_.Add("\\.\n");
  }

  void WriteChecks() {
    sink_.Add(absl::StrCat("\nDO ", std::string(kBlockQuote), "\nBEGIN\n"));
    for (const Table table : kTables) {
      const std::string name = Qualified(schema(), table);
      const int64_t rows = Of(reader_.Counts(), table);
      const std::string message = Literal(absl::StrCat(
          name, " has other rows than these ", rows, "; nothing was loaded"));
      sink_.Add(absl::StrCat("  IF (SELECT pg_catalog.count(*) FROM ", name,
                             ") <> ", rows,
                             " THEN\n"
                             "    RAISE EXCEPTION USING MESSAGE = ",
                             message, ";\n  END IF;\n"));
    }
    sink_.Add(absl::StrCat("END\n", std::string(kBlockQuote), ";\n"));
  }

  const Reader& reader_;
  const DumpOptions& options_;
  Sink& sink_;
};

}  // namespace

absl::Status CheckSchemaName(std::string_view name) {
  constexpr size_t kNameBytesMax = 63;
  if (!name.empty() && name.size() <= kNameBytesMax &&
      name.find('\0') == name.npos && name.find(kBlockQuote) == name.npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no schema has this name: it has 1 to ", kNameBytesMax,
                   " bytes, and not ", std::string(kBlockQuote), " in it"));
}

absl::Status WriteDump(const Reader& reader, const DumpOptions& options,
                       const Output& output) {
  absl::Status status = CheckSchemaName(options.schema);
  if (!status.ok()) return status;
  Sink sink(output);
  status = Dump(reader, options, sink).Write();
  return status.ok() ? sink.Finish() : status;
}

absl::Status WriteCsv(const Reader& reader, Table table, const Output& output) {
  Sink sink(output);
  std::string head(ColumnsOf(table));
  std::erase(head, ' ');
  sink.Add(head + "\n");
  RowAdder(reader, std::nullopt, sink)
      .Add(table, LineFormat(',', "", AppendCsvField));
  return sink.Finish();
}

}  // namespace orderstore::sql
