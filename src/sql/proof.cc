#include "sql/proof.h"

#include <charconv>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "sql/copy_binary.h"
#include "sql/row_digest.h"
#include "sql/rows_of.h"
#include "sql/sequences.h"

namespace orderstore::sql {
namespace {

int64_t NumberOf(const std::optional<std::string>& field) {
  int64_t number = 0;
  const std::string_view text = field ? *field : std::string_view();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

TableProof ProofOf(const Reader& reader, Table table) {
  TableProof proof;
  RowDigest digest;
  std::string bytes;
  VisitRows(reader, table, [&](auto rows) {
    for (const auto& row : rows) {
      bytes.clear();
      AppendCopyRow(row, bytes);
      digest.Add(bytes);
      ++proof.rows;
    }
  });
  proof.digest = digest.ToString();
  proof.next_id = Of(reader.NextIds(), table);
  return proof;
}

absl::StatusOr<TableProof> ProofOf(Connection& server,
                                   const std::string& schema, Table table,
                                   const std::string& where) {
  const absl::StatusOr<Rows> found =
      server.Query(DigestQuery(schema, table) + where);
  if (!found.ok()) return found.status();
  return TableProof{.rows = NumberOf(found->at(0).at(0)),
                    .digest = found->at(0).at(1).value_or(""),
                    .next_id = std::nullopt};
}

absl::StatusOr<std::optional<int64_t>> FindNextId(Connection& server,
                                                  const std::string& schema,
                                                  Table table) {
  const auto sequence = FindSequence(server, schema, table);
  if (!sequence.ok()) return sequence.status();
  if (!*sequence) return std::optional<int64_t>();
  const absl::StatusOr<int64_t> next = NextIdOf(server, **sequence);
  if (!next.ok()) return next.status();
  return *next;
}

absl::StatusOr<int64_t> CountLostRows(Connection& server,
                                      const std::string& schema) {
  const std::string orders = Qualified(schema, Table::kOrders);
  const absl::StatusOr<Rows> lost = server.Query(absl::StrCat(
      "SELECT (SELECT count(*) FROM ", orders, " o LEFT JOIN ",
      Qualified(schema, Table::kCustomers),
      " c ON c.id = o.customer_id WHERE c.id IS NULL) + (SELECT count(*) "
      "FROM ",
      Qualified(schema, Table::kBarcodes), " b LEFT JOIN ", orders,
      " o ON o.id = b.order_id WHERE b.order_id IS NOT NULL AND o.id IS "
      "NULL)"));
  if (!lost.ok()) return lost.status();
  return NumberOf(lost->at(0).at(0));
}

}  // namespace orderstore::sql
