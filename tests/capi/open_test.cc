// Opening and closing by the C API: in a folder, to read, as of an LSN, of a
// snapshot file; the options, the report and the revisions.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "capi/c_folder.h"
#include "capi/c_store.h"
#include "capi/options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

class OpenTest : public CFolderTest {
 protected:
  orderstore_open_report Report() const {
    orderstore_open_report report = {};
    EXPECT_THAT(
        orderstore_get_open_report(store_.get(), &report, sizeof report),
        Works());
    return report;
  }
};

// ---- Opening ---------------------------------------------------------------

TEST_F(OpenTest, MakesAStoreAndFindsItAgain) {
  Open();
  EXPECT_EQ(Report().created, 1);
  EXPECT_EQ(Report().lsn, 0);
  EXPECT_EQ(Report().has_snapshot_time, 0);
  Put("A");
  Close();
  Open();
  EXPECT_EQ(Report().created, 0);
  EXPECT_EQ(Report().closed_cleanly, 1);
  EXPECT_EQ(Report().lsn, 1);
  EXPECT_EQ(Report().replayed, 1);
  EXPECT_EQ(Report().counts.barcodes, 1);
  EXPECT_EQ(BarcodesIn(store_), 1);
}

TEST_F(OpenTest, OpensWithoutOptions) {
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open(Shop().c_str(), nullptr, 0, &opened), Works());
  const StoreHandle store(opened);
  EXPECT_EQ(PutIn(store, "A"), 1);
}

TEST_F(OpenTest, TheReportIsThatOfCpp) {
  Open();
  Put("A");
  WriteSnapshot();
  Put("B");
  Close();
  Open();
  const orderstore_open_report report = Report();
  const OpenReport& expected = store_->store->open_report();
  EXPECT_EQ(report.lsn, expected.lsn);
  ExpectCounts(report.counts, expected.counts);
  EXPECT_EQ(report.snapshot_lsn, 1);
  EXPECT_EQ(report.has_snapshot_time, 1);
  EXPECT_EQ(report.snapshot_time_us,
            Microseconds(expected.snapshot_time.value()));
  EXPECT_EQ(report.replayed, expected.replayed);
  EXPECT_EQ(report.torn_bytes, expected.torn_bytes);
  EXPECT_EQ(report.unfinished_bytes, expected.unfinished_bytes);
  EXPECT_EQ(report.removed_files, expected.removed_files);
  EXPECT_EQ(report.snapshot_seconds, expected.snapshot_seconds.count());
  EXPECT_EQ(report.replay_seconds, expected.replay_seconds.count());
  EXPECT_EQ(report.total_seconds, expected.total_seconds.count());
  EXPECT_GT(report.total_seconds, 0);
}

TEST_F(OpenTest, AReportNeedsItsSizeAndLeavesNothingBehindItsEnd) {
  Open();
  struct {
    orderstore_open_report report;
    uint64_t of_a_later_version;
  } later;
  later.of_a_later_version = 7;
  EXPECT_THAT(
      orderstore_get_open_report(store_.get(), &later.report, sizeof later),
      Works());
  EXPECT_EQ(later.report.created, 1);
  EXPECT_EQ(later.of_a_later_version, 0);
  EXPECT_THAT(orderstore_get_open_report(store_.get(), &later.report, 8),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "too small"));
  EXPECT_THAT(orderstore_get_open_report(store_.get(), nullptr, 0),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "report is NULL"));
}

TEST_F(OpenTest, ReadOnlyWorksBesideAWriter) {
  Open();
  Put("A");
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_read_only(Shop().c_str(), nullptr, 0, &opened),
              Works());
  const StoreHandle reader(opened);
  EXPECT_EQ(BarcodesIn(reader), 1);
  orderstore_txn_t* txn = nullptr;
  EXPECT_THAT(orderstore_begin(reader.get(), 0, &txn),
              Fails(ORDERSTORE_PERMISSION_DENIED, "read only"));
  EXPECT_EQ(txn, nullptr);
  EXPECT_THAT(orderstore_write_snapshot(reader.get(), nullptr),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "read only"));
}

TEST_F(OpenTest, AStoreIsReadAsOfAnLsn) {
  Open();
  Put("A");
  Put("B");
  for (const uint64_t lsn : std::initializer_list<uint64_t>{0, 1, 2}) {
    orderstore_t* opened = nullptr;
    ASSERT_THAT(orderstore_open_as_of(Shop().c_str(), lsn, nullptr, 0, &opened),
                Works());
    const StoreHandle old(opened);
    EXPECT_EQ(BarcodesIn(old), static_cast<int64_t>(lsn));
  }
  orderstore_t* none = store_.get();
  EXPECT_THAT(orderstore_open_as_of(Shop().c_str(), 3, nullptr, 0, &none),
              Fails(ORDERSTORE_OUT_OF_RANGE, "LSN 3"));
  EXPECT_EQ(none, nullptr);
}

TEST_F(OpenTest, ASnapshotFileIsRead) {
  Open();
  Put("A");
  WriteSnapshot();
  Put("B");
  const std::string file = Shop() + "/" + SnapshotFile(1);
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_snapshot(file.c_str(), nullptr, 0, &opened),
              Works());
  const StoreHandle old(opened);
  EXPECT_EQ(BarcodesIn(old), 1);
  EXPECT_THAT(
      orderstore_open_snapshot((file + "x").c_str(), nullptr, 0, &opened),
      Fails(ORDERSTORE_NOT_FOUND, ".snapshotx"));
  EXPECT_EQ(opened, nullptr);
}

// ---- What does not open ----------------------------------------------------

TEST_F(OpenTest, WhatDoesNotOpenSaysWhyAndGivesNothing) {
  Open();
  Put("A");
  Put("B");
  Put("C");
  const std::string shop = Shop();
  orderstore_t* opened = store_.get();
  EXPECT_THAT(orderstore_open(shop.c_str(), nullptr, 0, &opened),
              Fails(ORDERSTORE_FAILED_PRECONDITION, shop));
  EXPECT_EQ(opened, nullptr);
  EXPECT_THAT(
      orderstore_open((folder_ / "no/shop").c_str(), nullptr, 0, &opened),
      Fails(ORDERSTORE_NOT_FOUND, "no"));
  EXPECT_THAT(orderstore_open_read_only((folder_ / "none").c_str(), nullptr, 0,
                                        &opened),
              Fails(ORDERSTORE_NOT_FOUND, "none"));
  const std::string file = folder_.Put("file", "text");
  EXPECT_THAT(orderstore_open(file.c_str(), nullptr, 0, &opened),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "file"));
  Close();
  FlipByte(SegmentFile(1), 4096 + 80);
  EXPECT_THAT(orderstore_open(shop.c_str(), nullptr, 0, &opened),
              Fails(ORDERSTORE_DATA_LOSS, SegmentFile(1)));
  EXPECT_EQ(opened, nullptr);
}

TEST_F(OpenTest, AStoreOfAnotherFormatIsForAnotherVersion) {
  MakeOfAnotherFormat();
  const std::string shop = Shop();
  orderstore_t* opened = nullptr;
  const auto other = Fails(ORDERSTORE_UNKNOWN_FORMAT, "STORE is of format 9");
  EXPECT_THAT(orderstore_open(shop.c_str(), nullptr, 0, &opened), other);
  EXPECT_THAT(orderstore_open_read_only(shop.c_str(), nullptr, 0, &opened),
              other);
  EXPECT_THAT(orderstore_migrate(shop.c_str(), 3, nullptr, 0, nullptr), other);
  EXPECT_EQ(opened, nullptr);
}

TEST_F(OpenTest, ABadSnapshotIsPassedOverAndNamed) {
  Open();
  Put("A");
  WriteSnapshot();
  Put("B");
  WriteSnapshot();
  Close();
  FlipByte(SnapshotFile(2), 5000);
  Open();
  EXPECT_EQ(BarcodesIn(store_), 2);
  ASSERT_EQ(Report().bad_snapshots, 1);
  const char* why = nullptr;
  ASSERT_THAT(orderstore_get_bad_snapshot(store_.get(), 0, &why), Works());
  EXPECT_EQ(why, store_->store->open_report().bad_snapshots[0]);
  EXPECT_THAT(why, testing::HasSubstr(SnapshotFile(2)));
  EXPECT_THAT(orderstore_get_bad_snapshot(store_.get(), 1, &why),
              Fails(ORDERSTORE_OUT_OF_RANGE, "there are 1"));
}

// ---- Options ---------------------------------------------------------------

TEST_F(OpenTest, EachOptionIsSet) {
  const std::vector<orderstore_option> options = {
      {ORDERSTORE_OPTION_MEMORY_BYTES_MAX, 11},
      {ORDERSTORE_OPTION_HUGE_PAGES, 1},
      {ORDERSTORE_OPTION_DURABILITY, ORDERSTORE_ASYNC},
      {ORDERSTORE_OPTION_ASYNC_DELAY_MAX_US, 12},
      {ORDERSTORE_OPTION_ASYNC_BYTES_MAX, 13},
      {ORDERSTORE_OPTION_SEGMENT_BYTES, 14},
      {ORDERSTORE_OPTION_SNAPSHOT_INTERVAL_S, 15},
      {ORDERSTORE_OPTION_SNAPSHOT_LOG_BYTES, 16},
      {ORDERSTORE_OPTION_SNAPSHOTS_KEPT, 17},
      {ORDERSTORE_OPTION_SNAPSHOT_COMPRESSION, 1},
      {ORDERSTORE_OPTION_SLOW_TRANSACTION_US, 18},
      {ORDERSTORE_OPTION_SLOW_SYNC_US, 19}};
  const Options set = capi::ToOptions(options.data(), options.size()).value();
  EXPECT_EQ(set.memory_bytes_max, 11);
  EXPECT_TRUE(set.huge_pages);
  EXPECT_EQ(set.durability, Durability::kAsync);
  EXPECT_EQ(set.async_delay_max.count(), 12);
  EXPECT_EQ(set.async_bytes_max, 13);
  EXPECT_EQ(set.segment_bytes, 14);
  EXPECT_EQ(set.snapshot_interval.count(), 15);
  EXPECT_EQ(set.snapshot_log_bytes, 16);
  EXPECT_EQ(set.snapshots_kept, 17);
  EXPECT_TRUE(set.snapshot_compression);
  EXPECT_EQ(set.slow_transaction.count(), 18);
  EXPECT_EQ(set.slow_sync.count(), 19);
}

TEST_F(OpenTest, WhatIsNotNamedHasItsDefaultAndTheLastValueCounts) {
  const Options set = capi::ToOptions(nullptr, 0).value();
  const Options defaults;
  EXPECT_EQ(set.memory_bytes_max, defaults.memory_bytes_max);
  EXPECT_EQ(set.durability, defaults.durability);
  EXPECT_EQ(set.segment_bytes, defaults.segment_bytes);
  EXPECT_EQ(set.snapshots_kept, defaults.snapshots_kept);
  EXPECT_EQ(set.logger, nullptr);
  EXPECT_EQ(set.slow_transaction, defaults.slow_transaction);
  const orderstore_option twice[] = {{ORDERSTORE_OPTION_SNAPSHOTS_KEPT, 5},
                                     {ORDERSTORE_OPTION_SNAPSHOTS_KEPT, 6}};
  EXPECT_EQ(capi::ToOptions(twice, 2)->snapshots_kept, 6);
}

TEST_F(OpenTest, OptionsOutOfRangeAreRefused) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const std::vector<orderstore_option> wrong = {
      {ORDERSTORE_OPTION_MEMORY_BYTES_MAX, -1},
      {ORDERSTORE_OPTION_HUGE_PAGES, 2},
      {ORDERSTORE_OPTION_DURABILITY, ORDERSTORE_DURABILITY_DEFAULT},
      {ORDERSTORE_OPTION_DURABILITY, 3},
      {ORDERSTORE_OPTION_ASYNC_DELAY_MAX_US, -1},
      {ORDERSTORE_OPTION_ASYNC_DELAY_MAX_US, most},
      {ORDERSTORE_OPTION_ASYNC_BYTES_MAX, -1},
      {ORDERSTORE_OPTION_SEGMENT_BYTES, 1},
      {ORDERSTORE_OPTION_SNAPSHOT_INTERVAL_S, -1},
      {ORDERSTORE_OPTION_SNAPSHOT_INTERVAL_S, most},
      {ORDERSTORE_OPTION_SNAPSHOT_LOG_BYTES, -1},
      {ORDERSTORE_OPTION_SNAPSHOTS_KEPT, 0},
      {ORDERSTORE_OPTION_SNAPSHOTS_KEPT, int64_t{1} << 32},
      {ORDERSTORE_OPTION_SNAPSHOT_COMPRESSION, -1},
      {ORDERSTORE_OPTION_SLOW_TRANSACTION_US, -1},
      {ORDERSTORE_OPTION_SLOW_TRANSACTION_US, most},
      {ORDERSTORE_OPTION_SLOW_SYNC_US, -1},
      {ORDERSTORE_OPTION_SLOW_SYNC_US, most}};
  for (const orderstore_option& option : wrong) {
    SCOPED_TRACE(testing::Message() << option.key << ": " << option.value);
    orderstore_t* store = nullptr;
    EXPECT_THAT(orderstore_open_in_memory(&option, 1, &store),
                Fails(ORDERSTORE_INVALID_ARGUMENT, ""));
    EXPECT_EQ(store, nullptr);
  }
  const orderstore_option unknown = {0, 1};
  orderstore_t* store = nullptr;
  EXPECT_THAT(orderstore_open_in_memory(&unknown, 1, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "no option with the key 0"));
  EXPECT_THAT(orderstore_open_in_memory(nullptr, 1, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "1 options"));
  EXPECT_THAT(orderstore_open(Shop().c_str(), &unknown, 1, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "no option with the key 0"));
  EXPECT_FALSE(folder_.Has("shop"));
}

TEST_F(OpenTest, ATimeoutBeyondALifeIsNone) {
  EXPECT_EQ(capi::ToDeadline(ORDERSTORE_NO_TIMEOUT), std::nullopt);
  EXPECT_EQ(capi::ToDeadline(std::numeric_limits<int64_t>::min()),
            std::nullopt);
  EXPECT_EQ(capi::ToDeadline(std::numeric_limits<int64_t>::max()),
            std::nullopt);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_GE(capi::ToDeadline(5), before + std::chrono::milliseconds(5));
}

// ---- Closing ---------------------------------------------------------------

TEST_F(OpenTest, AClosedStoreIsReadAndNotWritten) {
  Open();
  Put("A");
  EXPECT_THAT(orderstore_close(store_.get()), Works());
  EXPECT_THAT(orderstore_close(store_.get()), Works());
  EXPECT_EQ(BarcodesIn(store_), 1);
  orderstore_txn_t* txn = nullptr;
  EXPECT_THAT(orderstore_begin(store_.get(), 0, &txn),
              Fails(ORDERSTORE_UNAVAILABLE, "closed"));
  EXPECT_THAT(orderstore_write_snapshot(store_.get(), nullptr),
              Fails(ORDERSTORE_UNAVAILABLE, "closed"));
  // Still locked.
  orderstore_t* other = nullptr;
  EXPECT_THAT(orderstore_open(Shop().c_str(), nullptr, 0, &other),
              Fails(ORDERSTORE_FAILED_PRECONDITION, Shop()));
  EXPECT_THAT(orderstore_destroy(store_.release()), Works());
  Open();
  EXPECT_EQ(Report().closed_cleanly, 1);
}

// ---- Revisions -------------------------------------------------------------

TEST_F(OpenTest, AStoreIsMigrated) {
  Open();
  Put("A");
  uint32_t revision = 0;
  ASSERT_THAT(orderstore_get_schema_revision(store_.get(), &revision), Works());
  EXPECT_EQ(revision, ORDERSTORE_REVISION_INDEXES);
  const std::string shop = Shop();
  EXPECT_THAT(orderstore_migrate(shop.c_str(), 3, nullptr, 0, nullptr),
              Fails(ORDERSTORE_FAILED_PRECONDITION, shop));
  Close();
  uint32_t before = 0;
  const std::vector<orderstore_option> options = Small();
  ASSERT_THAT(orderstore_migrate(shop.c_str(), ORDERSTORE_REVISION_TICKET_COUNT,
                                 options.data(), options.size(), &before),
              Works());
  EXPECT_EQ(before, ORDERSTORE_REVISION_INDEXES);
  ASSERT_THAT(orderstore_migrate(shop.c_str(), ORDERSTORE_REVISION_TICKET_COUNT,
                                 options.data(), options.size(), nullptr),
              Works());
  Open();
  ASSERT_THAT(orderstore_get_schema_revision(store_.get(), &revision), Works());
  EXPECT_EQ(revision, ORDERSTORE_REVISION_TICKET_COUNT);
  EXPECT_EQ(BarcodesIn(store_), 1);
}

TEST_F(OpenTest, AMigrationToNowhereIsRefused) {
  for (const uint32_t none : std::initializer_list<uint32_t>{0, 4}) {
    EXPECT_THAT(orderstore_migrate(Shop().c_str(), none, nullptr, 0, nullptr),
                Fails(ORDERSTORE_INVALID_ARGUMENT, "no schema revision"));
  }
  EXPECT_THAT(orderstore_migrate(Shop().c_str(), 1, nullptr, 0, nullptr),
              Fails(ORDERSTORE_NOT_FOUND, "shop"));
  EXPECT_THAT(orderstore_migrate(nullptr, 1, nullptr, 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  const orderstore_option unknown = {0, 1};
  EXPECT_THAT(orderstore_migrate(Shop().c_str(), 1, &unknown, 1, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "no option"));
}

// ---- NULL ------------------------------------------------------------------

TEST_F(OpenTest, NullIsRefused) {
  orderstore_t* store = nullptr;
  EXPECT_THAT(orderstore_open(nullptr, nullptr, 0, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(orderstore_open("x", nullptr, 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL"));
  EXPECT_THAT(orderstore_open_read_only(nullptr, nullptr, 0, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(orderstore_open_as_of(nullptr, 1, nullptr, 0, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(orderstore_open_snapshot(nullptr, nullptr, 0, &store),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "file is NULL"));
  EXPECT_THAT(orderstore_open_in_memory(nullptr, 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL"));
  const auto no_store = Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL");
  EXPECT_THAT(orderstore_close(nullptr), no_store);
  orderstore_open_report report = {};
  EXPECT_THAT(orderstore_get_open_report(nullptr, &report, sizeof report),
              no_store);
  const char* why = nullptr;
  EXPECT_THAT(orderstore_get_bad_snapshot(nullptr, 0, &why), no_store);
  uint32_t revision = 0;
  EXPECT_THAT(orderstore_get_schema_revision(nullptr, &revision), no_store);
  Open();
  EXPECT_THAT(orderstore_get_bad_snapshot(store_.get(), 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "why is NULL"));
  EXPECT_THAT(orderstore_get_schema_revision(store_.get(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "revision is NULL"));
}

}  // namespace
}  // namespace orderstore
