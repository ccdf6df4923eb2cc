// Snapshots that were damaged, cut off, or put together from parts of others:
// none is read as good.

#include <cstdint>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "snapshot/snapshot_file.h"
#include "snapshot/snapshot_fixture.h"

namespace orderstore::snapshot {
namespace {

using testing::HasSubstr;

// The parameter: whether it is compressed.
class DamageTest : public SnapshotTest,
                   public testing::WithParamInterface<bool> {
 protected:
  DamageTest() {
    compressed = GetParam();
    InsertSome();
    EXPECT_EQ(Write(), absl::OkStatus());
    good = disk.Bytes(kPath);
  }

  absl::Status ReadBytes(std::string bytes) {
    disk.SetBytes(kPath, std::move(bytes));
    return Read().status();
  }
  // `what`: part of the message.
  void ExpectDataLoss(std::string bytes, const std::string& what = "") {
    const absl::Status status = ReadBytes(std::move(bytes));
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(status.message(), HasSubstr(what));
    EXPECT_THAT(status.message(), HasSubstr(kPath));
    EXPECT_THAT(status.message(), HasSubstr(" at offset "));
  }

  static constexpr char kPath[] = "shop/a.snapshot";
  std::string good;
};

INSTANTIATE_TEST_SUITE_P(, DamageTest, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& param) {
                           return param.param ? "Compressed" : "Plain";
                         });

TEST_P(DamageTest, EveryBitMatters) {
  // A slow build looks at some; odd, so that they are not all the same bit of
  // their bytes.
  const auto step = static_cast<size_t>(100 / TestScalePercent()) | 1;
  for (size_t bit = 0; bit < 8 * good.size(); bit += step) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    ExpectDataLoss(std::move(bytes));
    ASSERT_FALSE(HasFailure()) << "bit " << bit;
  }
}

TEST_P(DamageTest, EveryLengthButItsOwnIsRefused) {
  for (size_t size = 0; size < good.size(); ++size) {
    ExpectDataLoss(good.substr(0, size));
    ASSERT_FALSE(HasFailure()) << "size " << size;
  }
  for (const size_t more : {1u, 511u, 4096u, 8192u}) {
    ExpectDataLoss(good + std::string(more, '\0'));
    ExpectDataLoss(good + good.substr(good.size() - more));
  }
}

TEST_P(DamageTest, LostSectorsAreFound) {
  for (size_t at = 0; at < good.size(); at += 512) {
    std::string bytes = good;
    bytes.replace(at, 512, 512, '\0');
    if (bytes == good) continue;
    ExpectDataLoss(bytes);
  }
}

// ---- Parts of the same file, elsewhere -------------------------------------

TEST_P(DamageTest, SwappedSectorsAreFound) {
  const size_t sector = io::kSectorBytes;
  for (size_t a = 0; a < good.size(); a += sector) {
    for (size_t b = a + sector; b < good.size(); b += sector) {
      std::string bytes = good;
      bytes.replace(a, sector, good, b, sector);
      bytes.replace(b, sector, good, a, sector);
      ExpectDataLoss(bytes);
    }
  }
}

TEST_P(DamageTest, ADroppedBlockIsFound) {
  for (size_t i = 0; i < 3; ++i) {
    SnapshotFile file = SnapshotFile::Parse(good);
    file.blocks.erase(file.blocks.begin() + static_cast<ptrdiff_t>(i));
    ExpectDataLoss(file.Encode(), i < 2 ? "another block should be here"
                                        : "the trailer is not of these blocks");
    file.Count();
    ExpectDataLoss(file.Encode(), "differ in their numbers of rows");
  }
}

TEST_P(DamageTest, ADuplicatedBlockIsFound) {
  for (size_t i = 0; i < 3; ++i) {
    SnapshotFile file = SnapshotFile::Parse(good);
    file.blocks.insert(file.blocks.begin() + static_cast<ptrdiff_t>(i),
                       file.blocks[i]);
    ExpectDataLoss(file.Encode(), "another block should be here");
    file.Count();
    ExpectDataLoss(file.Encode(), "does not follow the one before");
  }
}

TEST_P(DamageTest, SwappedBlocksAreFound) {
  SnapshotFile file = SnapshotFile::Parse(good);
  std::swap(file.blocks[0], file.blocks[2]);
  ExpectDataLoss(file.Encode(), "another block should be here");
  file.Count();
  ExpectDataLoss(file.Encode(), "does not follow the one before");
}

// ---- Parts of other files --------------------------------------------------

TEST_P(DamageTest, ABlockOfAnotherSnapshotIsFound) {
  const SnapshotFile before = SnapshotFile::Parse(good);
  Begin();
  changes.SetBarcode(BarcodeSlot(3), 1, 999);
  changes.SetBarcode(BarcodeSlot(1), 0, 999);
  Commit();
  ASSERT_EQ(Write("b.snapshot"), absl::OkStatus());
  SnapshotFile file = SnapshotFile::Parse(disk.Bytes("shop/b.snapshot"));
  ASSERT_NE(file.blocks[2].stored, before.blocks[2].stored);

  // With the bytes of the old block: its checksum, or the trailer's.
  std::string bytes = file.Encode();
  const size_t at = bytes.size() - 2 * io::kSectorBytes;
  bytes.replace(at, io::kSectorBytes, good, at, io::kSectorBytes);
  ExpectDataLoss(bytes, "the trailer is not of these blocks");

  // With everything made to fit, only the digests tell.
  file.blocks[2] = before.blocks[2];
  disk.SetBytes(kPath, file.Encode());
  EXPECT_EQ(Read().status().message(), "the digests differ");
}

TEST_P(DamageTest, AHeaderOfAnotherSnapshotIsFound) {
  ASSERT_EQ(Write("b.snapshot"), absl::OkStatus());
  SnapshotFile file = SnapshotFile::Parse(good);
  file.description.lsn = 77;
  const std::string other = file.Encode();
  ExpectDataLoss(
      other.substr(0, io::kSectorBytes) + good.substr(io::kSectorBytes),
      "the trailer is not of these blocks");
}

TEST_P(DamageTest, AnotherStoresIsRefused) {
  SnapshotFile file = SnapshotFile::Parse(good);
  file.description.store = io::Uuid::Random();
  ExpectDataLoss(file.Encode(), file.description.store.ToString());
}

TEST_P(DamageTest, ANameOfAnotherLsnIsRefused) {
  ASSERT_EQ(newest().lsn, 1u);
  disk.SetBytes("shop/" + SnapshotName(1), good);
  disk.SetBytes("shop/" + SnapshotName(2), good);
  EXPECT_EQ(Read(SnapshotName(1)).status(), absl::OkStatus());
  const absl::Status status = Read(SnapshotName(2)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("a snapshot of LSN 1"));
}

// ---- Other programs' -------------------------------------------------------

TEST_P(DamageTest, OtherVersionsAreNotRead) {
  const auto expect_refused = [&](size_t at, uint32_t value,
                                  const std::string& what) {
    std::string bytes = good;
    io::PutFixed(&bytes[at], value);
    ExpectDataLoss(bytes);  // its checksum is wrong
    SealSector(bytes, 0);
    const absl::Status status = ReadBytes(bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(status.message(), HasSubstr(what));
    EXPECT_THAT(status.message(), HasSubstr(kPath));
  };
  expect_refused(8, 2, "format version 2");
  expect_refused(8, 0, "format version 0");
  expect_refused(16, 0, "schema revision 0");
  expect_refused(16, 4, "schema revision 4");
}

TEST_P(DamageTest, TheOtherByteOrderIsNamed) {
  std::string bytes = good;
  std::swap(bytes[12], bytes[15]);
  std::swap(bytes[13], bytes[14]);
  const absl::Status status = ReadBytes(bytes);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(status.message(), HasSubstr("byte order"));
}

}  // namespace
}  // namespace orderstore::snapshot
