// Rows as text for a server. A format appends a row's fields, one after the
// other:
//
//   void Begin(std::string& to);
//   void Number(int64_t, std::string& to);  Null, Text, Bool, Time, Raw
//   void End(std::string& to);
//
// AppendRow appends a row's columns, those of ColumnsOf in its order.
//
// Thread-safety: a format is one thread's.

#ifndef ORDERSTORE_SQL_ROW_FORMAT_H_
#define ORDERSTORE_SQL_ROW_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "orderstore/records.h"
#include "sql/text.h"

namespace orderstore::sql {

// Fields with a separator between two, a line a row: COPY's text format, CSV.
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
  void Null(std::string& to) { Raw(null_, to); }
  void Text(std::string_view text, std::string& to) {
    Separate(to);
    append_text_(text, to);
  }
  void Bool(bool value, std::string& to) { Raw(value ? "t" : "f", to); }
  void Time(Timestamp time, std::string& to) {
    Separate(to);
    times_.Append(time, to);
  }
  // `infinity`, which stands for itself in every format.
  void Infinity(std::string& to) { Raw("infinity", to); }

 private:
  void Raw(std::string_view text, std::string& to) {
    Separate(to);
    to += text;
  }
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

// A statement a row: what stands before the fields, literals, `);`.
class InsertFormat {
 public:
  // `INSERT INTO shop.customers (id, ...) VALUES (`.
  explicit InsertFormat(std::string begin) : begin_(std::move(begin)) {}

  void Begin(std::string& to) {
    to += begin_;
    is_first_ = true;
  }
  void End(std::string& to) { to += ");\n"; }
  void Number(int64_t number, std::string& to) {
    Separate(to);
    AppendNumber(number, to);
  }
  void Null(std::string& to) { Raw("NULL", to); }
  void Text(std::string_view text, std::string& to) {
    Separate(to);
    AppendLiteral(text, to);
  }
  void Bool(bool value, std::string& to) { Raw(value ? "true" : "false", to); }
  void Time(Timestamp time, std::string& to) {
    Separate(to);
    to += '\'';
    times_.Append(time, to);
    to += '\'';
  }
  void Infinity(std::string& to) { Raw("'infinity'", to); }

 private:
  void Raw(std::string_view text, std::string& to) {
    Separate(to);
    to += text;
  }
  void Separate(std::string& to) {
    if (!is_first_) to += ", ";
    is_first_ = false;
  }

  const std::string begin_;
  TimeText times_;
  bool is_first_ = true;
};

template <typename Format>
void AppendOwnFields(const Customer& row, Format& format, std::string& to) {
  format.Number(row.id.value(), to);
  format.Text(row.email, to);
  format.Text(row.name, to);
}

template <typename Format>
void AppendOwnFields(const Order& row, Format& format, std::string& to) {
  format.Number(row.id.value(), to);
  format.Number(row.customer_id.value(), to);
}

template <typename Format>
void AppendOwnFields(const Barcode& row, Format& format, std::string& to) {
  format.Number(row.id.value(), to);
  format.Text(row.value, to);
  if (row.order_id) {
    format.Number(row.order_id->value(), to);
  } else {
    format.Null(to);
  }
  format.Bool(row.is_used, to);
}

// All columns; between Begin and End.
template <typename Row, typename Format>
void AppendRow(const Row& row, Format& format, std::string& to) {
  AppendOwnFields(row, format, to);
  format.Time(row.created_at, to);
  format.Time(row.updated_at, to);
}

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_ROW_FORMAT_H_
