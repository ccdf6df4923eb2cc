// What was written is what is read.

#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/file_system.h"
#include "scale.h"
#include "snapshot/snapshot_fixture.h"
#include "store/seeded_random.h"
#include "table/id_bitmap.h"

namespace orderstore::snapshot {
namespace {

using table::BarcodeRow;

constexpr int64_t kTimeMin = kTimestampMin.time_since_epoch().count();
constexpr int64_t kTimeMax = kTimestampMax.time_since_epoch().count();

// 255 characters of four bytes, of which the last is this one of 64.
std::string LongestText(int last = 0) {
  std::string text;
  for (int i = 0; i < kTextCharactersMax; ++i) text += "\U0001F39F";
  text.back() = static_cast<char>(0x80 + last);
  return text;
}

// The parameter: whether it is compressed.
class RoundTripTest : public SnapshotTest,
                      public testing::WithParamInterface<bool> {
 protected:
  RoundTripTest() { compressed = GetParam(); }

  void ExpectRoundTrip() { ExpectRoundTripIn(folder, RowsOf(newest())); }
  void ExpectRoundTripIn(const io::Folder& where, const Rows& expected) {
    table::ViewSlot* view = OpenView();
    const Description description = DescriptionOf(*view);
    ASSERT_EQ(
        WriteSnapshot(where, kName, description, *tables, *view, cancelled),
        absl::OkStatus());
    CloseView(view);
    ExpectRead(where, description, expected);
  }

  void ExpectRead(const io::Folder& where, const Description& description,
                  const Rows& expected) {
    const absl::StatusOr<SnapshotReader> reader =
        SnapshotReader::Open(where, kName, store);
    ASSERT_EQ(reader.status(), absl::OkStatus());
    EXPECT_EQ(reader->description(), description);
    const absl::StatusOr<Rows> rows = ReadRows(*reader);
    ASSERT_EQ(rows.status(), absl::OkStatus());
    EXPECT_EQ(*rows, expected);
  }

  std::vector<TableKind> TablesOfBlocks() const {
    const SnapshotReader reader =
        SnapshotReader::Open(folder, kName, store).value();
    std::vector<TableKind> found;
    for (const BlockHeader& block : reader.blocks()) {
      found.push_back(block.table);
    }
    return found;
  }
};

INSTANTIATE_TEST_SUITE_P(, RoundTripTest, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& param) {
                           return param.param ? "Compressed" : "Plain";
                         });

TEST_P(RoundTripTest, EmptyTables) {
  ExpectRoundTrip();
  EXPECT_EQ(disk.Bytes("shop/a.snapshot").size(), 2 * io::kSectorBytes);
}

TEST_P(RoundTripTest, EveryKindOfRow) {
  InsertSome();
  ExpectRoundTrip();
}

TEST_P(RoundTripTest, OneTableAlone) {
  Begin();
  InsertBarcode(7, "7", 0);
  Commit();
  ExpectRoundTrip();
  EXPECT_THAT(TablesOfBlocks(), testing::ElementsAre(TableKind::kBarcodes));
}

TEST_P(RoundTripTest, LongestTexts) {
  Begin();
  InsertCustomer(1, LongestText(), LongestText(1));
  InsertCustomer(2, "a", LongestText(1));
  InsertCustomer(3, LongestText(2), "");
  InsertBarcode(1, LongestText(), 0);
  InsertBarcode(2, "b", 0);
  Commit();
  ExpectRoundTrip();
}

TEST_P(RoundTripTest, TextsInAndBesideTheirRows) {
  Begin();
  for (uint32_t size = 1; size <= 80; ++size) {
    const std::string text(size, 'x');
    InsertCustomer(size, text, std::string(size / 2, 'n'));
    InsertBarcode(size, text, 0);
  }
  Commit();
  ExpectRoundTrip();
}

TEST_P(RoundTripTest, FirstAndLastTimestamp) {
  Begin();
  changes.InsertCustomer(1, "a", "", tables->Hash("a"), {kTimeMin, kTimeMax});
  changes.InsertOrder(1, 1, {kTimeMax, kTimeMin});
  changes.InsertBarcode(1, "1", tables->Hash("1"), 1, {kTimeMin, kTimeMin});
  changes.InsertBarcode(2, "2", tables->Hash("2"), 1, {kTimeMax, kTimeMax});
  Commit();
  ExpectRoundTrip();
}

TEST_P(RoundTripTest, FirstAndLastId) {
  using table::kIdMax;
  Begin();
  for (const uint32_t id : {uint32_t{1}, kIdMax}) {
    const std::string text = std::to_string(id);
    InsertCustomer(id, text);
    InsertOrder(id, id);
    InsertBarcode(id, text, id, id == kIdMax);
  }
  Commit();
  ASSERT_EQ(Write(), absl::OkStatus());
  const absl::StatusOr<Rows> rows = Read();
  ASSERT_EQ(rows.status(), absl::OkStatus());
  std::vector<std::tuple<TableKind, uint32_t, uint32_t>> found;
  for (const Row& row : *rows) found.emplace_back(row.table, row.id, row.word);
  EXPECT_THAT(found, testing::ElementsAre(
                         std::tuple(TableKind::kCustomers, 1, 0),
                         std::tuple(TableKind::kCustomers, kIdMax, 0),
                         std::tuple(TableKind::kOrders, 1, 1),
                         std::tuple(TableKind::kOrders, kIdMax, kIdMax),
                         std::tuple(TableKind::kBarcodes, 1, 1),
                         std::tuple(TableKind::kBarcodes, kIdMax,
                                    BarcodeRow::WordOf(kIdMax, true))));
}

TEST_P(RoundTripTest, SequencesPastTheRows) {
  InsertSome();
  Begin();
  InsertOrder(table::kIdMax, 1);
  changes.DeleteOrder(OrderSlot(table::kIdMax));
  Commit();
  table::ViewSlot* view = OpenView();
  ASSERT_EQ(Write(*view), absl::OkStatus());
  const Description description = DescriptionOf(*view);
  CloseView(view);
  EXPECT_EQ(description.next_order_id, int64_t{1} << 31);
  EXPECT_EQ(SnapshotReader::Open(folder, kName, store)->description(),
            description);
}

TEST_P(RoundTripTest, MoreRowsThanABlockHas) {
  const auto rows = static_cast<uint32_t>(2 * kBlockRowsMax + 1);
  Begin();
  InsertCustomer(1, "a");
  // Not every id is there.
  for (uint32_t i = 1; i <= rows; ++i) InsertOrder(3 * i, 1);
  Commit();
  ExpectRoundTrip();
  EXPECT_THAT(TablesOfBlocks(),
              testing::ElementsAre(TableKind::kCustomers, TableKind::kOrders,
                                   TableKind::kOrders, TableKind::kOrders));
}

TEST_P(RoundTripTest, MoreTextThanABlockHas) {
  const uint32_t rows = 2500;
  Begin();
  for (uint32_t i = 1; i <= rows; ++i) {
    InsertBarcode(i, std::to_string(i) + LongestText().substr(0, 1016), 0);
  }
  Commit();
  ExpectRoundTrip();
  EXPECT_THAT(TablesOfBlocks(),
              testing::ElementsAre(TableKind::kBarcodes, TableKind::kBarcodes,
                                   TableKind::kBarcodes));
}

// ---- Of the view's commit, whatever came after it --------------------------

TEST_P(RoundTripTest, RowsAreThoseOfTheView) {
  InsertSome();
  table::ViewSlot* view = OpenView();
  const Description description = DescriptionOf(*view);
  const Rows expected = RowsOf(*view->state);

  Begin();
  changes.SetBarcode(BarcodeSlot(1), BarcodeRow::WordOf(2, true), 900);
  changes.ReplaceBarcode(BarcodeSlot(3), "00124", tables->Hash("00124"), 0,
                         900);
  changes.DeleteBarcode(BarcodeSlot(2));
  changes.ReplaceCustomer(CustomerSlot(1), "new@example.com", "Anna",
                          tables->Hash("new@example.com"), 900);
  changes.SetOrder(OrderSlot(1), 2, 900);
  InsertCustomer(3, "late@example.com");
  Commit();
  Begin();
  InsertBarcode(2, "another", 0);  // the id of the deleted one
  changes.DeleteBarcode(BarcodeSlot(4));
  InsertBarcode(5, "late", 1);
  Commit();
  Begin();
  changes.SetBarcode(BarcodeSlot(1), 0, 950);
  Abort();
  Begin();
  InsertOrder(9, 3);  // still open
  CollectAll();

  ASSERT_EQ(Write(*view), absl::OkStatus());
  CloseView(view);
  ExpectRead(folder, description, expected);
  Commit();
}

TEST_P(RoundTripTest, RowsOfAnAbortAreNotThere) {
  InsertSome();
  const Rows expected = RowsOf(newest());
  Begin();
  InsertCustomer(3, "c@x");
  changes.ReplaceBarcode(BarcodeSlot(3), "other", tables->Hash("other"), 0,
                         900);
  changes.DeleteBarcode(BarcodeSlot(4));
  Abort();
  ExpectRoundTripIn(folder, expected);
}

// A writer changes, deletes, inserts and collects as fast as it can.
TEST_P(RoundTripTest, BesideABusyWriter) {
  constexpr int kBarcodes = 3000;
  Begin();
  InsertCustomer(1, "a");
  InsertOrder(1, 1);
  for (uint32_t id = 1; id <= kBarcodes; ++id) {
    InsertBarcode(id, "first" + std::to_string(id), id % 2);
  }
  Commit();
  table::ViewSlot* view = OpenView();
  const Description description = DescriptionOf(*view);
  const Rows expected = RowsOf(*view->state);

  std::atomic<bool> done = false;
  std::thread snapshots([&] {
    for (int64_t i = 0; i < Scaled(40); ++i) {
      const std::string name = SnapshotName(static_cast<Lsn>(i));
      EXPECT_EQ(
          WriteSnapshot(folder, name, description, *tables, *view, cancelled),
          absl::OkStatus());
    }
    done = true;
  });
  SeededRandom random(1);
  for (int64_t commit = 1; !done; ++commit) {
    Begin();
    const auto id = static_cast<uint32_t>(random.OneTo(kBarcodes));
    const std::string value = "then" + std::to_string(commit);
    const uint32_t slot = BarcodeSlot(id);
    if (slot == 0 || tables->FindBarcode(id, newest().tick).row == nullptr) {
      InsertBarcode(id, value, 1);
    } else if (random.OneIn(3)) {
      changes.DeleteBarcode(slot);
    } else if (random.OneIn(2)) {
      changes.SetBarcode(slot, BarcodeRow::WordOf(1, true), 900);
    } else {
      changes.ReplaceBarcode(slot, value, tables->Hash(value), 0, 900);
    }
    random.OneIn(10) ? Abort() : Commit();
    CollectAll();
  }
  snapshots.join();
  CloseView(view);
  for (int64_t i = 0; i < Scaled(40); ++i) {
    const std::string name = SnapshotName(static_cast<Lsn>(i));
    disk.SetBytes("shop/a.snapshot", disk.Bytes("shop/" + name));
    ExpectRead(folder, description, expected);
  }
}

// ---- On other file systems -------------------------------------------------

TEST_P(RoundTripTest, OnTheKernelsFiles) {
  InsertSome();
  const TestFolder real;
  ExpectRoundTripIn(io::Folder::Open(io::Posix(), real.path()).value(),
                    RowsOf(newest()));
}

TEST_P(RoundTripTest, WhereThereAreNoDirectWrites) {
  InsertSome();
  disk::SimulatedDisk other(1, {.direct_writes = false});
  ASSERT_EQ(other.MakeFolder("shop"), 0);
  ExpectRoundTripIn(io::Folder::Open(other, "shop").value(), RowsOf(newest()));
}

TEST_P(RoundTripTest, BlocksAreReadByManyThreads) {
  Begin();
  for (uint32_t i = 1; i <= 4000; ++i) {
    InsertBarcode(i, std::to_string(i) + std::string(1000, 'x'), 0);
  }
  Commit();
  ASSERT_EQ(Write(), absl::OkStatus());
  const SnapshotReader reader =
      SnapshotReader::Open(folder, kName, store).value();
  ASSERT_GE(reader.blocks().size(), 4u);
  std::vector<std::thread> threads;
  std::atomic<size_t> rows = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      BlockMemory memory;
      RowBlock block;
      for (size_t i = 0; i < reader.blocks().size(); ++i) {
        ASSERT_EQ(reader.ReadBlock(i, memory, block), absl::OkStatus());
        rows += block.rows();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows, 4u * 4000u);
}

}  // namespace
}  // namespace orderstore::snapshot
