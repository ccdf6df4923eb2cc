// Imports arbitrary bytes as a script of a PostgreSQL database, and holds the
// result against what the import promises: every row is accepted or rejected,
// again nothing is new, and an export of the store comes back as it was.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "orderstore/store.h"
#include "sql/dump.h"
#include "sql/dump_file.h"
#include "sql/import.h"

namespace orderstore::sql {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

absl::StatusOr<ImportReport> ImportScript(std::string_view script,
                                          Store& store) {
  const absl::StatusOr<DumpFile> dump = DumpFile::Parse(script, "public");
  if (!dump.ok()) return dump.status();
  return Import(
      [&](Table table, const TakeRow& take) {
        return dump->ReadRows(table, take);
      },
      {}, store);
}

int64_t New(const ImportReport& report) {
  int64_t rows = 0;
  for (const TableReport& table : report.tables) {
    rows += table.accepted - table.unchanged;
  }
  return rows;
}

void Run(std::string_view script) {
  const std::unique_ptr<Store> store = Store::OpenInMemory().value();
  const absl::StatusOr<ImportReport> report = ImportScript(script, *store);
  const ReadView view = store->OpenReadView();
  if (!report.ok()) {
    Require(view.lsn() == 0);
    return;
  }
  const Counts counts = view.Counts();
  Require(New(*report) == counts.customers + counts.orders + counts.barcodes);
  int64_t rejected = 0;
  for (const TableReport& table : report->tables) rejected += table.rejected;
  Require(rejected == static_cast<int64_t>(report->rejects.size()));
  Require(store->Check().ok());

  const absl::StatusOr<ImportReport> again = ImportScript(script, *store);
  Require(again.ok() && New(*again) == 0 && again->lsn == report->lsn);

  std::string text;
  Require(WriteDump(view, {}, [&](std::string_view bytes) {
            text += bytes;
            return absl::OkStatus();
          }).ok());
  const std::unique_ptr<Store> copy = Store::OpenInMemory().value();
  const absl::StatusOr<ImportReport> back = ImportScript(text, *copy);
  Require(back.ok() && back->rejects.empty());
  Require(copy->OpenReadView().Digests() == view.Digests());
}

}  // namespace
}  // namespace orderstore::sql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  orderstore::sql::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
