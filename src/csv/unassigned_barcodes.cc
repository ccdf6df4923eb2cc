#include "csv/unassigned_barcodes.h"

#include <array>
#include <span>
#include <string>

#include "csv/text.h"
#include "orderstore/records.h"

namespace orderstore::csv {

absl::Status WriteUnassignedBarcodes(const Reader& reader, OutputFile& file) {
  file.Append("barcode\n");
  std::array<Barcode, 256> page;
  std::string lines;
  BarcodeId after;
  for (size_t rows = page.size(); rows == page.size();) {
    rows = reader.ReadUnassignedBarcodes(after, page);
    lines.clear();
    for (const Barcode& barcode : std::span(page).first(rows)) {
      AppendField(barcode.value, lines);
      lines += '\n';
      after = barcode.id;
    }
    file.Append(lines);
  }
  return file.status();
}

}  // namespace orderstore::csv
