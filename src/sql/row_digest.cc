#include "sql/row_digest.h"

#include <md5.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// A number that a store cannot have differs from all that it can. NULL if the
// column is.
std::string IntegerField(const char* column) {
  return absl::StrCat("CASE WHEN ", column,
                      "::bigint BETWEEN -2147483648 AND 2147483647 THEN "
                      "'\\x00000004'::bytea || int4send(",
                      column, "::integer) WHEN ", column,
                      " IS NOT NULL THEN textsend(", column, "::text) END");
}

std::string TextField(const char* column) {
  return absl::StrCat("int4send(octet_length(convert_to(", column,
                      "::text, 'UTF8'))) || convert_to(", column,
                      "::text, 'UTF8')");
}

std::string TimeField(const char* column) {
  return absl::StrCat("'\\x00000008'::bytea || timestamp_send(", column,
                      "::timestamp without time zone)");
}

// What COPY's binary format has of a row, as an expression of type bytea.
std::string RowBytes(Table table) {
  std::string fields;
  switch (table) {
    case Table::kCustomers:
      fields = absl::StrCat("'\\x0005'::bytea || ", IntegerField("id"), " || ",
                            TextField("email"), " || ", TextField("name"));
      break;
    case Table::kOrders:
      fields = absl::StrCat("'\\x0004'::bytea || ", IntegerField("id"), " || ",
                            IntegerField("customer_id"));
      break;
    case Table::kBarcodes:
      fields = absl::StrCat("'\\x0006'::bytea || ", IntegerField("id"), " || ",
                            TextField("barcode_value"), " || coalesce(",
                            IntegerField("order_id"),
                            ", int4send(-1)) || '\\x00000001'::bytea || "
                            "boolsend(is_used)");
  }
  return absl::StrCat(fields, " || ", TimeField("created_at"), " || ",
                      TimeField("updated_at"));
}

// The number that a row adds to the digest, as an expression.
std::string RowNumber(Table table) {
  return absl::StrCat("('x' || left(md5(", RowBytes(table),
                      "), 16))::bit(64)::bigint");
}

}  // namespace

void RowDigest::Add(std::string_view row) {
  MD5_CTX context;
  std::array<uint8_t, MD5_DIGEST_LENGTH> digest;
  MD5Init(&context);
  MD5Update(&context, reinterpret_cast<const uint8_t*>(row.data()), row.size());
  MD5Final(digest.data(), &context);
  // Most significant first.
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | digest[i];
  sum_ += std::bit_cast<int64_t>(number);
}

std::string RowDigest::ToString() const {
  const bool is_negative = sum_ < 0;
  Sum rest = is_negative ? -sum_ : sum_;
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (is_negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string DigestQuery(std::string_view schema, Table table) {
  return absl::StrCat("SELECT count(*), coalesce(sum(", RowNumber(table),
                      "), 0) FROM ", Qualified(schema, table));
}

std::string RowDigestsQuery(std::string_view schema, Table table) {
  return absl::StrCat("SELECT id, ", RowNumber(table), " FROM ",
                      Qualified(schema, table), " ORDER BY id");
}

}  // namespace orderstore::sql
