// Tables that follow a store's log: they are its copy, whatever it did and
// whatever happened to who keeps them.

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/change_log.h"
#include "orderstore/store.h"
#include "sql/applied.h"
#include "sql/database.h"
#include "sql/dump.h"
#include "sql/follower.h"
#include "sql/load.h"
#include "sql/sample_rows.h"
#include "store/seeded_random.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

class FollowTest : public testing::Test {
 protected:
  FollowTest() { Open(); }

  // Snapshots take the log before the oldest that is kept with them.
  void Open(int snapshots_kept = 2) {
    store_.reset();
    store_ = Store::Open(database_.folder() / "shop",
                         {.segment_bytes = 16 << 10,
                          .snapshot_interval = std::chrono::seconds(0),
                          .snapshots_kept = snapshots_kept})
                 .value();
  }
  template <typename Fn>
  void Do(Fn fn) {
    const absl::StatusOr<Lsn> lsn = store_->Transact(fn);
    ASSERT_TRUE(lsn.ok()) << lsn.status();
  }

  Outcome Export(const std::string& options) {
    return database_.Run("\"$ORDERSTORE\" export shop --to '' " + options);
  }

  // The server's rows are the store's.
  void ExpectCopy() {
    const ReadView view = store_->OpenReadView();
    std::string script;
    ASSERT_TRUE(
        WriteDump(view, {.with_schema = false}, [&](std::string_view bytes) {
          script += bytes;
          return absl::OkStatus();
        }).ok());
    for (const Table table : kTables) {
      const std::string rows = database_.Query(
          "COPY (SELECT " + std::string(ColumnsOf(table)) + " FROM " +
          std::string(NameOf(table)) + " ORDER BY id) TO STDOUT");
      EXPECT_TRUE(script.find(") FROM stdin;\n" + rows + "\\.\n") !=
                  script.npos)
          << NameOf(table) << ": " << rows.substr(0, 2000);
    }
    EXPECT_EQ(database_.Query("SELECT lsn FROM orderstore_applied"),
              std::to_string(view.lsn()) + "\n");
    const Outcome check = Export("--check");
    EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  }

  const Database database_;
  std::unique_ptr<Store> store_;
};

// ---- The library -----------------------------------------------------------

// Applies all there is.
void FollowOn(ChangeLog& log, Follower& follower) {
  for (;;) {
    const auto next = log.Next();
    ASSERT_TRUE(next.ok()) << next.status();
    const absl::Status status = *next ? follower.Add(**next) : follower.Flush();
    ASSERT_TRUE(status.ok()) << status;
    if (!*next) return;
  }
}

// A few statements of all kinds; what fails, fails.
absl::Status DoAnything(Transaction& txn, SeededRandom& random) {
  const auto any_id = [&] { return random.Below(12) + 1; };
  const auto any_text = [&] { return "'\\" + std::to_string(random.Below(8)); };
  for (size_t i = random.OneTo(4); i > 0; --i) {
    const std::string text = any_text();
    switch (random.Below(12)) {
      case 0:
      case 1:
        (void)txn.InsertCustomer({.email = text, .name = "a\tb"});
        break;
      case 2:
        (void)txn.InsertOrder({.customer_id = CustomerId(any_id())});
        break;
      case 3:
      case 4:
        (void)txn.InsertBarcode({.value = text});
        break;
      case 5:
        (void)txn.AssignBarcodes(OrderId(any_id()), 1);
        break;
      case 6:
        (void)txn.Redeem(text);
        break;
      case 7:
        (void)txn.UpdateCustomer(CustomerId(any_id()), {.email = text});
        break;
      case 8:
        (void)txn.UpdateOrder(OrderId(any_id()),
                              {.customer_id = CustomerId(any_id())});
        break;
      case 9:
        (void)txn.UpdateBarcode(BarcodeId(any_id()), {.value = text});
        break;
      case 10:
        (void)txn.DeleteBarcode(BarcodeId(any_id()));
        break;
      default:
        (void)txn.DeleteOrder(OrderId(any_id()));
        (void)txn.DeleteCustomer(CustomerId(any_id()));
        // The same texts and ids again.
        (void)txn.InsertCustomer({.email = text, .id = CustomerId(any_id())});
        break;
    }
  }
  return absl::OkStatus();
}

TEST_F(FollowTest, AnythingThatAStoreDoesIsRepeated) {
  const uint64_t seed = TestSeeds(1).front();
  SeededRandom random(seed);
  Connection server = Connection::Open(database_.uri()).value();
  absl::StatusOr<ChangeLog> log =
      ChangeLog::Open(database_.folder() / "shop", 0);
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(Load(store_->OpenReadView(), server,
                   {.followed_store = log->store_uuid()})
                  .ok());
  absl::StatusOr<Follower> follower =
      Follower::Open(server, "public", {.store_uuid = log->store_uuid()});
  ASSERT_TRUE(follower.ok()) << follower.status();
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " +
                 std::to_string(round));
    for (size_t i = random.OneTo(8); i > 0; --i) {
      Do([&](Transaction& txn) { return DoAnything(txn, random); });
    }
    FollowOn(*log, *follower);
    EXPECT_EQ(follower->applied(), store_->durable_lsn());
    ExpectCopy();
  }
}

TEST_F(FollowTest, TwoEmailsMayBeSwapped) {
  PutSome(*store_);
  Do([](Transaction& txn) {
    return txn.InsertCustomer({.email = "b", .id = CustomerId(8)}).status();
  });
  Connection server = Connection::Open(database_.uri()).value();
  ChangeLog log = ChangeLog::Open(database_.folder() / "shop", 2).value();
  ASSERT_TRUE(
      Load(store_->OpenReadView(), server, {.followed_store = log.store_uuid()})
          .ok());
  Do([](Transaction& txn) {
    absl::Status status = txn.UpdateCustomer(CustomerId(7), {.email = "x"});
    status.Update(
        txn.UpdateCustomer(CustomerId(8), {.email = "ann@example.com"}));
    status.Update(txn.UpdateCustomer(CustomerId(7), {.email = "b"}));
    return status;
  });
  Follower follower =
      Follower::Open(server, "public", {log.store_uuid(), 2}).value();
  FollowOn(log, follower);
  ExpectCopy();
}

TEST_F(FollowTest, TablesThatOthersMadeFollowToo) {
  database_.Query(
      "CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY "
      "KEY, email text UNIQUE, name text, created_at timestamptz, updated_at "
      "timestamptz); CREATE TABLE orders (id int PRIMARY KEY, customer_id int, "
      "created_at timestamp, updated_at timestamp); CREATE TABLE barcodes (id "
      "int PRIMARY KEY, barcode_value text, order_id bigint, is_used bool, "
      "created_at timestamp, updated_at timestamp)");
  ASSERT_EQ(Export("--since-lsn 0").exit_code, 0);
  PutSome(*store_);
  Do([](Transaction& txn) { return txn.Unredeem("00123"); });
  const Outcome outcome = Export("--since-lsn 0");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(database_.Query("SELECT count(*) FROM customers; SELECT is_used "
                            "FROM barcodes ORDER BY id; SELECT lsn FROM "
                            "orderstore_applied"),
            "1\nf\nf\n2\n");
}

TEST_F(FollowTest, RowsThatAreNotThereAreNoticed) {
  PutSome(*store_);
  ASSERT_EQ(Export("--since-lsn 0 --schema none").exit_code, 1);
  Connection server = Connection::Open(database_.uri()).value();
  ChangeLog log = ChangeLog::Open(database_.folder() / "shop", 1).value();
  ASSERT_TRUE(
      Load(store_->OpenReadView(), server, {.followed_store = log.store_uuid()})
          .ok());
  database_.Query("DELETE FROM barcodes");
  for (const bool by_statements : {false, true}) {
    Do([&](Transaction& txn) {
      return by_statements ? txn.DeleteBarcode(BarcodeId(1))
                           : txn.Unredeem("00123");
    });
    ChangeLog again = ChangeLog::Open(database_.folder() / "shop", 1).value();
    Follower follower =
        Follower::Open(server, "public", {log.store_uuid(), 1}).value();
    ASSERT_TRUE(follower.Add(**again.Next()).ok());
    absl::Status status = follower.Flush();
    if (by_statements) {
      // The first is put together, and fails before the second comes.
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("other rows than the store had at LSN 1"));
    // The same session can go on.
    EXPECT_TRUE(server.Execute("SELECT 1").ok());
    ASSERT_TRUE(server.Execute("DISCARD TEMP").ok());
  }
  EXPECT_EQ(database_.Query("SELECT lsn FROM orderstore_applied"), "1\n");
}

TEST_F(FollowTest, TwoFollowersDoNotApplyTheSame) {
  PutSome(*store_);
  Connection one = Connection::Open(database_.uri()).value();
  Connection two = Connection::Open(database_.uri()).value();
  ChangeLog log = ChangeLog::Open(database_.folder() / "shop", 1).value();
  const Applied from = {log.store_uuid(), 1};
  ASSERT_TRUE(
      Load(store_->OpenReadView(), one, {.followed_store = from.store_uuid})
          .ok());
  Follower first = Follower::Open(one, "public", from).value();
  Follower second = Follower::Open(two, "public", from).value();
  Do([](Transaction& txn) { return txn.Unredeem("00123"); });
  const auto next = log.Next();
  ASSERT_TRUE(first.Add(**next).ok());
  ASSERT_TRUE(second.Add(**next).ok());
  EXPECT_TRUE(first.Flush().ok());
  EXPECT_EQ(second.Flush().code(), absl::StatusCode::kAborted);
  ExpectCopy();
}

// ---- The command -----------------------------------------------------------

TEST_F(FollowTest, OnceItLoadsThenApplies) {
  PutSome(*store_);
  const Outcome first = Export(
      "--follow --json & pid=$!; for i in $(seq 600); "
      "do psql -qtAc "
      "'SELECT lsn FROM orderstore_applied' "
      "2>/dev/null | grep -q 1 && break; sleep 0.1; "
      "done; kill -TERM $pid; wait $pid");
  EXPECT_EQ(first.exit_code, 128 + SIGTERM) << first.err;
  EXPECT_THAT(first.err, HasSubstr("the copy is as of LSN 1"));
  ExpectCopy();
  Do([](Transaction& txn) { return txn.Unredeem("00123"); });
  // A later base than the copy has would leave out something.
  const Outcome refused = Export("--since-lsn 2");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("as of LSN 1, and --since-lsn 2 would "
                                     "leave out what is between"));
  const Outcome second = Export("--since-lsn 1");
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(second.out, "lsn 2 lag 0.0 s\n");
  ExpectCopy();
  EXPECT_EQ(Export("--since-lsn 0 --json").out,
            "{\"lsn\":2,\"lag_seconds\":0.0}\n");
}

TEST_F(FollowTest, AnotherStoreIsRefused) {
  PutSome(*store_);
  ASSERT_EQ(Export("--since-lsn 0 --schema x").exit_code, 1);
  ASSERT_EQ(Export("").exit_code, 0);
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  ASSERT_TRUE(store_->Backup(database_.folder() / "other").ok());
  const Outcome refused =
      database_.Run("\"$ORDERSTORE\" export other --to '' --follow");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("the tables are a copy of the store "));
  EXPECT_THAT(refused.err,
              HasSubstr("--to URI --follow --resync` loads the tables anew"));
  // Nor does an upsert break a copy.
  const Outcome upsert = Export("--upsert");
  EXPECT_EQ(upsert.exit_code, 1);
  EXPECT_THAT(upsert.err, HasSubstr("are kept as a copy of the store "));
  // A replacement ends it.
  EXPECT_EQ(Export("--replace").exit_code, 0);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM orderstore_applied"), "0\n");
  const Outcome unknown = Export("--follow");
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("have 4 rows; nothing was changed"));
}

TEST_F(FollowTest, ALogThatBeginsLaterNamesTheOldestAndTheWayOut) {
  PutSome(*store_);
  ASSERT_EQ(Export("").exit_code, 0);
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 20; ++j) {
      Do([&](Transaction& txn) {
        return j % 2 == 0 ? txn.Unredeem("00123") : txn.Redeem("00123");
      });
    }
    ASSERT_TRUE(store_->WriteSnapshot().ok());
  }
  const Outcome refused = Export("--since-lsn 1");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("the log in shop begins with LSN 41"));
  EXPECT_THAT(refused.err,
              HasSubstr("--to URI --follow --resync` loads the tables anew"));
  const Outcome resynced = Export(
      "--follow --resync & pid=$!; for i in $(seq 600); do psql -qtAc "
      "'SELECT lsn FROM orderstore_applied' | grep -q 61 && break; sleep "
      "0.1; done; kill -INT $pid; kill -TERM $pid; wait $pid");
  EXPECT_THAT(resynced.err, HasSubstr("the copy is as of LSN 61"));
  ExpectCopy();
}

// Neither a copy that is one already nor one that is to become one.
TEST_F(FollowTest, ARevisionThatNobodyKnowsIsRefused) {
  PutSome(*store_);
  ASSERT_EQ(Export("").exit_code, 0);
  database_.Query(
      "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO "
      "alembic_version VALUES ('0815')");
  const auto expect_refused = [&](const std::string& options) {
    const Outcome refused = Export(options);
    EXPECT_EQ(refused.exit_code, 4) << options;
    EXPECT_THAT(refused.err, HasSubstr("has revision 0815, and this program "
                                       "knows 0001 to 0003"));
  };
  expect_refused("--since-lsn 1");
  database_.Query("UPDATE alembic_version SET version_num = '0002'");
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  Do([](Transaction& txn) { return txn.Unredeem("00123"); });
  database_.Query("UPDATE alembic_version SET version_num = '0815'");
  expect_refused("--since-lsn 1");
  expect_refused("--follow");
  EXPECT_EQ(database_.Query("SELECT lsn FROM orderstore_applied"), "1\n");
  database_.Query("UPDATE alembic_version SET version_num = '0002'");
  EXPECT_EQ(Export("--since-lsn 1").exit_code, 0);
  ExpectCopy();
}

// To load the tables anew would not help.
TEST_F(FollowTest, AFormatThatNobodyKnowsIsForAnotherProgram) {
  PutSome(*store_);
  ASSERT_EQ(Export("").exit_code, 0);
  ASSERT_TRUE(store_->WriteSnapshot().ok());
  store_.reset();
  // As a machine of the other byte order writes it.
  const std::string name = "shop/00000000000000000001.snapshot";
  std::string bytes = database_.folder().Get(name);
  std::swap(bytes[12], bytes[15]);
  std::swap(bytes[13], bytes[14]);
  database_.folder().Put(name, bytes);
  const Outcome refused = Export("--since-lsn 1");
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.err, HasSubstr("byte order"));
  EXPECT_THAT(refused.err, Not(HasSubstr("--resync")));
}

TEST_F(FollowTest, TicketsAreCountedTooAtTheThirdRevision) {
  PutSome(*store_);
  store_.reset();
  ASSERT_EQ(
      database_.Run("\"$ORDERSTORE\" migrate shop upgrade head").exit_code, 0);
  Open();
  ASSERT_EQ(Export("").exit_code, 0);
  const std::string since =
      "--since-lsn " + std::to_string(store_->durable_lsn());
  ASSERT_EQ(Export(since).exit_code, 0);
  const uint64_t seed = TestSeeds(1).front();
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  for (int i = 0; i < 200; ++i) {
    Do([&](Transaction& txn) { return DoAnything(txn, random); });
  }
  ASSERT_EQ(Export(since).exit_code, 0);
  ExpectCopy();
  EXPECT_EQ(database_.Query(
                "SELECT count(*) FROM customers c WHERE ticket_count <> "
                "(SELECT count(*) FROM barcodes b JOIN orders o ON o.id = "
                "b.order_id WHERE o.customer_id = c.id)"),
            "0\n");
  EXPECT_NE(database_.Query("SELECT sum(ticket_count) FROM customers"), "0\n");
}

// What is refused leaves the server as it was.
TEST_F(FollowTest, ABeginThatFailsMarksNothing) {
  PutSome(*store_);
  EXPECT_EQ(Export("--since-lsn 0").exit_code, 1);
  ASSERT_EQ(Export("").exit_code, 0);
  const Outcome later = Export("--since-lsn 999");
  EXPECT_EQ(later.exit_code, 1);
  EXPECT_THAT(later.err, HasSubstr("the store ends with LSN 1, and is to be "
                                   "read as of LSN 999"));
  EXPECT_EQ(database_.Query("SELECT to_regclass('orderstore_applied') IS NULL"),
            "t\n");
  EXPECT_EQ(Export("--since-lsn 1").exit_code, 0);
}

TEST_F(FollowTest, AnIdleFollowerNoticesThatItsServerIsGone) {
  PutSome(*store_);
  const Outcome outcome = Export(
      "--follow & pid=$!; until psql -qtAc 'SELECT lsn FROM "
      "orderstore_applied' 2> /dev/null | grep -q 1; do :; done; psql -qtAc "
      "'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
      "current_database() AND pid <> pg_backend_pid()' > /dev/null; wait $pid");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("the copy is as of LSN 1"));
}

// How far it is behind is told while the server stands still.
TEST_F(FollowTest, TheLagIsShownWhileTheServerWaits) {
  PutSome(*store_);
  ASSERT_EQ(Export("").exit_code, 0);
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  database_.Run(
      "(psql -q -c 'BEGIN; LOCK TABLE barcodes; SELECT pg_sleep(60)' > "
      "/dev/null 2>&1 &); until psql -qtAc \"SELECT count(*) FROM pg_locks "
      "WHERE mode = 'AccessExclusiveLock' AND relation = "
      "'barcodes'::regclass\" | grep -q 1; do :; done");
  Do([](Transaction& txn) { return txn.Unredeem("00123"); });
  const Outcome outcome = Export(
      "--follow > lines & pid=$!; until grep -q 'lsn 1 lag [1-9]' lines; do "
      ":; done; psql -qtAc \"SELECT pg_terminate_backend(pid) FROM "
      "pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> "
      "pg_backend_pid()\" > /dev/null; until grep -q '^lsn 2 lag' lines; do "
      ":; done; kill -TERM $pid; wait $pid");
  EXPECT_THAT(outcome.err, HasSubstr("the copy is as of LSN 2"));
  ExpectCopy();
}

TEST_F(FollowTest, RowsThatTheServerLostAreNoDamageOfTheStore) {
  PutSome(*store_);
  ASSERT_EQ(Export("").exit_code, 0);
  ASSERT_EQ(Export("--since-lsn 1").exit_code, 0);
  database_.Query("DELETE FROM barcodes");
  Do([](Transaction& txn) { return txn.Unredeem("00123"); });
  const Outcome outcome = Export("--since-lsn 1");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("public.barcodes has other rows than the "
                                     "store had at LSN 1"));
  EXPECT_THAT(outcome.err,
              HasSubstr("the copy is as of LSN 1; `orderstore "
                        "export shop --to URI --follow --resync`"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("orderstore verify")));
}

// More than is sent at once.
TEST_F(FollowTest, ALargeTransactionOfDeletesFollows) {
  constexpr int kRows = 30'000;
  Do([](Transaction& txn) -> absl::Status {
    absl::Status status;
    for (int i = 0; i < kRows; ++i) {
      status.Update(txn.InsertBarcode({.value = std::to_string(i)}).status());
    }
    return status;
  });
  ASSERT_EQ(Export("").exit_code, 0);
  Do([](Transaction& txn) -> absl::Status {
    absl::Status status;
    for (int i = 2; i <= kRows; ++i) {
      status.Update(txn.DeleteBarcode(BarcodeId(i)));
    }
    return status;
  });
  EXPECT_EQ(Export("--since-lsn 1").exit_code, 0);
  ExpectCopy();
}

TEST_F(FollowTest, ARunningStoreIsFollowedWhoeverIsKilled) {
  const uint64_t seed = TestSeeds(1).front();
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  Open(/*snapshots_kept=*/100);
  ASSERT_EQ(Export("").exit_code, 0);
  // Started again and again, after kills too, until all is there.
  database_.Run(
      "(until [ -e over ]; do \"$ORDERSTORE\" export shop --to '' --follow & "
      "echo $! > pid; wait $!; done; touch ended) > lines 2>&1 &");
  const auto kill_it = [&](const char* signal) {
    database_.Run("kill -" + std::string(signal) + " $(cat pid)");
  };
  for (int i = 0; i < 600; ++i) {
    Do([&](Transaction& txn) { return DoAnything(txn, random); });
    if (i % 97 == 50) kill_it("KILL");
    if (i % 200 == 150) {
      ASSERT_TRUE(store_->WriteSnapshot().ok());
    }
  }
  const std::string last = std::to_string(store_->durable_lsn()) + "\n";
  while (database_.Query("SELECT lsn FROM orderstore_applied") != last) {
  }
  database_.Run("touch over; until [ -e ended ]; do kill $(cat pid); done");
  ExpectCopy();
}

// Killed at random moments beside a writer, it goes on where it was.
TEST_F(FollowTest, AKilledFollowerAppliesEachTransactionOnce) {
  const uint64_t seed = TestSeeds(1).front();
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  ASSERT_EQ(Export("").exit_code, 0);
  ASSERT_EQ(Export("--since-lsn 0").exit_code, 0);
  for (int round = 0; round < 12; ++round) {
    for (size_t i = random.OneTo(60); i > 0; --i) {
      Do([&](Transaction& txn) { return DoAnything(txn, random); });
    }
    Export("--follow >/dev/null & pid=$!; sleep 0." +
           std::to_string(random.Below(10)) + std::to_string(random.Below(10)) +
           "; kill -KILL $pid; wait $pid 2>/dev/null; true");
  }
  EXPECT_EQ(Export("--since-lsn 0").exit_code, 0);
  ExpectCopy();
}

}  // namespace
}  // namespace orderstore::sql
