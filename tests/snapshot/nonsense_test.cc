// Snapshots whose checksums are right and that make no sense all the same.

#include <zstd.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "snapshot/snapshot_file.h"
#include "snapshot/snapshot_fixture.h"

namespace orderstore::snapshot {
namespace {

using testing::HasSubstr;

constexpr size_t kCustomers = 0;
constexpr size_t kOrders = 1;
constexpr size_t kBarcodes = 2;

class NonsenseTest : public SnapshotTest {
 protected:
  NonsenseTest() {
    InsertSome();
    EXPECT_EQ(Write(), absl::OkStatus());
    good = SnapshotFile::Parse(disk.Bytes(kPath));
  }

  void ExpectDataLoss(std::string bytes, const std::string& what) {
    disk.SetBytes(kPath, std::move(bytes));
    const absl::Status status = Read().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(status.message(), HasSubstr(what));
    EXPECT_THAT(status.message(), HasSubstr(kPath));
  }
  // After this change.
  void ExpectDataLoss(const std::function<void(SnapshotFile&)>& change,
                      const std::string& what) {
    SnapshotFile file = good;
    change(file);
    ExpectDataLoss(file.Encode(), what);
  }
  void ExpectBadHeader(const std::function<void(Description&)>& change) {
    ExpectDataLoss([&](SnapshotFile& file) { change(file.description); },
                   "at offset 0: the header makes no sense");
  }
  void ExpectBadBlock(const std::function<void(BlockHeader&)>& change,
                      const std::string& what) {
    ExpectDataLoss(
        [&](SnapshotFile& file) { change(file.blocks[kBarcodes].header); },
        what);
  }

  struct RowSpec {
    uint32_t id;
    int64_t created_at = 0;
    int64_t updated_at = 0;
    std::string text = "a";
    uint32_t word = 1;
  };
  static SnapshotFile::Block BlockOf(TableKind table,
                                     const std::vector<RowSpec>& rows) {
    Columns columns(table, rows.size(), 1 << 20);
    for (const RowSpec& row : rows) {
      columns.Add(row.id, row.word, row.created_at, row.updated_at);
      if (columns.has_text()) columns.AddText(row.text, 0);
    }
    return SnapshotFile::BlockOf(columns);
  }
  // With this block in place of the one of its table.
  void ExpectBadRows(TableKind table, const std::vector<RowSpec>& rows,
                     const std::string& what) {
    ExpectDataLoss(
        [&](SnapshotFile& file) {
          file.blocks[IndexOf(table)] = BlockOf(table, rows);
          file.Count();
          file.description.counts.customers = file.trailer.rows[0];
          file.description.counts.orders = file.trailer.rows[1];
          file.description.counts.barcodes = file.trailer.rows[2];
          file.description.counts.unassigned_barcodes = 0;
          file.description.counts.unused_barcodes = 0;
          file.description.next_customer_id = int64_t{1} << 31;
          file.description.next_order_id = int64_t{1} << 31;
          file.description.next_barcode_id = int64_t{1} << 31;
        },
        what);
  }

  static constexpr char kPath[] = "shop/a.snapshot";
  SnapshotFile good;
};

// ---- The header ------------------------------------------------------------

TEST_F(NonsenseTest, CountsOutOfRange) {
  for (const int64_t count :
       {int64_t{-1}, int64_t{1} << 31, std::numeric_limits<int64_t>::min()}) {
    ExpectBadHeader([=](Description& d) { d.counts.customers = count; });
    ExpectBadHeader([=](Description& d) { d.counts.orders = count; });
    ExpectBadHeader([=](Description& d) { d.counts.barcodes = count; });
    ExpectBadHeader(
        [=](Description& d) { d.counts.unassigned_barcodes = count; });
    ExpectBadHeader([=](Description& d) { d.counts.unused_barcodes = count; });
  }
  ExpectBadHeader([](Description& d) { d.counts.unused_barcodes = 5; });
  ExpectBadHeader([](Description& d) { d.counts.unassigned_barcodes = 5; });
}

TEST_F(NonsenseTest, SequencesOutOfRange) {
  for (const int64_t next : {int64_t{0}, int64_t{-1}, (int64_t{1} << 31) + 1}) {
    ExpectBadHeader([=](Description& d) { d.next_customer_id = next; });
    ExpectBadHeader([=](Description& d) { d.next_order_id = next; });
    ExpectBadHeader([=](Description& d) { d.next_barcode_id = next; });
  }
}

TEST_F(NonsenseTest, RowsPastTheSequences) {
  SnapshotFile file = good;
  file.blocks[kBarcodes].header.last_id = 1000;
  ExpectDataLoss(file.Encode(), "past the header's next ids");
}

TEST_F(NonsenseTest, MoreRowsThanIds) {
  ExpectBadHeader([](Description& d) { d.next_barcode_id = 4; });
}

TEST_F(NonsenseTest, OtherNumbersOfRows) {
  const std::string what = "differ in their numbers of rows";
  ExpectDataLoss([](SnapshotFile& file) { --file.description.counts.orders; },
                 what);
  ExpectDataLoss([](SnapshotFile& file) { ++file.trailer.rows[kOrders]; },
                 what);
}

TEST_F(NonsenseTest, UnknownFlagsAndBytes) {
  for (const size_t at : {20u, 21u, 136u, 4000u}) {
    std::string bytes = good.Encode();
    bytes[at] = 2;
    SealSector(bytes, 0);
    ExpectDataLoss(bytes, "the header makes no sense");
  }
}

TEST_F(NonsenseTest, ItIsNotCompressedAsItSays) {
  SnapshotFile file = good;
  file.description.compressed = true;
  ExpectDataLoss(file.Encode(), "the block cannot be decompressed");
}

// ---- Trailer ---------------------------------------------------------------

TEST_F(NonsenseTest, ATrailerOfMoreOrFewerBlocks) {
  for (const uint64_t blocks : {uint64_t{0}, uint64_t{2}, uint64_t{4}}) {
    ExpectDataLoss([=](SnapshotFile& file) { file.trailer.blocks = blocks; },
                   "the trailer is not of these blocks");
  }
}

TEST_F(NonsenseTest, UnknownBytesInTheTrailer) {
  std::string bytes = good.Encode();
  const size_t trailer = bytes.size() - io::kSectorBytes;
  bytes[trailer + 48] = 1;
  SealSector(bytes, trailer);
  ExpectDataLoss(bytes, "the trailer is damaged");
}

// ---- Headers of blocks -----------------------------------------------------

TEST_F(NonsenseTest, HeadersOfBlocks) {
  const std::string what = "the block's header makes no sense";
  ExpectBadBlock([](BlockHeader& h) { h.table = static_cast<TableKind>(0); },
                 what);
  ExpectBadBlock([](BlockHeader& h) { h.table = static_cast<TableKind>(4); },
                 what);
  ExpectBadBlock([](BlockHeader& h) { h.rows = 0; }, what);
  ExpectBadBlock([](BlockHeader& h) { h.rows = kBlockRowsMax + 1; }, what);
  ExpectBadBlock([](BlockHeader& h) { h.first_id = 0; }, what);
  ExpectBadBlock([](BlockHeader& h) { h.last_id = 0; }, what);
  ExpectBadBlock([](BlockHeader& h) { h.last_id = uint32_t{1} << 31; }, what);
  // Four rows do not fit into three ids.
  ExpectBadBlock([](BlockHeader& h) { h.first_id = 2; }, what);
}

TEST_F(NonsenseTest, SizesOfBlocks) {
  const std::string what = "the block's sizes make no sense";
  ExpectBadBlock([](BlockHeader& h) { --h.body_bytes; }, what);
  ExpectBadBlock([](BlockHeader& h) { ++h.stored_bytes; }, what);
  ExpectBadBlock([](BlockHeader& h) { h.body_bytes = h.stored_bytes = 0; },
                 what);
  ExpectBadBlock(
      [](BlockHeader& h) { h.body_bytes = h.stored_bytes = ~uint32_t{0}; },
      what);
  ExpectBadBlock(
      [](BlockHeader& h) { h.body_bytes = h.stored_bytes = kBodyBytesMax + 1; },
      what);
  // More text than four rows have.
  ExpectBadBlock(
      [](BlockHeader& h) { h.body_bytes = h.stored_bytes = 4 * 1046 + 2; },
      what);
}

TEST_F(NonsenseTest, ABlockThatReachesIntoTheTrailer) {
  ExpectBadBlock(
      [](BlockHeader& h) { h.body_bytes = h.stored_bytes = 4 * 1046 + 1; },
      "does not end before the trailer");
}

// ---- Bodies ----------------------------------------------------------------

TEST_F(NonsenseTest, AnArchiveOfTheOtherByteOrder) {
  for (const char first : {'\0', '\2', '\xff'}) {
    ExpectDataLoss(
        [=](SnapshotFile& file) { file.blocks[kOrders].stored[0] = first; },
        "the block's archive makes no sense");
  }
}

TEST_F(NonsenseTest, IdsThatDoNotAscend) {
  const std::string what = "the block's ids are not as its header says";
  ExpectBadRows(TableKind::kOrders, {{1}, {1}}, "header makes no sense");
  ExpectBadRows(TableKind::kOrders, {{1}, {5}, {4}, {9}}, what);
  ExpectBadRows(TableKind::kOrders, {{1}, {5}, {5}, {9}}, what);
  ExpectBadRows(TableKind::kOrders, {{1}, {1000}, {3}}, what);
  ExpectBadBlock([](BlockHeader& h) { h.last_id = 4711; }, "next ids");
  SnapshotFile file = good;
  file.description.next_barcode_id = 5000;
  file.blocks[kBarcodes].header.last_id = 4711;
  ExpectDataLoss(file.Encode(), what);
}

TEST_F(NonsenseTest, TimesBeforeTheFirst) {
  const int64_t early = kTimestampMin.time_since_epoch().count() - 1;
  const std::string what = "timestamp is out of range";
  ExpectBadRows(TableKind::kOrders, {{.id = 1}, {.id = 2, .created_at = early}},
                what);
  ExpectBadRows(TableKind::kBarcodes,
                {{.id = 1, .updated_at = std::numeric_limits<int64_t>::min()}},
                what);
}

TEST_F(NonsenseTest, OrdersOfNobody) {
  for (const uint32_t word : {uint32_t{0}, uint32_t{1} << 31, ~uint32_t{0}}) {
    ExpectBadRows(TableKind::kOrders, {{.id = 1, .word = word}},
                  "an order's customer is no id");
  }
}

TEST_F(NonsenseTest, SizesOfTexts) {
  const std::string what = "the sizes of the block's texts make no sense";
  ExpectBadRows(TableKind::kBarcodes, {{.id = 1, .text = ""}}, what);
  ExpectBadRows(
      TableKind::kBarcodes,
      {{.id = 1, .text = std::string(1021, 'x')}, {.id = 2, .text = "a"}},
      what);
  ExpectBadRows(TableKind::kCustomers, {{.id = 1, .text = ""}}, what);

  // Sizes that add up to more or less than there is.
  for (const int change : {1, -1}) {
    ExpectDataLoss(
        [=](SnapshotFile& file) {
          char* size = &file.blocks[kBarcodes].stored[1 + 4 * 24];
          *size = static_cast<char>(*size + change);
        },
        what);
  }
}

TEST_F(NonsenseTest, LongNames) {
  Columns columns(TableKind::kCustomers, 2, 4000);
  columns.Add(1, 0, 0, 0);
  columns.AddText(std::string(1022, 'x'), 1021);
  columns.Add(2, 0, 0, 0);
  columns.AddText("a", 0);
  SnapshotFile file = good;
  file.blocks[kCustomers] = SnapshotFile::BlockOf(columns);
  file.Count();
  ExpectDataLoss(file.Encode(), "the sizes of the block's texts make no sense");
}

// ---- Compressed bodies -----------------------------------------------------

std::string Compress(const std::string& body) {
  std::string stored(ZSTD_compressBound(body.size()), '\0');
  stored.resize(
      ZSTD_compress(stored.data(), stored.size(), body.data(), body.size(), 1));
  return stored;
}

class CompressedNonsenseTest : public NonsenseTest {
 protected:
  CompressedNonsenseTest() {
    good.description.compressed = true;
    for (size_t i = 0; i < 3; ++i) {
      SetStored(good, i, Compress(good.blocks[i].stored));
    }
  }

  static void SetStored(SnapshotFile& file, size_t block, std::string stored) {
    file.blocks[block].header.stored_bytes =
        static_cast<uint32_t>(stored.size());
    file.blocks[block].stored = std::move(stored);
  }
  void ExpectNotDecompressed(std::string stored) {
    SnapshotFile file = good;
    SetStored(file, kBarcodes, std::move(stored));
    ExpectDataLoss(file.Encode(), "the block cannot be decompressed");
  }
};

TEST_F(CompressedNonsenseTest, TheGoodOneIsRead) {
  disk.SetBytes(kPath, good.Encode());
  EXPECT_EQ(*Read(), RowsOf(newest()));
}

TEST_F(CompressedNonsenseTest, MoreOrLessThanTheHeaderSays) {
  const size_t bytes = good.blocks[kBarcodes].header.body_bytes;
  ExpectNotDecompressed(Compress(std::string(bytes - 1, 'x')));
  ExpectNotDecompressed(Compress(std::string(bytes + 1, 'x')));
  // The begin of a frame that claims four mebibytes.
  ExpectNotDecompressed(
      Compress(std::string(size_t{1} << 22, '\0')).substr(0, 150));
}

TEST_F(CompressedNonsenseTest, NoFrame) {
  ExpectNotDecompressed("x");
  ExpectNotDecompressed(std::string(100, '\0'));
  const std::string stored = good.blocks[kBarcodes].stored;
  ExpectNotDecompressed(stored.substr(0, stored.size() - 1));
  ExpectNotDecompressed(stored + "x");
}

TEST_F(CompressedNonsenseTest, AnotherFrameBehind) {
  const std::string stored = good.blocks[kBarcodes].stored;
  ExpectNotDecompressed(stored + Compress("x"));
}

TEST_F(CompressedNonsenseTest, StoredInMoreThanAnyoneNeeds) {
  SnapshotFile file = good;
  SetStored(file, kBarcodes,
            file.blocks[kBarcodes].stored + std::string(400, '\0'));
  ExpectDataLoss(file.Encode(), "the block's sizes make no sense");
}

}  // namespace
}  // namespace orderstore::snapshot
