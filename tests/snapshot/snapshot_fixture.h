// Tables, a simulated disk with the folder `shop`, and snapshots of the ones on
// the other.

#ifndef ORDERSTORE_TESTS_SNAPSHOT_SNAPSHOT_FIXTURE_H_
#define ORDERSTORE_TESTS_SNAPSHOT_SNAPSHOT_FIXTURE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "disk/simulated_disk.h"
#include "gtest/gtest.h"
#include "io/file.h"
#include "io/uuid.h"
#include "snapshot/format.h"
#include "snapshot/snapshot.h"
#include "snapshot/snapshot_reader.h"
#include "snapshot/snapshot_writer.h"
#include "table/tables_fixture.h"

namespace orderstore::snapshot {

// What a snapshot says about a row.
struct Row {
  TableKind table;
  uint32_t id;
  uint32_t word;  // 0 for customers
  int64_t created_at;
  int64_t updated_at;
  std::string text;  // an email, nothing, a value
  std::string name;

  friend bool operator==(const Row&, const Row&) = default;
  friend void PrintTo(const Row& row, std::ostream* out) {
    *out << NameOf(row.table) << " " << row.id << ": word " << row.word
         << ", created " << row.created_at << ", updated " << row.updated_at
         << ", '" << row.text << "', '" << row.name << "'";
  }
};
using Rows = std::vector<Row>;

inline void AppendRows(const RowBlock& block, Rows& rows) {
  for (size_t i = 0; i < block.rows(); ++i) {
    Row row = {.table = block.table(),
               .id = block.ids()[i],
               .word = block.words().empty() ? 0 : block.words()[i],
               .created_at = block.created_at()[i],
               .updated_at = block.updated_at()[i],
               .text = {},
               .name = {}};
    if (row.table == TableKind::kCustomers) {
      row.text = block.email(i);
      row.name = block.name(i);
    } else if (row.table == TableKind::kBarcodes) {
      row.text = block.value(i);
    }
    rows.push_back(std::move(row));
  }
}

// All of them, or the first error.
inline absl::StatusOr<Rows> ReadRows(const SnapshotReader& reader) {
  Rows rows;
  Digests digests;
  BlockMemory memory;
  RowBlock block;
  for (size_t i = 0; i < reader.blocks().size(); ++i) {
    absl::Status status = reader.ReadBlock(i, memory, block);
    if (!status.ok()) return status;
    AppendRows(block, rows);
    block.AddDigest(digests);
  }
  if (digests != reader.description().digests) {
    return absl::DataLossError("the digests differ");
  }
  return rows;
}

inline absl::StatusOr<Rows> ReadRows(const io::Folder& folder,
                                     const std::string& name,
                                     const io::Uuid& store) {
  const absl::StatusOr<SnapshotReader> reader =
      SnapshotReader::Open(folder, name, store);
  return reader.ok() ? ReadRows(*reader) : reader.status();
}

class SnapshotTest : public table::TablesTest {
 protected:
  static constexpr char kName[] = "a.snapshot";

  table::ViewSlot* OpenView() {
    return tables->views.Open(tables->states.latest_line());
  }
  void CloseView(table::ViewSlot* view) { table::ViewRegistry::Close(view); }

  Description DescriptionOf(const table::ViewSlot& view) const {
    return Description::Of(*view.state, store, SchemaRevision::kTables,
                           compressed);
  }
  absl::Status Write(table::ViewSlot& view, const std::string& name = kName) {
    return WriteSnapshot(folder, name, DescriptionOf(view), *tables, view,
                         cancelled);
  }
  // Of the newest state.
  absl::Status Write(const std::string& name = kName) {
    table::ViewSlot* view = OpenView();
    absl::Status status = Write(*view, name);
    CloseView(view);
    return status;
  }
  absl::StatusOr<Rows> Read(const std::string& name = kName) const {
    return ReadRows(folder, name, store);
  }

  // What a view of this state sees, row by row.
  Rows RowsOf(const table::CommitState& state) const {
    Rows rows;
    for (int64_t id = 1; id < state.next_customer_id; ++id) {
      const auto found =
          tables->FindCustomer(static_cast<uint32_t>(id), state.tick);
      if (found.row == nullptr) continue;
      rows.push_back(Common(TableKind::kCustomers, found));
      rows.back().word = 0;
      rows.back().text = found.row->Email(tables->text);
      rows.back().name = found.row->Name(tables->text);
    }
    for (int64_t id = 1; id < state.next_order_id; ++id) {
      const auto found =
          tables->FindOrder(static_cast<uint32_t>(id), state.tick);
      if (found.row != nullptr) {
        rows.push_back(Common(TableKind::kOrders, found));
      }
    }
    for (int64_t id = 1; id < state.next_barcode_id; ++id) {
      const auto found =
          tables->FindBarcode(static_cast<uint32_t>(id), state.tick);
      if (found.row == nullptr) continue;
      rows.push_back(Common(TableKind::kBarcodes, found));
      rows.back().text = found.row->text.Get(tables->text);
    }
    return rows;
  }

  // One customer, two orders, three barcodes of each kind.
  void InsertSome() {
    Begin();
    InsertCustomer(1, "ann@example.com", "Ann");
    InsertCustomer(2, "b@x", "");
    InsertOrder(1, 1);
    InsertOrder(2, 2);
    InsertBarcode(1, "4006381333931", 1);
    InsertBarcode(2, "4006381333948", 1, true);
    InsertBarcode(3, "00123", 0);
    InsertBarcode(4, "123", 0, true);
    Commit();
  }

  disk::SimulatedDisk disk{1};
  const io::Folder folder = [this] {
    EXPECT_TRUE(io::Folder::Make(disk, "shop").ok());
    return io::Folder::Open(disk, "shop").value();
  }();
  const io::Uuid store =
      io::Uuid::Parse("01234567-89ab-4cde-8f01-23456789abcd").value();
  bool compressed = false;
  std::atomic<bool> cancelled = false;

 private:
  template <typename Found>
  static Row Common(TableKind table, const Found& found) {
    return {.table = table,
            .id = found.row->id,
            .word = found.words.word,
            .created_at = found.row->created_at,
            .updated_at = found.words.updated_at,
            .text = {},
            .name = {}};
  }
};

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_TESTS_SNAPSHOT_SNAPSHOT_FIXTURE_H_
