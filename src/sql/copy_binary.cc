#include "sql/copy_binary.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace orderstore::sql {
namespace {

// From 1970 to 2000, where the server's time begins.
constexpr int64_t kMicrosTo2000 = int64_t{946'684'800} * 1'000'000;

template <typename Number>
void AppendBigEndian(Number number, std::string& to) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  to.append(std::make_reverse_iterator(bytes + sizeof number),
            std::make_reverse_iterator(bytes));
}

// Each field is its length and its bytes.
void AppendInteger(int32_t number, std::string& to) {
  AppendBigEndian(int32_t{4}, to);
  AppendBigEndian(number, to);
}

void AppendText(std::string_view text, std::string& to) {
  AppendBigEndian(static_cast<int32_t>(text.size()), to);
  to += text;
}

void AppendBool(bool value, std::string& to) {
  AppendBigEndian(int32_t{1}, to);
  to += value ? '\1' : '\0';
}

void AppendTime(Timestamp time, std::string& to) {
  AppendBigEndian(int32_t{8}, to);
  AppendBigEndian(time.time_since_epoch().count() - kMicrosTo2000, to);
}

void AppendNull(std::string& to) { AppendBigEndian(int32_t{-1}, to); }

// What AppendKey appends to.
struct BinaryFormat {
  void Number(int64_t number, std::string& to) {
    AppendInteger(static_cast<int32_t>(number), to);
  }
  void Time(Timestamp time, std::string& to) { AppendTime(time, to); }
  void Infinity(std::string& to) {
    AppendBigEndian(int32_t{8}, to);
    AppendBigEndian(INT64_MAX, to);
  }
};

void BeginRow(int16_t columns, std::string& to) {
  AppendBigEndian(columns, to);
}

void AppendColumns(const Barcode& row, std::string& to) {
  AppendInteger(row.id.value(), to);
  AppendText(row.value, to);
  if (row.order_id) {
    AppendInteger(row.order_id->value(), to);
  } else {
    AppendNull(to);
  }
  AppendBool(row.is_used, to);
  AppendTime(row.created_at, to);
  AppendTime(row.updated_at, to);
}

}  // namespace

void AppendCopyRow(const Customer& row, std::string& to) {
  BeginRow(5, to);
  AppendInteger(row.id.value(), to);
  AppendText(row.email, to);
  AppendText(row.name, to);
  AppendTime(row.created_at, to);
  AppendTime(row.updated_at, to);
}

void AppendCopyRow(const Order& row, std::string& to) {
  BeginRow(4, to);
  AppendInteger(row.id.value(), to);
  AppendInteger(row.customer_id.value(), to);
  AppendTime(row.created_at, to);
  AppendTime(row.updated_at, to);
}

void AppendCopyRow(const Barcode& row, std::string& to) {
  BeginRow(6, to);
  AppendColumns(row, to);
}

void AppendCopyRow(const Barcode& row, const PartitionBy& by,
                   const std::optional<Order>& order, std::string& to) {
  BeginRow(7, to);
  AppendColumns(row, to);
  BinaryFormat format;
  AppendKey(by, order, format, to);
}

std::string CopyStatement(std::string_view schema, Table table,
                          const std::string& columns) {
  return absl::StrCat("COPY ", Qualified(schema, table), " (", columns,
                      ") FROM STDIN (FORMAT binary)");
}

}  // namespace orderstore::sql
