// Pins the format: these files were written by version 1, and stay readable. A
// change that breaks this test needs a new version (FORMAT.md).

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "snapshot/snapshot_fixture.h"

namespace orderstore::snapshot {
namespace {

class GoldenTest : public SnapshotTest {
 protected:
  GoldenTest() {
    InsertSome();
    Begin();
    changes.SetBarcode(BarcodeSlot(2), table::BarcodeRow::WordOf(2, true), 300);
    InsertBarcode(9, "\xC3\xA9t\xC3\xA9", 2);
    changes.DeleteBarcode(BarcodeSlot(4));
    Commit();
  }

  // `name` is one in tests/snapshot/golden.
  static std::string Golden(const std::string& name) {
    const auto path = std::filesystem::path(ORDERSTORE_SOURCE_DIR) / "tests" /
                      "snapshot" / "golden" / name;
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
};

TEST_F(GoldenTest, ItIsWrittenByteByByte) {
  ASSERT_EQ(Write(), absl::OkStatus());
  const std::string golden = Golden("plain.bin");
  const std::string written = disk.Bytes("shop/a.snapshot");
  ASSERT_EQ(written.size(), golden.size());
  for (size_t i = 0; i < golden.size(); ++i) {
    ASSERT_EQ(written[i], golden[i]) << "at offset " << i;
  }
}

TEST_F(GoldenTest, ItIsRead) {
  disk.SetBytes("shop/a.snapshot", Golden("plain.bin"));
  const absl::StatusOr<Rows> rows = Read();
  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ(*rows, RowsOf(newest()));
}

// How well it is compressed is zstd's affair.
TEST_F(GoldenTest, TheCompressedOneIsRead) {
  disk.SetBytes("shop/a.snapshot", Golden("compressed.bin"));
  const absl::StatusOr<SnapshotReader> reader =
      SnapshotReader::Open(folder, kName, store);
  ASSERT_EQ(reader.status(), absl::OkStatus());
  compressed = true;
  table::ViewSlot* view = OpenView();
  EXPECT_EQ(reader->description(), DescriptionOf(*view));
  CloseView(view);
  const absl::StatusOr<Rows> rows = ReadRows(*reader);
  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ(*rows, RowsOf(newest()));
}

}  // namespace
}  // namespace orderstore::snapshot
