#include "sql/dump.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sql/sequences.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

constexpr std::string_view kQuote = "$orderstore$";

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
//
// A format appends a row's fields, one after the other:
//
//   void Begin(std::string& to);  Number(...), Text(...), ...;  End(to);

// Fields with a separator between two, a line a row.
class LineFormat {
 public:
  using AppendText = void (*)(std::string_view text, std::string& to);

  LineFormat(char separator, std::string_view null, AppendText append_text)
      : separator_(separator), null_(null), append_text_(append_text) {}

  void Begin(std::string&) { is_first_ = true; }
  void End(std::string& to) { to += '\n'; }
  void Number(int64_t number, std::string& to) {
    Separate(to);
    AppendNumber(number, to);
  }
  void Null(std::string& to) {
    Separate(to);
    to += null_;
  }
  void Text(std::string_view text, std::string& to) {
    Separate(to);
    append_text_(text, to);
  }
  void Bool(bool value, std::string& to) {
    Separate(to);
    to += value ? 't' : 'f';
  }
  void Time(Timestamp time, std::string& to) {
    Separate(to);
    times_.Append(time, to);
  }

 private:
  void Separate(std::string& to) {
    if (!is_first_) to += separator_;
    is_first_ = false;
  }

  const char separator_;
  const std::string_view null_;
  const AppendText append_text_;
  TimeText times_;
  bool is_first_ = true;
};

// A statement a row.
class InsertFormat {
 public:
  InsertFormat(std::string_view schema, Table table)
      : begin_(absl::StrCat("INSERT INTO ", Qualified(schema, table), " (",
                            std::string(ColumnsOf(table)), ") VALUES (")) {}

  void Begin(std::string& to) {
    to += begin_;
    is_first_ = true;
  }
  void End(std::string& to) { to += ");\n"; }
  void Number(int64_t number, std::string& to) {
    Separate(to);
    AppendNumber(number, to);
  }
  void Null(std::string& to) {
    Separate(to);
    to += "NULL";
  }
  void Text(std::string_view text, std::string& to) {
    Separate(to);
    AppendLiteral(text, to);
  }
  void Bool(bool value, std::string& to) {
    Separate(to);
    to += value ? "true" : "false";
  }
  void Time(Timestamp time, std::string& to) {
    Separate(to);
    to += '\'';
    times_.Append(time, to);
    to += '\'';
  }

 private:
  void Separate(std::string& to) {
    if (!is_first_) to += ", ";
    is_first_ = false;
  }

  const std::string begin_;
  TimeText times_;
  bool is_first_ = true;
};

template <typename Format>
void AppendFields(const Customer& row, Format& format, std::string& to) {
  format.Number(row.id.value(), to);
  format.Text(row.email, to);
  format.Text(row.name, to);
}

template <typename Format>
void AppendFields(const Order& row, Format& format, std::string& to) {
  format.Number(row.id.value(), to);
  format.Number(row.customer_id.value(), to);
}

template <typename Format>
void AppendFields(const Barcode& row, Format& format, std::string& to) {
  format.Number(row.id.value(), to);
  format.Text(row.value, to);
  if (row.order_id) {
    format.Number(row.order_id->value(), to);
  } else {
    format.Null(to);
  }
  format.Bool(row.is_used, to);
}

template <typename Row, typename Format>
void AddRows(Scan<Row> rows, Format& format, Sink& sink) {
  std::string& to = sink.buffer();
  for (const Row& row : rows) {
    format.Begin(to);
    AppendFields(row, format, to);
    format.Time(row.created_at, to);
    format.Time(row.updated_at, to);
    format.End(to);
    sink.EndPiece();
    if (!sink.status().ok()) return;
  }
}

template <typename Format>
void AddRows(const Reader& reader, Table table, Format format, Sink& sink) {
  switch (table) {
    case Table::kCustomers:
      return AddRows(reader.Customers(), format, sink);
    case Table::kOrders:
      return AddRows(reader.Orders(), format, sink);
    case Table::kBarcodes:
      return AddRows(reader.Barcodes(), format, sink);
  }
}

// ---- The script ------------------------------------------------------------

int64_t RowsOf(const Counts& counts, Table table) {
  switch (table) {
    case Table::kCustomers:
      return counts.customers;
    case Table::kOrders:
      return counts.orders;
    case Table::kBarcodes:
      break;
  }
  return counts.barcodes;
}

class Dump {
 public:
  Dump(const Reader& reader, const DumpOptions& options, Sink& sink)
      : reader_(reader), options_(options), sink_(sink) {}

  void Write() {
    WriteBegin();
    if (options_.clean) sink_.Add(DropTables(schema(), options_.if_exists));
    if (options_.with_schema) sink_.Add(CreateTables(schema()));
    if (options_.with_data) {
      for (const Table table : kTables) WriteRows(table);
    }
    if (options_.with_schema) sink_.Add("\n" + CreateConstraints(schema()));
    if (options_.with_data) {
      sink_.Add("\n" + SetSequences(reader_, schema(), /*and_rows=*/false));
      WriteChecks();
    }
    sink_.Add(absl::StrCat("\n", std::string(kEndWhole), "COMMIT;\n"));
    for (const Table table : kTables) {
      sink_.Add(absl::StrCat("ANALYZE ", Qualified(schema(), table), ";\n"));
    }
  }

 private:
  const std::string& schema() const { return options_.schema; }

  void WriteBegin() {
    const Counts counts = reader_.Counts();
    sink_.Add(absl::StrCat("-- An orderstore as of LSN ", reader_.lsn(),
                           ": customers ", counts.customers, ", orders ",
                           counts.orders, ", barcodes ", counts.barcodes,
                           ".\n"
                           "-- Load it with `psql -d DATABASE -f FILE`.\n"
                           "\n"
                           "\\set ON_ERROR_STOP on\n"
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
    if (options_.inserts) {
      sink_.Add("\n");
      AddRows(reader_, table, InsertFormat(schema(), table), sink_);
      return;
    }
    sink_.Add(absl::StrCat("\nCOPY ", Qualified(schema(), table), " (",
                           std::string(ColumnsOf(table)), ") FROM stdin;\n"));
    AddRows(reader_, table, LineFormat('\t', "\\N", AppendCopyField), sink_);
    sink_.Add("\\.\n");
  }

  void WriteChecks() {
    sink_.Add(absl::StrCat("\nDO ", std::string(kQuote), "\nBEGIN\n"));
    for (const Table table : kTables) {
      const std::string name = Qualified(schema(), table);
      const int64_t rows = RowsOf(reader_.Counts(), table);
      std::string message;
      AppendLiteral(absl::StrCat(name, " has other rows than these ", rows,
                                 "; nothing was loaded"),
                    message);
      sink_.Add(absl::StrCat("  IF (SELECT pg_catalog.count(*) FROM ", name,
                             ") <> ", rows,
                             " THEN\n"
                             "    RAISE EXCEPTION USING MESSAGE = ",
                             message, ";\n  END IF;\n"));
    }
    sink_.Add(absl::StrCat("END\n", std::string(kQuote), ";\n"));
  }

  const Reader& reader_;
  const DumpOptions& options_;
  Sink& sink_;
};

}  // namespace

absl::Status CheckSchemaName(std::string_view name) {
  constexpr size_t kNameBytesMax = 63;
  if (!name.empty() && name.size() <= kNameBytesMax &&
      name.find('\0') == name.npos && name.find(kQuote) == name.npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no schema has this name: it has 1 to ", kNameBytesMax,
                   " bytes, and not ", std::string(kQuote), " in it"));
}

absl::Status WriteDump(const Reader& reader, const DumpOptions& options,
                       const Output& output) {
  absl::Status status = CheckSchemaName(options.schema);
  if (!status.ok()) return status;
  Sink sink(output);
  Dump(reader, options, sink).Write();
  return sink.Finish();
}

absl::Status WriteCsv(const Reader& reader, Table table, const Output& output) {
  Sink sink(output);
  std::string head(ColumnsOf(table));
  std::erase(head, ' ');
  sink.Add(head + "\n");
  AddRows(reader, table, LineFormat(',', "", AppendCsvField), sink);
  return sink.Finish();
}

}  // namespace orderstore::sql
