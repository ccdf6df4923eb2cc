// Tables in partitions, as a script and over a connection.

#include "sql/partitions.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/database.h"
#include "sql/dump.h"
#include "sql/load.h"
#include "sql/sample_rows.h"
#include "store/test_store.h"

namespace orderstore::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

class PartitionsTest : public testing::TestWithParam<const char*> {
 protected:
  static PartitionBy By() { return *ParsePartitionBy(GetParam()); }
  static bool ByMonth() { return By().key == PartitionBy::Key::kOrderMonth; }

  void LoadScript(const DumpOptions& options) {
    std::string script;
    const absl::Status status =
        WriteDump(store_->OpenReadView(), options, [&](std::string_view bytes) {
          script += bytes;
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
    database_.folder().Put("dump.sql", script);
    ASSERT_EQ(database_.Load("dump.sql").err, "");
  }
  LoadReport LoadServer(const std::string& schema) {
    Connection server = Connection::Open(database_.uri()).value();
    absl::StatusOr<LoadReport> report =
        Load(store_->OpenReadView(), server,
             {.schema = schema, .partition_by = By()});
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(LoadReport());
  }
  // A server's refusal, or nothing.
  std::string Refusal(const std::string& sql) {
    const std::string answer = database_.Query(sql);
    return answer.find("ERROR") == answer.npos ? "" : answer;
  }

  const std::unique_ptr<Store> store_ = OpenStore();
  const Database database_;
};

INSTANTIATE_TEST_SUITE_P(Keys, PartitionsTest,
                         testing::Values("order-month", "customer-hash:3"),
                         [](const auto& chosen) {
                           return chosen.param[0] == 'o' ? "OrderMonth"
                                                         : "CustomerHash";
                         });

TEST_P(PartitionsTest, AScriptAndALoadMakeTheSame) {
  PutHostile(*store_);
  LoadScript({.schema = "a", .partition_by = By()});
  EXPECT_TRUE(LoadServer("b").made_tables);
  const auto of = [&](const std::string& schema) {
    const std::string in = " = '" + schema + "'::regnamespace ORDER BY 1; ";
    return database_.Query(
        "SELECT replace(pg_get_constraintdef(oid), '" + schema +
        ".', '') FROM pg_constraint WHERE connamespace" + in +
        "SELECT relname, pg_get_expr(relpartbound, oid), "
        "pg_get_partkeydef(oid) FROM pg_class WHERE relnamespace" +
        in);
  };
  EXPECT_EQ(of("a"), of("b"));
  EXPECT_THAT(of("a"), HasSubstr("barcode_values"));
  const std::string key(KeyColumnOf(By()));
  EXPECT_THAT(of("a"), HasSubstr("PRIMARY KEY (id, " + key + ")"));
  EXPECT_EQ(
      database_.Query("SELECT attnotnull FROM pg_attribute WHERE "
                      "attrelid = 'a.barcodes'::regclass AND attname = '" +
                      key + "'"),
      "t\n");

  for (const char* table : {"customers", "orders", "barcodes"}) {
    const std::string rows = "SELECT * FROM ";
    EXPECT_EQ(database_.Query(rows + "a." + table + " ORDER BY id"),
              database_.Query(rows + "b." + table + " ORDER BY id"));
  }
  EXPECT_EQ(database_.Query("SELECT count(*) FROM b.barcode_values"),
            database_.Query("SELECT count(*) FROM b.barcodes"));
  // With --clean all of it again.
  LoadScript(
      {.schema = "a", .partition_by = By(), .clean = true, .if_exists = true});
}

TEST_P(PartitionsTest, BarcodesCarryTheKeyOfTheirOrder) {
  PutSome(*store_);
  LoadServer("public");
  EXPECT_EQ(
      database_.Query("SELECT id, " + std::string(KeyColumnOf(By())) +
                      " FROM barcodes ORDER BY id"),
      ByMonth() ? "1|2026-05-01 18:30:05.12\n9|infinity\n" : "1|7\n9|0\n");
  // An order of another key is no order.
  EXPECT_THAT(
      Refusal(ByMonth()
                  ? "UPDATE barcodes SET order_created_at = '2026-05-02' WHERE "
                    "id = 1"
                  : "UPDATE barcodes SET customer_id = 8 WHERE id = 1"),
      HasSubstr("violates foreign key constraint \"barcodes_order_id_fkey\""));
  EXPECT_EQ(Refusal(ByMonth() ? "UPDATE barcodes SET order_id = 3, "
                                "order_created_at = '2026-05-01 18:30:05.12' "
                                "WHERE id = 9"
                              : "UPDATE barcodes SET order_id = 3, customer_id "
                                "= 7 WHERE id = 9"),
            "");
}

TEST_P(PartitionsTest, TheKeyTellsWhatIsUnassigned) {
  PutSome(*store_);
  LoadServer("public");
  for (const char* sql :
       {"INSERT INTO barcodes (barcode_value, {key}) VALUES ('w', {some})",
        "UPDATE barcodes SET order_id = NULL WHERE id = 1"}) {
    std::string statement = sql;
    const auto fill = [&](const std::string& what, const std::string& with) {
      const size_t at = statement.find(what);
      if (at != statement.npos) statement.replace(at, what.size(), with);
    };
    fill("{key}", std::string(KeyColumnOf(By())));
    fill("{some}", ByMonth() ? "'2026-05-02'" : "17");
    EXPECT_THAT(
        Refusal(statement),
        HasSubstr("barcodes_" + std::string(KeyColumnOf(By())) + "_check"));
  }
}

TEST_P(PartitionsTest, ValuesAreUniqueAcrossPartitions) {
  PutSome(*store_);
  LoadServer("public");
  const std::string key = ByMonth() ? "'infinity'" : "0";
  const std::string insert = "INSERT INTO barcodes (barcode_value, " +
                             std::string(KeyColumnOf(By())) + ") VALUES ";
  const auto row = [&](const std::string& value) {
    return "('" + value + "', " + key + ")";
  };
  // 00123 is in another partition.
  EXPECT_THAT(Refusal(insert + row("00123")), HasSubstr("barcode_values_pkey"));
  EXPECT_THAT(Refusal(insert + row("x") + ", " + row("x")),
              HasSubstr("barcode_values_pkey"));
  EXPECT_EQ(Refusal(insert + row("x") + ", " + row("y")), "");
  EXPECT_THAT(Refusal("UPDATE barcodes SET barcode_value = 'x' WHERE id = 1"),
              HasSubstr("barcode_values_pkey"));
  EXPECT_THAT(Refusal("UPDATE barcodes SET barcode_value = 'z'"),
              HasSubstr("barcode_values_pkey"));
  // Nor does a partition take it from who writes there.
  EXPECT_THAT(
      Refusal(ByMonth()
                  ? "INSERT INTO barcodes_unassigned (barcode_value, "
                    "order_created_at) VALUES ('00123', 'infinity')"
                  : "INSERT INTO " +
                        std::string(database_.Query(
                            "SELECT tableoid::regclass FROM barcodes WHERE "
                            "customer_id = 0 LIMIT 1")) +
                        " (barcode_value, customer_id) VALUES ('00123', 0)"),
      HasSubstr("barcode_values_pkey"));
  // A barcode that goes to another partition keeps its value.
  EXPECT_EQ(Refusal(ByMonth() ? "UPDATE barcodes SET order_id = 3, "
                                "order_created_at = '2026-05-01 18:30:05.12' "
                                "WHERE barcode_value = 'x'"
                              : "UPDATE barcodes SET order_id = 3, customer_id "
                                "= 7 WHERE barcode_value = 'x'"),
            "");
  EXPECT_EQ(Refusal("DELETE FROM barcodes WHERE barcode_value = 'y'"), "");
  EXPECT_EQ(Refusal(insert + row("y")), "");
  EXPECT_EQ(
      database_.Query("SELECT barcode_value FROM barcode_values ORDER BY 1"),
      database_.Query("SELECT barcode_value FROM barcodes ORDER BY 1"));
  EXPECT_EQ(Refusal("TRUNCATE barcodes"), "");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcode_values"), "0\n");
}

TEST_P(PartitionsTest, QueriesByTheKeyLookIntoOnePartition) {
  PutSome(*store_);
  LoadServer("public");
  const std::string plan = database_.Query(
      ByMonth() ? "EXPLAIN SELECT * FROM barcodes WHERE order_created_at >= "
                  "'2026-05-01' AND order_created_at < '2026-06-01'"
                : "EXPLAIN SELECT * FROM barcodes WHERE customer_id = 7");
  if (ByMonth()) {
    EXPECT_THAT(plan, HasSubstr("barcodes_2026_05"));
    EXPECT_THAT(plan, Not(HasSubstr("barcodes_unassigned")));
    EXPECT_THAT(plan, Not(HasSubstr("barcodes_rest")));
  } else {
    int partitions = 0;
    for (const char* part : {"barcodes_0", "barcodes_1", "barcodes_2"}) {
      if (plan.find(part) != plan.npos) ++partitions;
    }
    EXPECT_EQ(partitions, 1) << plan;
  }
}

TEST_P(PartitionsTest, TicketsAreCountedTooAtTheThirdRevision) {
  PutSome(*store_);
  LoadScript({.revision = SchemaRevision::kTicketCount, .partition_by = By()});
  EXPECT_EQ(database_.Query("SELECT ticket_count FROM customers"), "1\n");
  EXPECT_EQ(Refusal("DELETE FROM barcodes WHERE id = 1"), "");
  EXPECT_EQ(database_.Query("SELECT ticket_count FROM customers"), "0\n");
}

TEST_P(PartitionsTest, TablesThatAreThereStay) {
  PutSome(*store_);
  LoadServer("public");
  Connection server = Connection::Open(database_.uri()).value();
  for (const bool with_partitions : {true, false}) {
    const absl::Status status =
        Load(store_->OpenReadView(), server,
             {.partition_by =
                  with_partitions ? std::optional(By()) : std::nullopt,
              .existing = LoadOptions::Existing::kReplace})
            .status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  }
  EXPECT_EQ(database_.Query("SELECT count(*) FROM barcodes"), "2\n");
}

TEST(PartitionByTest, WhatItIsNot) {
  EXPECT_TRUE(ParsePartitionBy("order-month"));
  EXPECT_EQ(ParsePartitionBy("customer-hash:1000")->count, 1000);
  for (const char* text :
       {"", "order", "order-month:3", "customer-hash",
        "customer-hash:", "customer-hash:0", "customer-hash:-1",
        "customer-hash:1001", "customer-hash:3x", "customer-hash: 3"}) {
    EXPECT_FALSE(ParsePartitionBy(text)) << text;
  }
}

TEST(PartitionByTest, MoreMonthsThanPartitionsAreRefused) {
  const std::unique_ptr<Store> store = OpenStore();
  ASSERT_TRUE(store
                  ->Transact([](Transaction& txn) -> absl::Status {
                    const auto customer = txn.InsertCustomer({.email = "a"});
                    absl::Status status;
                    for (int64_t month = 0; month <= kPartitionsMax; ++month) {
                      status.Update(
                          txn.InsertOrder({.customer_id = *customer,
                                           .created_at =
                                               At(month * 31 * 86'400'000'000)})
                              .status());
                    }
                    return status;
                  })
                  .ok());
  EXPECT_EQ(
      CreatePartitions(store->OpenReadView(), {}, "public").status().code(),
      absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace orderstore::sql
