#include "csv/customer_rows.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "csv/duplicates.h"
#include "csv/header.h"
#include "csv/scanner.h"
#include "csv/text.h"
#include "orderstore/ids.h"

namespace orderstore::csv {

namespace {

constexpr std::array<std::string_view, 3> kCustomerColumns = {"customer_id",
                                                              "email", "name"};

// Finds what is wrong with a row alone; without, fills in `row`.
std::optional<Reason> Check(const Scanner& record, const Header& header,
                            CustomerRow& row) {
  if (record.field_count() != header.field_count) {
    return Reason::kWrongFieldCount;
  }
  const std::string_view id_text = record.field(header.positions[0]);
  row.email = record.field(header.positions[1]);
  row.name = record.field(header.positions[2]);
  if (id_text.empty() || row.email.empty()) return Reason::kBadCustomer;
  const std::optional<int32_t> id = ParseId(id_text);
  if (!id) return Reason::kBadId;
  row.customer_id = *id;
  if (!IsColumnText(row.email) || !IsColumnText(row.name)) {
    return Reason::kBadText;
  }
  return std::nullopt;
}

// Moves rows whose id or email an earlier kept row has to `duplicates`.
void TakeOutDuplicates(CustomerRows& rows, std::vector<Reject>& duplicates) {
  std::vector<std::string_view> emails;
  emails.reserve(rows.accepted.size());
  for (const CustomerRow& row : rows.accepted) emails.push_back(row.email);
  // Only emails that occur more than once need to be remembered, which are few.
  const std::vector<bool> is_repeated = FindRepeated(emails);
  absl::flat_hash_set<absl::string_view> kept_emails;
  size_t kept = 0;
  for (size_t i = 0; i < rows.accepted.size(); ++i) {
    const CustomerRow row = rows.accepted[i];
    const absl::string_view email(row.email.data(), row.email.size());
    if (rows.ids.Contains(row.customer_id) ||
        (is_repeated[i] && !kept_emails.insert(email).second)) {
      duplicates.push_back(
          {Table::kCustomers, Reason::kDuplicateCustomer, row.line});
      continue;
    }
    rows.ids.Insert(row.customer_id);
    rows.accepted[kept++] = row;
  }
  rows.accepted.resize(kept);
}

}  // namespace

absl::StatusOr<CustomerRows> ReadCustomers(Input& input) {
  if (absl::Status status = input.Load(); !status.ok()) return status;
  const absl::StatusOr<Header> header = ReadHeader(input, kCustomerColumns);
  if (!header.ok()) return header.status();
  CustomerRows rows;
  Scanner scanner(input.text(), header->field_count);
  scanner.Next();
  std::vector<Reject> bad;
  while (scanner.Next()) {
    ++rows.row_count;
    CustomerRow row;
    row.line = scanner.line();
    if (const std::optional<Reason> reason = Check(scanner, *header, row)) {
      bad.push_back({Table::kCustomers, *reason, row.line});
    } else {
      rows.accepted.push_back(row);
    }
  }
  if (rows.accepted.size() > static_cast<size_t>(CustomerId::Max().value())) {
    return absl::ResourceExhaustedError(
        absl::StrCat(Printable(input.name()), " has ", rows.accepted.size(),
                     " customers, more than there are ids for"));
  }
  rows.joined = scanner.ReleaseJoined();
  std::vector<Reject> duplicates;
  TakeOutDuplicates(rows, duplicates);
  std::ranges::merge(bad, duplicates, std::back_inserter(rows.rejects), {},
                     &Reject::line, &Reject::line);
  return rows;
}

}  // namespace orderstore::csv
