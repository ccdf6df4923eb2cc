// Migrations: the revision changes, the rows do not, whatever happens.

#include "orderstore/migrate.h"

#include <cerrno>
#include <functional>
#include <initializer_list>
#include <string>

#include "disk/survival.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/folder_test.h"
#include "wal/frame.h"

namespace orderstore {
namespace {

using testing::HasSubstr;

class MigrateTest : public FolderTest {
 protected:
  absl::StatusOr<SchemaRevision> Migrate(SchemaRevision to) {
    return store::OpenStore::Migrate(disk_, kFolder, to, AnyOptions());
  }

  // A store that has a snapshot and a log behind it, both of several rows.
  void Make() {
    Open();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(store_
                      ->Transact([&](Transaction& txn) {
                        return Insert(txn, "before " + std::to_string(i));
                      })
                      .ok());
    }
    ASSERT_TRUE(store_->WriteSnapshot().ok());
    ASSERT_TRUE(
        store_->Transact([&](Transaction& txn) { return Insert(txn, "after"); })
            .ok());
    digests_ = store_->OpenReadView().Digests();
    lsn_ = store_->durable_lsn();
    ASSERT_TRUE(store_->Close().ok());
    store_.reset();
  }

  // Opens the store, and returns its revision.
  SchemaRevision CheckRows() {
    Open();
    EXPECT_EQ(store_->OpenReadView().Digests(), digests_);
    EXPECT_EQ(store_->durable_lsn(), lsn_);
    EXPECT_TRUE(store_->Check().ok());
    const SchemaRevision revision = store_->schema_revision();
    store_.reset();
    return revision;
  }

  // Migrates once for each change that it makes to the disk.
  void CrashAtAnyChange() {
    const disk::DiskImage before = disk_.Image();
    int old = 0;
    int migrated = 0;
    for (int64_t nth = 1;; ++nth) {
      SCOPED_TRACE(nth);
      disk_.Load(before);
      disk_.CutPowerAt(nth);
      const bool is_done = Migrate(SchemaRevision::kTicketCount).ok();
      if (!disk_.off()) {
        ASSERT_TRUE(is_done);
        disk_.CutPowerAt(0);
        break;
      }
      // What the cut leaves is the dice's.
      for (uint64_t seed = 1; seed <= 8; ++seed) {
        const disk::DiskImage after = disk_.AfterCut(seed);
        disk::SimulatedDisk other(seed);
        other.Load(after);
        const auto opened =
            store::OpenStore::Open(other, kFolder, AnyOptions());
        ASSERT_TRUE(opened.ok()) << opened.status();
        const SchemaRevision revision = (*opened)->schema_revision();
        if (is_done) {
          EXPECT_EQ(revision, SchemaRevision::kTicketCount);
        }
        ++(revision == SchemaRevision::kTicketCount ? migrated : old);
        EXPECT_TRUE(revision == SchemaRevision::kTicketCount ||
                    revision == SchemaRevision::kIndexes);
        EXPECT_EQ((*opened)->OpenReadView().Digests(), digests_);
        EXPECT_EQ((*opened)->durable_lsn(), lsn_);
        // No snapshot claims what the store never came to.
        for (const std::string& name : other.List(kFolder)) {
          if (!name.ends_with(".snapshot")) continue;
          const auto snapshot = store::OpenStore::OpenSnapshot(
              other, std::string(kFolder) + "/" + name, AnyOptions());
          ASSERT_TRUE(snapshot.ok()) << snapshot.status();
          EXPECT_LE((*snapshot)->schema_revision(), revision);
        }
      }
      disk_.Restart();
      ASSERT_TRUE(Migrate(SchemaRevision::kTicketCount).ok());
      EXPECT_EQ(CheckRows(), SchemaRevision::kTicketCount);
    }
    EXPECT_GT(old, 20);
    EXPECT_GT(migrated, 0);
  }

  Digests digests_;
  Lsn lsn_ = 0;
};

TEST_F(MigrateTest, NewStoresHaveTheRecommendedIndexes) {
  Open();
  EXPECT_EQ(store_->schema_revision(), SchemaRevision::kIndexes);
  Reopen();
  EXPECT_EQ(store_->schema_revision(), SchemaRevision::kIndexes);
}

TEST_F(MigrateTest, ItGoesUpAndDownThroughAllRevisions) {
  Make();
  EXPECT_EQ(Migrate(SchemaRevision::kTicketCount).value(),
            SchemaRevision::kIndexes);
  EXPECT_EQ(CheckRows(), SchemaRevision::kTicketCount);
  EXPECT_EQ(Migrate(SchemaRevision::kTables).value(),
            SchemaRevision::kTicketCount);
  EXPECT_EQ(CheckRows(), SchemaRevision::kTables);
  EXPECT_EQ(Migrate(SchemaRevision::kTables).value(), SchemaRevision::kTables);
  EXPECT_EQ(TryOpenReadOnly().value()->schema_revision(),
            SchemaRevision::kTables);
}

// The next segments and snapshots, backups, and what is salvaged.
TEST_F(MigrateTest, TheRevisionStays) {
  Make();
  ASSERT_TRUE(Migrate(SchemaRevision::kTicketCount).ok());
  Open();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(store_
                    ->Transact([&](Transaction& txn) {
                      return Insert(txn, "later " + std::to_string(i));
                    })
                    .ok());
  }
  ASSERT_TRUE(store_->WriteSnapshot().ok());
  ASSERT_TRUE(store_->Backup("/copy").ok());
  Reopen();
  EXPECT_EQ(store_->schema_revision(), SchemaRevision::kTicketCount);
  EXPECT_EQ(TryOpen(AnyOptions(), "/copy").value()->schema_revision(),
            SchemaRevision::kTicketCount);
  store_.reset();
  for (const std::string& name : disk_.List(kFolder)) {
    if (!name.ends_with(".snapshot")) continue;
    EXPECT_EQ(store::OpenStore::OpenSnapshot(
                  disk_, std::string(kFolder) + "/" + name, AnyOptions())
                      .value()
                      ->schema_revision() == SchemaRevision::kTicketCount,
              name != "00000000000000000003.snapshot")
        << name;
  }
}

TEST_F(MigrateTest, AnEmptyStoreMigratesToo) {
  Open();
  store_.reset();
  ASSERT_TRUE(Migrate(SchemaRevision::kTables).ok());
  Open();
  EXPECT_EQ(store_->schema_revision(), SchemaRevision::kTables);
}

TEST_F(MigrateTest, AStoreThatIsOpenIsNotMigrated) {
  Open();
  const absl::Status status = Migrate(SchemaRevision::kTables).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(IsSchemaMismatch(status));
  EXPECT_EQ(store_->schema_revision(), SchemaRevision::kIndexes);
}

TEST_F(MigrateTest, WhereThereIsNoStoreNothingIsMade) {
  EXPECT_EQ(Migrate(SchemaRevision::kTables).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(disk_.Exists("/shop/STORE"));
}

// Also where the newest snapshot is of the state that is migrated: its name is
// the new one's.
TEST_F(MigrateTest, ACrashAtAnyChangeLeavesOneRevisionOrTheOther) {
  const disk::DiskImage empty = disk_.Image();
  for (const bool has_snapshot : {false, true}) {
    SCOPED_TRACE(has_snapshot);
    disk_.Load(empty);
    Make();
    if (has_snapshot) {
      Open();
      ASSERT_TRUE(store_->WriteSnapshot().ok());
      store_.reset();
    }
    CrashAtAnyChange();
  }
}

TEST_F(MigrateTest, OlderSnapshotsStayAsTheyAre) {
  Make();
  const std::string path = "/shop/00000000000000000003.snapshot";
  const std::string before = disk_.Bytes(path);
  ASSERT_TRUE(Migrate(SchemaRevision::kTicketCount).ok());
  EXPECT_EQ(disk_.Bytes(path), before);
}

TEST_F(MigrateTest, AnyCallThatFailsLeavesOneRevisionOrTheOther) {
  Make();
  const disk::DiskImage before = disk_.Image();
  for (const int error : {EIO, ENOSPC}) {
    for (int64_t nth = 1;; ++nth) {
      SCOPED_TRACE(nth);
      disk_.Load(before);
      const int64_t calls = disk_.CallCount();
      disk_.FailCall(nth, error);
      const bool is_done = Migrate(SchemaRevision::kTicketCount).ok();
      const bool came = disk_.CallCount() - calls >= nth;
      disk_.ClearFaults();
      disk_.RestartProgram();
      const SchemaRevision revision = CheckRows();
      if (is_done) {
        EXPECT_EQ(revision, SchemaRevision::kTicketCount);
      }
      if (!came) break;
    }
  }
}

TEST_F(MigrateTest, AnUnknownRevisionIsNamedAndStays) {
  Make();
  std::string path;
  for (const std::string& name : disk_.List(kFolder)) {
    if (name.ends_with(".log")) path = std::string(kFolder) + "/" + name;
  }
  std::string bytes = disk_.Bytes(path);
  const absl::StatusOr<wal::SegmentHeader> header =
      wal::DecodeSegmentHeader(std::string_view(bytes).substr(0, 4096), path);
  ASSERT_TRUE(header.ok());
  wal::SegmentHeader later = *header;
  later.schema = static_cast<SchemaRevision>(4);
  wal::EncodeSegmentHeader(later, bytes.data());
  disk_.SetBytes(path, bytes);
  const auto open = [&] { return TryOpen().status(); };
  const auto read = [&] { return TryOpenReadOnly().status(); };
  const auto migrate = [&] {
    return Migrate(SchemaRevision::kTables).status();
  };
  for (const std::function<absl::Status()>& attempt :
       std::initializer_list<std::function<absl::Status()>>{open, read,
                                                            migrate}) {
    const absl::Status status = attempt();
    EXPECT_TRUE(IsSchemaMismatch(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("schema revision 4"));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("`orderstore migrate DIR downgrade 0003` of the"));
  }
  EXPECT_EQ(disk_.Bytes(path), bytes);
}

}  // namespace
}  // namespace orderstore
