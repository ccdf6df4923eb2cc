#include "csv/rejects.h"

#include "csv/text.h"

namespace orderstore::csv {

std::string_view NameOf(Reason reason) {
  switch (reason) {
    case Reason::kWrongFieldCount:
      return "wrong_field_count";
    case Reason::kBadCustomer:
      return "bad_customer";
    case Reason::kIncompleteOrder:
      return "incomplete_order";
    case Reason::kMissingBarcode:
      return "missing_barcode";
    case Reason::kBadId:
      return "bad_id";
    case Reason::kBadText:
      return "bad_text";
    case Reason::kDuplicateCustomer:
      return "duplicate_customer";
    case Reason::kDuplicateOrder:
      return "duplicate_order";
    case Reason::kDuplicateBarcode:
      return "duplicate_barcode";
    case Reason::kUnknownCustomer:
      return "unknown_customer";
    case Reason::kUnknownOrder:
      return "unknown_order";
    case Reason::kConflict:
      return "conflict";
  }
  return "";
}

std::string_view RejectedRows::TextOf(const Reject& reject) {
  Scanner& scanner =
      scanners_
          .try_emplace(reject.table, sources_.of(reject.table).text(),
                       /*fields_max=*/0)
          .first->second;
  scanner.SkipTo(reject.line);
  scanner.Next();
  return scanner.raw();
}

std::map<Reason, int64_t> CountByReason(std::span<const Reject> rejects) {
  std::map<Reason, int64_t> counts;
  for (const Reject& reject : rejects) ++counts[reject.reason];
  return counts;
}

absl::Status WriteRejects(std::span<const Reject> rejects,
                          const Sources& sources, OutputFile& file) {
  file.Append("file,line,reason,row\n");
  RejectedRows rows(sources);
  std::string line;
  for (const Reject& reject : rejects) {
    line.clear();
    AppendField(sources.of(reject.table).name(), line);
    line += ',';
    line += std::to_string(reject.line);
    line += ',';
    line += NameOf(reject.reason);
    line += ',';
    AppendField(rows.TextOf(reject), line);
    line += '\n';
    file.Append(line);
  }
  return file.status();
}

}  // namespace orderstore::csv
