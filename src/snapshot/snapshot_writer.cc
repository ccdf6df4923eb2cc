#include "snapshot/snapshot_writer.h"

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "snapshot/block_writer.h"
#include "snapshot/columns.h"
#include "snapshot/format.h"
#include "table/digest.h"
#include "table/limbo.h"
#include "table/prefetch.h"
#include "table/rows.h"

namespace orderstore::snapshot {
namespace {

using table::BarcodeRow;
using table::CustomerRow;
using table::OrderRow;
using table::Tables;

constexpr auto kAcquire = std::memory_order_acquire;

// Rows that are read in one epoch: what the tables retire meanwhile waits.
constexpr size_t kEpochRows = 512;
// So many rows ahead, a row is fetched from memory.
constexpr size_t kPrefetchRows = 16;

class Scan {
 public:
  Scan(const Tables& tables, table::ViewSlot& view,
       const std::atomic<bool>& cancelled, BlockWriter& writer)
      : tables_(tables), view_(view), cancelled_(cancelled), writer_(writer) {}

  absl::Status Run(const Description& description) {
    absl::Status status = Customers(description.next_customer_id);
    if (status.ok()) status = Orders(description.next_order_id);
    if (status.ok()) status = Barcodes(description.next_barcode_id);
    return status;
  }

  // Of what Run saw.
  const Counts& counts() const { return counts_; }
  const Digests& digests() const { return digests_; }

 private:
  absl::Status Customers(int64_t end) {
    const auto find = [this](uint32_t id) {
      return tables_.FindCustomer(id, view_.tick);
    };
    const auto text_of = [this](const CustomerRow& row) {
      return row.text.Get(tables_.text);
    };
    return Table(TableKind::kCustomers, tables_.customers, end, find, text_of,
                 [this](const CustomerRow& row, const table::Words& words,
                        std::string_view text, Columns& columns) {
                   columns.AddText(text, text.size() - row.email_size);
                   ++counts_.customers;
                   digests_.customers +=
                       table::RowHash(row.id, text, row.email_size,
                                      row.created_at, words.updated_at);
                 });
  }

  absl::Status Orders(int64_t end) {
    const auto find = [this](uint32_t id) {
      return tables_.FindOrder(id, view_.tick);
    };
    const auto text_of = [](const OrderRow&) { return std::string_view(); };
    return Table(TableKind::kOrders, tables_.orders, end, find, text_of,
                 [this](const OrderRow& row, const table::Words& words,
                        std::string_view text, Columns&) {
                   ++counts_.orders;
                   digests_.orders +=
                       table::RowHash(row.id, text, words.word, row.created_at,
                                      words.updated_at);
                 });
  }

  absl::Status Barcodes(int64_t end) {
    const auto find = [this](uint32_t id) {
      return tables_.FindBarcode(id, view_.tick);
    };
    const auto text_of = [this](const BarcodeRow& row) {
      return row.text.Get(tables_.text);
    };
    return Table(
        TableKind::kBarcodes, tables_.barcodes, end, find, text_of,
        [this](const BarcodeRow& row, const table::Words& words,
               std::string_view text, Columns& columns) {
          columns.AddText(text, 0);
          ++counts_.barcodes;
          counts_.unassigned_barcodes += BarcodeRow::OrderOf(words.word) == 0;
          counts_.unused_barcodes += !BarcodeRow::IsUsed(words.word);
          digests_.barcodes += table::RowHash(row.id, text, words.word,
                                              row.created_at, words.updated_at);
        });
  }

  // Writes the rows of a table with ids below `end`. add(row, words, text,
  // columns) completes a row of `columns`.
  template <typename RowTable, typename Find, typename TextOf, typename Add>
  absl::Status Table(TableKind kind, const RowTable& rows, int64_t end,
                     Find find, TextOf text_of, Add add) {
    Columns columns(kind, kBlockRowsMax, kBodyBytesMax);
    uint32_t id = 1;
    while (id != 0) {
      if (cancelled_.load(std::memory_order_relaxed)) {
        return absl::CancelledError("the snapshot was cancelled");
      }
      bool full = false;
      {
        const table::EpochGuard guard(&view_, tables_.limbo.epoch());
        id = Epoch(rows, id, end, columns, full, find, text_of, add);
      }
      if (!full && id != 0) continue;
      if (columns.rows() == 0) continue;
      if (absl::Status status = writer_.Add(columns); !status.ok()) {
        return status;
      }
      columns.Clear();
    }
    return absl::OkStatus();
  }

  // Adds rows from `id` on, until the epoch or the columns are full. Returns
  // the id to go on with; 0 if there is none.
  template <typename RowTable, typename Find, typename TextOf, typename Add>
  uint32_t Epoch(const RowTable& rows, uint32_t id, int64_t end,
                 Columns& columns, bool& full, Find find, TextOf text_of,
                 Add add) const {
    std::array<uint32_t, kEpochRows> ids;
    size_t count = 0;
    for (id = rows.ids.FirstFrom(id, end); id != 0 && count < kEpochRows;
         id = rows.ids.FirstFrom(id + 1, end)) {
      ids[count++] = id;
    }
    const auto prefetch = [&](size_t i) {
      if (i >= count) return;
      table::PrefetchRow(rows.rows[rows.ids[ids[i]].slot.load(kAcquire)]);
    };
    for (size_t i = 0; i < kPrefetchRows; ++i) prefetch(i);
    for (size_t i = 0; i < count; ++i) {
      prefetch(i + kPrefetchRows);
      const auto found = find(ids[i]);
      if (found.row == nullptr) continue;
      const std::string_view text = text_of(*found.row);
      if (!Fits(columns, text.size())) {
        full = true;
        return ids[i];
      }
      columns.Add(found.row->id, found.words.word, found.row->created_at,
                  found.words.updated_at);
      add(*found.row, found.words, text, columns);
    }
    return id;
  }

  static bool Fits(const Columns& columns, size_t text_bytes) {
    return columns.rows() < kBlockRowsMax &&
           columns.body_bytes() + RowBytes(columns.table()) + text_bytes <=
               kBodyBytesMax;
  }

  const Tables& tables_;
  table::ViewSlot& view_;
  const std::atomic<bool>& cancelled_;
  BlockWriter& writer_;
  Counts counts_;
  Digests digests_;
};

}  // namespace

absl::Status WriteSnapshot(const io::Folder& folder, const std::string& name,
                           const Description& description, const Tables& tables,
                           table::ViewSlot& view,
                           const std::atomic<bool>& cancelled) {
  absl::StatusOr<io::File> file =
      folder.Create(name, io::Folder::Writes::kDirect);
  if (!file.ok()) return file.status();
  BlockWriter writer(*file, description);
  if (absl::Status status = writer.Begin(); !status.ok()) return status;
  Scan scan(tables, view, cancelled, writer);
  if (absl::Status status = scan.Run(description); !status.ok()) return status;
  if (scan.counts() != description.counts ||
      scan.digests() != description.digests) {
    return absl::DataLossError(absl::StrCat(
        "the rows in memory are not those of LSN ", description.lsn, ": their ",
        scan.counts() != description.counts ? "counts" : "digests", " differ; ",
        file->path(), " is not written"));
  }
  return writer.End();
}

}  // namespace orderstore::snapshot
