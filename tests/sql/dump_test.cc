// The SQL script and the CSV files of a store, and what PostgreSQL makes of
// them.

#include "sql/dump.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "sql/database.h"
#include "sql/sample_rows.h"
#include "store/seeded_random.h"
#include "store/test_store.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;

std::string DumpOf(const Store& store, const DumpOptions& options = {}) {
  std::string text;
  const ReadView view = store.OpenReadView();
  const absl::Status status =
      WriteDump(view, options, [&](std::string_view bytes) {
        text += bytes;
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

std::string CsvOf(const Store& store, Table table) {
  std::string text;
  const ReadView view = store.OpenReadView();
  EXPECT_TRUE(WriteCsv(view, table, [&](std::string_view bytes) {
                text += bytes;
                return absl::OkStatus();
              }).ok());
  return text;
}

class DumpTest : public testing::Test {
 protected:
  // The server writes the rows as the script has them, byte for byte.
  void ExpectSameRows(const std::string& schema = "public") {
    const std::string script = DumpOf(*store_, {.schema = schema});
    for (const Table table : kTables) {
      const std::string begin = "COPY " + Qualified(schema, table) + " (" +
                                std::string(ColumnsOf(table)) +
                                ") FROM stdin;\n";
      const size_t at = script.find(begin);
      ASSERT_NE(at, script.npos);
      const size_t first = at + begin.size();
      const size_t end = script.find("\n\\.\n", first - 1) + 1;
      const std::string rows = database_.Query(
          "COPY (SELECT " + std::string(ColumnsOf(table)) + " FROM " +
          Qualified(schema, table) + " ORDER BY id) TO STDOUT");
      // Not in full: they are long.
      EXPECT_TRUE(rows == script.substr(first, end - first))
          << NameOf(table) << ": " << rows.substr(0, 500);
    }
  }

  Outcome Load(const std::string& script, const std::string& options = "") {
    database_.folder().Put("dump.sql", script);
    return database_.Load("dump.sql", options);
  }

  std::string Tables() {
    return database_.Query(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname "
        "NOT IN ('pg_catalog', 'information_schema') ORDER BY 1");
  }

  const std::unique_ptr<Store> store_ = OpenStore();
  const Database database_;
};

TEST_F(DumpTest, TheScriptIsTheGoldenOne) {
  PutSome(*store_);
  std::ifstream file(ORDERSTORE_SOURCE_DIR "/tests/sql/golden/small.sql");
  EXPECT_EQ(DumpOf(*store_),
            std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST_F(DumpTest, TheSameStateGivesTheSameBytes) {
  PutHostile(*store_);
  const std::string script = DumpOf(*store_);
  ASSERT_TRUE(store_
                  ->Transact([](Transaction& txn) {
                    return txn.InsertBarcode({.value = "gone"}).status();
                  })
                  .ok());
  EXPECT_NE(DumpOf(*store_), script);
  EXPECT_EQ(DumpOf(*store_), DumpOf(*store_));
}

// Wherever the state comes from.
TEST_F(DumpTest, LiveReopenedOrOfASnapshotItGivesTheSameBytes) {
  const std::string path = database_.folder() / "shop";
  std::string live;
  {
    const auto store = Store::Open(path);
    PutHostile(**store);
    ASSERT_TRUE((*store)->WriteSnapshot().ok());
    live = DumpOf(**store);
    EXPECT_EQ(DumpOf(**Store::OpenReadOnly(path)), live);
  }
  EXPECT_EQ(DumpOf(**Store::Open(path)), live);
  EXPECT_EQ(
      DumpOf(**Store::OpenSnapshot(path + "/00000000000000000001.snapshot")),
      live);
  EXPECT_EQ(database_.Run("\"$ORDERSTORE\" export shop").out, live);
}

// Through a pipe whose writer, or whose middle, ends before its time.
TEST_F(DumpTest, ACutPipeLoadsNothing) {
  {
    const auto store = Store::Open(database_.folder() / "shop");
    PutHostile(**store);
  }
  const int64_t bytes = static_cast<int64_t>(
      database_.Run("\"$ORDERSTORE\" export shop").out.size());
  for (int64_t cut = 500; cut < bytes - 200; cut += bytes / 12) {
    database_.Run("\"$ORDERSTORE\" export shop | head -c " +
                  std::to_string(cut) + " | psql -q -f -");
    EXPECT_EQ(Tables(), "") << cut;
  }
  EXPECT_EQ(
      database_.Run("\"$ORDERSTORE\" export shop | psql -q -o /dev/null -f -")
          .err,
      "");
  EXPECT_EQ(Tables(), "public.barcodes\npublic.customers\npublic.orders\n");
}

// What other revisions and options have made goes too.
TEST_F(DumpTest, CleanMakesRoomWhateverWasThere) {
  PutSome(*store_);
  const auto load = [&](const DumpOptions& options) {
    const Outcome outcome = Load(DumpOf(*store_, options));
    EXPECT_EQ(outcome.err, "");
  };
  load({.revision = SchemaRevision::kTicketCount});
  load({.clean = true, .if_exists = true});
  load({.revision = SchemaRevision::kTicketCount,
        .clean = true,
        .if_exists = true});
  load({.partition_by = PartitionBy(), .clean = true, .if_exists = true});
  load({.clean = true, .if_exists = true});
  EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_proc WHERE pronamespace = "
                            "'public'::regnamespace"),
            "0\n");
  EXPECT_EQ(Tables(), "public.barcodes\npublic.customers\npublic.orders\n");
}

// A script that is refused has not lowered a sequence either.
TEST_F(DumpTest, RefusedRowsLeaveTheSequences) {
  PutSome(*store_);
  ASSERT_EQ(Load(DumpOf(*store_, {.with_data = false})).err, "");
  database_.Query(
      "INSERT INTO customers (id, email, name) VALUES (1000, 'x', ''); SELECT "
      "setval('customers_id_seq', 1000)");
  EXPECT_THAT(Load(DumpOf(*store_, {.with_schema = false})).err,
              HasSubstr("nothing was loaded"));
  EXPECT_EQ(database_.Query("SELECT nextval('customers_id_seq')"), "1001\n");
}

TEST_F(DumpTest, AnOutputThatFailsEndsIt) {
  PutHostile(*store_);
  int calls = 0;
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(WriteDump(view, {},
                      [&](std::string_view) {
                        ++calls;
                        return absl::ResourceExhaustedError("full");
                      }),
            absl::ResourceExhaustedError("full"));
  EXPECT_EQ(calls, 1);
}

TEST_F(DumpTest, NamesThatNoScriptCanHoldAreRefused) {
  const ReadView view = store_->OpenReadView();
  const auto output = [](std::string_view) { return absl::OkStatus(); };
  for (const std::string& name :
       {std::string(), std::string(64, 'a'), std::string("a\0b", 3),
        std::string("a$orderstore$b")}) {
    EXPECT_EQ(WriteDump(view, {.schema = name}, output).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

// ---- On a server -----------------------------------------------------------

TEST_F(DumpTest, LoadsIntoAnEmptyDatabase) {
  PutHostile(*store_);
  const Outcome outcome = Load(DumpOf(*store_));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  ExpectSameRows();
}

TEST_F(DumpTest, AnEmptyStoreLoadsToo) {
  EXPECT_EQ(Load(DumpOf(*store_)).err, "");
  ExpectSameRows();
  EXPECT_EQ(database_.Query(
                "INSERT INTO public.customers (email, name) VALUES ('a', 'b') "
                "RETURNING id"),
            "1\n");
}

TEST_F(DumpTest, InsertsLoadTheSame) {
  PutHostile(*store_);
  const std::string script = DumpOf(*store_, {.inserts = true});
  EXPECT_EQ(script.find("COPY"), script.npos);
  EXPECT_EQ(Load(script).err, "");
  ExpectSameRows();
}

TEST_F(DumpTest, ConstraintsAndIndexesAreThose) {
  PutSome(*store_);
  EXPECT_EQ(Load(DumpOf(*store_)).err, "");
  EXPECT_EQ(
      database_.Query(
          "SELECT conname, pg_get_constraintdef(oid) FROM "
          "pg_constraint WHERE connamespace = 'public'::regnamespace "
          "ORDER BY 1"),
      "barcodes_barcode_value_key|UNIQUE (barcode_value)\n"
      "barcodes_order_id_fkey|FOREIGN KEY (order_id) REFERENCES orders(id)\n"
      "barcodes_pkey|PRIMARY KEY (id)\n"
      "customers_email_key|UNIQUE (email)\n"
      "customers_pkey|PRIMARY KEY (id)\n"
      "orders_customer_id_fkey|FOREIGN KEY (customer_id) REFERENCES "
      "customers(id)\n"
      "orders_pkey|PRIMARY KEY (id)\n");
  EXPECT_EQ(
      database_.Query("SELECT indexdef FROM pg_indexes WHERE indexname "
                      "LIKE 'ix%' ORDER BY 1"),
      "CREATE INDEX ix_barcodes_order_id_is_used ON public.barcodes USING "
      "btree (order_id, is_used)\n"
      "CREATE INDEX ix_orders_customer_id ON public.orders USING btree "
      "(customer_id)\n");
}

TEST_F(DumpTest, SequencesGoOnWhereTheStoresDo) {
  PutSome(*store_);
  EXPECT_EQ(Load(DumpOf(*store_)).err, "");
  EXPECT_EQ(database_.Query(
                "SELECT nextval('customers_id_seq'), nextval('orders_id_seq'), "
                "nextval('barcodes_id_seq')"),
            "8|4|10\n");
}

TEST_F(DumpTest, ASchemaOfItsOwnIsMade) {
  PutHostile(*store_);
  const std::string schema = "Select \"x\" '; DROP";
  EXPECT_EQ(Load(DumpOf(*store_, {.schema = schema})).err, "");
  ExpectSameRows(schema);
}

TEST_F(DumpTest, SchemaAndDataLoadOneAfterTheOther) {
  PutHostile(*store_);
  EXPECT_EQ(Load(DumpOf(*store_, {.with_data = false})).err, "");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM customers"), "0\n");
  EXPECT_EQ(Load(DumpOf(*store_, {.with_schema = false})).err, "");
  ExpectSameRows();
}

TEST_F(DumpTest, DataDoNotMixWithOtherRows) {
  PutSome(*store_);
  EXPECT_EQ(Load(DumpOf(*store_, {.with_data = false})).err, "");
  database_.Query(
      "INSERT INTO customers (id, email, name) VALUES (1, 'a', 'b')");
  const Outcome outcome = Load(DumpOf(*store_, {.with_schema = false}));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("public.customers has other rows than "
                                     "these 1; nothing was loaded"));
  EXPECT_EQ(database_.Query("SELECT email FROM customers"), "a\n");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "0\n");
}

TEST_F(DumpTest, CleanTakesThePlaceOfWhatIsThere) {
  PutSome(*store_);
  const std::string script = DumpOf(*store_, {.clean = true});
  EXPECT_EQ(Load(script).exit_code, 3) << "there is nothing to drop";
  EXPECT_EQ(Tables(), "");
  const std::string careful =
      DumpOf(*store_, {.clean = true, .if_exists = true});
  EXPECT_EQ(Load(careful).err, "");
  EXPECT_EQ(Load(careful).err, "");
  EXPECT_EQ(Load(script).err, "");
  ExpectSameRows();
}

TEST_F(DumpTest, TablesThatAreThereStayAsTheyAre) {
  PutSome(*store_);
  database_.Query(
      "CREATE TABLE orders (x integer); INSERT INTO orders VALUES (1)");
  const Outcome outcome = Load(DumpOf(*store_));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("relation \"orders\" already exists"));
  EXPECT_EQ(Tables(), "public.orders\n");
}

TEST_F(DumpTest, WithoutTheRightNothingIsLoaded) {
  PutSome(*store_);
  const Outcome outcome =
      Load("CREATE ROLE guest_" + database_.name() + ";\nSET ROLE guest_" +
           database_.name() + ";\n" + DumpOf(*store_));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("permission denied"));
  EXPECT_EQ(Tables(), "");
  database_.Query("DROP ROLE guest_" + database_.name());
}

// psql takes the end of a script for the end of COPY's data, and with -1
// commits what came so far.
TEST_F(DumpTest, AScriptThatWasCutOffLoadsNothing) {
  PutHostile(*store_);
  const std::string script = DumpOf(*store_);
  // Behind it all is there.
  const size_t end = script.find("DELETE FROM pg_temp");
  SeededRandom random(5);
  std::vector<size_t> cuts = {end, end - 1, script.find("\\.\n"),
                              script.find("BEGIN;") + 7};
  for (int i = 0; i < 16; ++i) {
    cuts.push_back(
        static_cast<size_t>(random.Below(static_cast<int32_t>(end))));
  }
  for (const size_t cut : cuts) {
    for (const char* options : {"", "-1"}) {
      Load(script.substr(0, cut), options);
      ASSERT_EQ(Tables(), "") << "cut at " << cut << " " << options << "\n"
                              << script.substr(cut, 60);
    }
  }
  EXPECT_EQ(Load(script, "-1").exit_code, 0);
  ExpectSameRows();
}

// Before PostgreSQL 18 a line that is `\.` alone ends them, quoted or not.
TEST_F(DumpTest, CsvFilesLoadTheSame) {
  PutHostile(*store_, /*with_ends=*/false);
  EXPECT_EQ(Load(DumpOf(*store_, {.with_data = false})).err, "");
  std::string script;
  for (const Table table : kTables) {
    const std::string name(NameOf(table));
    database_.folder().Put(name + ".csv", CsvOf(*store_, table));
    script += "\\copy " + name + " FROM '" + name +
              ".csv' (FORMAT csv, HEADER match)\n";
  }
  EXPECT_EQ(Load(script).err, "");
  ExpectSameRows();
}

}  // namespace
}  // namespace orderstore::sql
