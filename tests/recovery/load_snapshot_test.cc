// Loading snapshots: that nothing gets in which the schema forbids, however
// right the checksums are, and that what is good comes out as it was.

#include "recovery/load_snapshot.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "snapshot/snapshot_file.h"
#include "snapshot/snapshot_fixture.h"
#include "store/folder_test.h"
#include "table/digest.h"
#include "table/rows.h"
#include "txn/engine.h"

namespace orderstore::recovery {
namespace {

using snapshot::Columns;
using snapshot::Description;
using snapshot::Row;
using snapshot::Rows;
using snapshot::SnapshotFile;
using snapshot::SnapshotReader;
using snapshot::TableKind;
using table::BarcodeRow;

// ---- Snapshots by hand -----------------------------------------------------

Row CustomerOf(uint32_t id, std::string email, std::string name = "N") {
  return {.table = TableKind::kCustomers,
          .id = id,
          .word = 0,
          .created_at = 100,
          .updated_at = 200,
          .text = std::move(email),
          .name = std::move(name)};
}

Row OrderOf(uint32_t id, uint32_t customer) {
  return {.table = TableKind::kOrders,
          .id = id,
          .word = customer,
          .created_at = 100,
          .updated_at = 200,
          .text = {},
          .name = {}};
}

Row BarcodeOf(uint32_t id, std::string value, uint32_t order,
              bool used = false) {
  return {.table = TableKind::kBarcodes,
          .id = id,
          .word = BarcodeRow::WordOf(order, used),
          .created_at = 100,
          .updated_at = 200,
          .text = std::move(value),
          .name = {}};
}

// Counts, digests and next ids as of these rows.
void Describe(const Row& row, Description& description) {
  const uint64_t hash =
      table::RowHash(row.id, row.text + row.name,
                     row.table == TableKind::kCustomers
                         ? static_cast<uint32_t>(row.text.size())
                         : row.word,
                     row.created_at, row.updated_at);
  const int64_t next = int64_t{row.id} + 1;
  switch (row.table) {
    case TableKind::kCustomers:
      ++description.counts.customers;
      description.digests.customers += hash;
      description.next_customer_id = next;
      break;
    case TableKind::kOrders:
      ++description.counts.orders;
      description.digests.orders += hash;
      description.next_order_id = next;
      break;
    case TableKind::kBarcodes:
      ++description.counts.barcodes;
      description.counts.unassigned_barcodes +=
          BarcodeRow::OrderOf(row.word) == 0 ? 1 : 0;
      description.counts.unused_barcodes +=
          BarcodeRow::IsUsed(row.word) ? 0 : 1;
      description.digests.barcodes += hash;
      description.next_barcode_id = next;
      break;
  }
}

class LoadSnapshotTest : public snapshot::SnapshotTest {
 protected:
  // The snapshot of these rows, which come table by table, in the order of
  // their ids; with at most so many in a block.
  SnapshotFile FileOf(const Rows& rows, size_t block_rows = 1000) const {
    SnapshotFile file;
    file.description.store = store;
    file.description.lsn = 7;
    size_t at = 0;
    while (at < rows.size()) {
      const TableKind table = rows[at].table;
      Columns columns(table, block_rows, snapshot::kBodyBytesMax);
      while (at < rows.size() && rows[at].table == table &&
             columns.rows() < block_rows) {
        const Row& row = rows[at++];
        columns.Add(row.id, row.word, row.created_at, row.updated_at);
        if (columns.has_text()) {
          columns.AddText(row.text + row.name, row.name.size());
        }
        Describe(row, file.description);
      }
      file.blocks.push_back(SnapshotFile::BlockOf(columns));
    }
    file.Count();
    return file;
  }

  // Into a new engine.
  absl::Status Load(const SnapshotFile& file) {
    disk.SetBytes(kPath, file.Encode());
    const absl::StatusOr<SnapshotReader> reader =
        SnapshotReader::Open(folder, kName, store);
    if (!reader.ok()) return reader.status();
    engine_ = txn::Engine::Create({}).value();
    return LoadSnapshot(*reader, *engine_);
  }

  // DataLoss that names the file and says this; and no row is to be seen.
  void ExpectRefused(const SnapshotFile& file, const std::string& what) {
    SCOPED_TRACE(what);
    engine_.reset();
    EXPECT_THAT(Load(file), FailsWith(absl::StatusCode::kDataLoss, what));
    EXPECT_THAT(Load(file), FailsWith(absl::StatusCode::kDataLoss, kPath));
    if (engine_ == nullptr) return;
    EXPECT_EQ(engine_->latest_lsn(), 0);
    EXPECT_EQ(engine_->tables().states.latest().counts, Counts());
  }
  // The good rows, with this change.
  void ExpectRefused(const std::function<void(Rows&)>& change,
                     const std::string& what) {
    Rows rows = kGood;
    change(rows);
    ExpectRefused(FileOf(rows), what);
  }
  void ExpectRefused(const std::function<void(Description&)>& change,
                     const std::string& what) {
    SnapshotFile file = FileOf(kGood);
    change(file.description);
    ExpectRefused(file, what);
  }
  void ExpectLoads(const SnapshotFile& file) {
    ASSERT_THAT(Load(file), IsOk());
    EXPECT_THAT(engine_->Check(), IsOk());
    EXPECT_EQ(
        Description::Of(engine_->tables().states.latest(), store,
                        file.description.schema, file.description.compressed),
        file.description);
  }

  static constexpr char kPath[] = "shop/a.snapshot";
  static constexpr size_t kBen = 1;
  static constexpr size_t kOrder = 3;
  static constexpr size_t kBarcode = 5;
  const Rows kGood = {CustomerOf(1, "ann@x", "Ann"),
                      CustomerOf(4, "ben@x", ""),
                      OrderOf(1, 4),
                      OrderOf(2, 1),
                      BarcodeOf(1, "A", 2),
                      BarcodeOf(2, "B", 1, /*used=*/true),
                      BarcodeOf(3, "C", 2),
                      BarcodeOf(9, "D", 0)};
  std::unique_ptr<txn::Engine> engine_;
};

TEST_F(LoadSnapshotTest, WhatKeepsTheSchemaLoads) {
  ExpectLoads(FileOf(kGood));
  ExpectLoads(FileOf(kGood, /*block_rows=*/1));
  ExpectLoads(FileOf({}));
}

// ---- Constraints -----------------------------------------------------------

TEST_F(LoadSnapshotTest, AnOrderWithoutItsCustomer) {
  for (const uint32_t missing : {2U, 3U, 5U, 1'000'000U, 0x7fffffffU}) {
    ExpectRefused([=](Rows& rows) { rows[kOrder].word = missing; },
                  "the row with id 2 has no parent");
  }
  ExpectRefused([](Rows& rows) { rows.erase(rows.begin() + kBen); },
                "the row with id 1 has no parent");
}

TEST_F(LoadSnapshotTest, ABarcodeWithoutItsOrder) {
  for (const uint32_t missing : {3U, 4U, 1'000'000U, 0x7fffffffU}) {
    for (const bool used : {false, true}) {
      ExpectRefused(
          [=](Rows& rows) {
            rows[kBarcode].word = BarcodeRow::WordOf(missing, used);
          },
          "the row with id 2 has no parent");
    }
  }
  ExpectRefused([](Rows& rows) { rows.erase(rows.begin() + kOrder); },
                "the row with id 1 has no parent");
}

TEST_F(LoadSnapshotTest, AKeyThatIsThereTwice) {
  for (const auto& change : std::vector<std::function<void(Rows&)>>{
           [](Rows& rows) { rows[kBen].text = "ann@x"; },
           [](Rows& rows) { rows[kBarcode].text = "C"; },
           [](Rows& rows) { rows.back().text = "A"; }}) {
    Rows rows = kGood;
    change(rows);
    // Within a block, and over the bounds of blocks.
    ExpectRefused(FileOf(rows), "an email or barcode value is there twice");
    ExpectRefused(FileOf(rows, /*block_rows=*/1),
                  "an email or barcode value is there twice");
  }
}

TEST_F(LoadSnapshotTest, TextThatIsNoText) {
  const std::string too_long(256, 'x');
  struct Bad {
    std::string text;
    std::string what;
  };
  for (const Bad& bad : std::vector<Bad>{{"caf\xe9", "UTF-8"},
                                         {"\xed\xa0\x80", "UTF-8"},
                                         {std::string("a\0b", 3), "NUL"},
                                         {too_long, "255"}}) {
    ExpectRefused([&](Rows& rows) { rows[kBen].text = bad.text; }, bad.what);
    ExpectRefused([&](Rows& rows) { rows[kBen].text = bad.text; },
                  "the row with id 4");
    ExpectRefused([&](Rows& rows) { rows[kBen].name = bad.text; }, bad.what);
    ExpectRefused([&](Rows& rows) { rows[kBarcode].text = bad.text; },
                  bad.what);
  }
}

TEST_F(LoadSnapshotTest, TheLongestTextsLoad) {
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "\xf0\x9f\x8e\xab";
  Rows rows = kGood;
  rows[kBen].text = longest;
  rows[kBen].name = longest;
  rows[kBarcode].text = longest;
  ExpectLoads(FileOf(rows));
}

// ---- What the header says --------------------------------------------------

TEST_F(LoadSnapshotTest, OtherDigestsThanThoseOfTheRows) {
  const std::string what = "the rows are not those that its header says";
  ExpectRefused([](Description& d) { d.digests.customers ^= 1; }, what);
  ExpectRefused([](Description& d) { --d.digests.orders; }, what);
  ExpectRefused([](Description& d) { d.digests.barcodes = 0; }, what);
  // Rows that are all right, but others.
  SnapshotFile file = FileOf(kGood);
  Rows rows = kGood;
  rows[kBarcode].word = BarcodeRow::WordOf(2, true);
  file.blocks = FileOf(rows).blocks;
  file.Count();
  ExpectRefused(file, what);
}

TEST_F(LoadSnapshotTest, OtherCountsThanThoseOfTheRows) {
  const std::string rows = "differ in their numbers of rows";
  ExpectRefused([](Description& d) { --d.counts.customers; }, rows);
  ExpectRefused([](Description& d) { --d.counts.orders; }, rows);
  ExpectRefused([](Description& d) { ++d.counts.barcodes; }, rows);
  const std::string what = "the rows are not those that its header says";
  ExpectRefused([](Description& d) { ++d.counts.unassigned_barcodes; }, what);
  ExpectRefused([](Description& d) { --d.counts.unassigned_barcodes; }, what);
  ExpectRefused([](Description& d) { ++d.counts.unused_barcodes; }, what);
  ExpectRefused([](Description& d) { --d.counts.unused_barcodes; }, what);
}

TEST_F(LoadSnapshotTest, NextIdsThatRowsHave) {
  const std::string what = "there are rows past the header's next ids";
  ExpectRefused([](Description& d) { d.next_customer_id = 4; }, what);
  ExpectRefused([](Description& d) { d.next_barcode_id = 9; }, what);
  // There is no such number of rows either.
  ExpectRefused([](Description& d) { d.next_order_id = 2; },
                "the header makes no sense");
}

TEST_F(LoadSnapshotTest, NextIdsBehindThoseOfTheRowsAreKept) {
  SnapshotFile file = FileOf(kGood);
  file.description.next_customer_id = 100;
  file.description.next_order_id = int64_t{1} << 31;
  file.description.next_barcode_id = 11;
  ExpectLoads(file);
}

// ---- Many rows, with threads -----------------------------------------------
// The sizes do not scale: fewer rows would be loaded by one thread.

class LoadManyTest : public LoadSnapshotTest {
 protected:
  LoadManyTest() {
    for (uint32_t id = 1; id <= kCustomers; ++id) {
      many.push_back(CustomerOf(id, absl::StrCat("c", id, "@x")));
    }
    for (uint32_t id = 1; id <= kOrders; ++id) {
      many.push_back(OrderOf(id, 1 + id % kCustomers));
    }
    for (uint32_t id = 1; id <= kBarcodes; ++id) {
      many.push_back(BarcodeOf(id, absl::StrCat("T", id), id % (kOrders + 1),
                               id % 3 == 0));
    }
  }

  static constexpr uint32_t kCustomers = 3000;
  static constexpr uint32_t kOrders = 4000;
  static constexpr uint32_t kBarcodes = 15'000;
  Rows many;
};

TEST_F(LoadManyTest, WhatKeepsTheSchemaLoads) { ExpectLoads(FileOf(many)); }

TEST_F(LoadManyTest, AnyStepMayFailAndTheOthersEnd) {
  const auto refused = [&](size_t row, const Row& bad,
                           const std::string& what) {
    const Row good = std::exchange(many[row], bad);
    ExpectRefused(FileOf(many), what);
    many[row] = good;
  };
  const size_t barcodes = kCustomers + kOrders;
  for (const size_t at : {size_t{1500}, size_t{2999}}) {
    const auto id = static_cast<uint32_t>(at + 1);
    refused(at, CustomerOf(id, "\xff"), "UTF-8");
    refused(at, CustomerOf(id, "c7@x"), "twice");
    refused(kCustomers + at, OrderOf(id, kCustomers + 1), "no parent");
  }
  for (const size_t at : {size_t{1}, size_t{7777}, size_t{14'999}}) {
    const auto id = static_cast<uint32_t>(at + 1);
    refused(barcodes + at, BarcodeOf(id, "\xff", 0), "UTF-8");
    refused(barcodes + at, BarcodeOf(id, "T1", 0), "twice");
    refused(barcodes + at, BarcodeOf(id, "A", kOrders + 1), "no parent");
  }
}

class LoadStoreTest : public FolderTest {
 protected:
  // Customers have many orders, which do not follow each other; the barcodes of
  // an order neither. Some have gone again, others moved.
  void Fill() {
    Transaction txn = store_->Begin().value();
    for (int i = 1; i <= kCustomers; ++i) {
      const std::string name(static_cast<size_t>(i % 256), 'n');
      ASSERT_THAT(txn.InsertCustomer({.email = Numbered("c", i), .name = name}),
                  IsOk());
    }
    for (int i = 1; i <= kOrders; ++i) {
      // The lower the id, the more orders.
      const int customer = 1 + i % (1 + i % kCustomers);
      ASSERT_THAT(txn.InsertOrder({.customer_id = CustomerId(customer)}),
                  IsOk());
    }
    for (int i = 1; i <= kBarcodes; ++i) {
      NewBarcode row;
      const std::string value = Numbered("T", i);
      row.value = value;
      row.is_used = i % 5 == 0;
      if (i % 7 != 0) row.order_id = OrderId(1 + i % kOrders);
      ASSERT_THAT(txn.InsertBarcode(row), IsOk());
    }
    for (int i = 11; i < kBarcodes; i += 11) {
      ASSERT_THAT(txn.DeleteBarcode(BarcodeId(i)), IsOk());
    }
    ASSERT_THAT(txn.Commit(), IsOk());
  }

  static constexpr int kCustomers = 700;
  static constexpr int kOrders = 3000;
  static constexpr int kBarcodes = 22'000;
};

TEST_F(LoadStoreTest, AStoreComesOutAsItWas) {
  for (const bool compressed : {false, true}) {
    SCOPED_TRACE(compressed);
    Options options = AnyOptions();
    options.snapshot_compression = compressed;
    const std::string path = compressed ? "/compressed" : "/plain";
    store_ = TryOpen(options, path).value();
    ASSERT_NO_FATAL_FAILURE(Fill());
    ASSERT_THAT(store_->WriteSnapshot(), IsOk());
    const auto loaded = store::OpenStore::OpenReadOnly(disk_, path, options);
    ASSERT_THAT(loaded, IsOk());
    EXPECT_EQ((*loaded)->open_report().snapshot_lsn, 1);
    EXPECT_EQ((*loaded)->open_report().replayed, 0);
    EXPECT_THAT((*loaded)->Check(), IsOk());
    const ReadView source = store_->OpenReadView();
    const ReadView copy = (*loaded)->OpenReadView();
    EXPECT_EQ(copy.Counts(), source.Counts());
    EXPECT_EQ(copy.Digests(), source.Digests());
    EXPECT_TRUE(ContentsOf(copy) == ContentsOf(source));
    const std::vector<CustomerTickets> top = source.TopCustomers(50);
    EXPECT_GT(top.front().ticket_count, top.back().ticket_count);
    EXPECT_EQ(copy.TopCustomers(50), top);
    for (int i = 1; i <= kCustomers; ++i) {
      const CustomerId id(i);
      ASSERT_EQ(copy.TicketCount(id), source.TicketCount(id)) << i;
      ASSERT_EQ(copy.OrdersOf(id), source.OrdersOf(id)) << i;
    }
    for (int i = 1; i <= kOrders; ++i) {
      const OrderId id(i);
      ASSERT_EQ(copy.BarcodesOf(id), source.BarcodesOf(id)) << i;
    }
  }
}

}  // namespace
}  // namespace orderstore::recovery
