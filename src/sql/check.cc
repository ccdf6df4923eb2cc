#include "sql/check.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sql/copy_binary.h"
#include "sql/row_digest.h"
#include "sql/rows_of.h"
#include "sql/target.h"

namespace orderstore::sql {
namespace {

void AddDifference(std::string_view id, std::string_view what,
                   TableCheck& check) {
  if (check.examples.size() < TableCheck::kExamplesMax) {
    check.examples.push_back(
        absl::StrCat("id ", std::string(id), " ", std::string(what)));
  }
  ++check.differing;
}

template <typename Row>
std::string DigestOf(const Row& row) {
  std::string bytes;
  AppendCopyRow(row, bytes);
  RowDigest digest;
  digest.Add(bytes);
  return digest.ToString();
}

// Goes through both sides by id, and notes what differs.
template <typename Row>
absl::Status Compare(Scan<Row> rows, Connection& server,
                     const std::string& schema, Table table,
                     TableCheck& check) {
  auto row = rows.begin();
  const auto missing = [&] {
    AddDifference(absl::StrCat(row->id.value()), "is missing on the server",
                  check);
    ++row;
  };
  const absl::Status status = server.CopyOut(
      absl::StrCat("COPY (", RowDigestsQuery(schema, table), ") TO STDOUT"),
      [&](std::string_view line) {
        const size_t tab = line.find('\t');
        const std::string_view text = line.substr(0, tab);
        int64_t id = 0;  // of a row without one, too
        std::from_chars(text.data(), text.data() + text.size(), id);
        while (!row.done() && row->id.value() < id) missing();
        if (row.done() || row->id.value() > id) {
          AddDifference(text, "is on the server only", check);
          return absl::OkStatus();
        }
        if (DigestOf(*row) != line.substr(tab + 1)) {
          AddDifference(text, "has other values", check);
        }
        ++row;
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  while (!row.done()) missing();
  return absl::OkStatus();
}

absl::Status CheckTable(const Reader& reader, Connection& server,
                        const std::string& schema, Table table,
                        TableCheck& check) {
  check.store = ProofOf(reader, table);
  absl::StatusOr<TableProof> proof = ProofOf(server, schema, table);
  if (!proof.ok()) return proof.status();
  check.server = *std::move(proof);
  const auto next_id = FindNextId(server, schema, table);
  if (!next_id.ok()) return next_id.status();
  check.server.next_id = *next_id;
  if (check.store.rows == check.server.rows &&
      check.store.digest == check.server.digest) {
    return absl::OkStatus();
  }
  return VisitRows(reader, table, [&](auto rows) {
    return Compare(std::move(rows), server, schema, table, check);
  });
}

std::string RowsText(const TableCheck& table) {
  const bool has_more =
      table.differing > static_cast<int64_t>(table.examples.size());
  return absl::StrCat(
      table.differing,
      table.differing == 1 ? " row differs: " : " rows differ: ",
      absl::StrJoin(table.examples, ", "), has_more ? ", ..." : "");
}

}  // namespace

std::vector<std::string> CheckReport::Differences() const {
  std::vector<std::string> found;
  for (size_t i = 0; i < kTables.size(); ++i) {
    const TableCheck& table = tables[i];
    const std::string name =
        absl::StrCat(std::string(NameOf(kTables[i])), ": ");
    if (table.differing > 0) found.push_back(name + RowsText(table));
    // It may be ahead: others may have drawn what it gave.
    if (table.server.next_id && *table.server.next_id < *table.store.next_id) {
      found.push_back(absl::StrCat(name, "the next id is ",
                                   *table.server.next_id, ", the store's ",
                                   *table.store.next_id));
    }
  }
  if (lost_rows > 0) {
    found.push_back(absl::StrCat(
        "rows that refer to others that are not there: ", lost_rows));
  }
  return found;
}

absl::Status BeginCheck(Connection& server, const std::string& schema) {
  const absl::StatusOr<Target> target =
      FindTarget(server, schema, /*to_write=*/false);
  if (!target.ok()) return target.status();
  if (!target->has_tables) return NoTables(schema);
  return BeginReading(server, schema);
}

absl::StatusOr<CheckReport> Check(const Reader& reader, Connection& server,
                                  const std::string& schema) {
  CheckReport report{.lsn = reader.lsn(), .tables = {}};
  for (size_t i = 0; i < kTables.size(); ++i) {
    absl::Status status =
        CheckTable(reader, server, schema, kTables[i], report.tables[i]);
    if (!status.ok()) return status;
  }
  const absl::StatusOr<int64_t> lost = CountLostRows(server, schema);
  if (!lost.ok()) return lost.status();
  report.lost_rows = *lost;
  return report;
}

}  // namespace orderstore::sql
