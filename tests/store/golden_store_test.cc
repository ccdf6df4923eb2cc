// Stores as released versions left them, whole folders in golden/VERSION: they
// stay readable in every way, and can be written to.
//
// A version whose formats are new adds its own, and those that are there never
// change: kHowToAdd, which each failure quotes, says how.

#include "store/golden_store.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "csv/test_folder.h"
#include "disk/simulated_disk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/coding.h"
#include "io/file_system.h"
#include "orderstore/change_log.h"
#include "orderstore/migrate.h"
#include "orderstore/salvage.h"
#include "orderstore/store.h"
#include "orderstore/verify.h"
#include "recovery/history.h"
#include "store/open_store.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

// In the order of their releases.
constexpr const char* kGoldenVersions[] = {"0.1.0"};

constexpr char kHowToAdd[] =
    "Golden stores are added by a build of the version that writes them, once "
    "for each version whose formats are new. From the top of the source:\n"
    "  ORDERSTORE_GOLDEN_STORES=tests/store/golden/VERSION \\\n"
    "    build/release/tests/store_test "
    "--gtest_filter='GoldenStoreWriterTest.*'\n"
    "Then add VERSION to kGoldenVersions in tests/store/golden_store_test.cc, "
    "and commit both. The stores of older versions stay as they are.";

// ---- Writing them ----------------------------------------------------------

void PutGoldenFile(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  ASSERT_TRUE(file.good()) << path;
}

// A closed store of this kind in a new folder.
void WriteClosedGolden(const std::string& folder, const GoldenKind& kind) {
  const std::unique_ptr<Store> made =
      MakeGoldenStore(io::Posix(), folder, kind);
  EXPECT_THAT(made->Close(), IsOk());
}

// What is left where the power goes off as one more transaction is written, so
// that its frame is torn; a disk that can do that has to be simulated.
std::optional<disk::DiskImage> CrashedGolden(const GoldenKind& kind) {
  constexpr char kShop[] = "/shop";
  disk::SimulatedDisk drive(/*seed=*/1);
  std::unique_ptr<Store> made = MakeGoldenStore(drive, kShop, kind);
  drive.CutPower();
  made.reset();
  const disk::DiskImage before = drive.Image();
  // Which change to the disk is the frame's is not known before: segments are
  // made in the background.
  for (int64_t nth = 1; nth <= 20; ++nth) {
    drive.Load(before);
    made = store::OpenStore::Open(drive, kShop, GoldenOptions()).value();
    drive.CutPowerAt(nth);
    CommitGolden(*made, {GoldenBarcode(30, "torn", std::nullopt, 10)})
        .status()
        .IgnoreError();
    made.reset();
    for (uint64_t seed = 1; drive.off() && seed <= 50; ++seed) {
      disk::SimulatedDisk left(seed);
      disk::DiskImage image = drive.AfterCut(seed);
      left.Load(image);
      const auto opened =
          store::OpenStore::OpenReadOnly(left, kShop, GoldenOptions());
      if (opened.ok() && (*opened)->open_report().torn_bytes > 0 &&
          (*opened)->open_report().lsn == GoldenLast()) {
        return image;
      }
    }
  }
  return std::nullopt;
}

void WriteCrashedGolden(const std::filesystem::path& folder,
                        const GoldenKind& kind) {
  const std::optional<disk::DiskImage> image = CrashedGolden(kind);
  ASSERT_TRUE(image.has_value()) << "no frame was torn";
  std::filesystem::create_directory(folder);
  for (const auto& [path, bytes] : image->files) {
    PutGoldenFile(folder / std::filesystem::path(path).filename(), bytes);
  }
}

TEST(GoldenStoreWriterTest, WritesTheStoresOfThisVersionWhereThatIsAskedFor) {
  const char* const out = std::getenv("ORDERSTORE_GOLDEN_STORES");
  if (out == nullptr) {
    GTEST_SKIP() << "ORDERSTORE_GOLDEN_STORES names no folder for them";
  }
  std::filesystem::create_directories(out);
  for (const GoldenKind& kind : kGoldenKinds) {
    const std::filesystem::path folder = std::filesystem::path(out) / kind.name;
    ASSERT_FALSE(std::filesystem::exists(folder))
        << folder << " is there, and golden stores never change";
    if (kind.is_crashed) {
      WriteCrashedGolden(folder, kind);
    } else {
      WriteClosedGolden(folder.string(), kind);
    }
  }
}

// ---- Reading them ----------------------------------------------------------

struct GoldenStore {
  std::string version;
  GoldenKind kind;

  std::filesystem::path Path() const {
    return std::filesystem::path(ORDERSTORE_SOURCE_DIR) / "tests" / "store" /
           "golden" / version / kind.name;
  }
};

void PrintTo(const GoldenStore& golden, std::ostream* out) {
  *out << golden.version << "/" << golden.kind.name;
}

std::vector<GoldenStore> AllGoldenStores() {
  std::vector<GoldenStore> all;
  for (const char* version : kGoldenVersions) {
    for (const GoldenKind& kind : kGoldenKinds) all.push_back({version, kind});
  }
  return all;
}

std::string GoldenBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// A copy of the store, in `shop()`.
class GoldenStoreTest : public testing::TestWithParam<GoldenStore> {
 protected:
  void SetUp() override {
    const std::filesystem::path golden = GetParam().Path();
    ASSERT_TRUE(std::filesystem::exists(golden / "STORE"))
        << "there is no store in " << golden << "\n"
        << kHowToAdd;
    std::filesystem::create_directory(shop());
    for (const auto& file : std::filesystem::directory_iterator(golden)) {
      PutGoldenFile(std::filesystem::path(shop()) / file.path().filename(),
                    GoldenBytes(file.path()));
    }
  }

  const GoldenKind& kind() const { return GetParam().kind; }
  std::string shop() const { return folder_ / "shop"; }

  void ExpectIsWhole(const Store& store) const {
    EXPECT_TRUE(RowsOf(store.OpenReadView()) == GoldenState(GoldenLast()));
    EXPECT_THAT(store.Check(), IsOk());
    EXPECT_EQ(store.schema_revision(), kind().schema);
  }

  const TestFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Versions, GoldenStoreTest,
                         testing::ValuesIn(AllGoldenStores()),
                         [](const auto& chosen) {
                           std::string name = "v" + chosen.param.version + "_" +
                                              chosen.param.kind.name;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_P(GoldenStoreTest, OpensToReadOnlyWithAllItsRows) {
  const auto opened = Store::OpenReadOnly(shop(), GoldenOptions());
  ASSERT_THAT(opened, IsOk());
  ExpectIsWhole(**opened);
  const OpenReport& report = (*opened)->open_report();
  EXPECT_EQ(report.lsn, GoldenLast());
  EXPECT_EQ(report.snapshot_lsn, kGoldenSecondSnapshot);
  EXPECT_EQ(report.closed_cleanly, !kind().is_crashed);
  EXPECT_EQ(report.torn_bytes > 0, kind().is_crashed);
  EXPECT_EQ(report.bad_snapshots, std::vector<std::string>());
}

TEST_P(GoldenStoreTest, OpensAsOfEachCommitThatItsFilesReach) {
  for (Lsn lsn = kind().oldest; lsn <= GoldenLast(); ++lsn) {
    const auto opened = Store::OpenAsOf(shop(), lsn, GoldenOptions());
    ASSERT_THAT(opened, IsOk()) << "LSN " << lsn;
    EXPECT_TRUE(RowsOf((*opened)->OpenReadView()) == GoldenState(lsn))
        << "LSN " << lsn;
  }
}

TEST_P(GoldenStoreTest, ItsLogTellsEachTransaction) {
  absl::StatusOr<ChangeLog> log = ChangeLog::OpenOldest(shop());
  ASSERT_THAT(log, IsOk());
  EXPECT_LE(log->lsn(), kind().oldest);
  State state = GoldenState(log->lsn());
  while (true) {
    const auto next = log->Next();
    ASSERT_THAT(next, IsOk());
    if (!*next) break;
    Apply(**next, state);
    EXPECT_TRUE(state == GoldenState(state.lsn)) << "LSN " << state.lsn;
  }
  EXPECT_EQ(state.lsn, GoldenLast());
}

TEST_P(GoldenStoreTest, ItsSnapshotsOpenAlone) {
  std::set<Lsn> found;
  for (const auto& file : std::filesystem::directory_iterator(shop())) {
    if (file.path().extension() != ".snapshot") continue;
    const auto opened = Store::OpenSnapshot(file.path().string());
    ASSERT_THAT(opened, IsOk());
    const ReadView view = (*opened)->OpenReadView();
    EXPECT_TRUE(RowsOf(view) == GoldenState(view.lsn())) << file.path();
    found.insert(view.lsn());
  }
  EXPECT_EQ(found,
            (std::set<Lsn>{kGoldenFirstSnapshot, kGoldenSecondSnapshot}));
}

TEST_P(GoldenStoreTest, IsSound) {
  const absl::StatusOr<VerifyReport> report = VerifyStore(shop());
  ASSERT_THAT(report, IsOk());
  for (const Problem& problem : report->problems) {
    ADD_FAILURE() << problem.file << ": " << problem.what;
  }
  EXPECT_TRUE(report->opens) << report->open_error;
  EXPECT_EQ(report->open_lsn, GoldenLast());
  EXPECT_EQ(report->provable_lsn, GoldenLast());
  EXPECT_EQ(report->torn_bytes > 0, kind().is_crashed);
}

TEST_P(GoldenStoreTest, IsSalvagedWhole) {
  const std::string saved = folder_ / "saved";
  const absl::StatusOr<SalvageReport> report = SalvageStore(shop(), saved);
  ASSERT_THAT(report, IsOk());
  EXPECT_TRUE(report->is_whole());
  EXPECT_EQ(report->lsn, GoldenLast());
  const auto opened = Store::Open(saved, GoldenOptions());
  ASSERT_THAT(opened, IsOk());
  ExpectIsWhole(**opened);
}

TEST_P(GoldenStoreTest, IsWrittenToAndReopened) {
  auto opened = Store::Open(shop(), GoldenOptions(kind().is_compressed));
  ASSERT_THAT(opened, IsOk());
  ExpectIsWhole(**opened);
  // The ids of rows that were deleted are not given again.
  absl::StatusOr<Lsn> lsn = (*opened)->Transact([](Transaction& txn) {
    EXPECT_THAT(txn.InsertCustomer({.email = "new@example.com"}),
                IsOkAndHolds(CustomerId(4)));
    EXPECT_THAT(txn.InsertBarcode({.value = "new"}),
                IsOkAndHolds(BarcodeId(21)));
    return absl::OkStatus();
  });
  EXPECT_THAT(lsn, IsOkAndHolds(GoldenLast() + 1));
  EXPECT_THAT((*opened)->WriteSnapshot(), IsOkAndHolds(GoldenLast() + 1));
  lsn = (*opened)->Transact([](Transaction& txn) {
    EXPECT_THAT(txn.InsertOrder({.customer_id = CustomerId(4)}),
                IsOkAndHolds(OrderId(10)));
    return absl::OkStatus();
  });
  EXPECT_THAT(lsn, IsOkAndHolds(GoldenLast() + 2));
  const State written = RowsOf((*opened)->OpenReadView());
  ASSERT_THAT((*opened)->Close(), IsOk());
  *opened = nullptr;

  opened = Store::Open(shop(), GoldenOptions());
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE((*opened)->open_report().closed_cleanly);
  EXPECT_EQ((*opened)->open_report().snapshot_lsn, GoldenLast() + 1);
  EXPECT_TRUE(RowsOf((*opened)->OpenReadView()) == written);
  EXPECT_THAT((*opened)->Check(), IsOk());
  const absl::StatusOr<VerifyReport> report = VerifyStore(shop());
  ASSERT_THAT(report, IsOk());
  EXPECT_TRUE(report->is_sound());
  // Beside the new rows there are those of before.
  State old = written;
  EXPECT_EQ(old.customers.erase(CustomerId(4)), 1u);
  EXPECT_EQ(old.orders.erase(OrderId(10)), 1u);
  EXPECT_EQ(old.barcodes.erase(BarcodeId(21)), 1u);
  old.lsn = GoldenLast();
  EXPECT_TRUE(old == GoldenState(GoldenLast()));
}

TEST_P(GoldenStoreTest, IsMigratedOn) {
  for (const SchemaRevision revision : kSchemaRevisions) {
    ASSERT_THAT(MigrateStore(shop(), revision, GoldenOptions()), IsOk());
    const auto opened = Store::OpenReadOnly(shop(), GoldenOptions());
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ((*opened)->schema_revision(), revision);
    EXPECT_TRUE(RowsOf((*opened)->OpenReadView()) == GoldenState(GoldenLast()));
  }
}

// ---- New formats -----------------------------------------------------------

// The formats that the files of a store are of.
std::set<std::string> FormatsIn(const std::filesystem::path& folder) {
  constexpr size_t kVersionAt = 8;  // in the headers of log and snapshot
  std::set<std::string> formats;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string bytes = GoldenBytes(file.path());
    const std::string extension = file.path().extension().string();
    if (file.path().filename() == "STORE") {
      formats.insert(bytes.substr(0, bytes.find('\n')));
    } else if ((extension == ".log" || extension == ".snapshot") &&
               bytes.size() >= kVersionAt + sizeof(uint32_t)) {
      formats.insert(
          extension + " " +
          std::to_string(io::GetFixed<uint32_t>(&bytes[kVersionAt])));
    }
  }
  return formats;
}

TEST(GoldenFormatsTest, TheFormatsOfThisProgramHaveGoldenStores) {
  const TestFolder folder;
  WriteClosedGolden(folder / "shop", kGoldenKinds[0]);
  const GoldenStore newest = {*std::rbegin(kGoldenVersions), kGoldenKinds[0]};
  ASSERT_TRUE(std::filesystem::exists(newest.Path()))
      << "there is no store in " << newest.Path() << "\n"
      << kHowToAdd;
  const std::set<std::string> formats = FormatsIn(folder / "shop");
  EXPECT_EQ(formats.size(), 3u);
  EXPECT_EQ(formats, FormatsIn(newest.Path())) << kHowToAdd;
}

}  // namespace
}  // namespace orderstore
