#include "csv/barcode_rows.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "csv/header.h"
#include "csv/scanner.h"
#include "csv/text.h"
#include "orderstore/ids.h"

namespace orderstore::csv {

namespace {

constexpr std::array<std::string_view, 2> kBarcodeColumns = {"barcode",
                                                             "order_id"};

// The least bytes that a row of an ordinary file takes, line end included: with
// it, memory for the rows is reserved once.
constexpr size_t kUsualRowBytes = 15;

std::optional<Reason> Check(const Scanner& record, const Header& header,
                            BarcodeRow& row) {
  if (record.field_count() != header.field_count) {
    return Reason::kWrongFieldCount;
  }
  const std::string_view barcode = record.field(header.positions[0]);
  const std::string_view order = record.field(header.positions[1]);
  if (barcode.empty()) return Reason::kMissingBarcode;
  if (!order.empty()) {
    const std::optional<int32_t> order_id = ParseId(order);
    if (!order_id) return Reason::kBadId;
    row.order_id = *order_id;
  }
  if (!IsColumnText(barcode)) return Reason::kBadText;
  row.text = barcode.data();
  row.text_bytes = static_cast<uint16_t>(barcode.size());
  return std::nullopt;
}

}  // namespace

absl::StatusOr<BarcodeRows> ReadBarcodes(Input& input) {
  if (absl::Status status = input.Load(); !status.ok()) return status;
  const absl::StatusOr<Header> header = ReadHeader(input, kBarcodeColumns);
  if (!header.ok()) return header.status();
  BarcodeRows result;
  result.rows.reserve(input.text().size() / kUsualRowBytes);
  Scanner scanner(input.text(), header->field_count);
  scanner.Next();
  while (scanner.Next()) {
    ++result.row_count;
    BarcodeRow row{nullptr, scanner.line(), 0, 0, std::nullopt};
    if (const std::optional<Reason> reason = Check(scanner, *header, row)) {
      result.rejects.push_back({Table::kBarcodes, *reason, row.line});
    } else {
      result.rows.push_back(row);
    }
  }
  if (result.rows.size() > static_cast<size_t>(BarcodeId::Max().value())) {
    return absl::ResourceExhaustedError(
        absl::StrCat(Printable(input.name()), " has ", result.rows.size(),
                     " barcodes, more than there are ids for"));
  }
  result.joined = scanner.ReleaseJoined();
  return result;
}

}  // namespace orderstore::csv
