// Waiting for the disk, snapshots, backups, statistics and the check, by the C
// API.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "capi/c_folder.h"
#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/prometheus.h"
#include "orderstore/store.h"

namespace orderstore {
namespace {

class DurabilityTest : public CFolderTest {
 protected:
  uint64_t DurableLsn() const {
    uint64_t lsn = 99;
    EXPECT_THAT(orderstore_get_durable_lsn(store_.get(), &lsn), Works());
    return lsn;
  }
  orderstore_stats Stats() const {
    orderstore_stats stats = {};
    EXPECT_THAT(orderstore_get_stats(store_.get(), &stats, sizeof stats),
                Works());
    return stats;
  }
};

// ---- Durability ------------------------------------------------------------

TEST_F(DurabilityTest, ACommitWaitsForTheDiskOrNot) {
  Open(Small(ORDERSTORE_ASYNC));
  EXPECT_EQ(Put("A"), 1);
  EXPECT_EQ(DurableLsn(), 0) << "an hour has not passed";
  EXPECT_EQ(PutIn(store_, "B", ORDERSTORE_SYNC), 2);
  EXPECT_EQ(DurableLsn(), 2);
  EXPECT_EQ(PutIn(store_, "C", ORDERSTORE_ASYNC), 3);
  EXPECT_EQ(DurableLsn(), 2);
  uint64_t lsn = 0;
  EXPECT_THAT(orderstore_sync(store_.get(), &lsn), Works());
  EXPECT_EQ(lsn, 3);
  EXPECT_EQ(DurableLsn(), 3);
  EXPECT_EQ(PutIn(store_, "D", ORDERSTORE_ASYNC), 4);
  EXPECT_THAT(orderstore_wait_durable(store_.get(), 4, ORDERSTORE_NO_TIMEOUT),
              Works());
  EXPECT_EQ(DurableLsn(), 4);
}

TEST_F(DurabilityTest, AWaitForWhatDoesNotComeEnds) {
  Open();
  Put("A");
  EXPECT_THAT(orderstore_wait_durable(store_.get(), 1, 0), Works());
  EXPECT_THAT(orderstore_wait_durable(store_.get(), 2, 0),
              Fails(ORDERSTORE_DEADLINE_EXCEEDED, "LSN 2"));
  orderstore_view_t* view = nullptr;
  EXPECT_THAT(orderstore_view_open_at_least(store_.get(), 2, 1, &view),
              Fails(ORDERSTORE_DEADLINE_EXCEEDED, "LSN 2"));
  EXPECT_EQ(view, nullptr);
  ASSERT_THAT(orderstore_view_open_at_least(store_.get(), 1, 0, &view),
              Works());
  const ViewHandle opened(view);
  uint64_t lsn = 0;
  EXPECT_THAT(orderstore_get_lsn(orderstore_view_reader(view), &lsn), Works());
  EXPECT_EQ(lsn, 1);
}

TEST_F(DurabilityTest, AViewOfTheLatestShowsWhatIsNotDurable) {
  Open();
  EXPECT_EQ(PutIn(store_, "A", ORDERSTORE_ASYNC), 1);
  for (const int32_t level : {0, 1}) {
    orderstore_view_t* view = nullptr;
    ASSERT_THAT(orderstore_view_open(store_.get(), level, &view), Works());
    const ViewHandle opened(view);
    uint64_t lsn = 99;
    EXPECT_THAT(orderstore_get_lsn(orderstore_view_reader(view), &lsn),
                Works());
    EXPECT_EQ(lsn, level == ORDERSTORE_READ_LATEST ? 1 : 0);
  }
}

TEST_F(DurabilityTest, AStoreWithoutALogHasNothingToWaitFor) {
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_in_memory(nullptr, 0, &opened), Works());
  const StoreHandle store(opened);
  EXPECT_EQ(PutIn(store, "A"), 1);
  EXPECT_THAT(orderstore_wait_durable(store.get(), 1, ORDERSTORE_NO_TIMEOUT),
              Works());
  EXPECT_THAT(orderstore_wait_durable(store.get(), 2, ORDERSTORE_NO_TIMEOUT),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "LSN 2"));
  EXPECT_THAT(orderstore_write_snapshot(store.get(), nullptr),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "no folder"));
}

TEST_F(DurabilityTest, TheStatusOfTheLogTellsWhyNothingIsCommitted) {
  Open();
  EXPECT_THAT(orderstore_log_status(store_.get()), Works());
  EXPECT_THAT(orderstore_close(store_.get()), Works());
  EXPECT_THAT(orderstore_log_status(store_.get()),
              Fails(ORDERSTORE_UNAVAILABLE, "closed"));
}

// ---- Snapshots and backups -------------------------------------------------

TEST_F(DurabilityTest, ASnapshotIsWritten) {
  Open();
  Put("A");
  EXPECT_EQ(Stats().snapshot_lsn, 0);
  EXPECT_THAT(orderstore_snapshot_status(store_.get()), Works());
  uint64_t lsn = 0;
  EXPECT_THAT(orderstore_write_snapshot(store_.get(), &lsn), Works());
  EXPECT_EQ(lsn, 1);
  EXPECT_TRUE(folder_.Has("shop/" + SnapshotFile(1)));
  EXPECT_EQ(Stats().snapshot_lsn, 1);
  EXPECT_THAT(orderstore_snapshot_status(store_.get()), Works());
}

TEST_F(DurabilityTest, TheStatusTellsOfASnapshotThatFailed) {
  Open();
  Put("A");
  // A folder that has files is in the way of the temporary file.
  const std::string temporary = "shop/" + SnapshotFile(1) + ".tmp";
  std::filesystem::create_directory(folder_ / temporary);
  folder_.Put(temporary + "/file", "text");
  const orderstore_code failed =
      orderstore_write_snapshot(store_.get(), nullptr);
  EXPECT_NE(failed, ORDERSTORE_OK);
  EXPECT_THAT(orderstore_snapshot_status(store_.get()),
              Fails(failed, SnapshotFile(1)));
  // The store goes on.
  EXPECT_EQ(Put("B"), 2);
}

TEST_F(DurabilityTest, ABackupIsAStoreOfItsOwn) {
  Open();
  Put("A");
  uint64_t lsn = 0;
  const std::string copy = folder_ / "copy";
  ASSERT_THAT(orderstore_backup(store_.get(), copy.c_str(), nullptr, &lsn),
              Works());
  EXPECT_EQ(lsn, 1);
  Put("B");
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open(copy.c_str(), nullptr, 0, &opened), Works());
  EXPECT_EQ(BarcodesIn(StoreHandle(opened)), 1);
  EXPECT_THAT(orderstore_backup(store_.get(), copy.c_str(), nullptr, &lsn),
              Fails(ORDERSTORE_ALREADY_EXISTS, copy));
  EXPECT_THAT(
      orderstore_backup(store_.get(), (copy + "/no/no").c_str(), nullptr, &lsn),
      Fails(ORDERSTORE_NOT_FOUND, "no/no"));
}

TEST_F(DurabilityTest, ABackupThatIsCancelledLeavesNoStore) {
  Open();
  Put("A");
  orderstore_cancel_t* made = nullptr;
  ASSERT_THAT(orderstore_cancel_create(&made), Works());
  const CancelHandle cancel(made);
  const std::string copy = folder_ / "copy";
  orderstore_cancel_request(cancel.get());
  EXPECT_THAT(
      orderstore_backup(store_.get(), copy.c_str(), cancel.get(), nullptr),
      Fails(ORDERSTORE_CANCELLED, ""));
  EXPECT_FALSE(folder_.Has("copy/STORE"));
  // One that nobody asks for anything does not disturb.
  ASSERT_THAT(orderstore_cancel_create(&made), Works());
  const CancelHandle other(made);
  EXPECT_THAT(
      orderstore_backup(store_.get(), copy.c_str(), other.get(), nullptr),
      Works());
}

// ---- Watching --------------------------------------------------------------

TEST_F(DurabilityTest, TheFiguresAreThoseOfCpp) {
  Open(Small(ORDERSTORE_ASYNC));
  PutIn(store_, "A", ORDERSTORE_SYNC);
  WriteSnapshot();
  Put("B");
  const ReadView view = store_->store->OpenReadView();
  const StoreStats expected = store_->store->Stats();
  const orderstore_stats stats = Stats();
  EXPECT_EQ(stats.lsn, 2);
  ExpectCounts(stats.counts, expected.counts);
  const auto compare = [](const orderstore_table_memory& memory,
                          const TableMemory& table) {
    EXPECT_EQ(memory.row_bytes, table.row_bytes);
    EXPECT_EQ(memory.id_directory_bytes, table.id_directory_bytes);
    EXPECT_EQ(memory.hash_index_bytes, table.hash_index_bytes);
    EXPECT_EQ(memory.child_index_bytes, table.child_index_bytes);
  };
  compare(stats.customers, expected.customers);
  compare(stats.orders, expected.orders);
  compare(stats.barcodes, expected.barcodes);
  EXPECT_EQ(stats.long_text_bytes, expected.long_text_bytes);
  EXPECT_EQ(stats.unassigned_index_bytes, expected.unassigned_index_bytes);
  EXPECT_EQ(stats.ranking_bytes, expected.ranking_bytes);
  EXPECT_EQ(stats.version_bytes, expected.version_bytes);
  EXPECT_EQ(stats.memory_bytes, expected.memory_bytes);
  EXPECT_EQ(stats.memory_bytes_max, expected.memory_bytes_max);
  EXPECT_EQ(stats.durable_lsn, 1);
  EXPECT_EQ(stats.unsynced_transactions, 1);
  EXPECT_EQ(stats.unsynced_bytes, expected.unsynced_bytes);
  EXPECT_GE(stats.unsynced_age_us, expected.unsynced_age.count());
  EXPECT_EQ(stats.log_bytes, expected.log_bytes);
  int64_t writes = 0;
  for (size_t i = 0; i < ORDERSTORE_SYNC_TIME_BUCKETS; ++i) {
    EXPECT_EQ(stats.sync_times.counts[i], expected.sync_times.counts[i]);
    writes += stats.sync_times.counts[i];
  }
  EXPECT_GT(writes, 0);
  EXPECT_EQ(stats.sync_times.sum_us, expected.sync_times.sum.count() / 1000);
  EXPECT_EQ(stats.snapshot_lsn, 1);
  EXPECT_EQ(stats.has_snapshot_age, 1);
  EXPECT_GE(stats.snapshot_age_us, expected.snapshot_age->count());
  EXPECT_EQ(stats.has_snapshot_duration, 1);
  EXPECT_EQ(stats.snapshot_duration_us, expected.snapshot_duration->count());
  EXPECT_EQ(stats.snapshot_being_written, 0);
  EXPECT_EQ(stats.has_log, 1);
  EXPECT_EQ(stats.versions, expected.versions);
  EXPECT_EQ(stats.read_views_open, 1);
  EXPECT_EQ(stats.oldest_read_view_lsn, 2);
  EXPECT_EQ(stats.oldest_read_view_lag_us, 0) << "it shows the newest state";
  Put("C");
  const int64_t lag_us = store_->store->Stats().oldest_read_view_lag.count();
  EXPECT_GE(Stats().oldest_read_view_lag_us, lag_us);
  orderstore_stats none = {};
  EXPECT_THAT(orderstore_get_stats(store_.get(), &none, 1),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "too small"));
}

TEST_F(DurabilityTest, WhatIsNotKnownIsMarkedSo) {
  Open();
  Put("A");
  EXPECT_EQ(Stats().has_log, 1);
  EXPECT_EQ(Stats().has_snapshot_age, 0);
  EXPECT_EQ(Stats().has_snapshot_duration, 0);
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_read_only(Shop().c_str(), nullptr, 0, &opened),
              Works());
  const StoreHandle reader(opened);
  orderstore_stats stats = {};
  ASSERT_THAT(orderstore_get_stats(opened, &stats, sizeof stats), Works());
  EXPECT_EQ(stats.has_log, 0);
  EXPECT_THAT(orderstore_log_status(opened), Works());
}

TEST_F(DurabilityTest, PrometheusIsShownTheSameText) {
  // In memory, where no figure is an age.
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_in_memory(nullptr, 0, &opened), Works());
  const StoreHandle store(opened);
  PutIn(store, "A");
  const Store& cpp = *store->store;
  std::string text(16 << 10, '?');
  size_t size = 0;
  for (const char* const name : {"shop", ""}) {
    const std::string expected =
        PrometheusText(cpp.Stats(), cpp.open_report(), name);
    ASSERT_THAT(orderstore_prometheus_text(opened, name, text.data(),
                                           text.size(), &size),
                Works());
    EXPECT_EQ(size, expected.size());
    EXPECT_EQ(text.c_str(), expected);
  }
  const std::string unnamed = text.c_str();
  ASSERT_THAT(
      orderstore_prometheus_text(opened, nullptr, text.data(), size + 1, &size),
      Works());
  EXPECT_EQ(text.c_str(), unnamed);
}

TEST_F(DurabilityTest, ATextThatFindsNoRoomTellsItsSize) {
  Open();
  size_t size = 0;
  ASSERT_THAT(
      orderstore_prometheus_text(store_.get(), "shop", nullptr, 0, &size),
      Fails(ORDERSTORE_OUT_OF_RANGE, "room for 0"));
  ASSERT_GT(size, 1000);
  EXPECT_LT(size, 14 << 10) << "16 KiB are said to be enough";
  std::string text(1000, '?');
  EXPECT_THAT(orderstore_prometheus_text(store_.get(), "shop", text.data(),
                                         text.size(), &size),
              Fails(ORDERSTORE_OUT_OF_RANGE, "room for 1000"));
  EXPECT_EQ(text, std::string(1000, '?'));
}

TEST_F(DurabilityTest, ASoundStorePassesItsCheck) {
  Open();
  Put("A");
  EXPECT_THAT(orderstore_check(store_.get(), ORDERSTORE_NO_TIMEOUT), Works());
}

// ---- NULL ------------------------------------------------------------------

TEST_F(DurabilityTest, NullIsRefused) {
  const auto no_store = Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL");
  uint64_t lsn = 0;
  orderstore_view_t* view = nullptr;
  orderstore_stats stats = {};
  orderstore_txn_t* txn = nullptr;
  EXPECT_THAT(orderstore_get_durable_lsn(nullptr, &lsn), no_store);
  EXPECT_THAT(orderstore_log_status(nullptr), no_store);
  EXPECT_THAT(orderstore_wait_durable(nullptr, 1, 0), no_store);
  EXPECT_THAT(orderstore_sync(nullptr, &lsn), no_store);
  EXPECT_THAT(orderstore_write_snapshot(nullptr, &lsn), no_store);
  EXPECT_THAT(orderstore_snapshot_status(nullptr), no_store);
  EXPECT_THAT(orderstore_backup(nullptr, "x", nullptr, &lsn), no_store);
  EXPECT_THAT(orderstore_get_stats(nullptr, &stats, sizeof stats), no_store);
  char text[8] = {};
  size_t size = 0;
  EXPECT_THAT(
      orderstore_prometheus_text(nullptr, "shop", text, sizeof text, &size),
      no_store);
  EXPECT_THAT(orderstore_check(nullptr, 0), no_store);
  EXPECT_THAT(orderstore_begin(nullptr, 0, &txn), no_store);
  EXPECT_THAT(orderstore_view_open(nullptr, 0, &view), no_store);
  EXPECT_THAT(orderstore_view_open_at_least(nullptr, 0, 0, &view), no_store);
  EXPECT_THAT(orderstore_cancel_create(nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "cancel is NULL"));
  orderstore_cancel_request(nullptr);
  orderstore_cancel_destroy(nullptr);
  orderstore_view_destroy(nullptr);
  EXPECT_EQ(orderstore_view_reader(nullptr), nullptr);
  Open();
  EXPECT_THAT(orderstore_get_durable_lsn(store_.get(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "lsn is NULL"));
  EXPECT_THAT(orderstore_backup(store_.get(), nullptr, nullptr, &lsn),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(orderstore_get_stats(store_.get(), nullptr, 0),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "stats is NULL"));
  EXPECT_THAT(
      orderstore_prometheus_text(store_.get(), nullptr, nullptr, 8, &size),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "text is NULL"));
  EXPECT_THAT(orderstore_prometheus_text(store_.get(), nullptr, text,
                                         sizeof text, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "size is NULL"));
  EXPECT_THAT(orderstore_view_open(store_.get(), 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "view is NULL"));
  EXPECT_THAT(orderstore_view_open_at_least(store_.get(), 0, 0, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "view is NULL"));
}

}  // namespace
}  // namespace orderstore
