// Pins the format: these files were written by version 1, and stay readable. A
// change that breaks this test needs a new version (FORMAT.md).

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
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

  static std::string Golden(const std::string& name) {
    return FileOf("tests/snapshot/golden/" + name);
  }
  // `name` is one in the source tree.
  static std::string FileOf(const std::string& name) {
    const auto path = std::filesystem::path(ORDERSTORE_SOURCE_DIR) / name;
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

// Lines of the document: an offset, and bytes until something else comes.
TEST_F(GoldenTest, TheDocumentQuotesIt) {
  const std::string golden = Golden("plain.bin");
  std::istringstream document(FileOf("src/snapshot/FORMAT.md"));
  size_t quoted = 0;
  for (std::string line; std::getline(document, line);) {
    constexpr char kDigits[] = "0123456789abcdef";
    if (line.size() < 8 || line.find_first_not_of(kDigits) != 4 ||
        line.substr(4, 2) != "  ") {
      continue;
    }
    size_t at = std::stoul(line.substr(0, 4), nullptr, 16);
    std::istringstream bytes(line.substr(4));
    for (std::string byte; bytes >> byte;) {
      if (byte.size() != 2 || byte.find_first_not_of(kDigits) != byte.npos) {
        break;
      }
      ASSERT_LT(at, golden.size());
      EXPECT_EQ(static_cast<uint8_t>(golden[at++]),
                std::stoul(byte, nullptr, 16))
          << line;
      ++quoted;
    }
  }
  EXPECT_GT(quoted, 300u);
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
